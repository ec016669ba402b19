#include "analyzer/streams/sound.h"

#include "analyzer/audio/audio_sink.h"
#include "base/mem.h"

struct stream_sound {
	const struct audio_sink *sink;
	void *listener; /* NULL: nobody wants this stream, or it is closed */
	struct track *track;
	uint8_t *waiting; /* payload of the packet in cold->waiting */
	size_t waiting_n;
};

static struct audio_source source_of(const struct stream *st)
{
	return (struct audio_source){
		.src = { st->key.src, st->key.sport },
		.dst = { st->key.dst, st->key.dport },
		.ssrc = st->key.ssrc,
		.first_ns = st->cold->first_ns,
	};
}

static bool open_sound(struct stream *st, struct analysis *a)
{
	struct stream_sound *s = mem_zalloc(sizeof *s);
	struct audio_source source = source_of(st);

	if (!s)
		return err_memory(a->err, "the sound of a stream");
	st->cold->sound = s;
	s->sink = a->audio;
	if (!s->sink->open(s->sink->context, &source, &s->listener))
		return false;
	if (s->listener)
		s->track = track_new(s->sink->block, s->listener, a->err);
	return !s->listener || s->track;
}

static struct track_packet packet_of(const struct stream *st, int64_t time_ns,
                                     const struct rtp_packet *rtp, const struct seq_step *step)
{
	const struct payload_format *f = stream_format(st, st->cold->format);
	struct track_packet p = {
		.time_ns = time_ns,
		.number = step->number,
		.restart = step->kind == SEQ_FIRST,
		.marker = rtp->marker,
		.timestamp = rtp->timestamp,
		.role = st->role,
		.format = { f->codec ? f->codec->name : NULL, f->clock_hz,
		            f->channels > 1 ? f->channels : 1 },
		.payload = rtp->payload,
	};

	if (st->sealed)
		p.unreadable = st->keyed ? "encrypted, and no key that was said fits"
		                         : "encrypted, and no key is known";
	else if (!f->codec && f->name[0])
		p.unreadable = "no decoder for this codec";
	return p;
}

bool sound_take(struct stream *st, struct analysis *a, int64_t time_ns,
                const struct rtp_packet *rtp, size_t octets, const struct seq_step *step)
{
	if (st->role == PAYLOAD_ROLE_VIDEO)
		return true;
	if (!st->cold->sound && !open_sound(st, a))
		return false;
	struct stream_sound *s = st->cold->sound;
	if (!s->track)
		return true;
	struct track_packet packet = packet_of(st, time_ns, rtp, step);
	if (step->kind == SEQ_FIRST && s->waiting_n)
		packet.payload = slice_of(s->waiting, s->waiting_n);
	s->waiting_n = 0;
	/* What was decrypted is whole, and shorter for want of its tag. */
	if (!packet.unreadable && !st->keyed && packet.payload.n < octets &&
	    packet.payload.n < TRACK_PAYLOAD_MAX)
		packet.unreadable = "its packets were not captured to their end (snap length)";
	return track_push(s->track, &packet);
}

bool sound_keep_waiting(struct stream *st, struct analysis *a, struct slice payload)
{
	struct stream_sound *s = st->cold->sound;

	if (!s || !s->track)
		return true;
	payload = slice_sub(payload, 0, TRACK_PAYLOAD_MAX);
	void *octets = mem_resize(s->waiting, payload.n + 1);
	if (!octets)
		return err_memory(a->err, "the sound of a stream");
	s->waiting = octets;
	s->waiting_n = payload.n;
	if (payload.n)
		memcpy(octets, payload.p, payload.n);
	return true;
}

/* The listener is told once. */
static bool close_sound(struct stream *st, int64_t stream_id)
{
	static const struct track_counts none;
	struct stream_sound *s = st->cold->sound;
	struct audio_ended ended = {
		.stream_id = stream_id,
		.call_id = st->media ? st->media->call_id : RECORD_NULL,
		.to_callee = st->media && st->cold->receiver == PARTY_CALLEE,
		.stream = st,
		.counts = s->track ? track_counts(s->track) : &none,
	};
	void *listener = s->listener;

	s->listener = NULL;
	return !listener || s->sink->close(listener, &ended);
}

bool sound_finish(struct stream *st)
{
	struct stream_sound *s = st->cold->sound;

	if (!s || !s->track)
		return true;
	return track_finish(s->track) && close_sound(st, st->cold->id);
}

void sound_release(struct stream *st)
{
	struct stream_sound *s = st->cold->sound;

	if (!s)
		return;
	close_sound(st, RECORD_NULL);
	track_free(s->track);
	mem_free(s->waiting);
	mem_free(s);
	st->cold->sound = NULL;
}
