/* Occurrences into groups, groups into rows. */
#include "analyzer/findings/findings.h"

#include "analyzer/findings/families.h"
#include "analyzer/findings/state.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

#define MAX_CAUSE 160
#define MAX_TEXT  400

struct group {
	uint64_t hash;
	int64_t id;
	enum rule_id rule;
	char *cause, *text, *evidence; /* text and evidence of the first occurrence in time */
	struct sighting first, last;
	int64_t call_id, dialog_id, stream_id; /* 0 where the occurrences differ */
	uint64_t occurrences;
	enum confidence confidence; /* the best of its occurrences */
	const char *weak; /* of the best one */
};

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
	size_t at = 0;
	struct group *g;

	if (!f)
		return;
	families_free(f);
	while ((g = table_next(&f->groups, &at)))
		group_free(g);
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
	if (!g || !replace(&g->cause, key->cause, MAX_CAUSE) || !table_put(&f->groups, hash, g)) {
		group_free(g);
		out_of_memory(f);
		return NULL;
	}
	g->rule = key->rule;
	g->id = f->next_id++;
	return g;
}

static struct group *group_of(struct findings *f, const struct occurrence *o)
{
	struct key key = { o->rule, slice_sub(o->cause, 0, MAX_CAUSE) };
	uint64_t hash = hash_slice(key.cause, (uint64_t)o->rule);
	struct group *g = table_get(&f->groups, hash, equal, &key);

	if (g || f->groups.count < FINDINGS_MAX_GROUPS)
		return g ? g : group_new(f, &key, hash);
	key.cause = SLICE_LIT("other");
	hash = hash_slice(key.cause, (uint64_t)o->rule);
	g = table_get(&f->groups, hash, equal, &key);
	return g ? g : group_new(f, &key, hash);
}

static bool is_before(struct sighting a, struct sighting b)
{
	if (a.time_ns != b.time_ns)
		return a.time_ns < b.time_ns;
	return a.capture_id != b.capture_id ? a.capture_id < b.capture_id : a.frame < b.frame;
}

static void same_or_none(int64_t *kept, int64_t id)
{
	if (*kept != id)
		*kept = 0;
}

static void judge(struct group *g, const struct occurrence *o)
{
	enum confidence c = o->certain ? CONFIDENCE_HIGH : rule_of(o->rule)->confidence;

	if (o->weak)
		c = CONFIDENCE_LOW;
	if (g->occurrences && c <= g->confidence)
		return;
	g->confidence = c;
	g->weak = o->weak;
}

static bool take(struct findings *f, struct group *g, const struct occurrence *o,
                 struct slice evidence)
{
	judge(g, o);
	if (!g->occurrences) {
		g->call_id = o->call_id;
		g->dialog_id = o->dialog_id;
		g->stream_id = o->stream_id;
	}
	same_or_none(&g->call_id, o->call_id);
	same_or_none(&g->dialog_id, o->dialog_id);
	same_or_none(&g->stream_id, o->stream_id);
	if (!g->occurrences || is_before(g->last, o->last))
		g->last = o->last;
	if (!g->occurrences++ || is_before(o->first, g->first)) {
		g->first = o->first;
		if (!replace(&g->text, o->text, MAX_TEXT) ||
		    !replace(&g->evidence, evidence, SIZE_MAX))
			return out_of_memory(f);
	}
	return true;
}

static int64_t id_or_null(int64_t id)
{
	return id ? id : RECORD_NULL;
}

static int64_t frame_or_null(struct sighting s)
{
	return sighting_is_set(s) ? (int64_t)s.frame : RECORD_NULL;
}

static int64_t us_or_null(struct sighting s)
{
	return sighting_is_set(s) ? clock_us(s.time_ns) : RECORD_NULL;
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
	if (o->evidence)
		evidence = evidence_json(o->evidence, &f->scratch);
	if (f->scratch.failed)
		return out_of_memory(f);
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
		.text = slice_sub(o->text, 0, MAX_TEXT),
		.evidence = evidence,
	};
	return store_occurrence(f->analysis->store, &r, f->analysis->err);
}

/* Why a rule could not see what it needs, NULL if it could. */
static const char *obstacle(const struct rule *rule, const struct capture_view *view)
{
	if (rule->needs & RULE_NEEDS_BOTH_DIRECTIONS && view->one_direction)
		return "the capture shows one direction only";
	if (rule->needs & RULE_NEEDS_NO_DROPS && view->dropped)
		return "the capture lost packets";
	return NULL;
}

static void add_clock(struct text *out, int64_t time_ns)
{
	int64_t s = time_ns / NS_PER_S % 86400;

	text_addf(out, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

/* "214 calls: 503 from 10.1.0.7, 02:13:00 to 02:19:12" */
static void describe(const struct group *g, struct text *out)
{
	text_reset(out);
	if (g->occurrences == 1) {
		text_add(out, slice_str(g->text));
		return;
	}
	text_addf(out, "%" PRIu64 " %s: %s, ", g->occurrences, rule_of(g->rule)->noun, g->cause);
	add_clock(out, g->first.time_ns);
	text_add(out, SLICE_LIT(" to "));
	add_clock(out, g->last.time_ns);
}

static bool write_group(struct findings *f, const struct group *g, const struct capture_view *view)
{
	const struct rule *rule = rule_of(g->rule);
	const char *weak = g->weak ? g->weak : obstacle(rule, view);

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
		.occurrences = (int64_t)g->occurrences,
		.calls = 0, /* counted when the legs are joined */
		.downgraded = weak ? slice_str(weak) : SLICE_NONE,
		.capture_id = id_or_null(g->first.capture_id),
		.last_capture_id = id_or_null(g->last.capture_id),
	};
	return store_finding(f->analysis->store, &r, f->analysis->err);
}

bool findings_finish(struct findings *f, const struct capture_view *view)
{
	size_t at = 0;
	const struct group *g;

	if (!f)
		return true;
	if (!families_finish(f))
		return false;
	while ((g = table_next(&f->groups, &at)))
		if (!write_group(f, g, view))
			return false;
	return true;
}
