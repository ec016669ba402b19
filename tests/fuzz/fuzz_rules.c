/* A file of rules: refused with a line number, or read so that what is printed of it reads back as the same. */
#include "analyzer/findings/rules.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void print(const struct rules *r, struct text *out)
{
	text_reset(out);
	for (unsigned id = 0; id < RULE_COUNT; id++)
		rules_print(r, (enum rule_id)id, out);
}

static void check_settings(const struct rules *r)
{
	struct text json;

	text_init(&json);
	for (unsigned id = 0; id < RULE_COUNT; id++) {
		const struct rule *rule = rule_of((enum rule_id)id);
		for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++)
			must(rule->settings[i].list ||
			     (r->numbers[id][i] >= rule->settings[i].least &&
			      r->numbers[id][i] <= rule->settings[i].most));
		rules_settings_json(r, (enum rule_id)id, &json);
	}
	text_release(&json);
}

static void read_back(const struct rules *r)
{
	struct err err = ERR_INIT;
	struct rules again;
	struct text printed, reprinted;

	text_init(&printed);
	text_init(&reprinted);
	rules_init(&again);
	print(r, &printed);
	must(rules_parse(&again, slice_of(printed.p, printed.n), "printed", &err));
	print(&again, &reprinted);
	must(slice_eq(slice_of(printed.p, printed.n), slice_of(reprinted.p, reprinted.n)));
	rules_release(&again);
	text_release(&printed);
	text_release(&reprinted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct rules r;

	rules_init(&r);
	if (rules_parse(&r, slice_of(data, size), "file", &err))
		read_back(&r);
	else
		must(err.code == ERR_USAGE && slice_starts(slice_str(err.text), "file:"));
	check_settings(&r);
	rules_release(&r);
	return 0;
}
