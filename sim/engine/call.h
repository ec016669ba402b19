/* Inside of the station: a call, and what its files share. See station.h for who does what. */
#ifndef SIM_ENGINE_CALL_H
#define SIM_ENGINE_CALL_H

#include "base/list.h"
#include "base/table.h"
#include "base/text.h"
#include "sim/engine/dead_calls.h"
#include "sim/engine/kept.h"
#include "sim/engine/station.h"
#include "sim/transport/twin.h"

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER, VALUE_BOOL };

/* A variable's value: of a call (text kept in the station's pools), or shared (in memory of its own). */
struct value {
	enum value_kind kind;
	union {
		struct kept *text;
		double number;
		bool truth;
	} as;
};

/* What few calls need. */
struct call_extra {
	struct kept *routes; /* Record-Route values, in the order in which [routes] gives them */
	struct kept *next_url;
	struct kept *challenge; /* value of the header */
	int challenge_status; /* 401, 407 */
	uint32_t nonce_count;
	struct resolve_request resolving;
	struct call *resolving_call;
	bool is_resolving;
	uint64_t *lines; /* of each injection file */
	struct text story; /* what happened so far, where call debugging is on */
};

enum call_state {
	CALL_RUNNING,
	CALL_WAITING, /* in a recv or recvCmd */
	CALL_PAUSED, /* until its timer */
	CALL_CONGESTED, /* a send found the buffer full */
	CALL_RESOLVING, /* <setdest> asked for a name */
	CALL_CLOSING, /* over for the statistics: BYE or CANCEL of ours is on its way */
};

enum call_closing { CLOSING_NOTHING, CLOSING_CANCEL, CLOSING_BYE };

/* The part every call has. Response times (rtd), transactions and variables stand behind it, as many as the scenario has. */
struct call {
	struct list_node node; /* station's list of live calls */
	struct station *station;
	struct play *play;
	struct wheel_timer timer; /* pause, receive timeout, closing */
	struct wheel_timer resend;
	struct kept *call_id; /* as in messages */
	struct kept *sent; /* the last message sent that may have to go again */
	struct kept *received; /* the last one received, where something asks for it */
	struct kept *peer_tag; /* without ;tag= */
	struct call_extra *extra;
	struct media_call *media;
	struct channel *channel;
	struct endpoint peer;
	uint64_t key; /* hash of what identifies its Call-ID */
	uint64_t number;
	uint64_t received_hash; /* of the last message received: is it there again? */
	uint64_t answered_hash; /* of the one that our last send answered */
	uint64_t remote_tag; /* hash of the peer's From tag (server), 0 unknown */
	int64_t started_ns, intended_ns;
	int64_t resend_ns; /* the interval that runs */
	int step;
	int sent_step, received_step,
	        answered_step; /* of `sent`, of received_hash, of answered_hash */
	uint32_t cseq;
	uint32_t user, steps_at_once;
	uint16_t messages_sent, messages_dropped;
	uint8_t resends, state, closing, role;
	bool is_invite : 1, acked : 1, has_final : 1, has_provisional : 1, has_2xx : 1;
	bool counted : 1, in_table : 1, media_answered : 1, jumped_unexpected : 1,
	        answer_is_cut : 1;
	uint8_t classes_seen;
	int8_t failure;
	int failed_step;
	int invite_step; /* the INVITE of ours that a CANCEL or ACK belongs to; -1 */
};

/* A message ready to be filled in: constants of this station are text already. */
struct baked {
	const struct template *source;
	unsigned piece_count;
	const struct piece *pieces;
};

/* A scenario as this station plays it. */
struct play {
	const struct scenario *scenario;
	struct counters *counters;
	struct baked *messages; /* of each step */
	uint32_t *methods_sent; /* bit per enum sip_method: sent by a step before this one */
	bool *keeps_last; /* recv: its message is asked for after the call has waited */
	size_t call_octets, rtd_at, rtd_done_at, txn_at, values_at;
	struct pool calls;
	bool is_main;
};

