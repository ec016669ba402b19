/* H3 and H9: who registers from where. */
#include "analyzer/findings/attack.h"
#include "analyzer/findings/state.h"
#include "base/mem.h"

struct account {
	struct lru_node node;
	uint64_t network; /* of its newest registration */
	struct sighting seen;
};

static bool address_of(struct slice endpoint, struct ip_addr *out)
{
	size_t colon = endpoint.n;

	while (colon && endpoint.p[colon - 1] != ':')
		colon--;
	return colon && ip_addr_parse(slice_sub(endpoint, 0, colon - 1), out);
}

/* /16, for IPv6 /32. */
static uint64_t network_of(struct ip_addr a)
{
	const uint8_t *octets = (const uint8_t *)a.word;

	if (ip_addr_is_v4(a))
		return (uint64_t)octets[12] << 8 | octets[13];
	return UINT64_C(1) << 32 | (uint64_t)octets[0] << 24 | (uint64_t)octets[1] << 16 |
	       (uint64_t)octets[2] << 8 | octets[3];
}

static struct sighting sighting_of_row(const struct record_registration *r)
{
	return (struct sighting){ r->capture_id == RECORD_NULL ? 0 : r->capture_id,
		                  r->first_frame == RECORD_NULL ? 0 : (uint64_t)r->first_frame,
		                  r->time_us * NS_PER_US };
}

static bool tell_accounts(struct attack *a, struct source *s, unsigned accounts,
                          const struct record_registration *r)
{
	struct draft *d = &a->draft;
	struct sighting at = sighting_of_row(r);

	s->accounts_told_until_ns = duration_after(at.time_ns, a->set.account_window_ns);
	draft_begin(d);
	text_addf(&d->cause, "many accounts registered from ");
	text_add_address(&d->cause, s->addr);
	text_addf(&d->text, "%u different addresses of record registered from ", accounts);
	text_add_address(&d->text, s->addr);
	text_addf(&d->text, " within %.0f s (up to frame %" PRIu64 ")",
	          (double)a->set.account_window_ns / (double)NS_PER_S, at.frame);
	evidence_int(&d->evidence, "accounts", accounts);
	evidence_int(&d->evidence, "threshold", (int64_t)a->set.accounts);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_H3,
	                                         .noun = "times",
	                                         .registration_id = r->id,
	                                         .first = at });
}

static bool count_accounts(struct attack *a, struct ip_addr addr,
                           const struct record_registration *r)
{
	struct source *s = attack_source(a, addr);
	int64_t now = r->time_us * NS_PER_US;
	unsigned n;

	if (!s)
		return false;
	if (!s->accounts)
		s->accounts = mem_zalloc(sizeof *s->accounts);
	if (!s->accounts)
		return attack_out_of_memory(a);
	n = seen_set_add(s->accounts, hash_slice(r->aor, 0), a->set.account_window_ns, now);
	if (n < a->set.accounts ||
	    (s->accounts_told_until_ns != TIME_NONE && now < s->accounts_told_until_ns))
		return true;
	return tell_accounts(a, s, n, r);
}

static bool tell_move(struct attack *a, struct ip_addr addr, struct sighting before,
                      const struct record_registration *r)
{
	struct draft *d = &a->draft;
	struct sighting at = sighting_of_row(r);

	draft_begin(d);
	text_addf(&d->cause, "an account registers from another network");
	text_add_quoted(&d->text, slice_sub(r->aor, 0, 80));
	text_addf(&d->text, " registered from ");
	text_add_address(&d->text, addr);
	text_addf(&d->text,
	          " (frame %" PRIu64 "), %.0f s after it had from another network (frame %" PRIu64
	          ")",
	          at.frame, (double)duration_between(before.time_ns, at.time_ns) / (double)NS_PER_S,
	          before.frame);
	evidence_real(&d->evidence, "after_s",
	              (double)duration_between(before.time_ns, at.time_ns) / (double)NS_PER_S);
	evidence_frame(&d->evidence, before);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_H9,
	                                         .noun = "registrations",
	                                         .registration_id = r->id,
	                                         .first = before,
	                                         .last = at });
}

static bool follow(struct attack *a, struct ip_addr addr, const struct record_registration *r)
{
	uint64_t hash = hash_slice(r->aor, 9), network = network_of(addr);
	struct account *account = lru_get(&a->accounts, hash);
	struct sighting at = sighting_of_row(r), before = { 0 };
	bool moved = false;

	if (account) {
		before = account->seen;
		moved = account->network != network && at.time_ns > before.time_ns &&
		        duration_between(before.time_ns, at.time_ns) <= a->set.move_window_ns;
	} else {
		lru_drop(&a->accounts, lru_full(&a->accounts));
		account = lru_add(&a->accounts, hash, sizeof *account);
		if (!account)
			return attack_out_of_memory(a);
	}
	account->network = network;
	account->seen = at;
	return !moved || tell_move(a, addr, before, r);
}

bool attack_registration(struct attack *a, const struct record_registration *r)
{
	bool bound = slice_eq_str(r->outcome, "registered");
	struct ip_addr addr;

	if ((!bound && !slice_eq_str(r->outcome, "refreshed")) || !r->aor.n ||
	    r->time_us == RECORD_NULL || !address_of(r->src, &addr))
		return true;
	return (!bound || count_accounts(a, addr, r)) && follow(a, addr, r);
}
