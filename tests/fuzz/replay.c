/* Runs a fuzz target over the files named on the command line: a corpus as an ordinary test, with a plain compiler. */
#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	static uint8_t room[1 << 20];
	size_t n = fread(room, 1, sizeof room, f);
	fclose(f);
	/* A copy of the exact size, so that the sanitizer sees any step beyond it. */
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		return 0;
	memcpy(copy, room, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	return 1;
}

int main(int argc, char **argv)
{
	int done = 0;

	for (int i = 1; i < argc; i++)
		done += replay(argv[i]);
	printf("%d of %d inputs replayed\n", done, argc - 1);
	return argc > 1 && done == argc - 1 ? 0 : 1;
}
