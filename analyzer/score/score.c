#include "analyzer/score/score.h"

#include "analyzer/score/emodel.h"

#include <math.h>

static double ratio(uint64_t bad, uint64_t expected)
{
	return bad < expected ? (double)bad / (double)expected : 1;
}

void score_of(const struct score_input *in, struct score *out)
{
	const struct codec *c = &in->codec;
	double lost = ratio(in->lost, in->expected), bad = ratio(in->lost + in->late, in->expected);
	double random = emodel_codec_ie_eff(c, lost, 1), both = emodel_codec_ie_eff(c, bad, 1);

	*out = (struct score){
		.clean = emodel_clean_r(c->scale),
		.codec = c->ie,
		.random_loss = random - c->ie,
		.late = both - random,
		.ie_eff = emodel_codec_ie_eff(c, bad, in->burst_r),
		.idd = emodel_codec_idd(c, in->delay_ms),
		.r_lq = emodel_passive_r(c, bad, in->burst_r, -1),
		.r_cq = emodel_passive_r(c, bad, in->burst_r, in->delay_ms),
		.ppl = 100 * bad,
		.burst_r = c->scale == MOS_FB ? 1 : emodel_usable_burst_r(c->bpl, in->burst_r),
	};
	out->bursts = out->ie_eff - both;
	out->below_zero = out->r_lq - (out->clean - out->ie_eff);
	out->delay = out->r_lq - out->r_cq;
	out->mos_lq = emodel_mos(out->r_lq, c->scale);
	out->mos_cq = emodel_mos(out->r_cq, c->scale);
}
