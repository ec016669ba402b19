/* Matching, copies and time-outs, below the door: no calls, no dialogs. */
#include "analyzer/calls/transaction.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdio.h>

Suite *suite_transaction(void);

struct bench {
	struct sip_lab lab;
	struct transactions ts;
	struct sip_msg msg;
	char octets[4096];
};

static struct bench *bench_new(void)
{
	static struct bench b; /* large; each test runs alone */

	ck_assert(sip_lab_init(&b.lab));
	transactions_init(&b.ts, &b.lab.analysis);
	return &b;
}

static void bench_free(struct bench *b)
{
	ck_assert(transactions_check(&b->ts));
	transactions_release(&b->ts);
	sip_lab_release(&b->lab);
}

static struct transaction *feed(struct bench *b, const char *line, struct transaction_step *step)
{
	struct sip_origin origin;
	struct event ev;
	struct transaction *t;
	size_t n = sip_lab_message(line, &origin, b->octets, sizeof b->octets);

	ck_assert_int_eq(sip_msg_parse(slice_of(b->octets, n), &b->msg), PARSE_OK);
	event_init(&ev, &origin, &b->msg);
	ck_assert(sip_lab_pass(
	        &b->lab, (double)(origin.time_ns / NS_PER_MS - SIP_LAB_START_S * 1000) / 1000));
	ck_assert(transactions_message(&b->ts, &ev, &t, step));
	ck_assert(transactions_check(&b->ts));
	return t;
}

#define INVITE "0 a>b INVITE 1 INVITE b1 A -"

/* After an INVITE with branch b1: is this of the same transaction, and a copy? */
static const struct match {
	const char *line;
	bool same, copy;
} matches[] = {
	{ INVITE, true, true },
	{ "1 x>y INVITE 1 INVITE b1 A -", false, false }, /* another sent-by */
	{ "1 b>a 100 1 INVITE b1 A -", true, false },
	{ "1 b>a 486 1 INVITE b1 A B", true, false },
	{ "1 a>b ACK 1 ACK b1 A B", true, false },
	{ "1 a>b CANCEL 1 CANCEL b1 A -", false, false },
	{ "1 b>a 200 1 CANCEL b1 A -", false, false },
	{ "1 a>b INVITE 1 INVITE b2 A -", false, false },
	{ "1 a>b INVITE 2 INVITE b1 A -", false, false }, /* a constant branch */
	{ "1 a>b INVITE 1 INVITE b1 A - call=c2", false, false },
	{ "1 a>b BYE 1 BYE b1 A B", false, false },
};

START_TEST(match)
{
	struct bench *b = bench_new();
	struct transaction_step step;
	int64_t first = feed(b, INVITE, &step)->id;
	struct transaction *t;

	ck_assert(step.created && !step.retransmission);
	t = feed(b, matches[_i].line, &step);
	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(t->id == first, matches[_i].same);
	ck_assert_int_eq(step.created, !matches[_i].same);
	ck_assert_int_eq(step.retransmission, matches[_i].copy);
	bench_free(b);
}
END_TEST

/* RFC 3261 17.1.1.3: the ACK to a 2xx is outside. */
START_TEST(ack_to_2xx_is_none)
{
	struct bench *b = bench_new();
	struct transaction_step step;

	feed(b, INVITE, &step);
	feed(b, "1 b>a 200 1 INVITE b1 A B", &step);
	ck_assert(step.first_final);
	ck_assert_ptr_null(feed(b, "1.1 a>b ACK 1 ACK b2 A B", &step));
	ck_assert_uint_eq(b->ts.created, 1);
	bench_free(b);
}
END_TEST

START_TEST(forked_answers_are_no_copies)
{
	struct bench *b = bench_new();
	struct transaction_step step;
	struct transaction *t;

	feed(b, INVITE, &step);
	feed(b, "1 b>a 200 1 INVITE b1 A B1", &step);
	feed(b, "1 b>a 200 1 INVITE b1 A B2", &step);
	ck_assert(!step.retransmission && !step.first_final);
	t = feed(b, "1.5 b>a 200 1 INVITE b1 A B1 pad=x", &step);
	ck_assert(step.retransmission);
	ck_assert_uint_eq(t->retransmissions, 1);
	ck_assert_int_eq(t->final_status, 200);
	bench_free(b);
}
END_TEST

