/* C9 and C10: faxes. T.38 by re-INVITE (T.38 annex D): asked for and refused, never answered, or agreed and nothing sent; and fax tones, heard
 * (--audio) or as telephone-events, over a codec that no fax survives while nobody goes over to T.38. */
#ifndef ANALYZER_FINDINGS_FAX_H
#define ANALYZER_FINDINGS_FAX_H

#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "dissectors/sdp.h"

/* Beyond, what had no news for longest is forgotten. */
#define FAX_MAX_CALLS 4096
#define FAX_MAX_ENDS  8192

/* The newest re-INVITE of a call that asks for T.38. */
struct fax_call {
	struct lru_node node; /* by call */
	struct sighting asked, final;
	struct endpoint asker, asked_of;
	uint32_t cseq;
	int status; /* 0: no final response */
	bool agreed; /* its 2xx takes the image */
	uint64_t datagrams; /* at either end, since */
};

/* Where a party receives T.38. */
struct fax_end {
	struct lru_node node; /* by endpoint */
	uint64_t call; /* hash */
};

struct fax_faults {
	struct draft draft;
	struct lru calls, ends;
	struct sdp sdp; /* of the message at hand */
	double wait_s;
};

struct fax_faults *fax_faults_new(struct findings *f); /* NULL: out of memory, err set */
void fax_faults_free(struct fax_faults *x); /* NULL allowed */
bool fax_faults_message(struct fax_faults *x, const struct seen_message *m);
/* A datagram that is neither RTP nor anything else known. */
void fax_faults_datagram(struct fax_faults *x, struct endpoint dst);
/* A leg closes, its streams are finished. */
bool fax_faults_leg(struct fax_faults *x, const struct leg *leg);

#endif
