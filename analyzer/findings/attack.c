#include "analyzer/findings/attack.h"

#include "analyzer/calls/event.h"
#include "analyzer/calls/leg.h"
#include "analyzer/calls/transaction.h"
#include "analyzer/findings/state.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

static int64_t seconds(const struct draft *d, enum rule_id id, const char *setting)
{
	return (int64_t)(draft_number(d, id, setting) * (double)NS_PER_S);
}

static struct attack_settings settings(const struct draft *d, const struct rules *r)
{
	return (struct attack_settings){
		.agents = rules_list(r, RULE_H1, "agents"),
		.prefixes = rules_list(r, RULE_H5, "prefixes"),
		.scan_window_ns = seconds(d, RULE_H2, "window"),
		.scan_requests = draft_number(d, RULE_H2, "requests"),
		.scan_users = draft_number(d, RULE_H2, "users"),
		.accounts = draft_number(d, RULE_H3, "accounts"),
		.account_window_ns = seconds(d, RULE_H3, "window"),
		.burst_calls = draft_number(d, RULE_H4, "calls"),
		.burst_window_ns = seconds(d, RULE_H4, "window"),
		.burst_factor = draft_number(d, RULE_H4, "factor"),
		.burst_least = draft_number(d, RULE_H4, "least"),
		.concurrent = draft_number(d, RULE_H5, "concurrent"),
		.short_calls = draft_number(d, RULE_H6, "calls"),
		.short_ns = seconds(d, RULE_H6, "seconds"),
		.ring_ns = seconds(d, RULE_H6, "ring"),
		.short_window_ns = seconds(d, RULE_H6, "window"),
		.digits = (unsigned)draft_number(d, RULE_H6, "digits"),
		.run_numbers = draft_number(d, RULE_H7, "numbers"),
		.run_window_ns = seconds(d, RULE_H7, "window"),
		.false_least_ns = seconds(d, RULE_H8, "seconds"),
		.false_packets = draft_number(d, RULE_H8, "packets"),
		.from_hour = (unsigned)draft_number(d, RULE_H9, "from_hour"),
		.to_hour = (unsigned)draft_number(d, RULE_H9, "to_hour"),
		.utc_offset_s = (int64_t)(draft_number(d, RULE_H9, "utc_offset") * 3600),
		.weekend = draft_number(d, RULE_H9, "weekend") > 0,
		.move_window_ns = seconds(d, RULE_H9, "window"),
		.overlap_ns = seconds(d, RULE_H11, "overlap"),
		.injected_packets = draft_number(d, RULE_H11, "packets"),
	};
}

struct attack *attack_new(struct findings *f)
{
	struct attack *a = mem_zalloc(sizeof *a);

	if (!a) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&a->draft, f);
	a->set = settings(&a->draft, f->rules);
	lru_init(&a->sources, ATTACK_MAX_SOURCES);
	lru_init(&a->accounts, ATTACK_MAX_ACCOUNTS);
	attack_prefix_starts(&a->set);
	lru_init(&a->prefixes, ATTACK_MAX_PREFIXES);
	lru_init(&a->servers, ATTACK_MAX_SERVERS);
	return a;
}

static void drop_source(struct attack *a, struct source *s)
{
	mem_free(s->users);
	mem_free(s->accounts);
	lru_drop(&a->sources, s);
	a->last = NULL;
}

void attack_free(struct attack *a)
{
	struct source *s;

	if (!a)
		return;
	while ((s = lru_first(&a->sources)))
		drop_source(a, s);
	lru_release(&a->sources);
	lru_release(&a->accounts);
	lru_release(&a->prefixes);
	lru_release(&a->servers);
	draft_release(&a->draft);
	mem_free(a);
}

bool attack_out_of_memory(struct attack *a)
{
	return err_memory(a->draft.home->analysis->err, "the findings");
}

struct sighting attack_sighting(const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;

	return (struct sighting){ o->capture_id, o->frame, o->time_ns };
}

unsigned seen_set_add(struct seen_set *s, uint64_t hash, int64_t window_ns, int64_t time_ns)
{
	unsigned oldest = 0, place = s->count, within = 1;

	for (unsigned i = 0; i < s->count; i++) {
		if (s->kept[i].hash == hash)
			place = i;
		else if (duration_between(s->kept[i].time_ns, time_ns) <= window_ns)
			within++;
		if (s->kept[i].time_ns < s->kept[oldest].time_ns)
			oldest = i;
	}
	if (place == ATTACK_KEPT)
		place = oldest;
	else if (place == s->count)
		s->count++;
	s->kept[place].hash = hash;
	s->kept[place].time_ns = time_ns;
	return within < ATTACK_KEPT ? within : ATTACK_KEPT;
}

/* --- sources -------------------------------------------------------------------------------------------------------- */

/* H2: a burst of which nothing came. */
static bool judge(struct attack *a, const struct source *s)
{
	struct draft *d = &a->draft;

	if (!sighting_is_set(s->burst_first) || s->served)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "scans without success");
	text_add_address(&d->text, s->addr);
	text_addf(&d->text,
	          " opened %" PRIu64 " requests to %u users within %.0f s (frames %" PRIu64
	          " to %" PRIu64 "), and nothing of it ever rang or succeeded",
	          s->burst_requests, s->burst_users,
	          (double)a->set.scan_window_ns / (double)NS_PER_S, s->burst_first.frame,
	          s->burst_last.frame);
	evidence_int(&d->evidence, "requests", (int64_t)s->burst_requests);
	evidence_int(&d->evidence, "users", s->burst_users);
	evidence_int(&d->evidence, "threshold_requests", (int64_t)a->set.scan_requests);
	evidence_int(&d->evidence, "threshold_users", (int64_t)a->set.scan_users);
	evidence_frame(&d->evidence, s->burst_first);
	evidence_frame(&d->evidence, s->burst_last);
	return draft_add(d, (struct occurrence){ .rule = RULE_H2,
	                                         .first = s->burst_first,
	                                         .last = s->burst_last });
}

