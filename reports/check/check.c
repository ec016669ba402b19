#include "reports/check/check_internal.h"

#include <inttypes.h>

static bool calls_check(struct check *k, const struct yaml_node *n)
{
	return selections_check(k, &populations[CALLS], n);
}

static bool streams_check(struct check *k, const struct yaml_node *n)
{
	return selections_check(k, &populations[STREAMS], n);
}

static bool registrations_check(struct check *k, const struct yaml_node *n)
{
	return selections_check(k, &populations[REGISTRATIONS], n);
}

static bool simulation_check(struct check *k, const struct yaml_node *n)
{
	return selections_check(k, &populations[SIMULATION], n);
}

/* outcomes: {busy: 0, failed: "<= 2 %"} */
static bool take_outcome(struct check *k, void *context, const struct item *item)
{
	struct selection all = { .of = &populations[CALLS], .group = SLICE_LIT("outcomes") };
	struct nearest nearest = nearest_to(item->subject);
	struct subject subject;

	(void)context;
	int parsed = subject_parse(k, all.of, item, &subject, &nearest);
	if (parsed > 0 && subject.outcome)
		return subject_check(k, &all, &subject, item);
	return parsed >= 0 ? item_unknown(k, item, "outcome", &nearest) : false;
}

static bool outcomes_check(struct check *k, const struct yaml_node *n)
{
	return items_each(k, n, take_outcome, NULL);
}

/* A run that did not come to its end shows less than there was; that is said, and held against it unless the file allows it. */
static bool incomplete_check(struct check *k, bool allowed)
{
	struct query *q;

	if (!k->records || !rows_first(k->records,
	                               "SELECT count(*) FILTER (WHERE NOT complete), "
	                               "max(note) FILTER (WHERE NOT complete) FROM runs",
	                               RECORD_NULL, &q, k->err))
		return k->err->code == ERR_NONE;
	if (query_int(q, 0)) {
		struct verdict *v = verdicts_add(k->out, SLICE_LIT("records"),
		                                 SLICE_LIT("every run is complete"),
		                                 allowed ? VERDICT_SKIPPED : VERDICT_FAILED);
		verdicts_say(k->out, &v->actual, "%" PRId64 " run(s) are not", query_int(q, 0));
		verdicts_say(k->out, &v->note, "%.*s%sthese records show less than there was%s",
		             SLICE_ARG(query_text(q, 1)), query_is_null(q, 1) ? "" : "; ",
		             allowed ? "" : " ('incomplete: allowed' takes them nevertheless)");
	}
	query_free(q);
	return true;
}

static const struct section {
	const char *name;
	bool (*check)(struct check *k, const struct yaml_node *n);
} sections[] = {
	{ "totals", totals_check },
	{ "outcomes", outcomes_check },
	{ "calls", calls_check },
	{ "streams", streams_check },
	{ "registrations", registrations_check },
	{ "simulation", simulation_check },
	{ "trunks", trunks_check },
	{ "findings", findings_check },
	{ "kpi", kpi_check },
	{ "truth", truth_check },
	{ "sql", sql_check },
	{ "name", NULL },
	{ "incomplete", NULL },
};

static const struct section *section_of(struct slice name)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (slice_eq_str(name, sections[i].name))
			return &sections[i];
	return NULL;
}

/* What is no section is a number of everything: mos_lq.p05: ">= 3.8". */
static bool check_total(struct check *k, const struct yaml_node *n)
{
	struct nearest nearest = nearest_to(n->key);
	struct item item = { .node = n, .subject = n->key, .is_key = true };

	if (n->kind != YAML_MAPPING)
		return item_of_key(k, n, &item) && total_check_item(k, NULL, &item);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		nearest_try(&nearest, sections[i].name);
	return item_unknown(k, &item, "section", &nearest);
}

static bool check_sections(struct check *k, const struct yaml_node *expect)
{
	const struct yaml_node *incomplete = yaml_get(expect, "incomplete");
	bool allowed = incomplete && slice_eq_str(incomplete->text, "allowed");

	if (incomplete && !allowed)
		return yaml_wrong(k->file, incomplete, k->err, "incomplete: allowed, or nothing");
	if (!incomplete_check(k, allowed))
		return false;
	if (expect->kind != YAML_MAPPING)
		return totals_check(k, expect);
	for (const struct yaml_node *n = expect->first; n; n = n->next) {
		const struct section *s = section_of(n->key);
		if (s && !s->check)
			continue;
		if (s ? !s->check(k, n) : !check_total(k, n))
			return false;
	}
	return true;
}

static bool walk(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                 const struct check_options *options, struct verdicts *out, struct err *err)
{
	struct check k = { .file = file, .records = r, .options = options, .out = out, .err = err };
	int64_t masked = 0;

	if (!expect)
		return yaml_wrong(
		        file, NULL, err,
		        "it expects nothing; 'milliwatt check --print-template DB' writes "
		        "one to start from");
	if (r &&
	    !rows_int(r, "SELECT coalesce(max(mask_dtmf), 0) FROM runs", RECORD_NULL, &masked, err))
		return false;
	k.masked = masked != 0;
	arena_init(&k.arena, 4096);
	bool ok = check_sections(&k, expect);
	arena_release(&k.arena);
	return ok && ((out && !out->failed) || !out || err_memory(err, "the verdicts"));
}

bool check_expectations(const struct yaml *file, const struct yaml_node *expect, struct err *err)
{
	const struct check_options options = { 0 };

	return walk(NULL, file, expect, &options, NULL, err);
}

bool check_records_with(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                        const struct check_options *options, struct verdicts *out, struct err *err)
{
	return check_expectations(file, expect, err) && walk(r, file, expect, options, out, err);
}

bool check_records(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                   struct verdicts *out, struct err *err)
{
	const struct check_options options = { 0 };

	return check_records_with(r, file, expect, &options, out, err);
}
