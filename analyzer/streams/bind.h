/* Which call a stream belongs to. SDP says where a party receives; that gives the endpoints, and every endpoint knows the media ends
 * announced for it and the streams that go to it or come from it. A stream is bound by its destination, else by its source (symmetric
 * RTP: who sends from where he said he receives), else it waits for an SDP.
 *
 *     endpoint_node ──┬─ ends: places of media ends, newest last ──► media_end ──► call_media
 *                     ├─ waiting, bound: places of streams       ──► stream    ──► call_media
 */
#ifndef ANALYZER_STREAMS_BIND_H
#define ANALYZER_STREAMS_BIND_H

#include "analyzer/streams/stream.h"
#include "dissectors/sdes.h"

struct endpoint_node {
	struct endpoint endpoint;
	struct list_node ends, rtcp_ends; /* end_place */
	struct list_node waiting, bound; /* stream_place */
	unsigned bound_count;
};

struct end_place {
	struct list_node node; /* in at->ends or at->rtcp_ends */
	struct media_end *end;
	struct endpoint_node *at; /* NULL: nowhere */
};

/* As the SDP says it. What it means is looked up when a packet has that type: most are never used. */
struct end_format {
	uint32_t clock_hz;
	uint8_t payload_type;
	uint8_t channels; /* 0: not said */
	bool octet_aligned; /* fmtp, RFC 4867 section 8.1 */
	uint8_t name_n; /* 0: none */
	char name[FORMAT_NAME]; /* cut: no name that we know is longer */
};

/* One m= line of one party: where it receives (connection address and candidates) and what the payload types mean there. One block of
 * memory. */
struct media_end {
	struct media_end *next; /* of the same call, older */
	struct call_media *media;
	int64_t dialog_id;
	uint64_t digest; /* of everything in it: the same SDP again is the same end */
	enum party party;
	bool is_video, encrypted;
	bool has_candidates; /* ICE */
	uint8_t direction; /* enum sdp_direction, as said last */
	uint16_t ptime_ms, maxptime_ms; /* 0: not said */
	int64_t said_ns; /* the newest SDP that said it */
	bool retired; /* the party has said since that no RTP is received there: see ends_retire() */
	unsigned line; /* which m= line of its SDP */
	bool savp, sdes, dtls; /* RTP/SAVP, a=crypto, a=fingerprint */
	bool is_answer;
	uint64_t said; /* grows with each SDP of the run: which was said later */
	unsigned place_count, format_count, key_count;
	struct end_place rtcp;
	struct end_place *places;
	struct end_format *formats;
	struct unprotect *rtcp_session; /* of its party's RTCP; NULL: none yet */
	uint8_t rtcp_failures; /* in a row */
	struct sdes_key
	        *keys; /* what the party encrypts with, in order of preference; wiped at the end */
};

#define END_MAX_KEYS 8 /* those beyond are not tried */

/* Puts a new stream at its endpoints and binds it if it can. False: out of memory; flow_free() cleans up. */
bool bind_attach(struct streams *s, struct stream *st);
void bind_detach(struct streams *s, struct stream *st);

/* A stream on probation is believed now: binds it if it can, to a retired end at worst. */
bool bind_accepted(struct streams *s, struct stream *st);

/* Binds all that wait at the places of this end, and closes what is left there of calls that are over. */
bool bind_end(struct streams *s, struct media_end *end);

/* What a payload type means in this stream now: the receiver's SDP, else the sender's, else the number itself. */
struct payload_format bind_format(const struct stream *st, uint8_t payload_type);

/* Does the receiver's SDP take telephone-events of this payload type? It says so, or of another type, or of none; or there is no SDP. */
enum event_agreement { EVENTS_UNKNOWN, EVENTS_AGREED, EVENTS_OTHER_TYPE, EVENTS_NOT_OFFERED };
enum event_agreement bind_events(const struct stream *st, uint8_t payload_type);

/* The call's SDP changed: encryption, dialog and payload types of its streams follow. */
void bind_refresh(struct call_media *media);

/* The memory of media ends and endpoints (ends.c); the latter when all are freed. */
void ends_init(struct streams *s);
void ends_release_memory(struct streams *s);

/* NULL: out of memory. */
struct media_end *end_add(struct streams *s, struct call_media *media, int64_t dialog_id,
                          enum party party, const struct sdp_session_media *m);
void ends_release(struct streams *s, struct call_media *media);
/* For the very end: frees one media end that is there, without touching its call. */
void ends_free_at(struct streams *s, struct endpoint_node *n);
/* An RTP description with somewhere to send to. */
bool end_is_usable(const struct sdp_session_media *m);
/* No RTP is received there: port 0, or another protocol such as udptl (T.38). */
bool end_is_withdrawn(const struct sdp_session_media *m);
/* A withdrawn line retires the ends of this party that had its place in the SDP (RFC 3264 section 8.3) or its endpoint: UDPTL numbers
 * from 0x8000 up look like RTP, so new streams are no more believed because of them. The same SDP again brings them back. */
void ends_retire(struct call_media *media, int64_t dialog_id, enum party party, unsigned line,
                 const struct sdp_session_media *m);

struct endpoint_node *endpoint_find(const struct streams *s, struct endpoint endpoint);
struct endpoint_node *endpoint_get(struct streams *s,
                                   struct endpoint endpoint); /* NULL: out of memory */
/* Frees the node if nothing is there any more. NULL allowed. */
void endpoint_release(struct streams *s, struct endpoint_node *n);

/* The newest media end there, one of a living call first, and retired ones last, if at all; NULL if there is none. */
struct media_end *endpoint_end(const struct list_node *ends, bool also_retired);

#endif
