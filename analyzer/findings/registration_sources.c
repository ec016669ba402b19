/* Who sends REGISTERs: too many (G4), and with credentials that are refused again and again (G5). */
#include "analyzer/findings/registration_faults.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

static void say_addr(struct text *out, struct ip_addr a)
{
	char buf[IP_ADDR_TEXT];
	text_add(out, slice_of(buf, ip_addr_format(a, buf)));
}

static bool out_of_memory(struct registration_faults *g)
{
	return err_memory(findings_analysis(g->findings)->err, "the findings");
}

/* --- G4: one source ------------------------------------------------------------------------------------------------------- */

static bool judge_flood(struct registration_faults *g, struct source_watch *s)
{
	double span_s = (double)(s->flood_last.time_ns - s->flood_first.time_ns) / (double)NS_PER_S;
	uint64_t flood = s->flood, peak = s->peak;

	s->flood = s->peak = 0;
	if (!flood)
		return true;
	registration_begin(g);
	text_add(&g->cause, SLICE_LIT("flood from "));
	say_addr(&g->cause, s->addr);
	say_addr(&g->text, s->addr);
	text_addf(&g->text, " sent %" PRIu64 " REGISTERs in %.1f s, up to %" PRIu64 " a second",
	          flood, span_s, peak);
	evidence_int(&g->evidence, "registers", (int64_t)flood);
	evidence_int(&g->evidence, "peak_per_s", (int64_t)peak);
	evidence_int(&g->evidence, "limit_per_s", (int64_t)g->set.per_second);
	evidence_frame(&g->evidence, s->flood_first);
	evidence_frame(&g->evidence, s->flood_last);
	return registration_say(g, (struct occurrence){ .rule = RULE_G4,
	                                                .first = s->flood_first,
	                                                .last = s->flood_last });
}

/* A second begins with the first REGISTER after the last one ended. */
static bool count_source(struct registration_faults *g, struct source_watch *s, struct sighting at)
{
	uint64_t limit = g->set.per_second;

	int64_t since_ns = at.time_ns - s->second_ns;

	if (since_ns >= NS_PER_S) {
		bool calm = s->in_second <= limit || since_ns >= 2 * NS_PER_S;
		if (calm && !judge_flood(g, s))
			return false;
		s->second_ns = at.time_ns;
		s->in_second = 0;
		if (!s->flood)
			s->flood_first = at;
	}
	if (++s->in_second <= limit)
		return true;
	s->flood += s->in_second == limit + 1 ? s->in_second : 1;
	s->flood_last = at;
	if (s->in_second > s->peak)
		s->peak = s->in_second;
	return true;
}

/* --- G4: everyone at once -------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static double median(const struct total_rate *t)
{
	uint64_t sorted[REGISTRATION_HISTORY];
	unsigned n = t->count;

	memcpy(sorted, t->history, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, ascending);
	return n % 2 ? (double)sorted[n / 2] : (double)(sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

#define LEAST_HISTORY 10 /* seconds with REGISTERs; before, there is no median to speak of */

static bool judge_avalanche(struct registration_faults *g)
{
	struct total_rate *t = &g->rate;
	double usual;

	if (t->calm_ns == TIME_NONE || t->count < LEAST_HISTORY ||
	    t->in_second < g->set.least_avalanche)
		return true;
	usual = median(t);
	if ((double)t->in_second <= g->set.ratio * usual)
		return true;
	t->calm_ns = TIME_NONE; /* each gap once */
	registration_begin(g);
	text_add(&g->cause, SLICE_LIT("all at once after a gap"));
	text_addf(&g->text,
	          "after %.1f s without any REGISTER %" PRIu64
	          " came within a second, %.0f times the usual %.1f",
	          t->gap_s, t->in_second, (double)t->in_second / usual, usual);
	evidence_int(&g->evidence, "registers", (int64_t)t->in_second);
	evidence_real(&g->evidence, "median_per_s", usual);
	evidence_real(&g->evidence, "limit_ratio", g->set.ratio);
	evidence_real(&g->evidence, "gap_s", t->gap_s);
	evidence_frame(&g->evidence, t->first);
	evidence_frame(&g->evidence, t->last);
	return registration_say(
	        g, (struct occurrence){ .rule = RULE_G4, .first = t->first, .last = t->last });
}

#define AFTER_GAP_NS (10 * NS_PER_S) /* an avalanche begins within these */

static bool end_second(struct registration_faults *g, struct sighting next)
{
	struct total_rate *t = &g->rate;
	int64_t quiet = next.time_ns - t->last.time_ns;

	if (!judge_avalanche(g))
		return false;
	if (t->calm_ns == TIME_NONE || t->in_second < g->set.least_avalanche) {
		t->history[t->next] = t->in_second;
		t->next = (t->next + 1) % REGISTRATION_HISTORY;
		t->count += t->count < REGISTRATION_HISTORY;
	}
	if (quiet >= g->set.gap_ns) {
		t->calm_ns = next.time_ns;
		t->gap_s = (double)quiet / (double)NS_PER_S;
	} else if (t->calm_ns != TIME_NONE && next.time_ns - t->calm_ns > AFTER_GAP_NS) {
		t->calm_ns = TIME_NONE;
	}
	return true;
}

