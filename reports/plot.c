/* The folder of plots: data files and one script beside them, one gnuplot for all, its SVG finished one by one. */
#include "reports/plot.h"

#include "base/arena.h"
#include "base/mem.h"
#include "reports/plot_internal.h"
#include "reports/plot_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT "plots.gp"

/* Of `gnuplot --version`; of all plots: so much, and for each. A plot takes some 5 ms. */
#define VERSION_MS  10000
#define DRAW_MS     20000
#define DRAW_MS_PER 100

struct added {
	struct slice name, title, description;
	struct added *next;
};

struct plots {
	char *path; /* FOLDER/plots */
	int fd; /* of it */
	FILE *script;
	struct arena arena;
	struct added *first, *last;
	size_t count;
	struct text text; /* for whatever is being made */
	struct text absent; /* why there are no plots; empty: there are */
};

static bool wrong_file(const struct plots *p, const char *name, struct err *err)
{
	return err_set(err, ERR_IO, "cannot write '%s/%s': %s", p->path, name, strerror(errno));
}

/* Ours, in the folder. */
static FILE *create(const struct plots *p, const char *name, struct err *err)
{
	int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		wrong_file(p, name, err);
		if (fd >= 0)
			close(fd);
	}
	return f;
}

static bool write_file(const struct plots *p, const char *name, struct err *err)
{
	if (p->text.failed)
		return err_memory(err, "a plot");
	FILE *f = create(p, name, err);
	if (!f)
		return false;
	bool ok = fwrite(text_cstr(&p->text), 1, p->text.n, f) == p->text.n;
	ok = fclose(f) == 0 && ok;
	return ok || wrong_file(p, name, err);
}

static bool write_script(struct plots *p, struct err *err)
{
	if (p->text.failed)
		return err_memory(err, "a plot");
	if (fwrite(text_cstr(&p->text), 1, p->text.n, p->script) != p->text.n)
		return wrong_file(p, SCRIPT, err);
	return true;
}

/* What gnuplot said, as one line. */
static void add_said(struct text *out, const struct text *said)
{
	struct slice rest = slice_of(text_cstr(said), said->n), line;
	const char *before = ": ";

	for (int lines = 0; lines < 4 && slice_line(&rest, &line);) {
		line = slice_trim(line);
		if (!line.n || line.p[0] == '^')
			continue;
		text_addf(out, "%s", before);
		text_add_terminal(out, slice_sub(line, 0, 200));
		before = " / ";
		lines++;
	}
}

static void say_absent(struct plots *p, enum plot_end end, const struct text *said)
{
	text_reset(&p->absent);
	switch (end) {
	case PLOT_END_WELL: break;
	case PLOT_END_MISSING:
		text_addf(&p->absent,
		          "gnuplot is not installed (no such program in PATH); the "
		          "plots' data are in plots/, 'gnuplot -d " SCRIPT "' draws them there");
		break;
	case PLOT_END_HUNG:
		text_addf(&p->absent, "gnuplot did not come to an end and was stopped");
		break;
	case PLOT_END_FAILED: text_addf(&p->absent, "gnuplot failed"); break;
	}
	if (end == PLOT_END_HUNG || end == PLOT_END_FAILED)
		add_said(&p->absent, said);
}

static bool run(struct plots *p, const char *const *argv, int timeout_ms, struct err *err)
{
	struct text said;
	enum plot_end end;

	text_init(&said);
	bool ok = plot_process(p->path, argv, timeout_ms, &said, &end, err);
	if (ok)
		say_absent(p, end, &said);
	text_release(&said);
	if (ok && p->absent.failed)
		ok = err_memory(err, "a plot");
	return ok;
}

static void tell_absent(const struct plots *p, const char **absent)
{
	*absent = p->absent.n ? text_cstr(&p->absent) : NULL;
}

static bool open_folder(struct plots *p, const char *folder, struct err *err)
{
	size_t n = strlen(folder);

	p->path = mem_alloc(n + sizeof "/plots");
	if (!p->path)
		return err_memory(err, "a folder's name");
	memcpy(p->path, folder, n);
	memcpy(p->path + n, "/plots", sizeof "/plots");
	if (mkdir(p->path, 0777) != 0 && errno != EEXIST)
		return err_set(err, ERR_IO, "cannot make '%s': %s", p->path, strerror(errno));
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0)
		return err_set(err, ERR_IO, "cannot open '%s': %s", p->path, strerror(errno));
	p->script = create(p, SCRIPT, err);
	return p->script != NULL;
}

struct plots *plots_new(const char *folder, const char **absent, struct err *err)
{
	static const char *const version[] = { "gnuplot", "--version", NULL };
	struct plots *p = mem_zalloc(sizeof *p);

	if (!p) {
		err_memory(err, "plots");
		return NULL;
	}
	p->fd = -1;
	arena_init(&p->arena, 16384);
	bool ok = open_folder(p, folder, err) && run(p, version, VERSION_MS, err);
	if (ok) {
		plot_add_prelude(&p->text);
		ok = write_script(p, err);
	}
	if (ok) {
		tell_absent(p, absent);
		return p;
	}
	plots_free(p);
	return NULL;
}

