#include "cli/suite_baseline.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/suite_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool ends_in_db(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && strcmp(name + n - 3, ".db") == 0;
}

bool suite_baseline_is_file(const char *path)
{
	return ends_in_db(path);
}

/* "20261122T020000.123456Z.db": in order of time. Files of others in the folder are compared with, but never removed. */
static bool is_night(const char *name)
{
	static const char form[] = "99999999T999999.999999Z.db";

	for (size_t i = 0; i < sizeof form; i++)
		if (form[i] == '9' ? !ascii_is_digit((uint8_t)name[i]) : name[i] != form[i])
			return false;
	return true;
}

static int is_database_entry(const struct dirent *e)
{
	return e->d_name[0] != '.' && ends_in_db(e->d_name);
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return -strcmp((*a)->d_name, (*b)->d_name);
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

static bool open_one(struct suite_baselines *b, const char *path, struct err *err)
{
	struct records *r = records_open(path, err);

	if (!r)
		return err_context(err, "baseline");
	b->night[b->count++] = r;
	return true;
}

static bool open_in(struct suite_baselines *b, const char *folder, const char *name,
                    struct err *err)
{
	struct text path;

	text_init(&path);
	text_addf(&path, "%s/%s", folder, name);
	bool ok = path.failed ? err_memory(err, "a baseline") : open_one(b, text_cstr(&path), err);
	text_release(&path);
	return ok;
}

bool suite_baselines_open(struct suite_baselines *b, const char *path, struct err *err)
{
	struct dirent **entries;

	*b = (struct suite_baselines){ .folder = !suite_baseline_is_file(path) };
	if (!b->folder)
		return open_one(b, path, err);
	int count = scandir(path, &entries, is_database_entry, newest_first);
	if (count < 0)
		return errno == ENOENT ||
		       err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
	bool ok = true;
	for (int i = 0; i < count && b->count < SUITE_MAX_NIGHTS && ok; i++)
		ok = open_in(b, path, entries[i]->d_name, err);
	free_entries(entries, count);
	return ok;
}

void suite_baselines_release(struct suite_baselines *b)
{
	for (size_t i = 0; i < b->count; i++)
		records_close(b->night[i]);
	b->count = 0;
}

/* ---- tonight's ---- */

static bool remove_old(const char *folder, unsigned keep, struct err *err)
{
	struct dirent **entries;
	unsigned nights = 0;
	bool ok = true;
	int count = scandir(folder, &entries, is_database_entry, newest_first);

	if (count < 0)
		return err_set(err, ERR_IO, "cannot read '%s': %s", folder, strerror(errno));
	for (int i = 0; i < count && ok; i++) {
		struct text path;
		if (!is_night(entries[i]->d_name) || nights++ < keep)
			continue;
		text_init(&path);
		text_addf(&path, "%s/%s", folder, entries[i]->d_name);
		ok = unlink(text_cstr(&path)) == 0 || errno == ENOENT ||
		     err_set(err, ERR_IO, "cannot remove '%s': %s", text_cstr(&path),
		             strerror(errno));
		text_release(&path);
	}
	free_entries(entries, count);
	return ok;
}

static void add_night(struct text *out, int64_t now_us)
{
	time_t seconds = (time_t)(now_us / 1000000);
	struct tm tm;
	char day[32];

	if (!gmtime_r(&seconds, &tm) || !strftime(day, sizeof day, "%Y%m%dT%H%M%S", &tm))
		strcpy(day, "19700101T000000");
	text_addf(out, "%s.%06dZ.db", day, (int)(now_us % 1000000));
}

bool suite_baseline_keep(const char *folder, const char *database, int64_t now_us, unsigned keep,
                         struct err *err)
{
	struct text part, whole;

	text_init(&part);
	text_init(&whole);
	text_addf(&whole, "%s/", folder);
	add_night(&whole, now_us);
	text_addf(&part, "%s/.tonight-%ld.part", folder, (long)getpid());
	bool ok = !part.failed && !whole.failed ? true : err_memory(err, "a baseline");
	ok = ok && suite_make_folder(folder, err) &&
	     suite_copy_file(database, text_cstr(&part), INT64_MAX, err);
	if (ok && rename(text_cstr(&part), text_cstr(&whole)) != 0)
		ok = err_set(err, ERR_IO, "cannot create '%s': %s", text_cstr(&whole),
		             strerror(errno));
	if (!ok && !part.failed)
		unlink(text_cstr(&part));
	text_release(&part);
	text_release(&whole);
	return ok && remove_old(folder, keep, err);
}
