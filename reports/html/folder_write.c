#include "reports/html/folder_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_sound_part(struct slice part)
{
	if (!part.n || slice_eq_str(part, ".") || slice_eq_str(part, ".."))
		return false;
	for (size_t i = 0; i < part.n; i++) {
		uint8_t c = ascii_lower(part.p[i]);
		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '-' && c != '_' &&
		    c != '.')
			return false;
	}
	return true;
}

bool folder_name_is_sound(struct slice name)
{
	struct slice part;

	if (!name.n || name.n > HTML_NAME_MAX)
		return false;
	if (name.p[name.n - 1] == '/')
		name.n--;
	for (struct slice rest = name; slice_split(&rest, '/', &part);)
		if (!is_sound_part(part))
			return false;
	return name.n > 0;
}

/* One folder further down. Takes `fd` over unless it is the report's own. */
static int enter(struct html_folder *f, int fd, const char *part, bool make)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int next = openat(fd, part, flags);

	if (next < 0 && errno == ENOENT && make && mkdirat(fd, part, 0777) == 0)
		next = openat(fd, part, flags);
	int why = errno;
	if (fd != f->fd)
		close(fd);
	errno = why;
	return next;
}

static int open_directory(struct html_folder *f, struct slice name, bool make, struct err *err)
{
	char buf[HTML_NAME_MAX + 1];
	struct slice part;
	int fd = f->fd;

	for (struct slice rest = name; fd >= 0 && slice_split(&rest, '/', &part);)
		fd = enter(f, fd, slice_cstr(part, buf, sizeof buf), make);
	if (fd < 0)
		err_set(err, ERR_IO, "cannot use the folder '%s/%.*s': %s", f->path,
		        SLICE_ARG(name), strerror(errno));
	return fd;
}

int folder_directory(struct html_folder *f, struct slice name, bool make, const char **last,
                     struct err *err)
{
	size_t n = name.n;

	while (n && name.p[n - 1] != '/')
		n--;
	*last = (const char *)name.p + n;
	if (!n)
		return f->fd;
	struct slice directory = slice_sub(name, 0, n - 1);
	if (f->directory >= 0 && slice_eq_str(directory, f->directory_name))
		return f->directory;
	int fd = open_directory(f, directory, make, err);
	if (fd < 0)
		return -1;
	if (f->directory >= 0)
		close(f->directory);
	f->directory = fd;
	slice_cstr(directory, f->directory_name, sizeof f->directory_name);
	return fd;
}

bool folder_has(int directory, const char *last)
{
	struct stat st;

	return fstatat(directory, last, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

static bool write_all(int fd, const struct text *octets)
{
	const char *p = octets->p;
	size_t left = octets->n;

	while (left) {
		ssize_t n = write(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		left -= (size_t)n;
	}
	return true;
}

/* What cannot be written whole is taken away again. */
static bool write_file(int directory, const char *last, const struct text *octets)
{
	int fd =
	        openat(directory, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0)
		return false;
	bool ok = write_all(fd, octets);
	int why = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (!ok)
		unlinkat(directory, last, 0);
	errno = why;
	return ok;
}

bool html_folder_write(struct html_folder *f, const char *name, const struct text *octets,
                       struct err *err)
{
	const char *last;

	assert(folder_name_is_sound(slice_str(name)) && name[strlen(name) - 1] != '/');
	if (octets->failed)
		return err_memory(err, "a page of the report");
	int directory = folder_directory(f, slice_str(name), true, &last, err);
	if (directory < 0)
		return false;
	if (folder_has(directory, last))
		return err_set(err, ERR_IO, "'%s/%s' is in the way: it is not of a report", f->path,
		               name);
	if (!folder_mark_add(f, name, err))
		return false;
	if (!write_file(directory, last, octets))
		return err_set(err, ERR_IO, "cannot write '%s/%s': %s", f->path, name,
		               strerror(errno));
	f->files++;
	f->octets += (int64_t)octets->n;
	return true;
}
