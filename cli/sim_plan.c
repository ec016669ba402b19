#include "cli/sim_plan.h"

#include "cli/sim_units.h"

static void say_pace(const struct pace_config *p, struct text *out)
{
	char time[UNITS_TEXT];

	switch (p->kind) {
	case PACE_CONSTANT: text_addf(out, "%g calls a second", p->rate); break;
	case PACE_POISSON: text_addf(out, "%g calls a second at random", p->rate); break;
	case PACE_CONCURRENT: text_addf(out, "%u calls at all times", p->users); break;
	case PACE_RAMP:
		text_addf(out, "%g to %g calls a second within %s", p->rate, p->rate_to,
		          units_say_duration(p->period_ns, time));
		break;
	case PACE_STEPS:
		text_addf(out, "%g calls a second, %g more every %s, up to %g", p->rate, p->step,
		          units_say_duration(p->period_ns, time), p->rate_to);
	}
	if (p->search)
		text_addf(out, "; looks for the highest rate without a failed call");
}

static void say_limits(const struct sim_config *c, struct text *out)
{
	char n[UNITS_TEXT];

	if (c->max_calls)
		text_addf(out, ", %s calls", units_say_count(c->max_calls, n));
	if (c->max_duration_ns)
		text_addf(out, ", at most %s", units_say_duration(c->max_duration_ns, n));
	if (!c->max_calls && !c->max_duration_ns)
		text_addf(out, ", until ctrl-C");
}

void sim_say_plan(const struct sim_options *o, const struct scenario *scenario,
                  const struct scenario *peer, struct text *out)
{
	static const char *const transports[] = { "UDP", "TCP", "TLS" };
	bool calls = scenario->role == SCENARIO_CLIENT;

	text_addf(out, "Scenario    ");
	text_add_terminal(out, scenario->file);
	text_addf(out, ", %u steps, %s\n", scenario->step_count,
	          calls ? "calls" : "waits for calls");
	if (peer) {
		text_addf(out, "Peer        ");
		text_add_terminal(out, peer->file);
		text_addf(out, ", %u steps, in memory\n", peer->step_count);
	} else if (o->config.target_text) {
		text_addf(out, "Target      ");
		text_add_terminal(out, slice_str(o->config.target_text));
		text_addf(out, " over %s\n", transports[o->config.transport]);
	}
	text_addf(out, "Pace        ");
	if (calls)
		say_pace(&o->config.pace, out);
	else
		text_addf(out, "as they come");
	say_limits(&o->config, out);
	text_addf(out, "; %u worker%s\n", o->config.workers, o->config.workers == 1 ? "" : "s");
	if (o->record)
		text_addf(out, "Records     %s\n", o->record);
	if (o->capture)
		text_addf(out, "Capture     %s\n", o->capture);
	text_addf(out, "Nothing was sent (--dry-run).\n");
}
