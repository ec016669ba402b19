/* The vectors of docs/scores.md: R to 0.001, MOS to 0.0001, impairments as printed there. */
#include "analyzer/score/emodel.h"

#include <check.h>
#include <math.h>

static void near(double got, double want, double tolerance, const char *name, const char *what)
{
	/* Half of the last printed digit is the rounding of the expected value. */
	ck_assert_msg(fabs(got - want) <= tolerance, "%s: %s is %.6f, not %.6f", name, what, got,
	              want);
}

static const struct passive_case {
	const char *name;
	enum mos_scale scale;
	double ie, bpl, ta, ppl, burst_r;
	double id, ie_eff, r, mos;
} passive[] = {
	{ "G.711 PLC", MOS_NB, 0, 25.1, 0, 0, 1, 0, 0, 93.206, 4.4094 },
	{ "G.711 PLC, 150 ms", MOS_NB, 0, 25.1, 150, 0, 1, 0.164, 0, 93.043, 4.4062 },
	{ "G.711 PLC, 200 ms", MOS_NB, 0, 25.1, 200, 0, 1, 3.044, 0, 90.162, 4.3429 },
	{ "G.711 PLC, 400 ms", MOS_NB, 0, 25.1, 400, 0, 1, 24.070, 0, 69.136, 3.5562 },
	{ "G.711 PLC, 1 %", MOS_NB, 0, 25.1, 0, 1, 1, 0, 3.640, 89.566, 4.3282 },
	{ "G.711 PLC, 5 %", MOS_NB, 0, 25.1, 0, 5, 1, 0, 15.781, 77.425, 3.9231 },
	{ "G.711 PLC, 5 % in bursts", MOS_NB, 0, 25.1, 0, 5, 2, 0, 17.210, 75.996, 3.8641 },
	{ "G.711 PLC, 10 % in bursts", MOS_NB, 0, 25.1, 0, 10, 4, 0, 34.420, 58.786, 3.0369 },
	{ "G.711 PLC, all of it", MOS_NB, 0, 25.1, 250, 3, 2, 8.917, 10.714, 73.575, 3.7599 },
	{ "G.711, 1 %", MOS_NB, 0, 4.3, 0, 1, 1, 0, 17.925, 75.282, 3.8339 },
	{ "G.711, 5 %", MOS_NB, 0, 4.3, 0, 5, 1, 0, 51.075, 42.131, 2.1696 },
	{ "G.711, 20 %", MOS_NB, 0, 4.3, 0, 20, 1, 0, 78.189, 15.017, 1.1237 },
	{ "G.729A", MOS_NB, 11, 19, 0, 0, 1, 0, 11, 82.206, 4.1046 },
	{ "G.729A, 150 ms, 1 %", MOS_NB, 11, 19, 150, 1, 1, 0.164, 15.200, 77.843, 3.9399 },
	{ "G.729A, 10 %", MOS_NB, 11, 19, 0, 10, 1, 0, 39.966, 53.241, 2.7456 },
	{ "G.723.1, 2 %", MOS_NB, 15, 16.1, 0, 2, 1, 0, 23.840, 69.366, 3.5671 },
	{ "G.723.1, 300 ms", MOS_NB, 15, 16.1, 300, 0, 1, 14.761, 15, 63.446, 3.2765 },
	{ "GSM-EFR, 2 %", MOS_NB, 5, 10, 0, 2, 1, 0, 20, 73.206, 3.7435 },
	{ "AMR-WB 12.65, one ear", MOS_WB, 13, 4.3, 0, 0, 1, 0, 13, 116, 4.3371 },
	{ "AMR-WB 12.65, two ears, 2 %", MOS_WB, 20, 4.3, 0, 2, 1, 0, 43.810, 85.190, 3.4062 },
	{ "AMR-WB 6.6, one ear", MOS_WB, 41, 4.3, 0, 0, 1, 0, 41, 88, 3.5123 },
	{ "AMR-WB 6.6, two ears", MOS_WB, 56, 4.3, 0, 0, 1, 0, 56, 73, 2.9220 },
	{ "EVS 24.4", MOS_FB, 7.2, 11.4, 0, 0, 1, 0, 7.2, 140.8, 4.4436 },
	{ "EVS 24.4, 2 %", MOS_FB, 7.2, 11.4, 0, 2, 1, 0, 25.827, 122.173, 4.1166 },
};

