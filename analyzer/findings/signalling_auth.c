/* Authentication: D1 to D4, of calls and of registrations. */
#include "analyzer/findings/signalling.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

/* D4: one server's challenges. */
struct server {
	struct ip_addr addr;
	uint64_t challenges, stale;
	struct sighting first, last; /* stale ones */
};

/* D3: a refusal that is one only if its user name succeeds nowhere. */
struct held {
	struct held *next;
	uint64_t username; /* hash */
	struct occurrence occurrence; /* its ids and frames */
	struct ip_addr server;
	unsigned status;
	char *name, *from; /* behind it */
};

struct auth_faults {
	struct draft *draft;
	struct server *servers;
	size_t server_count;
	struct table usernames; /* hashes as pointers */
	struct held *held, **held_end;
	size_t held_count;
	struct refused *refused;
};

struct auth_faults *auth_faults_new(struct draft *d)
{
	struct auth_faults *a = mem_zalloc(sizeof *a);

	if (!a)
		return NULL;
	a->draft = d;
	a->held_end = &a->held;
	table_init(&a->usernames);
	a->refused = refused_new();
	if (!a->refused) {
		mem_free(a);
		return NULL;
	}
	return a;
}

void auth_faults_free(struct auth_faults *a)
{
	struct held *next;

	if (!a)
		return;
	for (struct held *h = a->held; h; h = next) {
		next = h->next;
		mem_free(h);
	}
	table_release(&a->usernames);
	refused_free(a->refused);
	mem_free(a->servers);
	mem_free(a);
}

static bool out_of_memory(struct auth_faults *a)
{
	return err_memory(findings_analysis(a->draft->home)->err, "the findings");
}

/* ---- D4: stale nonces ---- */

static bool is_stale(const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, msg->status == 407 ? SIP_H_PROXY_AUTHENTICATE
	                                                           : SIP_H_WWW_AUTHENTICATE);
	struct slice rest = value, item;

	while (sip_list_next(&rest, &item)) {
		size_t equals = slice_find(item, '=');
		struct slice name = slice_trim(slice_sub(item, 0, equals));
		if (equals == SLICE_NPOS || !slice_ieq_str(name, "stale"))
			continue;
		item = slice_trim(slice_from(item, equals + 1));
		return slice_ieq_str(item, "true") || slice_ieq_str(item, "\"true\"");
	}
	return false;
}

/* NULL: there are too many, or memory ran out (*ok is false then). */
static struct server *server_of(struct auth_faults *a, struct ip_addr addr, bool *ok)
{
	for (size_t i = 0; i < a->server_count; i++)
		if (ip_addr_eq(a->servers[i].addr, addr))
			return &a->servers[i];
	if (a->server_count == SIGNALLING_MAX_SERVERS)
		return NULL;
	if (!a->servers)
		a->servers = mem_zalloc(SIGNALLING_MAX_SERVERS * sizeof *a->servers);
	*ok = a->servers || out_of_memory(a);
	if (!*ok)
		return NULL;
	a->servers[a->server_count].addr = addr;
	return &a->servers[a->server_count++];
}

bool auth_faults_message(struct auth_faults *a, const struct seen_message *m)
{
	int status = m->ev->msg->status;
	struct server *server;
	bool ok = true;

	if ((status != 401 && status != 407) || m->retransmission)
		return true;
	server = server_of(a, m->ev->origin->src.addr, &ok);
	if (!server)
		return ok;
	server->challenges++;
	if (!is_stale(m->ev->msg))
		return true;
	server->last = sighting_of(m->ev);
	if (!server->stale++)
		server->first = server->last;
	return true;
}

static bool judge_server(struct draft *d, const struct server *s)
{
	double share = (double)s->stale / (double)s->challenges;

	if ((double)s->stale < draft_number(d, RULE_D4, "challenges") ||
	    share <= draft_number(d, RULE_D4, "share"))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "stale nonces at ");
	text_add_address(&d->cause, s->addr);
	text_add_address(&d->text, s->addr);
	text_addf(&d->text,
	          " called the nonce stale in %" PRIu64 " of %" PRIu64
	          " challenges (frames %" PRIu64 " to %" PRIu64 ")",
	          s->stale, s->challenges, s->first.frame, s->last.frame);
	evidence_int(&d->evidence, "stale", (int64_t)s->stale);
	evidence_int(&d->evidence, "challenges", (int64_t)s->challenges);
	evidence_real(&d->evidence, "threshold", draft_number(d, RULE_D4, "share"));
	evidence_frame(&d->evidence, s->first);
	evidence_frame(&d->evidence, s->last);
	return draft_add(
	        d, (struct occurrence){ .rule = RULE_D4, .first = s->first, .last = s->last });
}

/* ---- an attempt of either kind ---- */

struct attempt {
	struct slice username, realm, from_user;
	unsigned challenges, with_credentials, status;
	bool succeeded, over; /* over: nothing came for long enough */
	struct ip_addr client, server;
	struct sighting first, challenge, last;
	const struct leg *leg; /* NULL: a registration */
	int64_t registration_id;
};

