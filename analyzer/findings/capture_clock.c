/* The capture's clock against the clocks of those it watches: set (K7; capture_steps.c: what streams show of that), drifting (K8), coarse
 * (K9); capture_date.c: wrong (K6). */
#include "analyzer/findings/capture_clock.h"

#include "analyzer/findings/state.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#include <stdlib.h>

#define NEAR_NS (100 * NS_PER_MS) /* of a step that frames show and streams too */

struct clock_watch *clock_watch_new(struct capture_faults *k)
{
	const struct rules *r = k->findings->rules;
	struct clock_watch *c = mem_zalloc(sizeof *c);

	if (!c)
		return NULL;
	c->k = k;
	c->timer.fire = clock_judge_on_time;
	c->back_ns = (int64_t)(rules_number(r, RULE_K7, "back") * (double)NS_PER_MS);
	c->streams = (size_t)rules_number(r, RULE_K7, "streams");
	c->share = rules_number(r, RULE_K7, "share");
	c->quantum_ns = (uint64_t)(rules_number(r, RULE_K9, "quantum") * (double)NS_PER_MS);
	lru_init(&c->senders, CAPTURE_MAX_HOSTS);
	lru_init(&c->hosts, CAPTURE_MAX_HOSTS);
	return c;
}

void clock_watch_free(struct clock_watch *c)
{
	if (!c)
		return;
	timers_cancel(&c->k->findings->analysis->timers, &c->timer);
	lru_release(&c->senders);
	lru_release(&c->hosts);
	mem_free(c->transits);
	mem_free(c);
}

/* ---- K7: what frames show ---- */

void clock_add_step(struct clock_watch *c, struct sighting at, int64_t by_ns, size_t streams)
{
	for (size_t i = 0; i < c->step_count; i++) {
		struct clock_step *s = &c->steps[i];
		int64_t apart = duration_between(s->at.time_ns, at.time_ns);
		if (apart < -NEAR_NS || apart > NEAR_NS || (s->by_ns < 0) != (by_ns < 0))
			continue;
		if (streams > s->streams) { /* frames alone show it less what passed between them */
			s->streams = streams;
			s->by_ns = by_ns;
		}
		return;
	}
	if (c->step_count < CAPTURE_MAX_CLOCK_STEPS)
		c->steps[c->step_count++] = (struct clock_step){ at, by_ns, streams };
}

void clock_times(struct clock_watch *c, const struct seen_times *t)
{
	int64_t by_ns;

	date_times(c, t->at);
	if (t->before_ns == TIME_NONE)
		return;
	by_ns = duration_between(t->before_ns, t->at.time_ns);
	if (by_ns < 0 && by_ns <= -c->back_ns)
		clock_add_step(c, t->at, by_ns, 0);
}

bool clock_stepped(const struct clock_watch *c, int64_t from_ns, int64_t to_ns, int64_t *by_ns)
{
	for (size_t i = 0; i < c->step_count; i++) {
		int64_t at = c->steps[i].at.time_ns, before = at - c->steps[i].by_ns;
		int64_t first = at < before ? at : before, last = at < before ? before : at;
		if (first > to_ns || last < from_ns)
			continue;
		if (by_ns)
			*by_ns = c->steps[i].by_ns;
		return true;
	}
	return false;
}

static bool tell_step(struct clock_watch *c, const struct clock_step *s)
{
	struct draft *d = &c->k->draft;
	double ms = (double)s->by_ns / 1e6;

	draft_begin(d);
	text_addf(&d->cause, "the capture's clock was set");
	text_addf(&d->text, "The capture's clock was set %s by ",
	          s->by_ns < 0 ? "back" : "forward");
	capture_add_length(&d->text, s->by_ns < 0 ? -s->by_ns : s->by_ns);
	text_addf(&d->text, " at ");
	capture_add_moment(&d->text, s->at.time_ns);
	text_addf(&d->text, " (frame %" PRIu64 ")", s->at.frame);
	if (s->streams)
		text_addf(&d->text, ": so says RTP of %zu streams", s->streams);
	evidence_real(&d->evidence, "step_ms", ms);
	evidence_int(&d->evidence, "streams", (int64_t)s->streams);
	evidence_real(&d->evidence, "threshold_ms", (double)c->back_ns / 1e6);
	evidence_frame(&d->evidence, s->at);
	return capture_tell(c->k, RULE_K7, s->at, s->at, NULL, false);
}

/* ---- K8 ---- */

/* By address: how fast the clock of its longest stream runs. */
struct sender {
	struct lru_node node;
	double seconds, ppm;
};

