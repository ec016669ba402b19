#include "analyzer/findings/media_path.h"

#include "analyzer/findings/state.h"
#include "base/mem.h"

#include <inttypes.h>

static void read_settings(struct media_path *m, const struct rules *r)
{
	m->span_s = rules_number(r, RULE_A1, "span");
	m->packets = rules_number(r, RULE_A1, "packets");
	m->silence = rules_number(r, RULE_A1, "silence");
	m->silent_span_s = rules_number(r, RULE_A2, "span");
	m->messages = rules_number(r, RULE_A6, "messages");
	m->stale_s = rules_number(r, RULE_A8, "after");
	m->late_ms = rules_number(r, RULE_A9, "delay");
	m->early_s = rules_number(r, RULE_A10, "span");
	m->early_ratio = rules_number(r, RULE_A10, "ratio");
	m->gap_s = rules_number(r, RULE_A11, "gap");
	m->change_s = rules_number(r, RULE_A12, "within");
	m->many_changes = rules_number(r, RULE_A12, "many");
	m->overlap_s = rules_number(r, RULE_A13, "overlap");
	m->hold_s = rules_number(r, RULE_A15, "left");
}

struct media_path *media_path_new(struct findings *f)
{
	struct media_path *m = mem_zalloc(sizeof *m);

	if (!m) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&m->draft, f);
	lru_init(&m->refused, MEDIA_MAX_REFUSED);
	read_settings(m, f->rules);
	return m;
}

void media_path_free(struct media_path *m)
{
	if (!m)
		return;
	lru_release(&m->refused);
	draft_release(&m->draft);
	mem_free(m->pending);
	mem_free(m);
}

/* ---- A6 ---- */

static uint64_t call_hash(int64_t call_id, enum party receiver)
{
	return hash_mix((uint64_t)call_id, 2 + (uint64_t)receiver);
}

static uint64_t flow_hash_of(const struct media_flow *f)
{
	if (f->media && f->media->call_id)
		return call_hash(f->media->call_id, f->receiver);
	return hash_mix((uint64_t)f->stream_id, 1);
}

static struct refused_flow *refused_flow(struct media_path *m, const struct seen_unreachable *u)
{
	uint64_t hash = flow_hash_of(u->flow);
	struct refused_flow *r = lru_get(&m->refused, hash);

	if (r)
		return r;
	lru_drop(&m->refused, lru_full(&m->refused));
	r = lru_add(&m->refused, hash, sizeof *r);
	if (!r) {
		err_memory(findings_analysis(m->draft.home)->err, "the findings");
		return NULL;
	}
	r->is_rtcp = true;
	return r;
}

/* After the call whoever stops first refuses what is still on its way. */
static bool is_over(const struct media_flow *f)
{
	return f->media && f->media->end_ns != TIME_NONE;
}

bool media_path_unreachable(struct media_path *m, const struct seen_unreachable *u)
{
	struct refused_flow *r;

	if (is_over(u->flow) || (!u->flow->media && u->flow->stream_id == RECORD_NULL))
		return true;
	r = refused_flow(m, u);
	if (!r)
		return false;
	if (r->is_rtcp && !u->flow->is_rtcp)
		r->messages = 0; /* RTP counts for more */
	else if (u->flow->is_rtcp && !r->is_rtcp)
		return true;
	if (!r->messages++) {
		r->first = u->at;
		r->reporter = u->reporter;
		r->said = *u->said;
		r->stream_id = u->flow->stream_id == RECORD_NULL ? 0 : u->flow->stream_id;
		r->is_rtcp = u->flow->is_rtcp;
	}
	r->last = u->at;
	return true;
}

const struct refused_flow *media_refused(struct media_path *m, const struct audio_call *c,
                                         enum party receiver)
{
	const struct refused_flow *r;

	if (lru_is_empty(&m->refused))
		return NULL;
	r = lru_get(&m->refused, call_hash(c->leg->media.call_id, receiver));
	return r && (double)r->messages >= m->messages && r->last.time_ns >= c->begin_ns ? r : NULL;
}