START_TEST(passive_probe)
{
	const struct passive_case *k = &passive[_i];
	struct codec codec = { .scale = k->scale, .scored = true, .ie = k->ie, .bpl = k->bpl };
	double r = emodel_passive_r(&codec, k->ppl / 100, k->burst_r, k->ta);

	near(r, k->r, 0.0006, k->name, "R");
	near(emodel_mos(r, k->scale), k->mos, 0.00006, k->name, "MOS");
	if (k->scale != MOS_FB) {
		near(emodel_idd(k->ta), k->id, 0.0006, k->name, "Idd");
		near(emodel_ie_eff(k->ie, k->bpl, k->ppl, k->burst_r), k->ie_eff, 0.0006, k->name,
		     "Ie,eff");
	} else {
		near(148 - r, k->ie_eff, 0.0006, k->name, "Ie,eff");
	}
	/* The passive score is the full model with its defaults. */
	if (k->scale == MOS_NB) {
		struct emodel_input in;
		struct emodel_output out;
		emodel_defaults(&in);
		in.ie = k->ie, in.bpl = k->bpl, in.ta = k->ta, in.ppl = k->ppl,
		in.burst_r = k->burst_r;
		emodel_full(&in, &out);
		near(out.r, r, 1e-9, k->name, "R of the full model");
	}
}
END_TEST

START_TEST(at_the_defaults)
{
	struct emodel_input in;
	struct emodel_output out;

	emodel_defaults(&in);
	emodel_full(&in, &out);
	near(out.no, -61.1792, 0.00006, "defaults", "No");
	near(out.ro, 94.7688, 0.00006, "defaults", "Ro");
	near(out.iolr, 0.4402, 0.00006, "defaults", "Iolr");
	near(out.ist, -0.0007, 0.00006, "defaults", "Ist");
	near(out.iq, 0.9741, 0.00006, "defaults", "Iq");
	near(out.is, 1.4136, 0.00006, "defaults", "Is");
	near(out.idte, 0, 0, "defaults", "Idte");
	near(out.idle, 0.1490, 0.00006, "defaults", "Idle");
	near(out.idd, 0, 0, "defaults", "Idd");
	near(out.id, out.idle, 0, "defaults", "Id");
	near(out.ie_eff, 0, 0, "defaults", "Ie,eff");
	near(out.r, 93.2062077233, 1e-9, "defaults", "R");
	near(emodel_clean_r(MOS_NB), out.r, 1e-9, "defaults", "R of a clean connection");
}
END_TEST

#define SAME NAN /* as at the defaults, or not told */

