/* A stream of packets to a track, each with six octets in front: codec and flags, milliseconds, sequence, timestamp (two), octets of
 * payload by eight. All codecs, payloads of anything. Held: blocks never overlap and hold what a block may hold, and what is not decoded has a reason. */
#include "analyzer/audio/track.h"
#include "base/cursor.h"

#include <stdlib.h>

#define HOLD(condition) ((condition) ? (void)0 : abort())
#define PACKETS         64 /* of an input: more of the same shows nothing new */

static const struct decoder_format formats[] = {
	{ "PCMU", 8000, 1 },         { "PCMA", 8000, 2 },
	{ "G722", 8000, 1 },         { "GSM", 8000, 1 },
	{ "G726-16", 8000, 1 },      { "G726-24", 8000, 1 },
	{ "AAL2-G726-32", 8000, 1 }, { "AAL2-G726-40", 8000, 1 },
	{ "L16", 44100, 2 },         { "L16", 8000, 7 },
	{ "opus", 48000, 2 },        { "G729", 8000, 1 },
	{ "iLBC", 8000, 1 },         { NULL, 0, 0 },
	{ "PCMU", 192000, 1 },       { "L16", 4000, 1 },
};

struct heard {
	bool begun;
	int64_t end_ns, sum; /* sum: every sample is read */
};

static bool listen(void *context, const struct track_block *b)
{
	struct heard *h = context;

	HOLD(b->count > 0 && b->count <= DECODER_MAX_SAMPLES);
	HOLD(b->rate >= 4000 && b->rate <= 192000 && b->origin <= TRACK_PAUSE);
	HOLD(!h->begun || b->time_ns >= h->end_ns - 1);
	for (size_t i = 0; i < b->count; i++)
		h->sum += b->samples[i];
	h->begun = true;
	h->end_ns = b->time_ns + (int64_t)(b->count * (uint64_t)NS_PER_S / b->rate);
	return true;
}

static void read_packet(struct cursor *c, struct track_packet *p)
{
	uint8_t kind = cursor_u8(c), ms = cursor_u8(c), step = cursor_u8(c);

	p->format = formats[kind % 16];
	p->marker = kind & 0x10;
	p->restart = (kind & 0xe0) == 0xe0;
	p->role = (kind & 0xe0) == 0x60   ? PAYLOAD_ROLE_COMFORT_NOISE
	          : (kind & 0xe0) == 0xa0 ? PAYLOAD_ROLE_EVENT
	                                  : PAYLOAD_ROLE_AUDIO;
	p->unreadable = (kind & 0xe0) == 0xc0 ? "encrypted" : NULL;
	p->time_ns += ms < 250 ? ms * NS_PER_MS : (ms - 250) * 5000 * NS_PER_S - 9000 * NS_PER_S;
	p->number += step < 200 ? step % 16 - 2 : step;
	p->timestamp += (uint32_t)cursor_be16(c) << (step & 0x40 ? 12 : 0);
	size_t n = cursor_u8(c) * 8u;
	p->payload = cursor_take(c, n < cursor_left(c) ? n : cursor_left(c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(slice_of(data, size));
	struct heard heard = { 0 };
	struct err err = ERR_INIT;
	struct track *t = track_new(listen, &heard, &err);
	struct track_packet p = { .number = 1 << 20 };
	uint64_t audio = 0;

	for (int i = 0; i < PACKETS && cursor_left(&c) >= 6; i++) {
		read_packet(&c, &p);
		audio += p.role == PAYLOAD_ROLE_AUDIO;
		HOLD(track_push(t, &p) && track_check(t));
	}
	HOLD(track_finish(t) && track_check(t));
	const struct track_counts *counts = track_counts(t);
	HOLD(counts->decoded + counts->undecoded <= audio && (!counts->undecoded || counts->why));
	track_free(t);
	return 0;
}
