#include "sim/sipp/steering.h"

#include <math.h>
#include <stdlib.h>

#define HIGHEST_RATE 1e9

void steering_init(struct steering *s, const struct sipp_settings *settings)
{
	*s = (struct steering){ .settings = settings,
		                .rate = settings->rate,
		                .rate_scale = settings->rate_scale,
		                .users = settings->users > 0 ? (unsigned)settings->users : 0,
		                .screen = SCREEN_SCENARIO };
}

/* ---- rate and end ---- */

static void set_users(struct steering *s, double users)
{
	s->users = users < 1 ? 1 : users > 1e6 ? 1000000 : (unsigned)users;
	atomic_store(&s->control->users, s->users);
}

/* SIPp's rule for -l, as at the start (sim.c): a higher rate must not meet the lower one's limit. */
static void follow_rate(struct steering *s, double per_second)
{
	double seconds = s->call_seconds > 1 ? s->call_seconds : 1;

	if (s->calls && !s->settings->config.max_concurrent)
		atomic_store(&s->control->max_concurrent, (uint64_t)(3 * per_second * seconds) + 1);
}

static void set_rate(struct steering *s, double rate)
{
	double period_s = (double)s->settings->rate_period_ns / (double)NS_PER_S;

	s->rate = rate < 0 ? 0 : rate > HIGHEST_RATE ? HIGHEST_RATE : rate;
	atomic_store(&s->control->rate, s->rate / period_s);
	follow_rate(s, s->rate / period_s);
}

static void change_rate(struct steering *s, double steps)
{
	if (s->users)
		set_users(s, s->users + steps * s->rate_scale);
	else
		set_rate(s, s->rate + steps * s->rate_scale);
}

static void end(struct steering *s, enum control_stop first)
{
	int now = atomic_load(&s->control->stop);

	control_stop(s->control, now < (int)first ? first
	                         : now < STOP_NOW ? (enum control_stop)(now + 1)
	                                          : STOP_NOW);
}

/* ---- commands ---- */

static bool number(struct slice text, double *value)
{
	char word[64], *stop;

	if (!text.n || text.n >= sizeof word)
		return false;
	*value = strtod(slice_cstr(text, word, sizeof word), &stop);
	return stop != word && !*stop && isfinite(*value);
}

static bool wrong(struct text *out, struct slice what, const char *wanted)
{
	text_add(out, SLICE_LIT("command '"));
	text_add_terminal(out, what);
	text_addf(out, "': give %s", wanted);
	return false;
}

static bool set_flag(bool *flag, struct slice value, const char *yes, const char *no)
{
	if (!slice_eq_str(value, yes) && !slice_eq_str(value, no))
		return false;
	*flag = slice_eq_str(value, yes);
	return true;
}

static bool set_limit(struct steering *s, double value)
{
	if (value < 0 || value > 1e15)
		return false;
	atomic_store(&s->control->max_concurrent, (uint64_t)value);
	return true;
}

static bool command_set(struct steering *s, struct slice what, struct slice value, struct text *out)
{
	double n = -1;
	bool is_number = number(value, &n) && n >= 0, flag;

	if (slice_eq_str(what, "rate") && is_number)
		set_rate(s, n);
	else if (slice_eq_str(what, "rate-scale") && is_number)
		s->rate_scale = n;
	else if (slice_eq_str(what, "users") && is_number && s->users)
		set_users(s, n);
	else if (slice_eq_str(what, "users"))
		return wrong(out, what, "a number, in a run with -users");
	else if (slice_eq_str(what, "hide") && set_flag(&flag, value, "true", "false"))
		s->show_hidden = !flag;
	else if ((slice_eq_str(what, "display") && set_flag(&flag, value, "ooc", "main")) ||
	         (slice_eq_str(what, "index") && set_flag(&flag, value, "true", "false")))
		; /* requests out of call have no steps to show; steps stand by name */
	else if (!(slice_eq_str(what, "limit") && is_number && set_limit(s, n)))
		return wrong(out, what,
		             "set rate|rate-scale|users|limit NUMBER, set hide true|false, set "
		             "display main|ooc");
	return true;
}