static bool add(struct draft *d, const struct attempt *at, struct occurrence o)
{
	o.registration_id = at->registration_id;
	return at->leg ? draft_add_leg(d, at->leg, o) : draft_add(d, o);
}

static void add_evidence(struct draft *d, const struct attempt *at)
{
	evidence_int(&d->evidence, "challenges", at->challenges);
	evidence_int(&d->evidence, "status", at->status);
	if (at->username.n)
		evidence_text(&d->evidence, "username", at->username);
	if (at->realm.n)
		evidence_text(&d->evidence, "realm", at->realm);
	evidence_frame(&d->evidence, at->first);
	evidence_frame(&d->evidence, at->challenge);
	evidence_frame(&d->evidence, at->last);
}

/* D1 */
static bool judge_loop(struct draft *d, const struct attempt *at, unsigned same_realm)
{
	double threshold = draft_number(d, RULE_D1, "challenges");

	if (same_realm < threshold || at->with_credentials + 1 < same_realm || at->succeeded)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "credentials of ");
	text_add_quoted(&d->cause, at->username);
	text_addf(&d->cause, " refused by ");
	text_add_address(&d->cause, at->server);
	text_add_address(&d->text, at->server);
	text_addf(&d->text, " challenged ");
	text_add_address(&d->text, at->client);
	text_addf(&d->text, " %u times and refused the credentials of ", at->challenges);
	text_add_quoted(&d->text, at->username);
	text_addf(&d->text, " for ");
	text_add_quoted(&d->text, at->realm);
	text_addf(&d->text, "; it ended with %u (frames %" PRIu64 " to %" PRIu64 ")", at->status,
	          at->first.frame, at->last.frame);
	evidence_real(&d->evidence, "threshold", threshold);
	add_evidence(d, at);
	return add(d, at,
	           (struct occurrence){ .rule = RULE_D1, .first = at->first, .last = at->last });
}

static bool is_challenge(unsigned status)
{
	return status == 401 || status == 407;
}

/* D2 */
static bool judge_ignored(struct draft *d, const struct attempt *at)
{
	if (!is_challenge(at->status) || at->with_credentials || !at->over)
		return true;
	draft_begin(d);
	text_add_address(&d->cause, at->client);
	text_addf(&d->cause, " does not answer the challenge of ");
	text_add_address(&d->cause, at->server);
	text_add_address(&d->text, at->client);
	text_addf(&d->text, " was challenged by ");
	text_add_address(&d->text, at->server);
	text_addf(&d->text,
	          " (%u, frame %" PRIu64 ") and did not try again with credentials within %.0f s",
	          at->status, at->last.frame, draft_number(d, RULE_D2, "wait"));
	evidence_real(&d->evidence, "threshold_s", draft_number(d, RULE_D2, "wait"));
	add_evidence(d, at);
	return add(d, at,
	           (struct occurrence){ .rule = RULE_D2, .first = at->first, .last = at->last });
}

/* ---- D3: the user name ---- */

static uint64_t name_hash(struct slice username)
{
	return hash_slice(slice_sub(username, 0, slice_find(username, '@')), 3) | 1;
}

static bool same_hash(const void *value, const void *wanted)
{
	return (uintptr_t)value == *(const uintptr_t *)wanted;
}

static bool has_succeeded(const struct auth_faults *a, uint64_t hash)
{
	uintptr_t wanted = (uintptr_t)hash;
	return table_get(&a->usernames, hash, same_hash, &wanted) != NULL;
}

static bool remember_success(struct auth_faults *a, struct slice username)
{
	uint64_t hash = name_hash(username);

	if (has_succeeded(a, hash) || a->usernames.count >= SIGNALLING_MAX_USERNAMES)
		return true;
	return table_put(&a->usernames, hash, (void *)(uintptr_t)hash) || out_of_memory(a);
}

static bool is_refusal_of_name(unsigned status)
{
	return is_challenge(status) || status == 403 || status == 404;
}

static bool hold(struct auth_faults *a, const struct attempt *at)
{
	struct slice name = slice_sub(at->username, 0, 128),
	             from = slice_sub(at->from_user, 0, 128);
	struct held *h = mem_zalloc(sizeof *h + name.n + from.n + 2);

	if (!h)
		return out_of_memory(a);
	h->username = name_hash(at->username);
	h->server = at->server;
	h->status = at->status;
	h->name = (char *)(h + 1);
	h->from = h->name + name.n + 1;
	slice_cstr(name, h->name, name.n + 1);
	slice_cstr(from, h->from, from.n + 1);
	h->occurrence = (struct occurrence){
		.rule = RULE_D3,
		.call_id = at->leg ? at->leg->media.call_id : 0,
		.dialog_id = at->leg ? at->leg->first.id : 0,
		.registration_id = at->registration_id,
		.first = at->first,
		.last = at->last,
	};
	*a->held_end = h;
	a->held_end = &h->next;
	a->held_count++;
	return true;
}

