/* What was rewritten between the taps as far as the records know it: of each matched call the leg at A beside the leg at B. The same rewrite
 * in many calls is one line. */
#include "reports/compare/taps_internal.h"

#include "base/hash.h"
#include "base/table.h"

#include <stdlib.h>

/* Equal ends of this many octets: only what stands before them was changed. */
#define LEAST_TAIL 4

struct rewriting {
	struct taps *t;
	struct table known; /* rewrites by hash */
	int64_t call; /* calls.id at A */
	bool failed;
};

static struct taps_field *field_of(struct taps *t, const char *name)
{
	for (unsigned i = 0; i < t->field_count; i++)
		if (strcmp(t->fields[i].field, name) == 0)
			return &t->fields[i];
	struct taps_field *f = &t->fields[t->field_count++];
	*f = (struct taps_field){ .field = name };
	return f;
}

static bool is_same(const void *value, const void *key)
{
	const struct taps_rewrite *x = value, *y = key;

	return strcmp(x->field, y->field) == 0 && slice_eq(x->from, y->from) &&
	       slice_eq(x->to, y->to);
}

static void count_rewrite(struct rewriting *r, const struct taps_rewrite *wanted)
{
	struct taps *t = r->t;
	uint64_t hash = hash_slice(slice_str(wanted->field),
	                           hash_slice(wanted->from, hash_slice(wanted->to, 0)));
	struct taps_rewrite *known = table_get(&r->known, hash, is_same, wanted);

	if (known) {
		known->calls++;
		return;
	}
	if (t->rewrite_count == TAPS_REWRITES) {
		t->rewrites_beyond++;
		return;
	}
	known = &t->rewrites[t->rewrite_count];
	*known = *wanted;
	known->calls = 1;
	known->example = r->call;
	if (!table_put(&r->known, hash, known))
		r->failed = true;
	else
		t->rewrite_count++;
}

/* Only that they are others, no pattern: of what is another in every call. */
static void compare_opaque(struct rewriting *r, const char *field, struct slice a, struct slice b)
{
	struct taps_field *f = field_of(r->t, field);

	if (!a.p || !b.p)
		return;
	f->compared++;
	f->changed += !slice_eq(a, b);
}

static void compare(struct rewriting *r, const char *field, struct slice a, struct slice b)
{
	struct taps_rewrite rewrite = { .field = field, .from = a, .to = b };
	struct taps_field *f = field_of(r->t, field);

	if (!a.p && !b.p)
		return;
	f->compared++;
	if (slice_eq(a, b))
		return;
	f->changed++;
	count_rewrite(r, &rewrite);
}

/* "0049301234" and "+49301234" end alike: "00" -> "+". */
static void compare_number(struct rewriting *r, const char *field, struct slice a, struct slice b)
{
	size_t tail = 0;

	while (tail < a.n && tail < b.n && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail])
		tail++;
	if (tail < LEAST_TAIL || slice_eq(a, b)) {
		compare(r, field, a, b);
		return;
	}
	struct taps_rewrite rewrite = { .field = field,
		                        .from = slice_sub(a, 0, a.n - tail),
		                        .to = slice_sub(b, 0, b.n - tail) };
	struct taps_field *f = field_of(r->t, field);
	f->compared++;
	f->changed++;
	count_rewrite(r, &rewrite);
}

/* ---- a leg ---- */

static void compare_uris(struct rewriting *r, const struct tap_leg *x, const struct tap_leg *y)
{
	compare_number(r, "From user", taps_uri_user(x->from_uri), taps_uri_user(y->from_uri));
	compare(r, "From host", taps_uri_host(x->from_uri), taps_uri_host(y->from_uri));
	compare_number(r, "To user", taps_uri_user(x->to_uri), taps_uri_user(y->to_uri));
	compare(r, "To host", taps_uri_host(x->to_uri), taps_uri_host(y->to_uri));
	if (x->caller_contact.p && y->caller_contact.p) {
		compare_opaque(r, "caller's Contact user", taps_uri_user(x->caller_contact),
		               taps_uri_user(y->caller_contact));
		compare(r, "caller's Contact host", taps_uri_host(x->caller_contact),
		        taps_uri_host(y->caller_contact));
	}
	if (x->callee_contact.p && y->callee_contact.p) {
		compare_opaque(r, "callee's Contact user", taps_uri_user(x->callee_contact),
		               taps_uri_user(y->callee_contact));
		compare(r, "callee's Contact host", taps_uri_host(x->callee_contact),
		        taps_uri_host(y->callee_contact));
	}
}

static void compare_legs(struct rewriting *r, const struct tap_leg *x, const struct tap_leg *y)
{
	compare_opaque(r, "Call-ID", x->sip_call_id, y->sip_call_id);
	compare_opaque(r, "From tag", x->from_tag, y->from_tag);
	compare_opaque(r, "To tag", x->to_tag, y->to_tag);
	compare_uris(r, x, y);
	compare(r, "caller's User-Agent", x->caller_user_agent, y->caller_user_agent);
	compare(r, "callee's User-Agent or Server", x->callee_user_agent, y->callee_user_agent);
	compare(r, "transport", x->transport, y->transport);
	compare(r, "source address", taps_host(x->src), taps_host(y->src));
	compare(r, "destination address", taps_host(x->dst), taps_host(y->dst));
}

