/* Speech level of known signals (ITU-T P.56), and what frames say of a stream's sound. */
#include "analyzer/audio/speech_level.h"

#include "analyzer/audio/levels.h"
#include "base/mem.h"
#include "tests/helpers/pcm.h"

#include <check.h>
#include <math.h>

struct level_case {
	unsigned rate;
	double dbov, on_ms, off_ms; /* repeated for 20 s */
	double activity; /* hangover of 200 ms and smoothing included */
};

/* Of a sine with pauses P.56 counts 200 ms of hangover and some 60 ms of decay as active: those of 2 s and 5 s make it visible. */
static const struct level_case levels[] = {
	{ 8000, -26, 1000, 0, 1 },         { 8000, -26, 5000, 5000, 0.527 },
	{ 16000, -26, 5000, 5000, 0.527 }, { 48000, -26, 5000, 5000, 0.527 },
	{ 8000, -10, 5000, 5000, 0.527 },  { 8000, -40, 5000, 5000, 0.527 },
	{ 8000, -26, 2000, 2000, 0.567 },  { 11025, -26, 5000, 5000, 0.527 },
};

START_TEST(level_of_sines)
{
	const struct level_case *c = &levels[_i];
	struct speech_level s = { 0 };
	struct pcm p;

	pcm_init(&p, c->rate);
	for (double ms = 0; ms < 20000; ms += c->on_ms + c->off_ms) {
		pcm_sine(&p, c->on_ms, 1000, c->dbov);
		pcm_silence(&p, c->off_ms);
	}
	for (size_t i = 0; i < p.count; i += 160)
		speech_push(&s, p.samples + i, p.count - i < 160 ? p.count - i : 160, c->rate);
	struct speech_activity a = speech_measure(&s);
	double duty = c->on_ms / (c->on_ms + c->off_ms);
	ck_assert_double_eq_tol(a.mean_dbov, c->dbov + 10 * log10(duty), 0.02);
	ck_assert_double_eq_tol(a.activity, c->activity, 0.01);
	/* The active level spreads the same energy over the active time. */
	ck_assert_double_eq_tol(a.active_dbov, c->dbov + 10 * log10(duty / c->activity), 0.1);
	pcm_release(&p);
}
END_TEST

START_TEST(level_of_noise_and_of_nothing)
{
	struct speech_level s = { 0 };
	struct speech_activity a = speech_measure(&s);
	struct pcm p;

	ck_assert(isnan(a.activity) && isnan(a.active_dbov));
	pcm_init(&p, 8000);
	pcm_silence(&p, 1000);
	speech_push(&s, p.samples, p.count, 8000);
	a = speech_measure(&s);
	ck_assert(a.activity == 0 && isnan(a.active_dbov) && isnan(a.mean_dbov));
	pcm_noise(&p, 10000, -50);
	s = (struct speech_level){ 0 };
	speech_push(&s, p.samples + 8000, p.count - 8000, 8000);
	a = speech_measure(&s);
	ck_assert_double_eq_tol(a.active_dbov, -50, 0.1);
	ck_assert_double_eq_tol(a.activity, 1, 0.02);
	pcm_release(&p);
}
END_TEST

/* ---- frames ---- */

static struct level_facts facts_of(const struct pcm *p, double threshold_dbov)
{
	struct levels s = { 0 };

	for (size_t i = 0; i < p->count; i += 200)
		ck_assert(levels_push(&s, (int64_t)((double)i * 1e9 / p->rate), p->samples + i,
		                      p->count - i < 200 ? p->count - i : 200, p->rate, true));
	struct level_facts f = levels_measure(&s, threshold_dbov);
	levels_release(&s);
	return f;
}

