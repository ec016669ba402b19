#include "tests/helpers/tree.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *open_tree(const char *path)
{
	char *const paths[] = { (char *)path, NULL };

	return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
}

void tree_remove(const char *path)
{
	FTS *tree = open_tree(path);

	for (FTSENT *e; tree && (e = fts_read(tree));) {
		if (e->fts_info == FTS_DP)
			(void)rmdir(e->fts_path);
		else if (e->fts_info != FTS_D)
			(void)unlink(e->fts_path);
	}
	if (tree)
		fts_close(tree);
}

void tree_list(const char *path, struct text *out)
{
	FTS *tree = open_tree(path);

	for (FTSENT *e; tree && (e = fts_read(tree));)
		if (e->fts_info != FTS_D && e->fts_info != FTS_DP)
			text_addf(out, "%s\n", e->fts_path + strlen(path) + 1);
	if (tree)
		fts_close(tree);
}

bool tree_read(const char *path, struct text *out)
{
	FILE *f = fopen(path, "rb");
	char buf[4096];

	if (!f)
		return false;
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_add(out, slice_of(buf, n));
	fclose(f);
	return true;
}
