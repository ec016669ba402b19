#include "analyzer/calls/registration.h"

#include "analyzer/findings/findings.h"
#include "dissectors/sip_contacts.h"
#include "dissectors/sip_grammar.h"
#include "dissectors/sip_header.h"

#include <assert.h>

#define MAX_URI       256
#define MAX_TEXT      128
#define MAX_TRIES     8 /* of one attempt */
#define STRINGS_CHUNK 448 /* those of an ordinary one */

void registrations_init(struct registrations *rs, struct analysis *a)
{
	*rs = (struct registrations){ .analysis = a };
	pool_init(&rs->pool, sizeof(struct registration));
	table_init(&rs->attempts);
	table_init(&rs->latest);
	table_init(&rs->accounts);
	list_init(&rs->open);
	list_init(&rs->bound);
}

static bool out_of_memory(struct registrations *rs)
{
	return err_memory(rs->analysis->err, "registrations");
}

static struct registration *oldest(struct list_node *list)
{
	return (struct registration *)(void *)((char *)list->next -
	                                       offsetof(struct registration, node));
}

static uint64_t latest_hash(const struct event *ev, const struct account *account)
{
	return hash_mix(ev->call_hash, account->hash);
}

static uint64_t attempt_hash(const struct event *ev, const struct account *account)
{
	return hash_mix(latest_hash(ev, account), ev->msg->cseq);
}

struct key {
	const struct event *ev;
	const struct account *account;
};

static bool same_call(const void *value, const void *wanted)
{
	const struct registration *r = value;
	const struct key *key = wanted;

	return r->account == key->account && slice_eq(r->call_id, key->ev->call_id);
}

static bool same_try(const void *value, const void *wanted)
{
	const struct registration *r = value;
	return r->cseq == ((const struct key *)wanted)->ev->msg->cseq && same_call(value, wanted);
}

/* --- life and death ------------------------------------------------------------------------------------------------------ */

static void leave_list(struct registration *r)
{
	struct registrations *rs = r->home;

	if (list_is_empty(&r->node))
		return;
	*(r->phase == REGISTRATION_BOUND ? &rs->bound_count : &rs->open_count) -= 1;
	list_remove(&r->node);
	if (list_is_empty(&r->of_account))
		return;
	list_remove(&r->of_account);
	r->account->binding_count--;
}

static void free_unwritten(struct registration *r)
{
	struct registrations *rs = r->home;

	timers_cancel(&rs->analysis->timers, &r->timer);
	table_remove(&rs->attempts, r->hash, r);
	table_remove(&rs->latest, r->latest_hash, r);
	leave_list(r);
	r->account->users--;
	account_leave(rs, r->account);
	arena_release(&r->strings);
	pool_free(&rs->pool, r, sizeof *r);
}

void registrations_release(struct registrations *rs)
{
	while (!list_is_empty(&rs->open))
		free_unwritten(oldest(&rs->open));
	while (!list_is_empty(&rs->bound))
		free_unwritten(oldest(&rs->bound));
	table_release(&rs->attempts);
	table_release(&rs->latest);
	table_release(&rs->accounts);
	pool_release(&rs->pool);
}

bool registration_close(struct registration *r)
{
	struct analysis *a = r->home->analysis;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_registration record = registration_record(r, src, dst);
	bool ok = store_registration(a->store, &record, a->err);

	free_unwritten(r);
	return ok;
}

bool registration_end(struct registration *r, enum binding_end by, int64_t time_ns)
{
	r->ended_by = by;
	r->ended_ns = time_ns;
	return registration_close(r);
}

bool registration_tell(struct registration *r)
{
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_registration record = registration_record(r, src, dst);

	return findings_registration(r->home->analysis->findings, &record);
}

static int64_t patience_ns(const struct registration *r)
{
	switch (r->phase) {
	case REGISTRATION_ASKING: return TRANSACTION_TIMEOUT_NS;
	case REGISTRATION_CHALLENGED: return REGISTRATION_RETRY_NS;
	case REGISTRATION_OVER: return REGISTRATION_LINGER_NS;
	case REGISTRATION_BOUND: break;
	}
	return registration_until_ns(r) - r->final_ns;
}

bool registration_enter(struct registration *r, enum registration_phase phase)
{
	struct registrations *rs = r->home;
	bool bound = phase == REGISTRATION_BOUND;
	int64_t grace = bound ? REGISTRATION_GRACE_NS : 0;

	leave_list(r);
	r->phase = phase;
	r->since_evict_ns = rs->analysis->now_ns;
	list_append(bound ? &rs->bound : &rs->open, &r->node);
	*(bound ? &rs->bound_count : &rs->open_count) += 1;
	if (bound) {
		list_append(&r->account->bindings, &r->of_account);
		r->account->binding_count++;
	}
	if (!timers_arm(&rs->analysis->timers, &r->timer,
	                r->since_evict_ns + patience_ns(r) + grace))
		return out_of_memory(rs);
	return true;
}

