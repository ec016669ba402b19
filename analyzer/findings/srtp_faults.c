#include "analyzer/findings/srtp_faults.h"

#include "analyzer/findings/audio_call.h"
#include "analyzer/streams/secure.h"
#include "base/duration.h"
#include "base/mem.h"

#include <inttypes.h>

struct srtp_faults *srtp_faults_new(struct findings *f)
{
	struct srtp_faults *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&s->draft, f);
	s->set.packets = (uint64_t)draft_number(&s->draft, RULE_C5, "packets");
	s->set.grace_ns = (int64_t)(draft_number(&s->draft, RULE_C6, "grace") * (double)NS_PER_S);
	s->set.failed = (uint64_t)draft_number(&s->draft, RULE_C14, "packets");
	return s;
}

void srtp_faults_free(struct srtp_faults *s)
{
	if (!s)
		return;
	draft_release(&s->draft);
	mem_free(s);
}

/* ---- what both say ---- */

static const struct media_end *newest_of(const struct leg *leg, enum party party, int64_t dialog_id)
{
	for (const struct media_end *end = leg->media.ends; end; end = end->next)
		if (end->party == party && !end->is_video && !end->retired &&
		    (dialog_id < 0 || end->dialog_id == dialog_id))
			return end;
	return NULL;
}

static const char *disagreement(const struct media_end *offer, const struct media_end *answer)
{
	if (offer->savp && !answer->savp)
		return "SRTP offered, RTP/AVP answered";
	if (!offer->savp && answer->savp)
		return "RTP/AVP offered, SRTP answered";
	if (offer->savp && offer->sdes && !offer->dtls && !answer->sdes && !answer->dtls)
		return "SRTP answered without a key";
	return NULL;
}

static bool judge_profiles(struct srtp_faults *s, const struct leg *leg)
{
	struct draft *d = &s->draft;
	const struct media_end *callee = newest_of(leg, PARTY_CALLEE, -1);
	const struct media_end *caller =
	        callee ? newest_of(leg, PARTY_CALLER, callee->dialog_id) : NULL;

	if (!leg->established || !callee || !caller || caller->is_answer == callee->is_answer)
		return true;
	const struct media_end *answer = callee->is_answer ? callee : caller;
	const char *what = disagreement(answer == callee ? caller : callee, answer);
	if (!what)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%s by ", what);
	text_add_address(&d->cause, leg_address(leg, answer == caller));
	text_addf(&d->text, "%s by the %s ", what, answer == callee ? "callee" : "caller");
	text_add_address(&d->text, leg_address(leg, answer == caller));
	text_addf(&d->text,
	          ": one side encrypts what the other takes for sound (answer in frame "
	          "%" PRIu64 ")",
	          leg->trace.final.frame);
	evidence_frame(&d->evidence, leg->trace.invite);
	evidence_frame(&d->evidence, leg->trace.final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_C5,
	                                          .first = leg->trace.invite,
	                                          .last = leg->trace.final });
}

/* ---- what is sent ---- */

/* Octets beyond what its timestamps have room for, of codecs of one octet a tick; all packets of one size. */
static bool spare_octets(const struct stream *st, uint64_t least, uint64_t *out)
{
	const struct codec *codec =
	        st->cold->format_count ? stream_format(st, st->cold->audio)->codec : NULL;

	if (!st->accepted || st->role == PAYLOAD_ROLE_VIDEO || !codec || st->taken < least ||
	    !st->step_ticks || st->octets % st->taken)
		return false;
	if (strcmp(codec->name, "PCMU") != 0 && strcmp(codec->name, "PCMA") != 0 &&
	    strcmp(codec->name, "G722") != 0)
		return false;
	*out = st->octets / st->taken - st->step_ticks;
	return st->octets / st->taken >= st->step_ticks;
}

static void say_way(struct text *t, const struct stream *st)
{
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	endpoint_format((struct endpoint){ st->key.src, st->key.sport }, from);
	endpoint_format((struct endpoint){ st->key.dst, st->key.dport }, to);
	text_addf(t, "RTP from %s to %s ", from, to);
}

static bool tell(struct srtp_faults *s, const struct leg *leg, const struct stream *st,
                 enum rule_id rule, struct sighting first, struct sighting last, const char *weak)
{
	const struct stream_secure *k = st->cold->secure;

	if (k) {
		evidence_int(&s->draft.evidence, "authenticated", (int64_t)k->authenticated);
		evidence_int(&s->draft.evidence, "failed", (int64_t)k->failed);
	}
	if (first.frame)
		evidence_frame(&s->draft.evidence, first);
	if (last.frame)
		evidence_frame(&s->draft.evidence, last);
	return draft_add_leg(&s->draft, leg,
	                     (struct occurrence){ .rule = rule,
	                                          .stream_id = st->cold->id,
	                                          .first = first,
	                                          .last = last,
	                                          .weak = weak });
}

