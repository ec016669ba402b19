#include "cli/sim_report.h"

#include "cli/sim_units.h"

#include <inttypes.h>
#include <stdio.h>

static const char *count(uint64_t n, char buf[static UNITS_TEXT])
{
	return units_say_count(n, buf);
}

/* Calls that we cut off ourselves at the end say nothing of the target. */
static uint64_t stopped(const struct counters *c)
{
	return c->failures[FAILURE_STOPPED];
}

static uint64_t failed(const struct counters *c)
{
	return c->failed - (stopped(c) < c->failed ? stopped(c) : c->failed);
}

/* --- the verdict -------------------------------------------------------------------------------------------------- */

enum sim_verdict sim_verdict(const struct sim_ended *e)
{
	const struct sim_result *r = e->result;
	const struct counters *c = &r->last.counters;

	if (r->interrupted)
		return SIM_INTERRUPTED;
	if (r->last.health.limited || e->unrecorded)
		return SIM_LIMITED;
	if (e->options->config.pace.search && r->search.highest_rate > 0)
		return SIM_SUCCEEDED;
	if (failed(c) || !c->succeeded || r->exit_code)
		return SIM_CALLS_FAILED;
	return SIM_SUCCEEDED;
}

const char *sim_verdict_name(enum sim_verdict v)
{
	switch (v) {
	case SIM_SUCCEEDED: return "succeeded";
	case SIM_CALLS_FAILED: return "failed";
	case SIM_LIMITED: return "limited";
	case SIM_INTERRUPTED: return "interrupted";
	default: return "cannot-run";
	}
}

static void say_limited(const struct sim_ended *e, struct text *out)
{
	char n[UNITS_TEXT];

	if (e->result->last.health.limited)
		text_addf(out, "this machine, not the target, was the limit: %s",
		          e->result->last.health.why);
	if (e->result->last.health.limited && e->unrecorded)
		text_addf(out, "; and ");
	if (e->unrecorded)
		text_addf(out,
		          "the recorder could not keep up: %s packets are missing in the records",
		          count(e->unrecorded, n));
}

static void say_search(const struct sim_search_result *s, struct text *out)
{
	text_addf(out, "%.4g calls a second were sustained without a failed call", s->highest_rate);
	if (s->failing_rate > 0)
		text_addf(out, "; at %.4g: %s", s->failing_rate, s->why);
}

static void say_failed(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	char a[UNITS_TEXT], b[UNITS_TEXT];

	if (failed(c))
		text_addf(out, "%s of %s calls failed", count(failed(c), a), count(c->ended, b));
	else if (c->succeeded)
		text_addf(out, "the scenario ended the run with code %d", e->result->exit_code);
	else if (c->calls_in + c->calls_out)
		text_addf(out, "no call came to its end");
	else
		text_addf(out, e->scenario->role == SCENARIO_SERVER ? "no call came"
		                                                    : "no call was made");
}

void sim_report_verdict(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	char n[UNITS_TEXT];

	switch (sim_verdict(e)) {
	case SIM_INTERRUPTED:
		text_addf(out, "interrupted; %s calls had failed until then", count(failed(c), n));
		break;
	case SIM_LIMITED: say_limited(e, out); break;
	case SIM_CALLS_FAILED: say_failed(e, out); break;
	default:
		if (e->options->config.pace.search)
			say_search(&e->result->search, out);
		else
			text_addf(out, stopped(c) ? "every call that came to its end succeeded"
			                          : "every call succeeded");
	}
	if (e->result->note[0])
		text_addf(out, " (%s)", e->result->note);
}

/* --- the summary -------------------------------------------------------------------------------------------------- */

static void say_calls(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	char made[UNITS_TEXT], good[UNITS_TEXT], bad[UNITS_TEXT], cut[UNITS_TEXT], peak[UNITS_TEXT];

	text_addf(out, "Calls       %s %s, %s succeeded, %s failed",
	          count(c->calls_in + c->calls_out, made),
	          e->scenario->role == SCENARIO_SERVER ? "answered" : "made",
	          count(c->succeeded, good), count(failed(c), bad));
	if (stopped(c))
		text_addf(out, ", %s cut off at the end", count(stopped(c), cut));
	text_addf(out, "; at most %s at once\n", count(c->peak, peak));
	if (e->seconds > 0)
		text_addf(out, "Rate        %.4g calls a second on average over %.4g s\n",
		          (double)(c->calls_in + c->calls_out) / e->seconds, e->seconds);
}