static const struct full_case {
	const char *name;
	double t, ta, tr, telr, wepl, stmr, qdu, ps, pr, st, mt;
	double ro, is, idte, idle, idd, r;
} full[] = {
	{ "100 ms with echo", 100, 100, 200, SAME, SAME, SAME, SAME, SAME, SAME, SAME, SAME,
	  94.7688, 1.4136, 1.9638, 0.7277, 0, 90.6637 },
	{ "150 ms with loud echo", 150, 150, 300, 50, SAME, SAME, SAME, SAME, SAME, SAME, SAME,
	  SAME, 1.4136, 19.0623, 0.8407, 0.1635, 73.2887 },
	{ "qdu 4", SAME, SAME, SAME, SAME, SAME, SAME, 4, SAME, SAME, SAME, SAME, SAME, 6.4166,
	  SAME, SAME, SAME, 88.2031 },
	{ "noisy rooms", SAME, SAME, SAME, SAME, SAME, SAME, SAME, 55, 55, SAME, SAME, 80.4049,
	  SAME, SAME, SAME, SAME, 79.1469 },
	{ "listener echo", SAME, SAME, 100, SAME, 30, SAME, SAME, SAME, SAME, SAME, SAME, SAME,
	  SAME, SAME, 5.1345, SAME, 88.2208 },
	{ "loud sidetone", 20, 20, 40, SAME, SAME, 8, SAME, SAME, SAME, SAME, SAME, SAME, SAME,
	  SAME, SAME, SAME, 92.2204 },
	{ "faint sidetone", 50, 50, 100, SAME, SAME, 22, SAME, SAME, SAME, SAME, SAME, SAME, SAME,
	  SAME, SAME, SAME, 90.5370 },
	{ "low delay sensitivity", SAME, 300, SAME, SAME, SAME, SAME, SAME, SAME, SAME, .55, 120,
	  SAME, SAME, SAME, SAME, 10.0942, 83.1120 },
};

static void override(double *field, double value)
{
	if (!isnan(value))
		*field = value;
}

static void near_if_told(double got, double want, const char *name, const char *what)
{
	if (!isnan(want))
		near(got, want, 0.00006, name, what);
}

START_TEST(full_model)
{
	const struct full_case *k = &full[_i];
	struct emodel_input in;
	struct emodel_output out;

	emodel_defaults(&in);
	override(&in.t, k->t);
	override(&in.ta, k->ta);
	override(&in.tr, k->tr);
	override(&in.telr, k->telr);
	override(&in.wepl, k->wepl);
	override(&in.stmr, k->stmr);
	in.dr = 18 - in.stmr; /* LSTR stays at its default of 18 dB */
	override(&in.qdu, k->qdu);
	override(&in.ps, k->ps);
	override(&in.pr, k->pr);
	override(&in.st, k->st);
	override(&in.mt, k->mt);
	emodel_full(&in, &out);
	near_if_told(out.ro, k->ro, k->name, "Ro");
	near_if_told(out.is, k->is, k->name, "Is");
	near_if_told(out.idte, k->idte, k->name, "Idte");
	near_if_told(out.idle, k->idle, k->name, "Idle");
	near_if_told(out.idd, k->idd, k->name, "Idd");
	near_if_told(out.r, k->r, k->name, "R");
}
END_TEST

START_TEST(advantage_adds)
{
	struct emodel_input in;
	struct emodel_output out;

	emodel_defaults(&in);
	in.a = 10;
	emodel_full(&in, &out);
	near(out.r, 103.2062077233, 1e-9, "A = 10", "R");
}
END_TEST

static const struct {
	double r, mos;
} mos_points[] = {
	{ 93.2, 4.4093 }, { 90, 4.3390 }, { 80, 4.0240 }, { 70, 3.5970 },
	{ 60, 3.1000 },   { 50, 2.5750 }, { 0, 1 },       { -5, 1 },
	{ 3, 1 },         { 6.5, 1 },     { 100, 4.5 },   { 120, 4.5 },
};

START_TEST(r_to_mos)
{
	near(emodel_mos(mos_points[_i].r, MOS_NB), mos_points[_i].mos, 0.00006, "narrowband",
	     "MOS");
	near(emodel_mos(1.29 * mos_points[_i].r, MOS_WB), mos_points[_i].mos, 0.00006, "wideband",
	     "MOS");
	near(emodel_mos(1.48 * mos_points[_i].r, MOS_FB), mos_points[_i].mos, 0.00006, "fullband",
	     "MOS");
}
END_TEST

