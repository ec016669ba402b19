/* Reads a suite file: its settings, targets and background. */
#include "cli/suite_file.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/sim_units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURE_OCTETS (INT64_C(256) << 20)
#define READY_NS       (10 * NS_PER_S)

/* ---- texts ---- */

const char *suite_keep(struct suite *s, struct slice text, struct err *err)
{
	char *copy = arena_alloc(&s->arena, text.n + 1);

	if (!copy) {
		err_memory(err, "the suite");
		return NULL;
	}
	if (text.n)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return copy;
}

const char *suite_absolute(struct suite *s, struct slice path, struct err *err)
{
	struct text whole;

	if (path.n && path.p[0] == '/')
		return suite_keep(s, path, err);
	text_init(&whole);
	text_addf(&whole, "%s/", s->directory);
	text_add(&whole, path);
	const char *kept = whole.failed ? NULL : suite_keep(s, slice_str(text_cstr(&whole)), err);
	if (whole.failed)
		err_memory(err, "the suite");
	text_release(&whole);
	return kept;
}

/* ---- values ---- */

bool suite_read_time(const struct suite *s, const struct yaml_node *n, int64_t *ns, struct err *err)
{
	char text[64];

	return (n->kind == YAML_SCALAR && n->text.n && n->text.n < sizeof text &&
	        units_duration(slice_cstr(n->text, text, sizeof text), ns) && *ns > 0) ||
	       yaml_wrong(s->yaml, n, err, "a time is wanted, as 90s, 5m or 1h30m");
}

bool suite_read_unsigned(const struct suite *s, const struct yaml_node *n, unsigned max,
                         unsigned *out, struct err *err)
{
	int64_t value;

	if (!yaml_int(n, &value) || value < 0 || value > (int64_t)max)
		return yaml_wrong(s->yaml, n, err, "a number from 0 to %u is wanted", max);
	*out = (unsigned)value;
	return true;
}

bool suite_read_bool(const struct suite *s, const struct yaml_node *n, bool *out, struct err *err)
{
	return yaml_bool(n, out) || yaml_wrong(s->yaml, n, err, "true or false is wanted");
}

bool suite_read_which(const struct suite *s, const struct yaml_node *n, enum suite_which *out,
                      struct err *err)
{
	static const char *const names[] = { "none", "failed", "all" };

	for (unsigned i = 0; i < 3 && n->kind == YAML_SCALAR; i++)
		if (slice_eq_str(n->text, names[i])) {
			*out = (enum suite_which)i;
			return true;
		}
	return yaml_wrong(s->yaml, n, err, "'none', 'failed' or 'all' is wanted");
}

bool suite_each(const struct yaml_node *n, const struct yaml_node **at)
{
	if (!n)
		return false;
	if (n->kind == YAML_SCALAR)
		*at = *at ? NULL : n;
	else
		*at = *at ? (*at)->next : n->first;
	return *at != NULL;
}

static bool read_text(struct suite *s, const struct yaml_node *n, const char **out, struct err *err)
{
	if (n->kind != YAML_SCALAR || !n->text.n)
		return yaml_wrong(s->yaml, n, err, "a text is wanted");
	*out = suite_keep(s, n->text, err);
	return *out != NULL;
}

static bool is_mapping(const struct suite *s, const struct yaml_node *n, struct err *err)
{
	return n->kind == YAML_MAPPING || yaml_wrong(s->yaml, n, err,
	                                             "names with values are "
	                                             "wanted");
}

/* ---- evidence ---- */

static bool read_octets(const struct suite *s, const struct yaml_node *n, int64_t *out,
                        struct err *err)
{
	char text[64];
	uint64_t value;

	if (n->kind != YAML_SCALAR || n->text.n >= sizeof text ||
	    !units_count(slice_cstr(n->text, text, sizeof text), &value))
		return yaml_wrong(s->yaml, n, err, "octets are wanted, as 200M");
	*out = (int64_t)value;
	return true;
}

