/* One RTP stream in two parts: what every packet touches, and the rest. Owned by the flow table.
 *
 * Lifetime: created on probation or bound at once, accepted (gets its id), finished (its row is written) when its call is closed, when
 * it idles without a call, when its port is used again, or at the end of the capture. */
#ifndef ANALYZER_STREAMS_STREAM_H
#define ANALYZER_STREAMS_STREAM_H

#include "analyzer/score/codec_modes.h"
#include "analyzer/score/jitter_buffer.h"
#include "analyzer/score/receiver.h"
#include "analyzer/score/trace.h"
#include "analyzer/streams/content.h"
#include "analyzer/streams/digits.h"
#include "analyzer/streams/event_guess.h"
#include "analyzer/streams/format.h"
#include "analyzer/streams/gaps.h"
#include "analyzer/streams/interval.h"
#include "analyzer/streams/jitter.h"
#include "analyzer/streams/marks.h"
#include "analyzer/streams/moments.h"
#include "analyzer/streams/payload_size.h"
#include "analyzer/streams/probation.h"
#include "analyzer/streams/sameness.h"
#include "analyzer/streams/seq.h"
#include "analyzer/streams/skew.h"
#include "analyzer/streams/streams.h"
#include "base/histogram.h"
#include "base/list.h"

struct flow_key {
	struct ip_addr src, dst;
	uint16_t sport, dport;
	uint32_t ssrc;
};

enum stream_bound {
	BOUND_WAITING, /* to no call */
	BOUND_BY_SOURCE, /* it comes from where a party receives: symmetric RTP */
	BOUND_BY_DESTINATION,
};

/* A stream's place at one of its two endpoints (bind.h). */
struct stream_place {
	struct list_node node;
	struct stream *stream;
	struct endpoint_node *at;
};

/* A packet that seq_push() called far: it may turn out to begin a segment. */
struct waiting_packet {
	int64_t time_ns;
	struct rtp_packet rtp;
	size_t octets;
	uint8_t payload[16]; /* its beginning, enough for events */
};

#define STREAM_JITTER_HELD 32
#define STREAM_NO_TYPE     0xff
#define STREAM_NO_ROLE     0xff

#define STREAM_FORMATS_COMMON 2

/* What only streams with digits, with something like digits or with many payload types have: allocated with the first of them. */
struct stream_extra {
	struct digits digits;
	struct event_packet guessed[EVENT_GUESS_KEPT];
	struct payload_format formats[FORMATS_MAX - STREAM_FORMATS_COMMON];
};

/* How the TTL changed, by two or more: `from` and `to` of the first time. */
struct stream_ttl {
	uint8_t from, to;
	uint8_t now; /* since the last change */
	unsigned changes;
	int64_t capture_id, time_ns;
	uint64_t frame;
};

/* What listening.h found, for rules. */
struct stream_heard {
	bool listened;
	double level_dbov; /* over all of it; NAN: nothing but zeros */
	double sent_ms, quiet_ms; /* of sound; of that below LEVELS_DEAD_DBOV */
};

/* Packets that came again as the same datagram within STREAM_COPY_NS; where the first of them did. */
#define STREAM_COPY_NS (5 * NS_PER_MS)
struct stream_copies {
	uint64_t mirrored;
	int64_t capture_id, time_ns, age_ns;
	uint64_t frame;
};

/* What packets touch now and then. */
struct stream_cold {
	struct stream *stream;
	struct streams *owner;
	struct timer idle;
	struct list_node
	        order; /* among the live ones or those on probation, idle longest first, lazily */
	int64_t listed_ns; /* seen_ns when it was put at the end of that list */
	struct stream_place at_source, at_destination;
	struct stream *next_in_call,
	        **previous_in_call; /* next_in_call of a free one: the next free one */
	int64_t id, dialog_id, first_ns;
	uint8_t dscp;
	uint8_t bound; /* enum stream_bound */
	uint8_t receiver; /* enum party, when bound */
	bool encrypted, is_video;
	bool dtls; /* its endpoints shook hands before: encrypted, whatever SDP says */
	bool mixed; /* its first packet names contributors: a mixer sends it */
	bool superseded; /* another stream of its direction went on after it */
	struct probation probation;
	uint64_t probation_packets;
	unsigned format_count, format; /* the one in use */
	unsigned audio; /* the newest one that is audio */
	uint64_t taken_before_format;
	struct payload_format formats[STREAM_FORMATS_COMMON]; /* stream_format() knows them all */
	struct stream_extra *extra; /* NULL: not needed yet */
	struct stream_heard heard;
	struct sameness sameness; /* of every 32nd packet of audio */
	struct stream_sound *sound; /* sound.h; NULL: nobody listens */
	struct stream_secure *secure; /* secure.h; NULL: no packet with keys yet */
	struct content *content; /* of a call's audio; NULL: nothing to tell it by yet */
	struct stream_gaps *gaps; /* NULL: none yet */
	int64_t max_delta_ns;
	unsigned restarts; /* of sequence or timestamps, without a marker */
	struct packet_mark restart; /* the first one */
	unsigned talkspurts; /* that began after a pause which the sender meant */
	unsigned flips; /* from one audio payload type to another */
	struct size_check sizes;
	struct bad_moments *moments; /* NULL: none */
	uint64_t close_together; /* packets within 2 ms of the one before */
	struct waiting_packet waiting;
	struct intervals intervals;
	struct skew skew;
	struct event_guess guess;
	struct stream_ttl ttl;
	struct stream_rtcp *rtcp; /* NULL: no RTCP names it (rtcp.h) */
	struct stream_copies copies;
	uint32_t hole; /* the newest one that findings/capture_outages.c holds, from 1 */
	struct histogram jitter_us;
	struct receiver listener; /* the jitter buffer it goes to, as the settings want it */
	struct trace trace;
	struct marks *marks; /* NULL: none are kept */
	struct codec_use *use; /* NULL: not of a codec that shows its modes */
};