static bool command_trace(struct steering *s, struct slice what, struct slice value,
                          struct text *out)
{
	static const struct {
		const char *name;
		enum sipp_log log;
	} logs[] = {
		{ "error", SIPP_LOG_ERRORS },
		{ "errors", SIPP_LOG_ERRORS },
		{ "logs", SIPP_LOG_ACTIONS },
		{ "messages", SIPP_LOG_MESSAGES },
		{ "shortmessages", SIPP_LOG_SHORT_MESSAGES },
	};

	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
		if (slice_eq_str(what, logs[i].name) && set_flag(&s->log_on, value, "on", "off")) {
			s->log = logs[i].log;
			s->asked |= ASKED_TRACE;
			return true;
		}
	return wrong(out, what, "trace error|logs|messages|shortmessages on|off");
}

static struct slice next_word(struct slice *rest)
{
	struct slice word;

	*rest = slice_trim(*rest);
	if (!slice_split(rest, ' ', &word))
		return SLICE_NONE;
	return word;
}

bool steering_command(struct steering *s, struct slice line, struct text *out)
{
	struct slice rest = line;
	struct slice verb = next_word(&rest), what = next_word(&rest), value = slice_trim(rest);

	if (!s->control)
		return false;
	if (slice_eq_str(verb, "set"))
		return command_set(s, what, value, out);
	if (slice_eq_str(verb, "trace"))
		return command_trace(s, what, value, out);
	if (slice_eq_str(verb, "dump") && slice_eq_str(what, "tasks"))
		s->asked |= ASKED_DUMP_TASKS;
	else if (slice_eq_str(verb, "dump") && slice_eq_str(what, "variables"))
		s->asked |= ASKED_DUMP_VARIABLES;
	else if (slice_eq_str(verb, "reset") && slice_eq_str(what, "stats"))
		s->asked |= ASKED_RESET_STATS;
	else
		return wrong(out, verb, "set, trace, dump tasks|variables or reset stats");
	return true;
}

/* ---- keys ---- */

static bool type(struct steering *s, char key, struct text *out)
{
	if (key == '\n' || key == '\r') {
		s->typing = false;
		return steering_command(s, slice_of(s->command, s->command_length), out);
	}
	if (key == 0x1b)
		s->typing = false;
	else if (key == 0x7f || key == '\b')
		s->command_length -= s->command_length > 0;
	else if (s->command_length < sizeof s->command && key >= ' ')
		s->command[s->command_length++] = key;
	return true;
}

static void plain_key(struct steering *s, char key)
{
	switch (key) {
	case '+': change_rate(s, 1); break;
	case '-':
	case '_': change_rate(s, -1); break;
	case '*': change_rate(s, 10); break;
	case '/': change_rate(s, -10); break;
	case 'p': atomic_store(&s->control->paused, !atomic_load(&s->control->paused)); break;
	case 'q': end(s, STOP_GRACEFUL); break;
	case 'Q': end(s, STOP_CALLS); break;
	case 's': s->asked |= ASKED_SCREEN_DUMP; break;
	case 'c':
		s->typing = true;
		s->command_length = 0;
		break;
	default:
		if (key >= '1' && key <= '9')
			s->screen = (enum screen_kind)(key - '0');
		break;
	}
}

bool steering_key(struct steering *s, char key, struct text *out)
{
	if (!s->control)
		return true;
	s->asked |= ASKED_REDRAW;
	if (s->typing)
		return type(s, key, out);
	plain_key(s, key);
	return true;
}

bool steering_datagram(struct steering *s, struct slice bytes, struct text *out)
{
	bytes = slice_trim(bytes);
	if (!bytes.n || !s->control)
		return true;
	if (bytes.p[0] == 'c')
		return steering_command(s, slice_from(bytes, 1), out);
	plain_key(s, (char)bytes.p[0]);
	return true;
}
