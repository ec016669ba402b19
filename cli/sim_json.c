#include "cli/sim_json.h"

#include <inttypes.h>
#include <math.h>

static void add_uint(struct text *out, const char *name, uint64_t value)
{
	text_addf(out, ", \"%s\": %" PRIu64, name, value);
}

static void add_real(struct text *out, const char *name, double value)
{
	if (isfinite(value))
		text_addf(out, ", \"%s\": %.6g", name, value);
	else
		text_addf(out, ", \"%s\": null", name);
}

static void add_text(struct text *out, const char *name, struct slice value)
{
	text_addf(out, ", \"%s\": \"", name);
	text_add_json(out, value);
	text_addf(out, "\"");
}

void sim_json_second(const struct sim_reading *r, const struct sim_second *s, struct text *out)
{
	text_addf(out, "{\"type\": \"second\", \"start_us\": %" PRId64, clock_us(s->start_ns));
	add_real(out, "seconds", (double)(s->end_ns - s->start_ns) / 1e9);
	add_real(out, "rate_wanted", r->target_rate);
	add_uint(out, "calls_started", s->started);
	add_uint(out, "calls_ended", s->ended);
	add_uint(out, "calls_failed", s->failed);
	add_uint(out, "concurrent", r->live);
	add_uint(out, "retransmissions", s->retransmissions);
	add_real(out, "answer_p50_ms", s->answer_p50_ms);
	add_real(out, "answer_p99_ms", s->answer_p99_ms);
	add_uint(out, "rtp_sent", r->media.rtp_sent);
	add_uint(out, "rtp_received", r->media.rtp_received);
	add_real(out, "cpu_share", r->health.cpu_share);
	text_addf(out, ", \"limited\": %s}\n", r->health.limited ? "true" : "false");
}

static void add_latency(struct text *out, const struct latency *l)
{
	static const struct {
		const char *name;
		double share;
	} quantiles[] = { { "p50_ms", 0.5 }, { "p95_ms", 0.95 }, { "p99_ms", 0.99 } };

	text_addf(out, "{\"count\": %" PRIu64, l->count);
	for (unsigned i = 0; i < 3; i++)
		add_real(out, quantiles[i].name,
		         l->count ? (double)latency_quantile_us(l, quantiles[i].share) / 1e3 : NAN);
	add_real(out, "max_ms", l->count ? (double)l->max_us / 1e3 : NAN);
	text_addf(out, "}");
}

static void add_latencies(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;

	text_addf(out, ", \"status_times\": {");
	for (unsigned i = 1, n = 0; i < STATUS_CLASSES; i++)
		if (c->status_time[i].count) {
			text_addf(out, "%s\"%uxx\": ", n++ ? ", " : "", i);
			add_latency(out, &c->status_time[i]);
		}
	text_addf(out, "}, \"response_times\": {");
	for (unsigned i = 0; i < e->scenario->rtd_count && c->rtd; i++) {
		text_addf(out, "%s\"", i ? ", " : "");
		text_add_json(out, e->scenario->rtd[i].name);
		text_addf(out, "\": ");
		add_latency(out, &c->rtd[i]);
	}
	text_addf(out, "}, \"call_length\": ");
	add_latency(out, &c->call_length);
	text_addf(out, ", \"start_lag\": ");
	add_latency(out, &c->start_lag);
}

static void add_failures(const struct counters *c, struct text *out)
{
	unsigned n = 0;

	text_addf(out, ", \"failures\": {");
	for (unsigned i = 1; i < FAILURES; i++)
		if (c->failures[i])
			text_addf(out, "%s\"%s\": %" PRIu64, n++ ? ", " : "",
			          call_failure_name((enum call_failure)i), c->failures[i]);
	text_addf(out, "}");
}

static void add_steps(const struct scenario *s, const struct counters *c, struct text *out)
{
	struct text label;

	text_init(&label);
	text_addf(out, ", \"steps\": [");
	for (unsigned i = 0; i < s->step_count && c->steps; i++) {
		const struct step_counters *n = &c->steps[i];
		text_reset(&label);
		step_print(s, i, &label);
		text_addf(out, "%s{\"step\": %u", i ? ", " : "", i);
		add_text(out, "label", slice_str(text_cstr(&label)));
		add_uint(out, "sent", n->sent);
		add_uint(out, "received", n->received);
		add_uint(out, "again", n->retransmitted + n->received_again);
		add_uint(out, "timeouts", n->timeouts);
		add_uint(out, "unexpected", n->unexpected);
		add_uint(out, "failed", n->failed);
		text_addf(out, "}");
	}
	text_addf(out, "]");
	text_release(&label);
}

static void add_health(const struct sim_ended *e, struct text *out)
{
	const struct sim_health *h = &e->result->last.health;

	text_addf(out, ", \"health\": {\"limited\": %s", h->limited ? "true" : "false");
	add_text(out, "why", slice_str(h->why));
	add_real(out, "start_lag_p99_ms", (double)h->start_lag_p99_ns / 1e6);
	add_real(out, "longest_stall_ms", (double)h->longest_stall_ns / 1e6);
	add_real(out, "cpu_share", h->cpu_share);
	add_uint(out, "late_starts", h->late_starts);
	add_uint(out, "socket_overflow", h->socket_overflow);
	add_uint(out, "send_full", h->send_full);
	add_uint(out, "media_overflow", h->media_overflow);
	add_uint(out, "media_skipped", h->media_skipped);
	add_uint(out, "unrecorded", e->unrecorded);
	text_addf(out, "}");
}

static void add_media(const struct media_counts *m, struct text *out)
{
	text_addf(out, ", \"media\": {\"rtp_sent\": %" PRIu64, m->rtp_sent);
	add_uint(out, "rtp_received", m->rtp_received);
	add_uint(out, "rtp_dropped", m->rtp_dropped);
	add_uint(out, "rtp_not_sent", m->skipped);
	add_uint(out, "lost_in", m->lost_in);
	add_uint(out, "rtcp_sent", m->rtcp_sent);
	add_uint(out, "rtcp_received", m->rtcp_received);
	if (m->late) {
		text_addf(out, ", \"send_error\": ");
		add_latency(out, m->late);
	}
	text_addf(out, "}");
}

void sim_json_end(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	enum sim_verdict verdict = sim_verdict(e);
	struct text sentence;

	text_init(&sentence);
	sim_report_verdict(e, &sentence);
	text_addf(out, "{\"type\": \"end\", \"verdict\": \"%s\", \"exit_code\": %d",
	          sim_verdict_name(verdict), (int)verdict);
	add_text(out, "text", slice_str(text_cstr(&sentence)));
	add_real(out, "seconds", e->seconds);
	add_uint(out, "calls", c->calls_in + c->calls_out);
	add_uint(out, "succeeded", c->succeeded);
	add_uint(out, "failed", c->failed);
	add_uint(out, "peak", c->peak);
	add_uint(out, "messages_sent", c->messages_out);
	add_uint(out, "messages_received", c->messages_in);
	add_uint(out, "retransmissions", c->retransmissions);
	if (e->options->config.pace.search) {
		add_real(out, "highest_rate", e->result->search.highest_rate);
		add_real(out, "failing_rate", e->result->search.failing_rate);
	}
	add_failures(c, out);
	add_latencies(e, out);
	add_steps(e->scenario, c, out);
	add_media(&e->result->last.media, out);
	add_health(e, out);
	text_addf(out, "}\n");
	text_release(&sentence);
}
