#include "cli/suite_plan.h"

#include "base/clock.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ANALYZE_NS (60 * 60 * NS_PER_S)

static const char *in_folder(struct arena *arena, const char *folder, const char *name,
                             struct err *err)
{
	size_t n = strlen(folder) + strlen(name) + 2;
	char *path = arena_alloc(arena, n);

	if (path)
		snprintf(path, n, "%s/%s", folder, name);
	else
		err_memory(err, "a command");
	return path;
}

bool suite_plan_add(struct suite_plan *p, struct suite_words *w, const char *what,
                    const char *folder, const char *log, int64_t timeout_ns, struct err *err)
{
	const char **words = arena_alloc(w->arena, (w->count + 1) * sizeof *words);
	const char *path = words ? in_folder(w->arena, folder, log, err) : NULL;

	if (words && w->count)
		memcpy(words, w->word, (w->count + 1) * sizeof *words);
	p->uses |= w->uses;
	suite_words_release(w);
	if (!words)
		return err_memory(err, "a command");
	p->steps[p->step_count++] = (struct suite_step){ what, words, path, timeout_ns };
	return path != NULL;
}

/* ---- files ---- */

/* Characters of glob(7) in the folder's own name are meant as they stand. */
static bool add_pattern(struct text *out, const char *directory, const char *pattern)
{
	for (const char *c = directory; pattern[0] != '/' && *c; c++)
		text_addf(out, strchr("*?[]\\", *c) ? "\\%c" : "%c", *c);
	text_addf(out, "%s%s", pattern[0] == '/' ? "" : "/", pattern);
	return !out->failed;
}

/* All files that one value names, sorted. None is an error, but where another case may still make them. */
static bool add_files(struct suite_words *w, const struct yaml_node *n, bool may_miss,
                      struct err *err)
{
	const char *pattern = suite_expand(w, n, err);
	struct text whole;
	glob_t found;

	if (!pattern)
		return false;
	text_init(&whole);
	if (!add_pattern(&whole, w->suite->directory, pattern)) {
		text_release(&whole);
		return err_memory(err, "a command");
	}
	int result = glob(text_cstr(&whole), 0, NULL, &found);
	bool ok = true;
	if (result == GLOB_NOSPACE)
		ok = err_memory(err, "a command");
	else if (result != 0)
		ok = may_miss ? suite_words_addf(w, err, "%s", text_cstr(&whole))
		              : yaml_wrong(w->suite->yaml, n, err, "no file '%s'", pattern);
	for (size_t i = 0; result == 0 && i < found.gl_pathc && ok; i++)
		ok = suite_words_addf(w, err, "%s", found.gl_pathv[i]);
	if (result == 0)
		globfree(&found);
	text_release(&whole);
	return ok;
}

static bool is_database(struct slice path)
{
	return path.n > 3 && slice_eq_str(slice_from(path, path.n - 3), ".db");
}

/* ---- what is there ---- */

struct planning {
	const struct suite *suite;
	const struct suite_case *of;
	const char *folder;
	bool may_miss;
	struct arena *arena;
	struct suite_plan *plan;
};

static const char *const analyze_options[] = {
	"files",  "filter",    "interval", "jitter-buffer", "delay",           "rules", "correlate",
	"reader", "mask-dtmf", "audio",    "marks",         "no-payload-join", NULL,
};

static bool is_flag(struct slice name)
{
	return slice_eq_str(name, "mask-dtmf") || slice_eq_str(name, "audio") ||
	       slice_eq_str(name, "marks") || slice_eq_str(name, "no-payload-join");
}

static bool add_analyze_options(struct suite_words *w, const struct yaml_node *n, struct err *err)
{
	for (const struct yaml_node *v = n->first; v; v = v->next) {
		bool flag = is_flag(v->key);
		bool on = true;
		if (slice_eq_str(v->key, "files"))
			continue;
		if (flag && !suite_read_bool(w->suite, v, &on, err))
			return false;
		if (on && !suite_words_addf(w, err, "--%.*s", SLICE_ARG(v->key)))
			return false;
		const char *value = flag ? NULL : suite_expand(w, v, err);
		if (!flag && (!value || !suite_words_add(w, value, err)))
			return false;
	}
	return true;
}

