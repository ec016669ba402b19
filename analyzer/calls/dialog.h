/* One dialog of a leg, RFC 3261 section 12: Call-ID and both tags. Call-ID and the caller's half are the leg's; here is what
 * differs between the forks of one INVITE. The first one starts as a placeholder with the request itself and becomes the dialog of the
 * first To-tag, so that every message has its dialog from the beginning. */
#ifndef ANALYZER_CALLS_DIALOG_H
#define ANALYZER_CALLS_DIALOG_H

#include "base/clock.h"
#include "base/slice.h"

enum dialog_state {
	DIALOG_TRYING,
	DIALOG_EARLY, /* 101..199 with a To-tag */
	DIALOG_CONFIRMED, /* 2xx */
	DIALOG_TERMINATED,
	DIALOG_FAILED, /* 3xx..6xx, time-out */
	DIALOG_CANCELLED,
};

enum refresher { REFRESHER_NONE, REFRESHER_UAC, REFRESHER_UAS };

struct dialog {
	struct dialog *next;
	int64_t id, forked_from; /* forked_from 0: the first */
	int64_t first_message, last_message; /* ids of records; 0: none yet */
	struct slice to_tag, callee_contact, callee_user_agent; /* borrow from the leg's strings */
	int64_t start_ns, ring_ns, answer_ns, end_ns;
	enum dialog_state state;
	bool bye_seen;
	bool answers; /* counted in leg_trace.answers */
	uint8_t refresher; /* enum refresher; uac is who began the dialog */
	uint16_t final_status; /* of its INVITE, SUBSCRIBE or REFER, 0: none */
	uint16_t refreshes;
	uint32_t refresh_mark; /* CSeq and sender of the last one */
	uint32_t session_expires_s; /* as last agreed, 0: no timer */
};

void dialog_init(struct dialog *d, int64_t id);
const char *dialog_state_name(enum dialog_state state);

/* The dialog with this tag in a list, compared exactly first, then without regard to case (they are tokens); NULL if there is none. */
struct dialog *dialog_find(struct dialog *first, struct slice to_tag);

/* True while it can still carry requests. */
bool dialog_is_open(const struct dialog *d);

/* It is over: the state it ends in and when. Does nothing if it had ended before. */
void dialog_end(struct dialog *d, enum dialog_state state, int64_t time_ns);

#endif
