#include "cli/sim_reasons.h"

#include <inttypes.h>
#include <string.h>

static struct sim_reason *reason_of(struct sim_reasons *r, struct slice text)
{
	for (unsigned i = 0; i < r->count; i++)
		if (slice_eq_str(text, r->reasons[i].text))
			return &r->reasons[i];
	if (r->count == SIM_REASONS)
		return NULL;
	slice_cstr(text, r->reasons[r->count].text, SIM_REASON_TEXT);
	return &r->reasons[r->count++];
}

static void on_error(void *context, int64_t time_ns, const struct traced_call *call,
                     struct slice text)
{
	struct sim_reasons *r = context;

	(void)time_ns;
	(void)call;
	text = slice_sub(text, 0, SIM_REASON_TEXT - 1);
	pthread_mutex_lock(&r->lock);
	struct sim_reason *reason = reason_of(r, text);
	if (reason)
		reason->calls++;
	pthread_mutex_unlock(&r->lock);
}

void sim_reasons_init(struct sim_reasons *r)
{
	*r = (struct sim_reasons){ .trace = { .context = r, .error = on_error } };
	pthread_mutex_init(&r->lock, NULL);
}

void sim_reasons_release(struct sim_reasons *r)
{
	pthread_mutex_destroy(&r->lock);
}

void sim_reasons_say(const struct sim_reasons *r, struct text *out)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct sim_reason *reason = &r->reasons[i];
		text_addf(out, "                because ");
		text_add_terminal(out, slice_str(reason->text));
		text_addf(out, " (%" PRIu64 ")\n", reason->calls);
	}
}
