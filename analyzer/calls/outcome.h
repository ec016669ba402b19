/* How a call ended, in the words of the records: one table from final status to class, and the rules around it (RFC 6076's classes,
 * user against network). Pure: facts in, verdict out. */
#ifndef ANALYZER_CALLS_OUTCOME_H
#define ANALYZER_CALLS_OUTCOME_H

#include <stdbool.h>

enum outcome {
	OUTCOME_ANSWERED,
	OUTCOME_BUSY,
	OUTCOME_NO_ANSWER,
	OUTCOME_CANCELLED,
	OUTCOME_REJECTED,
	OUTCOME_FAILED,
	OUTCOME_UNAUTHORIZED,
	OUTCOME_INCOMPLETE,
	OUTCOME_IN_PROGRESS,
};

/* NONE: not observed, or not over yet. */
enum release { RELEASE_NONE, RELEASE_CALLER, RELEASE_CALLEE, RELEASE_NETWORK, RELEASE_UNKNOWN };

struct outcome_facts {
	bool start_seen; /* its first INVITE is in the capture */
	bool answered; /* a 2xx to the INVITE */
	bool rang; /* a 180 or 183 */
	bool cancelled; /* the caller sent CANCEL, or BYE before the answer */
	bool cancel_accepted; /* with a 2xx, or nothing came any more */
	bool timed_out; /* no final response within the time it may take */
	bool ended;
	int final_status; /* of the attempt, 0: none */
	enum release hung_up; /* who sent the BYE that ended it, RELEASE_NONE without */
};

enum outcome outcome_of(const struct outcome_facts *f);
enum release outcome_released_by(const struct outcome_facts *f);

/* True for finals that are not the end: the caller is asked to try again (401, 407, 422, 494, 3xx). */
bool outcome_invites_retry(int status);

const char *outcome_name(enum outcome o);
const char *release_name(enum release r); /* NULL for RELEASE_NONE */

#endif
