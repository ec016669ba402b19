#include "cli/sim_watch.h"

#include "cli/sim_json.h"

#include <math.h>
#include <stdio.h>

bool sim_watch_open(struct sim_watch *w, const struct sim_options *options,
                    const struct scenario *scenario, struct err *err)
{
	text_init(&w->line);
	w->options = options;
	w->scenario = scenario;
	w->second_ns = TIME_NONE;
	for (unsigned i = 0; i < STATUS_CLASSES; i++)
		latency_init(&w->answers[i]);
	if (options->metrics) {
		w->metrics = metrics_open(options->metrics, err);
		if (!w->metrics)
			return false;
	}
	return true;
}

void sim_watch_close(struct sim_watch *w)
{
	sim_screen_close(&w->screen);
	metrics_close(w->metrics);
	w->metrics = NULL;
	text_release(&w->line);
}

static struct sim_second totals(const struct sim_reading *r)
{
	const struct counters *c = &r->counters;

	return (struct sim_second){ .started = c->calls_in + c->calls_out,
		                    .ended = c->ended,
		                    .failed = c->failed,
		                    .retransmissions = c->retransmissions };
}

/* The first answer is of the lowest class there is. */
static void answer_times(struct sim_watch *w, const struct sim_reading *r, struct sim_second *s)
{
	struct latency since;

	s->answer_p50_ms = s->answer_p99_ms = NAN;
	for (unsigned i = STATUS_CLASSES - 1; i >= 1; i--) {
		latency_since(&since, &r->counters.status_time[i], &w->answers[i]);
		w->answers[i] = r->counters.status_time[i];
		if (!since.count)
			continue;
		s->answers = since.count;
		s->answer_p50_ms = (double)latency_quantile_us(&since, 0.5) / 1e3;
		s->answer_p99_ms = (double)latency_quantile_us(&since, 0.99) / 1e3;
	}
}

static void record_second(struct sim_watch *w, const struct sim_reading *r,
                          const struct sim_second *s)
{
	struct record_sim_interval row = {
		.run_id = 1,
		.start_us = clock_us(s->start_ns),
		.calls_started = (int64_t)s->started,
		.calls_ended = (int64_t)s->ended,
		.calls_failed = (int64_t)s->failed,
		.concurrent = (int64_t)r->live,
		.retransmissions = (int64_t)s->retransmissions,
		.rtt_p50_ms = s->answer_p50_ms,
		.rtt_p99_ms = s->answer_p99_ms,
		.rate = r->target_rate,
	};

	if (w->recorder)
		recorder_interval(w->recorder, s->end_ns, &row);
}

static void second_over(struct sim_watch *w, const struct sim_reading *r)
{
	struct sim_second now = totals(r), second = {
		.start_ns = w->second_ns,
		.end_ns = r->now_ns,
		.started = now.started - w->before.started,
		.ended = now.ended - w->before.ended,
		.failed = now.failed - w->before.failed,
		.retransmissions = now.retransmissions - w->before.retransmissions,
	};

	answer_times(w, r, &second);
	w->before = now;
	w->second_ns = r->now_ns;
	record_second(w, r, &second);
	w->last = second;
	sim_screen_draw(&w->screen, r, &second);
	if (w->options->json) {
		text_reset(&w->line);
		sim_json_second(r, &second, &w->line);
		w->unread |= fwrite(text_cstr(&w->line), 1, w->line.n, stdout) != w->line.n ||
		             fflush(stdout) != 0;
	}
}

void sim_watch_end(struct sim_watch *w, const struct sim_reading *reading)
{
	if (w->second_ns != TIME_NONE && reading->now_ns > w->second_ns)
		second_over(w, reading);
	sim_screen_close(&w->screen);
}

void sim_watch_tick(struct sim_watch *w, const struct sim_reading *reading, struct control *control)
{
	if (w->second_ns == TIME_NONE) {
		w->second_ns = reading->started_ns;
		sim_screen_open(&w->screen, w->options, w->scenario);
	}
	if (w->unread || (w->recorder && recorder_failed(w->recorder)))
		control_stop(control, STOP_CALLS);
	if (w->redraw)
		sim_screen_draw(&w->screen, reading, &w->last);
	w->redraw = sim_screen_keys(&w->screen, reading, control);
	if (w->metrics)
		metrics_serve(w->metrics, reading);
	if (reading->now_ns - w->second_ns >= NS_PER_S)
		second_over(w, reading);
}
