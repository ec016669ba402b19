/* What the way of the packets shows: one direction missing (F5), another number of hops (F7). */
#include "analyzer/findings/transport.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "analyzer/streams/stream.h"

#include <stdlib.h>

/* ---- F5 ---- */

/* One party sent nothing at all, neither SIP nor RTP, although the other one went on as if it had. */
bool transport_leg(struct transport_faults *t, const struct leg *leg)
{
	bool caller = leg->seen_from & LEG_SEEN_CALLER, callee = leg->seen_from & LEG_SEEN_CALLEE;
	enum party silent = caller ? PARTY_CALLEE : PARTY_CALLER;
	struct ip_addr from = silent == PARTY_CALLEE ? leg->dst.addr : leg->src.addr,
	               to = silent == PARTY_CALLEE ? leg->src.addr : leg->dst.addr;

	if (leg->kind != LEG_INVITE || caller == callee ||
	    !(callee || leg->seen_from & LEG_SEEN_IN_DIALOG) || leg->media.sent[silent] ||
	    leg->last_ns - leg->first_ns < t->set.span_ns)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "nothing captured from ");
	text_add_address(&t->cause, from);
	text_addf(&t->cause, " to ");
	text_add_address(&t->cause, to);
	text_addf(&t->text, "Neither SIP nor RTP from ");
	text_add_address(&t->text, from);
	text_addf(&t->text, " to ");
	text_add_address(&t->text, to);
	text_addf(&t->text, "%s",
	          " was captured, though the call went on: the way back passes elsewhere");
	evidence_text(&t->evidence, "silent",
	              silent == PARTY_CALLEE ? SLICE_LIT("callee") : SLICE_LIT("caller"));
	evidence_int(&t->evidence, "rtp_of_the_other", leg->media.sent[!silent]);
	struct sighting last = leg->trace.heard[!silent];
	struct sighting first = sighting_is_set(leg->trace.invite) ? leg->trace.invite : last;
	evidence_frame(&t->evidence, first);
	evidence_frame(&t->evidence, last);
	return transport_tell(t,
	                      (struct occurrence){
	                              .rule = RULE_F5,
	                              .call_id = leg->media.call_id,
	                              .dialog_id = leg->first.id,
	                              .first = first,
	                              .last = last,
	                              .weak = leg->media.sent[!silent]
	                                              ? NULL
	                                              : "no RTP was captured in either direction",
	                      });
}

/* ---- F7 ---- */

/* A stream ends. More changes than the setting allows are two ways at once (a mirror port in front of and behind a router, or shared
 * load), not a new one. */
bool transport_stream(struct transport_faults *t, const struct stream *st)
{
	const struct stream_cold *cold = st->cold;
	const struct stream_ttl *ttl = &cold->ttl;
	struct sighting at = { ttl->capture_id, ttl->frame, ttl->time_ns };

	if (!ttl->changes || ttl->changes > (unsigned)t->set.ttl_changes ||
	    abs(ttl->to - ttl->from) < t->set.ttl_hops)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "TTL of RTP from ");
	text_add_address(&t->cause, st->key.src);
	text_addf(&t->cause, " changes");
	text_addf(&t->text, "RTP from ");
	text_add_endpoint(&t->text, (struct endpoint){ st->key.src, st->key.sport });
	text_addf(&t->text, " to ");
	text_add_endpoint(&t->text, (struct endpoint){ st->key.dst, st->key.dport });
	text_addf(&t->text, " comes with TTL %u instead of %u from frame %llu on: another way",
	          ttl->to, ttl->from, (unsigned long long)ttl->frame);
	evidence_int(&t->evidence, "from", ttl->from);
	evidence_int(&t->evidence, "to", ttl->to);
	evidence_int(&t->evidence, "changes", ttl->changes);
	evidence_int(&t->evidence, "threshold", t->set.ttl_hops);
	evidence_frame(&t->evidence, at);
	return transport_tell(t, (struct occurrence){
	                                 .rule = RULE_F7,
	                                 .call_id = st->media ? st->media->call_id : 0,
	                                 .stream_id = cold->id,
	                                 .first = at,
	                                 .last = at,
	                         });
}
