#include "sim/sipp/screen.h"

#include "sim/sipp/names.h"

#include <inttypes.h>
#include <stdio.h>

#define WIDTH 79

static void add_rule(struct text *out, const char *title)
{
	static const char dashes[] = "-----------------------------------------------------------"
	                             "---------------------------------------------------------";
	size_t n = strlen(title) + 2;
	size_t left = n < WIDTH ? (WIDTH - n) / 2 : 0;
	size_t right = n + left < WIDTH ? WIDTH - n - left : 0;

	text_addf(out, "%.*s %s %.*s\n", (int)left, dashes, title, (int)right, dashes);
}

static const char *transport_name(enum sim_transport transport)
{
	return transport == SIM_UDP ? "UDP" : transport == SIM_TCP ? "TCP" : "TLS";
}

/* ---- scenario ---- */

static void add_head(struct text *out, const struct screen_view *v)
{
	const struct sim_reading *r = v->reading;
	const struct counters *c = &r->counters;
	double seconds = (double)(r->now_ns - r->started_ns) / (double)NS_PER_S;
	uint64_t calls = c->calls_in + c->calls_out;
	char target[ENDPOINT_TEXT];

	if (v->scenario->role == SCENARIO_SERVER) {
		text_addf(out, "  Port   Total-time  Total-calls  Transport\n");
		text_addf(out, "  %-5u  %8.2f s  %11" PRIu64 "  %s\n", v->config->local.port,
		          seconds, calls, transport_name(v->config->transport));
		return;
	}
	endpoint_format(v->config->target, target);
	if (v->users)
		text_addf(out,
		          "  Users (length)       Port   Total-time  Total-calls  Remote-host\n"
		          "  %u (%" PRId64 " ms)",
		          v->users, v->config->pause_ns / NS_PER_MS);
	else
		text_addf(out,
		          "  Call rate (length)   Port   Total-time  Total-calls  Remote-host\n"
		          "  %.1f(%" PRId64 " ms)/%.3fs",
		          v->rate, v->config->pause_ns / NS_PER_MS,
		          (double)v->settings->rate_period_ns / (double)NS_PER_S);
	text_addf(out, "   %-5u  %8.2f s  %11" PRIu64 "  %s(%s)\n", v->config->local.port, seconds,
	          calls, target, transport_name(v->config->transport));
}

static void add_state(struct text *out, const struct screen_view *v)
{
	const struct counters *c = &v->reading->counters;
	const struct transport_counts *t = &v->reading->transport;
	double seconds = (double)(v->now->at_ns - v->before->at_ns) / (double)NS_PER_S;
	char limit[32] = "";

	if (v->limit)
		snprintf(limit, sizeof limit, " (limit %" PRIu64 ")", v->limit);
	text_addf(out, "\n  %" PRIu64 " new calls during %.3f s period%s\n",
	          v->now->in + v->now->out - v->before->in - v->before->out, seconds,
	          v->paused ? ", paused" : "");
	text_addf(out, "  %" PRIu64 " calls%s, peak was %" PRIu64 " calls\n", v->now->live, limit,
	          c->peak);
	text_addf(out,
	          "  %" PRIu64 " dead call msg, %" PRIu64 " out-of-call msg; %u open sockets\n",
	          c->dead_call, c->out_of_call, t->channels);
	text_addf(out,
	          "  send errors %" PRIu64 ", refused %" PRIu64 ", send buffer full %" PRIu64
	          ", lost in our receive buffer %" PRIu64 "\n\n",
	          t->send_errors, t->refused, t->full, t->overflow);
}

static void add_rtd_marks(struct text *out, const struct scenario *s, uint64_t bits, char mark)
{
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (bits & (uint64_t)1 << i)
			text_addf(out, " %c-RTD%.*s", mark, SLICE_ARG(s->rtd[i].name));
}

static void add_step_counts(struct text *out, const struct step *step,
                            const struct step_counters *c)
{
	switch (step->kind) {
	case STEP_SEND:
		text_addf(out, "%-9" PRIu64 " %-9" PRIu64 " ", c->sent, c->retransmitted);
		if (step->retrans_ms)
			text_addf(out, "%-9" PRIu64, c->timeouts);
		break;
	case STEP_RECV:
		text_addf(out, "%-9" PRIu64 " %-9" PRIu64 " %-9" PRIu64 " %-9" PRIu64, c->received,
		          c->received_again, c->timeouts, c->unexpected);
		break;
	default:
		text_addf(out, "%-9" PRIu64 " %-9s %-9s %-9" PRIu64, c->sessions, "", "",
		          c->unexpected);
		break;
	}
	if (step->lost_percent >= 0)
		text_addf(out, "  lost %" PRIu64, c->lost);
}

