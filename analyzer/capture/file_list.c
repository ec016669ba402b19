#include "analyzer/capture/file_list.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

void file_list_init(struct file_list *l)
{
	*l = (struct file_list){ .entries = NULL };
	arena_init(&l->names, 16384);
}

void file_list_release(struct file_list *l)
{
	mem_free(l->entries);
	arena_release(&l->names);
	*l = (struct file_list){ .entries = NULL };
}

/* "directory/name", or the name alone; NULL when out of memory. */
static const char *keep_path(struct file_list *l, const char *directory, const char *name)
{
	size_t d = directory ? strlen(directory) : 0, n = strlen(name);
	bool slash = d > 0 && directory[d - 1] != '/';
	char *path = arena_alloc(&l->names, d + slash + n + 1);

	if (!path)
		return NULL;
	if (d > 0)
		memcpy(path, directory, d);
	if (slash)
		path[d] = '/';
	memcpy(path + d + slash, name, n + 1);
	return path;
}

static bool append(struct file_list *l, const char *directory, const char *name, struct err *err)
{
	if (l->count == l->capacity) {
		if (l->count >= FILE_LIST_MAX)
			return err_set(err, ERR_USAGE, "more than %d files", FILE_LIST_MAX);
		size_t capacity = l->capacity ? 2 * l->capacity : 16;
		void *grown = mem_resize(l->entries, capacity * sizeof *l->entries);
		if (!grown)
			return err_memory(err, "the list of files");
		l->entries = grown;
		l->capacity = capacity;
	}
	const char *path = keep_path(l, directory, name);
	if (!path)
		return err_memory(err, "the list of files");
	l->entries[l->count++] = (struct file_entry){ path, directory };
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file_entry *)a)->path, ((const struct file_entry *)b)->path);
}

/* A FIFO somebody left in the directory would make us wait for ever. */
static bool is_regular_in(DIR *dir, const char *name)
{
	struct stat st;

	return fstatat(dirfd(dir), name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static bool add_entries(struct file_list *l, DIR *dir, const char *directory, struct err *err)
{
	size_t first = l->count;

	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry && errno != 0)
			return err_set(err, ERR_IO, "%s: cannot be read: %s", directory,
			               strerror(errno));
		if (!entry)
			break;
		if (entry->d_name[0] == '.' || !is_regular_in(dir, entry->d_name))
			continue;
		if (!append(l, directory, entry->d_name, err))
			return false;
	}
	if (l->count > first)
		qsort(l->entries + first, l->count - first, sizeof *l->entries, by_path);
	return true;
}

static bool add_directory(struct file_list *l, const char *path, struct err *err)
{
	const char *directory = keep_path(l, NULL, path);

	if (!directory)
		return err_memory(err, "the list of files");
	DIR *dir = opendir(path);
	if (!dir)
		return err_set(err, ERR_IO, "%s: cannot open: %s", path, strerror(errno));
	size_t first = l->count;
	bool done = add_entries(l, dir, directory, err);
	closedir(dir);
	if (done && l->count == first)
		return err_set(err, ERR_FORMAT, "%s: no capture in this directory", path);
	return done;
}

static bool has_stdin(const struct file_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!l->entries[i].directory && strcmp(l->entries[i].path, "-") == 0)
			return true;
	return false;
}

bool file_list_add(struct file_list *l, const char *path, struct err *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0 && has_stdin(l))
		return err_set(err, ERR_USAGE, "stdin ('-') can be read only once");
	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(l, path, err);
	return append(l, NULL, path, err);
}
