#include "analyzer/capture/capture.h"

#include "analyzer/capture/file_list.h"
#include "analyzer/capture/merge.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>

#define NOTES_MAX 10 /* files of a directory passed over that are told one by one */

struct capture {
	struct file_list files;
	struct source *sources;
	size_t count;
	struct capture_filter *filter; /* or NULL */
	struct merge merge;
};

/* --- opening --------------------------------------------------------------------------------------------------- */

/* File names and what libraries say of them go to a terminal here. */
static void note(const struct err *why, size_t passed_over)
{
	struct text line;

	if (passed_over > NOTES_MAX)
		return;
	text_init(&line);
	text_add_terminal(&line, slice_str(why->text));
	fprintf(stderr, "milliwatt: passed over: %s\n", text_cstr(&line));
	text_release(&line);
}

/* Opens the source and learns the time of its first packet. It stays open if it is the only one or cannot be opened again. */
static bool probe(struct capture *c, struct source *s, struct err *err)
{
	int64_t first_ns = TIME_NONE;

	if (!source_open(s, err))
		return false;
	if (c->files.count == 1)
		return true;
	enum capture_status status = source_peek(s, &first_ns, err);
	if (status == CAPTURE_FAILED)
		return false;
	if (status == CAPTURE_END)
		return true;
	merge_add(&c->merge, s, first_ns);
	if (s->is_regular)
		source_close(s);
	return true;
}

/* One directory's turn: the files from `first` on that were found in it. */
static bool probe_directory(struct capture *c, const struct capture_options *options, size_t *next,
                            struct err *err)
{
	const char *directory = c->files.entries[*next].directory;
	size_t passed_over = 0, before = c->count;

	for (; *next < c->files.count && c->files.entries[*next].directory == directory; ++*next) {
		struct source *s = &c->sources[c->count];
		struct err why = ERR_INIT;
		source_init(s, c->files.entries[*next].path, (uint32_t)c->count, options->reader,
		            INPUT_BUFFER_BYTES);
		if (probe(c, s, &why)) {
			c->count++;
			continue;
		}
		source_close(s);
		if (why.code == ERR_MEMORY) {
			*err = why;
			return false;
		}
		note(&why, ++passed_over);
	}
	if (passed_over > NOTES_MAX)
		fprintf(stderr, "milliwatt: passed over: %zu more in %s\n", passed_over - NOTES_MAX,
		        directory);
	return c->count > before ||
	       err_set(err, ERR_FORMAT, "%s: no capture in this directory", directory);
}

static bool probe_file(struct capture *c, const struct capture_options *options, size_t *next,
                       struct err *err)
{
	struct source *s = &c->sources[c->count++];

	source_init(s, c->files.entries[*next].path, (uint32_t)c->count - 1, options->reader,
	            INPUT_BUFFER_BYTES);
	++*next;
	return probe(c, s, err);
}

static bool probe_all(struct capture *c, const struct capture_options *options, struct err *err)
{
	if (!merge_init(&c->merge, c->files.count, err))
		return false;
	c->sources = mem_zalloc(c->files.count * sizeof *c->sources);
	if (!c->sources)
		return err_memory(err, "a capture set");
	for (size_t next = 0; next < c->files.count;)
		if (!(c->files.entries[next].directory ? probe_directory : probe_file)(c, options,
		                                                                       &next, err))
			return false;
	/* Thousands of files over the same hour are all open at once: smaller buffers then. */
	for (size_t i = 0; c->count > MERGE_DESCRIPTORS && i < c->count; i++)
		c->sources[i].buffer_bytes = INPUT_BUFFER_BYTES / 4;
	return true;
}

static bool open_set(struct capture *c, const char *const *paths, size_t count,
                     const struct capture_options *options, struct err *err)
{
	if (count == 0)
		return err_set(err, ERR_USAGE, "no capture file given");
	if (options->filter && options->filter[0]) {
		c->filter = capture_filter_new(options->filter, err);
		if (!c->filter)
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!file_list_add(&c->files, paths[i], err))
			return false;
	return probe_all(c, options, err);
}

struct capture *capture_open(const char *const *paths, size_t count,
                             const struct capture_options *options, struct err *err)
{
	static const struct capture_options defaults = { CAPTURE_READER_NATIVE, NULL };
	struct capture *c = mem_zalloc(sizeof *c);

	if (!c) {
		err_memory(err, "a capture set");
		return NULL;
	}
	file_list_init(&c->files);
	if (open_set(c, paths, count, options ? options : &defaults, err))
		return c;
	capture_close(c);
	return NULL;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		source_close(&c->sources[i]);
	mem_free(c->sources);
	merge_release(&c->merge);
	capture_filter_free(c->filter);
	file_list_release(&c->files);
	mem_free(c);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

enum capture_status capture_next(struct capture *c, struct packet *out, struct err *err)
{
	if (__builtin_expect(c->files.count == 1, 1))
		return source_next(&c->sources[0], c->filter, out, err);
	return merge_next(&c->merge, c->filter, out, err);
}

size_t capture_file_count(const struct capture *c)
{
	return c->count;
}

const struct capture_info *capture_file(const struct capture *c, size_t index)
{
	assert(index < c->count);
	source_account(&c->sources[index]);
	return &c->sources[index].info;
}

void capture_progress(const struct capture *c, int64_t *done, int64_t *total)
{
	bool known = true;

	*done = *total = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct source *s = &c->sources[i];
		*done += source_done(s);
		*total += s->info.bytes;
		known = known && s->is_regular;
	}
	if (!known)
		*total = 0;
	else if (*done > *total)
		*done = *total; /* a file that still grows */
}
