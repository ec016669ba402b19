/* The window of a track: order of sequence out of order of arrival, and a clock that does not leap. What is in order goes on to player.c. */
#include "analyzer/audio/player.h"
#include "base/duration.h"
#include "base/mem.h"

#define CLOCK_BACK_NS                                                                              \
	(500 * NS_PER_MS) /* arrivals go back by no more; else the capture's clock was set */
#define CLOCK_FORWARD_NS (3600 * NS_PER_S) /* nor forward */
#define CLOCK_STEP_NS    (10 * NS_PER_S) /* what such a leap counts for */

struct held_packet {
	bool is_held;
	struct track_packet packet; /* payload: in octets */
	uint8_t *octets;
	size_t capacity;
};

struct track {
	struct player player;
	struct err *err;
	int64_t next_number; /* the one in turn */
	uint64_t lost; /* numbers given up since the last packet played */
	int64_t arrival_ns; /* of the newest packet, as captured */
	int64_t shift_ns; /* what leaps of the capture's clock are made up for by */
	unsigned held;
	bool begun;
	struct held_packet window[TRACK_WINDOW]; /* number modulo TRACK_WINDOW */
};

struct track *track_new(track_sink *sink, void *context, struct err *err)
{
	struct track *t = mem_zalloc(sizeof *t);

	if (!t) {
		err_memory(err, "the sound of a stream");
		return NULL;
	}
	t->player.timeline.sink = sink;
	t->player.timeline.context = context;
	t->err = err;
	return t;
}

void track_free(struct track *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < TRACK_WINDOW; i++)
		mem_free(t->window[i].octets);
	player_release(&t->player);
	mem_free(t);
}

const struct track_counts *track_counts(const struct track *t)
{
	return &t->player.counts;
}

/* A capture's clock that is set, or one frame with a broken date, must neither tear a call apart nor make hours of silence. */
static int64_t steady_time(struct track *t, int64_t time_ns)
{
	int64_t step = t->begun ? duration_between(t->arrival_ns, time_ns) : 0;

	if (step < -CLOCK_BACK_NS)
		t->shift_ns = duration_after(t->shift_ns, -step);
	else if (step > CLOCK_FORWARD_NS)
		t->shift_ns = duration_after(t->shift_ns, CLOCK_STEP_NS - step);
	t->arrival_ns = time_ns;
	return duration_after(time_ns, t->shift_ns);
}

/* --- in turn --------------------------------------------------------------------------------------------------- */

static struct held_packet *slot_of(struct track *t, int64_t number)
{
	return &t->window[(uint64_t)number % TRACK_WINDOW];
}

static bool play(struct track *t, const struct track_packet *packet)
{
	uint64_t lost = t->lost;

	t->lost = 0;
	t->next_number++;
	return player_play(&t->player, packet, lost, t->err);
}

/* The number in turn: played if it is held, else given up. */
static bool pass_one(struct track *t)
{
	struct held_packet *h = slot_of(t, t->next_number);

	if (h->is_held) {
		h->is_held = false;
		t->held--;
		return play(t, &h->packet);
	}
	t->lost++;
	t->player.counts.lost++;
	t->next_number++;
	return true;
}

static bool pass_until(struct track *t, int64_t number)
{
	while (t->next_number < number && t->held)
		if (!pass_one(t))
			return false;
	if (t->next_number < number) {
		uint64_t missing = (uint64_t)(number - t->next_number);
		t->lost += missing;
		t->player.counts.lost += missing;
		t->next_number = number;
	}
	return true;
}

static bool pass_ready(struct track *t)
{
	while (t->held && slot_of(t, t->next_number)->is_held)
		if (!pass_one(t))
			return false;
	return true;
}

static bool pass_all(struct track *t)
{
	while (t->held)
		if (!pass_one(t))
			return false;
	return true;
}

/* --- out of turn ----------------------------------------------------------------------------------------------- */

static struct slice bounded(struct slice payload)
{
	return slice_sub(payload, 0, TRACK_PAYLOAD_MAX);
}

static bool hold(struct track *t, const struct track_packet *packet)
{
	struct held_packet *h = slot_of(t, packet->number);
	struct slice payload = bounded(packet->payload);

	if (h->is_held) /* the same number twice, which nobody should give us */
		return true;
	if (payload.n > h->capacity) {
		void *grown = mem_resize(h->octets, payload.n);
		if (!grown)
			return err_memory(t->err, "the sound of a stream");
		h->octets = grown;
		h->capacity = payload.n;
	}
	if (payload.n)
		memcpy(h->octets, payload.p, payload.n);
	h->packet = *packet;
	h->packet.payload = slice_of(h->octets, payload.n);
	h->is_held = true;
	t->held++;
	return true;
}

/* Whoever waits too long for those before it does so no more. */
static bool pass_overdue(struct track *t, int64_t now_ns)
{
	for (int64_t number = t->next_number; t->held && number < t->next_number + TRACK_WINDOW;
	     number++) {
		const struct held_packet *h = slot_of(t, number);
		if (!h->is_held)
			continue;
		if (duration_between(h->packet.time_ns, now_ns) < TRACK_HOLD_NS)
			return true;
		if (!pass_until(t, number) || !pass_ready(t))
			return false;
	}
	return true;
}

static bool take_ahead(struct track *t, const struct track_packet *packet)
{
	return pass_until(t, packet->number - (TRACK_WINDOW - 1)) && pass_ready(t) &&
	       (packet->number == t->next_number ? play(t, packet) : hold(t, packet));
}

static bool begin(struct track *t, const struct track_packet *packet)
{
	if (!pass_all(t))
		return false;
	t->begun = true;
	t->next_number = packet->number;
	t->lost = 0;
	return true;
}

bool track_push(struct track *t, const struct track_packet *packet)
{
	struct track_packet steady = *packet;

	steady.time_ns = steady_time(t, packet->time_ns);
	steady.payload = bounded(packet->payload);
	if (t->held && !pass_overdue(t, steady.time_ns))
		return false;
	if ((!t->begun || packet->restart) && !begin(t, packet))
		return false;
	if (packet->number < t->next_number) {
		t->player.counts.late++;
		return true;
	}
	if (packet->number == t->next_number)
		return play(t, &steady) && pass_ready(t);
	return take_ahead(t, &steady);
}

bool track_finish(struct track *t)
{
	return pass_all(t);
}

bool track_check(const struct track *t)
{
	unsigned held = 0;

	for (size_t i = 0; i < TRACK_WINDOW; i++) {
		const struct held_packet *h = &t->window[i];
		held += h->is_held;
		if (h->capacity > TRACK_PAYLOAD_MAX)
			return false;
		if (h->is_held && (h->packet.number < t->next_number ||
		                   h->packet.number >= t->next_number + TRACK_WINDOW))
			return false;
	}
	return held == t->held;
}