static bool tell_size(struct srtp_faults *s, const struct leg *leg, const struct stream *st,
                      uint64_t spare)
{
	struct draft *d = &s->draft;
	bool clear = spare == 0;

	draft_begin(d);
	text_addf(&d->cause, "%s from ",
	          clear ? "sent in clear where SRTP was agreed"
	                : "encrypted where RTP/AVP was agreed");
	text_add_address(&d->cause, st->key.src);
	say_way(&d->text, st);
	if (clear)
		text_addf(&d->text, "is not encrypted though both agreed on SRTP: its packets have "
		                    "no room for an authentication tag");
	else
		text_addf(&d->text,
		          "looks encrypted though both agreed on RTP/AVP: each packet has %" PRIu64
		          " octets more than its samples, as an authentication tag has",
		          spare);
	evidence_int(&d->evidence, "packets", (int64_t)st->taken);
	evidence_int(&d->evidence, "spare_octets", (int64_t)spare);
	return tell(s, leg, st, RULE_C5, leg->trace.final, leg->trace.final,
	            clear ? NULL : "ZRTP agrees on keys in the media path, which SDP need not say");
}

static bool is_tag(uint64_t octets)
{
	return octets == 10 || octets == 4 || octets == 16;
}

/* ---- whose key it is ---- */

static bool tell_older(struct srtp_faults *s, const struct leg *leg, const struct stream *st)
{
	const struct stream_secure *k = st->cold->secure;
	struct draft *d = &s->draft;
	double seconds =
	        (double)duration_between(k->first_older.time_ns, k->last_older.time_ns) / 1e9;

	draft_begin(d);
	text_addf(&d->cause, "goes on with the key of before, from ");
	text_add_address(&d->cause, st->key.src);
	say_way(&d->text, st);
	text_addf(&d->text,
	          "still has the key of before, %.1f s after a new one was agreed on (frames "
	          "%" PRIu64 " to %" PRIu64 "): who took the new one hears nothing",
	          seconds, k->first_older.frame, k->last_older.frame);
	evidence_real(&d->evidence, "seconds", seconds);
	evidence_real(&d->evidence, "threshold_s", (double)s->set.grace_ns / 1e9);
	return tell(s, leg, st, RULE_C6, k->first_older, k->last_older, NULL);
}

static bool tell_lost(struct srtp_faults *s, const struct leg *leg, const struct stream *st)
{
	const struct stream_secure *k = st->cold->secure;
	struct draft *d = &s->draft;

	draft_begin(d);
	text_addf(&d->cause, "opens by no key since a new one was agreed on, from ");
	text_add_address(&d->cause, st->key.src);
	say_way(&d->text, st);
	text_addf(&d->text,
	          "was read by its key until a new one was agreed on; from frame %" PRIu64
	          " on neither opens it",
	          k->first_failed.frame);
	return tell(s, leg, st, RULE_C6, k->first_failed, k->last_failed, NULL);
}

static bool tell_mismatch(struct srtp_faults *s, const struct leg *leg, const struct stream *st)
{
	const struct stream_secure *k = st->cold->secure;
	struct draft *d = &s->draft;
	const char *what = k->verdict == KEY_OF_RECEIVER ? "encrypts with the key of the other side"
	                   : k->verdict == KEY_OTHER_TAG
	                           ? "encrypts with a key that the answer did not take"
	                           : "encrypts with no key that was said";

	draft_begin(d);
	text_addf(&d->cause, "%s: ", what);
	text_add_address(&d->cause, st->key.src);
	say_way(&d->text, st);
	text_addf(&d->text, "%s in its SDP (%s): who receives it discards every packet",
	          k->verdict == KEY_MISMATCH ? "opens by no key that was said"
	          : k->verdict == KEY_OF_RECEIVER
	                  ? "opens by the key of who receives it, not by what its sender said"
	                  : "opens by another key than the one that the answer took",
	          sdes_suite_name(k->suite));
	struct sighting none = { 0, 0, TIME_NONE };
	bool failed = k->failed > 0;
	return tell(s, leg, st, RULE_C14, failed ? k->first_failed : leg->trace.final,
	            failed ? k->last_failed : none, NULL);
}

static bool judge_keyed(struct srtp_faults *s, const struct leg *leg, const struct stream *st)
{
	const struct stream_secure *k = st->cold->secure;
	uint64_t spare;

	switch (k->verdict) {
	case KEY_OLDER:
		return duration_between(k->first_older.time_ns, k->last_older.time_ns) <
		               s->set.grace_ns ||
		       tell_older(s, leg, st);
	case KEY_MISMATCH:
		if (spare_octets(st, s->set.packets, &spare) && spare == 0)
			return tell_size(s, leg, st, 0);
		if (k->authenticated)
			return tell_lost(s, leg, st);
		return k->failed < s->set.failed || tell_mismatch(s, leg, st);
	case KEY_OF_RECEIVER:
	case KEY_OTHER_TAG: return tell_mismatch(s, leg, st);
	case KEY_UNKNOWN:
	case KEY_FITS: return true;
	}
	return true;
}

/* Neither side said anything of encryption. */
static bool judge_plain(struct srtp_faults *s, const struct leg *leg, const struct stream *st)
{
	uint64_t spare;

	for (const struct media_end *end = leg->media.ends; end; end = end->next)
		if (end->encrypted)
			return true;
	return !spare_octets(st, s->set.packets, &spare) || !is_tag(spare) ||
	       tell_size(s, leg, st, spare);
}

bool srtp_faults_media(struct srtp_faults *s, const struct leg *leg)
{
	if (leg->kind != LEG_INVITE)
		return true;
	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call) {
		bool ok = st->cold->secure ? judge_keyed(s, leg, st) : judge_plain(s, leg, st);
		if (!ok)
			return false;
	}
	return judge_profiles(s, leg);
}
