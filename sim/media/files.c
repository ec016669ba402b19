#include "sim/media/files.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

struct media_file {
	struct media_file *next;
	char *path; /* as asked for */
	size_t n;
	uint8_t bytes[];
};

#define PATH_ROOM 1024

void media_files_init(struct media_files *f, struct slice scenario)
{
	const uint8_t *slash = scenario.n ? memrchr(scenario.p, '/', scenario.n) : NULL;

	*f = (struct media_files){ 0 };
	if (slash)
		f->folder = slice_of(scenario.p, (size_t)(slash - scenario.p) + 1);
}

void media_files_release(struct media_files *f)
{
	while (f->all) {
		struct media_file *file = f->all;
		f->all = file->next;
		mem_free(file->path);
		mem_free(file);
	}
}

static FILE *open_file(const struct media_files *f, const char *path)
{
	char beside[2 * PATH_ROOM];
	FILE *file = NULL;

	if (f->folder.n && path[0] != '/') {
		snprintf(beside, sizeof beside, "%.*s%s",
		         (int)(f->folder.n < PATH_ROOM ? f->folder.n : 0),
		         (const char *)f->folder.p, path);
		file = fopen(beside, "rb");
	}
	return file ? file : fopen(path, "rb");
}

static bool read_all(struct media_files *f, FILE *in, const char *path, struct err *err)
{
	struct media_file *file;
	struct stat st;

	if (fstat(fileno(in), &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, "'%s' is no file that can be played", path);
	if ((uint64_t)st.st_size > FILES_MAX_BYTES - f->octets)
		return err_set(err, ERR_IO, "'%s': all files to play may have 512 MiB together",
		               path);
	file = mem_alloc(sizeof *file + (size_t)st.st_size);
	if (!file)
		return err_memory(err, "a file to play");
	file->n = fread(file->bytes, 1, (size_t)st.st_size, in);
	file->path = mem_alloc(strlen(path) + 1);
	if (!file->path || ferror(in)) {
		bool memory = !file->path;
		mem_free(file->path);
		mem_free(file);
		return memory ? err_memory(err, "a file to play")
		              : err_set(err, ERR_IO, "cannot read '%s'", path);
	}
	strcpy(file->path, path);
	file->next = f->all;
	f->all = file;
	f->octets += file->n;
	return true;
}

bool media_files_read(struct media_files *f, struct slice path, struct slice *out, struct err *err)
{
	char text[PATH_ROOM];
	bool ok;

	if (path.n == 0 || path.n >= sizeof text)
		return err_set(err, ERR_USAGE, "a file to play has no name, or a far too long one");
	slice_cstr(path, text, sizeof text);
	for (const struct media_file *file = f->all; file; file = file->next)
		if (strcmp(file->path, text) == 0) {
			*out = slice_of(file->bytes, file->n);
			return true;
		}
	FILE *in = open_file(f, text);
	if (!in)
		return err_set(err, ERR_IO, "cannot open '%s': %s", text, strerror(errno));
	ok = read_all(f, in, text, err);
	fclose(in);
	if (ok)
		*out = slice_of(f->all->bytes, f->all->n);
	return ok;
}
