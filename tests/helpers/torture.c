#include "tests/helpers/torture.h"

#include <stdio.h>
#include <stdlib.h>

struct slice torture_read(const char *name, uint8_t buf[static TORTURE_MAX])
{
	char path[1024];
	const char *captures = getenv("CAPTURES");

	if (!captures) {
		printf("skipped: CAPTURES is not set\n");
		return SLICE_NONE;
	}
	snprintf(path, sizeof path, "%s/torture/rfc4475/%s.dat", captures, name);
	FILE *file = fopen(path, "rb");
	if (!file) {
		printf("cannot open %s\n", path);
		abort();
	}
	size_t n = fread(buf, 1, TORTURE_MAX, file);
	fclose(file);
	return slice_of(buf, n);
}
