#include "analyzer/findings/registration_faults.h"

#include "analyzer/calls/leg.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

static void read_settings(struct registration_faults *g, const struct rules *r)
{
	g->set = (struct registration_settings){
		.changes = (unsigned)rules_number(r, RULE_G2, "changes"),
		.flips = (unsigned)rules_number(r, RULE_G2, "flips"),
		.flap_window_ns = (int64_t)rules_number(r, RULE_G2, "window") * NS_PER_S,
		.least_s = rules_number(r, RULE_G3, "least"),
		.most_nat_s = rules_number(r, RULE_G3, "most_behind_nat"),
		.per_second = (uint64_t)rules_number(r, RULE_G4, "per_second"),
		.ratio = rules_number(r, RULE_G4, "ratio"),
		.gap_ns = (int64_t)(rules_number(r, RULE_G4, "gap") * (double)NS_PER_S),
		.least_avalanche = (uint64_t)rules_number(r, RULE_G4, "avalanche"),
		.failures = (unsigned)rules_number(r, RULE_G5, "failures"),
		.failures_window_ns = (int64_t)rules_number(r, RULE_G5, "window") * NS_PER_S,
	};
}

struct registration_faults *registration_faults_new(struct findings *f)
{
	struct registration_faults *g = mem_zalloc(sizeof *g);

	if (!g) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	g->findings = f;
	read_settings(g, findings_rules(f));
	lru_init(&g->accounts, REGISTRATION_MAX_ACCOUNTS);
	lru_init(&g->sources, REGISTRATION_MAX_SOURCES);
	g->rate.second_ns = g->rate.calm_ns = TIME_NONE;
	text_init(&g->cause);
	text_init(&g->text);
	evidence_init(&g->evidence);
	return g;
}

static void drop_account(struct registration_faults *g, struct account_watch *a)
{
	mem_free(a->changes);
	mem_free(a->flips);
	lru_drop(&g->accounts, a);
}

void registration_faults_free(struct registration_faults *g)
{
	if (!g)
		return;
	while (!lru_is_empty(&g->accounts))
		drop_account(g, lru_first(&g->accounts));
	lru_release(&g->accounts);
	sources_release(g);
	text_release(&g->cause);
	text_release(&g->text);
	evidence_release(&g->evidence);
	mem_free(g);
}

bool registration_faults_finish(struct registration_faults *g)
{
	return sources_finish(g);
}

void registration_begin(struct registration_faults *g)
{
	text_reset(&g->cause);
	text_reset(&g->text);
	evidence_reset(&g->evidence);
}

static bool out_of_memory(struct registration_faults *g)
{
	return err_memory(findings_analysis(g->findings)->err, "the findings");
}

bool registration_say(struct registration_faults *g, struct occurrence o)
{
	if (g->cause.failed || g->text.failed || g->evidence.text.failed)
		return out_of_memory(g);
	o.cause = slice_of(text_cstr(&g->cause), g->cause.n);
	o.text = slice_of(text_cstr(&g->text), g->text.n);
	o.evidence = &g->evidence;
	return findings_add(g->findings, &o);
}

static struct sighting sighting_at(const struct record_registration *r, int64_t frame,
                                   int64_t time_ns)
{
	if (r->capture_id == RECORD_NULL || frame == RECORD_NULL)
		return (struct sighting){ 0 };
	return (struct sighting){ r->capture_id, (uint64_t)frame, time_ns };
}

struct sighting registration_first(const struct record_registration *r)
{
	return sighting_at(r, r->first_frame, r->time_us * NS_PER_US);
}

static int64_t final_ns(const struct record_registration *r)
{
	int64_t delay = isnan(r->delay_ms) ? 0 : (int64_t)(r->delay_ms * (double)NS_PER_MS);
	return r->time_us * NS_PER_US + delay;
}

struct sighting registration_last(const struct record_registration *r)
{
	struct sighting s = sighting_at(r, r->last_frame, final_ns(r));
	return sighting_is_set(s) ? s : registration_first(r);
}

