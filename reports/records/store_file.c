#include "reports/records/store_file.h"

#include "base/cursor.h"
#include "base/mem.h"
#include "reports/records/query.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite file format, section 1.3: the header string, user_version at 60, application_id at 68. */
#define HEADER_BYTES       100
#define HEADER_VERSION     60
#define HEADER_APPLICATION 68

#define PARTIAL ".partial-"

static bool read_header(const char *path, uint8_t header[static HEADER_BYTES], size_t *n,
                        struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*n = 0;
	if (fd < 0)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	while (*n < HEADER_BYTES) {
		ssize_t got = read(fd, header + *n, HEADER_BYTES - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
			close(fd);
			return false;
		}
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	close(fd);
	return true;
}

static enum db_kind kind_of_header(const uint8_t *header, size_t n, uint32_t *version)
{
	static const char magic[] = "SQLite format 3"; /* its NUL belongs to it */

	if (n < HEADER_BYTES || memcmp(header, magic, sizeof magic) != 0 ||
	    load_be32(header + HEADER_APPLICATION) != RECORDS_APPLICATION_ID)
		return DB_FOREIGN;
	*version = load_be32(header + HEADER_VERSION);
	return DB_OURS;
}

bool db_file_identify(const char *path, enum db_kind *kind, uint32_t *version, struct err *err)
{
	uint8_t header[HEADER_BYTES];
	struct stat st;
	size_t n;

	*version = 0;
	*kind = DB_ABSENT;
	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			return true;
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	}
	if (!S_ISREG(st.st_mode)) {
		*kind = S_ISDIR(st.st_mode) ? DB_DIRECTORY : DB_SPECIAL;
		return true;
	}
	if (!read_header(path, header, &n, err))
		return false;
	*kind = kind_of_header(header, n, version);
	return true;
}

static char *join(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	char *whole = mem_alloc(n + m + 1);

	if (!whole)
		return NULL;
	memcpy(whole, a, n);
	memcpy(whole + n, b, m + 1);
	return whole;
}

char *db_file_literal(const char *path)
{
	return join(path[0] == '/' ? "" : "./", path);
}

/* An existing file is somebody's: only one of ours, and one we understand, may go. */
static bool may_replace(const char *path, struct err *err)
{
	enum db_kind kind;
	uint32_t version;

	if (!*path)
		return err_set(err, ERR_USAGE, "the name of the database is empty");
	if (!db_file_identify(path, &kind, &version, err))
		return false;
	if (kind == DB_DIRECTORY)
		return err_set(err, ERR_IO, "'%s' is a directory; name a file with -o", path);
	if (kind == DB_FOREIGN || kind == DB_SPECIAL)
		return err_set(
		        err, ERR_IO,
		        "'%s' exists and is not a Milliwatt database; choose another name with -o",
		        path);
	if (kind == DB_OURS && version > RECORDS_SCHEMA_VERSION)
		return err_set(
		        err, ERR_IO,
		        "'%s' was written by a newer Milliwatt (schema %u, this one writes %d); "
		        "choose another name with -o",
		        path, (unsigned)version, RECORDS_SCHEMA_VERSION);
	return true;
}

/* The file behind a symbolic link is replaced, not the link. */
static char *follow_link(const char *path)
{
	struct stat st;
	char *real = NULL;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		real = realpath(path, NULL);
	char *copy = db_file_literal(real ? real : path);
	free(real); /* libc's, not mem_alloc's */
	return copy;
}

static bool make_names(struct store_target *t, const char *path, struct err *err)
{
	char suffix[40];

	snprintf(suffix, sizeof suffix, PARTIAL "%ld", (long)getpid());
	t->shown = join(path, "");
	t->path = follow_link(path);
	t->partial = t->path ? join(t->path, suffix) : NULL;
	if (!t->shown || !t->partial)
		return err_memory(err, "the name of the database");
	return true;
}

/* "BASE.partial-PID" of a process that does not exist. */
static bool is_of_the_dead(const char *name, const char *base)
{
	size_t n = strlen(base), m = strlen(PARTIAL);
	const char *digits = name + n + m;
	long pid = 0;

	if (strncmp(name, base, n) != 0 || strncmp(name + n, PARTIAL, m) != 0)
		return false;
	for (; isdigit((unsigned char)*digits) && pid < 100000000; digits++)
		pid = 10 * pid + (*digits - '0');
	return !*digits && pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* SQLite holds a lock on what it writes: the process may be one of another container, with ids of its own. */
static bool is_locked(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fd < 0)
		return true;
	bool locked = fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	              fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
	close(fd);
	return locked;
}

/* What runs into the same database left behind when they were killed. That it fails is no reason not to write a database. */
static void remove_leftovers(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *name = join(path, "");
	DIR *directory = NULL;
	struct dirent *entry;

	if (name && slash) {
		name[slash - path + 1] = '\0';
		directory = opendir(name);
	}
	mem_free(name);
	while (directory && (entry = readdir(directory)))
		if (is_of_the_dead(entry->d_name, base) &&
		    !is_locked(dirfd(directory), entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
}

/* O_EXCL: never through a link that someone else laid there. What an earlier process of this id left behind is removed. */
static bool create_partial(struct store_target *t, struct err *err)
{
	int fd = -1;

	for (int attempt = 0; attempt < 2 && fd < 0; attempt++) {
		fd = open(t->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && (errno != EEXIST || unlink(t->partial) != 0))
			break;
	}
	if (fd < 0)
		return err_set(err, ERR_IO, "cannot create '%s': %s", t->shown, strerror(errno));
	close(fd);
	t->created = true;
	return true;
}

bool store_target_open(struct store_target *t, const char *path, struct err *err)
{
	*t = (struct store_target){ 0 };
	if (may_replace(path, err) && make_names(t, path, err) && create_partial(t, err)) {
		remove_leftovers(t->path);
		return true;
	}
	store_target_release(t);
	return false;
}

/* A hot journal of the old file would be played back into the new one by the next reader. */
static void remove_journals(const char *path)
{
	static const char *const suffixes[] = { "-journal", "-wal", "-shm" };

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		char *name = join(path, suffixes[i]);
		if (name)
			unlink(name);
		mem_free(name);
	}
}

bool store_target_commit(struct store_target *t, struct err *err)
{
	/* Again: the run may have taken an hour, and somebody may have put a file there. */
	if (!may_replace(t->shown, err))
		return false;
	remove_journals(t->path);
	if (rename(t->partial, t->path) != 0)
		return err_set(err, ERR_IO, "cannot rename to '%s': %s", t->shown, strerror(errno));
	t->created = false;
	return true;
}

void store_target_release(struct store_target *t)
{
	if (t->created)
		unlink(t->partial);
	mem_free(t->shown);
	mem_free(t->path);
	mem_free(t->partial);
	*t = (struct store_target){ 0 };
}
