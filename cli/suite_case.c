/* One case of a suite file. */
#include "cli/suite_file.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/suite_words.h"

#include <inttypes.h>
#include <string.h>

#define TIMEOUT_NS (10 * 60 * NS_PER_S)
#define KEEP       14
#define SLUG_MAX   60

const char *const suite_kind_names[SUITE_KINDS + 1] = {
	"sim", "virtual", "sipp", "capture", "database", "compare", NULL,
};

/* ---- its name ---- */

static bool slug_is_taken(const struct suite *s, const char *slug)
{
	for (size_t i = 0; i < s->case_count; i++)
		if (strcmp(s->cases[i].slug, slug) == 0)
			return true;
	return false;
}

/* For file names: lower case letters, digits, '-' for anything else. */
static void add_slug(struct text *out, struct slice name)
{
	bool dash = false;

	for (size_t i = 0; i < name.n && out->n < SLUG_MAX; i++) {
		uint8_t c = ascii_lower(name.p[i]);
		if (ascii_is_digit(c) || (c >= 'a' && c <= 'z')) {
			text_addf(out, "%s%c", dash && out->n ? "-" : "", c);
			dash = false;
		} else {
			dash = true;
		}
	}
	if (!out->n)
		text_addf(out, "case");
}

static bool make_slug(struct suite *s, struct suite_case *c, struct err *err)
{
	struct text slug;

	text_init(&slug);
	add_slug(&slug, slice_str(c->name));
	size_t length = slug.n;
	for (unsigned n = 2; !slug.failed && slug_is_taken(s, text_cstr(&slug)); n++) {
		slug.n = length;
		text_addf(&slug, "-%u", n);
	}
	c->slug = slug.failed ? NULL : suite_keep(s, slice_str(text_cstr(&slug)), err);
	if (slug.failed)
		err_memory(err, "the suite");
	text_release(&slug);
	return c->slug != NULL;
}

static bool read_name(struct suite *s, struct suite_case *c, struct err *err)
{
	const struct yaml_node *name = yaml_get(c->node, "name");

	if (!name || name->kind != YAML_SCALAR || !name->text.n || name->text.n > 200)
		return yaml_wrong(s->yaml, name ? name : c->node, err,
		                  "a case needs a 'name:' of at most 200 characters");
	c->name = suite_keep(s, name->text, err);
	return c->name && make_slug(s, c, err);
}

/* ---- what it runs ---- */

static bool read_kind(struct suite *s, struct suite_case *c, struct err *err)
{
	for (unsigned i = 0; i < SUITE_KINDS; i++) {
		const struct yaml_node *what = yaml_get(c->node, suite_kind_names[i]);
		if (what && c->what)
			return yaml_wrong(s->yaml, what, err,
			                  "'%s' and '%s': a case is one of them",
			                  suite_kind_names[c->kind], suite_kind_names[i]);
		if (what) {
			c->what = what;
			c->kind = (enum suite_kind)i;
		}
	}
	return c->what || yaml_wrong(s->yaml, c->node, err,
	                             "say what case '%s' runs: sim, virtual, sipp, capture, "
	                             "database or compare",
	                             c->name);
}

/* ---- what must come of it ---- */

static bool read_expect(struct suite *s, struct suite_case *c, struct err *err)
{
	const struct yaml_node *n = yaml_get(c->node, "expect");

	if (!n)
		return true;
	if (n->kind != YAML_SCALAR) {
		c->expect = n;
		return true;
	}
	const char *path = n->text.n ? suite_absolute(s, n->text, err) : NULL;
	if (!path)
		return n->text.n ? false
		                 : yaml_wrong(s->yaml, n, err,
		                              "expectations, or their file, are wanted");
	c->expect_file = yaml_read(path, err);
	if (!c->expect_file)
		return false;
	c->expect = yaml_root(c->expect_file);
	return c->expect || err_set(err, ERR_FORMAT, "%s: the file is empty", path);
}

static bool read_baseline(struct suite *s, struct suite_case *c, struct err *err)
{
	static const char *const names[] = { "path", "keep", "alpha", NULL };
	const struct yaml_node *n = yaml_get(c->node, "baseline"), *v;
	const struct yaml_node *keep = yaml_get(c->node, "keep");

	if (!n)
		return !keep || yaml_wrong(s->yaml, keep, err, "'keep' is of a 'baseline'");
	c->baseline = (struct suite_baseline){ .path = n, .keep = KEEP };
	if (n->kind == YAML_MAPPING) {
		if (!yaml_only(s->yaml, n, names, err))
			return false;
		c->baseline.path = yaml_get(n, "path");
		keep = keep ? keep : yaml_get(n, "keep");
		v = yaml_get(n, "alpha");
		if (v && (!yaml_real(v, &c->baseline.alpha) || c->baseline.alpha <= 0 ||
		          c->baseline.alpha >= 1))
			return yaml_wrong(s->yaml, v, err, "a number between 0 and 1 is wanted");
	}
	n = c->baseline.path;
	if (!n || n->kind != YAML_SCALAR || !n->text.n)
		return yaml_wrong(s->yaml, n ? n : c->node, err,
		                  "a baseline is a database, or a folder of them");
	return !keep || suite_read_unsigned(s, keep, SUITE_MAX_KEEP, &c->baseline.keep, err);
}

