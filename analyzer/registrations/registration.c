#include "analyzer/registrations/registration.h"

#include "dissectors/sip_contacts.h"
#include "dissectors/sip_grammar.h"
#include "dissectors/sip_header.h"

#define MAX_URI       256
#define MAX_TEXT      128
#define MAX_TRIES     8 /* of one attempt */
#define STRINGS_CHUNK 448 /* those of an ordinary one */

static bool out_of_memory(struct registrations *rs)
{
	return err_memory(rs->analysis->err, "registrations");
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

static bool begin(struct registrations *rs, const struct event *ev, const struct transaction *t,
                  struct account *account)
{
	struct registration *r;

	account->users++; /* making room must not take it away */
	r = registration_new(rs, ev, account);
	account->users--;
	if (!r) {
		account_leave(rs, account);
		return false;
	}
	if (!keep_identity(r, ev) || !enter_tables(r, ev) || !ask(r, ev, t) ||
	    !registration_enter(r, REGISTRATION_ASKING)) {
		registration_free(r);
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
		return registration_conclude(r, msg->status, msg);
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
	return registration_conclude(r, msg->status, msg);
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