#define ROWS                                                                                       \
	"SELECT method, final_status, timed_out, retransmissions, request_us IS NULL FROM "        \
	"transactions ORDER BY id"

/* `pass`: seconds after the start when the rows that time has written are read. */
static const struct ageing {
	const char *name, *lines[4];
	double pass;
	const char *rows;
} ageings[] = {
	{ "timer B", { INVITE }, 65, "INVITE|-|1|0|0" },
	{ "not yet", { INVITE }, 63, "" },
	{ "timer F",
	  { "0 a>b OPTIONS 1 OPTIONS o A -", "1 b>a 100 1 OPTIONS o A -" },
	  70,
	  "OPTIONS|-|1|0|0" },
	{ "answered in time",
	  { "0 a>b OPTIONS 1 OPTIONS o A -", "31 b>a 200 1 OPTIONS o A B" },
	  64,
	  "OPTIONS|200|0|0|0" },
	{ "kept 5 s after the final",
	  { "0 a>b OPTIONS 1 OPTIONS o A -", "31 b>a 200 1 OPTIONS o A B" },
	  35.9,
	  "" },
	{ "and no longer",
	  { "0 a>b OPTIONS 1 OPTIONS o A -", "31 b>a 200 1 OPTIONS o A B" },
	  36.2,
	  "OPTIONS|200|0|0|0" },
	{ "a copy of the final keeps it",
	  { "0 a>b BYE 1 BYE o A B", "1 b>a 200 1 BYE o A B", "5 b>a 200 1 BYE o A B" },
	  9.9,
	  "" },
	{ "a copy of the request too",
	  { "0 a>b BYE 1 BYE o A B", "1 b>a 200 1 BYE o A B", "5 a>b BYE 1 BYE o A B" },
	  10.2,
	  "BYE|200|0|1|0" },
	{ "an ACK too",
	  { INVITE, "1 b>a 486 1 INVITE b1 A B", "5 a>b ACK 1 ACK b1 A B" },
	  9.9,
	  "" },
	{ "rings longer than timer B", { INVITE, "1 b>a 180 1 INVITE b1 A B" }, 120, "" },
	{ "timer C, generously", { INVITE, "1 b>a 180 1 INVITE b1 A B" }, 340, "INVITE|-|1|0|0" },
	{ "rings again and again",
	  { INVITE, "1 b>a 180 1 INVITE b1 A B", "200 b>a 180 1 INVITE b1 A B pad=x" },
	  499,
	  "" },
	{ "late final", { INVITE, "40 b>a 503 1 INVITE b1 A B" }, 73, "INVITE|503|1|0|0" },
	{ "slow T1: copies after 32 s",
	  { INVITE, "33 a>b INVITE 1 INVITE b1 A -", "50 b>a 200 1 INVITE b1 A B" },
	  83,
	  "INVITE|200|0|1|0" },
	{ "response only", { "0 b>a 200 1 BYE x A B" }, 40, "BYE|200|0|0|1" },
	{ "unknown method",
	  { "0 a>b DANCE 1 DANCE x A -", "1 b>a 501 1 DANCE x A B" },
	  40,
	  "DANCE|501|0|0|0" },
};

START_TEST(ageing)
{
	const struct ageing *a = &ageings[_i];
	struct bench *b = bench_new();
	struct transaction_step step;
	const char *rows;

	for (size_t i = 0; i < 4 && a->lines[i]; i++)
		feed(b, a->lines[i], &step);
	ck_assert(sip_lab_pass(&b->lab, a->pass));
	ck_assert(store_finish(b->lab.store, RECORD_NULL,
	                       &b->lab.err)); /* rows are kept back until then */
	rows = sip_lab_rows(&b->lab, ROWS);
	ck_assert_msg(!strcmp(rows, a->rows), "%s: '%s'", a->name, rows);
	bench_free(b);
}
END_TEST

