#include "analyzer/score/emodel.h"

#include <assert.h>
#include <math.h>

/* R of a clean connection on each scale. The narrowband one is emodel_full() of the defaults, idle noise and listener echo
 * included; a test holds the two together. G.107.1 and G.107.2 give the others. */
#define R_CLEAN_NB 93.2062077233
#define R_CLEAN_WB 129.0
#define R_CLEAN_FB 148.0

/* Full-scale impairment by loss: 95 on the narrow and wideband scales, 132 on fullband, G.107.2. */
#define IE_FULL    95.0
#define IE_FULL_FB 132.0

/* G.107 admits BurstR over 1 only for codecs that conceal with memory, Bpl 16 and up. The cap is ours: with longer bursts the formula
 * runs far below R = 0. */
#define BPL_BURSTY  16.0
#define BURST_R_MAX 4.0

void emodel_defaults(struct emodel_input *in)
{
	*in = (struct emodel_input){
		.slr = 8,
		.rlr = 2,
		.stmr = 15,
		.dr = 3,
		.ds = 3,
		.telr = 65,
		.wepl = 110,
		.qdu = 1,
		.bpl = 4.3,
		.burst_r = 1,
		.nc = -70,
		.nfor = -64,
		.ps = 35,
		.pr = 35,
		.st = 1,
		.mt = 100,
	};
}

static double power_of_db(double db)
{
	return pow(10, db / 10);
}

static double db_of_power(double power)
{
	return 10 * log10(power);
}

/* The rounded maximum that G.107 draws between two straight lines: (1 + x^n)^(1/n). */
static double knee(double x, double n)
{
	return pow(1 + pow(x, n), 1 / n);
}

/* No of G.107: circuit noise, room noise of both sides and the noise floor, as one power at the 0 dBr point. */
static double noise_sum(const struct emodel_input *in)
{
	double olr = in->slr + in->rlr, lstr = in->stmr + in->dr;
	double send = in->ps - olr - in->ds - 14;
	double nos = in->ps - in->slr - in->ds - 100 + 0.004 * send * send;
	double pre = in->pr + db_of_power(1 + power_of_db(10 - lstr));
	double nor = in->rlr - 121 + pre + 0.008 * (pre - 35) * (pre - 35);
	double nfo = in->nfor + in->rlr;

	return db_of_power(power_of_db(in->nc) + power_of_db(nos) + power_of_db(nor) +
	                   power_of_db(nfo));
}

/* Iolr: too loud a connection. */
static double impairment_loudness(const struct emodel_input *in, double no)
{
	double x = (in->slr + in->rlr + 0.2 * (64 + no - in->rlr)) / 8;

	return 20 * (knee(x, 8) - x);
}

/* Ist: sidetone, with the echo that joins it. */
static double impairment_sidetone(const struct emodel_input *in)
{
	double stmr_o =
	        -db_of_power(power_of_db(-in->stmr) + exp(-in->t / 4) * power_of_db(-in->telr));

	return 12 * knee((stmr_o - 13) / 6, 8) - 28 * knee((stmr_o + 1) / 19.4, 35) -
	       13 * knee((stmr_o - 3) / 33, 13) + 29;
}

/* Iq: quantizing distortion. */
static double impairment_quantizing(const struct emodel_input *in, double ro)
{
	double q = 37 - 15 * log10(in->qdu);
	double g = 1.07 + 0.258 * q + 0.0602 * q * q;
	double y = (ro - 100) / 15 + 46 / 8.4 - g / 9;
	double z = 46.0 / 30 - g / 40;

	return 15 * log10(1 + pow(10, y) + pow(10, z));
}

/* Half of the hyperbola that both echo impairments use: 0 far below, x far above, `bend` the width of the bend. */
static double hyperbola(double x, double bend)
{
	return x / 2 + sqrt(x * x / 4 + bend);
}

/* Idte. Under 1 ms the echo counts as sidetone. */
static double impairment_talker_echo(const struct emodel_input *in, double no, double ist)
{
	if (in->t < 1)
		return 0;

	double terv = in->telr - 40 * log10((1 + in->t / 10) / (1 + in->t / 150)) +
	              6 * exp(-0.3 * in->t * in->t);
	if (in->stmr < 9)
		terv += ist / 2;
	double re = 80 + 2.5 * (terv - 14);
	double roe = -1.5 * (no - in->rlr);
	double idte = (hyperbola(roe - re, 100) - 1) * (1 - exp(-in->t));
	return in->stmr > 20 ? sqrt(idte * idte + ist * ist) : idte;
}