bool clock_stream(struct clock_watch *c, const struct stream *st)
{
	struct skew k = st->cold->skew; /* its last segment is not judged yet */
	uint64_t hash = hash_mix(st->key.src.word[0], st->key.src.word[1]);
	struct sender *s;

	skew_restart(&k);
	if (!k.known)
		return true;
	s = lru_get(&c->senders, hash);
	if (!s && !lru_full(&c->senders)) {
		s = lru_add(&c->senders, hash, sizeof *s);
		if (!s)
			return err_memory(c->k->findings->analysis->err, "the findings");
	}
	if (s && k.best_s > s->seconds) {
		s->seconds = k.best_s;
		s->ppm = k.best_ppm;
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct alike clock_alike(double *values, size_t n, double spread)
{
	struct alike best = { 0, 0 };
	size_t end = 0;

	qsort(values, n, sizeof *values, by_value);
	for (size_t i = 0; i < n; i++) {
		while (end < n && values[end] - values[i] <= spread)
			end++;
		if (end - i > best.n)
			best = (struct alike){ end - i, values[i + (end - i) / 2] };
	}
	return best;
}

static bool tell_drift(struct clock_watch *c, size_t alike, size_t senders)
{
	struct draft *d = &c->k->draft;

	draft_begin(d);
	text_addf(&d->cause, "the capture's clock drifts");
	text_addf(&d->text,
	          "The clocks of %zu of %zu senders run %.0f ppm %s: the capture's own clock does "
	          "not "
	          "keep time",
	          alike, senders, c->skew_ppm < 0 ? -c->skew_ppm : c->skew_ppm,
	          c->skew_ppm < 0 ? "slow" : "fast");
	evidence_int(&d->evidence, "senders_alike", (int64_t)alike);
	evidence_int(&d->evidence, "senders", (int64_t)senders);
	evidence_real(&d->evidence, "ppm", c->skew_ppm);
	evidence_real(&d->evidence, "threshold_ppm", draft_number(d, RULE_K8, "ppm"));
	evidence_frame(&d->evidence, c->k->first);
	return capture_tell(c->k, RULE_K8, c->k->first, c->k->first, NULL, false);
}

static bool judge_drift(struct clock_watch *c)
{
	struct draft *d = &c->k->draft;
	double ppm[CAPTURE_MAX_HOSTS];
	size_t n = 0;
	struct sender *s;

	for (; (s = lru_first(&c->senders)); lru_drop(&c->senders, s))
		ppm[n++] = s->ppm;
	struct alike best = clock_alike(ppm, n, draft_number(d, RULE_K8, "spread"));
	double size = best.value < 0 ? -best.value : best.value;
	if ((double)best.n < draft_number(d, RULE_K8, "hosts") ||
	    (double)best.n <= draft_number(d, RULE_K8, "share") * (double)n ||
	    size <= draft_number(d, RULE_K8, "ppm") || !draft_enabled(d, RULE_K8))
		return true;
	c->skew_known = true;
	c->skew_ppm = best.value;
	return tell_drift(c, best.n, n);
}

bool clock_skew(const struct clock_watch *c, double *ppm)
{
	if (c->skew_known && ppm)
		*ppm = c->skew_ppm;
	return c->skew_known;
}

/* ---- K9 ---- */

#define DISTINCT_STEPS 5 /* of times that vary as those of packets do */
#define FEW_STEPS      2 /* at least, where many times are equal */
#define EQUAL_SHARE    0.3

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static void note_distinct(struct clock_watch *c, uint64_t step)
{
	for (unsigned i = 0; i < c->tick.distinct; i++)
		if (c->tick.values[i] == step)
			return;
	if (c->tick.distinct < CLOCK_TICK_VALUES)
		c->tick.values[c->tick.distinct++] = step;
}

void clock_tick(struct clock_watch *c, int64_t step_ns)
{
	uint64_t step = step_ns < 0 ? 0 - (uint64_t)step_ns : (uint64_t)step_ns;

	if (c->tick.fine)
		return;
	c->tick.samples++;
	c->tick.equal += step == 0;
	if (!step)
		return;
	c->tick.divisor = common_divisor(c->tick.divisor, step);
	c->tick.fine = c->tick.divisor < c->quantum_ns;
	note_distinct(c, step);
}

static bool judge_ticks(struct clock_watch *c, const struct capture_view *view)
{
	struct draft *d = &c->k->draft;
	double equal = c->tick.samples ? (double)c->tick.equal / (double)c->tick.samples : 0;
	double quantum_ms = (double)c->tick.divisor / 1e6;
	bool varies = c->tick.distinct >= DISTINCT_STEPS ||
	              (c->tick.distinct >= FEW_STEPS && equal >= EQUAL_SHARE);

	if (c->tick.fine || !varies ||
	    (double)c->tick.samples < draft_number(d, RULE_K9, "packets"))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "coarse time stamps");
	text_addf(&d->text,
	          "Frame times are multiples of %g ms: jitter and delays below that cannot be seen",
	          quantum_ms);
	evidence_real(&d->evidence, "quantum_ms", quantum_ms);
	evidence_int(&d->evidence, "times_looked_at", (int64_t)c->tick.samples);
	evidence_real(&d->evidence, "equal_ratio", equal);
	evidence_real(&d->evidence, "threshold_ms", (double)c->quantum_ns / 1e6);
	evidence_frame(&d->evidence, c->k->first);
	return capture_tell(c->k, RULE_K9, c->k->first, view->last, NULL, false);
}

/* ---- the end ---- */

bool clock_finish(struct clock_watch *c, const struct capture_view *view)
{
	if (!date_finish(c, view))
		return false;
	for (size_t i = 0; i < c->step_count; i++)
		if (!tell_step(c, &c->steps[i]))
			return false;
	return judge_drift(c) && judge_ticks(c, view);
}
