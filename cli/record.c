#include "cli/record.h"

#include "base/mem.h"
#include "cli/record_ring.h"
#include "cli/record_sink.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

/* A worker without packets may still have one on its way that is so much older than the newest of the others. */
#define BEHIND_NS   (100 * NS_PER_MS)
#define POLL_NS     NS_PER_MS
#define QUIET_POLLS 100 /* nothing new for so long: nobody has anything older */

enum entry_kind { ENTRY_PACKET, ENTRY_CALL, ENTRY_INTERVAL };

struct tapped_packet {
	struct endpoint src, dst;
	uint32_t transport;
	uint8_t octets[];
};

struct told_call {
	struct truth_call
	        call; /* its texts but the scenario's stand behind: Call-ID, failure, digits */
	uint8_t octets[];
};

struct worker_tap {
	struct tap tap; /* first */
	struct recorder *recorder;
	struct record_ring ring;
};

struct recorder {
	struct record_sink sink;
	struct truth truth;
	bool synchronous, has_thread;
	pthread_t thread;
	_Atomic bool failed, ending;
	unsigned count; /* of taps; in real time the last one is the main thread's */
	struct worker_tap *taps[];
};

/* --- workers' side ------------------------------------------------------------------------------------------------ */

static void note_failure(struct recorder *r)
{
	if (r->sink.failed)
		atomic_store_explicit(&r->failed, true, memory_order_relaxed);
}

static void hear_packet(struct tap *tap, const struct tap_packet *p)
{
	struct worker_tap *w = (struct worker_tap *)(void *)tap;
	struct recorder *r = w->recorder;

	if (r->synchronous) {
		record_sink_packet(&r->sink, p);
		note_failure(r);
		return;
	}
	struct tapped_packet *t =
	        record_ring_reserve(&w->ring, ENTRY_PACKET, p->time_ns, sizeof *t + p->bytes.n);
	if (!t)
		return;
	t->src = p->src;
	t->dst = p->dst;
	t->transport = p->transport;
	if (p->bytes.n)
		memcpy(t->octets, p->bytes.p, p->bytes.n);
	record_ring_commit(&w->ring);
}

