/* H5, H6 and H9: whom a source called, for how long, and when. Legs come in the order in which they close. */
#include "analyzer/calls/leg.h"
#include "analyzer/findings/attack.h"
#include "analyzer/findings/state.h"
#include "dissectors/sip_header.h"

#define CONCURRENT_KEPT 32

/* A source, or an account, and a prefix. */
struct prefix_use {
	struct lru_node node;
	struct {
		int64_t from_ns, to_ns;
	} calls[CONCURRENT_KEPT]; /* newest, as a ring */
	unsigned next, count;
	bool told;
	/* H6 */
	struct window short_calls;
	uint64_t number; /* of the last one that gave up after a ring */
	unsigned run;
	int64_t run_first_ns;
};

static bool all_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

struct slice attack_international(struct slice user)
{
	static const char *const prefixes[] = { "+", "00", "011" };

	for (size_t i = 0; i < 3; i++)
		if (slice_starts(user, prefixes[i])) {
			struct slice digits = slice_from(user, strlen(prefixes[i]));
			return all_digits(digits) ? digits : SLICE_NONE;
		}
	return SLICE_NONE;
}

/* NULL: out of memory. */
static struct prefix_use *use_of(struct attack *a, uint64_t hash)
{
	struct prefix_use *u = lru_get(&a->prefixes, hash);

	if (u)
		return u;
	lru_drop(&a->prefixes, lru_full(&a->prefixes));
	u = lru_add(&a->prefixes, hash, sizeof *u);
	if (!u)
		attack_out_of_memory(a);
	return u;
}

static struct sighting start_of(const struct leg *leg)
{
	return leg->trace.invite;
}

static int64_t end_of(const struct leg *leg)
{
	return leg->end_ns == TIME_NONE ? leg->last_ns : leg->end_ns;
}

/* --- H5 ------------------------------------------------------------------------------------------------------------- */

/* As digits, whether written 252 or +252. */
static bool next_prefix(struct slice *list, struct slice *prefix)
{
	while (slice_split(list, ',', prefix)) {
		*prefix = slice_trim(*prefix);
		if (prefix->n && prefix->p[0] == '+')
			*prefix = slice_from(*prefix, 1);
		if (all_digits(*prefix))
			return true;
	}
	return false;
}

void attack_prefix_starts(struct attack_settings *set)
{
	struct slice list = set->prefixes, prefix;

	while (next_prefix(&list, &prefix))
		set->prefix_starts[prefix.p[0] - '0'] |=
		        (uint16_t)(prefix.n == 1 ? 0x3FF : 1u << (prefix.p[1] - '0'));
}

static bool may_be_risky(const struct attack *a, struct slice digits)
{
	unsigned first = digits.p[0] - '0';
	/* A number of one digit: let the list decide. */
	unsigned seconds = digits.n > 1 ? 1u << (digits.p[1] - '0') : 0x3FF;

	return a->set.prefix_starts[first] & seconds;
}

/* The longest prefix of the list that the number begins with. */
static struct slice risky_prefix(const struct attack *a, struct slice digits)
{
	struct slice list = a->set.prefixes, prefix, best = SLICE_NONE;

	if (!may_be_risky(a, digits))
		return SLICE_NONE;

	while (next_prefix(&list, &prefix))
		if (prefix.n > best.n && prefix.n <= digits.n &&
		    memcmp(prefix.p, digits.p, prefix.n) == 0)
			best = prefix;
	return best;
}

static unsigned overlapping(struct prefix_use *u, int64_t from_ns, int64_t to_ns)
{
	unsigned n = 1;

	for (unsigned i = 0; i < u->count; i++)
		n += u->calls[i].from_ns < to_ns && from_ns < u->calls[i].to_ns;
	u->calls[u->next].from_ns = from_ns;
	u->calls[u->next].to_ns = to_ns;
	u->next = (u->next + 1) % CONCURRENT_KEPT;
	u->count += u->count < CONCURRENT_KEPT;
	return n;
}

static bool tell_risk(struct attack *a, const struct leg *leg, struct slice prefix,
                      unsigned at_once)
{
	struct draft *d = &a->draft;

	draft_begin(d);
	text_addf(&d->cause,
	          at_once ? "several calls at once to +" : "first call of an account to +");
	text_add_terminal(&d->cause, prefix);
	text_add_quoted(&d->text, slice_sub(leg->from_uri, 0, 80));
	text_addf(&d->text, " called ");
	text_add_quoted(&d->text, slice_sub(leg->to_uri, 0, 80));
	text_addf(&d->text, " (frame %" PRIu64 "), ", start_of(leg).frame);
	if (at_once)
		text_addf(&d->text, "with %u calls to +%.*s going on at once", at_once,
		          SLICE_ARG(prefix));
	else
		text_addf(&d->text, "its first call to +%.*s in this capture", SLICE_ARG(prefix));
	evidence_text(&d->evidence, "prefix", prefix);
	if (at_once) {
		evidence_int(&d->evidence, "concurrent", at_once);
		evidence_int(&d->evidence, "threshold", (int64_t)a->set.concurrent);
	}
	evidence_frame(&d->evidence, start_of(leg));
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_H5, .first = start_of(leg) });
}

static bool judge_risk(struct attack *a, const struct leg *leg, struct slice digits)
{
	struct slice prefix = risky_prefix(a, digits);
	struct prefix_use *u;
	unsigned at_once;

	if (!prefix.n)
		return true;
	u = use_of(a, hash_slice(prefix, 5));
	if (!u)
		return false;
	at_once = overlapping(u, leg->start_ns, end_of(leg));
	if ((double)at_once >= a->set.concurrent && !tell_risk(a, leg, prefix, at_once))
		return false;
	u = use_of(a, hash_slice(leg->from_uri, hash_slice(prefix, 55)));
	if (!u || u->told)
		return u != NULL;
	u->told = true;
	return tell_risk(a, leg, prefix, 0);
}

