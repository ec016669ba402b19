#include "analyzer/findings/capture_faults.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "analyzer/streams/rtcp.h"
#include "analyzer/streams/stream.h"
#include "base/mem.h"

#define LEAST_PACKETS 50 /* loss in a shorter stream is not diagnosed */

static int64_t in_ns(const struct rules *r, enum rule_id id, const char *name, int64_t unit_ns)
{
	return (int64_t)(rules_number(r, id, name) * (double)unit_ns);
}

static void read_settings(struct capture_settings *set, const struct rules *r)
{
	*set = (struct capture_settings){
		.window_ns = in_ns(r, RULE_K1, "window", NS_PER_MS),
		.streams = (uint64_t)rules_number(r, RULE_K1, "streams"),
		.share = rules_number(r, RULE_K1, "share"),
		.acked = (uint64_t)rules_number(r, RULE_K1, "acked"),
		.received = rules_number(r, RULE_K1, "received"),
		.confirmed = rules_number(r, RULE_K2, "loss"),
		.copies = rules_number(r, RULE_K4, "ratio"),
		.sides = (uint64_t)rules_number(r, RULE_K5, "calls"),
		.one_sided = rules_number(r, RULE_K5, "ratio"),
		.edge_ns = in_ns(r, RULE_K10, "edge", NS_PER_S),
		.segment = (size_t)rules_number(r, RULE_K11, "octets"),
		.inverted = rules_number(r, RULE_K12, "ratio"),
		.least_inverted = (uint64_t)rules_number(r, RULE_K12, "transactions"),
		.calls = (uint64_t)rules_number(r, RULE_K13, "calls"),
		.outage_share = rules_number(r, RULE_K13, "share"),
		.others = (uint64_t)rules_number(r, RULE_K13, "others"),
	};
}

struct capture_faults *capture_faults_new(struct findings *f)
{
	struct capture_faults *k = mem_zalloc(sizeof *k);

	if (k) {
		k->findings = f;
		draft_init(&k->draft, f);
		read_settings(&k->set, f->rules);
		lru_init(&k->sides.flows, CAPTURE_MAX_HOSTS);
		k->outages = outages_new(k);
		k->clock = clock_watch_new(k);
	}
	if (k && k->outages && k->clock)
		return k;
	capture_faults_free(k);
	err_memory(f->analysis->err, "the findings");
	return NULL;
}

void capture_faults_free(struct capture_faults *k)
{
	if (!k)
		return;
	outages_free(k->outages);
	clock_watch_free(k->clock);
	lru_release(&k->sides.flows);
	draft_release(&k->draft);
	mem_free(k);
}

/* ---- what all use ---- */

bool capture_tell(struct capture_faults *k, enum rule_id rule, struct sighting first,
                  struct sighting last, const char *weak, bool certain)
{
	return draft_add(&k->draft, (struct occurrence){ .rule = rule,
	                                                 .first = first,
	                                                 .last = last,
	                                                 .weak = weak,
	                                                 .certain = certain });
}

void capture_add_moment(struct text *out, int64_t time_ns)
{
	enum { TIME = 11, TENTHS = 21 };
	char moment[40];

	clock_format_us(clock_us(time_ns), moment, sizeof moment);
	text_add(out, slice_sub(slice_str(moment), TIME, TENTHS - TIME));
}

void capture_add_length(struct text *out, int64_t ns)
{
	if (ns < 10 * NS_PER_S)
		text_addf(out, "%" PRId64 " ms", (ns + NS_PER_MS / 2) / NS_PER_MS);
	else
		text_addf(out, "%" PRId64 " s", (ns + NS_PER_S / 2) / NS_PER_S);
}

void capture_note(struct capture_count *c, struct sighting at)
{
	if (!c->times++)
		c->first = at;
}

/* ---- K3, K11 ---- */

void findings_cut(struct findings *f, struct sighting at, bool sip)
{
	if (f)
		capture_note(sip ? &f->capture->cut_sip : &f->capture->cut_rtp, at);
}

