/* H12: a source of which more than a share of all SIP cannot be parsed, or only in part. Counting begins with its first bad message, so
 * that nobody pays for it who sends none. */
#include "analyzer/findings/transport.h"

/* Not those that a snap length makes, nor those of sloppy phones. */
static const unsigned malformed = SIP_DEFECT_START_LINE | SIP_DEFECT_VERSION | SIP_DEFECT_STATUS |
                                  SIP_DEFECT_MISSING | SIP_DEFECT_CSEQ | SIP_DEFECT_CSEQ_METHOD |
                                  SIP_DEFECT_CONTENT_LENGTH | SIP_DEFECT_HEADER |
                                  SIP_DEFECT_TOO_MANY;

struct malformed_source {
	struct lru_node node; /* by address */
	struct ip_addr addr;
	struct sighting first, last; /* of the bad ones */
	uint64_t bad, all;
	unsigned defects;
};

static bool judge_source(struct transport_faults *t, const void *entry)
{
	const struct malformed_source *s = entry;
	double ratio = (double)s->bad / (double)s->all;

	if (s->bad < t->set.malformed || ratio <= t->set.malformed_ratio)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "malformed SIP from ");
	text_add_address(&t->cause, s->addr);
	text_addf(&t->text, "%llu of %llu SIP messages from ", (unsigned long long)s->bad,
	          (unsigned long long)s->all);
	text_add_address(&t->text, s->addr);
	text_addf(&t->text, " cannot be parsed as they should (frames %llu to %llu)",
	          (unsigned long long)s->first.frame, (unsigned long long)s->last.frame);
	evidence_int(&t->evidence, "malformed", (int64_t)s->bad);
	evidence_int(&t->evidence, "messages", (int64_t)s->all);
	evidence_real(&t->evidence, "ratio", ratio);
	evidence_real(&t->evidence, "threshold", t->set.malformed_ratio);
	evidence_int(&t->evidence, "defects", s->defects);
	evidence_frame(&t->evidence, s->first);
	evidence_frame(&t->evidence, s->last);
	return transport_tell(
	        t, (struct occurrence){ .rule = RULE_H12, .first = s->first, .last = s->last });
}

static bool count(struct transport_faults *t, struct ip_addr addr, struct sighting at, bool bad,
                  unsigned defects)
{
	uint64_t hash = hash_mix(addr.word[0], addr.word[1]);
	struct malformed_source *s = lru_get(&t->sources, hash);

	if (!s && !bad)
		return true;
	if (!s) {
		s = transport_add(t, &t->sources, hash, sizeof *s, judge_source);
		if (!s)
			return false;
		s->addr = addr;
		s->first = at;
	}
	s->all++;
	if (bad) {
		s->bad++;
		s->defects |= defects;
		s->last = at;
	}
	return true;
}

bool malformed_message(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	unsigned defects = m->ev->msg->defects;
	bool bad = defects & malformed && !(defects & SIP_DEFECT_UNENDED);

	return count(t, o->src.addr, transport_sighting(o), bad, defects & malformed);
}

bool transport_junk(struct transport_faults *t, const struct seen_junk *j)
{
	return count(t, j->src.addr, j->at, true, 0);
}

bool malformed_finish(struct transport_faults *t)
{
	return transport_judge_all(t, &t->sources, judge_source);
}
