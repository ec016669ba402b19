/* D9 and D11: a server that refuses in waves. A proxy passes a refusal on: it counts at the hop where it is seen first, which is the
 * farthest one that the capture shows. */
#include "analyzer/findings/overload.h"

#include "analyzer/calls/event.h"
#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "base/mem.h"

static int64_t seconds(const struct draft *d, enum rule_id id, const char *setting)
{
	return (int64_t)(draft_number(d, id, setting) * (double)NS_PER_S);
}

static struct overload_settings settings(const struct draft *d)
{
	return (struct overload_settings){
		.busy_window_ns = seconds(d, RULE_D9, "window"),
		.error_window_ns = seconds(d, RULE_D11, "window"),
		.storm_window_ns = seconds(d, RULE_D15, "window"),
		.grace_ns = seconds(d, RULE_D10, "grace"),
		.busy_responses = draft_number(d, RULE_D9, "responses"),
		.busy_ratio = draft_number(d, RULE_D9, "ratio"),
		.error_responses = draft_number(d, RULE_D11, "responses"),
		.storm_ratio = draft_number(d, RULE_D15, "ratio"),
		.storm_requests = draft_number(d, RULE_D15, "requests"),
		.invite_copies = draft_number(d, RULE_D15, "invite_copies"),
		.other_copies = draft_number(d, RULE_D15, "other_copies"),
		.passes = draft_number(d, RULE_D12, "passes"),
	};
}

struct overload *overload_new(struct findings *f)
{
	struct overload *o = mem_zalloc(sizeof *o);

	if (!o) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&o->draft, f);
	o->set = settings(&o->draft);
	lru_init(&o->servers, OVERLOAD_MAX_SERVERS);
	lru_init(&o->backoffs, OVERLOAD_MAX_BACKOFFS);
	lru_init(&o->passes, OVERLOAD_MAX_PASSES);
	return o;
}

void overload_free(struct overload *o)
{
	if (!o)
		return;
	lru_release(&o->servers);
	lru_release(&o->backoffs);
	lru_release(&o->passes);
	draft_release(&o->draft);
	mem_free(o);
}

struct server *overload_server(struct overload *o, struct ip_addr addr)
{
	uint64_t hash = hash_mix(addr.word[0], addr.word[1]);
	struct server *s;

	if (o->last && ip_addr_eq(o->last->addr, addr))
		return o->last;
	s = lru_get(&o->servers, hash);
	if (!s) {
		lru_drop(&o->servers, lru_full(&o->servers));
		s = lru_add(&o->servers, hash, sizeof *s);
		if (!s) {
			o->last = NULL;
			err_memory(o->draft.home->analysis->err, "the findings");
			return NULL;
		}
		s->addr = addr;
		s->retry_after_ns = s->storm_until_ns = TIME_NONE;
	}
	o->last = s;
	return s;
}

struct sighting overload_sighting(const struct seen_message *m)
{
	const struct sip_origin *origin = m->ev->origin;

	return (struct sighting){ origin->capture_id, origin->frame, origin->time_ns };
}

int64_t overload_call(const struct seen_message *m)
{
	return m->leg ? m->leg->media.call_id : 0;
}

static bool told_before(struct overload *o, const struct seen_message *m)
{
	uint64_t mark =
	        hash_mix(m->ev->call_hash, (uint64_t)m->ev->msg->status << 32 | m->ev->msg->cseq);
	uint64_t *kept = &o->marks[mark % OVERLOAD_MARKS];
	bool before = *kept == mark;

	*kept = mark;
	return before;
}

static void keep(struct refusals *r, const struct refusal *one)
{
	if (r->count == OVERLOAD_KEPT) {
		memmove(r->kept, r->kept + 1, (OVERLOAD_KEPT - 1) * sizeof *r->kept);
		r->count--;
	}
	r->kept[r->count++] = *one;
}

/* What all the refusals of a wave share. */
struct wave {
	enum rule_id rule;
	const struct server *server;
	int64_t window_ns;
	uint64_t refused, finals;
	double least;
	bool retry_after;
};

