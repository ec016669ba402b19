#include "reports/html/calls_data.h"

#include "base/hash.h"

#include <inttypes.h>
#include <math.h>

struct trunk {
	struct slice address;
	size_t index;
};

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<';
}

/* The inside of a JSON string within a script element: also without '<'. */
static void add_inside(struct text *out, struct slice s)
{
	while (s.n && !out->failed) {
		size_t plain = 0;
		while (plain < s.n && is_plain(s.p[plain]))
			plain++;
		text_add(out, slice_sub(s, 0, plain));
		s = slice_from(s, plain);
		size_t special = 0;
		while (special < s.n && !is_plain(s.p[special]) && s.p[special] != '<')
			special++;
		text_add_json(out, slice_sub(s, 0, special));
		s = slice_from(s, special);
		if (s.n && s.p[0] == '<') {
			text_add(out, SLICE_LIT("\\u003c"));
			s = slice_from(s, 1);
		}
	}
}

static void add_string(struct text *out, struct slice s)
{
	if (!s.p) {
		text_add(out, SLICE_LIT("null"));
		return;
	}
	text_add(out, SLICE_LIT("\""));
	add_inside(out, s);
	text_add(out, SLICE_LIT("\""));
}

static void add_number(struct text *out, double value, int decimals)
{
	if (isfinite(value))
		text_addf(out, ",%.*f", decimals, value);
	else
		text_add(out, SLICE_LIT(",null"));
}

static bool trunk_equal(const void *value, const void *key)
{
	return slice_eq(((const struct trunk *)value)->address, *(const struct slice *)key);
}

void calls_data_init(struct calls_data *d)
{
	*d = (struct calls_data){ .any = false };
	text_init(&d->json);
	text_init(&d->trunk_names);
	table_init(&d->trunks);
	arena_init(&d->arena, 16384);
}

void calls_data_release(struct calls_data *d)
{
	text_release(&d->json);
	text_release(&d->trunk_names);
	table_release(&d->trunks);
	arena_release(&d->arena);
}

static bool add_findings(struct calls_data *d, struct work *w, struct err *err)
{
	struct query *q = rows_query(
	        w->records,
	        "SELECT id, rule, severity, text FROM findings WHERE calls > 0 ORDER BY id", 0,
	        err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err) && !d->json.failed; first = false) {
		text_addf(&d->json, "%s\"%" PRId64 "\":[", first ? "" : ",\n", query_int(q, 0));
		for (int i = 1; i <= 3; i++) {
			add_string(&d->json, query_text(q, i));
			text_addf(&d->json, ",");
		}
		text_addf(&d->json, "\"");
		findings_add_address(&d->json, query_int(q, 0));
		text_addf(&d->json, "\"]");
	}
	query_free(q);
	return err->code == ERR_NONE;
}

bool calls_data_begin(struct calls_data *d, struct work *w, struct err *err)
{
	const char *path = records_path(w->records);

	text_addf(&d->json, "{\"began\":%" PRId64 ",\"database\":", w->buckets.start_us / 1000);
	add_string(&d->json, slice_str(path ? path : "DB"));
	text_addf(&d->json, ",\"outcomes\":[");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++)
		text_addf(&d->json, "%s\"%s\"", i ? "," : "", summary_outcomes[i]);
	text_addf(&d->json, "],\n\"findings\":{");
	bool ok = add_findings(d, w, err);
	text_addf(&d->json, "},\n\"calls\":[");
	return ok;
}

static int outcome_of(struct slice name)
{
	for (int i = 0; i < SUMMARY_OUTCOMES; i++)
		if (slice_eq_str(name, summary_outcomes[i]))
			return i;
	return SUMMARY_OUTCOMES - 1;
}

void calls_data_add_call(struct calls_data *d, struct work *w, const struct call_line *c)
{
	struct text *out = &d->json;

	text_addf(out, "%s[%" PRId64 ",%" PRId64 ",", d->any ? ",\n" : "\n", c->id,
	          (c->start_us - w->buckets.start_us) / 1000);
	d->any = true;
	add_string(out, c->caller);
	text_add(out, SLICE_LIT(","));
	add_string(out, c->callee);
	text_add(out, SLICE_LIT(","));
	add_string(out, c->sip_call_id);
	text_addf(out, ",%d", outcome_of(c->outcome));
	if (c->status == RECORD_NULL)
		text_add(out, SLICE_LIT(",null"));
	else
		text_addf(out, ",%" PRId64, c->status);
	add_number(out, c->pdd_ms, 0);
	add_number(out, c->setup_ms, 0);
	add_number(out, c->talk_ms / 1000, 1);
	add_number(out, c->mos, 2);
}

/* NULL: the table is full, or there is no memory. */
static struct trunk *trunk_of(struct calls_data *d, struct slice address)
{
	uint64_t hash = hash_slice(address, 0);
	struct trunk *t = table_get(&d->trunks, hash, trunk_equal, &address);

	if (t || d->trunks.count == CALLS_DATA_TRUNKS)
		return t;
	t = arena_alloc(&d->arena, sizeof *t);
	if (!t || !arena_keep(&d->arena, address, &t->address))
		return NULL;
	t->index = d->trunks.count;
	if (!table_put(&d->trunks, hash, t))
		return NULL;
	text_addf(&d->trunk_names, t->index ? "," : "");
	add_string(&d->trunk_names, t->address);
	return t;
}

bool calls_data_add_trunk(struct calls_data *d, struct slice address, size_t nth, struct err *err)
{
	bool full = d->trunks.count == CALLS_DATA_TRUNKS;
	const struct trunk *t = trunk_of(d, address);

	if (t)
		text_addf(&d->json, "%s%zu", nth ? "," : ",[", t->index);
	else if (full)
		text_addf(&d->json, "%s-1", nth ? "," : ",[");
	return t || full || err_memory(err, "the trunks of the calls");
}

void calls_data_add_finding(struct calls_data *d, int64_t id, size_t nth)
{
	text_addf(&d->json, "%s%" PRId64, nth ? "," : ",[", id);
}

void calls_data_end_list(struct calls_data *d, size_t count)
{
	text_add(&d->json, count ? SLICE_LIT("]") : SLICE_LIT(",0"));
}

void calls_data_end_call(struct calls_data *d, const struct call_line *c)
{
	text_add(&d->json, c->has_page ? SLICE_LIT(",1]") : SLICE_LIT(",0]"));
}

bool calls_data_end(struct calls_data *d, struct err *err)
{
	text_addf(&d->json, "],\n\"trunks\":[");
	text_add(&d->json, slice_of(text_cstr(&d->trunk_names), d->trunk_names.n));
	text_addf(&d->json, "]}\n");
	return d->json.failed || d->trunk_names.failed ? err_memory(err, "the list of calls")
	                                               : true;
}