static enum registration_outcome outcome_of(int status)
{
	if (status == 401 || status == 407)
		return REGISTRATION_UNAUTHORIZED;
	return status >= 500 ? REGISTRATION_FAILED : REGISTRATION_REJECTED;
}

/* The final word, with its message where there is one. Tells the findings; what leaves no binding lingers. */
static bool conclude(struct registration *r, int status, const struct sip_msg *msg)
{
	r->final_status = (uint16_t)status;
	if (status >= 200 && status < 300) {
		if (!registration_accepted(r, msg))
			return false;
	} else {
		r->outcome = outcome_of(status);
	}
	return registration_tell(r) &&
	       (r->phase == REGISTRATION_BOUND || registration_enter(r, REGISTRATION_OVER));
}

/* No answer that counts: what another hop got, or nothing. */
static bool give_up(struct registration *r)
{
	if (r->other_status) {
		r->final_ns = r->other_ns;
		return conclude(r, r->other_status, NULL);
	}
	r->outcome = REGISTRATION_TIMED_OUT;
	return registration_tell(r) && registration_enter(r, REGISTRATION_OVER);
}

static bool time_is_up(struct registration *r)
{
	switch (r->phase) {
	case REGISTRATION_ASKING: return give_up(r);
	case REGISTRATION_CHALLENGED:
		r->outcome = outcome_of(r->final_status);
		return registration_tell(r) && registration_close(r);
	case REGISTRATION_OVER: return registration_close(r);
	case REGISTRATION_BOUND: break;
	}
	if (!r->has_expires)
		return registration_close(r);
	return registration_end(r, BINDING_EXPIRED, registration_until_ns(r));
}

static void fire(struct timer *timer, void *context)
{
	struct registration *r = (struct registration *)(void *)timer;
	struct analysis *a = r->home->analysis;

	(void)context;
	if (!time_is_up(r))
		analysis_fail(a);
}

static bool make_room(struct registrations *rs)
{
	if (rs->open_count + rs->bound_count < REGISTRATIONS_MAX)
		return true;
	rs->evicted_at_limit++;
	/* A flood of attempts must not push out the bindings. */
	return registration_close(
	        oldest(rs->open_count > REGISTRATIONS_MAX / 2 ? &rs->open : &rs->bound));
}

/* --- a REGISTER ----------------------------------------------------------------------------------------------------------- */

static bool keep(struct registration *r, struct slice value, size_t max, struct slice *out)
{
	if (out->p || !value.n)
		return true;
	return arena_keep(&r->strings, slice_sub(value, 0, max), out) || out_of_memory(r->home);
}

static void remember_removal(struct registration_asked *asked, uint64_t key)
{
	if (asked->remove_count < REGISTRATION_MAX_REMOVALS)
		asked->removes[asked->remove_count++] = key;
}

/* Its Contact is the first that is to stay, else the first. */
static bool take_asked(struct registration *r, const struct sip_msg *msg)
{
	struct sip_contacts contacts;
	const struct sip_contact *own = NULL;
	uint32_t expires = 0;
	bool has_expires = sip_seconds(sip_msg_value(msg, SIP_H_EXPIRES), &expires);

	sip_contacts(msg, &contacts);
	r->asked = (struct registration_asked){ .all = contacts.star };
	for (unsigned i = 0; i < contacts.kept; i++) {
		const struct sip_contact *c = &contacts.item[i];
		bool removal = c->has_expires ? c->expires_s == 0 : has_expires && !expires;
		if (removal)
			remember_removal(&r->asked, c->key);
		else if (!own)
			own = c;
	}
	r->asked.removal = !own;
	if (!own && contacts.kept)
		own = &contacts.item[0];
	if (own) {
		r->asked.has_contact = true;
		r->asked.key = own->key;
		if (!slice_eq(r->contact, slice_sub(own->uri, 0, MAX_URI)))
			r->contact = SLICE_NONE;
		if (own->has_expires) {
			expires = own->expires_s;
			has_expires = true;
		}
	}
	r->expires_s = expires;
	r->has_expires = has_expires;
	return !own || keep(r, own->uri, MAX_URI, &r->contact);
}

static bool take_credentials(struct registration *r, const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_H_AUTHORIZATION);
	struct sip_grammar_auth auth;

	if (!value.p)
		value = sip_msg_value(msg, SIP_H_PROXY_AUTHORIZATION);
	if (r->username.p || !value.p || !sip_grammar_authorization(value, &auth))
		return true;
	return keep(r, slice_str(auth.username), MAX_TEXT, &r->username) &&
	       keep(r, slice_str(auth.realm), MAX_TEXT, &r->realm);
}

