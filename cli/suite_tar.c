/* A bundle as one file: POSIX.1-1988 ustar, which everything opens. Not compressed: those who keep it (CI, mail) do that anyway. */
#include "cli/suite_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK     512
#define MAX_DEPTH 32
/* What eleven octal digits can say. */
#define MAX_OCTETS 077777777777LL

/* The header, as octets: name mode uid gid size mtime chksum typeflag linkname magic version uname gname devmajor devminor prefix. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* At the '/' that leaves at most 99 octets behind it. False: there is none. */
static bool put_name(struct header *h, const char *name)
{
	size_t n = strlen(name), cut = 0;

	if (n >= sizeof h->name) {
		for (cut = n - sizeof h->name + 1; cut < n && name[cut - 1] != '/';)
			cut++;
		if (cut == n || cut - 1 >= sizeof h->prefix) {
			errno = ENAMETOOLONG;
			return false;
		}
		memcpy(h->prefix, name, cut - 1);
	}
	memcpy(h->name, name + cut, n - cut);
	return true;
}

static bool put_header(FILE *out, const char *name, bool folder, int64_t octets)
{
	struct header h = { .magic = "ustar", .version = { '0', '0' }, .type = folder ? '5' : '0' };
	unsigned sum = 0;

	if (!put_name(&h, name))
		return false;
	if (octets > MAX_OCTETS) {
		errno = EFBIG;
		return false;
	}
	snprintf(h.mode, sizeof h.mode, "%07o", folder ? 0755u : 0644u);
	memcpy(h.uid, "0000000", 8);
	memcpy(h.gid, "0000000", 8);
	snprintf(h.size, sizeof h.size, "%011llo", (unsigned long long)(folder ? 0 : octets));
	memcpy(h.mtime, "00000000000", 12);
	memset(h.checksum, ' ', sizeof h.checksum);
	for (size_t i = 0; i < BLOCK; i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof h.checksum, "%06o", sum & 0777777);
	return fwrite(&h, 1, BLOCK, out) == BLOCK;
}

static bool put_file(FILE *out, const char *path, const char *name, int64_t octets)
{
	char block[BLOCK] = { 0 };
	FILE *in = fopen(path, "re");
	bool ok = in && put_header(out, name, false, octets);

	/* As many as the header said, whatever becomes of the file meanwhile. */
	for (int64_t left = octets; ok && left > 0; left -= BLOCK) {
		memset(block, 0, sizeof block);
		size_t n = fread(block, 1, left < BLOCK ? (size_t)left : BLOCK, in);
		ok = (n > 0 || !ferror(in)) && fwrite(block, 1, BLOCK, out) == BLOCK;
	}
	if (in)
		fclose(in);
	return ok;
}

static bool put_folder(FILE *out, const char *path, const char *name, unsigned depth);

static bool put_entry(FILE *out, const char *folder, const char *name, const char *entry,
                      unsigned depth)
{
	struct text path, inside;
	struct stat s;
	bool ok = true;

	text_init(&path);
	text_init(&inside);
	text_addf(&path, "%s/%s", folder, entry);
	text_addf(&inside, "%s/%s", name, entry);
	if (path.failed || inside.failed || lstat(text_cstr(&path), &s) != 0)
		ok = false;
	else if (S_ISDIR(s.st_mode))
		ok = put_folder(out, text_cstr(&path), text_cstr(&inside), depth + 1);
	else if (S_ISREG(s.st_mode))
		ok = put_file(out, text_cstr(&path), text_cstr(&inside), s.st_size);
	text_release(&path);
	text_release(&inside);
	return ok;
}

static int is_entry(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool put_folder(FILE *out, const char *path, const char *name, unsigned depth)
{
	struct dirent **entries;
	char slashed[512];

	if (depth > MAX_DEPTH ||
	    snprintf(slashed, sizeof slashed, "%s/", name) >= (int)sizeof slashed) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (!put_header(out, slashed, true, 0))
		return false;
	int count = scandir(path, &entries, is_entry, by_name);
	bool ok = count >= 0;
	for (int i = 0; i < count; i++) {
		ok = ok && put_entry(out, path, name, entries[i]->d_name, depth);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return ok;
}

bool suite_tar_folder(const char *folder, const char *name_in_it, const char *archive,
                      struct err *err)
{
	static const char nothing[2 * BLOCK];
	FILE *out = fopen(archive, "we");

	if (!out)
		return err_set(err, ERR_IO, "cannot create '%s': %s", archive, strerror(errno));
	bool ok = put_folder(out, folder, name_in_it, 0) &&
	          fwrite(nothing, 1, sizeof nothing, out) == sizeof nothing;
	int why = errno;
	ok = fclose(out) == 0 && ok;
	return ok || err_set(err, ERR_IO, "cannot write '%s': %s", archive, strerror(why));
}
