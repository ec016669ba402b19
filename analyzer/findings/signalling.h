/* Family D of single legs and transactions (diagnosis: what goes wrong between two parties, not over many calls). Each judge looks at
 * a finished leg, at its leg_trace above all, and adds at most one occurrence of each of its rules. */
#ifndef ANALYZER_FINDINGS_SIGNALLING_H
#define ANALYZER_FINDINGS_SIGNALLING_H

#include "analyzer/calls/leg.h"
#include "analyzer/findings/draft.h"

#define SIGNALLING_MAX_SERVERS   1024 /* whose challenges are counted; beyond, no more are */
#define SIGNALLING_MAX_USERNAMES 65536 /* that succeeded; beyond, no more are remembered */
#define SIGNALLING_MAX_HELD      1024 /* refusals that wait for the capture's end; beyond, none waits */
#define SIGNALLING_MAX_REFUSED                                                                     \
	64 /* rows of refused registrations; beyond, the oldest is forgotten */
#define SIGNALLING_MAX_TOO_SMALL 64 /* registrations with 423; beyond, the oldest is forgotten */

#define SIGNALLING_MAX_HOPS                                                                        \
	4096 /* calls whose INVITE a proxy repeats; beyond, the one without news for longest is forgotten */

struct signalling;

struct signalling *signalling_new(struct findings *f); /* NULL: out of memory, err set */
void signalling_free(struct signalling *s); /* NULL allowed */
bool signalling_message(struct signalling *s, const struct seen_message *m);
bool signalling_leg(struct signalling *s, const struct leg *leg);
bool signalling_transaction(struct signalling *s, const struct transaction *t);
bool signalling_registration(struct signalling *s, const struct record_registration *r);
bool signalling_finish(struct signalling *s);

/* What the judges of all families share about a leg. */
double leg_answered_s(const struct leg *leg); /* answer to BYE; NAN where one is missing */
bool leg_is_reliable(const struct leg *leg); /* its transport repeats by itself: TCP, TLS */
/* The 2xx was repeated and its ACK was not seen, or does not arrive: D17 or D18 say so. */
bool leg_lacks_ack(const struct draft *d, const struct leg *leg);

/* signalling_auth.c: D1 to D4 */
struct auth_faults;
struct auth_faults *auth_faults_new(struct draft *d); /* borrows; NULL: out of memory */
void auth_faults_free(struct auth_faults *a);
bool auth_faults_message(struct auth_faults *a, const struct seen_message *m);
bool auth_faults_leg(struct auth_faults *a, const struct leg *leg);
bool auth_faults_registration(struct auth_faults *a, const struct record_registration *r);
bool auth_faults_finish(struct auth_faults *a);

/* signalling_refused.c: registrations of one client, user name and server, refused in a row without a success in between. The challenges of
 * the row so far, 0 if this one was not refused; *first becomes the row's first. */
struct refused;
struct refused *refused_new(void); /* NULL: out of memory */
void refused_free(struct refused *r); /* NULL allowed */
unsigned refused_in_a_row(struct refused *r, const struct record_registration *reg,
                          struct sighting *first);

/* signalling_hops.c: D7 of the hops behind the caller's. A request's copy; any response; the transaction is over; the caller was told 408
 * before it rang: *explained if hops were told for it. */
struct silent_hops;
struct silent_hops *silent_hops_new(struct draft *d); /* borrows; NULL: out of memory */
void silent_hops_free(struct silent_hops *s); /* NULL allowed */
bool silent_hops_copy(struct silent_hops *s, const struct seen_message *m);
void silent_hops_response(struct silent_hops *s, const struct seen_message *m);
bool silent_hops_transaction(struct silent_hops *s, const struct transaction *t);
bool silent_hops_refused(struct silent_hops *s, const struct leg *leg, bool *explained);

/* signalling_numbers.c: D6, of a refused leg; and the numbers of those that rang or were answered. */
struct numbers;
struct numbers *numbers_new(struct draft *d); /* borrows; NULL: out of memory */
void numbers_free(struct numbers *n); /* NULL allowed */
bool numbers_refused(struct numbers *n, const struct leg *leg);
bool numbers_reached(struct numbers *n, const struct leg *leg);
bool numbers_finish(struct numbers *n);

/* signalling_setup.c: D5, D7, D8, D21 to D25, and signalling_dialog.c: D13, D14, D17 to D20 */
bool judge_setup(struct draft *d, const struct leg *leg, struct silent_hops *hops);
bool judge_dialog(struct draft *d, const struct leg *leg);

#endif