bool recent_add(struct recent **kept, struct sighting at, unsigned limit, int64_t window_ns)
{
	struct recent *r = *kept;

	if (!r)
		r = *kept = mem_zalloc(sizeof *r);
	if (!r)
		return false;
	r->at[r->next] = at;
	r->next = (r->next + 1) % REGISTRATION_MAX_RING;
	r->count += r->count < REGISTRATION_MAX_RING;
	return r->count >= limit && at.time_ns - recent_first(r, limit).time_ns <= window_ns;
}

struct sighting recent_first(const struct recent *r, unsigned n)
{
	return r->at[(r->next + REGISTRATION_MAX_RING - n) % REGISTRATION_MAX_RING];
}

/* --- accounts ------------------------------------------------------------------------------------------------------------- */

/* Who is called by this URI is registered by it: user and host, as calls and REGISTERs have them in To. */
static uint64_t account_hash(struct slice uri)
{
	struct slice host = sip_uri_host(uri);
	uint64_t hash = hash_slice(sip_uri_user(uri), 7);
	uint8_t lower[256];

	if (host.n > sizeof lower)
		host.n = sizeof lower;
	for (size_t i = 0; i < host.n; i++)
		lower[i] = ascii_lower(host.p[i]);
	return hash_bytes(lower, host.n, hash);
}

static struct account_watch *account_of(struct registration_faults *g, struct slice aor)
{
	uint64_t hash = account_hash(aor);
	struct account_watch *a = lru_get(&g->accounts, hash);

	if (a)
		return a;
	a = lru_full(&g->accounts);
	if (a)
		drop_account(g, a);
	a = lru_add(&g->accounts, hash, sizeof *a);
	if (!a)
		out_of_memory(g);
	else
		a->until_ns = a->gap_from_ns = a->gap_to_ns = TIME_NONE;
	return a;
}

static bool outcome_is(const struct record_registration *r, const char *outcome)
{
	return slice_eq_str(r->outcome, outcome);
}

static bool is_success(const struct record_registration *r)
{
	return outcome_is(r, "registered") || outcome_is(r, "refreshed");
}

static bool is_failure(const struct record_registration *r)
{
	return outcome_is(r, "unauthorized") || outcome_is(r, "rejected") ||
	       outcome_is(r, "failed") || outcome_is(r, "timed_out");
}

#define MAX_LIFE_S (366 * 86400)

static void bind_account(struct account_watch *a, const struct record_registration *r)
{
	int64_t now = final_ns(r), life_s = r->expires_s;
	int64_t until;

	if (life_s == RECORD_NULL) {
		a->until_ns = INT64_MAX; /* nobody knows: it never ran out for us */
		return;
	}
	until = now + (life_s < MAX_LIFE_S ? life_s : MAX_LIFE_S) * NS_PER_S;
	if (a->until_ns != TIME_NONE && a->until_ns < now) {
		a->gap_from_ns = a->until_ns;
		a->gap_to_ns = now;
		a->gap_bound = a->bound;
		a->gap_removed = a->removed;
	}
	if (a->until_ns == TIME_NONE || until > a->until_ns || a->removed) {
		a->until_ns = until;
		a->bound = registration_first(r);
		a->removed = false;
	}
}

static void unbind_account(struct account_watch *a, const struct record_registration *r)
{
	bool others = r->contacts != RECORD_NULL && r->contacts > 0;

	if (a->until_ns == TIME_NONE || others || final_ns(r) >= a->until_ns)
		return;
	a->until_ns = final_ns(r);
	a->removed = true;
	a->ended = registration_first(r);
}

/* --- G1 ------------------------------------------------------------------------------------------------------------------- */

static bool is_unreachable(const struct leg *leg)
{
	unsigned status = leg->attempt.final_status;

	if (leg->kind != LEG_INVITE || leg->start_ns == TIME_NONE || leg->ring_ns != TIME_NONE ||
	    leg->answer_ns != TIME_NONE)
		return false;
	return status == 480 || status == 404 || status == 408 || (!status && leg_timed_out(leg));
}