static void add_step(struct text *out, const struct screen_view *v, unsigned i)
{
	const struct scenario *s = v->scenario;
	const struct step *step = &s->steps[i];
	struct text name;

	text_init(&name);
	if (step->display.n)
		text_add_terminal(&name, step->display);
	else
		step_print(s, i, &name);
	text_addf(out, "  %14s ", text_cstr(&name));
	text_release(&name);
	size_t from = out->n;
	text_addf(out, "%s",
	          step->kind == STEP_SEND   ? "---------->"
	          : step->kind == STEP_RECV ? "<----------"
	                                    : "");
	add_rtd_marks(out, s, step->start_rtd, 'B');
	add_rtd_marks(out, s, step->stop_rtd, 'E');
	text_addf(out, "%*s ", (int)(out->n - from < 20 ? 20 - (out->n - from) : 0), "");
	add_step_counts(out, step, &v->reading->counters.steps[i]);
	text_addf(out, "\n%s", step->crlf ? "\n" : "");
}

static void add_scenario(struct text *out, const struct screen_view *v)
{
	add_rule(out, "Scenario Screen [1-9]: Change Screen");
	add_head(out, v);
	add_state(out, v);
	text_addf(out, "%38s%-9s %-9s %-9s %s\n", "", "Messages", "Retrans", "Timeout",
	          "Unexpected-Msg");
	for (unsigned i = 0; i < v->scenario->step_count; i++) {
		if (v->scenario->steps[i].hide && !v->show_hidden)
			continue;
		add_step(out, v, i);
		if (v->scenario->steps[i].hiderest && !v->show_hidden)
			break;
	}
}

/* ---- statistics ---- */

static const char line[] = "-------------------------+---------------------------+----------------"
                           "----------\n";

static void add_when(struct text *out, const char *label, int64_t ns, bool rfc3339)
{
	text_addf(out, "  %-22s | ", label);
	sipp_add_time(out, ns, rfc3339);
	text_add(out, SLICE_LIT("\n"));
}

static void add_pair(struct text *out, const char *label, uint64_t now, uint64_t before)
{
	text_addf(out, "  %-22.40s | %8" PRIu64 "                  | %8" PRIu64 "\n", label,
	          now - before, now);
}

static void add_spans(struct text *out, const char *label, int64_t periodic_ns, int64_t total_ns)
{
	text_addf(out, "  %-22.40s | ", label);
	sipp_add_elapsed(out, periodic_ns, true);
	text_add(out, SLICE_LIT("           | "));
	sipp_add_elapsed(out, total_ns, true);
	text_add(out, SLICE_LIT("\n"));
}

static void add_mean(struct text *out, const char *label, const struct moments *now,
                     const struct moments *before)
{
	add_spans(out, label, (int64_t)(moments_mean_us(now, before) * 1e3),
	          (int64_t)(moments_mean_us(now, NULL) * 1e3));
}

static void add_quantiles(struct text *out, const struct latency *l)
{
	if (!l->count)
		return;
	text_addf(out, "  %-22s | p50 %.3f  p95 %.3f  p99 %.3f  max %.3f ms\n", "",
	          (double)latency_quantile_us(l, 0.5) / 1e3,
	          (double)latency_quantile_us(l, 0.95) / 1e3,
	          (double)latency_quantile_us(l, 0.99) / 1e3, (double)l->max_us / 1e3);
}

static void add_calls(struct text *out, const struct screen_view *v)
{
	const struct stat_values *now = v->now, *before = v->before;

	add_spans(out, "Elapsed Time", now->at_ns - before->at_ns, now->at_ns - v->start->at_ns);
	text_addf(out, "  %-22s | %8.3f cps              | %8.3f cps\n", "Call Rate",
	          stat_call_rate(now, before), stat_call_rate(now, v->start));
	text_addf(out, "%s", line);
	add_pair(out, "Incoming calls created", now->in, before->in);
	add_pair(out, "Outgoing calls created", now->out, before->out);
	text_addf(out, "  %-22s |                           | %8" PRIu64 "\n",
	          "Total Calls created", now->in + now->out);
	text_addf(out, "  %-22s | %8" PRIu64 "                  |\n", "Current Calls", now->live);
	text_addf(out, "%s", line);
	if (v->scenario->counter_count) {
		for (unsigned i = 0; i < v->scenario->counter_count; i++) {
			char label[64];
			snprintf(label, sizeof label, "Counter %.*s",
			         SLICE_ARG(v->scenario->counters[i].name));
			add_pair(out, label, now->named[i], before->named[i]);
		}
		text_addf(out, "%s", line);
	}
	add_pair(out, "Successful call", now->succeeded, before->succeeded);
	add_pair(out, "Failed call", now->failed, before->failed);
	for (unsigned i = 0; i < STAT_REASONS; i++)
		if (now->reasons[i]) {
			char label[40];
			snprintf(label, sizeof label, "  %s", stat_reason_names[i]);
			add_pair(out, label, now->reasons[i], before->reasons[i]);
		}
	text_addf(out, "%s", line);
}

