/* What the far ends say by RTCP. */
#include "analyzer/findings/quality.h"

#include "analyzer/calls/leg.h"
#include "analyzer/streams/rtcp.h"

#include <inttypes.h>
#include <math.h>

static struct endpoint source_of(const struct stream *st)
{
	return (struct endpoint){ st->key.src, st->key.sport };
}

static struct endpoint target_of(const struct stream *st)
{
	return (struct endpoint){ st->key.dst, st->key.dport };
}

/* --- B13: delay ------------------------------------------------------------------------------------------------------ */

/* From here to the stream's receiver and back, on average; NAN: RTCP does not tell. */
static double round_trip_ms(const struct stream *st)
{
	const struct stream_rtcp *r = st->cold->rtcp;

	return r ? delay_rtcp_mean_ms(&r->delay) : (double)NAN;
}

/* The other direction's greatest: from here to this stream's sender and back. */
static double other_round_trip_ms(const struct call_media *m, const struct stream *st)
{
	double greatest = NAN;

	for (const struct stream *o = m->streams; o; o = o->cold->next_in_call)
		if (o->cold->receiver != st->cold->receiver)
			greatest = fmax(greatest, round_trip_ms(o));
	return greatest;
}

static bool tell_delay(struct quality *q, const struct leg *leg, const struct stream *st,
                       double path_ms, bool whole)
{
	struct draft *d = &q->draft;
	double ms = path_ms + q->set.buffer_ms;
	double limit = ms > q->set.very_long_ms ? q->set.very_long_ms : q->set.long_ms;

	draft_begin(d);
	text_addf(&d->cause, "more than %.0f ms one way between ", limit);
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->cause, " and ");
	text_add_address(&d->cause, st->key.dst);
	text_addf(&d->text, "RTP from ");
	text_add_endpoint(&d->text, source_of(st));
	text_addf(&d->text, " to ");
	text_add_endpoint(&d->text, target_of(st));
	text_addf(&d->text,
	          " takes about %.0f ms mouth to ear: %.0f ms %s by RTCP and %.0f ms of jitter "
	          "buffer; over %.0f ms people talk into each other's sentences",
	          ms, path_ms, whole ? "on the way" : "from here on", q->set.buffer_ms,
	          q->set.long_ms);
	evidence_real(&d->evidence, "one_way_ms", path_ms);
	evidence_real(&d->evidence, "buffer_ms", q->set.buffer_ms);
	evidence_real(&d->evidence, "threshold_ms", limit);
	evidence_int(&d->evidence, "reports", (int64_t)st->cold->rtcp->delay.rtt_count);
	evidence_frame(&d->evidence, leg->trace.final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_B13,
	                                          .stream_id = st->cold->id,
	                                          .first = leg->trace.final,
	                                          .weak = whole ? NULL
	                                                        : "only the way from here to the "
	                                                          "receiver is known" });
}

bool quality_delay(struct quality *q, const struct leg *leg)
{
	const struct call_media *m = &leg->media;
	const struct stream *worst = NULL;
	double worst_ms = NAN;
	bool whole = false;

	if (leg->kind != LEG_INVITE)
		return true;
	for (const struct stream *st = m->streams; st; st = st->cold->next_in_call) {
		double here_on = round_trip_ms(st), before = other_round_trip_ms(m, st);
		double ms = (here_on + (isnan(before) ? 0 : before)) / 2;
		bool worse = !(ms <= worst_ms) || (ms <= worst_ms && ms >= worst_ms &&
		                                   st->cold->receiver == PARTY_CALLEE);
		if (st->accepted && !isnan(ms) && worse) {
			worst = st;
			worst_ms = ms;
			whole = !isnan(before);
		}
	}
	return !worst || !(worst_ms + q->set.buffer_ms > q->set.long_ms) ||
	       tell_delay(q, leg, worst, worst_ms, whole);
}

/* --- B14: loss on one side of the capture only ------------------------------------------------------------------------- */

static void say_disagreement(struct quality *q, const struct stream *st,
                             const struct rtcp_disagreement *a)
{
	struct draft *d = &q->draft;

	text_add_endpoint(&d->text, target_of(st));
	text_addf(&d->text, " reports %.1f %% of the RTP of ", 100 * a->far);
	text_add_endpoint(&d->text, source_of(st));
	text_addf(&d->text,
	          " lost where %.1f %% is missing here, in the worst of %" PRIu64
	          " such reports (frames %" PRIu64 " to %" PRIu64 ")",
	          100 * a->ours, a->reports, a->first.frame, a->last.frame);
	evidence_real(&d->evidence, "far_loss", a->far);
	evidence_real(&d->evidence, "our_loss", a->ours);
	evidence_int(&d->evidence, "reports", (int64_t)a->reports);
	evidence_real(&d->evidence, "threshold", q->set.much_loss);
	evidence_frame(&d->evidence, a->first);
	evidence_frame(&d->evidence, a->last);
}

static bool tell_disagreement(struct quality *q, const struct stream *st,
                              const struct rtcp_disagreement *a, bool behind)
{
	struct draft *d = &q->draft;

	if (a->reports < q->set.reports)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%s",
	          behind ? "lost behind the capture point, towards "
	                 : "missing in the capture only, towards ");
	text_add_address(&d->cause, st->key.dst);
	say_disagreement(q, st, a);
	text_addf(&d->text, "%s",
	          behind ? ": lost between here and there"
	                 : ": they got there, so the capture missed them");
	return draft_add(d, (struct occurrence){
	                            .rule = RULE_B14,
	                            .call_id = st->media ? st->media->call_id : 0,
	                            .stream_id = st->cold->id,
	                            .first = a->first,
	                            .last = a->last,
	                    });
}

enum loss_verdict quality_compare_loss(const struct quality *q, double far, double ours)
{
	if (far > q->set.much_loss && ours <= q->set.little_loss)
		return LOSS_FAR_WORSE;
	return ours > q->set.much_loss && far <= q->set.little_loss ? LOSS_OURS_WORSE : LOSS_AGREES;
}

bool quality_disagreement(struct quality *q, const struct stream *st)
{
	const struct stream_rtcp *r = st->cold->rtcp;

	return !r || (tell_disagreement(q, st, &r->far_worse, true) &&
	              tell_disagreement(q, st, &r->ours_worse, false));
}
