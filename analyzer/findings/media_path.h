/* Family A, the way of the media: who hears nothing, and why. All judged when a leg closes, while its streams are still there; only what
 * ICMP says is kept on the way.
 *
 *   media_path.c          who is told what; A6 (ICMP), what no call shows (A16)
 *   media_path_silent.c   A1, A2, A4, A5: nothing arrives
 *   media_path_places.c   A7, A8: RTP from or to places that nobody announced
 *   media_path_times.c    A9 to A11, A15: late, early, interrupted, held
 *   media_path_sources.c  A12 to A14: senders that change, are two, begin anew
 *   audio_call.c          what came to each party */
#ifndef ANALYZER_FINDINGS_MEDIA_PATH_H
#define ANALYZER_FINDINGS_MEDIA_PATH_H

#include "analyzer/findings/audio_call.h"
#include "analyzer/findings/lru.h"
#include "dissectors/icmp.h"

#define MEDIA_MAX_REFUSED                                                                          \
	1024 /* flows that ICMP speaks of; beyond, the one without news for longest is forgotten */
#define MEDIA_MAX_PENDING                                                                          \
	256 /* silent calls before the first RTP; of more, only the number is kept */

/* A flow that somebody cannot deliver. */
struct refused_flow {
	struct lru_node node; /* by call and receiver, or by stream */
	struct sighting first, last;
	struct ip_addr reporter;
	struct icmp_unreachable said; /* the first time */
	int64_t stream_id;
	uint64_t messages;
	bool is_rtcp; /* all of them were about RTCP */
};

/* A call in which nothing was heard, before any RTP at all. */
struct pending_silence;

struct media_path {
	struct draft draft;
	struct lru refused; /* struct refused_flow */
	struct pending_silence *pending; /* MEDIA_MAX_PENDING, NULL: none yet */
	unsigned pending_count;
	uint64_t without_media, with_media; /* answered calls whose audio both parties wanted */
	bool rtp_seen;
	struct sighting first_answer, last_answer; /* of those without media */
	double span_s, packets, silence, silent_span_s, messages;
	double stale_s, late_ms, early_s, early_ratio, gap_s;
	double change_s, many_changes, overlap_s, hold_s;
};

struct media_path *media_path_new(struct findings *f); /* NULL: out of memory, err set */
void media_path_free(struct media_path *m); /* NULL allowed */
bool media_path_media(struct media_path *m, const struct leg *leg);
/* An accepted stream ends: whoever hears nothing has heard that there is RTP. */
void media_path_stream(struct media_path *m);
bool media_path_unreachable(struct media_path *m, const struct seen_unreachable *u);
bool media_path_finish(struct media_path *m);

/* --- among these files ------------------------------------------------------------------------------------------------ */

/* What ICMP said of RTP to this party, often enough while the call was up; NULL: nothing. */
const struct refused_flow *media_refused(struct media_path *m, const struct audio_call *c,
                                         enum party receiver);
/* "port unreachable" */
const char *media_reason(enum icmp_reason reason);
/* This party's SDP names a private address from outside, and nothing reached it anywhere else. */
bool media_is_hidden(const struct audio_call *c, enum party party);

bool judge_silence(struct media_path *m, const struct audio_call *c);
bool judge_contact(struct media_path *m, const struct audio_call *c);
bool judge_hidden(struct media_path *m, const struct audio_call *c);
bool judge_unexpected(struct media_path *m, const struct audio_call *c);
bool judge_third(struct media_path *m, const struct audio_call *c);
bool judge_late(struct media_path *m, const struct audio_call *c);
bool judge_early_end(struct media_path *m, const struct audio_call *c);
bool judge_gaps(struct media_path *m, const struct audio_call *c);
bool judge_hold(struct media_path *m, const struct audio_call *c);
bool judge_changes(struct media_path *m, const struct audio_call *c);
bool judge_two_senders(struct media_path *m, const struct audio_call *c);
bool judge_restarts(struct media_path *m, const struct audio_call *c);
/* At the end: A2 for those that waited, if there was RTP at all; else A16 for all. */
bool silence_finish(struct media_path *m);

#endif
