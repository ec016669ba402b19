/* An injection file of any octets: refused with a reason, or read so that every line is found by its key; then lines of it are written anew. The
 * first octet says which field is indexed. */
#include "sim/scenario/injection.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_LINES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static struct injection *open_octets(struct slice octets, int index_field)
{
	struct err err = ERR_INIT;
	char path[64];
	int fd = memfd_create("injection", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, octets.p, octets.n) == (ssize_t)octets.n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct injection_file_config config = { path, index_field };
	struct injection *i = injection_open(&config, 1, 1, &err);
	must(i || err.code == ERR_FORMAT);
	close(fd);
	return i;
}

/* The line that its key finds has the same key; so has the line itself, where the field is there. */
static void look_up(struct injection *i, uint64_t line, int field)
{
	struct text key, other;

	text_init(&key);
	text_init(&other);
	if (injection_field(i, 0, line, field, &key)) {
		int64_t found = injection_lookup(i, 0, slice_of(text_cstr(&key), key.n));
		must(found >= 0);
		injection_field(i, 0, (uint64_t)found, field, &other);
		must(slice_eq(slice_of(text_cstr(&key), key.n),
		              slice_of(text_cstr(&other), other.n)));
	}
	text_release(&key);
	text_release(&other);
}

static void write_lines(struct injection *i, struct slice octets, int field)
{
	struct slice rest = octets, line;
	struct err err = ERR_INIT;

	for (unsigned n = 0; n < MOST_LINES && slice_line(&rest, &line); n++) {
		uint64_t at = injection_line(i, 0, n);
		if (n & 1)
			injection_insert(i, 0, line);
		else if (injection_replace(i, 0, at, line))
			look_up(i, at, field);
	}
	must(injection_index(i, 0, field + 1, &err));
	look_up(i, 0, field + 1);
}

/* A PRINTF file says how many lines it makes up: an index of four thousand million of them is asked for, but not here. */
static bool is_great(struct slice octets)
{
	size_t at = slice_ifind_str(octets, "PRINTF=");
	unsigned digits = 0;

	if (at == SLICE_NPOS)
		return false;
	for (at += 7; at < octets.n && octets.p[at] != '\n' && octets.p[at] != ','; at++)
		digits += ascii_is_digit(octets.p[at]);
	return digits > 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice octets = slice_from(slice_of(data, size), 1);
	int field = size ? data[0] & 3 : 0;

	if (is_great(octets))
		return 0;
	struct injection *i = open_octets(octets, field);
	if (!i)
		return 0;
	for (unsigned n = 0; n < MOST_LINES; n++)
		look_up(i, injection_line(i, 0, n), field);
	write_lines(i, octets, field);
	injection_free(i);
	return 0;
}
