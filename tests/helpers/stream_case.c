#include "tests/helpers/stream_case.h"

#include <check.h>
#include <stdio.h>

struct stream_lab lab;
struct call_media call_one, call_two;

void open_lab(void)
{
	ck_assert(stream_lab_open(&lab));
	call_media_init(&call_one, 1);
	call_media_init(&call_two, 2);
	lab.analysis.now_ns = INT64_C(1700000000) * NS_PER_S;
}

void end_lab(void)
{
	ck_assert_msg(streams_close_call(lab.streams, &call_one), "%s", lab.err.text);
	ck_assert_msg(streams_close_call(lab.streams, &call_two), "%s", lab.err.text);
	ck_assert_msg(streams_finish(lab.streams), "%s", lab.err.text);
	struct streams_counts c = streams_counts(lab.streams);
	ck_assert_uint_eq(c.live + c.probation, 0);
	ck_assert_uint_eq(c.accepted, c.written);
	ck_assert_uint_eq(c.created, c.written + c.probation_dropped);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams"), (int64_t)c.written);
	/* What holds for every stream, always. */
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams WHERE packets + lost <> "
	                               "expected OR longest_loss > lost"),
	                 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams s WHERE (packets, lost, "
	                               "coalesce(late, 0)) <> "
	                               "(SELECT sum(packets), sum(lost), coalesce(sum(late), 0) "
	                               "FROM stream_intervals i "
	                               "WHERE i.stream_id = s.id)"),
	                 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM stream_intervals WHERE lost < 0 OR "
	                               "packets < 0 OR late < 0"),
	                 0);
}

void close_lab(void)
{
	stream_lab_close(&lab);
}

int64_t one(const char *column)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT %s FROM streams", column);
	return lab_int(&lab, sql);
}

double one_real(const char *column)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT %s FROM streams", column);
	return lab_real(&lab, sql);
}

void expect_text(const char *sql, const char *want)
{
	char got[100];
	lab_text(&lab, sql, got, sizeof got);
	ck_assert_str_eq(got, want);
}

static size_t put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
	return 4;
}

struct slice sender_report(uint8_t *p, uint32_t ssrc, uint64_t ntp)
{
	size_t n = put32(p, 0x80c80006);

	n += put32(p + n, ssrc);
	n += put32(p + n, (uint32_t)(ntp >> 32));
	n += put32(p + n, (uint32_t)ntp);
	n += put32(p + n, 1);
	n += put32(p + n, 2);
	n += put32(p + n, 3);
	return slice_of(p, n);
}

struct slice receiver_report(uint8_t *p, uint32_t reporter, uint32_t source, uint32_t lsr,
                             uint32_t dlsr)
{
	size_t n = put32(p, 0x81c90007);

	n += put32(p + n, reporter);
	n += put32(p + n, source);
	n += put32(p + n, 64u << 24 | 7);
	n += put32(p + n, 1234);
	n += put32(p + n, 80);
	n += put32(p + n, lsr);
	n += put32(p + n, dlsr);
	return slice_of(p, n);
}