static bool judge_cut(struct capture_faults *k, const struct capture_view *view)
{
	struct draft *d = &k->draft;
	const struct capture_count *sip = &k->cut_sip, *rtp = &k->cut_rtp;

	if (!sip->times && !rtp->times)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "packets cut by the snap length");
	text_addf(&d->text,
	          "The snap length cut %" PRIu64 " of %" PRIu64 " SIP messages and %" PRIu64
	          " RTP packets: SDP, digits and what was said are missing there",
	          sip->times, view->sip_messages, rtp->times);
	evidence_int(&d->evidence, "sip_cut", (int64_t)sip->times);
	evidence_int(&d->evidence, "sip_messages", (int64_t)view->sip_messages);
	evidence_int(&d->evidence, "rtp_cut", (int64_t)rtp->times);
	evidence_frame(&d->evidence, sip->first);
	evidence_frame(&d->evidence, rtp->first);
	return capture_tell(k, RULE_K3, sip->times ? sip->first : rtp->first, view->last, NULL,
	                    false);
}

/* An interface without a wire has packets of its own size. */
void findings_large_segment(struct findings *f, struct sighting at, const struct packet_view *view)
{
	enum { HEADERS = 40 };

	if (!f || view->payload.n + HEADERS <= f->capture->set.segment || ip_addr_is_loopback(view->src))
		return;
	capture_note(&f->capture->large, at);
	if (view->payload.n > f->capture->largest)
		f->capture->largest = view->payload.n;
}

static bool judge_offload(struct capture_faults *k)
{
	struct draft *d = &k->draft;

	if (!k->large.times)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "TCP segments larger than packets");
	text_addf(&d->text,
	          "%" PRIu64 " TCP segments of up to %zu octets (the first in frame %" PRIu64
	          ") are larger than a packet: the network card joins or cuts them",
	          k->large.times, k->largest, k->large.first.frame);
	evidence_int(&d->evidence, "segments", (int64_t)k->large.times);
	evidence_int(&d->evidence, "largest", (int64_t)k->largest);
	evidence_int(&d->evidence, "threshold", (int64_t)k->set.segment);
	evidence_frame(&d->evidence, k->large.first);
	return capture_tell(k, RULE_K11, k->large.first, k->large.first, NULL, false);
}

/* ---- K10 ---- */

static bool partial_leg(struct capture_faults *k, const struct leg *leg)
{
	struct draft *d = &k->draft;
	bool caller = sighting_is_set(leg->trace.heard[PARTY_CALLER]);
	struct sighting at = leg->trace.heard[caller ? PARTY_CALLER : PARTY_CALLEE];

	if (leg->kind != LEG_INVITE || leg->start_ns != TIME_NONE)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "began before the capture");
	text_addf(&d->text, "The call ");
	text_add_quoted(&d->text, slice_sub(leg->call_id, 0, 80));
	text_addf(&d->text, " was under way when the capture began: its INVITE is not there");
	evidence_int(&d->evidence, "after_capture_began_ms",
	             (leg->first_ns - k->first.time_ns) / NS_PER_MS);
	evidence_frame(&d->evidence, at);
	struct occurrence o = { .rule = RULE_K10, .first = at, .last = at };
	o.call_id = leg->media.call_id;
	o.dialog_id = leg->winner ? leg->winner->id : leg->first.id;
	return draft_add(d, o);
}

/* Where there is no SIP at all, no stream has an SDP. */
static bool partial_stream(struct capture_faults *k, const struct stream *st)
{
	struct draft *d = &k->draft;
	int64_t after_ns = st->cold->first_ns - k->first.time_ns;

	if (st->media || !k->copies.sip_seen || after_ns < 0 || after_ns > k->set.edge_ns)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP before any SDP");
	text_addf(&d->text, "RTP from ");
	text_add_address(&d->text, st->key.src);
	text_addf(&d->text, " to ");
	text_add_address(&d->text, st->key.dst);
	text_addf(&d->text, " was under way when the capture began: no SDP explains it");
	evidence_int(&d->evidence, "after_capture_began_ms", after_ns / NS_PER_MS);
	return draft_add(d, (struct occurrence){ .rule = RULE_K10,
	                                         .noun = "streams",
	                                         .first = k->first,
	                                         .last = k->first,
	                                         .stream_id = st->cold->id });
}

/* ---- K12 ---- */

