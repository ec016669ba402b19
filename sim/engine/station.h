/* One scenario played at one address by one worker: its calls, from the first message to the last. Matches what arrives with calls, runs
 * their steps, retransmits, gives up. In virtual time two stations share a loop.
 *
 *   station.c    made, ended, asked                       arrivals.c   messages to calls, or to none; connections that close
 *   play.c, bake.c   a scenario made ready for a station  twin_calls.c 3PCC
 *   call.c ends.c    a call, and how it ends              run.c        step by step
 *   receive.c    which step a message answers             send.c       sending, and again (RFC 3261 17)
 *   defaults.c made.c   CANCEL, ACK, BYE, answers that no scenario says
 *   action*.c ereg.c destination.c command.c   <action>   values.c     variables of calls, users, the process
 *   render*.c keywords.c auth.c   templates to octets     call_media.c media of a call, digits by INFO
 */
#ifndef SIM_ENGINE_STATION_H
#define SIM_ENGINE_STATION_H

#include "sim/engine/control.h"
#include "sim/engine/counters.h"
#include "sim/engine/trace.h"
#include "sim/media/media.h"
#include "sim/scenario/injection.h"
#include "sim/transport/resolve.h"
#include "sim/transport/transport.h"
#include "sim/truth.h"

struct station;
struct shared_values; /* global and user variables, injection files' places: shared by all workers */

struct shared_values *shared_values_new(const struct sim_config *config,
                                        const struct scenario *scenario, struct err *err);
void shared_values_free(struct shared_values *v);

struct station_setup {
	const struct sim_config *config; /* borrows all of these */
	const struct scenario *scenario;
	const struct scenario *out_of_call, *receive_scenario; /* -oocsf, -rxsf; NULL */
	struct loop *loop;
	struct control *control;
	struct shared_values *shared;
	struct injection *injection; /* NULL: no file */
	struct counters *counters;
	const struct trace *trace; /* NULL */
	const struct truth *truth; /* NULL */
	struct tap *tap; /* NULL; for media */
	struct media_network *media_network; /* NULL in real time */
	unsigned worker;
	/* A call is over (closing ones included): its user is free. NULL: nobody asks. */
	void (*call_over)(void *context, unsigned user);
	void *call_over_context;
};

/* Media is made inside where the scenario has any (config->media), resolver and twin too. NULL: err, naming the line of what cannot run. */
struct station *station_new(const struct station_setup *setup, struct err *err);
void station_free(struct station *s); /* calls that live are gone without a word */

/* What the transport tells goes here: station is made first, then the transport with these events, then it is given. */
struct transport_events station_events(struct station *s);
bool station_transport(struct station *s, struct transport *t,
                       struct err *err); /* false: the twin, memory */

/* Opens one call. intended_ns: when it should have been (start lag is counted from it). `user` of -users, 0: none. False: no
 * memory or no socket (counted as failed call). */
bool station_call(struct station *s, int64_t intended_ns, unsigned user);
/* Ends every call as their state asks: CANCEL, BYE (as the scenario's defaults say); they go on until answered or timed out. */
void station_abort_calls(struct station *s);
size_t station_live(const struct station *s);
/* True when <init> and every live call is done and timewait and dead calls hold nothing up. */
bool station_idle(const struct station *s);
/* Octets of a live call without media, for the verdict and `--json`. */
size_t station_call_bytes(const struct station *s);
const struct transport_counts *station_transport_counts(const struct station *s);
/* Of its media; NULL: its scenario has none. */
const struct media_counts *station_media_counts(const struct station *s);
bool station_check(const struct station *s);

#endif
