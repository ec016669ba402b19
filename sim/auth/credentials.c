#include "sim/auth/credentials.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MOST_OCTETS (64 << 20) /* a greater file is no list of passwords */
#define FIRST_ROOM  4096

struct credential_list {
	char *text; /* all strings point into it */
	size_t text_n, room;
	struct credential *all;
	size_t count;
	struct table by_user;
	char warning[256];
};

/* ---- the file ---- */

/* Not by mem_resize(): what it leaves behind would not be wiped. */
static bool grow(struct credential_list *l, struct err *err)
{
	size_t room = l->room ? l->room * 2 : FIRST_ROOM;
	char *p = mem_alloc(room);

	if (!p)
		return err_memory(err, "a password file");
	if (l->text) {
		memcpy(p, l->text, l->text_n);
		explicit_bzero(l->text, l->room);
		mem_free(l->text);
	}
	l->text = p;
	l->room = room;
	return true;
}

static bool read_all(struct credential_list *l, FILE *f, const char *path, struct err *err)
{
	size_t n;

	setvbuf(f, NULL, _IONBF, 0); /* no copy in a buffer of its own */
	do {
		if (l->text_n + 1 >= l->room && !grow(l, err))
			return false;
		n = fread(l->text + l->text_n, 1, l->room - l->text_n - 1, f);
		l->text_n += n;
		if (l->text_n > MOST_OCTETS)
			return err_set(err, ERR_FORMAT, "%s: more than %u octets", path,
			               MOST_OCTETS);
	} while (n);
	l->text[l->text_n] = '\0';
	return !ferror(f) || err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
}

static void check_mode(struct credential_list *l, FILE *f, const char *path)
{
	struct stat st;

	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & S_IROTH)
		snprintf(l->warning, sizeof l->warning,
		         "%.200s: everyone on this machine can read it (chmod 600)", path);
}

static bool load(struct credential_list *l, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	check_mode(l, f, path);
	bool ok = read_all(l, f, path, err);
	fclose(f);
	return ok;
}

/* ---- its lines ---- */

/* user:realm:password, user:password */
static void cut_at_colons(char *line, char *colon, struct credential *c)
{
	char *second = strchr(colon + 1, ':');

	*colon = '\0';
	*c = (struct credential){ line, "", colon + 1 };
	if (!second)
		return;
	*second = '\0';
	c->realm = colon + 1;
	c->password = second + 1;
}

static char *without_blanks(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	for (n = strlen(text); n && (text[n - 1] == ' ' || text[n - 1] == '\t');)
		text[--n] = '\0';
	return text;
}

/* Whichever of blank and colon comes first says which form it is. */
static bool read_line(char *line, struct credential *c)
{
	size_t n = strcspn(line, ": \t");

	if (line[n] == ':') {
		cut_at_colons(line, line + n, c);
		return true;
	}
	if (!line[n]) {
		*c = (struct credential){ "", "", line };
		return true;
	}
	line[n] = '\0';
	*c = (struct credential){ line, "", without_blanks(line + n + 1) };
	return *c->password != '\0';
}

/* The line at `at` as a string; its length with what ends it. */
static size_t take_line(char *at, size_t left, char **line)
{
	char *end = memchr(at, '\n', left);
	size_t n = end ? (size_t)(end - at) : left;

	at[n] = '\0';
	if (n && at[n - 1] == '\r')
		at[n - 1] = '\0';
	*line = at + strspn(at, " \t");
	return n + 1;
}

static uint64_t hash_of(struct slice username)
{
	return hash_slice(username, 0);
}

static bool keep(struct credential_list *l, const struct credential *c, struct err *err)
{
	l->all[l->count] = *c;
	if (!table_put(&l->by_user, hash_of(slice_str(c->username)), &l->all[l->count]))
		return err_memory(err, "a password file");
	l->count++;
	return true;
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 1;

	for (const char *p = text; (p = memchr(p, '\n', n - (size_t)(p - text))); p++)
		lines++;
	return lines;
}