static bool analyze(const struct planning *p, const struct yaml_node *n, const char *database,
                    const char *log, struct err *err)
{
	const struct yaml_node *files = n->kind == YAML_MAPPING ? yaml_get(n, "files") : n;
	const struct yaml_node *at = NULL;
	struct suite_words w;

	if (n->kind == YAML_MAPPING && !yaml_only(p->suite->yaml, n, analyze_options, err))
		return false;
	if (!files || files->kind == YAML_MAPPING || (files->kind == YAML_SCALAR && !files->text.n))
		return yaml_wrong(p->suite->yaml, n, err, "which captures? give 'files:'");
	suite_words_init(&w, p->suite, p->arena);
	bool ok = suite_words_add(&w, SUITE_OURS, err) && suite_words_add(&w, "analyze", err) &&
	          suite_words_add(&w, "-o", err) && suite_words_add(&w, database, err) &&
	          (p->of->kind != SUITE_COMPARE || suite_words_add(&w, "--marks", err)) &&
	          (n->kind != YAML_MAPPING || add_analyze_options(&w, n, err));
	while (ok && suite_each(files, &at))
		ok = add_files(&w, at, p->may_miss, err);
	if (ok)
		return suite_plan_add(p->plan, &w, "the analyzer", p->folder, log, ANALYZE_NS, err);
	suite_words_release(&w);
	return false;
}

static bool plan_capture(const struct planning *p, struct err *err)
{
	p->plan->database = in_folder(p->arena, p->folder, "run.db", err);
	return p->plan->database && analyze(p, p->of->what, p->plan->database, "run.log", err);
}

/* Gives the one file that a value names. */
static const char *one_file(const struct planning *p, const struct yaml_node *n, struct err *err)
{
	struct suite_words w;
	const char *path = NULL;

	suite_words_init(&w, p->suite, p->arena);
	if (add_files(&w, n, p->may_miss, err)) {
		path = w.word[0];
		if (w.count > 1) {
			yaml_wrong(p->suite->yaml, n, err, "these are %zu files: one is wanted",
			           w.count);
			path = NULL;
		}
	}
	suite_words_release(&w);
	return path;
}

static bool plan_database(const struct planning *p, struct err *err)
{
	p->plan->database = one_file(p, p->of->what, err);
	return p->plan->database != NULL;
}

static bool plan_tap(const struct planning *p, const char *key, const char *database,
                     const char *log, const char **out, struct err *err)
{
	const struct yaml_node *n = yaml_get(p->of->what, key);

	if (!n)
		return yaml_wrong(p->suite->yaml, p->of->what, err,
		                  "two are compared: 'a:' and 'b:', captures or databases");
	if (n->kind == YAML_SCALAR && is_database(n->text))
		*out = one_file(p, n, err);
	else
		*out = in_folder(p->arena, p->folder, database, err);
	return *out &&
	       (n->kind == YAML_SCALAR && is_database(n->text) ? true
	                                                       : analyze(p, n, *out, log, err));
}

/* "1%", "0.01" */
static bool read_ratio(const struct suite *s, const struct yaml_node *n, double *out,
                       struct err *err)
{
	char text[32], *end = NULL;

	if (n->kind == YAML_SCALAR && n->text.n && n->text.n < sizeof text)
		*out = strtod(slice_cstr(n->text, text, sizeof text), &end);
	if (end && end != text && *end == '%') {
		*out /= 100;
		end++;
	}
	return (end && end != text && !*end && *out >= 0 && *out <= 1) ||
	       yaml_wrong(s->yaml, n, err, "a part is wanted, as 1%% or 0.01");
}

static bool plan_compare(const struct planning *p, struct err *err)
{
	static const char *const names[] = { "a", "b", "max-loss", NULL };
	const struct yaml_node *loss;

	if (p->of->what->kind != YAML_MAPPING)
		return yaml_wrong(p->suite->yaml, p->of->what, err,
		                  "two are compared: 'a:' and 'b:'");
	if (!yaml_only(p->suite->yaml, p->of->what, names, err))
		return false;
	loss = yaml_get(p->of->what, "max-loss");
	return (!loss || read_ratio(p->suite, loss, &p->plan->max_loss, err)) &&
	       plan_tap(p, "a", "a.db", "a.log", &p->plan->database, err) &&
	       plan_tap(p, "b", "b.db", "b.log", &p->plan->other, err);
}

/* ---- what is made ---- */

static bool add_outputs(const struct planning *p, struct suite_words *w, const char *dashes,
                        int64_t octets, struct err *err)
{
	const struct suite_evidence *e = &p->suite->evidence;
	bool capture = p->of->capture == CAPTURE_YES ||
	               (p->of->capture == CAPTURE_AUTO && octets <= e->capture_octets);

	p->plan->database = in_folder(p->arena, p->folder, "run.db", err);
	if (!p->plan->database || !suite_words_addf(w, err, "%srecord", dashes) ||
	    !suite_words_add(w, p->plan->database, err))
		return false;
	if (!capture) {
		p->plan->no_capture = p->of->capture == CAPTURE_NO
		                              ? "the case says 'record-capture: false'"
		                              : "it would have been larger than 'capture-limit:'; "
		                                "'record-capture: true' of the case makes one all "
		                                "the same";
		return true;
	}
	p->plan->capture = in_folder(p->arena, p->folder, "run.pcapng", err);
	return p->plan->capture && suite_words_addf(w, err, "%scapture", dashes) &&
	       suite_words_add(w, p->plan->capture, err);
}

