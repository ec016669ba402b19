/* A call and its legs as rows of the records. */
#include "analyzer/calls/state.h"

/* What the caller saw is the call: who, when and how it came out is the first leg's. */
static struct record_call record_of(const struct call *call)
{
	return leg_call_record(call->legs[0]);
}

bool call_write_rows(const struct call *call)
{
	struct analysis *a = call->legs[0]->home->analysis;
	int64_t call_id = RECORD_NULL;

	if (call->legs[0]->kind == LEG_INVITE) {
		struct record_call r = record_of(call);
		call_id = r.id;
		if (!store_call(a->store, &r, a->err))
			return false;
	}
	for (unsigned i = 0; i < call->count; i++)
		if (!leg_write_dialogs(call->legs[i], call_id))
			return false;
	return true;
}