struct source *attack_source(struct attack *a, struct ip_addr addr)
{
	uint64_t hash = hash_mix(addr.word[0], addr.word[1]);
	struct source *s;

	if (a->last && ip_addr_eq(a->last->addr, addr))
		return a->last;
	a->last = s = lru_get(&a->sources, hash);
	if (s)
		return s;
	s = lru_full(&a->sources);
	if (s) {
		if (!judge(a, s))
			return NULL;
		drop_source(a, s);
	}
	s = lru_add(&a->sources, hash, sizeof *s);
	if (!s) {
		attack_out_of_memory(a);
		return NULL;
	}
	s->addr = addr;
	s->first_call_ns = s->burst_told_until_ns = s->accounts_told_until_ns = TIME_NONE;
	a->last = s;
	return s;
}

bool attack_finish(struct attack *a)
{
	struct source *s;

	while ((s = lru_first(&a->sources))) {
		if (!judge(a, s))
			return false;
		drop_source(a, s);
	}
	return true;
}

/* --- H1: names of scanners ------------------------------------------------------------------------------------------ */

static bool has_word(struct slice list, struct slice text, struct slice *word)
{
	char name[64];

	while (text.n && slice_split(&list, ',', word)) {
		*word = slice_trim(*word);
		slice_cstr(*word, name, sizeof name);
		if (word->n && slice_ifind_str(text, name) != SLICE_NPOS)
			return true;
	}
	return false;
}

static bool look_for_names(struct attack *a, struct source *s, const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;
	const struct slice texts[] = { sip_msg_value(msg, SIP_H_USER_AGENT), msg->from,
		                       m->ev->call_id };
	static const char *const names[] = { "User-Agent", "From", "Call-ID" };
	struct draft *d = &a->draft;
	struct sighting at = attack_sighting(m);
	struct slice word = SLICE_NONE;
	unsigned i = 0;

	s->looked++;
	while (i < 3 && !has_word(a->set.agents, texts[i], &word))
		i++;
	if (i == 3)
		return true;
	s->named = true;
	draft_begin(d);
	text_add_terminal(&d->cause, word);
	text_addf(&d->cause, " in requests");
	text_add_address(&d->text, s->addr);
	text_addf(&d->text, " sent a request whose %s names a scanner, ", names[i]);
	text_add_quoted(&d->text, slice_sub(texts[i], 0, 64));
	text_addf(&d->text, " (frame %" PRIu64 ")", at.frame);
	evidence_text(&d->evidence, "word", word);
	evidence_text(&d->evidence, "text", slice_sub(texts[i], 0, 64));
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_H1,
	                                         .call_id = m->leg ? m->leg->media.call_id : 0,
	                                         .dialog_id = m->dialog_id,
	                                         .first = at });
}

/* --- H2: scans ------------------------------------------------------------------------------------------------------ */

static bool note_open(struct attack *a, struct source *s, const struct seen_message *m)
{
	int64_t now = m->ev->origin->time_ns, window_ns = a->set.scan_window_ns;
	uint64_t requests = window_add(&s->opens, window_ns, now), user;
	unsigned users;

	if (!s->users) {
		s->users = mem_zalloc(sizeof *s->users);
		if (!s->users)
			return attack_out_of_memory(a);
	}
	user = hash_slice(sip_uri_user(sip_addr_uri(m->ev->msg->to)), 0);
	users = seen_set_add(s->users, user, window_ns, now);
	if ((double)requests < a->set.scan_requests && (double)users < a->set.scan_users)
		return true;
	if (!sighting_is_set(s->burst_first))
		s->burst_first = attack_sighting(m);
	s->burst_last = attack_sighting(m);
	if (requests > s->burst_requests)
		s->burst_requests = requests;
	if (users > s->burst_users)
		s->burst_users = users;
	return true;
}

/* Whoever has been served is no scanner, and costs nothing here any more. */
static bool opened(struct attack *a, struct source *s, const struct seen_message *m)
{
	if (s->looked < ATTACK_SAMPLE && !s->named && !look_for_names(a, s, m))
		return false;
	if (!s->served && !note_open(a, s, m))
		return false;
	return m->ev->method != SIP_INVITE || attack_call_begins(a, s, m);
}

/* --- the door ------------------------------------------------------------------------------------------------------- */

static bool request(struct attack *a, const struct seen_message *m)
{
	struct source *s;

	if (!m->created || m->ev->to_tag.n || m->ev->method == SIP_ACK ||
	    m->ev->method == SIP_CANCEL)
		return true;
	if (m->transaction && m->transaction->auth_attempt && !attack_credentials(a, m))
		return false;
	s = attack_source(a, m->ev->origin->src.addr);
	return s && opened(a, s, m);
}

static bool response(struct attack *a, const struct seen_message *m)
{
	int status = m->ev->msg->status;
	struct source *s;

	if (m->retransmission)
		return true;
	if (status == 401 || status == 407)
		return attack_challenge(a, m);
	if (status <= 100 || status > 299)
		return true;
	s = attack_source(a, m->ev->origin->dst.addr);
	if (s)
		s->served = true;
	return s != NULL;
}

bool attack_message(struct attack *a, const struct seen_message *m)
{
	return m->ev->msg->is_request ? request(a, m) : response(a, m);
}

bool attack_leg(struct attack *a, const struct leg *leg)
{
	return leg->kind != LEG_INVITE || (attack_numbers(a, leg) && attack_false_answer(a, leg));
}