static bool plan_sim(const struct planning *p, struct err *err)
{
	struct suite_words w;
	int64_t octets = 0;

	suite_words_init(&w, p->suite, p->arena);
	bool ok = suite_sim_words(&w, p->of->what,
	                          p->of->kind == SUITE_VIRTUAL ? SIM_VIRTUAL : SIM_REAL, err) &&
	          suite_sim_look(&w, p->of->what, &octets, err) &&
	          add_outputs(p, &w, "--", octets, err);
	if (ok)
		return suite_plan_add(p->plan, &w, "the simulator", p->folder, "run.log",
		                      p->of->timeout_ns, err);
	suite_words_release(&w);
	return false;
}

/* Of a migrated job's line the first word may still be the program. */
static bool is_program(const char *word)
{
	size_t n = strlen(word);

	return word[0] != '-' && n >= 4 && strcmp(word + n - 4, "sipp") == 0;
}

static bool sipp_words(struct suite_words *w, const struct yaml_node *n, struct err *err)
{
	if (!suite_words_add(w, SUITE_OURS, err) || !suite_words_add(w, "sipp", err) ||
	    !suite_words_take(w, n, err))
		return false;
	if (w->count > 2 && is_program(w->word[2])) {
		memmove(w->word + 2, w->word + 3, (w->count - 2) * sizeof *w->word);
		w->count--;
	}
	for (size_t i = 2; i < w->count; i++)
		if (strcmp(w->word[i], "-bg") == 0 || strcmp(w->word[i], "-record") == 0 ||
		    strcmp(w->word[i], "-capture") == 0)
			return yaml_wrong(w->suite->yaml, n, err,
			                  "'%s' is not for a suite: it waits for the run, and "
			                  "records it itself",
			                  w->word[i]);
	return w->count > 2 ||
	       yaml_wrong(w->suite->yaml, n, err, "the words of a SIPp command line are wanted");
}

static bool plan_sipp(const struct planning *p, struct err *err)
{
	struct suite_words w;

	suite_words_init(&w, p->suite, p->arena);
	if (sipp_words(&w, p->of->what, err) && add_outputs(p, &w, "-", 0, err))
		return suite_plan_add(p->plan, &w, "the simulator", p->folder, "run.log",
		                      p->of->timeout_ns, err);
	suite_words_release(&w);
	return false;
}

bool suite_plan_case(const struct suite *s, const struct suite_case *c, const char *folder,
                     bool looking, struct arena *arena, struct suite_plan *out, struct err *err)
{
	const struct planning p = { s, c, folder, looking && c->needs, arena, out };

	*out = (struct suite_plan){ .max_loss = NAN };
	switch (c->kind) {
	case SUITE_SIM:
	case SUITE_VIRTUAL: return plan_sim(&p, err);
	case SUITE_SIPP: return plan_sipp(&p, err);
	case SUITE_CAPTURE: return plan_capture(&p, err);
	case SUITE_DATABASE: return plan_database(&p, err);
	default: return plan_compare(&p, err);
	}
}

const char *suite_baseline_path(const struct suite *s, const struct suite_baseline *b,
                                struct arena *arena, struct err *err)
{
	struct suite_words w;

	suite_words_init(&w, s, arena);
	const char *path = suite_expand(&w, b->path, err);
	if (!path || path[0] == '/')
		return path;
	return in_folder(arena, s->directory, path, err);
}

static bool background_words(struct suite_words *w, const struct suite_background *b,
                             struct err *err)
{
	int64_t octets;

	switch (b->kind) {
	case BACKGROUND_SIM:
		if (!suite_sim_words(w, b->what, SIM_BACKGROUND, err))
			return false;
		if (b->port && !yaml_get(b->what, "local") &&
		    (!suite_words_add(w, "--local", err) ||
		     !suite_words_addf(w, err, strchr(b->address, ':') ? "[%s]:%u" : "%s:%u",
		                       b->address, b->port)))
			return false;
		return suite_sim_look(w, b->what, &octets, err);
	case BACKGROUND_SIPP: return sipp_words(w, b->what, err);
	default:
		return suite_words_take(w, b->what, err) &&
		       (w->count || yaml_wrong(w->suite->yaml, b->what, err, "which program?"));
	}
}

bool suite_plan_background(const struct suite *s, const struct suite_background *b,
                           const char *folder, struct arena *arena, struct suite_plan *out,
                           struct err *err)
{
	struct suite_words w;
	char log[80];

	*out = (struct suite_plan){ .max_loss = NAN };
	suite_words_init(&w, s, arena);
	snprintf(log, sizeof log, "%s.log", b->slug);
	if (background_words(&w, b, err))
		return suite_plan_add(out, &w, b->slug, folder, log, 0, err);
	suite_words_release(&w);
	return false;
}
