/* `--rules FILE`. */
#include "analyzer/findings/rules.h"

#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 48 /* octets of what stood there, in errors */
#define WORD  24 /* longest name of a rule or setting that is guessed at */

struct line {
	const char *file;
	unsigned number;
	struct err *err;
};

/* "night.rules:3: " in front. */
static bool wrong(const struct line *l)
{
	return err_context(l->err, "%s:%u", l->file, l->number);
}

/* For errors: escaped and cut. */
static const char *shown(struct slice s, struct text *out)
{
	text_reset(out);
	text_add_terminal(out, slice_sub(s, 0, SHOWN));
	if (s.n > SHOWN)
		text_addf(out, "...");
	return text_cstr(out);
}

/* Levenshtein's distance without regard to case; long words are far from everything. */
static unsigned distance(struct slice a, const char *b)
{
	unsigned row[WORD + 1];
	size_t n = strlen(b);

	if (a.n > WORD || n > WORD)
		return WORD;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			bool same = ascii_lower(a.p[i - 1]) == ascii_lower((uint8_t)b[j - 1]);
			unsigned changed = diagonal + !same, added = row[j - 1] + 1,
			         left_out = row[j] + 1;
			diagonal = row[j];
			row[j] = added < left_out ? added : left_out;
			if (changed < row[j])
				row[j] = changed;
		}
	}
	return row[n];
}

static bool no_such_rule(const struct line *l, struct slice name)
{
	unsigned best = WORD;
	const struct rule *nearest = rule_of(0);
	struct text text;

	for (unsigned id = 0; id < RULE_COUNT; id++) {
		const struct rule *rule = rule_of((enum rule_id)id);
		unsigned by_id = distance(name, rule->id), by_name = distance(name, rule->name);
		unsigned d = by_id < by_name ? by_id : by_name;
		if (d < best) {
			best = d;
			nearest = rule;
		}
	}
	text_init(&text);
	err_set(l->err, ERR_USAGE,
	        "no rule '%s'; did you mean %s (%s)? 'milliwatt rules' prints them all",
	        shown(name, &text), nearest->id, nearest->name);
	text_release(&text);
	return wrong(l);
}

static bool no_such_setting(const struct line *l, const struct rule *rule, struct slice name)
{
	unsigned best = WORD + 1;
	const char *nearest = NULL;
	struct text text;

	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++) {
		unsigned d = distance(name, rule->settings[i].name);
		if (d < best) {
			best = d;
			nearest = rule->settings[i].name;
		}
	}
	text_init(&text);
	if (nearest)
		err_set(l->err, ERR_USAGE, "%s (%s) has no setting '%s'; did you mean %s.%s?",
		        rule->id, rule->name, shown(name, &text), rule->id, nearest);
	else
		err_set(l->err, ERR_USAGE,
		        "%s (%s) has no settings; it can only be on or off: %s = off", rule->id,
		        rule->name, rule->id);
	text_release(&text);
	return wrong(l);
}

static bool set_enabled(const struct line *l, struct rules *r, enum rule_id id, struct slice value)
{
	struct text text;

	if (slice_ieq_str(value, "on") || slice_ieq_str(value, "off")) {
		r->enabled[id] = slice_ieq_str(value, "on");
		return true;
	}
	text_init(&text);
	err_set(l->err, ERR_USAGE, "%s is 'on' or 'off', not '%s'", rule_of(id)->id,
	        shown(value, &text));
	text_release(&text);
	return wrong(l);
}

static bool set_number(const struct line *l, struct rules *r, enum rule_id id, unsigned i,
                       struct slice value)
{
	const struct rule_setting *s = &rule_of(id)->settings[i];
	char digits[32], *end;
	struct text text;
	double number = NAN;

	slice_cstr(value, digits, sizeof digits);
	if (value.n && value.n < sizeof digits && !ascii_is_lws(value.p[0])) {
		number = strtod(digits, &end);
		if (end != digits + value.n)
			number = NAN;
	}
	if (number >= s->least && number <= s->most) {
		r->numbers[id][i] = number;
		return true;
	}
	text_init(&text);
	err_set(l->err, ERR_USAGE, "%s.%s is a number from %.12g to %.12g%s%s, not '%s'",
	        rule_of(id)->id, s->name, s->least, s->most, *s->unit ? " " : "", s->unit,
	        shown(value, &text));
	text_release(&text);
	return wrong(l);
}

static bool set_list(const struct line *l, struct rules *r, enum rule_id id, unsigned i,
                     struct slice value)
{
	char *copy = mem_alloc(value.n + 1);

	if (!copy)
		return err_memory(l->err, "the rules");
	mem_free(r->lists[id][i]);
	r->lists[id][i] = slice_cstr(value, copy, value.n + 1);
	return true;
}

static bool set(const struct line *l, struct rules *r, struct slice name, struct slice value)
{
	struct slice setting = name, rule_name;
	bool has_setting = slice_split(&setting, '.', &rule_name) && setting.p;
	enum rule_id id = rule_named(slice_trim(rule_name));
	const struct rule *rule;

	if (id == RULE_COUNT)
		return no_such_rule(l, slice_trim(rule_name));
	if (!has_setting)
		return set_enabled(l, r, id, value);
	setting = slice_trim(setting);
	rule = rule_of(id);
	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++)
		if (slice_ieq_str(setting, rule->settings[i].name))
			return rule->settings[i].list ? set_list(l, r, id, i, value)
			                              : set_number(l, r, id, i, value);
	return no_such_setting(l, rule, setting);
}

static struct slice without_comment(struct slice line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || ascii_is_lws(line.p[i - 1])))
			return slice_sub(line, 0, i);
	return line;
}

static bool parse_line(const struct line *l, struct rules *r, struct slice text)
{
	struct slice value = slice_trim(without_comment(text)), name;

	if (!value.n)
		return true;
	if (memchr(value.p, '\0', value.n)) {
		err_set(l->err, ERR_USAGE, "a NUL octet: this is no text file");
		return wrong(l);
	}
	slice_split(&value, '=', &name);
	if (!value.p) {
		err_set(l->err, ERR_USAGE,
		        "no '='; a line is RULE = on, RULE = off or RULE.setting = value");
		return wrong(l);
	}
	value = slice_trim(value);
	if (value.n && value.p[0] == '#') /* right after the '=' */
		value.n = 0;
	return set(l, r, slice_trim(name), value);
}

bool rules_parse(struct rules *r, struct slice file, const char *name, struct err *err)
{
	struct line l = { .file = name, .err = err };
	struct slice text;

	while (slice_line(&file, &text)) {
		l.number++;
		if (!parse_line(&l, r, text))
			return false;
	}
	return true;
}

static bool read_all(FILE *in, const char *path, struct text *out, struct err *err)
{
	char chunk[4096];
	size_t n;

	errno = 0;
	while ((n = fread(chunk, 1, sizeof chunk, in)) > 0 && out->n <= RULES_FILE_MAX)
		text_add(out, slice_of(chunk, n));
	if (ferror(in))
		return err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
	if (out->n > RULES_FILE_MAX)
		return err_set(err, ERR_USAGE, "'%s' is longer than a file of rules may be", path);
	return out->failed ? err_memory(err, "the rules") : true;
}

bool rules_load(struct rules *r, const char *path, struct err *err)
{
	FILE *in = fopen(path, "re");
	struct text file;

	if (!in)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	text_init(&file);
	bool ok = read_all(in, path, &file, err) &&
	          rules_parse(r, slice_of(text_cstr(&file), file.n), path, err);
	text_release(&file);
	fclose(in);
	return ok;
}