enum { PLAY_MAIN, PLAY_OUT_OF_CALL, PLAY_RECEIVE, PLAYS };

#define RENDER_DEPTH 4

struct station {
	struct station_setup setup;
	const struct sim_config *config;
	struct loop *loop;
	struct transport *transport;
	struct resolver *resolver;
	struct twin *twin;
	struct media *media;
	struct digest_verifier *verifier;
	struct play plays[PLAYS];
	struct counters own_counters; /* of the plays that nobody reports */
	struct arena arena; /* baked messages */
	struct scenario
	        fields; /* templates out of injection files and other text met on the way: emptied when it grows */
	struct table field_templates;
	struct table calls; /* by key */
	struct list_node live; /* and closing ones */
	size_t congested; /* calls that wait for room in a send buffer */
	size_t live_count, closing_count;
	struct kept_pools kept;
	struct dead_calls dead;
	struct sip_msg msg; /* what is being processed */
	struct sip_msg last; /* index of `last_of`->received */
	const struct kept *last_of;
	bool msg_valid; /* msg is the last message of the call that runs */
	const struct arrival *arrival; /* that msg came with; NULL outside */
	struct text out, scratch[RENDER_DEPTH];
	unsigned depth;
	uint64_t random;
	int64_t refused_ns; /* when a refusal was last looked into */
	bool aborting;
};

/* call.c, ends.c, run.c */
struct call *call_new(struct station *s, struct play *play, struct slice call_id,
                      int64_t intended_ns, enum scenario_role role);
void call_timer(struct wheel_timer *timer); /* fires `timer` */
void call_run(
        struct call *c); /* from its step on, until it waits; the call may be gone afterwards */
void call_goto(struct call *c, int step);
void call_leave(struct call *c,
                int step); /* `step` is done: the next one, by next=, test=, chance */
