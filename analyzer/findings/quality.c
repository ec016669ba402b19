#include "analyzer/findings/quality.h"

#include "base/mem.h"

static void read_settings(struct quality *q)
{
	const struct draft *d = &q->draft;

	q->set = (struct quality_settings){
		.long_ms = draft_number(d, RULE_B13, "long"),
		.very_long_ms = draft_number(d, RULE_B13, "very-long"),
		.buffer_ms = draft_number(d, RULE_B13, "buffer"),
		.reports = (uint64_t)draft_number(d, RULE_B14, "reports"),
		.much_loss = draft_number(d, RULE_B14, "much"),
		.little_loss = draft_number(d, RULE_B14, "little"),
	};
}

struct quality *quality_new(struct findings *f)
{
	struct quality *q = mem_zalloc(sizeof *q);

	if (!q) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&q->draft, f);
	read_settings(q);
	return q;
}

void quality_free(struct quality *q)
{
	if (!q)
		return;
	draft_release(&q->draft);
	mem_free(q);
}

bool quality_media(struct quality *q, const struct leg *leg)
{
	return quality_delay(q, leg);
}

bool quality_stream(struct quality *q, const struct stream *st)
{
	return quality_disagreement(q, st);
}