START_TEST(frames_of_a_talk)
{
	static const unsigned rates[] = { 8000, 16000, 48000, 11025 };
	struct pcm p;

	pcm_init(&p, rates[_i]);
	pcm_noise(&p, 1000, -70); /* dead air is from 2 s on */
	pcm_sine(&p, 600, 500, -20);
	pcm_noise(&p, 160, -70); /* within the spurt */
	pcm_sine(&p, 240, 500, -20);
	pcm_noise(&p, 3000, -70);
	pcm_sine(&p, 1000, 500, -20);
	pcm_noise(&p, 5000, -70);
	pcm_sine(&p, 20, 500, -20); /* a click */
	pcm_noise(&p, 980, -70);
	struct level_facts f = facts_of(&p, -36);
	ck_assert_double_eq_tol(f.noise_dbov, -70, 0.5);
	ck_assert_double_eq_tol(f.peak_dbov, -16.99, 0.1);
	ck_assert_int_eq(f.first_ns, NS_PER_S);
	ck_assert_int_eq(f.active_ns, 2 * NS_PER_S);
	ck_assert_int_eq(f.dead_spans, 2);
	ck_assert_int_eq(f.longest_dead_ns / (100 * NS_PER_MS), 50);
	ck_assert_int_eq(f.dead_ns, 8 * NS_PER_S);
	ck_assert(f.clipped_ratio == 0);
	pcm_release(&p);
}
END_TEST

START_TEST(clipped_samples)
{
	struct pcm p;

	pcm_init(&p, 8000);
	pcm_sine(&p, 1000, 500, -4);
	ck_assert(facts_of(&p, NAN).clipped_ratio == 0);
	/* Four times full scale, 16 samples a turn: |sin| is above 0.25 but for every eighth sample. */
	pcm_scale(&p, 4.5);
	ck_assert_double_eq_tol(facts_of(&p, NAN).clipped_ratio, 7.0 / 8, 0.01);
	pcm_release(&p);
}
END_TEST

START_TEST(time_without_sound)
{
	struct levels s = { 0 };
	struct pcm p;
	struct level_facts f;

	pcm_init(&p, 8000);
	pcm_sine(&p, 1000, 500, -20);
	ck_assert(levels_push(&s, 5 * NS_PER_S, p.samples, p.count, 8000, true));
	/* Ten seconds later; and a pause of the sender is neither dead air nor noise. */
	ck_assert(levels_push(&s, 15 * NS_PER_S, p.samples, p.count, 8000, true));
	pcm_scale(&p, 0);
	for (int i = 0; i < 5; i++)
		ck_assert(levels_push(&s, (16 + i) * NS_PER_S, p.samples, p.count, 8000, false));
	ck_assert_uint_eq(s.count, 16 * 50);
	f = levels_measure(&s, NAN);
	ck_assert_int_eq(f.active_ns, 2 * NS_PER_S);
	ck_assert_int_eq(f.dead_spans, 0);
	ck_assert_int_eq(f.quiet_ns, 0);
	ck_assert(isnan(f.noise_dbov));
	levels_release(&s);
	pcm_release(&p);
}
END_TEST

START_TEST(no_memory_for_frames)
{
	struct levels s = { 0 };
	int16_t second[8000] = { 0 };
	bool ok = true;

	mem_fail_after(1);
	for (int i = 0; i < 60 && ok; i++)
		ok = levels_push(&s, i * NS_PER_S, second, 8000, 8000, true);
	mem_fail_after(UINT64_MAX);
	ck_assert(!ok);
	levels_release(&s);
}
END_TEST

Suite *suite_speech_level(void);
Suite *suite_speech_level(void)
{
	Suite *s = suite_create("speech_level");
	TCase *t = tcase_create("level");

	tcase_add_loop_test(t, level_of_sines, 0, (int)(sizeof levels / sizeof *levels));
	tcase_add_test(t, level_of_noise_and_of_nothing);
	tcase_add_loop_test(t, frames_of_a_talk, 0, 4);
	tcase_add_test(t, clipped_samples);
	tcase_add_test(t, time_without_sound);
	tcase_add_test(t, no_memory_for_frames);
	suite_add_tcase(s, t);
	return s;
}
