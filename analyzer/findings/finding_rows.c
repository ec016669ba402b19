/* The rules in force and the groups as rows. */
#include "analyzer/findings/state.h"

static bool out_of_memory(struct findings *f)
{
	return err_memory(f->analysis->err, "the findings");
}

static bool write_rule(struct findings *f, enum rule_id id, const struct capture_view *view)
{
	const struct rule *rule = rule_of(id);
	const char *obstacle = view_obstacle(f, rule, view);

	text_reset(&f->scratch);
	rules_settings_json(f->rules, id, &f->scratch);
	if (f->scratch.failed)
		return out_of_memory(f);
	struct record_rule r = {
		.run_id = f->analysis->run_id,
		.rule = slice_str(rule->id),
		.name = slice_str(rule->name),
		.severity = slice_str(severity_name(rule->severity)),
		.enabled = f->rules->enabled[id],
		.section = slice_str(rule->section),
		.meaning = slice_str(rule->meaning),
		.disproof = rule->disproof ? slice_str(rule->disproof) : SLICE_NONE,
		.settings = slice_of(text_cstr(&f->scratch), f->scratch.n),
		.obstacle = obstacle ? slice_str(obstacle) : SLICE_NONE,
	};
	return store_rule(f->analysis->store, &r, f->analysis->err);
}

bool findings_write_rules(struct findings *f, const struct capture_view *view)
{
	for (unsigned id = 0; id < RULE_COUNT; id++)
		if (!write_rule(f, (enum rule_id)id, view))
			return false;
	return true;
}

/* "2026-11-21 02:13:07" in UTC: `from` and `to` are places in it. */
static void add_moment(struct text *out, int64_t time_ns, unsigned from, unsigned to)
{
	char moment[40];

	clock_format_us(clock_us(time_ns), moment, sizeof moment);
	text_add(out, slice_sub(slice_str(moment), from, to - from));
}

static void add_span(struct text *out, int64_t first_ns, int64_t last_ns)
{
	enum { DATE = 0, TIME = 11, MINUTES = 16, SECONDS = 19 };
	int64_t day = 86400 * NS_PER_S, minute = 60 * NS_PER_S;
	bool same_day = first_ns / day == last_ns / day;
	bool same_minute = first_ns / minute == last_ns / minute;
	unsigned from = same_day ? TIME : DATE, to = same_minute ? SECONDS : MINUTES;

	add_moment(out, first_ns, from, to);
	if (first_ns / NS_PER_S == last_ns / NS_PER_S)
		return;
	text_addf(out, " to ");
	add_moment(out, last_ns, from, to);
}

/* "503 from 10.1.0.7, 02:13 to 02:19"; how many calls that are is known when their legs are joined, see store_join.c. */
static void describe(const struct group *g, struct text *out)
{
	text_reset(out);
	if (g->occurrences == 1) {
		text_add(out, slice_str(g->text));
		return;
	}
	text_addf(out, "%s", g->cause);
	if (!sighting_is_set(g->first))
		return;
	text_addf(out, ", ");
	add_span(out, g->first.time_ns, g->last.time_ns);
}

static bool write_group(struct findings *f, const struct group *g, const struct capture_view *view)
{
	const struct rule *rule = rule_of(g->rule);
	const char *weak = g->weak ? g->weak : view_obstacle(f, rule, view);

	describe(g, &f->scratch);
	if (f->scratch.failed)
		return out_of_memory(f);
	struct record_finding r = {
		.id = g->id,
		.run_id = f->analysis->run_id,
		.rule = slice_str(rule->id),
		.name = slice_str(rule->name),
		.severity = slice_str(severity_name(rule->severity)),
		.confidence = slice_str(confidence_name(weak ? CONFIDENCE_LOW : g->confidence)),
		.call_id = id_or_null(g->call_id),
		.dialog_id = id_or_null(g->dialog_id),
		.stream_id = id_or_null(g->stream_id),
		.first_frame = frame_or_null(g->first),
		.last_frame = frame_or_null(g->last),
		.first_us = us_or_null(g->first),
		.last_us = us_or_null(g->last),
		.text = slice_of(text_cstr(&f->scratch), f->scratch.n),
		.evidence = slice_str(g->evidence),
		.suggestion = slice_str(rule->fix),
		.cause = slice_str(g->cause),
		.noun = slice_str(g->noun),
		.occurrences = (int64_t)g->occurrences,
		.calls = 0, /* store_join.c counts them */
		.downgraded = weak ? slice_str(weak) : SLICE_NONE,
		.capture_id = id_or_null(g->first.capture_id),
		.last_capture_id = id_or_null(g->last.capture_id),
	};
	return store_finding(f->analysis->store, &r, f->analysis->err);
}

bool findings_write_groups(struct findings *f, const struct capture_view *view)
{
	for (const struct list_node *n = f->in_order.next; n != &f->in_order; n = n->next)
		if (!write_group(f, (const struct group *)n, view))
			return false;
	return true;
}
