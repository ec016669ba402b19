#include "sim/scenario/injection.h"

#include "base/mem.h"
#include "sim/scenario/injection_index.h"
#include "sim/scenario/injection_text.h"
#include "sim/scenario/injection_written.h"

#include <pthread.h>
#include <stdatomic.h>

#define MOST_INDEXED (UINT32_C(1) << 26) /* half a gigabyte of slots */
#define GOLDEN_RATIO UINT64_C(0x9E3779B97F4A7C15) /* what random_next() goes on by */

struct injection_file {
	const char *path; /* borrows */
	struct injection_text text;
	int index_field; /* -1: none */
	struct injection_index index; /* of the lines as they were read */
	_Atomic uint32_t next; /* SEQUENTIAL */
	_Atomic uint64_t random; /* state of RANDOM */
	_Atomic uint32_t count;
	atomic_bool keywords;
	/* A scenario inserted or replaced or indexed: from then on `changes` counts, under the lock. What was read stays as it is, for those who
	 * began to read before. */
	atomic_bool written;
	pthread_rwlock_t lock;
	struct injection_written changes;
};

struct injection {
	size_t count;
	struct injection_file files[];
};

/* ---- lines and fields ---- */

/* The line as it was read: where lines are made up, the one they are made of. */
static struct slice line_read(const struct injection_file *f, uint32_t line)
{
	return injection_text_line(&f->text, f->text.made_up ? line % f->text.count : line);
}

static uint32_t lines_read(const struct injection_file *f)
{
	return f->text.made_up ? f->text.made_up : f->text.count;
}

static struct slice line_now(const struct injection_file *f, uint32_t line)
{
	struct slice changed;

	if (injection_written_line(&f->changes, line, &changed))
		return changed;
	return line_read(f, line);
}

static int64_t number_of(const struct injection_file *f, uint32_t line)
{
	return line * f->text.multiple + f->text.offset;
}

/* Lines of a PRINTF file are made up here; *out borrows from `scratch` then. */
static struct slice field_of(const struct injection_file *f, struct slice text, uint32_t line,
                             int field, struct text *scratch)
{
	struct slice cut = SLICE_NONE;

	if (!injection_cut(text, field, &cut) || !f->text.made_up)
		return cut;
	injection_print(cut, number_of(f, line), scratch);
	return slice_of(text_cstr(scratch), scratch->n);
}

static struct slice key_read(const void *context, uint32_t line, struct text *scratch)
{
	const struct injection_file *f = context;

	return field_of(f, line_read(f, line), line, f->index_field, scratch);
}

static struct slice key_now(const void *context, uint32_t line, struct text *scratch)
{
	const struct injection_file *f = context;

	return field_of(f, line_now(f, line), line, f->changes.index_field, scratch);
}

static bool index_lines(struct injection_index *x, uint32_t count, const char *path,
                        struct err *err)
{
	struct text scratch;
	bool ok = true;

	if (count > MOST_INDEXED)
		return err_set(err, ERR_USAGE, "%s: %u lines are too many to be indexed", path,
		               count);
	if (!injection_index_reserve(x, count))
		return err_memory(err, "the index of an injection file");
	text_init(&scratch);
	for (uint32_t line = 0; ok && line < count; line++)
		ok = injection_index_put(x, line, &scratch);
	text_release(&scratch);
	return ok || err_memory(err, "the index of an injection file");
}

/* ---- open and free ---- */

static bool open_file(struct injection_file *f, const struct injection_file_config *config,
                      uint64_t seed, struct err *err)
{
	f->path = config->path;
	if (!injection_text_read(&f->text, config->path, err))
		return false;
	atomic_init(&f->count, lines_read(f));
	atomic_init(&f->keywords, f->text.keywords);
	atomic_init(&f->random, seed);
	f->index_field = config->index_field;
	f->index = (struct injection_index){ .key = key_read, .context = f };
	return f->index_field < 0 || index_lines(&f->index, lines_read(f), f->path, err);
}

