/* C5, C6, C14: SRTP that its two sides do not agree on, by SDP and by what the keys that were said open (streams/secure.h). No key stands in
 * a text or in evidence. */
#ifndef ANALYZER_FINDINGS_SRTP_FAULTS_H
#define ANALYZER_FINDINGS_SRTP_FAULTS_H

#include "analyzer/findings/draft.h"

struct leg;

struct srtp_faults {
	struct draft draft;
	struct {
		uint64_t packets; /* C5 */
		int64_t grace_ns; /* C6 */
		uint64_t failed; /* C14 */
	} set;
};

struct srtp_faults *srtp_faults_new(struct findings *f); /* NULL: out of memory, err set */
void srtp_faults_free(struct srtp_faults *s); /* NULL allowed */
/* A leg closes: its streams are still there. False: environment failed. */
bool srtp_faults_media(struct srtp_faults *s, const struct leg *leg);

#endif
