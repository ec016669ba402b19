#include "cli/compare_nights.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_database(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".db") == 0;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return b && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

struct paths {
	char **list;
	size_t count;
};

static bool add_path(struct paths *p, const char *directory, const char *name, const char *tonight)
{
	size_t n = strlen(directory) + strlen(name) + 2;
	char **list = mem_resize(p->list, (p->count + 1) * sizeof *list);

	if (!list)
		return false;
	p->list = list;
	list[p->count] = mem_alloc(n);
	if (!list[p->count])
		return false;
	snprintf(list[p->count], n, "%s/%s", directory, name);
	if (is_same_file(list[p->count], tonight))
		mem_free(list[p->count]);
	else
		p->count++;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list(struct paths *p, const char *directory, const char *tonight, struct err *err)
{
	DIR *d = opendir(directory);
	bool ok = true;

	if (!d)
		return err_set(err, ERR_IO, "cannot read the baselines of '%s': %s", directory,
		               strerror(errno));
	for (struct dirent *e; ok && (e = readdir(d));)
		if (is_database(e->d_name))
			ok = add_path(p, directory, e->d_name, tonight);
	closedir(d);
	if (!ok)
		return err_memory(err, "the baselines");
	if (!p->count)
		return err_set(err, ERR_USAGE,
		               "there is no baseline in '%s': it should have files that end in "
		               ".db, each made by 'milliwatt analyze' or 'milliwatt sim --record'",
		               directory);
	qsort(p->list, p->count, sizeof *p->list, by_name);
	return true;
}

bool compare_nights_open(struct compare_nights *n, const char *directory, const char *tonight,
                         struct err *err)
{
	struct paths p = { 0 };

	*n = (struct compare_nights){ 0 };
	bool ok = list(&p, directory, tonight, err);
	if (p.count > COMPARE_MAX_BASELINES)
		n->passed_over = p.count - COMPARE_MAX_BASELINES;
	for (size_t i = n->passed_over; ok && i < p.count; i++) {
		n->records[n->count] = records_open(p.list[i], err);
		ok = n->records[n->count] != NULL;
		n->count += ok;
	}
	for (size_t i = 0; i < p.count; i++)
		mem_free(p.list[i]);
	mem_free(p.list);
	if (!ok)
		compare_nights_close(n);
	return ok;
}

void compare_nights_close(struct compare_nights *n)
{
	for (size_t i = 0; i < n->count; i++)
		records_close(n->records[i]);
	n->count = 0;
}