struct injection *injection_open(const struct injection_file_config *files, size_t count,
                                 uint64_t seed, struct err *err)
{
	struct injection *i = mem_zalloc(sizeof *i + count * sizeof *i->files);

	if (!i) {
		err_memory(err, "injection files");
		return NULL;
	}
	for (; i->count < count; i->count++) {
		struct injection_file *f = &i->files[i->count];
		pthread_rwlock_init(&f->lock, NULL);
		injection_written_init(&f->changes);
		if (!open_file(f, &files[i->count], hash_mix(seed, i->count), err)) {
			i->count++;
			injection_free(i);
			return NULL;
		}
	}
	return i;
}

void injection_free(struct injection *i)
{
	for (size_t n = 0; i && n < i->count; n++) {
		struct injection_file *f = &i->files[n];
		injection_index_release(&f->index);
		injection_text_release(&f->text);
		injection_written_release(&f->changes);
		pthread_rwlock_destroy(&f->lock);
	}
	mem_free(i);
}

/* ---- which file ---- */

size_t injection_files(const struct injection *i)
{
	return i->count;
}

static struct slice last_part(struct slice path)
{
	size_t slash;

	while ((slash = slice_find(path, '/')) != SLICE_NPOS)
		path = slice_from(path, slash + 1);
	return path;
}

size_t injection_file(const struct injection *i, struct slice name)
{
	if (!name.p)
		return i->count ? 0 : SIZE_MAX;
	for (size_t n = 0; n < i->count; n++)
		if (slice_eq_str(name, i->files[n].path))
			return n;
	for (size_t n = 0; n < i->count; n++)
		if (slice_eq(last_part(name), last_part(slice_str(i->files[n].path))))
			return n;
	return SIZE_MAX;
}

bool injection_has_keywords(const struct injection *i, size_t file)
{
	return atomic_load_explicit(&i->files[file].keywords, memory_order_relaxed);
}

/* ---- which line ---- */

/* After the last line comes the first, as lines are when it is asked. */
static uint32_t next_line(struct injection_file *f, uint32_t count)
{
	uint32_t line = atomic_load_explicit(&f->next, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(&f->next, &line,
	                                              line + 1 < count ? line + 1 : 0,
	                                              memory_order_relaxed, memory_order_relaxed))
		;
	return line;
}

static uint32_t random_line(struct injection_file *f, uint32_t count)
{
	uint64_t state = atomic_fetch_add_explicit(&f->random, GOLDEN_RATIO, memory_order_relaxed);

	return (uint32_t)((unsigned __int128)random_next(&state) * count >> 64);
}

uint64_t injection_line(struct injection *i, size_t file, unsigned user)
{
	struct injection_file *f = &i->files[file];
	uint32_t count = atomic_load_explicit(&f->count, memory_order_relaxed);

	switch (f->text.order) {
	case INJECTION_RANDOM: return random_line(f, count);
	case INJECTION_USER: return (user ? user - 1 : 0) % count;
	case INJECTION_SEQUENTIAL: break;
	}
	return next_line(f, count);
}

/* ---- reading ---- */

/* True: the lock is held, and what was changed counts. */
static bool read_begin(struct injection_file *f)
{
	if (!atomic_load_explicit(&f->written, memory_order_acquire))
		return false;
	pthread_rwlock_rdlock(&f->lock);
	return true;
}

static void read_end(struct injection_file *f, bool locked)
{
	if (locked)
		pthread_rwlock_unlock(&f->lock);
}

static bool add_field(const struct injection_file *f, struct slice text, uint32_t line, int field,
                      struct text *out)
{
	struct slice cut;

	if (!injection_cut(text, field, &cut))
		return false;
	if (f->text.made_up)
		injection_print(cut, number_of(f, line), out);
	else
		text_add(out, cut);
	return true;
}

bool injection_field(struct injection *i, size_t file, uint64_t line, int field, struct text *out)
{
	struct injection_file *f = &i->files[file];
	bool found = false, locked = read_begin(f);

	if (line < (locked ? atomic_load(&f->count) : lines_read(f))) {
		uint32_t n = (uint32_t)line;
		found = add_field(f, locked ? line_now(f, n) : line_read(f, n), n, field, out);
	}
	read_end(f, locked);
	return found;
}