/* A REGISTER not seen before: the first, or the next one after a challenge. */
static bool ask(struct registration *r, const struct event *ev, const struct transaction *t)
{
	r->tries++;
	r->cseq = ev->msg->cseq;
	r->via_hash = ev->via_hash;
	r->asked_ns = ev->origin->time_ns;
	r->transaction_id = t->id;
	r->final_status = r->other_status = 0;
	r->final_ns = TIME_NONE;
	return take_asked(r, ev->msg) && (!t->auth_attempt || take_credentials(r, ev->msg));
}

static bool keep_identity(struct registration *r, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;

	return keep(r, ev->call_id, EVENT_MAX_CALL_ID, &r->call_id) &&
	       keep(r, sip_uri_host(msg->request_uri), MAX_TEXT, &r->registrar) &&
	       keep(r, sip_msg_value(msg, SIP_H_USER_AGENT), MAX_TEXT, &r->user_agent);
}

static bool enter_tables(struct registration *r, const struct event *ev)
{
	struct registrations *rs = r->home;
	struct key key = { ev, r->account };
	struct registration *before;

	r->hash = attempt_hash(ev, r->account);
	if (!table_put(&rs->attempts, r->hash, r))
		return out_of_memory(rs);
	r->latest_hash = latest_hash(ev, r->account);
	before = table_get(&rs->latest, r->latest_hash, same_call, &key);
	if (before)
		table_remove(&rs->latest, before->latest_hash, before);
	return table_put(&rs->latest, r->latest_hash, r) || out_of_memory(rs);
}

static struct registration *registration_new(struct registrations *rs, const struct event *ev,
                                             struct account *account)
{
	const struct sip_origin *o = ev->origin;
	struct registration *r = pool_alloc(&rs->pool, sizeof *r);

	if (!r) {
		out_of_memory(rs);
		return NULL;
	}
	*r = (struct registration){ .timer.fire = fire, .home = rs, .account = account };
	account->users++;
	list_init(&r->node);
	list_init(&r->of_account);
	arena_init(&r->strings, STRINGS_CHUNK);
	slice_cstr(slice_str(o->transport), r->transport, sizeof r->transport);
	r->src = o->src;
	r->dst = o->dst;
	r->capture_id = o->capture_id;
	r->first_frame = o->frame;
	r->first_ns = o->time_ns;
	r->final_ns = r->ended_ns = TIME_NONE;
	r->first_cseq = ev->msg->cseq;
	return r;
}

static bool begin(struct registrations *rs, const struct event *ev, const struct transaction *t,
                  struct account *account)
{
	struct registration *r;

	account->users++; /* making room must not take it away */
	r = make_room(rs) ? registration_new(rs, ev, account) : NULL;
	account->users--;
	if (!r) {
		account_leave(rs, account);
		return false;
	}
	if (!keep_identity(r, ev) || !enter_tables(r, ev) || !ask(r, ev, t) ||
	    !registration_enter(r, REGISTRATION_ASKING)) {
		free_unwritten(r);
		return false;
	}
	r->id = rs->analysis->next_registration++;
	return true;
}

static bool goes_on(const struct registration *r, const struct event *ev,
                    const struct transaction *t)
{
	return r->phase == REGISTRATION_CHALLENGED && ev->msg->cseq > r->cseq &&
	       r->home->analysis->now_ns <= r->since_evict_ns + REGISTRATION_RETRY_NS &&
	       (r->final_status == 423 || t->auth_attempt);
}

static bool go_on(struct registration *r, const struct event *ev, const struct transaction *t)
{
	struct registrations *rs = r->home;

	table_remove(&rs->attempts, r->hash, r);
	r->hash = attempt_hash(ev, r->account);
	if (!table_put(&rs->attempts, r->hash, r))
		return out_of_memory(rs);
	return ask(r, ev, t) && registration_enter(r, REGISTRATION_ASKING);
}

static bool request(struct registrations *rs, const struct event *ev, const struct transaction *t,
                    struct slice aor)
{
	struct account *account = account_get(rs, aor, true);
	struct key key = { ev, account };
	struct registration *latest;

	if (!account)
		return false;
	/* The same REGISTER behind a proxy, or of an earlier try. */
	if (table_get(&rs->attempts, attempt_hash(ev, account), same_try, &key))
		return true;
	latest = table_get(&rs->latest, latest_hash(ev, account), same_call, &key);
	if (latest && ev->msg->cseq >= latest->first_cseq && ev->msg->cseq <= latest->cseq)
		return true;
	if (latest && goes_on(latest, ev, t))
		return go_on(latest, ev, t);
	return begin(rs, ev, t, account);
}

/* --- its response --------------------------------------------------------------------------------------------------------- */

/* Credentials for this realm were refused, and not for the age of their nonce (RFC 3261 22.2): whoever asks again tries anew. A first
 * REGISTER that carries the nonce of the last time is challenged without having done wrong. */