/* ---- how ---- */

static bool read_expected(struct suite *s, struct suite_case *c, struct err *err)
{
	const struct yaml_node *n = yaml_get(c->node, "expected");

	if (!n)
		return true;
	c->expected_to_fail = n->kind == YAML_SCALAR && slice_eq_str(n->text, "fail");
	return c->expected_to_fail || (n->kind == YAML_SCALAR && slice_eq_str(n->text, "pass")) ||
	       yaml_wrong(s->yaml, n, err, "'pass' or 'fail' is wanted");
}

static bool read_capture(struct suite *s, struct suite_case *c, const struct yaml_node *n,
                         struct err *err)
{
	bool yes;

	if (!n || (n->kind == YAML_SCALAR && slice_eq_str(n->text, "auto")))
		return true;
	if (!suite_read_bool(s, n, &yes, err))
		return false;
	c->capture = yes ? CAPTURE_YES : CAPTURE_NO;
	return true;
}

static const struct yaml_node *get(const struct suite *s, const struct suite_case *c,
                                   const char *key)
{
	const struct yaml_node *n = yaml_get(c->node, key);

	return n || !s->defaults ? n : yaml_get(s->defaults, key);
}

static bool read_only(struct suite *s, struct suite_case *c, struct err *err)
{
	const struct yaml_node *n = yaml_get(c->node, "only");

	if (!n)
		return true;
	if (n->kind != YAML_SCALAR || !suite_is_variable(n->text))
		return yaml_wrong(s->yaml, n, err,
		                  "'only' names a variable of the environment that must be set, as "
		                  "PBX_ADDRESS");
	c->only = suite_keep(s, n->text, err);
	return c->only != NULL;
}

static bool read_manner(struct suite *s, struct suite_case *c, struct err *err)
{
	const struct yaml_node *v;

	c->timeout_ns = TIMEOUT_NS;
	c->html = SUITE_ALL;
	if ((v = get(s, c, "timeout")) && !suite_read_time(s, v, &c->timeout_ns, err))
		return false;
	if ((v = get(s, c, "retries")) &&
	    !suite_read_unsigned(s, v, SUITE_MAX_RETRIES, &c->retries, err))
		return false;
	if ((v = get(s, c, "html")) && !suite_read_which(s, v, &c->html, err))
		return false;
	if ((v = yaml_get(c->node, "allow-failed-calls")) &&
	    !suite_read_bool(s, v, &c->failed_calls_allowed, err))
		return false;
	v = get(s, c, "record-capture");
	c->tags = yaml_get(c->node, "tags");
	c->needs = yaml_get(c->node, "needs");
	return read_capture(s, c, v, err) && read_expected(s, c, err) && read_only(s, c, err);
}

static bool check_tags(const struct suite *s, const struct suite_case *c, struct err *err)
{
	const struct yaml_node *at = NULL;

	while (suite_each(c->tags, &at))
		if (at->kind != YAML_SCALAR || !at->text.n)
			return yaml_wrong(s->yaml, at, err, "a tag is a word");
	return true;
}

bool suite_read_case(struct suite *s, const struct yaml_node *n, struct suite_case *out,
                     struct err *err)
{
	static const char *const names[] = {
		"name",
		"sim",
		"virtual",
		"sipp",
		"capture",
		"database",
		"compare",
		"expect",
		"baseline",
		"keep",
		"timeout",
		"retries",
		"needs",
		"tags",
		"only",
		"expected",
		"html",
		"record-capture",
		"allow-failed-calls",
		NULL,
	};

	*out = (struct suite_case){ .node = n };
	if (n->kind != YAML_MAPPING)
		return yaml_wrong(s->yaml, n, err, "a case is a mapping: '- name: ...'");
	return yaml_only(s->yaml, n, names, err) && read_name(s, out, err) &&
	       read_kind(s, out, err) && read_expect(s, out, err) && read_baseline(s, out, err) &&
	       read_manner(s, out, err) && check_tags(s, out, err);
}