int64_t injection_lookup(struct injection *i, size_t file, struct slice key)
{
	struct injection_file *f = &i->files[file];
	bool locked = read_begin(f);
	struct text scratch;

	text_init(&scratch);
	uint32_t line = injection_index_get(locked ? &f->changes.index : &f->index, key, &scratch);
	text_release(&scratch);
	read_end(f, locked);
	return line == UINT32_MAX ? -1 : (int64_t)line;
}

/* ---- writing ---- */

/* The lock is held for writing. */
static bool write_begin(struct injection_file *f)
{
	if (atomic_load_explicit(&f->written, memory_order_relaxed))
		return true;
	if (!injection_index_copy(&f->index, &f->changes.index))
		return false;
	f->changes.index.key = key_now;
	f->changes.index_field = f->index_field;
	f->changes.lines_read = lines_read(f);
	atomic_store_explicit(&f->written, true, memory_order_release);
	return true;
}

static bool has_index(const struct injection_file *f)
{
	return f->changes.index_field >= 0;
}

static void note_keywords(struct injection_file *f, struct slice text)
{
	if (slice_find(text, '[') != SLICE_NPOS)
		atomic_store(&f->keywords, true);
}

static bool insert(struct injection_file *f, struct slice text)
{
	uint32_t count = atomic_load(&f->count);

	if (count == INJECTION_MOST_LINES || !write_begin(f) ||
	    (has_index(f) && !injection_index_reserve(&f->changes.index, (size_t)count + 1)) ||
	    !injection_written_add(&f->changes, text))
		return false;
	if (has_index(f))
		injection_index_put(&f->changes.index, count, &f->changes.scratch);
	atomic_store(&f->count, count + 1);
	return true;
}

static bool replace(struct injection_file *f, uint64_t line, struct slice text)
{
	uint32_t n = (uint32_t)line;
	struct slice made;

	if (line >= atomic_load(&f->count) || !write_begin(f) ||
	    !injection_written_make(&f->changes, n, line_now(f, n), text, &made))
		return false;
	if (has_index(f))
		injection_index_remove(&f->changes.index, n, &f->changes.scratch);
	injection_written_set(&f->changes, n, made);
	if (has_index(f))
		injection_index_put(&f->changes.index, n, &f->changes.scratch);
	return true;
}

/* Lines that are made up cannot be written: they are nowhere. */
bool injection_insert(struct injection *i, size_t file, struct slice line)
{
	struct injection_file *f = &i->files[file];

	if (f->text.made_up)
		return false;
	note_keywords(f, line);
	pthread_rwlock_wrlock(&f->lock);
	bool ok = insert(f, slice_trim(line));
	pthread_rwlock_unlock(&f->lock);
	return ok;
}

bool injection_replace(struct injection *i, size_t file, uint64_t line, struct slice text)
{
	struct injection_file *f = &i->files[file];

	if (f->text.made_up)
		return false;
	note_keywords(f, text);
	pthread_rwlock_wrlock(&f->lock);
	bool ok = replace(f, line, slice_trim(text));
	pthread_rwlock_unlock(&f->lock);
	return ok;
}

/* A field is indexed anew from the lines as they are. */
static bool index_now(struct injection_file *f, int field, struct err *err)
{
	int before = f->changes.index_field;
	struct injection_index x = { .key = key_now, .context = f };

	f->changes.index_field = field;
	if (!index_lines(&x, atomic_load(&f->count), f->path, err)) {
		injection_index_release(&x);
		f->changes.index_field = before;
		return false;
	}
	injection_index_release(&f->changes.index);
	f->changes.index = x;
	return true;
}

bool injection_index(struct injection *i, size_t file, int field, struct err *err)
{
	struct injection_file *f = &i->files[file];

	if (field < 0)
		return err_set(err, ERR_USAGE, "%s: there is no field %d to be indexed", f->path,
		               field);
	pthread_rwlock_wrlock(&f->lock);
	bool ok = write_begin(f) ? index_now(f, field, err)
	                         : err_memory(err, "the index of an injection file");
	pthread_rwlock_unlock(&f->lock);
	return ok;
}