void call_succeed(struct call *c);
void call_fail(struct call *c, enum call_failure failure, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void call_release(struct call *c);
void call_close(struct call *c); /* ended: gives it back, or stays to close its dialog */
struct call_extra *call_extra(struct call *c); /* NULL: out of memory, the call failed */
void call_bookkeeping(struct call *c, const struct step *step); /* rtd, counters */
void call_warn(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct traced_call call_traced(const struct call *c);
size_t call_octets(const struct call *c);

static inline const struct step *call_step(const struct call *c)
{
	return &c->play->scenario->steps[c->step];
}
static inline int64_t *call_rtd(const struct call *c)
{
	return (int64_t *)((char *)(uintptr_t)c + c->play->rtd_at);
}
static inline uint64_t *call_rtd_done(const struct call *c)
{
	return (uint64_t *)((char *)(uintptr_t)c + c->play->rtd_done_at);
}
/* Hash of the branch of each transaction; 0: not begun. */
static inline uint64_t *call_txn(const struct call *c)
{
	return (uint64_t *)((char *)(uintptr_t)c + c->play->txn_at);
}
static inline struct value *call_values(const struct call *c)
{
	return (struct value *)((char *)(uintptr_t)c + c->play->values_at);
}

/* receive.c: a message for this call. */
void call_receive(struct call *c, const struct arrival *a);
void call_receive_command(struct call *c, struct slice command);
/* defaults.c: what an unexpected one does; true: the call goes on. And the ends that scenarios do not say. */
void call_unexpected(struct call *c, const struct arrival *a);
void call_hang_up(
        struct call *c); /* CANCEL, ACK or BYE as the call's state asks, then CALL_CLOSING */
void call_closing_receive(struct call *c, const struct arrival *a);
void station_answer_statelessly(struct station *s, const struct arrival *a, int status);

/* send.c */
enum sent_what {
	SENT_DONE,
	SENT_WAIT /* the buffer is full */,
	SENT_FAILED /* the call is over */
};
enum sent_what call_send_step(struct call *c, const struct step *step);
/* A message as it is; never ends the call. */
enum send_result call_transmit(struct call *c, struct slice message, const char *note);
bool call_open_channel(struct call *c);
void call_resend(struct wheel_timer *timer);
void call_resend_now(struct call *c, int step);
void call_stop_resending(struct call *c);
/* Who hung up, or was: what --media and --digits began ends. What a scenario plays itself it ends itself. */
void call_end_media(struct call *c);
bool call_lost(struct call *c, const struct step *step);

/* render.c: into out (emptied first). False: the call cannot send it, *why says why. */
bool render_message(struct call *c, int step, const struct baked *message, struct text *out,
                    const char **why);
/* Any other text of the scenario; keywords as in messages. The result lies in a buffer of the station: valid until the second next. */
bool render_text(struct call *c, const struct template *t, struct slice *out, const char **why);
bool bake_play(struct station *s, struct play *p, struct err *err);
bool station_media_port_per_call(const struct station *s);
/* render_last.c: the index of the last message this call received, NULL: none. */
const struct sip_msg *call_last(struct call *c);
void render_last(struct call *c, const struct piece *piece, struct text *out, bool *missing);

/* values.c */
struct value_view {
	enum value_kind kind;
	struct slice text;
	double number;
};
bool value_is_set(struct call *c, int variable);
void value_get(
        struct call *c, int variable,
        struct value_view *out); /* text is a copy in the station's buffer where it is shared */
bool value_set_text(struct call *c, int variable, struct slice text);
void value_set_number(struct call *c, int variable, double number);
void value_set_bool(struct call *c, int variable, bool truth);
void value_clear(struct call *c, int variable);
double value_number(struct call *c, int variable);
void value_text(struct call *c, int variable, struct text *out); /* as [$name] prints it */
void values_release(struct call *c);

/* action.c: all actions of a step. False: the call is over. `text`: the message they look at; may be absent. */
enum action_result {
	ACTION_GO_ON,
	ACTION_CALL_OVER,
	ACTION_JUMPED /* c->step was set */,
	ACTION_WAIT /* <setdest> looks up a name */
};
enum action_result actions_run(struct call *c, const struct step *step, struct slice text);
/* ereg.c */
enum call_failure ereg_run(struct call *c, const struct action *a, struct slice text);
double distribution_sample(const struct distribution *d, uint64_t *random);

/* call_media.c: NULL: this scenario has no media, or err. */
struct media_call *call_media(struct call *c, struct err *err);
void call_sdp(struct call *c, struct slice sdp, bool ours);
bool call_is_own_answer(const struct call *c,
                        const struct sip_msg *m); /* to an INFO that media sent */

/* auth.c */
bool render_authentication(struct call *c, const struct piece *piece, struct slice method,
                           struct slice body, struct text *out, const char **why);
bool call_take_challenge(struct call *c, const struct sip_msg *msg);
bool call_verify_auth(struct call *c, const struct action *a, const struct sip_msg *msg, bool *ok);

/* play.c: what a scenario asks of every call, counted once. */
bool play_init(struct station *s, struct play *p, const struct scenario *scenario, struct err *err);
void play_release(struct play *p);

/* twin_calls.c */
bool station_open_twin(struct station *s, struct err *err); /* true where there is none */
/* arrivals.c: is there room for one more, or does the run end? */
bool station_accepts_calls(const struct station *s);

/* station.c */
bool call_keep_received(struct call *c); /* the message of this turn, for later */
struct call *station_find(struct station *s, uint64_t key, uint64_t remote_tag);
bool station_new_call_command(struct station *s, struct slice command);
uint64_t station_key(const struct station *s, struct slice call_id);
void station_trace_message(struct station *s, const struct call *c, bool sent,
                           struct endpoint remote, struct slice bytes, const char *note);

#endif
