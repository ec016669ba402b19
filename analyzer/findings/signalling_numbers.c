/* D6: numbers that are not known, and whether the same number is when it is spelled otherwise: with +, 00, or as a national one. */
#include "analyzer/findings/signalling.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

#define NUMBER_MAX   32 /* octets; longer ones are no telephone numbers */
#define NUMBER_SLOTS 16384 /* a power of 2; of two that meet in one the newer stays */

/* A number that could be called. */
struct reached {
	char number[NUMBER_MAX]; /* "": none */
	uint64_t frame; /* of the answer, or of the INVITE where it only rang */
	bool answered;
};

/* A refusal that waits for the capture's end: its number may yet be reached. */
struct unknown {
	struct unknown *next;
	struct occurrence occurrence;
	struct ip_addr server;
	int status;
	char number[NUMBER_MAX];
};

struct numbers {
	struct draft *draft;
	struct reached *reached; /* NULL before the first */
	struct unknown *held, **held_end;
	size_t held_count;
};

struct numbers *numbers_new(struct draft *d)
{
	struct numbers *n = mem_zalloc(sizeof *n);

	if (!n)
		return NULL;
	n->draft = d;
	n->held_end = &n->held;
	return n;
}

void numbers_free(struct numbers *n)
{
	struct unknown *next;

	if (!n)
		return;
	for (struct unknown *u = n->held; u; u = next) {
		next = u->next;
		mem_free(u);
	}
	mem_free(n->reached);
	mem_free(n);
}

static bool out_of_memory(struct numbers *n)
{
	return err_memory(findings_analysis(n->draft->home)->err, "the findings");
}

/* ---- spellings ---- */

/* Without +, 00 or the trunk prefix 0; absent if there are fewer digits than that, or other octets. */
static struct slice significant(struct slice number, size_t least)
{
	if (number.n && number.p[0] == '+')
		number = slice_from(number, 1);
	while (number.n && number.p[0] == '0')
		number = slice_from(number, 1);
	for (size_t i = 0; i < number.n; i++)
		if (number.p[i] < '0' || number.p[i] > '9')
			return SLICE_NONE;
	return number.n >= least && number.n < NUMBER_MAX ? number : SLICE_NONE;
}

static struct slice last_digits(struct slice digits, size_t n)
{
	return slice_from(digits, digits.n > n ? digits.n - n : 0);
}

/* One of them ends in all of the other, and they are not written alike. */
static bool is_other_spelling(struct slice a, struct slice b, size_t least)
{
	struct slice x = significant(a, least), y = significant(b, least);

	if (!x.p || !y.p || slice_eq(a, b))
		return false;
	return slice_eq(last_digits(x, y.n), last_digits(y, x.n));
}

static size_t least_digits(const struct numbers *n)
{
	return (size_t)draft_number(n->draft, RULE_D6, "digits");
}

static struct reached *slot_of(const struct numbers *n, struct slice digits, size_t least)
{
	return &n->reached[hash_slice(last_digits(digits, least), 4) & (NUMBER_SLOTS - 1)];
}

static const struct reached *reached_otherwise(const struct numbers *n, const char *number)
{
	size_t least = least_digits(n);
	struct slice digits = significant(slice_str(number), least);
	const struct reached *r;

	if (!digits.p || !n->reached)
		return NULL;
	r = slot_of(n, digits, least);
	return is_other_spelling(slice_str(r->number), slice_str(number), least) ? r : NULL;
}

bool numbers_reached(struct numbers *n, const struct leg *leg)
{
	struct slice number = sip_uri_user(leg->to_uri), digits;
	size_t least;
	struct reached *r;

	if (leg->start_ns == TIME_NONE || !draft_enabled(n->draft, RULE_D6))
		return true;
	least = least_digits(n);
	digits = significant(number, least);
	if (!digits.p || number.n >= NUMBER_MAX)
		return true;
	if (!n->reached)
		n->reached = mem_zalloc(NUMBER_SLOTS * sizeof *n->reached);
	if (!n->reached)
		return out_of_memory(n);
	r = slot_of(n, digits, least);
	slice_cstr(number, r->number, sizeof r->number);
	r->answered = leg->established;
	r->frame = leg->established ? leg->trace.final.frame : leg->trace.invite.frame;
	return true;
}

/* ---- refusals ---- */

static bool tell(struct draft *d, const struct unknown *u, struct slice number,
                 const struct reached *other)
{
	draft_begin(d);
	text_addf(&d->cause, "%d from ", u->status);
	text_add_address(&d->cause, u->server);
	text_addf(&d->text, "The number ");
	text_add_quoted(&d->text, number);
	text_addf(&d->text, " is %s at ", u->status == 484 ? "not complete" : "not known");
	text_add_address(&d->text, u->server);
	text_addf(&d->text, ": %d (frame %" PRIu64 ")", u->status, u->occurrence.last.frame);
	evidence_text(&d->evidence, "number", number);
	if (other) {
		text_addf(&d->text, "; the same number as ");
		text_add_quoted(&d->text, slice_str(other->number));
		text_addf(&d->text,
		          other->answered ? ", answered in frame %" PRIu64
		                          : ", which rang after frame %" PRIu64,
		          other->frame);
		evidence_text(&d->evidence, "reached_as", slice_str(other->number));
		evidence_int(&d->evidence, "reached_frame", (int64_t)other->frame);
	}
	evidence_int(&d->evidence, "status", u->status);
	evidence_frame(&d->evidence, u->occurrence.first);
	evidence_frame(&d->evidence, u->occurrence.last);
	return draft_add(d, u->occurrence);
}

static bool hold(struct numbers *n, const struct unknown *u)
{
	struct unknown *copy = mem_alloc(sizeof *copy);

	if (!copy)
		return out_of_memory(n);
	*copy = *u;
	*n->held_end = copy;
	n->held_end = &copy->next;
	n->held_count++;
	return true;
}

bool numbers_refused(struct numbers *n, const struct leg *leg)
{
	struct slice number = sip_uri_user(leg->to_uri);
	struct unknown u = {
		.server = leg_address(leg, false),
		.status = leg->attempt.final_status,
		.occurrence = { .rule = RULE_D6,
		                .first = leg->trace.invite,
		                .last = leg->trace.final },
	};
	const struct reached *other;

	if (!draft_enabled(n->draft, RULE_D6))
		return true;
	draft_place(leg, &u.occurrence);
	slice_cstr(number, u.number, sizeof u.number);
	other = number.n < NUMBER_MAX ? reached_otherwise(n, u.number) : NULL;
	if (other || number.n >= NUMBER_MAX || !significant(number, least_digits(n)).p ||
	    n->held_count == SIGNALLING_MAX_HELD)
		return tell(n->draft, &u, number, other);
	return hold(n, &u);
}

bool numbers_finish(struct numbers *n)
{
	for (const struct unknown *u = n->held; u; u = u->next)
		if (!tell(n->draft, u, slice_str(u->number), reached_otherwise(n, u->number)))
			return false;
	return true;
}