static bool read_mask(struct suite *s, const struct yaml_node *n, struct err *err)
{
	const struct yaml_node *at = NULL;

	s->evidence.mask_credentials = s->evidence.mask_digits = false;
	while (suite_each(n, &at)) {
		if (at->kind == YAML_SCALAR && slice_eq_str(at->text, "credentials"))
			s->evidence.mask_credentials = true;
		else if (at->kind == YAML_SCALAR && slice_eq_str(at->text, "digits"))
			s->evidence.mask_digits = true;
		else if (at->kind != YAML_SCALAR || !slice_eq_str(at->text, "none"))
			return yaml_wrong(s->yaml, at, err,
			                  "what is masked are 'credentials' and 'digits', or "
			                  "'none'");
	}
	return true;
}

static bool read_evidence(struct suite *s, const struct yaml_node *n, struct err *err)
{
	static const char *const names[] = { "calls",         "mask",          "tar",
		                             "capture-limit", "keep-captures", NULL };
	const struct yaml_node *v;

	s->evidence = (struct suite_evidence){ .calls = 5,
		                               .mask_credentials = true,
		                               .capture_octets = CAPTURE_OCTETS };
	if (!n)
		return true;
	if (!is_mapping(s, n, err) || !yaml_only(s->yaml, n, names, err))
		return false;
	if ((v = yaml_get(n, "calls")) &&
	    !suite_read_unsigned(s, v, SUITE_MAX_EVIDENCE, &s->evidence.calls, err))
		return false;
	if ((v = yaml_get(n, "mask")) && !read_mask(s, v, err))
		return false;
	if ((v = yaml_get(n, "tar")) && !suite_read_bool(s, v, &s->evidence.tar, err))
		return false;
	if ((v = yaml_get(n, "keep-captures")) &&
	    !suite_read_which(s, v, &s->evidence.keep_captures, err))
		return false;
	return !(v = yaml_get(n, "capture-limit")) ||
	       read_octets(s, v, &s->evidence.capture_octets, err);
}

/* ---- targets ---- */

/* What ${NAME.port} may name. */
static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) &&
		    !(ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'z') && s.p[i] != '-' &&
		    s.p[i] != '_')
			return false;
	return s.n > 0 && s.n < 64;
}

static bool check_name(const struct suite *s, const struct yaml_node *n, struct err *err)
{
	return is_name(n->key) ||
	       yaml_wrong(s->yaml, n, err, "'%.*s': such names are of letters, digits, '-' and '_'",
	                  SLICE_ARG(n->key));
}

static bool read_target(struct suite *s, const struct yaml_node *n, struct err *err)
{
	static const char *const names[] = { "address", "transport", NULL };
	struct suite_target *t = &s->targets[s->target_count];

	if (!check_name(s, n, err))
		return false;
	if (s->target_count == SUITE_MAX_TARGETS)
		return yaml_wrong(s->yaml, n, err, "more than %d targets", SUITE_MAX_TARGETS);
	*t = (struct suite_target){ .name = n->key, .node = n, .address = n };
	if (n->kind == YAML_MAPPING) {
		if (!yaml_only(s->yaml, n, names, err))
			return false;
		t->address = yaml_get(n, "address");
		t->transport = yaml_get(n, "transport");
	}
	if (!t->address || t->address->kind != YAML_SCALAR || !t->address->text.n)
		return yaml_wrong(s->yaml, n, err,
		                  "a target needs its address, as 'pbx: 192.0.2.10:5060'");
	s->target_count++;
	return true;
}

static bool read_targets(struct suite *s, const struct yaml_node *n, struct err *err)
{
	if (n && !is_mapping(s, n, err))
		return false;
	for (const struct yaml_node *t = n ? n->first : NULL; t; t = t->next)
		if (!read_target(s, t, err))
			return false;
	return true;
}

/* ---- background ---- */

static bool read_background_kind(struct suite *s, struct suite_background *b, struct err *err)
{
	static const char *const kinds[] = { "sim", "sipp", "command" };

	for (unsigned i = 0; i < 3; i++) {
		const struct yaml_node *what = yaml_get(b->node, kinds[i]);
		if (what && b->what)
			return yaml_wrong(s->yaml, what, err,
			                  "one of 'sim', 'sipp' and 'command' is what runs");
		if (what) {
			b->what = what;
			b->kind = (enum suite_background_kind)i;
		}
	}
	return b->what || yaml_wrong(s->yaml, b->node, err,
	                             "say what runs: 'sim:' with its options, 'sipp:' or "
	                             "'command:' with words");
}