static bool read_lines(struct credential_list *l, const char *path, struct err *err)
{
	unsigned number = 1, words = 0;
	struct credential c;
	char *line;

	l->all = mem_alloc(count_lines(l->text, l->text_n) * sizeof *l->all);
	if (!l->all)
		return err_memory(err, "a password file");
	for (size_t at = 0; at < l->text_n; number++) {
		at += take_line(l->text + at, l->text_n - at, &line);
		if (!*line || *line == '#')
			continue;
		if (!read_line(line, &c))
			return err_set(err, ERR_FORMAT,
			               "%s: line %u has a user and no password: "
			               "'user:realm:password' or 'user password'",
			               path, number);
		words += !*c.username;
		if (!keep(l, &c, err))
			return false;
	}
	if (words && l->count > 1)
		return err_set(err, ERR_FORMAT,
		               "%s: a password alone stands there, and other lines too", path);
	return l->count || err_set(err, ERR_FORMAT, "%s: there is no password in it", path);
}

struct credential_list *credential_list_read(const char *path, struct err *err)
{
	struct credential_list *l = mem_zalloc(sizeof *l);

	if (!l) {
		err_memory(err, "a password file");
		return NULL;
	}
	table_init(&l->by_user);
	if (load(l, path, err) && read_lines(l, path, err))
		return l;
	credential_list_free(l);
	return NULL;
}

void credential_list_free(struct credential_list *l)
{
	if (!l)
		return;
	if (l->text)
		explicit_bzero(l->text, l->room);
	mem_free(l->text);
	mem_free(l->all);
	table_release(&l->by_user);
	mem_free(l);
}

size_t credential_list_count(const struct credential_list *l)
{
	return l->count;
}

const char *credential_list_warning(const struct credential_list *l)
{
	return l->warning;
}

/* ---- look-up ---- */

struct wanted {
	struct slice username, realm;
};

static bool is_wanted(const void *value, const void *key)
{
	const struct credential *c = value;
	const struct wanted *w = key;

	return slice_eq_str(w->username, c->username) && slice_eq_str(w->realm, c->realm);
}

const struct credential *credential_list_find(const struct credential_list *l,
                                              struct slice username, struct slice realm)
{
	const struct wanted wanted[] = { { username, realm },
		                         { username, SLICE_LIT("") },
		                         { SLICE_LIT(""), SLICE_LIT("") } };
	const struct credential *c = NULL;

	for (unsigned i = 0; !c && i < 3; i++)
		c = table_get(&l->by_user, hash_of(wanted[i].username), is_wanted, &wanted[i]);
	return c;
}

/* ---- all sources ---- */

static bool fill_from_file(const char *path, struct credentials *out, struct credential_list **list,
                           struct err *err)
{
	const struct credential *c;

	*list = credential_list_read(path, err);
	if (!*list)
		return false;
	c = out->username ? credential_list_find(*list, slice_str(out->username), SLICE_LIT(""))
	                  : &(*list)->all[0];
	/* With a realm it is chosen when a challenge names it. */
	for (size_t i = 0; out->username && !c && i < (*list)->count; i++)
		if (strcmp((*list)->all[i].username, out->username) == 0)
			c = &(*list)->all[i];
	if (!c) {
		credential_list_free(*list);
		*list = NULL;
		return err_set(err, ERR_USAGE, "%s: it has no password of '%s'", path,
		               out->username);
	}
	if (!out->username && *c->username)
		out->username = c->username;
	out->password = c->password;
	return true;
}

bool credentials_fill(const struct credential_sources *from, struct credentials *out,
                      struct credential_list **list, struct err *err)
{
	*list = NULL;
	if (out->password)
		return true;
	if (from->file)
		return fill_from_file(from->file, out, list, err);
	const char *name = from->environment ? from->environment : CREDENTIALS_ENVIRONMENT;
	out->password = getenv(name);
	if (from->environment && !out->password)
		return err_set(err, ERR_USAGE, "the environment has no %s", name);
	return true;
}