/* A request whose transaction has a response already. */
static void count_order(struct capture_faults *k, const struct seen_message *m)
{
	const struct transaction *t = m->transaction;
	const struct sip_origin *o = m->ev->origin;

	k->inverted.transactions += m->created;
	if (!t || m->created || m->retransmission || !m->ev->msg->is_request ||
	    m->ev->method == SIP_ACK || t->first_response_ns == TIME_NONE ||
	    t->request_ns != o->time_ns)
		return;
	capture_note(&k->inverted.count, (struct sighting){ o->capture_id, o->frame, o->time_ns });
	int64_t by_ns = o->time_ns - t->first_response_ns;
	if (by_ns > k->inverted.worst_ns)
		k->inverted.worst_ns = by_ns;
}

static bool judge_order(struct capture_faults *k, const struct capture_view *view)
{
	struct draft *d = &k->draft;
	uint64_t times = k->inverted.count.times, all = k->inverted.transactions;
	double worst_ms = (double)k->inverted.worst_ns / 1e6;

	if (times < k->set.least_inverted || (double)times <= k->set.inverted * (double)all)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "responses before their requests");
	text_addf(&d->text,
	          "In %" PRIu64 " of %" PRIu64
	          " transactions the response stands before the request, "
	          "by up to %.3f ms: clocks differ by that at least, or frames are out of order",
	          times, all, worst_ms);
	evidence_int(&d->evidence, "inverted", (int64_t)times);
	evidence_int(&d->evidence, "transactions", (int64_t)all);
	evidence_real(&d->evidence, "threshold", k->set.inverted);
	evidence_real(&d->evidence, "worst_ms", worst_ms);
	evidence_frame(&d->evidence, k->inverted.count.first);
	return capture_tell(k, RULE_K12, k->inverted.count.first, view->last, NULL, false);
}

/* ---- K1 of what others say, K2 ---- */

static bool judge_received(struct capture_faults *k, const struct stream *st)
{
	const struct far_loss *l = st->cold->rtcp ? &st->cold->rtcp->missed : NULL;
	struct draft *d = &k->draft;
	struct sighting none = { 0 };

	if (!l || l->sum_expected < LEAST_PACKETS)
		return true;
	if ((double)l->received > k->set.received * (double)l->sum_expected) {
		k->received.streams++;
		k->received.packets += l->received;
		k->lost = k->lost || findings_enabled(k->findings->rules, RULE_K1);
	}
	if ((double)l->sum_ours < k->set.confirmed * (double)l->sum_expected ||
	    l->sum_theirs * 2 < l->sum_ours || !l->sum_ours)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "loss confirmed by the receiver");
	text_addf(&d->text, "The receiver of RTP from ");
	text_add_address(&d->text, st->key.src);
	text_addf(&d->text, " to ");
	text_add_address(&d->text, st->key.dst);
	text_addf(&d->text,
	          " reports %" PRId64 " packets lost, the capture misses %" PRId64 " of %" PRId64
	          " in that time: the network lost them",
	          l->sum_theirs, l->sum_ours, l->sum_expected);
	evidence_int(&d->evidence, "expected", l->sum_expected);
	evidence_int(&d->evidence, "missing_in_capture", l->sum_ours);
	evidence_int(&d->evidence, "lost_by_receiver", l->sum_theirs);
	evidence_real(&d->evidence, "threshold", k->set.confirmed);
	return draft_add(d, (struct occurrence){ .rule = RULE_K2,
	                                         .first = none,
	                                         .call_id = st->media ? st->media->call_id : 0,
	                                         .stream_id = st->cold->id });
}

static bool tell_loss(struct capture_faults *k, const struct capture_view *view)
{
	text_addf(&k->draft.cause, "packets lost by the capture");
	return capture_tell(k, RULE_K1, k->first, view->last, NULL, true);
}