/* Idle. */
static double impairment_listener_echo(const struct emodel_input *in, double ro)
{
	double rle = 10.5 * (in->wepl + 7) * pow(in->tr + 1, -0.25);

	return hyperbola(ro - rle, 169);
}

/* Idd: what delay alone does, beyond mt. */
static double impairment_delay(double ta, double st, double mt)
{
	if (!(ta > mt))
		return 0;
	double x = log2(ta / mt), n = 6 * st;
	return 25 * (knee(x, n) - 3 * knee(x / 3, n) + 2);
}

void emodel_full(const struct emodel_input *in, struct emodel_output *out)
{
	out->no = noise_sum(in);
	out->ro = 15 - 1.5 * (in->slr + out->no);

	out->iolr = impairment_loudness(in, out->no);
	out->ist = impairment_sidetone(in);
	out->iq = impairment_quantizing(in, out->ro);
	out->is = out->iolr + out->ist + out->iq;

	out->idte = impairment_talker_echo(in, out->no, out->ist);
	out->idle = impairment_listener_echo(in, out->ro);
	out->idd = impairment_delay(in->ta, in->st, in->mt);
	out->id = out->idte + out->idle + out->idd;

	out->ie_eff = emodel_ie_eff(in->ie, in->bpl, in->ppl, in->burst_r);
	out->r = out->ro - out->is - out->id - out->ie_eff + in->a;
}

double emodel_idd(double ta)
{
	return impairment_delay(ta, 1, 100);
}

static double loss_impairment(double ie, double full, double bpl, double ppl, double burst_r)
{
	if (!(ppl > 0))
		return ie;
	/* BurstR divides the Ppl of the denominator only. */
	return ie + (full - ie) * ppl / (ppl / burst_r + bpl);
}

double emodel_ie_eff(double ie, double bpl, double ppl, double burst_r)
{
	return loss_impairment(ie, IE_FULL, bpl, ppl, burst_r);
}

double emodel_usable_burst_r(double bpl, double burst_r)
{
	if (bpl < BPL_BURSTY || !(burst_r > 1))
		return 1;
	return fmin(burst_r, BURST_R_MAX);
}

double emodel_clean_r(enum mos_scale scale)
{
	static const double clean[] = {
		[MOS_NB] = R_CLEAN_NB, [MOS_WB] = R_CLEAN_WB, [MOS_FB] = R_CLEAN_FB
	};

	assert((size_t)scale < sizeof clean / sizeof clean[0]);
	return clean[scale];
}

double emodel_codec_ie_eff(const struct codec *codec, double loss, double burst_r)
{
	double ppl = 100 * fmin(fmax(loss, 0), 1);

	if (codec->scale == MOS_FB) /* G.107.2 has no BurstR */
		return loss_impairment(codec->ie, IE_FULL_FB, codec->bpl, ppl, 1);
	return emodel_ie_eff(codec->ie, codec->bpl, ppl,
	                     emodel_usable_burst_r(codec->bpl, burst_r));
}

double emodel_codec_idd(const struct codec *codec, double delay_ms)
{
	double idd = delay_ms >= 0 ? emodel_idd(delay_ms) : 0;

	/* G.107.2 stretches the delay term with the scale. */
	return codec->scale == MOS_FB ? idd * (R_CLEAN_FB / 100) : idd;
}

double emodel_passive_r(const struct codec *codec, double loss, double burst_r, double delay_ms)
{
	if (!codec->scored)
		return NAN;

	double clean = emodel_clean_r(codec->scale);
	return fmin(fmax(clean - emodel_codec_idd(codec, delay_ms) -
	                         emodel_codec_ie_eff(codec, loss, burst_r),
	                 0),
	            clean);
}

double emodel_mos(double r, enum mos_scale scale)
{
	double rx = scale == MOS_NB ? r : 100 * r / emodel_clean_r(scale);

	if (rx <= 0)
		return 1;
	if (rx >= 100)
		return 4.5;
	/* The polynomial dips below 1 for R under 6.52. */
	return fmax(1, 1 + 0.035 * rx + rx * (rx - 60) * (100 - rx) * 7e-6);
}

double emodel_r_of_mos(double mos)
{
	const double third_turn = 1.04719755119659774615; /* pi / 3 */
	double m = fmin(fmax(mos, 1), 4.5);
	double h = atan2(15 * sqrt(-903522 + 1113960 * m - 202500 * m * m), 18566 - 6750 * m) / 3;

	return 20.0 / 3 * (8 - sqrt(226) * cos(h + third_turn));
}
