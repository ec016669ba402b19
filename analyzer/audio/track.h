/* One RTP stream as sound on the capture's timeline: packets in, in order of arrival; blocks of samples out, in order of time.
 *
 *   packets ─► window (order of sequence) ─► decoder ─► laid by timestamp ─► blocks
 *
 * The first packet of a stream lies where it arrived, what follows where its timestamps say. How much later or earlier than its place
 * the least delayed packet of some seconds arrives is the sender's clock against the capture's, or a delay that changed for good: that
 * much a pause grows or shrinks, and at TRACK_DRIFT_NS it is made up for without one. So a place is never further from the arrival than
 * that for long, whatever the timestamps say. What arrives is heard however late it is: this is no simulation of one receiver's buffer
 * (`late` of a stream's record tells that), but a packet that is overtaken by TRACK_WINDOW others or by TRACK_HOLD_NS is lost.
 *
 *   lost       concealed, as the decoder can, for TRACK_CONCEAL_NS, then silent
 *   DTX        silence, or comfort noise where the sender describes it
 *   events     silence: telephone-event has a tone for the far end, not here
 *   restarts   of numbers or timestamps begin where their first packet arrives
 *
 * Bounds: no packet gives more than TRACK_PACKET_NS of sound and TRACK_SPELLED_NS of silence; sound is never further ahead of
 * its arrival than TRACK_AHEAD_NS. Held are TRACK_WINDOW packets of at most TRACK_PAYLOAD_MAX octets. */
#ifndef ANALYZER_AUDIO_TRACK_H
#define ANALYZER_AUDIO_TRACK_H

#include "analyzer/audio/decoder.h"
#include "analyzer/score/codec_table.h"
#include "base/clock.h"
#include "base/err.h"

#define TRACK_WINDOW      16
#define TRACK_HOLD_NS     (60 * NS_PER_MS)
#define TRACK_CONCEAL_NS  (60 * NS_PER_MS)
#define TRACK_DRIFT_NS    (200 * NS_PER_MS)
#define TRACK_AHEAD_NS    NS_PER_S
#define TRACK_PACKET_NS   NS_PER_S
#define TRACK_SPELLED_NS  (10 * NS_PER_S)
#define TRACK_PAYLOAD_MAX 8192 /* octets; the rest of a longer payload is not heard */

enum track_origin {
	TRACK_DECODED,
	TRACK_CONCEALED, /* lost: made up, or silent when too much is lost */
	TRACK_PAUSE, /* nobody sent anything: silence or comfort noise */
};

/* Borrows the samples; at most DECODER_MAX_SAMPLES. Blocks follow one another without a hole, but where silence would be longer than
 * TRACK_SPELLED_NS: that is left out, and the next block is later. They never overlap. */
struct track_block {
	int64_t time_ns; /* capture time of the first sample */
	unsigned rate; /* samples per second: may change from block to block */
	const int16_t *samples;
	size_t count;
	enum track_origin origin;
};

/* False: the environment failed, and the err given to track_new() is set. */
typedef bool track_sink(void *context, const struct track_block *block);

struct track_packet {
	int64_t time_ns; /* arrival */
	int64_t number; /* extended: seq.h */
	bool restart; /* begins a segment: neither number nor timestamp goes on from before */
	bool marker;
	uint32_t timestamp;
	enum payload_role role;
	struct decoder_format format; /* its name stays valid */
	const char *unreadable; /* why the payload says nothing, e.g. encrypted; NULL: it does */
	struct slice payload;
};

struct track_counts {
	uint64_t decoded; /* packets of which something is heard */
	uint64_t undecoded; /* audio packets of which nothing is */
	uint64_t lost, late; /* numbers given up; packets that came after that */
	const char *why; /* the first reason for undecoded; static. NULL: none */
};

struct track;

struct track *track_new(track_sink *sink, void *context, struct err *err); /* NULL: err is set */
void track_free(struct track *t); /* NULL allowed */

/* One packet, each once. False: the environment failed. */
bool track_push(struct track *t, const struct track_packet *packet);
/* No more packets: gives what is held. */
bool track_finish(struct track *t);

const struct track_counts *track_counts(const struct track *t);

/* Invariants, for tests. */
bool track_check(const struct track *t);

#endif