/* --- H6 ------------------------------------------------------------------------------------------------------------- */

static bool tell_short(struct attack *a, const struct leg *leg, uint64_t calls, bool wangiri)
{
	struct draft *d = &a->draft;

	draft_begin(d);
	text_addf(&d->cause, wangiri ? "one ring and gone, by numbers in sequence, from "
	                             : "short answered calls from ");
	text_add_address(&d->cause, leg->src.addr);
	text_add_address(&d->text, leg->src.addr);
	text_addf(&d->text,
	          " made %" PRIu64 " %s within %.0f s (the last one in frame %" PRIu64 ")", calls,
	          wangiri ? "calls that gave up after one ring, with caller numbers in sequence,"
	                  : "short answered calls to one prefix",
	          (double)a->set.short_window_ns / (double)NS_PER_S, start_of(leg).frame);
	evidence_int(&d->evidence, "calls", (int64_t)calls);
	evidence_int(&d->evidence, "threshold", (int64_t)a->set.short_calls);
	evidence_frame(&d->evidence, start_of(leg));
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_H6, .first = start_of(leg) });
}

static bool short_call(struct attack *a, const struct leg *leg, struct slice user)
{
	uint64_t hash = hash_slice(slice_sub(user, 0, a->set.digits),
	                           hash_mix(leg->src.addr.word[0], leg->src.addr.word[1]));
	struct prefix_use *u;
	uint64_t calls;

	if (!all_digits(user.n && user.p[0] == '+' ? slice_from(user, 1) : user))
		return true; /* a name has no prefix */
	u = use_of(a, hash);
	if (!u)
		return false;
	calls = window_add(&u->short_calls, a->set.short_window_ns, leg->start_ns);
	return (double)calls < a->set.short_calls || tell_short(a, leg, calls, false);
}

/* Caller numbers go up or down by one. */
static bool one_ring(struct attack *a, const struct leg *leg)
{
	struct slice user = sip_uri_user(leg->from_uri);
	struct prefix_use *u;
	uint64_t number;

	if (user.n && user.p[0] == '+')
		user = slice_from(user, 1);
	if (!slice_u64(user, UINT64_MAX - 1, &number))
		return true;
	u = use_of(a, hash_mix(leg->src.addr.word[0] + 6, leg->src.addr.word[1]));
	if (!u)
		return false;
	if (u->run && (number == u->number + 1 || number + 1 == u->number) &&
	    duration_between(u->run_first_ns, leg->start_ns) <= a->set.short_window_ns) {
		u->run++;
	} else {
		u->run = 1;
		u->run_first_ns = leg->start_ns;
	}
	u->number = number;
	return (double)u->run < a->set.short_calls || tell_short(a, leg, u->run, true);
}

static bool judge_short(struct attack *a, const struct leg *leg, struct slice user)
{
	if (leg->answer_ns != TIME_NONE && leg_is_over(leg))
		return duration_between(leg->answer_ns, leg->end_ns) >= a->set.short_ns ||
		       short_call(a, leg, user);
	if (leg->attempt.cancelled && leg->ring_ns != TIME_NONE)
		return duration_between(leg->ring_ns, end_of(leg)) >= a->set.ring_ns ||
		       one_ring(a, leg);
	return true;
}

/* --- H9 ------------------------------------------------------------------------------------------------------------- */

/* 1970-01-01 was a Thursday. */
static bool is_off_hours(const struct attack *a, int64_t time_ns)
{
	int64_t s = time_ns / NS_PER_S + a->set.utc_offset_s;
	int64_t day = s / 86400, hour = s % 86400 / 3600, weekday = (day + 4) % 7;

	if (s < 0)
		return false;
	if (!a->set.weekend && (weekday == 0 || weekday == 6))
		return true;
	if (a->set.from_hour > a->set.to_hour) /* open past midnight */
		return hour < (int64_t)a->set.from_hour && hour >= (int64_t)a->set.to_hour;
	return hour < (int64_t)a->set.from_hour || hour >= (int64_t)a->set.to_hour;
}

static bool judge_hours(struct attack *a, const struct leg *leg)
{
	struct draft *d = &a->draft;

	if (!is_off_hours(a, leg->start_ns))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "calls outside business hours from ");
	text_add_address(&d->cause, leg->src.addr);
	text_add_quoted(&d->text, slice_sub(leg->from_uri, 0, 80));
	text_addf(&d->text, " called ");
	text_add_quoted(&d->text, slice_sub(leg->to_uri, 0, 80));
	text_addf(&d->text, " outside business hours, %u to %u (frame %" PRIu64 ")",
	          a->set.from_hour, a->set.to_hour, start_of(leg).frame);
	evidence_int(&d->evidence, "from_hour", a->set.from_hour);
	evidence_int(&d->evidence, "to_hour", a->set.to_hour);
	evidence_frame(&d->evidence, start_of(leg));
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_H9, .first = start_of(leg) });
}

bool attack_numbers(struct attack *a, const struct leg *leg)
{
	struct slice user = sip_uri_user(leg->to_uri), digits = attack_international(user);

	if (leg->start_ns == TIME_NONE)
		return true;
	return (!digits.n || judge_risk(a, leg, digits)) && judge_short(a, leg, user) &&
	       judge_hours(a, leg);
}
