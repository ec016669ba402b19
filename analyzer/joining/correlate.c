/* What an INVITE says of other legs. */
#include "analyzer/joining/correlate.h"

#include "analyzer/calls/state.h"
#include "analyzer/joining/relayed.h"
#include "analyzer/joining/transfer.h"
#include "dissectors/sip_header.h"

#define MIN_VALUE      8 /* shorter ones ("0", "unknown") are no names of a call */
#define SESSION_OCTETS 32
#define SAME_CALL_NS   (4 * NS_PER_S) /* between INVITEs whose Call-IDs are alike */
#define MAX_JOIN       512
#define MIN_NUMBER     7
#define MAX_NUMBER     9
#define LONGEST        40 /* digits of a number that are looked at */

static bool out_of_memory(struct calls *c)
{
	return err_memory(c->analysis->err, "what joins legs");
}

/* ---- life ---- */

static void take_names(struct correlation *co, struct slice list)
{
	struct slice name;

	while (sip_list_next(&list, &name))
		if (co->header_count < CORRELATE_MAX_HEADERS)
			co->headers[co->header_count++] = name;
}

void correlate_init(struct correlation *co, const char *headers)
{
	co->indexed = false;
	co->header_count = co->host_count = co->refers_open = co->refer_count = 0;
	memset(co->hosts, 0, sizeof co->hosts);
	leg_index_init(&co->by_call_id);
	leg_index_init(&co->by_number);
	leg_index_init(&co->by_ssrc);
	leg_index_init(&co->by_content);
	clues_init(&co->clues);
	list_init(&co->refers);
	take_names(co, slice_str(headers ? headers : CORRELATE_HEADERS));
}

void correlate_release(struct correlation *co)
{
	leg_index_release(&co->by_call_id);
	leg_index_release(&co->by_number);
	leg_index_release(&co->by_ssrc);
	leg_index_release(&co->by_content);
	clues_release(&co->clues);
}

void correlate_leave(struct leg *leg)
{
	struct correlation *co = &leg->home->correlation;

	if (leg->kind == LEG_INVITE && co->indexed) {
		leg_index_remove(&co->by_call_id, &leg->relations.by_call_id);
		leg_index_remove(&co->by_number, &leg->relations.by_number);
	}
	relayed_leave(leg);
	clue_leave_all(&co->clues, leg);
}

/* ---- Call-IDs ---- */

/* Length of "_b2b-1", "-b2b2" and the like at the end, which B2BUAs append; 0 if there is none. */
static size_t b2b_suffix(struct slice local)
{
	size_t i = local.n;

	while (i &&
	       (ascii_is_digit(local.p[i - 1]) || local.p[i - 1] == '-' || local.p[i - 1] == '_'))
		i--;
	if (i < 4 || !slice_ieq_str(slice_sub(local, i - 3, 3), "b2b"))
		return 0;
	i -= 3;
	return local.p[i - 1] == '_' || local.p[i - 1] == '-' || local.p[i - 1] == '.'
	               ? local.n - i + 1
	               : 0;
}

/* What stays the same where B2BUAs make one Call-ID of another: no host, no suffix. */
static struct slice call_id_base(struct slice call_id)
{
	struct slice local = slice_sub(call_id, 0, slice_find(call_id, '@'));

	return slice_sub(local, 0, local.n - b2b_suffix(local));
}

static uint64_t base_hash(struct slice call_id)
{
	return hash_slice(call_id_base(call_id), 0);
}

static bool has_suffix(struct slice call_id)
{
	return b2b_suffix(slice_sub(call_id, 0, slice_find(call_id, '@'))) != 0;
}

/* ---- numbers ---- */

/* The last digits without what people put between them and without the zeros of a prefix; 0 unless it is a number. */
static size_t digits_of(struct slice user, uint8_t out[static LONGEST])
{
	size_t n = 0;

	for (size_t i = user.n; i > 0; i--) {
		uint8_t c = user.p[i - 1];
		if (c == '-' || c == '.' || c == '(' || c == ')' || (c == '+' && i == 1))
			continue;
		if (!ascii_is_digit(c))
			return 0;
		if (n < LONGEST)
			out[n++] = c; /* backwards */
	}
	while (n && n < LONGEST && out[n - 1] == '0')
		n--;
	return n >= MIN_NUMBER ? n : 0;
}