const char *media_reason(enum icmp_reason reason)
{
	static const char *const names[] = { "network unreachable", "host unreachable",
		                             "no UDP there", "port unreachable",
		                             "administratively prohibited" };
	return names[reason];
}

/* "198.51.100.20 says that 198.51.100.20:4000 is ..." */
static void say_refusal(struct draft *d, const struct refused_flow *r)
{
	text_addf(&d->cause, "%s%s: ", r->is_rtcp ? "RTCP " : "", media_reason(r->said.reason));
	text_add_address(&d->cause, r->said.dst.addr);
	text_add_address(&d->text, r->reporter);
	text_addf(&d->text, " says of %s to ", r->is_rtcp ? "RTCP" : "audio");
	audio_say_endpoint(&d->text, r->said.dst);
	text_addf(&d->text, ": %s (%" PRIu64 " times, frames %" PRIu64 " to %" PRIu64 ")",
	          media_reason(r->said.reason), r->messages, r->first.frame, r->last.frame);
	evidence_int(&d->evidence, "messages", (int64_t)r->messages);
	evidence_real(&d->evidence, "threshold", draft_number(d, RULE_A6, "messages"));
	evidence_frame(&d->evidence, r->first);
	evidence_frame(&d->evidence, r->last);
}

static struct occurrence refusal(const struct refused_flow *r)
{
	return (struct occurrence){
		.rule = RULE_A6,
		.stream_id = r->stream_id,
		.first = r->first,
		.last = r->last,
		.weak = r->is_rtcp ? "only RTCP is refused: the audio may arrive" : NULL,
	};
}

static bool judge_refused(struct media_path *m, const struct audio_call *c)
{
	struct draft *d = &m->draft;

	for (unsigned party = 0; party < 2; party++) {
		const struct refused_flow *r = media_refused(m, c, (enum party)party);
		if (!r)
			continue;
		draft_begin(d);
		say_refusal(d, r);
		text_addf(&d->text, ": ");
		audio_say_name(&d->text, c->leg, (enum party)party);
		text_addf(&d->text, r->is_rtcp ? " takes no RTCP there" : " hears nothing of it");
		if (!audio_add(d, c, refusal(r)))
			return false;
	}
	return true;
}

static bool refused_finish(struct media_path *m)
{
	struct draft *d = &m->draft;
	const struct refused_flow *r;

	while ((r = lru_first(&m->refused))) {
		if (r->stream_id && (double)r->messages >= m->messages) {
			struct occurrence o = refusal(r);
			o.weak = "no SIP of this call was captured: the receiver may have hung up";
			draft_begin(d);
			say_refusal(d, r);
			if (!draft_add(d, o))
				return false;
		}
		lru_drop(&m->refused, lru_first(&m->refused));
	}
	return true;
}

/* ---- the door ---- */

void media_path_stream(struct media_path *m)
{
	m->rtp_seen = true;
}

static void forget_refused(struct media_path *m, int64_t call_id)
{
	for (unsigned party = 0; party < 2 && !lru_is_empty(&m->refused); party++)
		lru_drop(&m->refused, lru_get(&m->refused, call_hash(call_id, (enum party)party)));
}

static bool judge(struct media_path *m, const struct leg *leg)
{
	struct audio_call c;

	audio_call_of(leg, &c);
	if (!judge_silence(m, &c) || !judge_hidden(m, &c) || !judge_contact(m, &c) ||
	    !judge_refused(m, &c) || !judge_hold(m, &c))
		return false;
	return !leg->media.streams ||
	       (judge_unexpected(m, &c) && judge_third(m, &c) && judge_late(m, &c) &&
	        judge_early_end(m, &c) && judge_gaps(m, &c) && judge_changes(m, &c) &&
	        judge_two_senders(m, &c) && judge_restarts(m, &c));
}

bool media_path_media(struct media_path *m, const struct leg *leg)
{
	bool ok;

	if (leg->kind != LEG_INVITE)
		return true;
	m->rtp_seen |= leg->media.streams != NULL;
	ok = !leg->established || judge(m, leg);
	forget_refused(m, leg->media.call_id);
	return ok;
}

bool media_path_finish(struct media_path *m)
{
	return silence_finish(m) && refused_finish(m);
}