static bool tell(struct overload *o, const struct wave *w, const struct refusal *one)
{
	struct draft *d = &o->draft;
	bool is_call = one->method == SIP_INVITE;
	double window_s = (double)w->window_ns / (double)NS_PER_S;

	draft_begin(d);
	text_addf(&d->cause, "%s%s from ", w->rule == RULE_D9 ? "503" : "server errors",
	          is_call ? "" : " to requests other than INVITE");
	text_add_address(&d->cause, w->server->addr);
	text_add_address(&d->text, w->server->addr);
	text_addf(&d->text, " refused %s of ", is_call ? "the call" : "a request");
	text_add_address(&d->text, one->client);
	text_addf(&d->text,
	          " with %u (frame %" PRIu64 "): %" PRIu64 " of its %" PRIu64
	          " final answers within %.0f s were refusals of this kind%s",
	          one->status, one->at.frame, w->refused, w->finals, window_s,
	          w->retry_after ? ", with Retry-After" : "");
	evidence_int(&d->evidence, "status", one->status);
	evidence_int(&d->evidence, "responses", (int64_t)w->refused);
	evidence_int(&d->evidence, "final_answers", (int64_t)w->finals);
	evidence_int(&d->evidence, "window_s", (int64_t)window_s);
	evidence_int(&d->evidence, "threshold", (int64_t)w->least);
	evidence_frame(&d->evidence, one->at);
	return draft_add(d, (struct occurrence){ .rule = w->rule,
	                                         .noun = is_call ? NULL : "requests",
	                                         .call_id = one->call_id,
	                                         .dialog_id = one->dialog_id,
	                                         .first = one->at });
}

/* It is a wave now: what was kept back belongs to it, as far as it is not too old. */
static bool tell_all(struct overload *o, const struct wave *w, struct refusals *r)
{
	int64_t now = r->kept[r->count - 1].at.time_ns;
	bool ok = true;

	for (unsigned i = 0; i < r->count && ok; i++)
		if (duration_between(r->kept[i].at.time_ns, now) <= w->window_ns)
			ok = tell(o, w, &r->kept[i]);
	r->count = 0;
	return ok;
}

static struct refusal refusal_of(const struct seen_message *m)
{
	return (struct refusal){
		.call_id = overload_call(m),
		.dialog_id = m->dialog_id,
		.at = overload_sighting(m),
		.client = m->ev->origin->dst.addr,
		.status = (uint16_t)m->ev->msg->status,
		.method = (uint8_t)m->ev->method,
	};
}

static bool busy(struct overload *o, struct server *s, const struct seen_message *m)
{
	int64_t now = m->ev->origin->time_ns;
	struct refusal one = refusal_of(m);
	struct wave w = { RULE_D9, s, o->set.busy_window_ns, 0, 0, o->set.busy_responses, false };

	w.refused = window_add(&s->busy.window, w.window_ns, now);
	w.finals = window_sum(&s->finals);
	w.retry_after = s->retry_after_ns != TIME_NONE &&
	                duration_between(s->retry_after_ns, now) <= w.window_ns;
	keep(&s->busy, &one);
	if ((double)w.refused < w.least ||
	    !(w.retry_after || (double)w.refused > o->set.busy_ratio * (double)w.finals))
		return true;
	return tell_all(o, &w, &s->busy);
}

static bool error(struct overload *o, struct server *s, const struct seen_message *m)
{
	struct refusal one = refusal_of(m);
	struct wave w = {
		RULE_D11, s, o->set.error_window_ns, 0, 0, o->set.error_responses, false
	};

	w.refused = window_add(&s->errors.window, w.window_ns, one.at.time_ns);
	w.finals = window_sum(&s->finals);
	if (w.finals < w.refused)
		w.finals = w.refused;
	keep(&s->errors, &one);
	return (double)w.refused < w.least || tell_all(o, &w, &s->errors);
}

static bool refused(struct overload *o, struct server *s, const struct seen_message *m)
{
	int status = m->ev->msg->status;

	if (status == 503 && !backoff_refusal(o, s, m))
		return false;
	if (status != 500 && (status < 502 || status > 504))
		return true;
	if (told_before(o, m))
		return true;
	return status == 503 ? busy(o, s, m) : error(o, s, m);
}

static bool response(struct overload *o, const struct seen_message *m)
{
	int status = m->ev->msg->status;
	struct server *s;

	if (status < 200 || m->retransmission)
		return true;
	s = overload_server(o, m->ev->origin->src.addr);
	if (!s)
		return false;
	window_add(&s->finals, o->set.busy_window_ns, m->ev->origin->time_ns);
	if (status == 482 || status == 483)
		return loops_response(o, m);
	return status < 500 || refused(o, s, m);
}

bool overload_message(struct overload *o, const struct seen_message *m)
{
	if (!m->ev->msg->is_request)
		return response(o, m);
	if (m->ev->method == SIP_ACK)
		return true;
	if (!storm_request(o, m))
		return false;
	if (!m->created || m->ev->to_tag.n)
		return true;
	return backoff_request(o, m) && loops_request(o, m);
}