/* RFC 3261 13.3.1.4: nobody acknowledges the 2xx, and it comes again for 64*T1, the last times every T2. */
START_TEST(unacknowledged_2xx_is_one_transaction)
{
	struct bench *b = bench_new();
	struct transaction_step step;
	char line[64];

	feed(b, INVITE, &step);
	feed(b, "1 b>a 200 1 INVITE b1 A B", &step);
	for (double at = 1.5, gap = 1; at <= 33; at += gap, gap = gap < 4 ? 2 * gap : 4) {
		snprintf(line, sizeof line, "%.1f b>a 200 1 INVITE b1 A B", at);
		ck_assert_int_eq(feed(b, line, &step)->id, 1);
		ck_assert(step.retransmission && !step.created);
	}
	ck_assert(sip_lab_pass(&b->lab, 60));
	ck_assert_uint_eq(b->ts.created, 1);
	ck_assert(store_finish(b->lab.store, RECORD_NULL, &b->lab.err));
	ck_assert_str_eq(sip_lab_rows(&b->lab, ROWS), "INVITE|200|0|10|0");
	bench_free(b);
}
END_TEST

/* After the INVITE, its 486 at 1 s (and an ACK where it says so), when the row is written. */
static const struct late {
	const char *line;
	bool acknowledged, same, copy;
} lates[] = {
	{ "20 a>b INVITE 1 INVITE b1 A -", true, true, true },
	{ "20 b>a 486 1 INVITE b1 A B", true, true, true },
	{ "20 b>a 486 1 INVITE b1 A C", true, true, false }, /* another fork */
	{ "20 b>a 100 1 INVITE b1 A -", true, true, true },
	{ "20 a>b ACK 1 ACK b1 A B", true, true, true },
	{ "20 a>b ACK 1 ACK b1 A B", false, true, false },
	{ "20 a>b INVITE 2 INVITE b1 A -", true, false, false },
	{ "20 a>b INVITE 1 INVITE b2 A -", true, false, false },
	{ "37 b>a 486 1 INVITE b1 A B", true, true, true },
	{ "45 b>a 486 1 INVITE b1 A B", true, false, false }, /* forgotten */
};

START_TEST(late_copies_are_known)
{
	const struct late *l = &lates[_i];
	struct bench *b = bench_new();
	struct transaction_step step;
	struct transaction *t;

	feed(b, INVITE, &step);
	feed(b, "1 b>a 486 1 INVITE b1 A B", &step);
	if (l->acknowledged)
		feed(b, "1.1 a>b ACK 1 ACK b1 A B", &step);
	ck_assert(sip_lab_pass(&b->lab, 10));
	ck_assert_uint_eq(b->ts.table.count, 0);
	t = feed(b, l->line, &step);
	ck_assert_int_eq(t->id == 1, l->same);
	ck_assert_int_eq(step.created, !l->same);
	ck_assert_int_eq(step.retransmission, l->copy);
	if (l->same) { /* once more, and it is one for certain */
		ck_assert_int_eq(feed(b, l->line, &step)->id, 1);
		ck_assert(step.retransmission);
	}
	bench_free(b);
}
END_TEST

START_TEST(finish_writes_what_is_open)
{
	struct bench *b = bench_new();
	struct transaction_step step;

	feed(b, INVITE, &step);
	feed(b, "1 a>b CANCEL 1 CANCEL b1 A -", &step);
	ck_assert(transactions_finish(&b->ts));
	ck_assert(store_finish(b->lab.store, RECORD_NULL, &b->lab.err));
	ck_assert_str_eq(sip_lab_rows(&b->lab, "SELECT id, method, branch, timed_out, src, dst "
	                                       "FROM transactions ORDER BY id"),
	                 "1|INVITE|z9hG4bKb1|0|192.0.2.1:5060|192.0.2.2:5060\n"
	                 "2|CANCEL|z9hG4bKb1|0|192.0.2.1:5060|192.0.2.2:5060");
	ck_assert_uint_eq(b->ts.table.count, 0);
	bench_free(b);
}
END_TEST

Suite *suite_transaction(void)
{
	Suite *s = suite_create("transaction");
	TCase *t = tcase_create("transaction");

	tcase_add_loop_test(t, match, 0, (int)(sizeof matches / sizeof *matches));
	tcase_add_test(t, ack_to_2xx_is_none);
	tcase_add_test(t, forked_answers_are_no_copies);
	tcase_add_loop_test(t, ageing, 0, (int)(sizeof ageings / sizeof *ageings));
	tcase_add_test(t, unacknowledged_2xx_is_one_transaction);
	tcase_add_loop_test(t, late_copies_are_known, 0, (int)(sizeof lates / sizeof *lates));
	tcase_add_test(t, finish_writes_what_is_open);
	suite_add_tcase(s, t);
	return s;
}
