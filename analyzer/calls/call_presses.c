/* The digits of a call: rows of `dtmf`, and what each party pressed in the end. */
#include "analyzer/calls/state.h"
#include "analyzer/findings/findings.h"
#include "analyzer/joining/pressed.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#define METHODS_TEXT 32

/* Who of the whole call presses there: whoever has the name of its caller or callee, or else has the same part in the leg. */
static enum party party_of(const struct call *call, const struct leg *leg, enum party sender)
{
	const struct leg *first = call->legs[0];
	struct slice from = sip_uri_user(leg->from_uri), to = sip_uri_user(leg->to_uri);
	struct slice who = sender == PARTY_CALLER ? from : to;
	struct slice other = sender == PARTY_CALLER ? to : from;
	struct slice caller = sip_uri_user(first->from_uri), callee = sip_uri_user(first->to_uri);

	if (leg == first || slice_eq(caller, callee))
		return sender;
	if (slice_eq(who, caller))
		return PARTY_CALLER;
	if (slice_eq(who, callee) || slice_eq(other, caller))
		return PARTY_CALLEE;
	return slice_eq(other, callee) ? PARTY_CALLER : sender;
}

static unsigned count_presses(const struct call *call)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call->count; i++)
		n += call->legs[i]->presses.count;
	return n;
}

static unsigned gather(const struct call *call, enum party party, struct pressed *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call->count; i++) {
		const struct leg *leg = call->legs[i];
		for (unsigned k = 0; k < leg->presses.count; k++) {
			const struct press *p = &leg->presses.items[k];
			if (party_of(call, leg, (enum party)p->sender) == party)
				out[n++] = (struct pressed){ .press = p, .leg = (uint8_t)i };
		}
	}
	return n;
}

static bool write_rows(struct analysis *a, int64_t call_id, const struct pressed *all, unsigned n)
{
	int64_t first_id = a->next_dtmf;

	a->next_dtmf += n;
	for (unsigned i = 0; i < n; i++) {
		int64_t counts = all[i].winner == PRESSED_NONE ? 0 : first_id + all[i].winner;
		if (!press_write(a, all[i].press, first_id + i, call_id, counts))
			return false;
	}
	return true;
}

static struct slice methods_of(const struct pressed *all, unsigned n, char out[static METHODS_TEXT])
{
	bool seen[PRESS_INBAND + 1] = { false };
	size_t length = 0;

	for (unsigned i = 0; i < n; i++)
		seen[all[i].press->method] = true;
	for (unsigned m = 0; m <= PRESS_INBAND; m++) {
		if (!seen[m])
			continue;
		struct slice name = slice_str(press_method_name((enum press_method)m));
		if (length)
			out[length++] = ' ';
		memcpy(out + length, name.p, name.n);
		length += name.n;
	}
	return slice_of(out, length);
}

/* How many more or fewer one source saw than it should have: the presses of disputed spans that not all saw. */
static int64_t count_disputed(const struct pressed *all, unsigned n)
{
	int64_t disputed = 0;

	for (unsigned i = 0; i < n; i++)
		disputed += all[i].mismatch && all[i].winner == i;
	return disputed;
}

static bool write_digits(struct analysis *a, int64_t call_id, enum party party,
                         const struct pressed *all, unsigned n)
{
	char methods[METHODS_TEXT];
	struct text digits;
	struct record_call_digits r = {
		.call_id = call_id,
		.party = party == PARTY_CALLER ? SLICE_LIT("caller") : SLICE_LIT("callee"),
		.methods = methods_of(all, n, methods),
		.count_mismatch = count_disputed(all, n),
		.first_us = clock_us(all[0].press->start_ns),
		.last_us = clock_us(all[n - 1].press->start_ns),
	};

	text_init(&digits);
	for (unsigned i = 0; i < n; i++) {
		char digit = press_digit(a, all[i].press);
		if (all[i].winner != i)
			continue;
		text_add(&digits, slice_of(&digit, 1));
		r.presses++;
	}
	r.digits = slice_of(text_cstr(&digits), digits.n);
	bool ok = !digits.failed || err_memory(a->err, "digits");
	ok = ok && store_call_digits(a->store, &r, a->err);
	text_release(&digits);
	return ok;
}

static bool take_party(const struct call *call, int64_t call_id, enum party party,
                       struct pressed *room)
{
	struct analysis *a = call->legs[0]->home->analysis;
	unsigned n = gather(call, party, room);

	if (!n)
		return true;
	if (!pressed_reconcile(room, n))
		return err_memory(a->err, "digits");
	struct seen_presses seen = { call, party, room, n };
	return write_rows(a, call_id, room, n) && write_digits(a, call_id, party, room, n) &&
	       findings_presses(a->findings, &seen);
}

bool call_write_presses(const struct call *call, int64_t call_id)
{
	struct analysis *a = call->legs[0]->home->analysis;
	unsigned count = count_presses(call);

	if (!count)
		return true;
	struct pressed *room = mem_alloc(count * sizeof *room);
	if (!room)
		return err_memory(a->err, "digits");
	bool ok = take_party(call, call_id, PARTY_CALLER, room) &&
	          take_party(call, call_id, PARTY_CALLEE, room);
	mem_free(room);
	return ok;
}