static bool tell_expired(struct registration_faults *g, const struct leg *leg, int64_t until_ns,
                         bool removed, struct sighting bound)
{
	unsigned status = leg->attempt.final_status;
	double late_s = (double)(leg->start_ns - until_ns) / (double)NS_PER_S;

	registration_begin(g);
	text_addf(&g->cause, "%s",
	          removed ? "called after unregistering"
	                  : "called after the registration had run out");
	text_add(&g->text, SLICE_LIT("the call to "));
	text_add_terminal(&g->text, leg->to_uri);
	if (status)
		text_addf(&g->text, " failed with %u", status);
	else
		text_add(&g->text, SLICE_LIT(" was not answered"));
	text_addf(&g->text, ": its last registration (frame %" PRIu64 ") %s %.1f s before",
	          bound.frame, removed ? "had been removed" : "had run out", late_s);
	evidence_real(&g->evidence, "late_s", late_s);
	if (status)
		evidence_int(&g->evidence, "status", status);
	evidence_frame(&g->evidence, bound);
	evidence_frame(&g->evidence, leg->trace.invite);
	evidence_frame(&g->evidence, leg->trace.final);
	return registration_say(g, (struct occurrence){
	                                   .rule = RULE_G1,
	                                   .call_id = leg->media.call_id,
	                                   .dialog_id = leg->first.id,
	                                   .first = leg->trace.invite,
	                                   .last = leg->trace.final,
	                           });
}

bool registration_faults_leg(struct registration_faults *g, const struct leg *leg)
{
	const struct account_watch *a;

	if (!is_unreachable(leg) || lru_is_empty(&g->accounts))
		return true;
	a = lru_get(&g->accounts, account_hash(leg->to_uri));
	if (!a || a->until_ns == TIME_NONE)
		return true;
	if (leg->start_ns > a->until_ns)
		return tell_expired(g, leg, a->until_ns, a->removed, a->bound);
	/* By the time the call is over it may have registered again. */
	if (a->gap_from_ns != TIME_NONE && leg->start_ns > a->gap_from_ns &&
	    leg->start_ns < a->gap_to_ns)
		return tell_expired(g, leg, a->gap_from_ns, a->gap_removed, a->gap_bound);
	return true;
}

/* --- G2 ------------------------------------------------------------------------------------------------------------------- */

static bool tell_flapping(struct registration_faults *g, const struct record_registration *r,
                          const char *what, unsigned limit, struct sighting first)
{
	double span_s = (double)(registration_last(r).time_ns - first.time_ns) / (double)NS_PER_S;

	registration_begin(g);
	text_addf(&g->cause, "%s", what);
	text_add_terminal(&g->text, r->aor);
	text_addf(&g->text, ": %s %u times within %.0f s", what, limit, span_s);
	evidence_int(&g->evidence, "times", limit);
	evidence_real(&g->evidence, "within_s", span_s);
	evidence_int(&g->evidence, "window_s", g->set.flap_window_ns / NS_PER_S);
	evidence_frame(&g->evidence, first);
	evidence_frame(&g->evidence, registration_last(r));
	return registration_say(g, (struct occurrence){ .rule = RULE_G2,
	                                                .registration_id = r->id,
	                                                .first = first,
	                                                .last = registration_last(r) });
}

/* Another Contact than the last one. Devices side by side, all bound, take turns without anything being wrong. */
static bool contact_changed(struct account_watch *a, const struct record_registration *r)
{
	uint64_t contact = hash_slice(r->contact, 1);
	bool known = false, changed = a->contacts[0] && a->contacts[0] != contact;
	unsigned i = 0;

	while (i < REGISTRATION_CONTACTS - 1 && a->contacts[i] != contact)
		i++;
	known = a->contacts[i] == contact;
	for (; i > 0; i--)
		a->contacts[i] = a->contacts[i - 1];
	a->contacts[0] = contact;
	return changed && (!known || r->contacts == RECORD_NULL || r->contacts <= 1);
}

/* One more; told once it is too many, and then counted anew. */
static bool count_flap(struct registration_faults *g, const struct record_registration *r,
                       struct recent **recent, unsigned limit, const char *what)
{
	struct sighting first;