uint64_t number_hash(struct slice user)
{
	uint8_t digits[LONGEST];

	if (!user.n)
		return 0;
	return digits_of(user, digits) ? hash_bytes(digits, MIN_NUMBER, 1) : hash_slice(user, 2);
}

bool number_same(struct slice user, struct slice other)
{
	uint8_t a[LONGEST], b[LONGEST];
	size_t n = digits_of(user, a), m = digits_of(other, b);

	if (!n || !m)
		return user.n && slice_eq(user, other);
	n = n < m ? n : m;
	return memcmp(a, b, n < MAX_NUMBER ? n : MAX_NUMBER) == 0;
}

/* ---- the index ---- */

static bool enter(struct leg *leg)
{
	struct correlation *co = &leg->home->correlation;
	struct leg_relations *r = &leg->relations;
	uint64_t number = number_hash(sip_uri_user(leg->to_uri));

	if (leg->kind != LEG_INVITE)
		return true;
	if (!leg_index_add(&co->by_call_id, &r->by_call_id, leg, base_hash(leg->call_id)) ||
	    (number && !leg_index_add(&co->by_number, &r->by_number, leg, number)))
		return out_of_memory(leg->home);
	return true;
}

static bool enter_all(const struct list_node *head)
{
	for (const struct list_node *node = head->next; node != head; node = node->next)
		if (!enter(leg_of_node(node)))
			return false;
	return true;
}

bool correlate_index(struct calls *c)
{
	struct correlation *co = &c->correlation;

	if (co->indexed)
		return true;
	co->indexed = true;
	return enter_all(&c->all) && enter_all(&c->waiting.judging) &&
	       enter_all(&c->waiting.holding) && enter_all(&c->waiting.settled);
}

static struct correlate_host *host_of(struct correlation *co, struct ip_addr addr)
{
	size_t i = (size_t)hash_mix(addr.word[0], addr.word[1]) % CORRELATE_HOSTS;

	while (co->hosts[i].used && !ip_addr_eq(co->hosts[i].addr, addr))
		i = (i + 1) % CORRELATE_HOSTS;
	if (!co->hosts[i].used) {
		co->hosts[i] = (struct correlate_host){ .addr = addr, .used = true };
		co->host_count++;
	}
	return &co->hosts[i];
}

/* Somebody is in the middle: gets INVITEs, and sends some that open other legs. */
static bool shows_middle(struct correlation *co, const struct sip_origin *o)
{
	struct correlate_host *from, *to;

	from = host_of(co, o->src.addr);
	from->sends = true;
	to = host_of(co, o->dst.addr);
	to->gets = true;
	return from->gets || to->sends || co->host_count > CORRELATE_HOSTS / 2;
}

/* ---- what an INVITE carries ---- */

static bool carry(struct leg *leg, enum clue_reason reason, struct slice value)
{
	struct clue *clue;

	if (!clue_carry(&leg->home->correlation.clues, reason, value, leg, &clue))
		return out_of_memory(leg->home);
	return true;
}

/* A half of a Session-ID; 0 for none, for all zeros (RFC 7989 section 5: not known yet), and for what is no UUID. */
static uint64_t session_half(struct slice half)
{
	size_t zeros = 0;

	if (half.n != SESSION_OCTETS)
		return 0;
	for (size_t i = 0; i < half.n; i++) {
		uint8_t c = ascii_lower(half.p[i]);
		if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
			return 0;
		zeros += c == '0';
	}
	return zeros == half.n ? 0 : hash_slice(half, 0) | 1;
}

static bool learn_session(struct leg *leg, struct slice half)
{
	uint64_t *session = leg->relations.session, hash = session_half(half);

	if (!hash || session[0] == hash || session[1])
		return true;
	session[session[0] != 0] = hash;
	return carry(leg, CLUE_SESSION_ID, half);
}

