#include "cli/recorded.h"

#include "base/mem.h"
#include "base/text.h"
#include "reports/rows.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct slice base_name(struct slice path)
{
	size_t start = path.n;

	while (start && path.p[start - 1] != '/')
		start--;
	return slice_from(path, start);
}

/* Where it lies now, as a string of its own; NULL: out of memory. */
static char *path_now(struct slice path, const char *directory)
{
	struct slice name = directory ? base_name(path) : path;
	size_t before = directory ? strlen(directory) + 1 : 0;
	char *out = mem_alloc(before + name.n + 1);

	if (!out)
		return NULL;
	if (directory) {
		memcpy(out, directory, before - 1);
		out[before - 1] = '/';
	}
	memcpy(out + before, name.p, name.n);
	out[before + name.n] = '\0';
	return out;
}

/* Room for one more, doubling at powers of two. */
static bool grow(struct recorded_files *f)
{
	size_t n = f->count ? 2 * f->count : 1;

	if (f->count & (f->count - 1))
		return true;
	void *files = mem_resize(f->files, n * sizeof *f->files);
	if (!files)
		return false;
	f->files = files;
	void *ids = mem_resize(f->ids, n * sizeof *f->ids);
	if (!ids)
		return false;
	f->ids = ids;
	return true;
}

static bool add(struct recorded_files *f, struct query *q, const char *directory, struct err *err)
{
	char *path = grow(f) ? path_now(query_text(q, 1), directory) : NULL;

	if (!path)
		return err_memory(err, "the captures of a database");
	f->ids[f->count] = query_int(q, 0);
	f->files[f->count++] = (struct recorded_capture){
		.path = path,
		.bytes = query_int(q, 2),
		.first_us = query_int(q, 3),
		.last_us = query_int(q, 4),
	};
	return true;
}

bool recorded_files_load(struct recorded_files *f, struct records *r, const char *directory,
                         struct err *err)
{
	*f = (struct recorded_files){ 0 };
	struct query *q = rows_query(
	        r, "SELECT id, path, bytes, first_us, last_us FROM captures ORDER BY id", 0, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add(f, q, directory, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

void recorded_files_release(struct recorded_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		mem_free((char *)f->files[i].path);
	mem_free(f->files);
	mem_free(f->ids);
}

bool recorded_files_find(const struct recorded_files *f, int64_t id, uint32_t *index)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	*index = (uint32_t)low;
	return low < f->count && f->ids[low] == id;
}

bool recorded_file_is_there(const struct recorded_capture *f, struct err *err)
{
	struct text name;

	if (strcmp(f->path, "-") == 0)
		return err_set(err, ERR_IO,
		               "the database was made from standard input, which cannot be read "
		               "again");
	if (access(f->path, R_OK) == 0)
		return true;
	int why = errno;
	text_init(&name);
	text_add_terminal(&name, slice_str(f->path));
	err_set(err, ERR_IO,
	        "cannot open '%s', from which the database was made: %s; --captures DIR says where "
	        "it lies now",
	        text_cstr(&name), strerror(why));
	text_release(&name);
	return false;
}

bool recorded_masking(struct records *r, enum masking wish, bool *masked, struct err *err)
{
	int64_t n = 0;

	*masked = wish == MASK_ALWAYS;
	if (wish != MASK_AS_RECORDED)
		return true;
	bool ok = rows_int(r, "SELECT coalesce(max(mask_dtmf), 0) FROM runs", 0, &n, err);
	*masked = n != 0;
	return ok;
}