/* What every packet touches: these stand densely, apart from the rest (table.h), and in the order they are touched in. */
struct stream {
	struct flow_key key;
	struct call_media *media; /* NULL: waiting */
	int64_t seen_ns; /* eviction time of its last packet */
	int64_t told_ns; /* seen_ns that media->last_packet_ns was told last */

	int64_t interval_start_ns;
	int64_t last_ns; /* arrival of the last packet that counted */
	int64_t usual_delta_ns; /* a longer one since the packet before is looked at: cold->max_delta_ns or GAPS_LEAST_NS, the lesser */
	double ns_per_tick; /* 0: no clock, or not media */
	bool accepted, late_known;
	bool shows_modes; /* the format in use: see codec_modes.h */
	bool guessing; /* a dynamic type that nothing explains: may be telephone-event */
	uint8_t payload_type, role; /* of the format in use */
	uint8_t previous_role; /* of the newest audio or comfort noise in sequence */
	uint8_t jitter_held; /* in jitter_us, not yet in cold->jitter_us */
	uint8_t ttl; /* of its last packet; 0: none yet */
	uint32_t previous_timestamp, step_ticks;
	uint32_t step_votes; /* Boyer-Moore majority of timestamp steps */
	bool keyed; /* SRTP, and SDP says keys (secure.h) */
	bool sealed; /* the payload of the packet at hand cannot be read */
	uint32_t
	        ip_ids; /* IP identification of its last packet, of the one before in the upper half */
	int64_t previous_number;

	struct jitter jitter;
	uint64_t taken, octets;

	struct jitter_buffer buffer;
	uint64_t ticks; /* media time */
	struct stream_cold *cold; /* the same one for ever */
	uint16_t jitter_us[STREAM_JITTER_HELD]; /* as histogram_counter_of() */

	struct seq seq;
	uint64_t late,
	        silent_ticks; /* silent_ticks: of the media time, discontinuous transmission */
};

/* st->cold is set already; whatever else was in both is forgotten. */
void stream_init(struct stream *st, struct streams *owner, const struct flow_key *key,
                 int64_t time_ns, uint8_t dscp);

/* One packet, whatever it is; octets: of its payload on the wire. False: the environment failed. */
bool stream_push(struct stream *st, struct analysis *a, int64_t time_ns,
                 const struct rtp_packet *rtp, size_t octets);

/* Its packet has another TTL than the one before. */
void stream_ttl_changed(struct stream *st, const struct analysis *a, int64_t time_ns, uint8_t ttl);

/* SDP has changed: looks all its payload types up again. Statistics that need a clock begin where it becomes known. */
void stream_explain(struct stream *st);

/* Its i-th payload type, i < FORMATS_MAX; from STREAM_FORMATS_COMMON on only after stream_need_extra(). */
static inline struct payload_format *stream_format(const struct stream *st, unsigned i)
{
	struct stream_cold *cold = st->cold;
	return i < STREAM_FORMATS_COMMON ? &cold->formats[i]
	                                 : &cold->extra->formats[i - STREAM_FORMATS_COMMON];
}

/* Sees to it that cold->extra is there. False: out of memory. */
bool stream_need_extra(struct stream *st, struct analysis *a);

/* RTP clock of its audio (or video), 0 if unknown. */
uint32_t stream_clock_hz(const struct stream *st);

/* Frees what it has allocated and cancels its timers. */
void stream_release(struct stream *st);

/* Writes its last intervals and its row. The caller unlinks and frees it. */
bool stream_finish(struct stream *st, struct analysis *a);

/* The run it belongs to (timers have no other way to it). */
struct analysis *stream_analysis(const struct stream *st);

bool stream_check(const struct stream *st);

#endif
