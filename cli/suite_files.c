#include "cli/suite_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536

bool suite_make_folder(const char *path, struct err *err)
{
	struct text part;
	bool ok = true;

	text_init(&part);
	for (const char *c = path; ok; c++) {
		if (c != path && (*c == '/' || !*c) && c[-1] != '/')
			ok = mkdir(text_cstr(&part), 0777) == 0 || errno == EEXIST ||
			     err_set(err, ERR_IO, "cannot create '%s': %s", text_cstr(&part),
			             strerror(errno));
		if (!*c)
			break;
		text_addf(&part, "%c", *c);
	}
	ok = ok && (!part.failed || err_memory(err, "a folder"));
	text_release(&part);
	struct stat s;
	return ok && ((stat(path, &s) == 0 && S_ISDIR(s.st_mode)) ||
	              err_set(err, ERR_IO, "'%s' is no folder", path));
}

int64_t suite_file_octets(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 ? (int64_t)s.st_size : -1;
}

/* ---- copies ---- */

static bool copy_octets(FILE *in, FILE *out)
{
	char piece[PIECE];
	size_t n;

	while ((n = fread(piece, 1, sizeof piece, in)) > 0)
		if (fwrite(piece, 1, n, out) != n)
			return false;
	return !ferror(in);
}

static bool copy_between(FILE *in, FILE *out, int64_t octets, int64_t most)
{
	if (octets > most) {
		fprintf(out, "[the first %lld octets of this file are left out]\n",
		        (long long)(octets - most));
		if (fseeko(in, octets - most, SEEK_SET) != 0)
			return false;
	}
	return copy_octets(in, out) && fflush(out) == 0 && fsync(fileno(out)) == 0;
}

bool suite_copy_file(const char *from, const char *to, int64_t most, struct err *err)
{
	FILE *in = fopen(from, "re");

	if (!in)
		return err_set(err, ERR_IO, "cannot open '%s': %s", from, strerror(errno));
	FILE *out = fopen(to, "we");
	if (!out) {
		err_set(err, ERR_IO, "cannot create '%s': %s", to, strerror(errno));
		fclose(in);
		return false;
	}
	bool ok = copy_between(in, out, suite_file_octets(from), most);
	if (!ok)
		err_set(err, ERR_IO, "cannot copy '%s' to '%s': %s", from, to, strerror(errno));
	fclose(in);
	if (fclose(out) != 0 && ok)
		ok = err_set(err, ERR_IO, "cannot write '%s': %s", to, strerror(errno));
	return ok;
}

void suite_add_tail(struct text *out, const char *path, size_t most)
{
	char piece[4096];
	FILE *in = fopen(path, "re");
	int64_t octets = suite_file_octets(path);
	size_t n;

	if (!in)
		return;
	if (octets > (int64_t)most)
		fseeko(in, octets - (int64_t)most, SEEK_SET);
	while ((n = fread(piece, 1, sizeof piece, in)) > 0)
		text_add(out, slice_of(piece, n));
	fclose(in);
}
