/* A leg that closes, as its audio shows it: what came to each party, and what was to be expected. For the families A and C. */
#ifndef ANALYZER_FINDINGS_AUDIO_CALL_H
#define ANALYZER_FINDINGS_AUDIO_CALL_H

#include "analyzer/calls/leg.h"
#include "analyzer/findings/draft.h"
#include "analyzer/streams/bind.h"

/* Streams shorter than this show nothing about the whole of a call. */
#define AUDIO_LEAST_PACKETS 50
/* A sender with so many pauses of his own, or comfort noise, sends nothing while nobody speaks. */
#define AUDIO_PAUSES 3

/* Audio towards one party. */
struct audio_way {
	uint64_t packets; /* of all its streams */
	int64_t first_ns, last_ns; /* TIME_NONE: nothing came */
	const struct stream *main; /* the one of most packets; NULL: none is left */
	const struct media_end
	        *end; /* where the party wants it: its newest; NULL: not said, or withdrawn */
	bool wanted; /* by both parties' newest SDP */
	bool pauses; /* its sender suppresses silence */
};

struct audio_call {
	const struct leg *leg;
	int64_t begin_ns,
	        end_ns; /* answer, or where the capture begins; end, or what was seen last */
	double talk_s; /* of these; 0 if it was not answered */
	struct audio_way to[2]; /* enum party */
	bool held; /* at some time */
	const char *weak; /* the capture's edge hides a part of it; NULL: it does not */
};

void audio_call_of(const struct leg *leg, struct audio_call *out);

/* Its RTP is audio of the call and was believed. */
bool audio_is(const struct stream *st);
/* A comfort noise payload type, or pauses: nobody should wonder at silence. */
bool audio_pauses(const struct stream *st);
/* An order of streams that does not hang on which packet of a time came first. */
bool audio_before(const struct stream *x, const struct stream *y);
/* Another stream of the same direction runs within this time. */
bool audio_goes_on(const struct stream *st, int64_t from_ns, int64_t until_ns);
/* Some party announced this address for media. */
bool audio_is_announced(const struct call_media *m, struct ip_addr addr);
/* How long both sent at the same time; what their longest gaps show is left out. */
int64_t audio_overlap_ns(const struct stream *x, const struct stream *y);

static inline enum party party_other(enum party p)
{
	return p == PARTY_CALLER ? PARTY_CALLEE : PARTY_CALLER;
}

static inline double audio_seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

/* "alice", escaped; "the caller" where its URI has no user. */
void audio_say_name(struct text *t, const struct leg *leg, enum party party);
/* "alice (192.0.2.10:4000)": where she has media by her SDP, else where her RTP comes from. */
void audio_say_party(struct text *t, const struct audio_call *c, enum party party);
void audio_say_endpoint(struct text *t, struct endpoint e);
/* Where a party's media is, as above; port 0: not known. */
struct endpoint audio_place(const struct audio_call *c, enum party party);
/* draft_add_leg(), weak where the call is; the answer and the BYE are among the frames. */
bool audio_add(struct draft *d, const struct audio_call *c, struct occurrence o);

#endif
