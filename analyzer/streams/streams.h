/* RTP streams, (addresses, ports, SSRC): found by SDP or by their own regularity, measured packet by packet, bound to calls, written as
 * `streams`, `stream_intervals`, `rtcp_reports` and `dtmf` rows when they end.
 *
 *   seq.c     RFC 3550 A.1/A.3: extended sequence, unique loss, duplicates, reordering, segments at restarts
 *   jitter.c  RFC 3550 A.8 over capture time in ns; skew.c the sender's clock against the capture's
 *   stream.c  one stream: what each packet changes; record.c its rows, interval.c those of stream_intervals
 *   format.c  what payload types mean; digits.c telephone-event to digits, event_guess.c the same without SDP
 *   table.c   the flow table (one look-up per packet), bounds, eviction; probation.c is it RTP at all?
 *   bind.c    which call, which direction, which codec; ends.c the media ends of SDP and their endpoints
 *   rtcp.c    reports of the far ends; far_loss.c what they miss against what the capture misses; sound.c packets to whoever listens
 *   secure.c  SRTP: which of the keys in SDP fits, packets in clear; srtp.c libsrtp2
 *
 * The order of things is free: media may come before its SDP (early media, answer races) and is bound when the SDP comes. */
#ifndef ANALYZER_STREAMS_STREAMS_H
#define ANALYZER_STREAMS_STREAMS_H

#include "analyzer/analysis.h"
#include "dissectors/packet.h"
#include "dissectors/rtcp.h"
#include "dissectors/rtp.h"
#include "dissectors/sdp.h"

struct streams;
struct stream;
struct media_end;
struct press_list;
struct call_talk;
struct codec;

enum party { PARTY_CALLER, PARTY_CALLEE };

/* What came to one party, of all audio streams that are finished. */
struct media_heard {
	int64_t first_ns, last_ns; /* TIME_NONE: nothing */
	uint64_t packets;
	bool paused; /* silence was suppressed (discontinuous transmission) */
};

/* Tones that say what a call is for: heard (listening.h), fax tones also as telephone-events (RFC 4734 2). */
enum fax_tone { FAX_CNG = 1, FAX_CED = 2 };
struct media_tones {
	uint8_t fax[2]; /* enum party who sends: enum fax_tone */
	const struct codec *fax_codec[2]; /* of the newest such stream; NULL: none, or not known */
	int64_t fax_ns; /* the first of them; TIME_NONE: none */
	int64_t ringback_from_ns,
	        ringback_to_ns; /* the last one the callee sent; TIME_NONE: none */
};

/* The media side of one call. The call owns it (embedded), the streams module links its streams and media ends into it. */
struct call_media {
	int64_t call_id;
	int64_t end_ns; /* BYE or final failure, TIME_NONE while the call lives; set by the call */
	bool sent[2]; /* enum party: RTP from there; set when its stream ends */
	bool elsewhere; /* RTP at its endpoints was another call's at the same time: they share them */
	bool held; /* the newest SDP of either side says hold; set by the call */
	bool was_held; /* at some time */
	struct press_list *
	        presses; /* where the digits of its streams go; set by the call; NULL: to their rows at once */
	/* Kept by the streams module. */
	bool events_said[2]; /* enum party: an SDP of it has telephone-event */
	bool secured; /* SRTP, by an SDP */
	struct media_end *ends;
	struct stream *streams; /* newest first */
	unsigned end_count, stream_count;
	int64_t last_packet_ns; /* eviction time of the last RTP packet of any stream of it, to 0.1 s; TIME_NONE before */
	struct media_heard heard[2]; /* enum party who receives */
	struct media_tones tones;
	struct call_talk *talk; /* listening.h owns it; NULL: nobody listened */
	double mos_min; /* least mos_lq of its finished streams, NAN before */
};

void call_media_init(struct call_media *m, int64_t call_id);

/* A fax tone from this party; codec: of the stream it came in, NULL: not known. */
void call_media_fax(struct call_media *m, enum party sender, enum fax_tone tone, int64_t time_ns,
                    const struct codec *codec);

/* Every accepted stream there is now. */
typedef void streams_visit(void *context, const struct stream *st);
void streams_each(const struct streams *s, streams_visit *visit, void *context);

struct streams *streams_new(struct analysis *a); /* NULL: out of memory, a->err set */
void streams_free(struct streams *s); /* NULL allowed */

/* One RTP packet (rtp_parse() said PARSE_OK). The hot path: no allocation for a known stream, but with its first digit, its third
 * payload type, its first lost or late packets (trace.h; doubling from there), the first frame of a codec that shows its modes, or jitter
 * spread over more than the histogram pages promised to it. False: environment failed. */
bool streams_rtp(struct streams *s, int64_t time_ns, const struct packet_view *view,
                 const struct rtp_packet *rtp);

/* A DTLS record between the packet's endpoints: RTP between them is encrypted from now on. */
void streams_dtls(struct streams *s, const struct packet_view *view);

/* One RTCP compound. Bound to a stream by SSRC and addresses (source_ssrc of a block names the stream reported on). Ignored if it fits
 * no stream and no media end. */
bool streams_rtcp(struct streams *s, int64_t time_ns, const struct packet_view *view,
                  struct slice datagram);

/* An SDP that `party` of the call sent, an offer or an answer: where it receives from now on, and with which payload types. Binds waiting streams. A stream
 * still bound to another call that has ended, to or from one of these ends, is closed: the port is used again. */
bool streams_sdp(struct streams *s, struct call_media *media, int64_t dialog_id, enum party party,
                 bool is_answer, const struct sdp *sdp, int64_t time_ns);

/* Whose media a datagram between these endpoints is. */
struct media_flow {
	const struct call_media *media; /* NULL: a stream of no call */
	int64_t stream_id; /* RECORD_NULL: RTCP, or no packet of it was seen */
	enum party receiver; /* in a call */
	bool is_rtcp;
};
/* False: nobody's. */
bool streams_flow(const struct streams *s, struct endpoint src, struct endpoint dst,
                  struct media_flow *out);

/* The call is over: finishes and writes its streams, forgets its media ends. media->mos_min is final afterwards. */
bool streams_close_call(struct streams *s, struct call_media *media);

/* End of capture: finishes every stream that is no call's (calls are closed first). */
bool streams_finish(struct streams *s);

/* What is in the table now, and what happened at its bounds. */
struct streams_counts {
	size_t live, probation;
	uint64_t created, accepted, written, probation_dropped, evicted_at_limit;
	uint64_t rtp_packets, rtcp_packets; /* of accepted streams; of compounds that fitted */
	uint64_t rtcp_unmatched;
};
struct streams_counts streams_counts(const struct streams *s);

#define STREAMS_MAX                                                                                \
	131072 /* accepted at once; beyond, the longest idle one is closed and written */
#define STREAMS_MAX_PROBATION                                                                      \
	4096 /* candidates without SDP; beyond, the longest idle one is forgotten */
#define STREAMS_MAX_PER_CALL 256 /* beyond, the call's oldest one is closed and written */
#define STREAMS_MAX_ENDS_PER_CALL                                                                  \
	64 /* different media descriptions; beyond, the call's oldest one is forgotten */

#endif
