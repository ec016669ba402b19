#include "tests/helpers/temp_dir.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(bool done)
{
	if (!done) {
		perror("temp_dir");
		abort();
	}
}

void temp_dir_make(struct temp_dir *d)
{
	const char *base = getenv("TMPDIR");

	snprintf(d->path, sizeof d->path, "%s/milliwatt-XXXXXX",
	         base && strlen(base) < 40 ? base : "/tmp");
	must(mkdtemp(d->path) != NULL);
}

void temp_dir_remove(struct temp_dir *d)
{
	DIR *dir = opendir(d->path);
	const struct dirent *entry;

	must(dir != NULL);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)remove(temp_dir_path(d, entry->d_name));
	closedir(dir);
	must(rmdir(d->path) == 0);
}

const char *temp_dir_path(struct temp_dir *d, const char *name)
{
	int n = snprintf(d->file, sizeof d->file, "%s/%s", d->path, name);

	must(n > 0 && (size_t)n < sizeof d->file);
	return d->file;
}

const char *temp_dir_write(struct temp_dir *d, const char *name, struct slice octets)
{
	FILE *f = fopen(temp_dir_path(d, name), "wb");

	must(f && fwrite(octets.p, 1, octets.n, f) == octets.n);
	must(fclose(f) == 0);
	return d->file;
}

const char *temp_dir_write_compressed(struct temp_dir *d, const char *name, const char *filter,
                                      struct slice octets)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	must(a && entry);
	must(archive_write_add_filter_by_name(a, filter) == ARCHIVE_OK);
	must(archive_write_set_format_raw(a) == ARCHIVE_OK);
	must(archive_write_open_filename(a, temp_dir_path(d, name)) == ARCHIVE_OK);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	must(archive_write_header(a, entry) == ARCHIVE_OK);
	must(archive_write_data(a, octets.p, octets.n) == (la_ssize_t)octets.n);
	archive_entry_free(entry);
	must(archive_write_free(a) == ARCHIVE_OK);
	return d->file;
}