static bool read_port(struct suite *s, struct suite_background *b, const struct yaml_node *n,
                      struct err *err)
{
	unsigned port;

	b->auto_port = n->kind == YAML_SCALAR && slice_eq_str(n->text, "auto");
	if (b->auto_port)
		return true;
	if (!suite_read_unsigned(s, n, UINT16_MAX, &port, err))
		return false;
	b->port = (uint16_t)port;
	return true;
}

static bool read_background(struct suite *s, const struct yaml_node *n, struct err *err)
{
	static const char *const names[] = { "sim",   "sipp",    "command", "port",
		                             "ready", "address", NULL };
	struct suite_background *b = &s->backgrounds[s->background_count];
	const struct yaml_node *v;

	if (!check_name(s, n, err) || !is_mapping(s, n, err) || !yaml_only(s->yaml, n, names, err))
		return false;
	if (s->background_count == SUITE_MAX_BACKGROUND)
		return yaml_wrong(s->yaml, n, err, "more than %d processes in the background",
		                  SUITE_MAX_BACKGROUND);
	*b = (struct suite_background){
		.name = n->key, .node = n, .address = "127.0.0.1", .ready_ns = READY_NS
	};
	b->slug = suite_keep(s, n->key, err);
	if (!b->slug || !read_background_kind(s, b, err))
		return false;
	if ((v = yaml_get(n, "address")) && !read_text(s, v, &b->address, err))
		return false;
	if ((v = yaml_get(n, "port")) && !read_port(s, b, v, err))
		return false;
	if ((v = yaml_get(n, "ready")) && !suite_read_time(s, v, &b->ready_ns, err))
		return false;
	for (size_t i = 0; i < s->target_count; i++)
		if (slice_eq(s->targets[i].name, b->name))
			return yaml_wrong(s->yaml, n, err, "'%s' is the name of a target already",
			                  b->slug);
	s->background_count++;
	return true;
}

static bool read_backgrounds(struct suite *s, const struct yaml_node *n, struct err *err)
{
	if (n && !is_mapping(s, n, err))
		return false;
	for (const struct yaml_node *b = n ? n->first : NULL; b; b = b->next)
		if (!read_background(s, b, err))
			return false;
	return true;
}

/* ---- cases ---- */

size_t suite_find_case(const struct suite *s, struct slice name)
{
	for (size_t i = 0; i < s->case_count; i++)
		if (slice_eq_str(name, s->cases[i].name))
			return i;
	return SIZE_MAX;
}

bool suite_case_has_tag(const struct suite_case *c, struct slice tag)
{
	const struct yaml_node *at = NULL;

	while (suite_each(c->tags, &at))
		if (slice_eq(at->text, tag))
			return true;
	return false;
}

/* Only of cases above: they run in this order, and nothing waits for itself. */
static bool check_needs(const struct suite *s, size_t index, struct err *err)
{
	const struct suite_case *c = &s->cases[index];
	const struct yaml_node *at = NULL;

	while (suite_each(c->needs, &at)) {
		if (at->kind != YAML_SCALAR)
			return yaml_wrong(s->yaml, at, err, "names of cases are wanted");
		if (suite_find_case(s, at->text) >= index)
			return yaml_wrong(s->yaml, at, err,
			                  "'%.*s' is no case above this one: what is needed has to "
			                  "come first",
			                  SLICE_ARG(at->text));
	}
	return true;
}

static bool add_case(struct suite *s, const struct yaml_node *n, struct err *err)
{
	struct suite_case *c = &s->cases[s->case_count];

	if (!suite_read_case(s, n, c, err)) {
		yaml_close(c->expect_file);
		return false;
	}
	bool again = suite_find_case(s, slice_str(c->name)) != SIZE_MAX;
	size_t index = s->case_count++;
	if (again)
		return yaml_wrong(s->yaml, n, err, "two cases are called '%s'", c->name);
	return check_needs(s, index, err);
}

