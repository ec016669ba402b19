/* The rules as people read and edit them. */
#include "analyzer/findings/rules.h"

#include <string.h>

#define COLUMNS 100

/* Words in comment lines: "#   the words ...". */
static void add_comment(struct text *out, const char *label, const char *words)
{
	struct slice rest = slice_str(words), word;
	size_t line = out->n;

	text_addf(out, "#   %s", label);
	while (slice_split(&rest, ' ', &word)) {
		if (out->n - line + word.n >= COLUMNS) {
			line = out->n + 1;
			text_addf(out, "\n#    ");
		}
		text_addf(out, " ");
		text_add(out, word);
	}
	text_addf(out, "\n");
}

static void add_setting(const struct rules *r, enum rule_id id, unsigned i, struct text *out)
{
	const struct rule *rule = rule_of(id);
	const struct rule_setting *s = &rule->settings[i];
	size_t start = out->n;

	text_addf(out, "%s.%s = ", rule->id, s->name);
	if (s->list) {
		text_add(out, rules_list(r, id, s->name));
		text_addf(out, "\n");
		return;
	}
	text_addf(out, "%.12g", r->numbers[id][i]);
	while (out->n - start < 32 && !out->failed)
		text_addf(out, " ");
	text_addf(out, " # %s%s%.12g to %.12g\n", s->unit, *s->unit ? ", " : "", s->least, s->most);
}

void rules_print(const struct rules *r, enum rule_id id, struct text *out)
{
	const struct rule *rule = rule_of(id);

	text_addf(out, "# %s %s: %s, %s confidence%s%s\n", rule->id, rule->name,
	          severity_name(rule->severity), confidence_name(rule->confidence),
	          *rule->section ? "; " : "", rule->section);
	add_comment(out, "looks for:", rule->meaning);
	add_comment(out, "do:", rule->fix);
	if (rule->disproof)
		add_comment(out, "wrong if:", rule->disproof);
	text_addf(out, "%s = %s\n", rule->id, r->enabled[id] ? "on" : "off");
	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++)
		add_setting(r, id, i, out);
}

static void add_string(struct text *out, struct slice s)
{
	text_addf(out, "\"");
	text_add_json(out, s);
	text_addf(out, "\"");
}

static void add_words(struct text *out, struct slice list)
{
	struct slice word;
	const char *separator = "";

	text_addf(out, "{\"list\": [");
	while (slice_split(&list, ',', &word)) {
		word = slice_trim(word);
		if (!word.n)
			continue;
		text_addf(out, "%s", separator);
		add_string(out, word);
		separator = ", ";
	}
	text_addf(out, "]}");
}

void rules_settings_json(const struct rules *r, enum rule_id id, struct text *out)
{
	const struct rule *rule = rule_of(id);

	text_addf(out, "{");
	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++) {
		const struct rule_setting *s = &rule->settings[i];
		text_addf(out, "%s\"%s\": ", i ? ", " : "", s->name);
		if (s->list)
			add_words(out, rules_list(r, id, s->name));
		else
			text_addf(out, "{\"value\": %.12g, \"unit\": \"%s\"}", r->numbers[id][i],
			          s->unit);
	}
	text_addf(out, "}");
}

void rules_print_json(const struct rules *r, enum rule_id id, struct text *out)
{
	const struct rule *rule = rule_of(id);
	const struct {
		const char *name, *value;
	} members[] = {
		{ "rule", rule->id },
		{ "name", rule->name },
		{ "severity", severity_name(rule->severity) },
		{ "confidence", confidence_name(rule->confidence) },
		{ "section", rule->section },
		{ "meaning", rule->meaning },
		{ "suggestion", rule->fix },
		{ "disproof", rule->disproof },
	};

	text_addf(out, "{");
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		text_addf(out, "\"%s\": ", members[i].name);
		if (members[i].value)
			add_string(out, slice_str(members[i].value));
		else
			text_addf(out, "null");
		text_addf(out, ", ");
	}
	text_addf(out, "\"enabled\": %s, \"settings\": ", r->enabled[id] ? "true" : "false");
	rules_settings_json(r, id, out);
	text_addf(out, "}");
}