void plots_free(struct plots *p)
{
	if (!p)
		return;
	if (p->script)
		fclose(p->script);
	if (p->fd >= 0)
		close(p->fd);
	arena_release(&p->arena);
	text_release(&p->text);
	text_release(&p->absent);
	mem_free(p->path);
	mem_free(p);
}

/* A name that is not of our own words would be a text of a packet on its way into a script. */
static bool is_ours(const char *text, const char *further)
{
	for (; *text; text++)
		if (!ascii_is_digit((uint8_t)*text) &&
		    !(ascii_lower((uint8_t)*text) >= 'a' && ascii_lower((uint8_t)*text) <= 'z') &&
		    !strchr(further, *text))
			return false;
	return true;
}

static bool plot_is_ours(const struct plot *plot)
{
	bool ok = *plot->name && is_ours(plot->name, "-") && is_ours(plot->x_label, " %().-") &&
	          is_ours(plot->y_label, " %().-");

	for (size_t s = 0; s < plot->series_count; s++)
		ok = ok && is_ours(plot->series[s].name, " %().-");
	return ok;
}

static struct slice keep(struct plots *p)
{
	struct slice kept = SLICE_NONE;

	if (!p->text.failed)
		arena_keep(&p->arena, slice_of(text_cstr(&p->text), p->text.n), &kept);
	text_reset(&p->text);
	return kept;
}

/* For when its SVG is there. */
static bool remember(struct plots *p, const struct plot_drawn *d, struct err *err)
{
	struct added *a = arena_zalloc(&p->arena, sizeof *a);

	if (!a)
		return err_memory(err, "a plot");
	text_reset(&p->text);
	text_addf(&p->text, "%s", d->plot->name);
	a->name = keep(p);
	plot_add_title(d->plot, &p->text);
	a->title = keep(p);
	plot_add_description(d, &p->text);
	a->description = keep(p);
	if (!a->name.p || !a->title.p || !a->description.p)
		return err_memory(err, "a plot");
	if (p->last)
		p->last->next = a;
	else
		p->first = a;
	p->last = a;
	p->count++;
	return true;
}

static bool add_drawn(struct plots *p, struct plot_drawn *d, struct err *err)
{
	char name[160];

	text_reset(&p->text);
	plot_add_data(d, &p->text);
	snprintf(name, sizeof name, "%s.dat", d->plot->name);
	if (!write_file(p, name, err))
		return false;
	text_reset(&p->text);
	plot_add_script(d, &p->text);
	return write_script(p, err) && remember(p, d, err);
}

bool plots_add(struct plots *p, const struct plot *plot, struct err *err)
{
	struct plot_drawn d;

	assert(p->script && strlen(plot->name) < PLOT_MAX_NAME && plot_is_ours(plot));
	if (!plot_is_ours(plot))
		return err_set(err, ERR_FORMAT, "a plot's name that is not ours");
	bool ok = plot_drawn_init(&d, plot, err) && add_drawn(p, &d, err);
	plot_drawn_release(&d);
	return ok;
}

/* Up to a size that none of ours comes near. */
static bool read_drawn(const struct plots *p, const char *name, struct text *out)
{
	int fd = openat(p->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char buf[8192];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	while (out->n < (8u << 20) && (n = read(fd, buf, sizeof buf)) > 0)
		text_add(out, slice_of(buf, (size_t)n));
	close(fd);
	return n == 0 && !out->failed;
}

/* One that is not whole is taken away. *whole: it is. */
static bool finish(struct plots *p, const struct added *a, struct text *drawn, bool *whole,
                   struct err *err)
{
	char name[160];

	snprintf(name, sizeof name, "%.*s.svg", SLICE_ARG(a->name));
	text_reset(drawn);
	text_reset(&p->text);
	*whole = read_drawn(p, name, drawn) && plot_svg_finish(slice_of(text_cstr(drawn), drawn->n),
	                                                       a->title, a->description, &p->text);
	if (drawn->failed)
		return err_memory(err, "a plot");
	if (*whole)
		return write_file(p, name, err);
	unlinkat(p->fd, name, 0);
	return true;
}

static bool finish_all(struct plots *p, struct err *err)
{
	struct text drawn;
	size_t missing = 0;
	bool ok = true;

	text_init(&drawn);
	for (struct added *a = p->first; a && ok; a = a->next) {
		bool whole;
		ok = finish(p, a, &drawn, &whole, err);
		missing += !whole;
	}
	text_release(&drawn);
	if (!ok || !missing)
		return ok;
	if (!p->absent.n)
		text_addf(&p->absent, "gnuplot left some out");
	text_addf(&p->absent, " (%zu of %zu plots are missing)", missing, p->count);
	return p->absent.failed ? err_memory(err, "a plot") : true;
}

bool plots_draw(struct plots *p, const char **absent, struct err *err)
{
	static const char *const draw[] = { "gnuplot", "-d", SCRIPT, NULL };
	int bound = DRAW_MS + DRAW_MS_PER * (int)(p->count < 100000 ? p->count : 100000);
	bool ok = fclose(p->script) == 0;

	p->script = NULL;
	if (!ok)
		return wrong_file(p, SCRIPT, err);
	if (!p->absent.n && p->count)
		ok = run(p, draw, bound, err) && finish_all(p, err);
	tell_absent(p, absent);
	return ok;
}
