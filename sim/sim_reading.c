/* Readings while it runs: others' counters, one writer each. */
#include "sim/sim_parts.h"

#include <time.h>

static void add_transport(struct transport_counts *into, const struct transport_counts *from)
{
#define ADD(field) into->field += counter_read(&from->field)
	ADD(sent);
	ADD(received);
	ADD(octets_sent);
	ADD(octets_received);
	ADD(full);
	ADD(overflow);
	ADD(send_errors);
	ADD(connects);
	ADD(connects_failed);
	ADD(accepts);
	ADD(closes);
	ADD(refused);
	ADD(tls_failures);
	ADD(dropped);
	ADD(broken);
	ADD(ports_exhausted);
	ADD(files_exhausted);
#undef ADD
	into->receive_buffer = from->receive_buffer;
	into->send_buffer = from->send_buffer;
	into->channels += __atomic_load_n(&from->channels, __ATOMIC_RELAXED);
}

static void add_media(struct sim_reading *out, const struct media_counts *from)
{
	if (!from)
		return;
#define ADD(field) out->media.field += counter_read(&from->field)
	ADD(rtp_sent);
	ADD(rtp_received);
	ADD(rtp_octets_sent);
	ADD(rtp_octets_received);
	ADD(rtp_dropped);
	ADD(rtp_duplicated);
	ADD(rtcp_sent);
	ADD(rtcp_received);
	ADD(send_errors);
	ADD(overflow);
	ADD(echoed);
	ADD(refused);
	ADD(lost_in);
	ADD(reordered_in);
	ADD(duplicates_in);
	ADD(skipped);
	ADD(srtp_failures);
	ADD(streams_out);
	ADD(streams_in);
#undef ADD
	if (!from->late)
		return;
	out->media.late = &out->media_late;
	latency_merge(&out->media_late, from->late);
}

/* ---- health ---- */

static void add_media_mark(struct health_mark *mark, const struct media_counts *from)
{
	if (!from)
		return;
	mark->media_skipped += counter_read(&from->skipped);
	mark->media_overflow += counter_read(&from->overflow);
}

void health_mark(struct simulation *m, struct health_mark *mark, int64_t now_ns)
{
	*mark = (struct health_mark){ .at_ns = now_ns };
	latency_init(&mark->lag);
	for (unsigned i = 0; i < m->worker_count; i++) {
		const struct worker *w = &m->workers[i];
		int64_t turn = __atomic_load_n(&w->loop.longest_turn_ns, __ATOMIC_RELAXED);
		latency_merge(&mark->lag, &w->opener.lag);
		add_transport(&mark->transport, &w->transport->counts);
		add_media_mark(mark, station_media_counts(w->station));
		mark->late_starts += counter_read(&w->opener.late);
		mark->cpu_ns[i] = atomic_load_explicit(&w->cpu_ns, memory_order_relaxed);
		if (turn > mark->longest_turn_ns)
			mark->longest_turn_ns = turn;
	}
}

static double busiest(const struct health_mark *from, const struct health_mark *to)
{
	double most = 0, length = (double)(to->at_ns - from->at_ns);

	for (unsigned i = 0; length > 0 && i < MOST_WORKERS; i++) {
		double share = (double)(to->cpu_ns[i] - from->cpu_ns[i]) / length;
		most = share > most ? share : most;
	}
	return most < 1 ? most : 1;
}

void health_since(struct simulation *m, const struct health_mark *mark, int64_t now_ns,
                  struct sim_health *out)
{
	struct health_mark now;
	struct latency lag;

	health_mark(m, &now, now_ns);
	latency_since(&lag, &now.lag, &mark->lag);
	*out = (struct sim_health){
		.start_lag_p99_ns = (int64_t)latency_quantile_us(&lag, 0.99) * NS_PER_US,
		.longest_stall_ns =
		        now.longest_turn_ns > mark->longest_turn_ns ? now.longest_turn_ns : 0,
		.late_starts = now.late_starts - mark->late_starts,
		.socket_overflow = now.transport.overflow - mark->transport.overflow,
		.send_full = now.transport.full - mark->transport.full,
		.ports_exhausted = now.transport.ports_exhausted - mark->transport.ports_exhausted,
		.files_exhausted = now.transport.files_exhausted - mark->transport.files_exhausted,
		.media_skipped = now.media_skipped - mark->media_skipped,
		.media_overflow = now.media_overflow - mark->media_overflow,
		.cpu_share = busiest(mark, &now),
	};
	health_judge(out);
}

/* ---- all of it ---- */

static int64_t wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void sim_take_reading(struct simulation *m, struct sim_reading *out)
{
	struct run *r = &m->run;
	struct counters counters = out->counters;
	uint64_t peak = counters.peak; /* as of the reading before */

	*out = (struct sim_reading){ .started_ns = r->started_ns, .now_ns = wall_now() };
	counters_reset(&counters, r->scenario);
	latency_init(&out->media_late);
	out->counters = counters;
	out->target_rate = r->server ? 0 : pace_rate(&m->workers[0].opener.pace, out->now_ns);
	out->stopping = atomic_load(&r->control.stop) != STOP_NO;
	for (unsigned i = 0; i < m->worker_count; i++) {
		struct worker *w = &m->workers[i];
		out->live += atomic_load_explicit(&w->live, memory_order_relaxed);
		counters_merge(&out->counters, &w->counters, r->scenario);
		add_transport(&out->transport, &w->transport->counts);
		add_media(out, station_media_counts(w->station));
	}
	peak = out->live > peak ? out->live : peak;
	if (peak > out->counters.peak)
		out->counters.peak = peak;
	health_since(m, &m->start_mark, out->now_ns, &out->health);
}
