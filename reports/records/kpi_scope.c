/* One attempt into the counters of a scope. RFC 6076 sections in kpi_definitions.c; rules for what counts: docs/guide.md. */
#include "reports/records/kpi.h"

#include <stddef.h>

/* Longer than a year is a step of the clock, like what is negative. */
#define MAX_US        INT64_C(31622400000000)
#define SHORT_CALL_US INT64_C(6000000)
#define TIMER_B_US    INT64_C(32000000)
#define NO_TIME       (-1)
#define CLOCK_ERROR   (-2)

static int64_t span(int64_t from_us, int64_t to_us)
{
	if (from_us == RECORD_NULL || to_us == RECORD_NULL)
		return NO_TIME;
	if (to_us < from_us || (uint64_t)to_us - (uint64_t)from_us > (uint64_t)MAX_US)
		return CLOCK_ERROR;
	return to_us - from_us;
}

static int64_t us_of(double ms)
{
	if (isnan(ms))
		return NO_TIME;
	return ms < 0 || ms > (double)MAX_US / 1000 ? CLOCK_ERROR : (int64_t)(ms * 1000 + 0.5);
}

int64_t kpi_measure_unit_us(enum kpi_measure m)
{
	bool coarse = m == KPI_SDT || m == KPI_SDT_FAILED;
	return coarse ? 10000 : 100; /* up to 23 h; up to 14 min */
}

bool kpi_measure_add(struct kpi_scope *s, enum kpi_measure m, int64_t value_us,
                     struct histogram_pool *pool)
{
	return value_us < 0 ||
	       kpi_distribution_add(&s->measures[m], pool, value_us, kpi_measure_unit_us(m));
}

/* A failure for RFC 6076 4.3.2 and 4.2: no challenge, no redirection. */
static bool is_failure(int64_t status)
{
	return status >= 400 && status != 401 && status != 402 && status != 407;
}

/* E.425: the network did its part, that is answer, user busy, ring no answer, terminal reject; 487 counts when it had rung. */
static bool is_effective(const struct kpi_attempt *a)
{
	switch (a->status) {
	case 480:
	case 486:
	case 600:
	case 603:
	case 606:
	case 607: return true;
	case 487: return a->ring_us != RECORD_NULL;
	default: return false;
	}
}

static bool is_callers_fault(int64_t status)
{
	return status == 404 || status == 410 || status == 484 || status == 604;
}

/* RFC 6076 4.7, beside 200. */
static bool is_seer(int64_t status)
{
	return status == 480 || status == 486 || status == 600 || status == 603;
}

/* RFC 6076 4.8, beside no response at all. */
static bool is_ineffective(int64_t status)
{
	return status == 408 || status == 500 || status == 503 || status == 504;
}

static bool is_backed(int64_t status)
{
	return status >= 300 && status < 500 && status != 408;
}

static void count_failed(struct kpi_scope *s, const struct kpi_attempt *a)
{
	s->redirected += a->status >= 300 && a->status < 400;
	s->effective += is_effective(a);
	s->caller_faults += is_callers_fault(a->status);
	s->seer += is_seer(a->status);
	s->ineffective += is_ineffective(a->status) || a->timed_out;
	s->backed += is_backed(a->status);
}

static void count_answered(struct kpi_scope *s, const struct kpi_attempt *a, int64_t talk_us)
{
	s->answered++;
	s->no_ringback += a->ring_us == RECORD_NULL;
	s->completed += a->bye_completed;
	if (talk_us < 0)
		return;
	s->talks++;
	s->talk_us += (double)talk_us;
	s->short_talks += talk_us < SHORT_CALL_US;
}

/* RFC 6076 4.3.2: to the refusal; where there was no response at all, to timer B (RFC 3261 17.1.1.2), not to the last copy. */
static int64_t failed_us(const struct kpi_attempt *a)
{
	if (a->timed_out && a->ring_us == RECORD_NULL && isnan(a->trying_ms))
		return TIMER_B_US;
	return span(a->start_us, a->end_us);
}

/* An attempt's times, each NO_TIME or CLOCK_ERROR where there is none. */
static void measure(const struct kpi_attempt *a, int64_t talk_us, int64_t us[KPI_MEASURES])
{
	int64_t ring = span(a->start_us, a->ring_us);
	int64_t setup = a->answered ? span(a->start_us, a->answer_us) : NO_TIME;
	int64_t heard = ring == NO_TIME ? setup : ring;
	bool failed = !a->answered && (is_failure(a->status) || a->timed_out);

	us[KPI_PDD] = heard;
	us[KPI_SETUP] = setup;
	us[KPI_SRD] = a->answered ? heard : NO_TIME;
	us[KPI_SRD_FAILED] = failed ? failed_us(a) : NO_TIME;
	us[KPI_SDD] = a->bye_completed ? us_of(a->disconnect_ms) : NO_TIME;
	us[KPI_SDT] = a->bye_completed ? talk_us : NO_TIME;
	us[KPI_SDT_FAILED] = a->bye_failed ? talk_us : NO_TIME;
	us[KPI_RING] = span(a->ring_us, a->answered ? a->answer_us : a->end_us);
	us[KPI_TTR] = us_of(a->trying_ms);
	us[KPI_RRD] = NO_TIME;
}

static bool add_times(struct kpi_scope *s, const int64_t us[KPI_MEASURES], unsigned measures,
                      struct histogram_pool *pool)
{
	bool clock_error = false;

	for (unsigned m = 0; m < KPI_MEASURES; m++) {
		clock_error = clock_error || us[m] == CLOCK_ERROR;
		if ((measures >> m & 1) && !kpi_measure_add(s, (enum kpi_measure)m, us[m], pool))
			return false;
	}
	s->clock_errors += clock_error;
	return true;
}

bool kpi_scope_add(struct kpi_scope *s, const struct kpi_attempt *a, unsigned measures,
                   struct histogram_pool *pool)
{
	int64_t us[KPI_MEASURES];
	int64_t talk_us = a->answered ? span(a->answer_us, a->end_us) : NO_TIME;

	s->cut_start += a->cut_start;
	s->cut_end += a->cut_end;
	if (a->cut_start || a->cut_end) {
		s->cut_answered += a->answered && !a->cut_start;
		return true;
	}
	s->attempts++;
	s->bids += a->bids;
	if (a->answered)
		count_answered(s, a, talk_us);
	else
		count_failed(s, a);
	measure(a, talk_us, us);
	return add_times(s, us, measures, pool);
}