	if (!recent_add(recent, registration_last(r), limit, g->set.flap_window_ns))
		return *recent || out_of_memory(g);
	first = recent_first(*recent, limit);
	(*recent)->count = 0;
	return tell_flapping(g, r, what, limit, first);
}

static bool judge_flapping(struct registration_faults *g, struct account_watch *a,
                           const struct record_registration *r)
{
	bool success = is_success(r), flipped = a->known && a->succeeded != success;

	a->known = true;
	a->succeeded = success;
	if (flipped &&
	    !count_flap(g, r, &a->flips, g->set.flips, "registering succeeds and fails by turns"))
		return false;
	if (!success || !contact_changed(a, r))
		return true;
	return count_flap(g, r, &a->changes, g->set.changes + 1, "the Contact changes");
}

/* --- G3 ------------------------------------------------------------------------------------------------------------------- */

static struct slice host_of(struct slice endpoint)
{
	for (size_t i = endpoint.n; i > 0; i--)
		if (endpoint.p[i - 1] == ':')
			return slice_sub(endpoint, 0, i - 1);
	return endpoint;
}

/* Its Contact is an address that the packets do not come from: RFC 3581 says where such a phone is. */
static bool is_behind_nat(const struct record_registration *r)
{
	struct ip_addr contact, src;

	return ip_addr_parse(sip_uri_host(r->contact), &contact) &&
	       ip_addr_parse(host_of(r->src), &src) && !ip_addr_eq(contact, src);
}

static bool tell_expiry(struct registration_faults *g, const struct record_registration *r,
                        const char *word, double limit_s, const char *where)
{
	struct slice registrar = host_of(r->dst);

	registration_begin(g);
	text_addf(&g->cause, "%s than %.0f s%s, granted by %.*s", word, limit_s, where,
	          SLICE_ARG(registrar));
	text_addf(&g->text, "%.*s granted %" PRId64 " s to ", SLICE_ARG(registrar), r->expires_s);
	text_add_terminal(&g->text, r->aor);
	text_addf(&g->text, "%s, %s than %.0f s", where, word, limit_s);
	evidence_int(&g->evidence, "expires_s", r->expires_s);
	evidence_real(&g->evidence, "limit_s", limit_s);
	if (where[0])
		evidence_text(&g->evidence, "contact", r->contact);
	evidence_frame(&g->evidence, registration_first(r));
	evidence_frame(&g->evidence, registration_last(r));
	return registration_say(g, (struct occurrence){ .rule = RULE_G3,
	                                                .registration_id = r->id,
	                                                .first = registration_first(r),
	                                                .last = registration_last(r) });
}

/* Each account once: it is the registrar's settings, not what happens. */
static bool judge_expiry(struct registration_faults *g, struct account_watch *a,
                         const struct record_registration *r)
{
	double expires = (double)r->expires_s;

	if (r->expires_s == RECORD_NULL)
		return true;
	if (expires < g->set.least_s && !a->told_short) {
		a->told_short = true;
		return tell_expiry(g, r, "less", g->set.least_s, "");
	}
	if (expires <= g->set.most_nat_s || a->told_long || !is_behind_nat(r))
		return true;
	a->told_long = true;
	return tell_expiry(g, r, "more", g->set.most_nat_s, " behind NAT");
}

bool registration_faults_registration(struct registration_faults *g,
                                      const struct record_registration *r)
{
	struct account_watch *a = account_of(g, r->aor);

	if (!a)
		return false;
	if (is_success(r)) {
		bind_account(a, r);
		if (!judge_expiry(g, a, r))
			return false;
	} else if (outcome_is(r, "unregistered")) {
		unbind_account(a, r);
	}
	if ((is_success(r) || is_failure(r)) && !judge_flapping(g, a, r))
		return false;
	return sources_registration(g, r);
}

bool registration_faults_message(struct registration_faults *g, const struct seen_message *m)
{
	if (m->ev->method != SIP_REGISTER || !m->ev->msg->is_request)
		return true;
	return sources_message(g, m);
}
