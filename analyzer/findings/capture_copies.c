/* K4: nearly everything stands twice in the capture. */
#include "analyzer/findings/capture_faults.h"

#include "analyzer/calls/event.h"
#include "analyzer/calls/transaction.h"
#include "analyzer/findings/state.h"
#include "analyzer/streams/stream.h"

#define LEAST_PACKETS  50 /* of a stream; a handful of copies prove nothing */
#define LEAST_MESSAGES 10

static void note_first(struct capture_faults *k, struct sighting at, int64_t age_ns)
{
	if (sighting_is_set(k->copies.first) && k->copies.first.time_ns <= at.time_ns)
		return;
	k->copies.first = at;
	k->copies.age_ns = age_ns;
}

void copies_stream(struct capture_faults *k, const struct stream *st)
{
	const struct stream_copies *c = &st->cold->copies;

	if (st->seq.packets < LEAST_PACKETS ||
	    (double)c->mirrored <= k->set.copies * (double)st->seq.packets)
		return;
	k->copies.streams++;
	note_first(k, (struct sighting){ c->capture_id, c->frame, c->time_ns }, c->age_ns);
}

/* When a message like this came first, as far as its transaction knows; TIME_NONE: it does not. */
static int64_t original_ns(const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;

	if (!m->transaction || m->ev->method == SIP_ACK)
		return TIME_NONE;
	if (msg->is_request)
		return m->transaction->request_ns;
	return msg->status >= 200 ? m->transaction->final_ns : m->transaction->first_response_ns;
}

void copies_message(struct capture_faults *k, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	int64_t from_ns = original_ns(m);
	int64_t age_ns = from_ns == TIME_NONE ? -1 : o->time_ns - from_ns;

	k->copies.sip_seen = true;
	if (!m->retransmission) {
		k->copies.sip_all += age_ns == 0;
		return;
	}
	/* No timer of SIP is as short (RFC 3261 17.1.1.1). */
	if (age_ns < 0 || age_ns > STREAM_COPY_NS)
		return;
	k->copies.sip++;
	if (k->copies.sip == 1 && !k->copies.streams)
		note_first(k, (struct sighting){ o->capture_id, o->frame, o->time_ns }, age_ns);
}

bool copies_finish(struct capture_faults *k)
{
	struct draft *d = &k->draft;
	bool sip = k->copies.sip >= LEAST_MESSAGES &&
	           (double)k->copies.sip > k->set.copies * (double)k->copies.sip_all;

	if (!k->copies.streams && !sip)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "packets captured twice");
	text_addf(&d->text,
	          "%" PRIu64 " of %" PRIu64 " streams and %" PRIu64 " of %" PRIu64
	          " SIP messages stand twice in the capture, the first copy (frame %" PRIu64
	          ") %.3f ms later: a mirror port shows them on the way in and on the way out",
	          k->copies.streams, k->streams, k->copies.sip, k->copies.sip_all,
	          k->copies.first.frame, (double)k->copies.age_ns / 1e6);
	evidence_int(&d->evidence, "streams_twice", (int64_t)k->copies.streams);
	evidence_int(&d->evidence, "streams", (int64_t)k->streams);
	evidence_int(&d->evidence, "sip_copies", (int64_t)k->copies.sip);
	evidence_int(&d->evidence, "sip_messages", (int64_t)k->copies.sip_all);
	evidence_real(&d->evidence, "threshold", k->set.copies);
	evidence_frame(&d->evidence, k->copies.first);
	return capture_tell(k, RULE_K4, k->copies.first, k->copies.first, NULL, false);
}
