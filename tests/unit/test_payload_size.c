/* Payload sizes that a codec may have, and the gaps that a stream keeps. */
#include "analyzer/streams/gaps.h"
#include "analyzer/streams/payload_size.h"

#include <check.h>

Suite *suite_payload_size(void);

static const struct {
	const char *codec;
	uint32_t clock_hz;
	size_t octets;
	uint32_t ticks;
	enum size_verdict verdict;
} cases[] = {
	{ "PCMU", 8000, 160, 160, SIZE_FITS },
	{ "PCMU", 8000, 80, 160, SIZE_FITS }, /* a wrong clock */
	{ "PCMU", 8000, 320, 160, SIZE_FITS },
	{ "PCMU", 8000, 20, 160, SIZE_IMPOSSIBLE },
	{ "PCMA", 8000, 33, 160, SIZE_IMPOSSIBLE },
	{ "PCMA", 8000, 164, 160, SIZE_UNKNOWN }, /* SRTP with a short tag? */
	{ "PCMA", 8000, 170, 160, SIZE_UNKNOWN },
	{ "PCMA", 8000, 165, 160, SIZE_IMPOSSIBLE },
	{ "PCMA", 16000, 160, 160, SIZE_UNKNOWN },
	{ "G729", 8000, 20, 160, SIZE_FITS },
	{ "G729", 8000, 12, 160, SIZE_FITS }, /* a frame and a silence description */
	{ "G729", 8000, 2, 0, SIZE_FITS },
	{ "G729", 8000, 160, 160, SIZE_IMPOSSIBLE },
	{ "G729", 8000, 23, 160, SIZE_IMPOSSIBLE },
	{ "GSM", 8000, 33, 160, SIZE_FITS },
	{ "GSM", 8000, 66, 320, SIZE_FITS },
	{ "GSM", 8000, 32, 160, SIZE_IMPOSSIBLE },
	{ "G723", 8000, 24, 240, SIZE_FITS },
	{ "G723", 8000, 20, 240, SIZE_FITS },
	{ "G723", 8000, 4, 240, SIZE_FITS },
	{ "G723", 8000, 44, 480, SIZE_FITS },
	{ "G723", 8000, 25, 240, SIZE_IMPOSSIBLE },
	{ "G723", 8000, 0, 240, SIZE_IMPOSSIBLE },
	{ "iLBC", 8000, 50, 240, SIZE_FITS },
	{ "iLBC", 8000, 38, 160, SIZE_FITS },
	{ "iLBC", 8000, 38, 240, SIZE_IMPOSSIBLE },
	{ "G722", 8000, 160, 160, SIZE_FITS },
	{ "opus", 48000, 7, 960, SIZE_UNKNOWN },
};

START_TEST(size_is_judged)
{
	const struct codec *codec = codec_by_name(slice_str(cases[_i].codec), cases[_i].clock_hz);

	ck_assert_ptr_nonnull(codec);
	ck_assert_msg(payload_size(codec, cases[_i].octets, cases[_i].ticks) == cases[_i].verdict,
	              "%s %d octets in %d ticks", cases[_i].codec, (int)cases[_i].octets,
	              (int)cases[_i].ticks);
}
END_TEST

START_TEST(longest_gaps_are_kept)
{
	static const int64_t lengths[] = { 3, 9, 2, 5, 1, 8, 4 };
	struct stream_gaps g = { 0 };
	int64_t sum = 0;

	for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
		gaps_add(&g, &(struct stream_gap){
		                     .from_ns = 100 * (int64_t)i,
		                     .end = { .time_ns = 100 * (int64_t)i + lengths[i] } });
	for (unsigned i = 0; i < g.kept; i++)
		sum += gap_length_ns(&g.gaps[i]);
	ck_assert_uint_eq(g.count, 7);
	ck_assert_uint_eq(g.kept, GAPS_KEPT);
	ck_assert_int_eq(sum, 9 + 8 + 5 + 4);
}
END_TEST

Suite *suite_payload_size(void)
{
	Suite *s = suite_create("payload_size");
	TCase *t = tcase_create("payload_size");

	tcase_add_loop_test(t, size_is_judged, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, longest_gaps_are_kept);
	suite_add_tcase(s, t);
	return s;
}