static void add_statistics(struct text *out, const struct screen_view *v)
{
	const struct scenario *s = v->scenario;
	bool rfc3339 = v->settings->rfc3339;

	add_rule(out, "Statistics Screen [1-9]: Change Screen");
	add_when(out, "Start Time", v->start->at_ns, rfc3339);
	add_when(out, "Last Reset Time", v->before->at_ns, rfc3339);
	add_when(out, "Current Time", v->now->at_ns, rfc3339);
	text_addf(out, "%s  %-22s | %-25s | %s\n%s", line, "Counter Name", "Periodic value",
	          "Cumulative value", line);
	add_calls(out, v);
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i)) {
			char label[64];
			snprintf(label, sizeof label, "Response Time %.*s",
			         SLICE_ARG(s->rtd[i].name));
			add_mean(out, label, &v->now->rtd[i], &v->before->rtd[i]);
			add_quantiles(out, &v->reading->counters.rtd[i]);
		}
	add_mean(out, "Call Length", &v->now->length, &v->before->length);
}

/* ---- repartition ---- */

static void add_buckets(struct text *out, const char *title, const struct stat_buckets *b,
                        const unsigned *bounds, unsigned count)
{
	unsigned from = 0;

	count = stat_bounds(count);
	text_addf(out, "  %s\n", title);
	if (!count)
		text_add(out, SLICE_LIT("    the scenario names no bounds\n"));
	for (unsigned i = 0; i < count; from = bounds[i++])
		text_addf(out, "    %10u ms <= n < %10u ms : %10" PRIu64 "\n", from, bounds[i],
		          b->below[i]);
	if (count)
		text_addf(out, "    %14sn >= %10u ms : %10" PRIu64 "\n", "", from, b->below[count]);
}

static void add_repartition(struct text *out, const struct screen_view *v, unsigned nth)
{
	const struct scenario *s = v->scenario;
	char title[96];

	snprintf(title, sizeof title,
	         nth ? "Repartition %u Screen [1-9]: Change Screen"
	             : "Repartition Screen [1-9]: Change Screen",
	         nth + 1);
	add_rule(out, title);
	for (unsigned i = 0, used = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i) && used++ == nth) {
			snprintf(title, sizeof title, "Average Response Time Repartition %.*s",
			         SLICE_ARG(s->rtd[i].name));
			add_buckets(out, title, &v->now->rtd_buckets[i], s->response_bounds_ms,
			            s->response_bound_count);
		}
	if (!nth)
		add_buckets(out, "Average Call Length Repartition", &v->now->length_buckets,
		            s->length_bounds_ms, s->length_bound_count);
}

/* ---- variables ---- */

static void add_variables(struct text *out, const struct screen_view *v)
{
	static const char *const scopes[] = { "call", "user", "global" };
	const struct scenario *s = v->scenario;

	add_rule(out, "Variables Screen [1-9]: Change Screen");
	for (unsigned i = 0; i < s->step_count; i++)
		if (s->steps[i].action_count) {
			struct text name;
			text_init(&name);
			step_print(s, i, &name);
			text_addf(out, "  step %-4u %-24s %u action%s\n", i, text_cstr(&name),
			          s->steps[i].action_count,
			          s->steps[i].action_count == 1 ? "" : "s");
			text_release(&name);
		}
	for (unsigned i = 0; i < s->variable_count; i++)
		text_addf(out, "  $%-30.*s %-6s used %u times\n", SLICE_ARG(s->variables[i].name),
		          scopes[s->variables[i].scope], s->variables[i].uses);
	if (!s->variable_count)
		text_add(out, SLICE_LIT("  the scenario has no variables\n"));
}

static void add_tdm(struct text *out, const struct screen_view *v)
{
	add_rule(out, "TDM Map Screen [1-9]: Change Screen");
	text_addf(out, "  %s\n", v->config->tdmmap ? v->config->tdmmap : "no -tdmmap was given");
}

/* ---- all ---- */

void screen_add(struct text *out, const struct screen_view *v, enum screen_kind kind)
{
	switch (kind) {
	case SCREEN_SCENARIO: add_scenario(out, v); break;
	case SCREEN_STATISTICS: add_statistics(out, v); break;
	case SCREEN_REPARTITION: add_repartition(out, v, 0); break;
	case SCREEN_VARIABLES: add_variables(out, v); break;
	case SCREEN_TDM: add_tdm(out, v); break;
	default: add_repartition(out, v, (unsigned)(kind - SCREEN_REPARTITION_2) + 1); break;
	}
	if (v->last_error[0])
		text_addf(out, "Last Error: %.66s\n", v->last_error);
	add_rule(out, v->footer);
}

void screen_add_all(struct text *out, const struct screen_view *v)
{
	unsigned rtds = 0;

	for (unsigned i = 0; i < v->scenario->rtd_count; i++)
		rtds += stat_rtd_used(v->scenario, i);
	screen_add(out, v, SCREEN_SCENARIO);
	screen_add(out, v, SCREEN_STATISTICS);
	screen_add(out, v, SCREEN_REPARTITION);
	for (unsigned i = 1; i < rtds && i < 5; i++)
		screen_add(out, v, (enum screen_kind)(SCREEN_REPARTITION_2 + i - 1));
	if (v->scenario->variable_count)
		screen_add(out, v, SCREEN_VARIABLES);
}