static bool judge_name(struct auth_faults *a, const struct attempt *at)
{
	struct slice user = slice_sub(at->username, 0, slice_find(at->username, '@'));

	if (!at->username.n || !at->from_user.n)
		return true;
	if (at->succeeded)
		return remember_success(a, at->username);
	if (!is_refusal_of_name(at->status) || slice_eq(user, at->from_user) ||
	    a->held_count == SIGNALLING_MAX_HELD || !draft_enabled(a->draft, RULE_D3))
		return true;
	return hold(a, at);
}

static bool add_held(struct auth_faults *a, const struct held *h)
{
	struct draft *d = a->draft;

	draft_begin(d);
	text_addf(&d->cause, "user name ");
	text_add_quoted(&d->cause, slice_str(h->name));
	text_addf(&d->cause, " refused by ");
	text_add_address(&d->cause, h->server);
	text_add_address(&d->text, h->server);
	text_addf(&d->text, " refused (%u, frame %" PRIu64 ") credentials with the user name ",
	          h->status, h->occurrence.last.frame);
	text_add_quoted(&d->text, slice_str(h->name));
	text_addf(&d->text, ", but From says ");
	text_add_quoted(&d->text, slice_str(h->from));
	evidence_text(&d->evidence, "username", slice_str(h->name));
	evidence_text(&d->evidence, "from", slice_str(h->from));
	evidence_int(&d->evidence, "status", h->status);
	evidence_frame(&d->evidence, h->occurrence.first);
	evidence_frame(&d->evidence, h->occurrence.last);
	return draft_add(d, h->occurrence);
}

/* ---- legs and registrations ---- */

static bool has_waited(const struct draft *d, const struct leg *leg)
{
	int64_t wait = (int64_t)(draft_number(d, RULE_D2, "wait") * (double)NS_PER_S);
	return leg->given_up || draft_now(d) >= leg->ended_evict_ns + wait;
}

/* A capture that ends right behind a challenge does not say whether it was answered. */
static bool has_waited_for(const struct draft *d, const struct record_registration *r)
{
	int64_t wait = (int64_t)(draft_number(d, RULE_D2, "wait") * (double)NS_PER_S);

	return slice_eq_str(r->outcome, "unauthorized") &&
	       draft_now(d) >= r->time_us * NS_PER_US + wait;
}

bool auth_faults_leg(struct auth_faults *a, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	struct attempt at = {
		.username = leg->username,
		.realm = leg->realm,
		.from_user = sip_uri_user(leg->from_uri),
		.challenges = t->challenges,
		.with_credentials = t->with_credentials,
		.status = leg->attempt.final_status,
		.succeeded = leg->established,
		.client = leg_address(leg, true),
		.server = leg_address(leg, false),
		.first = t->invite,
		.challenge = t->challenge,
		.last = t->final,
		.leg = leg,
	};

	if (!t->challenges && !leg->username.n)
		return true;
	at.over = is_challenge(at.status) && has_waited(a->draft, leg);
	return judge_loop(a->draft, &at, t->same_realm) && judge_ignored(a->draft, &at) &&
	       judge_name(a, &at);
}

static struct ip_addr address_in(struct slice endpoint)
{
	struct ip_addr addr = { { 0, 0 } };
	size_t colon = endpoint.n;

	while (colon && endpoint.p[colon - 1] != ':')
		colon--;
	ip_addr_parse(slice_sub(endpoint, 0, colon ? colon - 1 : endpoint.n), &addr);
	return addr;
}

bool auth_faults_registration(struct auth_faults *a, const struct record_registration *r)
{
	struct sighting first = { r->capture_id, (uint64_t)r->first_frame, r->time_us * NS_PER_US };
	struct sighting last = { r->capture_id, (uint64_t)r->last_frame, r->time_us * NS_PER_US };
	struct attempt at = {
		.username = r->username,
		.realm = r->realm,
		.from_user = sip_uri_user(r->aor),
		.challenges = r->challenges > 0 ? (unsigned)r->challenges : 0,
		.status = r->final_status > 0 ? (unsigned)r->final_status : 0,
		.client = address_in(r->src),
		.server = address_in(r->dst),
		.first = first,
		.last = last,
		.registration_id = r->id,
		.over = has_waited_for(a->draft, r),
	};

	at.succeeded = at.status / 100 == 2;
	at.with_credentials = r->username.n ? at.challenges : 0;
	/* With the refusal of its credentials an attempt to register is over; the loop is that attempts follow each other. */
	struct attempt row = at;
	row.challenges = row.with_credentials = refused_in_a_row(a->refused, r, &row.first);
	return judge_loop(a->draft, &row, row.challenges) && judge_ignored(a->draft, &at) &&
	       judge_name(a, &at);
}

bool auth_faults_finish(struct auth_faults *a)
{
	for (size_t i = 0; i < a->server_count; i++)
		if (!judge_server(a->draft, &a->servers[i]))
			return false;
	for (const struct held *h = a->held; h; h = h->next)
		if (!has_succeeded(a, h->username) && !add_held(a, h))
			return false;
	return true;
}
