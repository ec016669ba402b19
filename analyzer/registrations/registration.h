/* Registrations, RFC 3261 section 10: an attempt runs from the first REGISTER to the final answer, through challenges (401, 407) and a
 * longer Expires (423); what it leaves is a binding of the address of record to a Contact. A row is written when the binding ends, by
 * refresh, removal or running out in capture time, or when an attempt that left none is over and its copies are through.
 *
 *   registration.c      messages -> attempts
 *   registration_life.c lists, timers, verdicts
 *   binding.c           accounts, and what an accepted REGISTER does to their bindings
 *   registration_rows.c rows */
#ifndef ANALYZER_REGISTRATIONS_REGISTRATION_H
#define ANALYZER_REGISTRATIONS_REGISTRATION_H

#include "analyzer/calls/event.h"
#include "analyzer/calls/transaction.h"
#include "base/arena.h"

#define REGISTRATIONS_MAX                                                                          \
	65536 /* attempts and bindings; beyond, the oldest is written as it stands */
#define ACCOUNT_MAX_BINDINGS      32 /* likewise */
#define REGISTRATION_RETRY_NS     TRANSACTION_TIMEOUT_NS /* after a challenge */
#define REGISTRATION_LINGER_NS    TRANSACTION_COPIES_NS /* copies of what is over, on other hops */
#define REGISTRATION_GRACE_NS     (34 * NS_PER_S) /* a refresh under way when the binding ran out */
#define REGISTRATION_MAX_REMOVALS 4 /* Contacts with expires=0 in one REGISTER that are followed */

enum registration_phase {
	REGISTRATION_ASKING,
	REGISTRATION_CHALLENGED, /* 401, 407, 423: the next REGISTER may go on with it */
	REGISTRATION_OVER, /* decided, and no binding left */
	REGISTRATION_BOUND,
};

enum registration_outcome {
	REGISTRATION_IN_PROGRESS,
	REGISTRATION_REGISTERED,
	REGISTRATION_REFRESHED,
	REGISTRATION_UNREGISTERED,
	REGISTRATION_QUERIED,
	REGISTRATION_UNAUTHORIZED,
	REGISTRATION_REJECTED,
	REGISTRATION_FAILED,
	REGISTRATION_TIMED_OUT,
};

enum binding_end {
	BINDING_LASTS,
	BINDING_REFRESHED,
	BINDING_UNREGISTERED,
	BINDING_EXPIRED,
	BINDING_REPLACED,
};

/* An address of record, as long as a registration names it. */
struct account {
	uint64_t hash;
	struct list_node bindings; /* of struct registration, oldest first */
	unsigned users, binding_count;
	size_t aor_n;
	uint8_t aor[];
};

/* What the REGISTER of this try asks for. */
struct registration_asked {
	uint64_t key; /* of its Contact, see sip_contacts.h */
	uint64_t removes[REGISTRATION_MAX_REMOVALS];
	unsigned remove_count;
	uint32_t expires_s;
	bool has_contact, has_expires;
	bool all; /* Contact: * */
	bool removal; /* nothing but removals */
};

/* Times `*_ns` are the packets' own, those ending in `_evict_ns` eviction time (analysis.h). */
struct registration {
	struct timer timer; /* first: the timer leads back to its owner */
	struct list_node node; /* among all of its kind, attempts or bindings, oldest first */
	struct list_node of_account; /* while bound */
	struct registrations *home;
	struct account *account;
	uint64_t hash, latest_hash;
	struct arena strings;
	struct slice call_id, contact, registrar, username, realm, user_agent, reason;
	char transport[8];
	struct endpoint src, dst; /* of the first REGISTER */
	int64_t id, transaction_id, capture_id, final_capture_id;
	uint64_t first_frame, final_frame;
	int64_t first_ns, asked_ns, final_ns, ended_ns;
	int64_t since_evict_ns; /* in this phase */
	uint64_t via_hash; /* of the first hop's REGISTER */
	struct registration_asked asked;
	uint32_t first_cseq, cseq;
	uint32_t expires_s;
	unsigned contacts;
	uint16_t final_status, other_status; /* other_status: on another hop */
	int64_t other_ns;
	uint8_t challenges, tries;
	bool by_server, by_proxy; /* challenged with 401, with 407 */
	bool has_expires, has_contacts;
	enum registration_phase phase;
	enum registration_outcome outcome;
	enum binding_end ended_by;
};

struct registrations {
	struct analysis *analysis;
	struct pool pool; /* of struct registration */
	struct table attempts; /* by Call-ID, account and the CSeq of the newest try */
	struct table latest; /* the newest one of each Call-ID and account */
	struct table accounts;
	struct list_node open, bound;
	size_t open_count, bound_count;
	uint64_t evicted_at_limit;
};

void registrations_init(struct registrations *rs, struct analysis *a);
/* Forgets everything unwritten. */
void registrations_release(struct registrations *rs);

/* A REGISTER or its response; `t` NULL: it has no transaction, and is passed over. False: environment failed. */
bool registrations_message(struct registrations *rs, const struct event *ev,
                           const struct transaction *t, bool retransmission);

/* End of capture: writes everything as it stands. */
bool registrations_finish(struct registrations *rs);

/* Invariants: every one is in its tables and its list, and has a timer; accounts count their users. */
bool registrations_check(const struct registrations *rs);

/* --- between the files --------------------------------------------------------------------------------------------------- */

/* NULL where there is none, and with `make` when out of memory. */
struct account *account_get(struct registrations *rs, struct slice aor, bool make);
void account_leave(struct registrations *rs, struct account *account);

/* A 2xx: bindings of the account end, this one begins. `msg` NULL: the answer itself was not seen at the first hop. Sets outcome
 * and expires_s; the phase becomes BOUND where it leaves a binding. */
bool registration_accepted(struct registration *r, const struct sip_msg *msg);
bool registration_ran_out(const struct registration *r, int64_t time_ns);
int64_t registration_until_ns(const struct registration *r);

/* One of the account, in no table and no list yet, and counted among its users; the oldest makes room where there is none. NULL:
 * environment failed. */
struct registration *registration_new(struct registrations *rs, const struct event *ev,
                                      struct account *account);
/* Frees it unwritten, and its account with the last user. */
void registration_free(struct registration *r);

/* The final word, with its message where there is one. Tells the findings; what leaves no binding lingers. */
bool registration_conclude(struct registration *r, int status, const struct sip_msg *msg);
/* Moves it to a phase, from now on. */
bool registration_enter(struct registration *r, enum registration_phase phase);
/* Its outcome stands: tells the findings. */
bool registration_tell(struct registration *r);
/* Writes its row and frees it, in any case. */
bool registration_close(struct registration *r);
/* How its binding ended, at that time; then as above. */
bool registration_end(struct registration *r, enum binding_end by, int64_t time_ns);

/* The row; texts in `src` and `dst`. */
struct record_registration registration_record(const struct registration *r,
                                               char src[static ENDPOINT_TEXT],
                                               char dst[static ENDPOINT_TEXT]);

#endif
