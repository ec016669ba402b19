/* B12: DSCP. Where nobody marks anything, marks do not come to this capture point, and there is nothing to say (but `always`). */
#include "analyzer/findings/quality.h"

#include "analyzer/streams/stream.h"
#include "base/hash.h"

#include <inttypes.h>

struct unmarked_source {
	struct lru_node node;
	struct ip_addr addr;
	uint8_t dscp;
	uint64_t streams;
	int64_t stream_id, call_id; /* of the first one; call_id 0: of several, or none */
};

static bool is_wanted(const struct quality *q, uint8_t dscp)
{
	struct slice rest = q->set.marks;
	uint64_t mark;

	while (rest.n) {
		size_t at = slice_find(rest, ',');
		if (slice_u64(slice_trim(slice_sub(rest, 0, at)), 63, &mark) && mark == dscp)
			return true;
		rest = at == SLICE_NPOS ? SLICE_NONE : slice_from(rest, at + 1);
	}
	return false;
}

static uint64_t hash_of(const struct stream *st)
{
	return hash_mix(hash_mix(st->key.src.word[0], st->key.src.word[1]), st->cold->dscp + 1u);
}

bool quality_marking(struct quality *q, const struct stream *st)
{
	int64_t call_id = st->media ? st->media->call_id : 0;

	if (is_wanted(q, st->cold->dscp)) {
		q->any_marked = true;
		return true;
	}
	uint64_t hash = hash_of(st);
	struct unmarked_source *u = lru_get(&q->unmarked, hash);
	if (!u) {
		lru_drop(&q->unmarked, lru_full(&q->unmarked));
		u = lru_add(&q->unmarked, hash, sizeof *u);
		if (!u)
			return err_memory(findings_analysis(q->draft.home)->err, "the findings");
		u->addr = st->key.src;
		u->dscp = st->cold->dscp;
		u->stream_id = st->cold->id;
		u->call_id = call_id;
	}
	u->streams++;
	if (u->call_id != call_id)
		u->call_id = 0;
	return true;
}

static bool tell(struct quality *q, const struct unmarked_source *u)
{
	struct draft *d = &q->draft;

	draft_begin(d);
	text_addf(&d->cause, "RTP from ");
	text_add_address(&d->cause, u->addr);
	text_addf(&d->cause, " has DSCP %u", u->dscp);
	text_addf(&d->text, "%" PRIu64 " audio stream%s from ", u->streams,
	          u->streams == 1 ? "" : "s");
	text_add_address(&d->text, u->addr);
	text_addf(&d->text, " ha%s DSCP %u here", u->streams == 1 ? "s" : "ve", u->dscp);
	text_addf(&d->text, "%s", q->any_marked ? ", others are marked as they should be" : "");
	evidence_int(&d->evidence, "dscp", u->dscp);
	evidence_text(&d->evidence, "marks", q->set.marks);
	evidence_int(&d->evidence, "streams", (int64_t)u->streams);
	return draft_add(d, (struct occurrence){
	                            .rule = RULE_B12,
	                            .call_id = u->call_id,
	                            .stream_id = u->streams == 1 ? u->stream_id : 0,
	                    });
}

bool quality_marking_finish(struct quality *q)
{
	bool ok = true;

	while (!lru_is_empty(&q->unmarked)) {
		struct unmarked_source *u = lru_first(&q->unmarked);
		if (ok && (q->any_marked || q->set.always_mark))
			ok = tell(q, u);
		lru_drop(&q->unmarked, u);
	}
	return ok;
}
