#include "reports/html/folder.h"

#include "base/mem.h"
#include "reports/html/assets.h"
#include "reports/html/folder_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *copy_path(const char *path)
{
	size_t n = strlen(path);
	char *copy = mem_alloc(n + 1);

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (!copy)
		return NULL;
	memcpy(copy, path, n);
	copy[n] = '\0';
	return copy;
}

/* All of the path's folders; what is there already is well, links too: it is the user's path. */
static bool make_folders(char *path, struct err *err)
{
	for (char *p = path + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char c = *p;
		*p = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return err_set(err, ERR_IO, "cannot make the folder '%s': %s", path,
			               strerror(errno));
		*p = c;
		if (!c)
			return true;
	}
}

/* True: there is something in it, and *ours says whether the mark is. False: it is empty, or err is set. */
static bool look_into(struct html_folder *f, bool *ours, struct err *err)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	bool any = false;

	*ours = false;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return err_set(err, ERR_IO, "cannot read the folder '%s': %s", f->path,
		               strerror(errno));
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		any = true;
		*ours = *ours || strcmp(e->d_name, HTML_FOLDER_MARK) == 0;
	}
	closedir(d);
	return any;
}

static bool take_over(struct html_folder *f, struct err *err)
{
	bool ours, any = look_into(f, &ours, err);

	if (err->code != ERR_NONE)
		return false;
	if (any && !ours)
		return err_set(err, ERR_IO,
		               "the folder '%s' has files in it and is not of a report (no %s): "
		               "give another one, or an empty one",
		               f->path, HTML_FOLDER_MARK);
	return (!any || folder_mark_clear(f, err)) && folder_mark_begin(f, err);
}

bool html_folder_open(struct html_folder *f, const char *path, struct err *err)
{
	*f = (struct html_folder){ .fd = -1, .mark = -1, .directory = -1 };
	if (!*path)
		return err_set(err, ERR_USAGE, "the name of the report's folder is empty");
	f->path = copy_path(path);
	if (!f->path)
		return err_memory(err, "the report's folder");
	if (!make_folders(f->path, err))
		return false;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return err_set(err, ERR_IO, "cannot open the folder '%s': %s", f->path,
		               strerror(errno));
	return take_over(f, err);
}

void html_folder_release(struct html_folder *f)
{
	if (f->directory >= 0)
		close(f->directory);
	if (f->mark >= 0)
		close(f->mark);
	if (f->fd >= 0)
		close(f->fd);
	mem_free(f->path);
	*f = (struct html_folder){ .fd = -1, .mark = -1, .directory = -1 };
}

bool html_folder_has(struct html_folder *f, const char *name)
{
	struct err ignored = ERR_INIT;
	const char *last;
	int directory = folder_directory(f, slice_str(name), false, &last, &ignored);

	return directory >= 0 && folder_has(directory, last);
}

bool html_folder_claim(struct html_folder *f, const char *name, struct text *path, struct err *err)
{
	const char *last;
	int directory = folder_directory(f, slice_str(name), true, &last, err);

	if (directory < 0)
		return false;
	if (folder_has(directory, last))
		return err_set(err, ERR_IO, "'%s/%s' is in the way: it is not of a report", f->path,
		               name);
	text_reset(path);
	text_addf(path, "%s/%s", f->path, name);
	if (path->failed)
		return err_memory(err, "a file's name");
	return folder_mark_add(f, name, err);
}

/* Calls `each` for what is in a folder of ours, until it says no. */
static bool walk(struct html_folder *f, const char *name,
                 bool (*each)(struct html_folder *f, int fd, const char *name, const char *last,
                              struct err *err),
                 struct err *err)
{
	int fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	bool ok = d != NULL;

	if (!d)
		err_set(err, ERR_IO, "cannot read the folder '%s/%s': %s", f->path, name,
		        strerror(errno));
	for (struct dirent *e; ok && (e = readdir(d));)
		ok = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		     each(f, fd, name, e->d_name, err);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return ok;
}

static bool refuse(struct html_folder *f, int fd, const char *name, const char *last,
                   struct err *err)
{
	(void)fd;
	return err_set(err, ERR_IO, "'%s/%s/%.100s' is in the way: it is not of a report", f->path,
	               name, last);
}

static void count_one(struct html_folder *f, int fd, const char *last)
{
	struct stat st;

	if (fstatat(fd, last, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
		f->files++;
		f->octets += st.st_size;
	}
}

static bool add_line(struct html_folder *f, const char *folder, const char *last, struct err *err)
{
	struct text line;

	text_init(&line);
	text_addf(&line, "%s%s", folder, last);
	/* What could not be read back is not ours to take away either. */
	bool ok = line.failed               ? err_memory(err, "a file's name")
	          : line.n <= HTML_NAME_MAX ? folder_mark_add(f, text_cstr(&line), err)
	                                    : true;
	text_release(&line);
	return ok;
}

bool html_folder_claim_folder(struct html_folder *f, const char *name, struct err *err)
{
	if (mkdirat(f->fd, name, 0777) != 0 && errno != EEXIST)
		return err_set(err, ERR_IO, "cannot make the folder '%s/%s': %s", f->path, name,
		               strerror(errno));
	return walk(f, name, refuse, err) && add_line(f, name, "/", err);
}

static bool spell_out(struct html_folder *f, int fd, const char *name, const char *last,
                      struct err *err)
{
	count_one(f, fd, last);
	return !folder_name_is_sound(slice_str(last)) || add_line(f, name, last, err);
}

bool html_folder_count(struct html_folder *f, const char *name, struct err *err)
{
	size_t n = strlen(name);
	const char *last;

	if (n && name[n - 1] == '/')
		return walk(f, name, spell_out, err) && add_line(f, name, ".", err);
	int directory = folder_directory(f, slice_str(name), false, &last, err);
	if (directory < 0)
		return false;
	count_one(f, directory, last);
	return true;
}

bool html_folder_assets(struct html_folder *f, struct err *err)
{
	const struct {
		const char *name;
		struct slice octets;
	} assets[] = { { "style.css", html_style() }, { "report.js", html_script() } };
	struct text out;
	bool ok = true;

	text_init(&out);
	for (size_t i = 0; ok && i < sizeof assets / sizeof *assets; i++) {
		text_reset(&out);
		text_add(&out, assets[i].octets);
		ok = out.failed ? err_memory(err, "the report's style")
		                : html_folder_write(f, assets[i].name, &out, err);
	}
	text_release(&out);
	return ok;
}