static bool is_last_word(const struct registration *r, const struct sip_msg *msg)
{
	bool known = msg->status == 401 ? r->by_server : r->by_proxy;
	struct slice value = sip_msg_value(msg, msg->status == 401 ? SIP_H_WWW_AUTHENTICATE
	                                                           : SIP_H_PROXY_AUTHENTICATE);
	struct sip_grammar_auth auth;

	if (!r->username.p || !known)
		return false;
	if (!value.p || !sip_grammar_challenge(value, &auth))
		return true;
	return !auth.stale && slice_eq(slice_str(auth.realm), r->realm);
}

static bool challenged(struct registration *r, const struct sip_msg *msg)
{
	bool last = r->tries >= MAX_TRIES || (msg->status != 423 && is_last_word(r, msg));

	r->challenges = (uint8_t)(r->challenges + (msg->status != 423));
	r->by_server |= msg->status == 401;
	r->by_proxy |= msg->status == 407;
	r->final_status = (uint16_t)msg->status;
	if (last)
		return conclude(r, msg->status, msg);
	return registration_enter(r, REGISTRATION_CHALLENGED);
}

static bool final(struct registration *r, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;

	r->final_ns = ev->origin->time_ns;
	r->final_frame = ev->origin->frame;
	r->final_capture_id = ev->origin->capture_id;
	if (msg->status == 401 || msg->status == 407 || msg->status == 423)
		return challenged(r, msg);
	if (msg->status >= 300 && !keep(r, msg->reason_phrase, MAX_TEXT, &r->reason))
		return false;
	return conclude(r, msg->status, msg);
}

static bool response(struct registrations *rs, const struct event *ev, struct slice aor)
{
	struct account *account = account_get(rs, aor, false);
	struct key key = { ev, account };
	struct registration *r;

	if (!account || ev->msg->status < 200)
		return true;
	r = table_get(&rs->attempts, attempt_hash(ev, account), same_try, &key);
	if (!r || r->phase != REGISTRATION_ASKING)
		return true;
	if (ev->via_hash == r->via_hash)
		return final(r, ev);
	r->other_status = (uint16_t)ev->msg->status;
	r->other_ns = ev->origin->time_ns;
	return true;
}

bool registrations_message(struct registrations *rs, const struct event *ev,
                           const struct transaction *t, bool retransmission)
{
	struct slice aor;

	if (!t || retransmission)
		return true;
	aor = slice_sub(sip_uri_plain(sip_addr_uri(ev->msg->to)), 0, MAX_URI);
	return ev->msg->is_request ? request(rs, ev, t, aor) : response(rs, ev, aor);
}

/* --- the end -------------------------------------------------------------------------------------------------------------- */

/* Whose time came in the very last seconds has ended; what was under way was cut. */
static bool finish_one(struct registration *r)
{
	bool due = r->home->analysis->now_ns >= r->since_evict_ns + patience_ns(r);

	switch (r->phase) {
	case REGISTRATION_ASKING:
		if (due)
			return give_up(r);
		return registration_tell(r) && registration_close(r);
	case REGISTRATION_CHALLENGED: return time_is_up(r);
	case REGISTRATION_OVER: return registration_close(r);
	case REGISTRATION_BOUND: break;
	}
	return due ? time_is_up(r) : registration_close(r);
}

bool registrations_finish(struct registrations *rs)
{
	bool ok = true;

	while (ok && !list_is_empty(&rs->open))
		ok = finish_one(oldest(&rs->open));
	while (ok && !list_is_empty(&rs->bound))
		ok = finish_one(oldest(&rs->bound));
	return ok;
}

static bool list_check(const struct list_node *head, bool bound, size_t *n)
{
	for (const struct list_node *node = head->next; node != head; node = node->next) {
		const struct registration *r =
		        (const struct registration *)(const void *)((const char *)node -
		                                                    offsetof(struct registration,
		                                                             node));
		if (bound != (r->phase == REGISTRATION_BOUND) ||
		    bound == list_is_empty(&r->of_account) || !r->timer.place || !r->id ||
		    !r->account->users)
			return false;
		++*n;
	}
	return true;
}

bool registrations_check(const struct registrations *rs)
{
	size_t open = 0, bound = 0, users = 0, at = 0;
	const struct account *account;

	while ((account = table_next(&rs->accounts, &at)))
		users += account->users;
	return list_check(&rs->open, false, &open) && list_check(&rs->bound, true, &bound) &&
	       open == rs->open_count && bound == rs->bound_count &&
	       open + bound == rs->attempts.count && open + bound == users &&
	       open + bound <= REGISTRATIONS_MAX && rs->latest.count <= open + bound &&
	       table_check(&rs->attempts) && table_check(&rs->latest) && table_check(&rs->accounts);
}
