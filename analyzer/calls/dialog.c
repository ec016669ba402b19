#include "analyzer/calls/dialog.h"

void dialog_init(struct dialog *d, int64_t id)
{
	*d = (struct dialog){
		.id = id,
		.start_ns = TIME_NONE,
		.ring_ns = TIME_NONE,
		.answer_ns = TIME_NONE,
		.end_ns = TIME_NONE,
		.state = DIALOG_TRYING,
	};
}

const char *dialog_state_name(enum dialog_state state)
{
	static const char *const names[] = { "trying",     "early",  "confirmed",
		                             "terminated", "failed", "cancelled" };
	return names[state];
}

struct dialog *dialog_find(struct dialog *first, struct slice to_tag)
{
	for (struct dialog *d = first; d; d = d->next)
		if (slice_eq(d->to_tag, to_tag))
			return d;
	for (struct dialog *d = first; d; d = d->next)
		if (slice_ieq(d->to_tag, to_tag))
			return d;
	return NULL;
}

bool dialog_is_open(const struct dialog *d)
{
	return d->state == DIALOG_TRYING || d->state == DIALOG_EARLY ||
	       d->state == DIALOG_CONFIRMED;
}

void dialog_end(struct dialog *d, enum dialog_state state, int64_t time_ns)
{
	if (!dialog_is_open(d))
		return;
	d->state = state;
	d->end_ns = time_ns;
}
