/* reports/records/kpi: RFC 6076, E.411 and E.425 by hand. Numbers in the tables come from the definitions, not from the program. */
#include "base/mem.h"
#include "reports/records/query.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>

#define T    SAMPLE_START_US
#define NONE (-1)

/* Times in ms after the INVITE; call i begins `at_s` seconds after the first. */
struct kpi_row {
	const char *outcome;
	int status; /* NONE: no final response */
	int ring, answer, end;
	const char *disconnect;
	int at_s;
	const char *cut;
	int attempts, challenges;
	int trying, disconnect_ms;
};

struct kpi_figure {
	const char *name;
	double value; /* NAN: NULL */
	int64_t numerator, denominator; /* NONE: NULL */
};

#define MAX_ROWS    12
#define MAX_FIGURES 16

static int64_t after(int64_t start_us, int ms)
{
	return ms == NONE ? RECORD_NULL : start_us + ms * INT64_C(1000);
}

static struct slice text_or_none(const char *text)
{
	return text ? slice_str(text) : SLICE_NONE;
}

static struct record_call call_of(const struct kpi_row *row, int64_t id)
{
	struct record_call c = sample_call(id);
	int64_t start_us = T + row->at_s * INT64_C(1000000);

	c.outcome = slice_str(row->outcome);
	c.final_status = row->status == NONE ? RECORD_NULL : row->status;
	c.start_us = slice_eq_str(c.outcome, "incomplete") ? RECORD_NULL : start_us;
	c.first_us = start_us;
	c.ring_us = after(start_us, row->ring);
	c.answer_us = after(start_us, row->answer);
	c.end_us = after(start_us, row->end);
	c.last_us = c.end_us == RECORD_NULL ? start_us + 1000 : c.end_us;
	c.talk_ms = row->answer == NONE || row->end == NONE ? (double)NAN : row->end - row->answer;
	c.disconnect = text_or_none(row->disconnect);
	c.cut = text_or_none(row->cut);
	c.attempts = row->attempts ? row->attempts : 1;
	c.challenges = row->challenges;
	c.trying_ms = row->trying ? row->trying : (double)NAN;
	c.disconnect_ms = row->disconnect_ms ? row->disconnect_ms : (double)NAN;
	return c;
}

static void expect_figure(struct records *r, const char *scope, const char *of,
                          const struct kpi_figure *f)
{
	struct err err = ERR_INIT;
	struct query *q = query_new(r, &err,
	                            "SELECT value, numerator, denominator FROM kpi WHERE scope = "
	                            "?1 AND name = ?2");

	query_bind_text(q, 1, slice_str(scope));
	query_bind_text(q, 2, slice_str(f->name));
	ck_assert_msg(query_step(q, &err), "%s: no %s of %s", of, f->name, scope);
	double value = query_real(q, 0);
	int64_t numerator = f->numerator == NONE ? RECORD_NULL : f->numerator;
	int64_t denominator = f->denominator == NONE ? RECORD_NULL : f->denominator;
	ck_assert_msg(isnan(f->value) ? isnan(value) : fabs(value - f->value) < 0.005,
	              "%s: %s is %g, want %g", of, f->name, value, f->value);
	ck_assert_msg(query_int(q, 1) == numerator && query_int(q, 2) == denominator,
	              "%s: %s is %ld/%ld, want %ld/%ld", of, f->name, (long)query_int(q, 1),
	              (long)query_int(q, 2), (long)numerator, (long)denominator);
	ck_assert_msg(!query_step(q, &err), "%s: %s twice", of, f->name);
	query_free(q);
}