static void say_messages(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	char sent[UNITS_TEXT], received[UNITS_TEXT], again[UNITS_TEXT];

	text_addf(out, "Messages    %s sent, %s received, %s retransmitted\n",
	          count(c->messages_out, sent), count(c->messages_in, received),
	          count(c->retransmissions, again));
}

static void say_latency(const char *name, const struct latency *l, struct text *out)
{
	if (!l->count)
		return;
	text_addf(out, "%-11s p50 %.4g ms, p95 %.4g ms, p99 %.4g ms, longest %.4g ms\n", name,
	          (double)latency_quantile_us(l, 0.5) / 1e3,
	          (double)latency_quantile_us(l, 0.95) / 1e3,
	          (double)latency_quantile_us(l, 0.99) / 1e3, (double)l->max_us / 1e3);
}

static void say_latencies(const struct sim_ended *e, struct text *out)
{
	const struct counters *c = &e->result->last.counters;
	char name[48];

	for (unsigned i = 1; i < STATUS_CLASSES; i++) {
		char class[8] = { (char)('0' + i), 'x', 'x', '\0' };
		say_latency(class, &c->status_time[i], out);
	}
	for (unsigned i = 0; i < e->scenario->rtd_count && c->rtd; i++) {
		char rtd[24];
		slice_cstr(e->scenario->rtd[i].name, rtd, sizeof rtd);
		snprintf(name, sizeof name, "Time %s", rtd);
		say_latency(name, &c->rtd[i], out);
	}
	say_latency("Whole call", &c->call_length, out);
	if (e->scenario->role == SCENARIO_CLIENT)
		say_latency("Start lag", &c->start_lag, out);
}

static void say_media(const struct media_counts *m, struct text *out)
{
	char sent[UNITS_TEXT], received[UNITS_TEXT], lost[UNITS_TEXT];

	if (!m->rtp_sent && !m->rtp_received)
		return;
	text_addf(out, "RTP         %s sent, %s received, %s of those lost on the way\n",
	          count(m->rtp_sent, sent), count(m->rtp_received, received),
	          count(m->lost_in, lost));
	if (m->late)
		say_latency("Send error", m->late, out);
}

static void say_failures(const struct counters *c, struct text *out)
{
	char n[UNITS_TEXT];

	for (unsigned i = 1; i < FAILURES; i++)
		if (c->failures[i])
			text_addf(out, "  %12s  %s (%s)\n", count(c->failures[i], n),
			          call_failure_text((enum call_failure)i),
			          call_failure_name((enum call_failure)i));
}

void sim_report_steps(const struct scenario *s, const struct counters *c, struct text *out)
{
	struct text name;
	char line[64];

	text_init(&name);
	text_addf(out, "Step                             sent    received  again  timeouts  "
	               "unexpected\n");
	for (unsigned i = 0; i < s->step_count && c->steps; i++) {
		const struct step_counters *n = &c->steps[i];
		text_reset(&name);
		step_print(s, i, &name);
		slice_cstr(slice_str(text_cstr(&name)), line, 25);
		text_addf(out, "%3u ", i);
		text_add_terminal(out, slice_str(line));
		text_addf(out,
		          "%*s%10" PRIu64 "  %10" PRIu64 " %6" PRIu64 "  %8" PRIu64 "  %10" PRIu64
		          "\n",
		          (int)(25 - strlen(line)), "", n->sent, n->received,
		          n->retransmitted + n->received_again, n->timeouts, n->unexpected);
	}
	text_release(&name);
}

void sim_report(const struct sim_ended *e, struct text *out)
{
	sim_report_steps(e->scenario, &e->result->last.counters, out);
	text_addf(out, "\n");
	say_calls(e, out);
	say_messages(e, out);
	say_latencies(e, out);
	say_media(&e->result->last.media, out);
	say_failures(&e->result->last.counters, out);
	if (e->reasons)
		sim_reasons_say(e->reasons, out);
	text_addf(out, "\nVerdict: ");
	sim_report_verdict(e, out);
	text_addf(out, "\n");
}