static uint8_t *append(uint8_t *to, struct slice s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

static void hear_call(void *context, unsigned worker, const struct truth_call *call)
{
	struct recorder *r = context;

	if (r->synchronous) {
		record_sink_call(&r->sink, call);
		note_failure(r);
		return;
	}
	struct record_ring *ring = &r->taps[worker]->ring;
	size_t octets = call->sip_call_id.n + call->failure_text.n + call->digits_sent.n;
	struct told_call *t =
	        record_ring_reserve(ring, ENTRY_CALL, call->ended_ns, sizeof *t + octets);
	if (!t)
		return;
	t->call = *call;
	append(append(append(t->octets, call->sip_call_id), call->failure_text), call->digits_sent);
	record_ring_commit(ring);
}

void recorder_interval(struct recorder *r, int64_t now_ns,
                       const struct record_sim_interval *interval)
{
	if (r->synchronous) {
		record_sink_interval(&r->sink, interval);
		note_failure(r);
		return;
	}
	struct record_ring *ring = &r->taps[r->count - 1]->ring;
	struct record_sim_interval *row =
	        record_ring_reserve(ring, ENTRY_INTERVAL, now_ns, sizeof *row);
	if (!row)
		return;
	*row = *interval;
	record_ring_commit(ring);
}

/* --- the recorder's side ------------------------------------------------------------------------------------------ */

static struct slice take(const uint8_t **from, struct slice was)
{
	struct slice s = was.p ? slice_of(*from, was.n) : SLICE_NONE;

	*from += was.n;
	return s;
}

static void give_call(struct recorder *r, const struct told_call *t)
{
	struct truth_call call = t->call;
	const uint8_t *octets = t->octets;

	call.sip_call_id = take(&octets, call.sip_call_id);
	call.failure_text = take(&octets, call.failure_text);
	call.digits_sent = take(&octets, call.digits_sent);
	record_sink_call(&r->sink, &call);
}

static void give_packet(struct recorder *r, const struct record_entry *e)
{
	const struct tapped_packet *t = record_entry_octets(e);
	struct tap_packet packet = { e->time_ns, t->src, t->dst, (enum tap_transport)t->transport,
		                     slice_of(t->octets, e->length - sizeof *t) };

	record_sink_packet(&r->sink, &packet);
}

static void give(struct recorder *r, const struct record_entry *e)
{
	switch ((enum entry_kind)e->kind) {
	case ENTRY_PACKET: give_packet(r, e); break;
	case ENTRY_CALL: give_call(r, record_entry_octets(e)); break;
	case ENTRY_INTERVAL: record_sink_interval(&r->sink, record_entry_octets(e)); break;
	}
	note_failure(r);
}

/* The ring whose next entry is the oldest; NULL: all are empty. *some_empty: of the workers' rings. */
static struct record_ring *oldest(struct recorder *r, bool *some_empty)
{
	struct record_ring *best = NULL;
	int64_t best_ns = INT64_MAX;

	*some_empty = false;
	for (unsigned i = 0; i < r->count; i++) {
		struct record_ring *ring = &r->taps[i]->ring;
		const struct record_entry *e = record_ring_front(ring);
		if (!e)
			*some_empty |= i + 1 < r->count;
		else if (!best || e->time_ns < best_ns)
			best = ring, best_ns = e->time_ns;
	}
	return best;
}

static int64_t newest(const struct recorder *r)
{
	int64_t ns = INT64_MIN;

	for (unsigned i = 0; i + 1 < r->count; i++) {
		int64_t its =
		        atomic_load_explicit(&r->taps[i]->ring.newest_ns, memory_order_relaxed);
		ns = its > ns ? its : ns;
	}
	return ns;
}

/* Everything that may be given now without overtaking what a worker may still have. */
static void empty_rings(struct recorder *r, bool all)
{
	struct record_ring *ring;
	bool some_empty;

	while ((ring = oldest(r, &some_empty))) {
		const struct record_entry *e = record_ring_front(ring);
		if (!all && some_empty && r->count > 2 && e->time_ns > newest(r) - BEHIND_NS)
			return;
		give(r, e);
		record_ring_drop(ring);
	}
}

static void *record(void *context)
{
	struct recorder *r = context;
	const struct timespec poll = { 0, POLL_NS };
	int64_t seen = INT64_MIN;
	unsigned quiet = 0;

	while (!atomic_load_explicit(&r->ending, memory_order_acquire)) {
		quiet = newest(r) == seen ? quiet + 1 : 0;
		seen = newest(r);
		empty_rings(r, quiet > QUIET_POLLS);
		nanosleep(&poll, NULL);
	}
	empty_rings(r, true);
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

#define MAIN_RING_OCTETS (1u << 20)

static bool add_tap(struct recorder *r, unsigned i)
{
	struct worker_tap *w = mem_zalloc(sizeof *w);
	size_t octets = r->sink.options.ring_octets;

	if (!w)
		return false;
	w->tap.packet = hear_packet;
	w->recorder = r;
	r->taps[i] = w;
	if (r->synchronous)
		return true;
	if (!octets)
		octets = RECORD_RING_OCTETS;
	return record_ring_init(&w->ring, i + 1 < r->count ? octets : MAIN_RING_OCTETS);
}

/* Signals are the main thread's. */
static bool start(struct recorder *r, struct err *err)
{
	sigset_t all, before;

	if (r->synchronous)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&r->thread, NULL, record, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return err_set(err, ERR_IO, "cannot start the recorder: %s", strerror(error));
	r->has_thread = true;
	return true;
}

static bool open_all(struct recorder *r, struct err *err)
{
	for (unsigned i = 0; i < r->count; i++)
		if (!add_tap(r, i))
			return err_memory(err, "the recorder");
	return start(r, err);
}

struct recorder *recorder_new(const struct record_options *options, struct err *err)
{
	unsigned count = options->synchronous ? 1 : options->workers + 1;
	struct recorder *r = mem_zalloc(sizeof *r + count * sizeof *r->taps);

	if (!r) {
		err_memory(err, "the recorder");
		return NULL;
	}
	r->synchronous = options->synchronous;
	r->truth = (struct truth){ r, hear_call };
	if (!record_sink_open(&r->sink, options, err)) {
		mem_free(r);
		return NULL;
	}
	r->count = count;
	if (open_all(r, err))
		return r;
	recorder_free(r);
	return NULL;
}

static void join(struct recorder *r)
{
	if (!r->has_thread)
		return;
	atomic_store_explicit(&r->ending, true, memory_order_release);
	pthread_join(r->thread, NULL);
	r->has_thread = false;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	join(r);
	for (unsigned i = 0; i < r->count; i++)
		if (r->taps[i]) {
			record_ring_release(&r->taps[i]->ring);
			mem_free(r->taps[i]);
		}
	record_sink_release(&r->sink);
	mem_free(r);
}

struct tap *recorder_tap(struct recorder *r, unsigned worker)
{
	return &r->taps[r->synchronous ? 0 : worker]->tap;
}

const struct truth *recorder_truth(struct recorder *r)
{
	return &r->truth;
}

bool recorder_failed(const struct recorder *r)
{
	return atomic_load_explicit(&r->failed, memory_order_relaxed);
}

static uint64_t lost(const struct recorder *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < r->count; i++)
		n += atomic_load_explicit(&r->taps[i]->ring.lost, memory_order_relaxed);
	return n;
}

uint64_t recorder_drain(struct recorder *r)
{
	join(r);
	return lost(r);
}

void recorder_steps(struct recorder *r, const struct scenario *scenario,
                    const struct counters *counters)
{
	record_sink_steps(&r->sink, scenario, counters);
}

bool recorder_finish(struct recorder *r, struct slice note, int64_t finished_us, struct err *err)
{
	join(r);
	return record_sink_finish(&r->sink, note, lost(r), finished_us, err);
}
