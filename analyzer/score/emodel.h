/* The E-model: ITU-T G.107 complete (narrowband), and the wideband (G.107.1) and fullband (G.107.2) forms a passive probe uses.
 * Formulas, defaults and test vectors: docs/scores.md. */
#ifndef ANALYZER_SCORE_EMODEL_H
#define ANALYZER_SCORE_EMODEL_H

#include "analyzer/score/codec_table.h"

/* G.107 table 2; dB, ms, percent as there. emodel_defaults() fills the default values (R = 93.2062). */
struct emodel_input {
	double slr, rlr, stmr, dr, ds, telr, wepl; /* dB; LSTR = STMR + Dr */
	double t, tr, ta; /* ms: mean one-way echo path, round trip 4-wire, absolute one-way */
	double qdu, ie, bpl, ppl /* percent */, burst_r;
	double nc, nfor, ps, pr; /* dBm0p, dBmp, dB(A), dB(A) */
	double a; /* advantage factor */
	double st, mt; /* delay sensitivity class: 1, 100 by default */
};

struct emodel_output {
	double no, ro, iolr, ist, iq, is, idte, idle, idd, id, ie_eff;
	double r; /* not clamped */
};

void emodel_defaults(struct emodel_input *in);
void emodel_full(const struct emodel_input *in, struct emodel_output *out);

/* Idd of G.107 for absolute one-way delay ta (ms), default sensitivity class. */
double emodel_idd(double ta);
/* Ie,eff = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl). ppl in percent. */
double emodel_ie_eff(double ie, double bpl, double ppl, double burst_r);

/* The BurstR that may enter Ie,eff: 1 where Bpl < 16 or none was measured (NAN, below 1), 4 at most. */
double emodel_usable_burst_r(double bpl, double burst_r);
/* R of an unimpaired connection: 93.2062, 129, 148. */
double emodel_clean_r(enum mos_scale scale);

/* Ie,eff of a codec on its own scale; loss is a ratio, burst_r as measured (used where it may be). */
double emodel_codec_ie_eff(const struct codec *codec, double loss, double burst_r);
/* Idd on its scale; delay_ms < 0 or NAN: 0. */
double emodel_codec_idd(const struct codec *codec, double delay_ms);

/* The passive probe's score of one stream. loss is a ratio (lost + late) / expected; burst_r as measured (used only where Bpl >= 16,
 * capped at 4); delay_ms < 0 leaves the delay out (LQ). The R is on the codec's own scale, 0 at least and emodel_clean_r() at most;
 * NAN for a codec that is not scored. */
double emodel_passive_r(const struct codec *codec, double loss, double burst_r, double delay_ms);

/* R on a scale to MOS 1..4.5 (G.107 annex B after Rx = R / 1, 1.29, 1.48), and back for narrowband (MOS 1..4.5 -> R 6.5..100). */
double emodel_mos(double r, enum mos_scale scale);
double emodel_r_of_mos(double mos);

#endif