/* The leg with the same Call-ID; else each one's first. */
static void choose_legs(const struct taps *t, uint32_t call, uint32_t *a, uint32_t *b)
{
	const struct tap *x = &t->side[TAP_A], *y = &t->side[TAP_B];
	const struct tap_call *p = &x->calls[call], *q = &y->calls[p->partner];

	*a = p->leg;
	*b = q->leg;
	for (uint32_t i = p->leg; i < p->leg + p->legs; i++)
		for (uint32_t j = q->leg; j < q->leg + q->legs; j++)
			if (slice_eq(x->legs[i].sip_call_id, y->legs[j].sip_call_id)) {
				*a = i;
				*b = j;
				return;
			}
}

/* ---- SDP, Request-URI ---- */

/* "offer PCMU PCMA telephone-event 192.0.2.1:4000 sendrecv": what stands in messages.sdp, word by word. */
struct sdp_words {
	struct slice codecs, address, direction;
};

static bool is_direction(struct slice word)
{
	return slice_eq_str(word, "sendrecv") || slice_eq_str(word, "sendonly") ||
	       slice_eq_str(word, "recvonly") || slice_eq_str(word, "inactive");
}

static bool is_address(struct slice word)
{
	size_t colon = SLICE_NPOS;

	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] == ':')
			colon = i;
	if (colon == SLICE_NPOS || colon + 1 == word.n)
		return false;
	for (size_t i = colon + 1; i < word.n; i++)
		if (!ascii_is_digit(word.p[i]))
			return false;
	return true;
}

/* Of the first stream of media; what follows is another one. */
static struct sdp_words words_of(struct slice sdp)
{
	struct sdp_words out = { SLICE_NONE, SLICE_NONE, SLICE_NONE };
	struct slice rest = sdp, word;

	if (!slice_split(&rest, ' ', &word))
		return out;
	const uint8_t *from = rest.p, *to = from;
	while (slice_split(&rest, ' ', &word)) {
		if (is_direction(word)) {
			out.direction = word;
			break;
		}
		if (is_address(word)) {
			out.address = word;
			continue;
		}
		if (!out.address.p)
			to = word.p + word.n;
	}
	out.codecs = from ? slice_of(from, (size_t)(to - from)) : SLICE_NONE;
	return out;
}

static void compare_sdp(struct rewriting *r, bool answer, struct slice a, struct slice b)
{
	struct sdp_words x = words_of(a), y = words_of(b);

	if (!a.n || !b.n)
		return;
	compare(r, answer ? "SDP answer's codecs" : "SDP offer's codecs", x.codecs, y.codecs);
	compare(r, answer ? "SDP answer's address" : "SDP offer's address", taps_host(x.address),
	        taps_host(y.address));
	compare_opaque(r, answer ? "SDP answer's port" : "SDP offer's port",
	               slice_from(x.address, taps_host(x.address).n),
	               slice_from(y.address, taps_host(y.address).n));
	compare(r, answer ? "SDP answer's direction" : "SDP offer's direction", x.direction,
	        y.direction);
}

/* Of each call its first INVITE and its first 2xx, that both taps saw. */
struct firsts {
	struct rewriting *r;
	uint32_t call;
	bool invite, answer;
};

static bool take_message(void *context, uint32_t call, const struct taps_seen *seen)
{
	struct firsts *f = context;
	const struct tap_message *x = seen->first, *y = seen->other;

	if (f->call != call)
		*f = (struct firsts){ .r = f->r, .call = call };
	f->r->call = f->r->t->side[TAP_A].calls[call].id;
	if (!x || !y || !slice_eq_str(x->method, "INVITE"))
		return true;
	if (x->status == RECORD_NULL && !f->invite) {
		f->invite = true;
		compare_number(f->r, "Request-URI user", taps_uri_user(x->uri),
		               taps_uri_user(y->uri));
		compare(f->r, "Request-URI host", taps_uri_host(x->uri), taps_uri_host(y->uri));
		compare_sdp(f->r, false, x->sdp, y->sdp);
	} else if (x->status >= 200 && x->status < 300 && !f->answer) {
		f->answer = true;
		compare_sdp(f->r, true, x->sdp, y->sdp);
	}
	return !f->r->failed;
}

/* ---- all calls ---- */

static int by_calls(const void *a, const void *b)
{
	const struct taps_rewrite *x = a, *y = b;
	int order = strcmp(x->field, y->field);

	if (order || x->calls == y->calls)
		return order ? order : x->example < y->example ? -1 : x->example > y->example;
	return x->calls > y->calls ? -1 : 1;
}

static void count_different(struct taps *t)
{
	for (size_t i = 0; i < t->rewrite_count; i++)
		field_of(t, t->rewrites[i].field)->different++;
}

bool taps_find_rewrites(struct taps *t, struct err *err)
{
	const struct tap *a = &t->side[TAP_A], *b = &t->side[TAP_B];
	struct rewriting r = { .t = t };
	struct firsts firsts = { .r = &r, .call = TAPS_NONE };
	uint32_t x, y;

	t->rewrites = arena_alloc(&t->arena, TAPS_REWRITES * sizeof *t->rewrites);
	if (!t->rewrites)
		return err_memory(err, "what was rewritten");
	table_init(&r.known);
	for (uint32_t i = 0; i < a->call_count; i++) {
		const struct tap_call *call = &a->calls[i];
		if (call->partner == TAPS_NONE || !call->legs || !b->calls[call->partner].legs)
			continue;
		r.call = call->id;
		choose_legs(t, i, &x, &y);
		compare_legs(&r, &a->legs[x], &b->legs[y]);
	}
	bool ok = taps_each_message(t, take_message, &firsts, err);
	table_release(&r.known);
	if (err->code == ERR_NONE && (r.failed || !ok))
		return err_memory(err, "what was rewritten");
	if (t->rewrite_count)
		qsort(t->rewrites, t->rewrite_count, sizeof *t->rewrites, by_calls);
	count_different(t);
	return ok && !r.failed;
}
