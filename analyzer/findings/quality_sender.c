/* How the sender sends: B6, B10, B11, B15. */
#include "analyzer/findings/quality.h"

#include "analyzer/streams/bind.h"
#include "base/duration.h"

#include <inttypes.h>
#include <math.h>

/* --- B6: timestamps in another clock ---------------------------------------------------------------------------------- */

bool quality_increment(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	uint64_t steps = seq_expected(&st->seq) - 1;
	double spacing_ms =
	        (double)duration_between(st->cold->first_ns, st->last_ns) / 1e6 / (double)steps;
	double ptime = quality_ptime_ms(st), clock_hz = stream_clock_hz(st);

	if (!(ptime > 0) || !(clock_hz > 0) || st->silent_ticks || st->seq.segments > 1 ||
	    spacing_ms < 1)
		return true;
	double ratio = spacing_ms / ptime;
	if (ratio > 1 / q->set.increment && ratio < q->set.increment)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP of ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->cause, " counts time by another clock than its codec's");
	text_addf(&d->text, "Timestamps of the RTP");
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " grow by %" PRIu32
	          " a packet, which is %.1f ms at the codec's %.0f Hz, but a packet comes every "
	          "%.1f ms: they count at about %.0f Hz",
	          st->step_ticks, ptime, clock_hz, spacing_ms, st->step_ticks * 1e3 / spacing_ms);
	evidence_int(&d->evidence, "increment", st->step_ticks);
	evidence_real(&d->evidence, "clock_hz", clock_hz);
	evidence_real(&d->evidence, "spacing_ms", spacing_ms);
	evidence_real(&d->evidence, "ratio", ratio);
	evidence_real(&d->evidence, "threshold", q->set.increment);
	return quality_tell(q, st, RULE_B6, (struct sighting){ 0 });
}

/* --- B10: silence suppression ------------------------------------------------------------------------------------------- */

static const struct payload_format *comfort_noise_of(const struct stream *st)
{
	for (unsigned i = 0; i < st->cold->format_count; i++)
		if (stream_format(st, i)->role == PAYLOAD_ROLE_COMFORT_NOISE)
			return stream_format(st, i);
	return NULL;
}

bool quality_silence(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	double share = st->ticks ? (double)st->silent_ticks / (double)st->ticks : 0;

	if (!(share > q->set.silent) || comfort_noise_of(st))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "silence suppressed without comfort noise by ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->text, "For %.0f %% of the time nothing was sent in the RTP", 100 * share);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " (silence suppression), and no comfort noise either: the listener thinks the "
	          "line is dead");
	evidence_real(&d->evidence, "silent", share);
	evidence_real(&d->evidence, "threshold", q->set.silent);
	return quality_tell(q, st, RULE_B10, (struct sighting){ 0 });
}

/* --- B11: comfort noise that nobody asked for ----------------------------------------------------------------------------- */

/* Has who receives the stream ever listed this type? Only what a call's SDP says counts. */
static bool is_listed(const struct stream *st, uint8_t payload_type, bool *any_sdp)
{
	for (const struct media_end *end = st->media->ends; end; end = end->next) {
		if (end->party != st->cold->receiver || end->is_video)
			continue;
		*any_sdp = true;
		for (unsigned i = 0; i < end->format_count; i++)
			if (end->formats[i].payload_type == payload_type)
				return true;
	}
	return false;
}

bool quality_noise(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	const struct payload_format *noise = comfort_noise_of(st);
	bool any_sdp = false;

	if (!noise || !st->media || (double)noise->packets < q->set.noise_packets ||
	    is_listed(st, noise->payload_type, &any_sdp) || !any_sdp)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "comfort noise from ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->cause, " that the other side did not ask for");
	text_addf(&d->text, "%" PRIu64 " packets of comfort noise (payload type %u) in the RTP",
	          noise->packets, noise->payload_type);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          ", whose SDP does not list it: clicks, or silence where noise was meant");
	evidence_int(&d->evidence, "packets", (int64_t)noise->packets);
	evidence_int(&d->evidence, "payload_type", noise->payload_type);
	evidence_real(&d->evidence, "threshold", q->set.noise_packets);
	return quality_tell(q, st, RULE_B11, (struct sighting){ 0 });
}

/* --- B15: short packets -------------------------------------------------------------------------------------------------- */

bool quality_overhead(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	double ptime = quality_ptime_ms(st);

	if (!(ptime > 0 && ptime <= q->set.short_ptime_ms) || !st->seq.packets)
		return true;
	double octets = (double)st->octets / (double)st->seq.packets;
	/* RTP, UDP, IPv4 and Ethernet with its check sum: 12 + 8 + 20 + 18. */
	double kbits = (octets + 58) * 8 / ptime;
	draft_begin(d);
	text_addf(&d->cause, "packets of %.0f ms from ", ptime);
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->text, "RTP");
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " has packets of %.0f ms: %.0f kbit/s on Ethernet where 20 ms would take %.0f",
	          ptime, kbits, (octets * 20 / ptime + 58) * 8 / 20);
	evidence_real(&d->evidence, "ptime_ms", ptime);
	evidence_real(&d->evidence, "kbit_s", kbits);
	evidence_real(&d->evidence, "threshold_ms", q->set.short_ptime_ms);
	return quality_tell(q, st, RULE_B15, (struct sighting){ 0 });
}
