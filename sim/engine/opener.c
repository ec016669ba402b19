#include "sim/engine/opener.h"

#include "base/mem.h"

/* As many at once as the peer's socket buffer holds without trouble. */
#define AT_ONCE 32

bool opener_init(struct opener *o, struct opener_shared *shared, struct station *station,
                 unsigned share, int64_t start_ns, struct err *err)
{
	const struct sim_config *c = shared->config;

	*o = (struct opener){ .shared = shared,
		              .station = station,
		              .share = share,
		              .shares = c->workers,
		              .rate_seen = -1,
		              .paused_ns = TIME_NONE,
		              .held_ns = TIME_NONE };
	latency_init(&o->lag);
	pace_init(&o->pace, &c->pace, share, c->workers, c->seed, start_ns);
	o->users_room = 16;
	o->idle_users = mem_alloc(o->users_room * sizeof *o->idle_users);
	return o->idle_users || err_memory(err, "users");
}

void opener_release(struct opener *o)
{
	mem_free(o->idle_users);
	o->idle_users = NULL;
}

/* ---- may there be one more? ---- */

static uint64_t live_calls(const struct control *c)
{
	uint64_t ended = atomic_load_explicit(&c->calls_ended, memory_order_relaxed);
	uint64_t opened = atomic_load_explicit(&c->calls_opened, memory_order_relaxed);

	return opened > ended ? opened - ended : 0;
}

static bool at_limit(const struct opener *o)
{
	const struct control *c = o->shared->control;
	uint64_t most = atomic_load_explicit(&c->max_concurrent, memory_order_relaxed);

	return most && live_calls(c) >= most;
}

/* One of max_calls, which all workers take from. */
static bool take_ticket(struct opener *o)
{
	uint64_t most = o->shared->config->max_calls;

	if (most && atomic_fetch_add_explicit(&o->shared->opened, 1, memory_order_relaxed) >= most)
		o->exhausted = true;
	return !o->exhausted;
}

/* ---- open model ---- */

static void note_lag(struct opener *o, int64_t intended_ns, int64_t now_ns)
{
	if (o->held_ns != TIME_NONE && intended_ns <= o->held_ns)
		return; /* the limit on calls at once held it back */
	latency_add(&o->lag, now_ns - intended_ns);
	if (now_ns - intended_ns > OPENER_LATE_NS)
		counter_add(&o->late, 1);
}

static int64_t open_due(struct opener *o, int64_t now_ns)
{
	for (unsigned i = 0; i < AT_ONCE; i++) {
		int64_t intended_ns = pace_next(&o->pace);
		if (o->pace.finished)
			o->exhausted = true;
		if (intended_ns > now_ns || o->exhausted)
			return intended_ns;
		if (at_limit(o)) {
			o->held_ns = now_ns;
			return now_ns + NS_PER_MS;
		}
		if (!take_ticket(o))
			return INT64_MAX;
		note_lag(o, intended_ns, now_ns);
		station_call(o->station, intended_ns, 0);
		pace_took(&o->pace);
	}
	return now_ns;
}

/* ---- closed model ---- */

static bool user_room(struct opener *o, unsigned wanted)
{
	if (wanted <= o->users_room)
		return true;
	unsigned *more = mem_resize(o->idle_users, wanted * sizeof *more);
	if (!more)
		return false;
	o->idle_users = more;
	o->users_room = wanted;
	return true;
}

/* User ids are 1, 2, 3 ... over all workers, each worker has every n-th. */
static unsigned take_user(struct opener *o)
{
	if (o->idle_count)
		return o->idle_users[--o->idle_count];
	return o->users_made++ * o->shares + o->share + 1;
}

void opener_user_free(void *opener, unsigned user)
{
	struct opener *o = opener;

	if (user && o->idle_count < o->users_room)
		o->idle_users[o->idle_count++] = user;
}

static unsigned users_wanted(const struct opener *o)
{
	unsigned all = atomic_load_explicit(&o->shared->control->users, memory_order_relaxed);

	return all / o->shares + (o->share < all % o->shares);
}

static int64_t open_users(struct opener *o, int64_t now_ns)
{
	unsigned wanted = users_wanted(o);

	if (!user_room(o, wanted))
		return now_ns + NS_PER_S;
	for (unsigned i = 0; i < AT_ONCE; i++) {
		if (o->users_made - o->idle_count >= wanted || o->exhausted)
			return now_ns + NS_PER_MS;
		if (!take_ticket(o))
			return INT64_MAX;
		unsigned user = take_user(o);
		if (!station_call(o->station, now_ns, user))
			return now_ns + NS_PER_MS;
	}
	return now_ns;
}

/* ---- both ---- */

static void follow_control(struct opener *o, int64_t now_ns)
{
	double rate = atomic_load_explicit(&o->shared->control->rate, memory_order_relaxed);

	if (rate == o->rate_seen)
		return;
	o->rate_seen = rate;
	pace_set_rate(&o->pace, rate, now_ns);
}

int64_t opener_run(struct opener *o, int64_t now_ns)
{
	const struct control *c = o->shared->control;

	if (o->exhausted)
		return INT64_MAX;
	follow_control(o, now_ns);
	if (atomic_load_explicit(&c->paused, memory_order_relaxed)) {
		if (o->paused_ns == TIME_NONE)
			o->paused_ns = now_ns;
		return INT64_MAX;
	}
	if (o->paused_ns != TIME_NONE) {
		pace_shift(&o->pace, o->paused_ns, now_ns);
		o->paused_ns = TIME_NONE;
	}
	return o->pace.config.kind == PACE_CONCURRENT ? open_users(o, now_ns) : open_due(o, now_ns);
}
