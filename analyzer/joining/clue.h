/* What legs have in common. A clue is a value (a Session-ID's half, a correlation header, an icid) that any number of legs may carry,
 * or a tie between two legs that something else has shown (a Replaces, a REFER, mirrored events). Legs with a clue in common are one
 * call (call.c), and every clue becomes edges in the records.
 *
 *     leg ──clues──► use ──► use            clue ──uses──► use ──► use
 *                     └► clue                               └► leg
 *
 * A value that more legs carry at once than a call may have says nothing: the clue is void, and stays so until the last of them is
 * gone. */
#ifndef ANALYZER_JOINING_CLUE_H
#define ANALYZER_JOINING_CLUE_H

#include "base/pool.h"
#include "base/slice.h"
#include "base/table.h"

struct leg;

enum clue_reason {
	CLUE_REPLACES, /* RFC 3891, in an INVITE or in a Refer-To */
	CLUE_JOIN, /* RFC 3911 */
	CLUE_REFER, /* RFC 3515: the INVITE that a REFER asked for */
	CLUE_SESSION_ID, /* RFC 7989, 7329 */
	CLUE_X_CID, /* a header whose value is another leg's Call-ID, or the same on both */
	CLUE_ICID, /* RFC 7315 P-Charging-Vector */
	CLUE_CALL_ID, /* one Call-ID is made of the other */
	CLUE_MEDIA, /* both offer the same place to receive media */
	CLUE_PAYLOAD, /* the same RTP goes in and comes out */
	CLUE_DIGITS, /* same numbers, events mirrored */
	CLUE_REASONS
};

#define CLUE_MAX_TEXT 128 /* of a value that is kept, for people */

struct clue {
	uint64_t hash; /* of reason and value */
	struct clue_use *uses;
	unsigned count;
	enum clue_reason reason;
	bool in_table, is_void;
	uint8_t text_n;
	uint8_t text[CLUE_MAX_TEXT];
};

struct clue_use {
	struct clue *clue;
	struct leg *leg;
	struct clue_use *next_of_clue, *next_of_leg;
};

struct clues {
	struct table table; /* of values */
	struct pool pool, uses;
};

void clues_init(struct clues *cs);
/* Every leg has left. */
void clues_release(struct clues *cs);

/* The leg carries this value; *out is the clue. False: out of memory. */
bool clue_carry(struct clues *cs, enum clue_reason reason, struct slice value, struct leg *leg,
                struct clue **out);
/* NULL: no leg carries this value. */
struct clue *clue_find(const struct clues *cs, enum clue_reason reason, struct slice value);
/* One more leg with a clue that is there. False: out of memory. */
bool clue_add(struct clues *cs, struct clue *clue, struct leg *leg);
/* A tie between two legs, once for each reason. False: out of memory. */
bool clue_tie(struct clues *cs, enum clue_reason reason, struct slice detail, struct leg *leg,
              struct leg *other);
/* The leg is going: it carries nothing any more. */
void clue_leave_all(struct clues *cs, struct leg *leg);

const char *clue_reason_name(enum clue_reason reason);
int clue_score(enum clue_reason reason); /* 0..100 */

#endif
