/* Life and death of registrations: lists, timers, verdicts. */
#include "analyzer/registrations/registration.h"

#include "analyzer/findings/findings.h"

#define STRINGS_CHUNK 448 /* those of an ordinary one */

void registrations_init(struct registrations *rs, struct analysis *a)
{
	*rs = (struct registrations){ .analysis = a };
	pool_init(&rs->pool, sizeof(struct registration));
	table_init(&rs->attempts);
	table_init(&rs->latest);
	table_init(&rs->accounts);
	list_init(&rs->open);
	list_init(&rs->bound);
}

static bool out_of_memory(struct registrations *rs)
{
	return err_memory(rs->analysis->err, "registrations");
}

static struct registration *oldest(struct list_node *list)
{
	return (struct registration *)(void *)((char *)list->next -
	                                       offsetof(struct registration, node));
}

static void leave_list(struct registration *r)
{
	struct registrations *rs = r->home;

	if (list_is_empty(&r->node))
		return;
	*(r->phase == REGISTRATION_BOUND ? &rs->bound_count : &rs->open_count) -= 1;
	list_remove(&r->node);
	if (list_is_empty(&r->of_account))
		return;
	list_remove(&r->of_account);
	r->account->binding_count--;
}

void registration_free(struct registration *r)
{
	struct registrations *rs = r->home;

	timers_cancel(&rs->analysis->timers, &r->timer);
	table_remove(&rs->attempts, r->hash, r);
	table_remove(&rs->latest, r->latest_hash, r);
	leave_list(r);
	r->account->users--;
	account_leave(rs, r->account);
	arena_release(&r->strings);
	pool_free(&rs->pool, r, sizeof *r);
}

void registrations_release(struct registrations *rs)
{
	while (!list_is_empty(&rs->open))
		registration_free(oldest(&rs->open));
	while (!list_is_empty(&rs->bound))
		registration_free(oldest(&rs->bound));
	table_release(&rs->attempts);
	table_release(&rs->latest);
	table_release(&rs->accounts);
	pool_release(&rs->pool);
}

bool registration_close(struct registration *r)
{
	struct analysis *a = r->home->analysis;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_registration record = registration_record(r, src, dst);
	bool ok = store_registration(a->store, &record, a->err);

	registration_free(r);
	return ok;
}

bool registration_end(struct registration *r, enum binding_end by, int64_t time_ns)
{
	r->ended_by = by;
	r->ended_ns = time_ns;
	return registration_close(r);
}

bool registration_tell(struct registration *r)
{
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_registration record = registration_record(r, src, dst);

	return findings_registration(r->home->analysis->findings, &record);
}

static int64_t patience_ns(const struct registration *r)
{
	switch (r->phase) {
	case REGISTRATION_ASKING: return TRANSACTION_TIMEOUT_NS;
	case REGISTRATION_CHALLENGED: return REGISTRATION_RETRY_NS;
	case REGISTRATION_OVER: return REGISTRATION_LINGER_NS;
	case REGISTRATION_BOUND: break;
	}
	return registration_until_ns(r) - r->final_ns;
}

bool registration_enter(struct registration *r, enum registration_phase phase)
{
	struct registrations *rs = r->home;
	bool bound = phase == REGISTRATION_BOUND;
	int64_t grace = bound ? REGISTRATION_GRACE_NS : 0;

	leave_list(r);
	r->phase = phase;
	r->since_evict_ns = rs->analysis->now_ns;
	list_append(bound ? &rs->bound : &rs->open, &r->node);
	*(bound ? &rs->bound_count : &rs->open_count) += 1;
	if (bound) {
		list_append(&r->account->bindings, &r->of_account);
		r->account->binding_count++;
	}
	if (!timers_arm(&rs->analysis->timers, &r->timer,
	                r->since_evict_ns + patience_ns(r) + grace))
		return out_of_memory(rs);
	return true;
}

static enum registration_outcome outcome_of(int status)
{
	if (status == 401 || status == 407)
		return REGISTRATION_UNAUTHORIZED;
	return status >= 500 ? REGISTRATION_FAILED : REGISTRATION_REJECTED;
}

/* The final word, with its message where there is one. Tells the findings; what leaves no binding lingers. */
bool registration_conclude(struct registration *r, int status, const struct sip_msg *msg)
{
	r->final_status = (uint16_t)status;
	if (status >= 200 && status < 300) {
		if (!registration_accepted(r, msg))
			return false;
	} else {
		r->outcome = outcome_of(status);
	}
	return registration_tell(r) &&
	       (r->phase == REGISTRATION_BOUND || registration_enter(r, REGISTRATION_OVER));
}

