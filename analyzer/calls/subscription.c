#include "analyzer/calls/subscription.h"

#include "analyzer/calls/state.h"

#define DEFAULT_EXPIRES_S 3600 /* RFC 6665 4.1.2.1 leaves it to the package; most say an hour */
#define REFER_EXPIRES_S   300
#define MAX_EXPIRES_S     86400 /* longer ones are given up after a day of silence */

/* The leading number of Expires; false if there is none. */
static bool expires_of(const struct sip_msg *msg, uint32_t *out)
{
	struct slice value = sip_msg_value(msg, SIP_H_EXPIRES);
	uint64_t n;

	if (!slice_u64(slice_trim(value), UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

int64_t subscription_deadline(const struct leg *s)
{
	uint32_t expires = s->kind == LEG_REFER ? REFER_EXPIRES_S : s->expires_s;

	if (!s->established)
		return s->touched_evict_ns + TRANSACTION_TIMEOUT_NS + LEG_LINGER_NS;
	if (expires > MAX_EXPIRES_S)
		expires = MAX_EXPIRES_S;
	return s->touched_evict_ns + expires * NS_PER_S + TRANSACTION_TIMEOUT_NS;
}

void subscription_run_out(struct leg *s)
{
	for (struct dialog *d = &s->first; d; d = d->next)
		dialog_end(d, s->established ? DIALOG_TERMINATED : DIALOG_FAILED, TIME_NONE);
}

/* The group is over with the last of its forks. */
static bool end_dialog(struct leg *s, struct dialog *d, enum dialog_state state,
                       const struct event *ev)
{
	dialog_end(d, state, ev->origin->time_ns);
	for (d = &s->first; d; d = d->next)
		if (dialog_is_open(d))
			return true;
	return leg_is_over(s) || leg_end(s, ev->origin->time_ns);
}

static void confirm(struct leg *s, struct dialog *d, const struct event *ev)
{
	s->established = true;
	if (d->state >= DIALOG_CONFIRMED)
		return;
	d->state = DIALOG_CONFIRMED;
	d->answer_ns = ev->origin->time_ns;
}

static bool notify(struct leg *s, struct dialog *d, const struct event *ev)
{
	/* RFC 6665 4.1.2.4: it may come before the 2xx. */
	confirm(s, d, ev);
	if (slice_istarts(sip_msg_value(ev->msg, SIP_H_SUBSCRIPTION_STATE), "terminated"))
		return end_dialog(s, d, DIALOG_TERMINATED, ev);
	return true;
}

static void ask(struct leg *s, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;

	if (!expires_of(ev->msg, &s->expires_s) && !s->established)
		s->expires_s = DEFAULT_EXPIRES_S;
	if (ev->msg->to_tag.n)
		return;
	if (s->start_ns == TIME_NONE)
		s->start_ns = s->first.start_ns = now;
	if (ev->msg->cseq > s->attempt.cseq)
		s->attempt.cseq = ev->msg->cseq;
	if (!leg_is_over(s))
		return;
	leg_go_on(s); /* again, after a challenge */
	s->attempt.final_status = 0;
	s->first.state = DIALOG_TRYING;
	s->first.end_ns = TIME_NONE;
}

bool subscription_request(struct leg *s, struct dialog *d, const struct event *ev)
{
	if (ev->method == SIP_NOTIFY)
		return notify(s, d, ev);
	if (ev->method == SIP_SUBSCRIBE || ev->method == SIP_REFER)
		ask(s, ev);
	return true;
}

static bool accepted(struct leg *s, struct dialog *d, const struct event *ev)
{
	uint32_t expires;
	bool ends = ev->method == SIP_SUBSCRIBE && s->expires_s == 0;

	confirm(s, d, ev);
	if (ev->method == SIP_SUBSCRIBE && expires_of(ev->msg, &expires)) {
		s->expires_s = expires;
		ends = expires == 0;
	}
	return !ends || end_dialog(s, d, DIALOG_TERMINATED, ev);
}

bool subscription_response(struct leg *s, struct dialog *d, const struct event *ev)
{
	int status = ev->msg->status;

	if (status < 200)
		return true;
	if (ev->method != SIP_SUBSCRIBE && ev->method != SIP_REFER)
		return status != 481 || end_dialog(s, d, DIALOG_TERMINATED, ev);
	if (d->final_status / 100 != 2) /* a refresh's says nothing about how it began */
		d->final_status = (uint16_t)status;
	if (status < 300)
		return accepted(s, d, ev);
	if (s->established)
		return status != 481 || end_dialog(s, d, DIALOG_TERMINATED, ev);
	s->attempt.final_status = (uint16_t)status;
	return end_dialog(s, d, DIALOG_FAILED, ev);
}