static bool session_id(struct leg *leg, struct slice value)
{
	return learn_session(leg, slice_trim(slice_sub(value, 0, slice_find(value, ';')))) &&
	       learn_session(leg, sip_param(value, "remote"));
}

bool correlate_sessions_agree(const uint64_t a[2], const uint64_t b[2])
{
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++) {
			uint64_t rest = a[!i], other = b[!k];
			if (a[i] && a[i] == b[k] && (rest == other || !rest || !other))
				return true;
		}
	return false;
}

static bool icid(struct leg *leg, struct slice value)
{
	struct slice id = sip_param(value, "icid-value");

	/* The first parameter has no `;` before it. */
	if (!id.p && slice_istarts(value, "icid-value="))
		id = slice_sub(value, 11, slice_find(slice_from(value, 11), ';'));
	if (id.n >= 2 && id.p[0] == '"' && id.p[id.n - 1] == '"')
		id = slice_sub(id, 1, id.n - 2);
	return id.n < MIN_VALUE || carry(leg, CLUE_ICID, id);
}

/* The other leg's Call-ID, perhaps: then that leg carries the value too. */
static bool correlation_value(struct leg *leg, struct slice value)
{
	struct calls *c = leg->home;
	struct correlation *co = &c->correlation;
	struct clue *clue;

	if (value.n < MIN_VALUE)
		return true;
	if (!clue_carry(&co->clues, CLUE_X_CID, value, leg, &clue))
		return out_of_memory(c);
	struct leg_link *link = leg_index_first(&co->by_call_id, base_hash(value));
	for (unsigned i = 0; link && i < LEG_INDEX_LOOKED_AT; i++) {
		if (slice_eq(link->leg->call_id, value) && !clue_add(&co->clues, clue, link->leg))
			return out_of_memory(c);
		link = leg_index_next(&co->by_call_id, link);
	}
	return true;
}

static bool is_correlation_header(const struct correlation *co, struct slice name)
{
	for (unsigned i = 0; i < co->header_count; i++)
		if (slice_ieq(co->headers[i], name))
			return true;
	return false;
}

struct triple triple_of(struct slice value)
{
	return (struct triple){
		.call_id = slice_trim(slice_sub(value, 0, slice_find(value, ';'))),
		.to_tag = sip_param(value, "to-tag"),
		.from_tag = sip_param(value, "from-tag"),
	};
}

static bool has_dialog(const struct leg *leg, struct slice caller_tag, struct slice callee_tag)
{
	if (!slice_eq(leg->from_tag, caller_tag))
		return false;
	for (const struct dialog *d = &leg->first; d; d = d->next)
		if (slice_eq(d->to_tag, callee_tag))
			return true;
	return false;
}

struct leg *correlate_dialog(struct calls *c, const struct triple *t)
{
	const struct correlation *co = &c->correlation;
	struct leg_link *link = NULL;

	if (t->call_id.n && t->to_tag.n && t->from_tag.n)
		link = leg_index_first(&co->by_call_id, base_hash(t->call_id));
	for (unsigned i = 0; link && i < LEG_INDEX_LOOKED_AT; i++) {
		struct leg *leg = link->leg;
		if (slice_eq(leg->call_id, t->call_id) &&
		    (has_dialog(leg, t->from_tag, t->to_tag) ||
		     has_dialog(leg, t->to_tag, t->from_tag)))
			return leg;
		link = leg_index_next(&co->by_call_id, link);
	}
	return NULL;
}

static bool names_dialog(struct leg *leg, enum clue_reason reason, struct slice value)
{
	struct triple t = triple_of(value);
	struct leg *other;

	if (!correlate_index(leg->home))
		return false;
	other = correlate_dialog(leg->home, &t);
	if (other && !clue_tie(&leg->home->correlation.clues, reason, t.call_id, leg, other))
		return out_of_memory(leg->home);
	return true;
}

