#include "tests/helpers/temp_dir.h"

#include "tests/helpers/compress.h"

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
	const char *path = temp_dir_path(d, name);

	/* A new file: ext4 writes to the disk at once what replaces something, and waits for it. */
	(void)remove(path);
	FILE *f = fopen(path, "wb");
	must(f && fwrite(octets.p, 1, octets.n, f) == octets.n);
	must(fclose(f) == 0);
	return d->file;
}

const char *temp_dir_write_compressed(struct temp_dir *d, const char *name, const char *filter,
                                      struct slice octets)
{
	struct text t;

	text_init(&t);
	compress_by(filter, octets, SIZE_MAX, &t);
	const char *path = temp_dir_write(d, name, slice_of(t.p, t.n));
	text_release(&t);
	return path;
}
