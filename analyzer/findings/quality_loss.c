/* What did not come, came out of order or came twice: B1, B2, B7, B8. */
#include "analyzer/findings/quality.h"

#include "analyzer/streams/stream.h"

#include <inttypes.h>

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* In packets; where nothing tells the packet time, only their number counts. */
static bool is_long_run(const struct quality *q, const struct stream *st)
{
	uint64_t run = st->seq.burst.longest_lost;

	return (double)run >= q->set.run_packets ||
	       (run > 1 && (double)run * quality_ptime_ms(st) >= q->set.run_ms);
}

bool quality_random_loss(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	uint64_t expected = seq_expected(&st->seq), lost = st->seq.lost;
	double share = percent(lost, expected), burst_r = burst_ratio(&st->seq.burst, expected);
	bool bad = share >= 100 * q->set.bad_loss;

	if (share < 100 * q->set.loss || (double)lost < q->set.least_lost ||
	    (burst_r >= q->set.burst_r && is_long_run(q, st)))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%.0f %% or more of the RTP",
	          100 * (bad ? q->set.bad_loss : q->set.loss));
	quality_say_way(&d->cause, st, false);
	text_addf(&d->cause, " lost");
	text_addf(&d->text, "%.1f %% of the RTP", share);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " did not come: %" PRIu64 " of %" PRIu64
	          " packets, spread over the call (longest run %" PRIu64 ")",
	          lost, expected, st->seq.burst.longest_lost);
	evidence_int(&d->evidence, "lost", (int64_t)lost);
	evidence_int(&d->evidence, "expected", (int64_t)expected);
	evidence_real(&d->evidence, "loss", share / 100);
	evidence_real(&d->evidence, "threshold", bad ? q->set.bad_loss : q->set.loss);
	evidence_real(&d->evidence, "burst_r", burst_r);
	return quality_tell(q, st, RULE_B1, quality_hole(st));
}

bool quality_loss_burst(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	uint64_t run = st->seq.burst.longest_lost;
	double ms = (double)run * quality_ptime_ms(st);

	if (!is_long_run(q, st))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "drop-outs in the RTP");
	quality_say_way(&d->cause, st, false);
	text_addf(&d->text, "%" PRIu64 " packets in a row", run);
	if (ms > 0)
		text_addf(&d->text, " (%.0f ms of sound)", ms);
	text_addf(&d->text, " of the RTP");
	quality_say_way(&d->text, st, true);
	text_addf(&d->text, " did not come");
	struct sighting at = quality_hole(st);
	if (sighting_is_set(at))
		text_addf(&d->text, " before frame %" PRIu64, at.frame);
	text_addf(&d->text, "; %" PRIu64 " lost in all", st->seq.lost);
	evidence_int(&d->evidence, "longest_run", (int64_t)run);
	if (ms > 0)
		evidence_real(&d->evidence, "longest_ms", ms);
	evidence_real(&d->evidence, "threshold", q->set.run_packets);
	evidence_real(&d->evidence, "threshold_ms", q->set.run_ms);
	evidence_int(&d->evidence, "lost", (int64_t)st->seq.lost);
	evidence_real(&d->evidence, "burst_r", burst_ratio(&st->seq.burst, seq_expected(&st->seq)));
	return quality_tell(q, st, RULE_B2, at);
}

bool quality_order(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	double share = percent(st->seq.reordered, st->seq.packets);

	if (share <= 100 * q->set.reordered || st->seq.reordered < 3)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP");
	quality_say_way(&d->cause, st, false);
	text_addf(&d->cause, " out of order");
	text_addf(&d->text, "%" PRIu64 " of %" PRIu64 " packets of the RTP", st->seq.reordered,
	          st->seq.packets);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text, " (%.1f %%) came behind later ones: several ways at once", share);
	evidence_int(&d->evidence, "reordered", (int64_t)st->seq.reordered);
	evidence_int(&d->evidence, "packets", (int64_t)st->seq.packets);
	evidence_real(&d->evidence, "share", share / 100);
	evidence_real(&d->evidence, "threshold", q->set.reordered);
	return quality_tell(q, st, RULE_B7, (struct sighting){ 0 });
}

/* What a mirror port shows twice is K4's. */
bool quality_copies(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	uint64_t mirrored = st->cold->copies.mirrored, all = st->seq.duplicates;
	uint64_t copies = all > mirrored ? all - mirrored : 0;
	double share = percent(copies, st->seq.packets);

	if (share <= 100 * q->set.copies || copies < 3)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP");
	quality_say_way(&d->cause, st, false);
	text_addf(&d->cause, " comes twice");
	text_addf(&d->text, "%" PRIu64 " of %" PRIu64 " packets of the RTP", copies,
	          st->seq.packets);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " (%.1f %%) came again, not as a mirror port's copies: the network doubles "
	          "them",
	          share);
	evidence_int(&d->evidence, "copies", (int64_t)copies);
	evidence_int(&d->evidence, "mirrored", (int64_t)mirrored);
	evidence_int(&d->evidence, "packets", (int64_t)st->seq.packets);
	evidence_real(&d->evidence, "share", share / 100);
	evidence_real(&d->evidence, "threshold", q->set.copies);
	return quality_tell(q, st, RULE_B8, (struct sighting){ 0 });
}
