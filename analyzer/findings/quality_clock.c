/* B5: senders' clocks. Judged at the end of the capture: what nearly all of them have in common is the capture's own clock. */
#include "analyzer/findings/quality.h"

#include "analyzer/streams/stream.h"
#include "base/mem.h"

#include <math.h>

static struct odd_clock *room(struct quality *q)
{
	if (q->clock_count == q->clock_capacity) {
		size_t capacity = q->clock_capacity ? 2 * q->clock_capacity : 16;
		struct odd_clock *more = mem_resize(q->clocks, capacity * sizeof *more);
		if (!more) {
			err_memory(findings_analysis(q->draft.home)->err, "the findings");
			return NULL;
		}
		q->clocks = more;
		q->clock_capacity = capacity;
	}
	return &q->clocks[q->clock_count++];
}

bool quality_clock(struct quality *q, const struct stream *st)
{
	double ppm = skew_ppm(&st->cold->skew), residual_ms = skew_residual_ms(&st->cold->skew);

	if (!(fabs(ppm) > q->set.skew_ppm / 2) || !(residual_ms < q->set.residual_ms) ||
	    q->clock_count == QUALITY_MAX_CLOCKS)
		return true;
	struct odd_clock *c = room(q);
	if (!c)
		return false;
	*c = (struct odd_clock){
		.stream_id = st->cold->id,
		.call_id = st->media ? st->media->call_id : 0,
		.src = { st->key.src, st->key.sport },
		.dst = { st->key.dst, st->key.dport },
		.ppm = ppm,
		.residual_ms = residual_ms,
	};
	return true;
}

static bool tell(struct quality *q, const struct odd_clock *c, double ppm)
{
	struct draft *d = &q->draft;
	bool fast = ppm > 0;

	draft_begin(d);
	text_addf(&d->cause, "media clock of ");
	text_add_address(&d->cause, c->src.addr);
	text_addf(&d->cause, "%s", fast ? " is fast" : " is slow");
	text_addf(&d->text, "The media clock behind the RTP from ");
	text_add_endpoint(&d->text, c->src);
	text_addf(&d->text, " to ");
	text_add_endpoint(&d->text, c->dst);
	text_addf(&d->text,
	          " is %s by %.0f ppm (%.2f s an hour): the receiver's jitter buffer runs %s and "
	          "must "
	          "%s sound",
	          fast ? "fast" : "slow", fabs(ppm), fabs(ppm) * 3600 / 1e6,
	          fast ? "full" : "empty", fast ? "leave out" : "repeat");
	evidence_real(&d->evidence, "ppm", ppm);
	evidence_real(&d->evidence, "threshold_ppm", q->set.skew_ppm);
	evidence_real(&d->evidence, "residual_ms", c->residual_ms);
	return draft_add(d, (struct occurrence){
	                            .rule = RULE_B5,
	                            .call_id = c->call_id,
	                            .stream_id = c->stream_id,
	                    });
}

bool quality_clocks_finish(struct quality *q)
{
	double common = 0;

	if (!findings_common_skew(q->draft.home, &common))
		common = 0;
	for (size_t i = 0; i < q->clock_count; i++) {
		double ppm = q->clocks[i].ppm - common;
		if (fabs(ppm) > q->set.skew_ppm && !tell(q, &q->clocks[i], ppm))
			return false;
	}
	return true;
}
