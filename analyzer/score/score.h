/* One stream's score from what was counted, and every point of R that is missing: for its record, for `explain`, and for what-ifs. Nobody
 * else puts the E-model's pieces together. */
#ifndef ANALYZER_SCORE_SCORE_H
#define ANALYZER_SCORE_SCORE_H

#include "analyzer/score/codec_table.h"

struct score_input {
	struct codec codec; /* a scored one, as it was sent (codec_modes.h) */
	uint64_t expected, lost, late;
	double burst_r; /* as measured */
	double delay_ms; /* one way, mouth to ear */
};

/* clean - codec - random_loss - late - bursts + below_zero = r_lq, and r_lq - delay = r_cq: to the last bit but for rounding. */
struct score {
	double clean; /* R of an unimpaired connection on this scale */
	double codec; /* Ie */
	double random_loss; /* what lost packets take, were they lost at random */
	double late; /* what late ones take on top of that */
	double bursts; /* what their coming in bursts takes on top of that */
	double below_zero; /* what is given back, since R ends at 0 */
	double delay; /* Idd, as far as there is R left for it */
	double r_lq, r_cq, mos_lq, mos_cq;
	double ppl; /* percent, lost and late */
	double burst_r; /* as used */
	double ie_eff, idd; /* of the formula */
};

void score_of(const struct score_input *in, struct score *out);

#endif
