/* The mark of a report's folder: a line that says so, then the names of its files. "NAME/" stands for all that is in a folder, unless
 * "NAME/." follows: then those in it that are ours are named as well. */
#include "reports/html/folder_internal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "A report of milliwatt. The next one that is written here replaces these files:"
/* A report of more pages than there can be. */
#define MARK_MAX_OCTETS (64u << 20)

static bool read_mark(struct html_folder *f, struct text *out, struct err *err)
{
	int fd = openat(f->fd, HTML_FOLDER_MARK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char buf[16384];
	ssize_t n = 0;

	while (fd >= 0 && out->n < MARK_MAX_OCTETS && (n = read(fd, buf, sizeof buf)) > 0)
		text_add(out, slice_of(buf, (size_t)n));
	if (fd < 0 || n < 0)
		err_set(err, ERR_IO, "cannot read '%s/%s': %s", f->path, HTML_FOLDER_MARK,
		        strerror(errno));
	else if (out->failed)
		err_memory(err, "the names of a report's files");
	if (fd >= 0)
		close(fd);
	return err->code == ERR_NONE;
}

/* What is no file is not of a report. */
static void take_file(int directory, const char *last)
{
	struct stat st;

	if (fstatat(directory, last, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		unlinkat(directory, last, 0);
}

static void take_all(struct html_folder *f, const char *name)
{
	int fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		take_file(fd, e->d_name);
	closedir(d);
	unlinkat(f->fd, name, AT_REMOVEDIR);
}

static bool is_spelled_out(struct slice folder, struct slice later)
{
	struct slice line;

	while (slice_line(&later, &line))
		if (line.n == folder.n + 1 && line.p[folder.n] == '.' &&
		    slice_eq(slice_sub(line, 0, folder.n), folder))
			return true;
	return false;
}

/* What has been taken away by others meanwhile, or lies behind a link now, is not ours to care for. */
static void take(struct html_folder *f, struct slice line, struct slice later)
{
	char name[HTML_NAME_MAX + 1];
	const char *last;
	struct err ignored = ERR_INIT;

	slice_cstr(line, name, sizeof name);
	if (name[line.n - 1] == '/') {
		if (!is_spelled_out(line, later))
			take_all(f, name);
		return;
	}
	int directory = folder_directory(f, slice_str(name), false, &last, &ignored);
	if (directory >= 0)
		take_file(directory, last);
}

static void leave_directory(struct html_folder *f)
{
	if (f->directory >= 0)
		close(f->directory);
	f->directory = -1;
}

static struct slice folder_of(struct slice name)
{
	while (name.n && name.p[name.n - 1] != '/')
		name.n--;
	return name;
}

/* The folders of these names, from the deepest up; those with something in them stay. */
static void take_folders(struct html_folder *f, struct slice names)
{
	char name[HTML_NAME_MAX + 1];
	struct slice line, before = SLICE_NONE;

	leave_directory(f);
	for (; slice_line(&names, &line); before = line) {
		if (!folder_name_is_sound(line) || slice_eq(folder_of(line), folder_of(before)))
			continue;
		slice_cstr(line, name, sizeof name);
		for (char *slash; (slash = strrchr(name, '/'));) {
			*slash = '\0';
			if (unlinkat(f->fd, name, AT_REMOVEDIR) != 0)
				break;
		}
	}
}

bool folder_mark_clear(struct html_folder *f, struct err *err)
{
	struct text mark;
	struct slice line;

	text_init(&mark);
	if (!read_mark(f, &mark, err)) {
		text_release(&mark);
		return false;
	}
	struct slice rest = slice_of(text_cstr(&mark), mark.n);
	if (!slice_line(&rest, &line) || !slice_eq_str(line, FIRST_LINE)) {
		text_release(&mark);
		return err_set(err, ERR_IO,
		               "'%s/%s' is not what a report leaves there: give another folder",
		               f->path, HTML_FOLDER_MARK);
	}
	for (struct slice names = rest; slice_line(&names, &line);)
		if (folder_name_is_sound(line))
			take(f, line, names);
	take_folders(f, rest);
	text_release(&mark);
	return true;
}

bool folder_mark_begin(struct html_folder *f, struct err *err)
{
	take_file(f->fd, HTML_FOLDER_MARK);
	f->mark = openat(f->fd, HTML_FOLDER_MARK,
	                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (f->mark < 0)
		return err_set(err, ERR_IO, "cannot write '%s/%s': %s", f->path, HTML_FOLDER_MARK,
		               strerror(errno));
	return folder_mark_add(f, FIRST_LINE, err);
}

bool folder_mark_add(struct html_folder *f, const char *name, struct err *err)
{
	char line[HTML_NAME_MAX + 2];
	size_t n = strlen(name);

	assert(n <= HTML_NAME_MAX);
	memcpy(line, name, n);
	line[n] = '\n';
	if (write(f->mark, line, n + 1) == (ssize_t)n + 1)
		return true;
	return err_set(err, ERR_IO, "cannot write '%s/%s': %s", f->path, HTML_FOLDER_MARK,
	               strerror(errno));
}