START_TEST(mos_to_r_and_back)
{
	for (double r = 6.6; r <= 100; r += 0.1)
		near(emodel_r_of_mos(emodel_mos(r, MOS_NB)), r, 1e-6, "inverse", "R");
	near(emodel_r_of_mos(4.5), 100, 1e-6, "inverse", "R");
	near(emodel_mos(emodel_r_of_mos(1), MOS_NB), 1, 1e-6, "inverse", "MOS");
	near(emodel_r_of_mos(0), emodel_r_of_mos(1), 0, "clamped", "R");
	near(emodel_r_of_mos(7), emodel_r_of_mos(4.5), 0, "clamped", "R");
}
END_TEST

START_TEST(burst_ratio)
{
	near(emodel_usable_burst_r(25.1, 2), 2, 0, "Bpl 25.1", "BurstR");
	near(emodel_usable_burst_r(25.1, 9), 4, 0, "capped", "BurstR");
	near(emodel_usable_burst_r(16, 2), 2, 0, "Bpl 16", "BurstR");
	near(emodel_usable_burst_r(15.9, 2), 1, 0, "Bpl under 16", "BurstR");
	near(emodel_usable_burst_r(25.1, 0.5), 1, 0, "under 1", "BurstR");
	near(emodel_usable_burst_r(25.1, NAN), 1, 0, "not measured", "BurstR");
}
END_TEST

START_TEST(bounds)
{
	struct codec codec = { .scale = MOS_NB, .scored = true, .ie = 50, .bpl = 4.3 };

	near(emodel_passive_r(&codec, 1, 1, 5000), 0, 0, "everything lost", "R");
	near(emodel_passive_r(&codec, -0.5, 1, -1), emodel_passive_r(&codec, 0, 1, -1), 0,
	     "loss below 0", "R");
	near(emodel_passive_r(&codec, 7, 1, -1), emodel_passive_r(&codec, 1, 1, -1), 0,
	     "loss above 1", "R");
	near(emodel_passive_r(&codec, NAN, 1, NAN), emodel_passive_r(&codec, 0, 1, -1), 0,
	     "unknown", "R");
	codec.scored = false;
	ck_assert(isnan(emodel_passive_r(&codec, 0, 1, -1)));
}
END_TEST

START_TEST(delay_on_each_scale)
{
	struct codec codec = { .scale = MOS_WB, .scored = true };

	near(emodel_passive_r(&codec, 0, 1, 200), 129 - emodel_idd(200), 1e-9, "wideband", "R");
	codec.scale = MOS_FB;
	near(emodel_passive_r(&codec, 0, 1, 200), 148 - 1.48 * emodel_idd(200), 1e-9, "fullband",
	     "R");
	near(emodel_passive_r(&codec, 0, 1, -1), 148, 1e-9, "fullband, delay unknown", "R");
}
END_TEST

/* More loss, more delay or longer bursts never raise a score. */
START_TEST(monotonous)
{
	const struct codec *codec;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		if (!codec->scored)
			continue;
		double before = INFINITY;
		for (int step = 0; step <= 100; step++) {
			double x = step / 100.0;
			double r = emodel_passive_r(codec, x, 1 + 3 * x, 1000 * x);
			ck_assert_msg(r <= before && r >= 0, "%s", codec->name);
			before = r;
		}
	}
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test(t, test, 0, sizeof table / sizeof table[0])

Suite *suite_emodel(void)
{
	Suite *s = suite_create("emodel");
	TCase *t = tcase_create("emodel");

	LOOP(t, passive_probe, passive);
	LOOP(t, full_model, full);
	LOOP(t, r_to_mos, mos_points);
	tcase_add_test(t, at_the_defaults);
	tcase_add_test(t, advantage_adds);
	tcase_add_test(t, mos_to_r_and_back);
	tcase_add_test(t, burst_ratio);
	tcase_add_test(t, bounds);
	tcase_add_test(t, delay_on_each_scale);
	tcase_add_test(t, monotonous);
	suite_add_tcase(s, t);
	return s;
}
