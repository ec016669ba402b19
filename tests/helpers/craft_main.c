/* craft RECIPE OUT.pcap: makes the capture that the recipe describes (fixtures/README.md tells the language). */
#include "tests/helpers/recipe.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

static bool read_file(const char *path, struct text *out, struct err *err)
{
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f)
		return err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		text_add(out, slice_of(part, n));
	bool failed = ferror(f) || out->failed;
	fclose(f);
	return !failed || err_set(err, ERR_IO, "cannot read '%s'", path);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct recipe_result result;
	struct text text;

	if (argc != 3) {
		fprintf(stderr, "usage: craft RECIPE OUT.pcap\n");
		return 2;
	}
	text_init(&text);
	bool ok = read_file(argv[1], &text, &err) &&
	          recipe_run(argv[1], slice_str(text_cstr(&text)), argv[2], &result, &err);
	text_release(&text);
	if (!ok) {
		fprintf(stderr, "craft: %s\n", err.text);
		return err_exit_code(&err);
	}
	printf("%s: %llu packets, %llu octets, %u file%s\n", argv[2],
	       (unsigned long long)result.packets, (unsigned long long)result.bytes, result.files,
	       result.files == 1 ? "" : "s");
	return 0;
}