static struct store *store_rows_of(const struct kpi_row *rows)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < MAX_ROWS && rows[i].outcome; i++) {
		struct record_call c = call_of(&rows[i], i + 1);
		ck_assert(store_call(s, &c, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	return s;
}

#define ANSWERED  "answered"
#define CANCELLED "cancelled"
#define COMPLETED "completed"
#define FAILED    "failed"

static const struct {
	const char *name;
	struct kpi_row rows[MAX_ROWS];
	struct kpi_figure figures[MAX_FIGURES];
} cases[] = {
	{ "ten attempts of every kind",
	  { { ANSWERED, 200, 100, 1000, 11000, COMPLETED, .disconnect_ms = 20 },
	    { ANSWERED, 200, 100, 1000, 21000, COMPLETED, .disconnect_ms = 30 },
	    { ANSWERED, 200, 100, 1000, 31000, COMPLETED, .disconnect_ms = 40 },
	    { ANSWERED, 200, NONE, 1000, 5000, COMPLETED, .disconnect_ms = 50 },
	    { ANSWERED, 200, 100, 1000, 61000, FAILED, .at_s = 0 },
	    { "rejected", 302, NONE, NONE, 50, .at_s = 0 },
	    { "busy", 486, NONE, NONE, 200, .at_s = 0 },
	    { "rejected", 404, NONE, NONE, 300, .at_s = 0 },
	    { FAILED, 503, NONE, NONE, 400, .at_s = 0 },
	    { CANCELLED, 487, 100, NONE, 5000, .at_s = 0 } },
	  { { "ATTEMPTS_MERGED", 10, 10, NONE },
	    { "SER", 55.56, 5, 9 },
	    { "SEER", 66.67, 6, 9 },
	    { "ISA", 10, 1, 10 },
	    { "SCR", 40, 4, 10 },
	    { "ASR", 50, 5, 10 },
	    { "NER", 70, 7, 10 },
	    { "NER_CALLER", 80, 8, 10 },
	    { "NER_INFRA", 90, 9, 10 },
	    { "CCR", 90, 9, 10 },
	    /* 10, 20, 30, 4 and 60 s of talk. */
	    { "ACD", 24.8, 124, 5 },
	    { "SHORT_CALLS", 20, 1, 5 },
	    { "NO_RINGBACK", 20, 1, 5 },
	    { "SDT_P50", 10, NONE, 4 },
	    { "SDT_FAILED_MAX", 60, NONE, 1 },
	    { "SDD_MEAN", 35, NONE, 4 } } },
	{ "401, then 200: one attempt",
	  { { ANSWERED, 200, 300, 900, 9000, COMPLETED, .attempts = 2, .challenges = 1 } },
	  { { "ATTEMPTS_MERGED", 1, 1, NONE },
	    { "ATTEMPTS_RAW", 1, 1, NONE },
	    { "ABR", 100, 1, 1 },
	    { "SRD_P50", 300, NONE, 1 } } },
	{ "five challenges, then 403",
	  { { "rejected", 403, NONE, NONE, 600, .attempts = 6, .challenges = 5 } },
	  { { "ATTEMPTS_RAW", 1, 1, NONE },
	    { "ASR", 0, 0, 1 },
	    { "ISA", 0, 0, 1 },
	    { "SRD_FAILED_P50", 600, NONE, 1 },
	    { "SRD_P50", NAN, NONE, 0 } } },
	{ "a challenge that nobody answered is no failure of RFC 6076",
	  { { "unauthorized", 407, NONE, NONE, 20, .attempts = 1, .challenges = 1 } },
	  { { "ATTEMPTS_RAW", 1, 1, NONE },
	    { "SER", 0, 0, 1 },
	    { "SRD_FAILED_P50", NAN, NONE, 0 } } },
	{ "no response at all",
	  { { FAILED, NONE, NONE, NONE, 32000, .at_s = 0 } },
	  { { "ISA", 100, 1, 1 },
	    { "CCR", 0, 0, 1 },
	    { "NER_INFRA", 0, 0, 1 },
	    { "SRD_FAILED_MAX", 32000, NONE, 1 } } },
	{ "no response, the last copy after 31.5 s",
	  { { FAILED, NONE, NONE, NONE, 31500, .at_s = 0 } },
	  { { "SRD_FAILED_MAX", 32000, NONE, 1 } } },
	{ "302 that was followed",
	  { { ANSWERED, 200, 500, 900, 9000, COMPLETED, .attempts = 2 } },
	  { { "ATTEMPTS_RAW", 2, 2, NONE },
	    { "ATTEMPTS_MERGED", 1, 1, NONE },
	    { "SER", 100, 1, 1 },
	    { "ABR", 50, 1, 2 } } },
	{ "302 that was not: no sessions, NULL",
	  { { "rejected", 302, NONE, NONE, 50, .at_s = 0 } },
	  { { "SER", NAN, 0, 0 }, { "SEER", NAN, 0, 0 }, { "ISA", 0, 0, 1 }, { "ASR", 0, 0, 1 } } },
	{ "CANCEL crossed by the 200",
	  { { ANSWERED, 200, 100, 2000, 2050, COMPLETED, .at_s = 0 } },
	  { { "ASR", 100, 1, 1 }, { "SDT_MAX", 0.05, NONE, 1 }, { "SHORT_CALLS", 100, 1, 1 } } },
	{ "487 counts for NER only when it had rung",
	  { { CANCELLED, 487, 100, NONE, 3000, .at_s = 0 },
	    { CANCELLED, 487, NONE, NONE, 3000, .at_s = 0 } },
	  { { "NER", 50, 1, 2 }, { "RING_MAX", 2.9, NONE, 1 }, { "PDD_P50", 100, NONE, 1 } } },
	{ "BYE refused: billed, not completed",
	  { { ANSWERED, 200, 100, 1000, 8000, FAILED, .disconnect_ms = 10 } },
	  { { "ACD", 7, 7, 1 },
	    { "SCR", 0, 0, 1 },
	    { "SDD_P50", NAN, NONE, 0 },
	    { "SDT_P50", NAN, NONE, 0 } } },
	{ "early media, never answered",
	  { { "no_answer", 480, 250, NONE, 60000, .at_s = 0 } },
	  { { "PDD_P50", 250, NONE, 1 },
	    { "ASR", 0, 0, 1 },
	    { "SEER", 100, 1, 1 },
	    { "SRD_P50", NAN, NONE, 0 } } },
	{ "no ringing: the 200 is what the caller heard first",
	  { { ANSWERED, 200, NONE, 700, 8000, COMPLETED, .trying = 5 } },
	  { { "PDD_P50", 700, NONE, 1 },
	    { "SRD_P50", 700, NONE, 1 },
	    { "SETUP_P50", 700, NONE, 1 },
	    { "TTR_P50", 5, NONE, 1 },
	    { "NO_RINGBACK", 100, 1, 1 } } },
	{ "the capture's edges",
	  { { ANSWERED, 200, 100, 1000, 8000, COMPLETED, .at_s = 0 },
	    { FAILED, 503, NONE, NONE, 100, .at_s = 0 },
	    { ANSWERED, 200, 100, 1000, NONE, .cut = "end" },
	    { "in_progress", NONE, 100, NONE, NONE, .cut = "end" },
	    { "incomplete", NONE, NONE, NONE, 5000, .cut = "start" },
	    { "incomplete", NONE, NONE, NONE, NONE, .cut = "both" } },
	  { { "ATTEMPTS_MERGED", 2, 2, NONE },
	    { "CUT_START", 2, 2, NONE },
	    { "CUT_END", 3, 3, NONE },
	    { "ASR", 50, 1, 2 },
	    { "ASR_SEEN", 66.67, 2, 3 },
	    { "PDD_P50", 100, NONE, 1 },
	    { "ACD", 7, 7, 1 } } },
	{ "times that run backwards are none",
	  { { ANSWERED, 200, 100, 50, 40, COMPLETED, .disconnect_ms = -3 },
	    { ANSWERED, 200, 100, 1000, 8000, COMPLETED, .disconnect_ms = 5 } },
	  { { "CLOCK_ERRORS", 1, 1, NONE },
	    { "ASR", 100, 2, 2 },
	    { "ACD", 7, 7, 1 },
	    { "SDD_MAX", 5, NONE, 1 },
	    { "RING_P50", 0.9, NONE, 1 } } },
	{ "percentiles by nearest rank",
	  { { "busy", 486, 100, NONE, 900, .at_s = 0 },
	    { "busy", 486, 500, NONE, 900, .at_s = 0 },
	    { "busy", 486, 300, NONE, 900, .at_s = 0 },
	    { "busy", 486, 200, NONE, 900, .at_s = 0 },
	    { "busy", 486, 400, NONE, 900, .at_s = 0 } },
	  { { "PDD_MIN", 100, NONE, 5 },
	    { "PDD_MEAN", 300, NONE, 5 },
	    { "PDD_P50", 300, NONE, 5 },
	    { "PDD_P90", 500, NONE, 5 },
	    { "PDD_P99", 500, NONE, 5 },
	    { "PDD_MAX", 500, NONE, 5 } } },
	/* 0..10 s, 5..15 s, 15..20 s after their answers: the third begins when the second ends. 0..20.1 s are 21 seconds. */
	{ "calls at the same time",
	  { { ANSWERED, 200, NONE, 100, 10100, COMPLETED, .at_s = 0 },
	    { ANSWERED, 200, NONE, 100, 10100, COMPLETED, .at_s = 5 },
	    { ANSWERED, 200, NONE, 100, 5100, COMPLETED, .at_s = 15 } },
	  { { "CONCURRENT_PEAK", 2, 2, NONE },
	    { "CONCURRENT_MEAN", 25.0 / 21, 25, 21 },
	    { "ERLANG", 25.0 / 21, 25, 21 },
	    { "CPS_MEAN", 3.0 / 21, 3, 21 },
	    { "CPS_MAX", 1, NONE, 21 },
	    { "CPS_P95", 1, NONE, 21 },
	    { "BHCA", NAN, NONE, 0 },
	    { "BHCA_EST", 3 * 3600.0 / 21, 3, 21 } } },
	/* 0, 10, 61 and 69 min: the hour from 10 min on has three. The last ends at 4150 s. */
	{ "the busiest hour",
	  { { "busy", 486, NONE, NONE, 100, .at_s = 0 },
	    { ANSWERED, 200, NONE, 100, 36100, COMPLETED, .at_s = 600 },
	    { "busy", 486, NONE, NONE, 100, .at_s = 3660 },
	    { "busy", 486, NONE, NONE, 10000, .at_s = 4140 } },
	  { { "BHCA", 3, 3, 3600 },
	    { "BHCA_EST", NAN, NONE, 0 },
	    { "ERLANG", 0.01, 36, 3600 },
	    { "CPS_P95", 0, NONE, 4151 },
	    { "CONCURRENT_MEAN", 36.0 / 4151, 36, 4151 } } },
	{ "nothing",
	  { { NULL } },
	  { { "ASR", NAN, 0, 0 },
	    { "NER", NAN, 0, 0 },
	    { "ACD", NAN, 0, 0 },
	    { "PDD_P50", NAN, NONE, 0 },
	    { "CPS_MEAN", NAN, 0, 0 },
	    { "CPS_MAX", NAN, NONE, 0 },
	    { "IRA", NAN, 0, 0 },
	    { "FAS", NAN, 0, 0 },
	    { "CONCURRENT_PEAK", 0, 0, NONE } } },
};

START_TEST(figures_by_hand)
{
	struct err err = ERR_INIT;
	struct store *s = store_rows_of(cases[_i].rows);
	struct records *r = records_of(store_handle(s), &err);

	for (int i = 0; i < MAX_FIGURES && cases[_i].figures[i].name; i++)
		expect_figure(r, "all", cases[_i].name, &cases[_i].figures[i]);
	records_close(r);
	store_free(s);
}
END_TEST

static void expect_all(struct store *s, const char *scope, const struct kpi_figure *figures)
{
	struct err err = ERR_INIT;
	struct records *r = records_of(store_handle(s), &err);

	for (; figures->name; figures++)
		expect_figure(r, scope, scope, figures);
	records_close(r);
}

/* A minute belongs to the calls that began in it; its peak to all that were up. */
START_TEST(minutes)
{
	static const struct kpi_row rows[MAX_ROWS] = {
		{ ANSWERED, 200, 200, 1000, 91000, COMPLETED, .at_s = 40 }, /* 22:14:00 on */
		{ ANSWERED, 200, 100, 1000, 11000, COMPLETED, .at_s = 50 },
		{ FAILED, 503, NONE, NONE, 100, .at_s = 50 },
		{ "busy", 486, NONE, NONE, 100, .at_s = 100 }, /* 22:15:00 on */
		{ "in_progress", NONE, 100, NONE, NONE, .at_s = 101 },
		{ "busy", 486, NONE, NONE, 100, .at_s = 280 }, /* 22:18:00: nobody talks any more */
	};
	static const struct kpi_figure first[] = { { "ATTEMPTS_MERGED", 3, 3, NONE },
		                                   { "ASR", 66.67, 2, 3 },
		                                   { "ISA", 33.33, 1, 3 },
		                                   { "ACD", 50, 100, 2 },
		                                   { "PDD_P50", 100, NONE, 2 },
		                                   { "PDD_P95", 200, NONE, 2 },
		                                   { "CPS_MAX", 2, NONE, 60 },
		                                   { "CPS_MEAN", 0.05, 3, 60 },
		                                   { "CONCURRENT_PEAK", 2, 2, NONE },
		                                   { 0 } };
	static const struct kpi_figure second[] = { { "ATTEMPTS_MERGED", 1, 1, NONE },
		                                    { "CUT_END", 1, 1, NONE },
		                                    { "NER", 100, 1, 1 },
		                                    { "CONCURRENT_PEAK", 1, 1, NONE },
		                                    { 0 } };
	static const struct kpi_figure last[] = { { "CONCURRENT_PEAK", 0, 0, NONE }, { 0 } };
	struct store *s = store_rows_of(rows);

	expect_all(s, "minute:1700000040000000", first);
	expect_all(s, "minute:1700000100000000", second);
	expect_all(s, "minute:1700000280000000", last);
	store_free(s);
}
END_TEST

struct leg_row {
	int64_t id, forked_from;
	const char *kind, *state, *dst;
	int status, ring, answer, end;
};

static struct record_dialog dialog_of(const struct leg_row *row)
{
	return (struct record_dialog){
		.id = row->id,
		.run_id = 1,
		.call_id = 1,
		.kind = slice_str(row->kind),
		.state = slice_str(row->state),
		.dst = slice_str(row->dst),
		.start_us = T,
		.ring_us = after(T, row->ring),
		.answer_us = after(T, row->answer),
		.end_us = after(T, row->end),
		.final_status = row->status == NONE ? RECORD_NULL : row->status,
		.forked_from = row->forked_from ? row->forked_from : RECORD_NULL,
		.won = RECORD_NULL,
	};
}

static struct store *store_legs(const struct leg_row *legs)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call call = sample_call(1);

	ck_assert(store_call(s, &call, &err));
	for (; legs->id; legs++) {
		struct record_dialog d = dialog_of(legs);
		ck_assert(store_dialog(s, &d, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	return s;
}

#define A "192.0.2.1:5060"
#define B "[2001:db8::1]:5080"

/* Per leg: a trunk is where its first INVITE went, whatever the port; forks are one leg. */
START_TEST(trunks)
{
	static const struct leg_row legs[] = {
		{ 1, 0, "invite", "terminated", A, 200, 100, 1000, 9000 },
		{ 2, 0, "invite", "failed", A, 503, NONE, NONE, 50 },
		{ 3, 0, "invite", "failed", "192.0.2.1:5070", NONE, NONE, NONE, 32000 },
		{ 4, 0, "invite", "confirmed", A, 200, 100, 1000, NONE },
		{ 5, 0, "subscribe", "terminated", A, 200, NONE, 100, 9000 },
		{ 6, 0, "invite", "terminated", B, 200, 500, NONE, 3000 },
		{ 7, 6, "invite", "terminated", B, 200, 300, 2000, 12000 },
		{ 8, 6, "invite", "terminated", B, 200, 600, 3000, 3100 },
		{ 9, 0, "invite", "cancelled", B, 487, 200, NONE, 3000 },
		{ 0 },
	};
	static const struct kpi_figure a[] = { { "ATTEMPTS_MERGED", 3, 3, NONE },
		                               { "CUT_END", 1, 1, NONE },
		                               { "ASR", 33.33, 1, 3 },
		                               { "ISA", 66.67, 2, 3 },
		                               { "ACD", 8, 8, 1 },
		                               { "PDD_MAX", 100, NONE, 1 },
		                               { 0 } };
	static const struct kpi_figure b[] = { { "ATTEMPTS_MERGED", 2, 2, NONE },
		                               { "ASR", 50, 1, 2 },
		                               { "NER", 100, 2, 2 },
		                               { "ACD", 10, 10, 1 },
		                               { "PDD_MIN", 200, NONE, 2 },
		                               { "PDD_MAX", 300, NONE, 2 },
		                               { "SETUP_P50", 2000, NONE, 1 },
		                               { 0 } };
	struct store *s = store_legs(legs);

	expect_all(s, "trunk:192.0.2.1", a);
	expect_all(s, "trunk:2001:db8::1", b);
	store_free(s);
}
END_TEST

static const struct {
	const char *outcome;
	int status;
	double delay_ms;
	bool ended;
} registers[] = {
	{ "registered", 200, 40, true },   { "refreshed", 200, 20, false },
	{ "unregistered", 200, 15, true }, { "unauthorized", 401, 10, true },
	{ "rejected", 403, 10, true },     { "failed", 503, 10, true },
	{ "timed_out", NONE, NAN, true },  { "in_progress", NONE, NAN, true },
	{ "queried", 200, 5, true },       { "registered", 200, -5, false },
};

START_TEST(registrations)
{
	static const struct kpi_figure figures[] = {
		{ "REG_ATTEMPTS", 9, 9, NONE },
		{ "REG_CUT", 1, 1, NONE },
		{ "REG_SUCCESS", 42.86, 3, 7 }, /* without de-registration and query */
		{ "IRA", 33.33, 3, 9 }, /* a challenge is none */
		{ "RRD_MIN", 20, NONE, 2 },
		{ "RRD_MAX", 40, NONE, 2 },
		{ "REG_ACTIVE", 2, 2, NONE },
		{ "CLOCK_ERRORS", 1, 1, NONE },
		{ "ATTEMPTS_MERGED", 0, 0, NONE },
		{ 0 }
	};
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
		struct record_registration reg = {
			.id = (int64_t)i + 1,
			.run_id = 1,
			.time_us = T,
			.outcome = slice_str(registers[i].outcome),
			.final_status =
			        registers[i].status == NONE ? RECORD_NULL : registers[i].status,
			.delay_ms = registers[i].delay_ms,
			.ended_us = registers[i].ended ? T : RECORD_NULL,
		};
		reg.transaction_id = reg.capture_id = RECORD_NULL;
		ck_assert(store_registration(s, &reg, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	expect_all(s, "all", figures);
	store_free(s);
}
END_TEST

/* FAS: of the calls whose RTP was seen, those whose callee sent none in the first 10 s. */
START_TEST(false_answers)
{
	static const struct {
		const char *way; /* NULL: no stream */
		int first_ms, last_ms; /* after the answer */
	} streams[] = {
		{ "callee_to_caller", 20, 5000 },
		{ "caller_to_callee", 20, 5000 }, /* silent */
		{ "callee_to_caller", 10001, 15000 }, /* too late */
		{ "callee_to_caller", -900, -10 }, /* early media only */
		{ NULL, 0, 0 },
	};
	static const struct kpi_figure figures[] = { { "FAS", 75, 3, 4 }, { 0 } };
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < 5; i++) {
		struct record_call call = sample_call(i + 1);
		struct record_stream stream = sample_stream(i + 1);
		ck_assert(store_call(s, &call, &err));
		if (!streams[i].way)
			continue;
		stream.call_id = call.id;
		stream.dialog_id = RECORD_NULL;
		stream.direction = slice_str(streams[i].way);
		stream.first_us = after(call.answer_us, 0) + streams[i].first_ms * INT64_C(1000);
		stream.last_us = after(call.answer_us, 0) + streams[i].last_ms * INT64_C(1000);
		ck_assert(store_stream(s, &stream, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	expect_all(s, "all", figures);
	store_free(s);
}
END_TEST

/* More values than are kept exactly: 1, 2, ... 10000 ms. */
START_TEST(many_values)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < 10000; i++) {
		struct kpi_row row = {
			"busy", 486, (i * 7919) % 10000 + 1, NONE, 20000, .at_s = 0
		};
		struct record_call c = call_of(&row, i + 1);
		ck_assert(store_call(s, &c, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	struct records *r = records_of(store_handle(s), &err);
	struct query *q = query_new(r, &err,
	                            "SELECT name, value FROM kpi WHERE scope = 'all' AND name IN "
	                            "('PDD_P50', 'PDD_P90', 'PDD_P99') ORDER BY name");
	static const double exact[] = { 5000, 9000, 9900 };
	for (int i = 0; i < 3; i++) {
		ck_assert(query_step(q, &err));
		ck_assert_msg(fabs(query_real(q, 1) - exact[i]) <= 0.01 * exact[i], "%g for %g",
		              query_real(q, 1), exact[i]);
	}
	query_free(q);
	records_close(r);
	static const struct kpi_figure sums[] = { { "PDD_MIN", 1, NONE, 10000 },
		                                  { "PDD_MEAN", 5000.5, NONE, 10000 },
		                                  { "PDD_MAX", 10000, NONE, 10000 },
		                                  { 0 } };
	expect_all(s, "all", sums);
	store_free(s);
}
END_TEST

/* Addresses and times as a hostile capture may have them: bounded, and said. */
START_TEST(bounds)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < 11000; i++) {
		char dst[32];
		struct kpi_row row = { "busy", 486, NONE, NONE, 10, .at_s = i * 60 };
		struct record_call c = call_of(&row, i + 1);
		struct leg_row leg = { i + 1, 0, "invite", "failed", dst, 486, NONE, NONE, 10 };
		snprintf(dst, sizeof dst, "10.0.%d.%d:5060", i / 100 % 100, i % 100);
		struct record_dialog d = dialog_of(&leg);
		ck_assert(store_call(s, &c, &err) && store_dialog(s, &d, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	static const struct kpi_figure all[] = { { "ATTEMPTS_MERGED", 11000, 11000, NONE },
		                                 { "MINUTES_LEFT_OUT", 920, 920, NONE },
		                                 { 0 } };
	/* 10,000 addresses, 1,000 of them also among the last 1,000 legs. */
	static const struct kpi_figure others[] = { { "ATTEMPTS_MERGED", 9000, 9000, NONE },
		                                    { 0 } };
	expect_all(s, "all", all);
	expect_all(s, "trunk:others", others);
	store_free(s);
}
END_TEST

/* Any times: no trap, and no figure of them. */
START_TEST(hostile_times)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN + 1, 0, RECORD_NULL, T };
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < 625; i++) {
		struct record_call c = sample_call(i + 1);
		c.start_us = times[i % 5];
		c.ring_us = times[i / 5 % 5];
		c.answer_us = times[i / 25 % 5];
		c.end_us = times[i / 125];
		c.first_us = c.start_us == RECORD_NULL ? T : c.start_us;
		ck_assert(store_call(s, &c, &err));
	}
	ck_assert_msg(store_kpi(s, 1, &err) && store_finish(s, 1, &err), "%s", err.text);
	store_free(s);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		ck_assert_uint_lt(n, 1000);
		struct store *s = sample_create(NULL, &err);
		struct record_call call = sample_call(1);
		struct leg_row leg = { 1, 0, "invite", "failed", A, 486, 5, NONE, 10 };
		struct record_dialog d = dialog_of(&leg);
		err.code = ERR_NONE;
		mem_fail_after(n);
		done = store_call(s, &call, &err) && store_dialog(s, &d, &err) &&
		       store_kpi(s, 1, &err) && store_finish(s, 1, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		store_free(s);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_kpi(void);
Suite *suite_kpi(void)
{
	Suite *suite = suite_create("kpi");
	TCase *tcase = tcase_create("kpi");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, figures_by_hand, 0, COUNT(cases));
	tcase_add_test(tcase, minutes);
	tcase_add_test(tcase, trunks);
	tcase_add_test(tcase, registrations);
	tcase_add_test(tcase, false_answers);
	tcase_add_test(tcase, many_values);
	tcase_add_test(tcase, bounds);
	tcase_add_test(tcase, hostile_times);
	tcase_add_test(tcase, allocation_n_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