/* No answer that counts: what another hop got, or nothing. */
static bool give_up(struct registration *r)
{
	if (r->other_status) {
		r->final_ns = r->other_ns;
		return registration_conclude(r, r->other_status, NULL);
	}
	r->outcome = REGISTRATION_TIMED_OUT;
	return registration_tell(r) && registration_enter(r, REGISTRATION_OVER);
}

static bool time_is_up(struct registration *r)
{
	switch (r->phase) {
	case REGISTRATION_ASKING: return give_up(r);
	case REGISTRATION_CHALLENGED:
		r->outcome = outcome_of(r->final_status);
		return registration_tell(r) && registration_close(r);
	case REGISTRATION_OVER: return registration_close(r);
	case REGISTRATION_BOUND: break;
	}
	if (!r->has_expires)
		return registration_close(r);
	return registration_end(r, BINDING_EXPIRED, registration_until_ns(r));
}

static void fire(struct timer *timer, void *context)
{
	struct registration *r = (struct registration *)(void *)timer;
	struct analysis *a = r->home->analysis;

	(void)context;
	if (!time_is_up(r))
		analysis_fail(a);
}

static bool make_room(struct registrations *rs)
{
	if (rs->open_count + rs->bound_count < REGISTRATIONS_MAX)
		return true;
	rs->evicted_at_limit++;
	/* A flood of attempts must not push out the bindings. */
	return registration_close(
	        oldest(rs->open_count > REGISTRATIONS_MAX / 2 ? &rs->open : &rs->bound));
}

struct registration *registration_new(struct registrations *rs, const struct event *ev,
                                      struct account *account)
{
	const struct sip_origin *o = ev->origin;
	struct registration *r;

	if (!make_room(rs))
		return NULL;
	r = pool_alloc(&rs->pool, sizeof *r);
	if (!r) {
		out_of_memory(rs);
		return NULL;
	}
	*r = (struct registration){ .timer.fire = fire, .home = rs, .account = account };
	account->users++;
	list_init(&r->node);
	list_init(&r->of_account);
	arena_init(&r->strings, STRINGS_CHUNK);
	slice_cstr(slice_str(o->transport), r->transport, sizeof r->transport);
	r->src = o->src;
	r->dst = o->dst;
	r->capture_id = o->capture_id;
	r->first_frame = o->frame;
	r->first_ns = o->time_ns;
	r->final_ns = r->ended_ns = TIME_NONE;
	r->first_cseq = ev->msg->cseq;
	return r;
}

/* Whose time came in the very last seconds has ended; what was under way was cut. */
static bool finish_one(struct registration *r)
{
	bool due = r->home->analysis->now_ns >= r->since_evict_ns + patience_ns(r);

	switch (r->phase) {
	case REGISTRATION_ASKING:
		if (due)
			return give_up(r);
		return registration_tell(r) && registration_close(r);
	case REGISTRATION_CHALLENGED: return time_is_up(r);
	case REGISTRATION_OVER: return registration_close(r);
	case REGISTRATION_BOUND: break;
	}
	return due ? time_is_up(r) : registration_close(r);
}

bool registrations_finish(struct registrations *rs)
{
	bool ok = true;

	while (ok && !list_is_empty(&rs->open))
		ok = finish_one(oldest(&rs->open));
	while (ok && !list_is_empty(&rs->bound))
		ok = finish_one(oldest(&rs->bound));
	return ok;
}

static bool list_check(const struct list_node *head, bool bound, size_t *n)
{
	for (const struct list_node *node = head->next; node != head; node = node->next) {
		const struct registration *r =
		        (const struct registration *)(const void *)((const char *)node -
		                                                    offsetof(struct registration,
		                                                             node));
		if (bound != (r->phase == REGISTRATION_BOUND) ||
		    bound == list_is_empty(&r->of_account) || !r->timer.place || !r->id ||
		    !r->account->users)
			return false;
		++*n;
	}
	return true;
}

bool registrations_check(const struct registrations *rs)
{
	size_t open = 0, bound = 0, users = 0, at = 0;
	const struct account *account;

	while ((account = table_next(&rs->accounts, &at)))
		users += account->users;
	return list_check(&rs->open, false, &open) && list_check(&rs->bound, true, &bound) &&
	       open == rs->open_count && bound == rs->bound_count &&
	       open + bound == rs->attempts.count && open + bound == users &&
	       open + bound <= REGISTRATIONS_MAX && rs->latest.count <= open + bound &&
	       table_check(&rs->attempts) && table_check(&rs->latest) && table_check(&rs->accounts);
}