static bool read_cases(struct suite *s, const struct yaml_node *n, struct err *err)
{
	if (!n || n->kind != YAML_SEQUENCE || !n->count)
		return yaml_wrong(s->yaml, n ? n : yaml_root(s->yaml), err,
		                  "a suite needs 'cases:', a list of them");
	if (n->count > SUITE_MAX_CASES)
		return yaml_wrong(s->yaml, n, err, "more than %d cases", SUITE_MAX_CASES);
	s->cases = mem_zalloc(n->count * sizeof *s->cases);
	if (!s->cases)
		return err_memory(err, "the suite");
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (!add_case(s, c, err))
			return false;
	return true;
}

/* ---- the whole ---- */

static bool read_settings(struct suite *s, const struct yaml_node *root, struct err *err)
{
	static const char *const defaults[] = { "timeout", "retries", "record-capture",
		                                "html",    "sim",     NULL };
	const struct yaml_node *v;

	s->jobs = 1;
	if ((v = yaml_get(root, "suite")) && !read_text(s, v, &s->name, err))
		return false;
	if ((v = yaml_get(root, "output"))) {
		if (!read_text(s, v, &s->output, err))
			return false;
		s->output = suite_absolute(s, v->text, err);
		if (!s->output)
			return false;
	}
	if ((v = yaml_get(root, "jobs")) &&
	    (!suite_read_unsigned(s, v, SUITE_MAX_JOBS, &s->jobs, err)))
		return false;
	if ((v = yaml_get(root, "flaky"))) {
		s->flaky_fails = v->kind == YAML_SCALAR && slice_eq_str(v->text, "fail");
		if (!s->flaky_fails && (v->kind != YAML_SCALAR || !slice_eq_str(v->text, "pass")))
			return yaml_wrong(s->yaml, v, err, "'pass' or 'fail' is wanted");
	}
	s->defaults = yaml_get(root, "defaults");
	if (s->defaults &&
	    (!is_mapping(s, s->defaults, err) || !yaml_only(s->yaml, s->defaults, defaults, err)))
		return false;
	return read_evidence(s, yaml_get(root, "evidence"), err);
}

static bool read_whole(struct suite *s, struct err *err)
{
	static const char *const names[] = { "suite",    "output",   "jobs",    "flaky",
		                             "defaults", "evidence", "targets", "background",
		                             "cases",    NULL };
	const struct yaml_node *root = yaml_root(s->yaml);

	if (!root)
		return err_set(err, ERR_FORMAT, "%s: the file is empty", s->path);
	return is_mapping(s, root, err) && yaml_only(s->yaml, root, names, err) &&
	       read_settings(s, root, err) && read_targets(s, yaml_get(root, "targets"), err) &&
	       read_backgrounds(s, yaml_get(root, "background"), err) &&
	       read_cases(s, yaml_get(root, "cases"), err);
}

/* The folder of the file, absolute, and what the suite is called unless it says so itself. */
static bool name_it(struct suite *s, const char *path, struct err *err)
{
	char *real = realpath(path, NULL);

	if (!real)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	char *slash = strrchr(real, '/');
	struct slice base = slice_str(slash + 1);
	size_t dot = base.n;
	while (dot && base.p[dot - 1] != '.')
		dot--;
	s->name = suite_keep(s, dot > 1 ? slice_sub(base, 0, dot - 1) : base, err);
	*(slash == real ? slash + 1 : slash) = '\0';
	s->directory = suite_keep(s, slice_str(real), err);
	s->path = suite_keep(s, slice_str(path), err);
	free(real);
	return s->name && s->directory && s->path;
}

struct suite *suite_read(const char *path, struct err *err)
{
	struct suite *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(err, "the suite");
		return NULL;
	}
	arena_init(&s->arena, 8192);
	if (name_it(s, path, err) && (s->yaml = yaml_read(path, err)) && read_whole(s, err))
		return s;
	suite_free(s);
	return NULL;
}

void suite_free(struct suite *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->case_count; i++)
		yaml_close(s->cases[i].expect_file);
	mem_free(s->cases);
	yaml_close(s->yaml);
	arena_release(&s->arena);
	mem_free(s);
}
