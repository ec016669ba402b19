/* Calls that share a duration. A single one proves nothing, so they are kept until the capture's end and compared: E6, E7. */
#include "analyzer/findings/cut.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of so many calls more than half do not reach a limit: who makes them means them to last that long (a load test). */
#define GENERATED_LEAST 20
#define AROUND_S        60.0 /* what a peak stands out from */

struct timed_call {
	enum peak_kind kind;
	struct ip_addr by;
	double s;
	struct sighting from, to;
	int64_t call_id, dialog_id;
};

struct peaks {
	struct draft *draft;
	struct timed_call *calls;
	size_t count, capacity, next; /* next: the oldest, when it is full */
};

struct peaks *peaks_new(struct draft *d)
{
	struct peaks *p = mem_zalloc(sizeof *p);

	if (p)
		p->draft = d;
	return p;
}

void peaks_free(struct peaks *p)
{
	if (!p)
		return;
	mem_free(p->calls);
	mem_free(p);
}

static bool grow(struct peaks *p)
{
	size_t capacity = p->capacity ? 2 * p->capacity : 64;
	struct timed_call *calls = mem_resize(p->calls, capacity * sizeof *calls);

	if (!calls)
		return err_memory(findings_analysis(p->draft->home)->err, "the findings");
	p->calls = calls;
	p->capacity = capacity;
	return true;
}

static enum rule_id rule_of_kind(enum peak_kind kind)
{
	return kind == PEAK_DURATION ? RULE_E6 : RULE_E7;
}

bool peaks_add(struct peaks *p, enum peak_kind kind, const struct leg *leg, bool by_caller,
               struct sighting from, struct sighting to)
{
	enum rule_id rule = rule_of_kind(kind);
	struct timed_call call = {
		.kind = kind,
		.by = leg_address(leg, by_caller),
		.s = (double)(to.time_ns - from.time_ns) / (double)NS_PER_S,
		.from = from,
		.to = to,
		.call_id = leg->media.call_id,
		.dialog_id = leg->winner ? leg->winner->id : leg->first.id,
	};

	if (!draft_enabled(p->draft, rule) || !sighting_is_set(from) || !sighting_is_set(to) ||
	    call.s < draft_number(p->draft, rule, "least"))
		return true;
	if (p->count == CUT_MAX_CALLS) {
		p->calls[p->next] = call;
		p->next = (p->next + 1) % CUT_MAX_CALLS;
		return true;
	}
	if (p->count == p->capacity && !grow(p))
		return false;
	p->calls[p->count++] = call;
	return true;
}

/* How many of the sorted `s` are smaller than `limit`, or with `or_equal` no larger. */
static size_t count_below(const double *s, size_t n, double limit, bool or_equal)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s[middle] < limit || (or_equal && s[middle] <= limit))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t cut_peak(const double *s, size_t n, size_t from, double tolerance, double least,
                double deviations)
{
	size_t end = count_below(s, n, s[from] + 2 * tolerance, true);
	size_t low = count_below(s, n, s[from] - AROUND_S, false);
	size_t high = count_below(s, n, s[from] + 2 * tolerance + AROUND_S, true);
	double around, expected;

	around = (double)(from - low + high - end);
	expected = around * tolerance / AROUND_S;
	if ((double)(end - from) < least ||
	    (double)(end - from) < expected + deviations * sqrt(expected))
		return 0;
	return end - from;
}

static int compare_calls(const void *left, const void *right)
{
	const struct timed_call *a = left, *b = right;
	int by = memcmp(&a->by, &b->by, sizeof a->by);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (by)
		return by;
	if (a->s < b->s || a->s > b->s)
		return a->s < b->s ? -1 : 1;
	if (a->from.time_ns != b->from.time_ns)
		return a->from.time_ns < b->from.time_ns ? -1 : 1;
	return (a->from.frame > b->from.frame) - (a->from.frame < b->from.frame);
}

/* All calls of a peak share cause and sentence, and thousands may: only the first one spells out its evidence, the others have their
 * frames. */
static void draft_peak(struct peaks *p, const struct timed_call *first, double middle, size_t count)
{
	struct draft *d = p->draft;
	const char *what = first->kind == PEAK_DURATION ? "calls" : "unanswered calls";

	draft_begin(d);
	text_addf(&d->cause, "%s ended at %.0f s by ", what, middle);
	text_add_address(&d->cause, first->by);
	text_add_address(&d->text, first->by);
	text_addf(&d->text, " ended the call after %.1f s%s, as it did %zu %s", middle,
	          first->kind == PEAK_DURATION ? "" : " without an answer", count, what);
	evidence_real(&d->evidence, "duration_s", first->s);
	evidence_int(&d->evidence, "calls", (int64_t)count);
	evidence_real(&d->evidence, "threshold",
	              draft_number(d, rule_of_kind(first->kind), "calls"));
	evidence_frame(&d->evidence, first->from);
	evidence_frame(&d->evidence, first->to);
}

static bool add_peak(struct peaks *p, const struct timed_call *calls, double middle, size_t count)
{
	struct draft *d = p->draft;

	draft_peak(p, calls, middle, count);
	for (size_t i = 0; i < count; i++) {
		struct occurrence o = { .rule = rule_of_kind(calls->kind),
			                .call_id = calls[i].call_id,
			                .dialog_id = calls[i].dialog_id,
			                .first = calls[i].from,
			                .last = calls[i].to };
		if (!draft_add(d, o))
			return false;
		evidence_reset(&d->evidence);
	}
	return true;
}

/* Of one kind and one server; `s` are their durations. */
static bool judge_run(struct peaks *p, const struct timed_call *calls, const double *s, size_t n)
{
	enum rule_id rule = rule_of_kind(calls->kind);
	double tolerance = draft_number(p->draft, rule, "tolerance");
	double least = draft_number(p->draft, rule, "calls");
	double deviations = draft_number(p->draft, rule, "deviations");

	for (size_t i = 0; i < n;) {
		size_t count = cut_peak(s, n, i, tolerance, least, deviations);
		bool generated = n >= GENERATED_LEAST && count > n / 2;

		if (count && !generated && !add_peak(p, &calls[i], s[i + count / 2], count))
			return false;
		i += count ? count : 1;
	}
	return true;
}

static bool same_run(const struct timed_call *a, const struct timed_call *b)
{
	return a->kind == b->kind && ip_addr_eq(a->by, b->by);
}

bool peaks_finish(struct peaks *p)
{
	bool ok = true;
	double *s;

	if (!p->count)
		return true;
	s = mem_alloc(p->count * sizeof *s);
	if (!s)
		return err_memory(findings_analysis(p->draft->home)->err, "the findings");
	qsort(p->calls, p->count, sizeof *p->calls, compare_calls);
	for (size_t i = 0; i < p->count; i++)
		s[i] = p->calls[i].s;
	for (size_t i = 0, end; ok && i < p->count; i = end) {
		for (end = i + 1; end < p->count && same_run(&p->calls[i], &p->calls[end]);)
			end++;
		ok = judge_run(p, &p->calls[i], &s[i], end - i);
	}
	mem_free(s);
	return ok;
}
