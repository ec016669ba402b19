/* A mapping of the suite file as the command line of `milliwatt sim`. */
#include "cli/suite_plan.h"

#include "base/mem.h"
#include "cli/sim_options.h"

#include <getopt.h>
#include <stdio.h>

/* Of one call's messages; of one second of its media: two directions, 50 packets, with all headers. */
#define CALL_OCTETS         8000
#define MEDIA_SECOND_OCTETS (2 * 50 * 250)

#define MAX_NAMES 100

static const struct {
	const char *name, *why;
} ours[] = {
	{ "record", "every case is recorded by the suite itself" },
	{ "capture", "'record-capture:' of the case says it" },
	{ "json", "suite.json has it" },
	{ "quiet", "what is printed goes into a log" },
	{ "dry-run", "milliwatt suite --dry-run does that" },
	{ "virtual", "a case of 'virtual:' instead of 'sim:' is" },
};

static bool check_names(const struct suite_words *w, const struct yaml_node *options,
                        struct err *err)
{
	const char *names[MAX_NAMES];
	size_t count = 0;
	bool flag;

	while (count + 2 < MAX_NAMES && (names[count] = sim_option_name(count, &flag)))
		count++;
	names[count] = "duration"; /* max-duration */
	names[count + 1] = NULL;
	if (options->kind != YAML_MAPPING)
		return yaml_wrong(w->suite->yaml, options, err,
		                  "options of 'milliwatt sim' are wanted, as 'rate: 50'");
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		const struct yaml_node *n = yaml_get(options, ours[i].name);
		if (n)
			return yaml_wrong(w->suite->yaml, n, err, "'%s' is not for a suite: %s",
			                  ours[i].name, ours[i].why);
	}
	return yaml_only(w->suite->yaml, options, names, err);
}

static const char *option_name(const struct yaml_node *n, bool *flag)
{
	const char *name;

	*flag = false;
	if (slice_eq_str(n->key, "duration"))
		return "max-duration";
	for (size_t i = 0; (name = sim_option_name(i, flag)); i++)
		if (slice_eq_str(n->key, name))
			return name;
	return NULL;
}

/* By name, or any address. */
static bool add_target(struct suite_words *w, const struct yaml_node *options,
                       const struct yaml_node *n, struct err *err)
{
	const struct suite *s = w->suite;

	for (size_t i = 0; i < s->target_count; i++) {
		const struct suite_target *t = &s->targets[i];
		if (n->kind != YAML_SCALAR || !slice_eq(t->name, n->text))
			continue;
		const char *address = suite_expand(w, t->address, err);
		if (!address || !suite_words_add(w, "--target", err) ||
		    !suite_words_add(w, address, err))
			return false;
		if (!t->transport || yaml_get(options, "transport"))
			return true;
		const char *transport = suite_expand(w, t->transport, err);
		return transport && suite_words_add(w, "--transport", err) &&
		       suite_words_add(w, transport, err);
	}
	const char *address = suite_expand(w, n, err);
	return address && suite_words_add(w, "--target", err) && suite_words_add(w, address, err);
}

static bool add_values(struct suite_words *w, const char *name, const struct yaml_node *n,
                       struct err *err)
{
	const struct yaml_node *at = NULL;

	while (suite_each(n, &at)) {
		const char *value = suite_expand(w, at, err);
		if (!value || !suite_words_addf(w, err, "--%s", name))
			return false;
		bool ok = n->kind == YAML_MAPPING
		                  ? suite_words_addf(w, err, "%.*s=%s", SLICE_ARG(at->key), value)
		                  : suite_words_add(w, value, err);
		if (!ok)
			return false;
	}
	return true;
}

static bool add_option(struct suite_words *w, const struct yaml_node *options,
                       const struct yaml_node *n, struct err *err)
{
	bool flag, on;
	const char *name = option_name(n, &flag);

	if (strcmp(name, "target") == 0)
		return add_target(w, options, n, err);
	if (flag) {
		if (!suite_read_bool(w->suite, n, &on, err))
			return false;
		return !on || suite_words_addf(w, err, "--%s", name);
	}
	if (n->kind == YAML_MAPPING && strcmp(name, "set") != 0)
		return yaml_wrong(w->suite->yaml, n, err, "one value is wanted");
	return add_values(w, name, n, err);
}

static const struct yaml_node *default_options(const struct suite *s)
{
	return s->defaults ? yaml_get(s->defaults, "sim") : NULL;
}

bool suite_sim_words(struct suite_words *w, const struct yaml_node *options,
                     enum suite_sim_kind kind, struct err *err)
{
	const struct yaml_node *more = kind == SIM_BACKGROUND ? NULL : default_options(w->suite);
	bool is_virtual = kind == SIM_VIRTUAL;

	if (!suite_words_add(w, SUITE_OURS, err) || !suite_words_add(w, "sim", err) ||
	    (is_virtual && !suite_words_add(w, "--virtual", err)))
		return false;
	if (!check_names(w, options, err) || (more && !check_names(w, more, err)))
		return false;
	for (const struct yaml_node *n = options->first; n; n = n->next)
		if (!add_option(w, options, n, err))
			return false;
	for (const struct yaml_node *n = more ? more->first : NULL; n; n = n->next) {
		char key[64];
		if (!yaml_get(options, slice_cstr(n->key, key, sizeof key)) &&
		    !add_option(w, options, n, err))
			return false;
	}
	return true;
}

/* ---- a look ---- */

static int64_t most_octets(const struct sim_options *o)
{
	const struct sim_config *c = &o->config;
	double seconds = (double)c->max_duration_ns / 1e9, hold = (double)c->pause_ns / 1e9;
	double calls = (double)c->max_calls;

	if (c->pace.kind == PACE_CONCURRENT && calls <= 0)
		calls = (double)c->pace.users * (1 + seconds / (hold + 0.1));
	else if (calls <= 0)
		calls = seconds * (c->pace.rate > c->pace.rate_to ? c->pace.rate : c->pace.rate_to);
	if (calls <= 0)
		calls = 1;
	double one = CALL_OCTETS;
	if (c->media.play)
		one += hold * MEDIA_SECOND_OCTETS;
	return calls * one > 9e18 ? INT64_MAX : (int64_t)(calls * one);
}

/* The parser cuts its words and changes their order. */
static char **copy_words(const struct suite_words *w)
{
	char **argv = arena_alloc(w->arena, (w->count + 1) * sizeof *argv);

	for (size_t i = 0; i < w->count && argv; i++) {
		size_t n = strlen(w->word[i]) + 1;
		argv[i] = arena_alloc(w->arena, n);
		if (!argv[i])
			return NULL;
		memcpy(argv[i], w->word[i], n);
	}
	if (argv)
		argv[w->count] = NULL;
	return argv;
}

bool suite_sim_look(const struct suite_words *w, const struct yaml_node *options,
                    int64_t *capture_octets, struct err *err)
{
	char **argv = copy_words(w);
	struct sim_options *o = mem_zalloc(sizeof *o);
	struct err wrong = ERR_INIT;

	if (!argv || !o) {
		mem_free(o);
		return err_memory(err, "the suite");
	}
	optind = 0; /* glibc: start afresh */
	bool ok = sim_options_parse(o, (int)w->count - 1, argv + 1, &wrong) == SIM_GO;
	*capture_octets = ok ? most_octets(o) : 0;
	sim_options_release(o);
	mem_free(o);
	return ok || yaml_wrong(w->suite->yaml, options, err, "%s", wrong.text);
}
