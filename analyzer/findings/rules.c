#include "analyzer/findings/rules.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

static const struct family {
	const char *title;
	const struct rule *rules;
	enum rule_id first, last;
} families[] = {
	{ "A: media path", rules_media_path, RULE_A1, RULE_A16 },
	{ "B: media quality", rules_quality, RULE_B1, RULE_B15 },
	{ "C: codec and SDP", rules_codec, RULE_C1, RULE_C14 },
	{ "D: signalling failures", rules_signalling, RULE_D1, RULE_D26 },
	{ "E: calls cut at a fixed time", rules_cut, RULE_E1, RULE_E9 },
	{ "F: NAT, ALG, transport", rules_transport, RULE_F1, RULE_F9 },
	{ "G: registration", rules_registration, RULE_G1, RULE_G5 },
	{ "H: attacks and fraud", rules_attack, RULE_H1, RULE_H12 },
	{ "K: the capture itself", rules_capture, RULE_K1, RULE_K13 },
};

static const struct family *family_of(enum rule_id id)
{
	const struct family *f = families;

	while (id > f->last)
		f++;
	return f;
}

const struct rule *rule_of(enum rule_id id)
{
	const struct family *f = family_of(id);

	return &f->rules[id - f->first];
}

const char *rules_family(enum rule_id id)
{
	return family_of(id)->title;
}

enum rule_id rule_named(struct slice name)
{
	unsigned id = 0;

	while (id < RULE_COUNT && !slice_ieq_str(name, rule_of((enum rule_id)id)->id) &&
	       !slice_ieq_str(name, rule_of((enum rule_id)id)->name))
		id++;
	return (enum rule_id)id;
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "info", "warning", "error" };
	return names[s];
}

const char *confidence_name(enum confidence c)
{
	static const char *const names[] = { "low", "medium", "high" };
	return names[c];
}

void rules_init(struct rules *r)
{
	*r = (struct rules){ 0 };
	for (unsigned id = 0; id < RULE_COUNT; id++) {
		r->enabled[id] = true;
		for (unsigned i = 0; i < RULE_MAX_SETTINGS; i++)
			r->numbers[id][i] = rule_of((enum rule_id)id)->settings[i].value;
	}
}

void rules_release(struct rules *r)
{
	for (unsigned id = 0; id < RULE_COUNT; id++)
		for (unsigned i = 0; i < RULE_MAX_SETTINGS; i++)
			mem_free(r->lists[id][i]);
}

static unsigned place_of(enum rule_id id, const char *setting)
{
	const struct rule *rule = rule_of(id);

	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++)
		if (strcmp(rule->settings[i].name, setting) == 0)
			return i;
	assert(false && "a rule has the settings that its family asks for");
	return 0;
}

double rules_number(const struct rules *r, enum rule_id id, const char *setting)
{
	return r->numbers[id][place_of(id, setting)];
}

struct slice rules_list(const struct rules *r, enum rule_id id, const char *setting)
{
	unsigned i = place_of(id, setting);
	const char *own = r->lists[id][i];

	return slice_str(own ? own : rule_of(id)->settings[i].list);
}
