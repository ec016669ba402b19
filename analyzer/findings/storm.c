/* D15: copies of requests, per server and per transaction (RFC 3261 17.1.1.2: an INVITE is sent seven times at most before timer B fires,
 * 17.1.2.2: other requests eleven times before timer F). */
#include "analyzer/calls/event.h"
#include "analyzer/calls/transaction.h"
#include "analyzer/findings/overload.h"
#include "analyzer/findings/state.h"

static bool tell_server(struct overload *o, struct server *s, const struct seen_message *m,
                        uint64_t copies, uint64_t all)
{
	struct draft *d = &o->draft;
	struct sighting at = overload_sighting(m);
	double ratio = (double)copies / (double)all;

	s->storm_until_ns = duration_after(at.time_ns, o->set.storm_window_ns);
	draft_begin(d);
	text_addf(&d->cause, "copies among the requests to ");
	text_add_address(&d->cause, s->addr);
	text_addf(&d->text, "%" PRIu64 " of %" PRIu64 " requests to ", copies, all);
	text_add_address(&d->text, s->addr);
	text_addf(&d->text, " within %.0f s were copies (%.0f %%, up to frame %" PRIu64 ")",
	          (double)o->set.storm_window_ns / (double)NS_PER_S, 100 * ratio, at.frame);
	evidence_int(&d->evidence, "copies", (int64_t)copies);
	evidence_int(&d->evidence, "requests", (int64_t)all);
	evidence_real(&d->evidence, "ratio", ratio);
	evidence_real(&d->evidence, "threshold", o->set.storm_ratio);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_D15, .noun = "times", .first = at });
}

static bool tell_transaction(struct overload *o, const struct seen_message *m, double limit)
{
	struct draft *d = &o->draft;
	struct sighting at = overload_sighting(m);
	struct slice method = slice_sub(m->ev->msg->method_name, 0, 32);

	draft_begin(d);
	text_addf(&d->cause, "more copies of ");
	text_add_terminal(&d->cause, method);
	text_addf(&d->cause, " to ");
	text_add_address(&d->cause, m->ev->origin->dst.addr);
	text_addf(&d->cause, " than timers allow");
	text_addf(&d->text, "one ");
	text_add_terminal(&d->text, method);
	text_addf(&d->text, " was sent to ");
	text_add_address(&d->text, m->ev->origin->dst.addr);
	text_addf(&d->text, " %" PRIu32 " times (up to frame %" PRIu64 "), where timers allow %.0f",
	          m->transaction->retransmissions + 1, at.frame, limit);
	evidence_int(&d->evidence, "copies", m->transaction->retransmissions + 1);
	evidence_int(&d->evidence, "threshold", (int64_t)limit);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_D15,
	                                         .call_id = overload_call(m),
	                                         .dialog_id = m->dialog_id,
	                                         .first = at });
}

static bool copy(struct overload *o, struct server *s, const struct seen_message *m)
{
	int64_t now = m->ev->origin->time_ns;
	uint64_t copies = window_add(&s->copies, o->set.storm_window_ns, now), all;
	double limit = m->ev->method == SIP_INVITE ? o->set.invite_copies : o->set.other_copies;

	if (m->transaction && (double)m->transaction->retransmissions + 1 > limit &&
	    (double)m->transaction->retransmissions <= limit && !tell_transaction(o, m, limit))
		return false;
	window_move(&s->requests, o->set.storm_window_ns, now);
	all = window_sum(&s->requests) + copies;
	if ((double)all < o->set.storm_requests ||
	    (double)copies <= o->set.storm_ratio * (double)all)
		return true;
	if (s->storm_until_ns != TIME_NONE && now < s->storm_until_ns)
		return true;
	return tell_server(o, s, m, copies, all);
}

bool storm_request(struct overload *o, const struct seen_message *m)
{
	struct server *s;

	if (!m->created && !m->retransmission)
		return true;
	s = overload_server(o, m->ev->origin->dst.addr);
	if (!s)
		return false;
	if (m->retransmission)
		return copy(o, s, m);
	window_add(&s->requests, o->set.storm_window_ns, m->ev->origin->time_ns);
	return true;
}