static bool judge_loss(struct capture_faults *k, const struct capture_view *view)
{
	struct draft *d = &k->draft;

	if (view->dropped) {
		draft_begin(d);
		text_addf(&d->text,
		          "The capture's own statistics say that %" PRIu64 " packets were dropped",
		          view->dropped);
		evidence_int(&d->evidence, "dropped", (int64_t)view->dropped);
		if (!tell_loss(k, view))
			return false;
	}
	if (view->acked_gaps >= k->set.acked) {
		k->lost = k->lost || findings_enabled(k->findings->rules, RULE_K1);
		draft_begin(d);
		text_addf(&d->text,
		          "TCP acknowledged %" PRIu64 " stretches of data that were never captured",
		          view->acked_gaps);
		evidence_int(&d->evidence, "acknowledged_gaps", (int64_t)view->acked_gaps);
		evidence_int(&d->evidence, "threshold", (int64_t)k->set.acked);
		if (!tell_loss(k, view))
			return false;
	}
	if (!k->received.streams)
		return true;
	draft_begin(d);
	text_addf(&d->text,
	          "By their RTCP reports receivers have %" PRId64
	          " packets that the capture misses (streams: %" PRIu64 ")",
	          k->received.packets, k->received.streams);
	evidence_int(&d->evidence, "streams", (int64_t)k->received.streams);
	evidence_int(&d->evidence, "packets", k->received.packets);
	evidence_real(&d->evidence, "threshold", k->set.received);
	return tell_loss(k, view);
}

bool capture_lost(const struct capture_faults *k)
{
	return k->lost;
}

/* ---- who is told ---- */

bool capture_message(struct capture_faults *k, const struct seen_message *m)
{
	count_order(k, m);
	copies_message(k, m);
	return clock_message(k->clock, m);
}

bool capture_leg(struct capture_faults *k, const struct leg *leg)
{
	sides_leg(k, leg);
	return partial_leg(k, leg);
}

bool capture_stream(struct capture_faults *k, const struct stream *st)
{
	k->streams++;
	copies_stream(k, st);
	return sides_stream(k, st) && partial_stream(k, st) && judge_received(k, st) &&
	       clock_stream(k->clock, st);
}

bool findings_hole(struct findings *f, const struct seen_hole *h)
{
	return !f || outages_hole(f->capture->outages, h);
}

void findings_hole_filled(struct findings *f, struct stream *st, int64_t number)
{
	if (f && st->cold->hole)
		outages_filled(f->capture->outages, st, number);
}

bool findings_transit_step(struct findings *f, const struct stream *st, int64_t time_ns,
                           int64_t step_ns)
{
	return !f || clock_transit_step(f->capture->clock, st, time_ns, step_ns);
}

/* More than a thousand packets a second, and then none for a while. */
static void judge_silence(struct capture_faults *k, const struct seen_times *t)
{
	int64_t span_ns = t->before_ns - k->first.time_ns;
	double mean = span_ns > 0 ? (double)t->packets / ((double)span_ns / 1e9) : 0;

	if (t->at.time_ns > t->before_ns && mean > 1000)
		outages_silence(k->outages, t->before_ns, t->at.time_ns);
}

void findings_times(struct findings *f, const struct seen_times *t)
{
	if (!f)
		return;
	if (t->before_ns == TIME_NONE)
		f->capture->first = t->at;
	else
		judge_silence(f->capture, t);
	clock_times(f->capture->clock, t);
}

void findings_tick(struct findings *f, int64_t step_ns)
{
	if (f)
		clock_tick(f->capture->clock, step_ns);
}

bool findings_capture_ends(struct findings *f)
{
	return !f || (clock_end(f->capture->clock) && outages_end(f->capture->outages));
}

bool findings_clock_step(const struct findings *f, int64_t from_ns, int64_t to_ns, int64_t *by_ns)
{
	return f && clock_stepped(f->capture->clock, from_ns, to_ns, by_ns);
}

bool findings_common_skew(const struct findings *f, double *ppm)
{
	return f && clock_skew(f->capture->clock, ppm);
}

const char *capture_weakness(const struct capture_faults *k, const struct rule *rule,
                             int64_t first_ns, int64_t last_ns)
{
	if (rule->needs & RULE_NEEDS_NO_DROPS && outages_overlap(k->outages, first_ns, last_ns))
		return "the capture lost packets then";
	if (rule->needs & RULE_NEEDS_STEADY_CLOCK &&
	    clock_stepped(k->clock, first_ns, last_ns, NULL))
		return "the capture's clock was set then";
	return NULL;
}

bool capture_faults_finish(struct capture_faults *k, const struct capture_view *view)
{
	return outages_finish(k->outages) && judge_loss(k, view) && judge_cut(k, view) &&
	       copies_finish(k) && sides_finish(k, view) && clock_finish(k->clock, view) &&
	       judge_offload(k) && judge_order(k, view);
}