static bool count_total(struct registration_faults *g, struct sighting at)
{
	struct total_rate *t = &g->rate;

	if (t->second_ns == TIME_NONE || at.time_ns - t->second_ns >= NS_PER_S) {
		if (t->second_ns != TIME_NONE && !end_second(g, at))
			return false;
		t->second_ns = at.time_ns;
		t->in_second = 0;
		t->first = at;
	}
	t->in_second++;
	t->last = at;
	return true;
}

/* --- G5 -------------------------------------------------------------------------------------------------------------------- */

static bool judge_refused(struct registration_faults *g, struct source_watch *s)
{
	double span_s =
	        (double)(s->refused_last.time_ns - s->refused_first.time_ns) / (double)NS_PER_S;
	uint64_t refused = s->refused;
	const char *more = s->user_count == sizeof s->users / sizeof *s->users ? " or more" : "";

	s->refused = 0;
	if (!refused)
		return true;
	registration_begin(g);
	text_add(&g->cause, SLICE_LIT("credentials refused again and again from "));
	say_addr(&g->cause, s->addr);
	say_addr(&g->text, s->addr);
	text_addf(&g->text, " was refused %" PRIu64 " times in %.0f s, with credentials of %u%s %s",
	          refused, span_s, s->user_count, more, s->user_count == 1 ? "user" : "users");
	evidence_int(&g->evidence, "refused", (int64_t)refused);
	evidence_real(&g->evidence, "within_s", span_s);
	evidence_int(&g->evidence, "users", s->user_count);
	evidence_int(&g->evidence, "limit", g->set.failures);
	evidence_int(&g->evidence, "window_s", g->set.failures_window_ns / NS_PER_S);
	evidence_frame(&g->evidence, s->refused_first);
	evidence_frame(&g->evidence, s->refused_last);
	return registration_say(g, (struct occurrence){ .rule = RULE_G5,
	                                                .first = s->refused_first,
	                                                .last = s->refused_last });
}

static void remember_user(struct source_watch *s, struct slice user)
{
	uint64_t hash = hash_slice(user, 0);
	unsigned i = 0;

	while (i < s->user_count && s->users[i] != hash)
		i++;
	if (i == s->user_count && i < sizeof s->users / sizeof *s->users)
		s->users[s->user_count++] = hash;
}

static bool count_refused(struct registration_faults *g, struct source_watch *s,
                          const struct record_registration *r)
{
	struct sighting at = registration_last(r);

	if (at.time_ns - s->refused_last.time_ns > g->set.failures_window_ns) {
		if (!judge_refused(g, s))
			return false;
		s->user_count = 0;
	}
	remember_user(s, r->username);
	s->refused_last = at;
	if (s->refused) {
		s->refused++;
		return true;
	}
	if (!recent_add(&s->failures, at, g->set.failures, g->set.failures_window_ns))
		return s->failures || out_of_memory(g);
	s->refused = g->set.failures;
	s->refused_first = recent_first(s->failures, g->set.failures);
	s->failures->count = 0;
	return true;
}

/* --- sources --------------------------------------------------------------------------------------------------------------- */

static void drop(struct registration_faults *g, struct source_watch *s)
{
	mem_free(s->failures);
	lru_drop(&g->sources, s);
}

static bool judge_and_drop(struct registration_faults *g, struct source_watch *s)
{
	bool ok = judge_flood(g, s) && judge_refused(g, s);
	drop(g, s);
	return ok;
}

static struct source_watch *source_of(struct registration_faults *g, struct ip_addr addr)
{
	uint64_t hash = endpoint_hash((struct endpoint){ addr, 0 });
	struct source_watch *s = lru_get(&g->sources, hash);

	if (s)
		return s;
	s = lru_full(&g->sources);
	if (s && !judge_and_drop(g, s))
		return NULL;
	s = lru_add(&g->sources, hash, sizeof *s);
	if (!s)
		out_of_memory(g);
	else
		s->addr = addr;
	return s;
}

bool sources_message(struct registration_faults *g, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	struct sighting at = { o->capture_id, o->frame, o->time_ns };
	struct source_watch *s = source_of(g, o->src.addr);

	if (!s || !count_source(g, s, at))
		return false;
	/* Copies and other hops are no more phones that register. */
	return m->retransmission || count_total(g, at);
}

/* The refusal of a password: credentials were there, and the answer asks for others, or for none any more. */
static bool is_refused(const struct record_registration *r)
{
	return r->username.n &&
	       (slice_eq_str(r->outcome, "unauthorized") || r->final_status == 403);
}

bool sources_registration(struct registration_faults *g, const struct record_registration *r)
{
	struct slice host = r->src;
	struct ip_addr addr;
	struct source_watch *s;

	if (!is_refused(r))
		return true;
	while (host.n && host.p[host.n - 1] != ':')
		host.n--;
	if (!host.n || !ip_addr_parse(slice_sub(host, 0, host.n - 1), &addr))
		return true;
	s = source_of(g, addr);
	return s && count_refused(g, s, r);
}

bool sources_finish(struct registration_faults *g)
{
	while (!lru_is_empty(&g->sources))
		if (!judge_and_drop(g, lru_first(&g->sources)))
			return false;
	return g->rate.second_ns == TIME_NONE || judge_avalanche(g);
}

void sources_release(struct registration_faults *g)
{
	while (!lru_is_empty(&g->sources))
		drop(g, lru_first(&g->sources));
	lru_release(&g->sources);
}
