/* Occurrences into groups; finding_rows.c makes rows of those. */
#include "analyzer/findings/findings.h"

#include "analyzer/findings/capture_faults.h"
#include "analyzer/findings/families.h"
#include "analyzer/findings/state.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

struct findings *findings_new(struct analysis *a, const struct rules *rules)
{
	struct findings *f = mem_zalloc(sizeof *f);

	if (!f) {
		err_memory(a->err, "the findings");
		return NULL;
	}
	f->analysis = a;
	f->rules = rules;
	f->next_id = 1;
	table_init(&f->groups);
	list_init(&f->in_order);
	text_init(&f->scratch);
	if (!families_new(f)) {
		findings_free(f);
		return NULL;
	}
	return f;
}

static void group_free(struct group *g)
{
	if (!g)
		return;
	mem_free(g->cause);
	mem_free(g->text);
	mem_free(g->evidence);
	mem_free(g);
}

void findings_free(struct findings *f)
{
	if (!f)
		return;
	families_free(f);
	while (!list_is_empty(&f->in_order)) {
		struct group *g = (struct group *)f->in_order.next;
		list_remove(&g->node);
		group_free(g);
	}
	table_release(&f->groups);
	text_release(&f->scratch);
	mem_free(f);
}

const struct rules *findings_rules(const struct findings *f)
{
	return f->rules;
}

struct analysis *findings_analysis(struct findings *f)
{
	return f->analysis;
}

static bool out_of_memory(struct findings *f)
{
	return err_memory(f->analysis->err, "the findings");
}

/* False: out of memory; the old one stays. */
static bool replace(char **kept, struct slice value, size_t max)
{
	value = slice_sub(value, 0, max);
	char *copy = mem_alloc(value.n + 1);

	if (!copy)
		return false;
	if (value.n)
		memcpy(copy, value.p, value.n);
	copy[value.n] = '\0';
	mem_free(*kept);
	*kept = copy;
	return true;
}

struct key {
	enum rule_id rule;
	struct slice cause;
};

static bool equal(const void *value, const void *wanted)
{
	const struct group *g = value;
	const struct key *key = wanted;

	return g->rule == key->rule && slice_eq(slice_str(g->cause), key->cause);
}

static struct group *group_new(struct findings *f, const struct key *key, uint64_t hash)
{
	struct group *g = mem_zalloc(sizeof *g);

	if (g)
		g->hash = hash;
	if (!g || !replace(&g->cause, key->cause, FINDINGS_MAX_CAUSE) ||
	    !table_put(&f->groups, hash, g)) {
		group_free(g);
		out_of_memory(f);
		return NULL;
	}
	g->rule = key->rule;
	g->id = f->next_id++;
	list_append(&f->in_order, &g->node);
	return g;
}

static struct group *group_of(struct findings *f, const struct occurrence *o)
{
	struct key key = { o->rule, slice_sub(o->cause, 0, FINDINGS_MAX_CAUSE) };
	uint64_t hash = hash_slice(key.cause, (uint64_t)o->rule);
	struct group *g = table_get(&f->groups, hash, equal, &key);

	if (g || f->groups.count < FINDINGS_MAX_GROUPS)
		return g ? g : group_new(f, &key, hash);
	key.cause = SLICE_LIT("other");
	hash = hash_slice(key.cause, (uint64_t)o->rule);
	g = table_get(&f->groups, hash, equal, &key);
	return g ? g : group_new(f, &key, hash);
}

uint64_t findings_count(const struct findings *f, enum rule_id rule, struct slice cause)
{
	struct key key = { rule, slice_sub(cause, 0, FINDINGS_MAX_CAUSE) };
	const struct group *g =
	        table_get(&f->groups, hash_slice(key.cause, (uint64_t)rule), equal, &key);

	return g ? g->occurrences : 0;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_text(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Which occurrence stands for the group: the first in time; of equal ones the one whose sentence comes first, whatever the order in which
 * they were told. */
static bool is_first(const struct group *g, const struct occurrence *o)
{
	int order = compare(o->first.time_ns, g->first.time_ns);

	if (!order)
		order = compare_text(slice_sub(o->text, 0, FINDINGS_MAX_TEXT), slice_str(g->text));
	return order < 0;
}

static void same_or_none(int64_t *kept, int64_t id)
{
	if (*kept != id)
		*kept = 0;
}

/* The best confidence counts; of equal ones the reason that comes first by alphabet, so that order does not matter. */
static void judge(struct group *g, const struct occurrence *o)
{
	enum confidence c = o->certain ? CONFIDENCE_HIGH : rule_of(o->rule)->confidence;
	bool better;

	if (o->weak)
		c = CONFIDENCE_LOW;
	better = !g->occurrences || c > g->confidence ||
	         (c == g->confidence && g->weak && (!o->weak || strcmp(o->weak, g->weak) < 0));
	if (!better)
		return;
	g->confidence = c;
	g->weak = o->weak;
}

static bool take(struct findings *f, struct group *g, const struct occurrence *o,
                 struct slice evidence)
{
	judge(g, o);
	if (!g->occurrences) {
		g->noun = o->noun ? o->noun : rule_of(o->rule)->noun;
		g->call_id = o->call_id;
		g->dialog_id = o->dialog_id;
		g->stream_id = o->stream_id;
	}
	same_or_none(&g->call_id, o->call_id);
	same_or_none(&g->dialog_id, o->dialog_id);
	same_or_none(&g->stream_id, o->stream_id);
	if (!g->occurrences || o->last.time_ns > g->last.time_ns)
		g->last = o->last;
	if (!g->occurrences++ || is_first(g, o)) {
		g->first = o->first;
		if (!replace(&g->text, o->text, FINDINGS_MAX_TEXT) ||
		    !replace(&g->evidence, evidence, SIZE_MAX))
			return out_of_memory(f);
	}
	return true;
}

bool findings_add(struct findings *f, const struct occurrence *o)
{
	struct occurrence whole = *o;
	struct slice evidence = SLICE_LIT("{}");
	struct group *g;

	if (!f || !f->rules->enabled[o->rule])
		return true;
	if (!sighting_is_set(whole.last))
		whole.last = whole.first;
	if (!whole.weak)
		whole.weak = capture_weakness(f->capture, rule_of(o->rule), whole.first.time_ns,
		                              whole.last.time_ns);
	if (o->evidence)
		evidence = evidence_json(o->evidence, &f->scratch);
	if (f->scratch.failed || (o->evidence && o->evidence->text.failed))
		return out_of_memory(f); /* else what is left of it would be cut JSON */
	g = group_of(f, &whole);
	if (!g || !take(f, g, &whole, evidence))
		return false;
	struct record_occurrence r = {
		.finding_id = g->id,
		.call_id = id_or_null(o->call_id),
		.dialog_id = id_or_null(o->dialog_id),
		.stream_id = id_or_null(o->stream_id),
		.registration_id = id_or_null(o->registration_id),
		.capture_id = id_or_null(whole.first.capture_id),
		.first_frame = frame_or_null(whole.first),
		.last_frame = frame_or_null(whole.last),
		.first_us = us_or_null(whole.first),
		.last_us = us_or_null(whole.last),
		.text = slice_sub(o->text, 0, FINDINGS_MAX_TEXT),
		.evidence = evidence,
	};
	return store_occurrence(f->analysis->store, &r, f->analysis->err);
}

bool findings_finish(struct findings *f, const struct capture_view *view)
{
	return !f || (families_finish(f, view) && findings_write_rules(f, view) &&
	              findings_write_groups(f, view));
}