/* One walk over the headers, whatever is in them. */
static bool read_headers(struct leg *leg, const struct sip_msg *msg)
{
	struct calls *c = leg->home;
	bool ok = true;

	for (unsigned i = 0; i < msg->header_count && ok; i++) {
		const struct sip_header *h = &msg->headers[i];
		switch (h->id) {
		case SIP_H_REPLACES: ok = names_dialog(leg, CLUE_REPLACES, h->value); break;
		case SIP_H_JOIN:
			ok = leg_keep(leg, h->value, MAX_JOIN, &leg->join) &&
			     names_dialog(leg, CLUE_JOIN, h->value);
			break;
		case SIP_H_SESSION_ID: ok = session_id(leg, h->value); break;
		case SIP_H_P_CHARGING_VECTOR: ok = icid(leg, h->value); break;
		case SIP_H_OTHER:
			if (is_correlation_header(&c->correlation, h->name))
				ok = correlate_index(c) && correlation_value(leg, h->value);
			break;
		default: break;
		}
	}
	return ok;
}

/* ---- what other legs said of it ---- */

bool correlate_follows(const struct leg *up, const struct leg *down, int64_t window_ns)
{
	int64_t after_ns;

	if (up == down || up->start_ns == TIME_NONE || down->start_ns == TIME_NONE)
		return false;
	if (!ip_addr_eq(up->dst.addr, down->src.addr) &&
	    !ip_addr_eq(up->relations.far, down->src.addr))
		return false;
	after_ns = down->start_ns - up->start_ns;
	return after_ns >= 0 && after_ns <= window_ns;
}

/* One is the other with a suffix, or with another host. */
static bool is_made_of(const struct leg *leg, const struct leg *other)
{
	struct slice base = call_id_base(leg->call_id);

	if (base.n < MIN_VALUE || slice_eq(leg->call_id, other->call_id) ||
	    !slice_eq(base, call_id_base(other->call_id)))
		return false;
	if (has_suffix(leg->call_id) != has_suffix(other->call_id))
		return true;
	return correlate_follows(leg, other, SAME_CALL_NS) ||
	       correlate_follows(other, leg, SAME_CALL_NS);
}

static bool look_around(struct leg *leg)
{
	struct correlation *co = &leg->home->correlation;
	struct clue *named = clue_find(&co->clues, CLUE_X_CID, leg->call_id);
	struct leg_link *link = leg_index_first(&co->by_call_id, leg->relations.by_call_id.hash);
	bool ok = !named || clue_add(&co->clues, named, leg);

	for (unsigned i = 0; ok && link && i < LEG_INDEX_LOOKED_AT; i++) {
		if (is_made_of(leg, link->leg))
			ok = clue_tie(&co->clues, CLUE_CALL_ID, call_id_base(leg->call_id), leg,
			              link->leg);
		link = leg_index_next(&co->by_call_id, link);
	}
	return ok || out_of_memory(leg->home);
}

bool correlate_invite(struct leg *leg, const struct event *ev)
{
	struct calls *c = leg->home;

	leg->relations.far = ev->origin->dst.addr;
	if (leg->relations.asked)
		return true;
	leg->relations.asked = true;
	if (!c->correlation.indexed && shows_middle(&c->correlation, ev->origin) &&
	    !correlate_index(c))
		return false;
	if (!read_headers(leg, ev->msg) || !transfer_invite(leg, ev))
		return false;
	return !c->correlation.indexed || (enter(leg) && look_around(leg));
}

bool correlate_response(struct leg *leg, const struct event *ev)
{
	struct slice value;

	if (!leg->relations.session[0] || leg->relations.session[1])
		return true;
	value = sip_msg_value(ev->msg, SIP_H_SESSION_ID);
	return !value.p || session_id(leg, value);
}

bool correlate_judge(struct leg *leg)
{
	if (leg->kind != LEG_INVITE)
		return true;
	return relayed_judge(leg) && (!leg->home->correlation.indexed || mirrored_judge(leg));
}
