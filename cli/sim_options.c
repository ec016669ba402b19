#include "cli/sim_options.h"

#include "cli/output.h"
#include "cli/sim_units.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* How an option's value becomes a member of struct sim_options. */
enum value_kind { VALUE_FLAG, VALUE_TEXT, VALUE_DURATION, VALUE_COUNT, VALUE_RATE, VALUE_OTHER };

typedef bool take_value(struct sim_options *o, const char *option, char *text, struct err *err);

struct option_row {
	const char *name;
	enum value_kind kind;
	size_t offset; /* VALUE_OTHER: `take` instead */
	take_value *take;
};

static bool bad(struct err *err, const char *option, const char *text, const char *wanted)
{
	return err_set(err, ERR_USAGE, "--%s takes %s, not '%s'", option, wanted, text);
}

/* --- pace --------------------------------------------------------------------------------------------------------- */

static bool only_pace(struct sim_options *o, const char *option, struct err *err)
{
	if (o->pace && strcmp(o->pace, option) != 0)
		return err_set(err, ERR_USAGE,
		               "--%s and --%s are two ways to set the pace: give one of them",
		               o->pace, option);
	o->pace = option;
	return true;
}

static bool take_rate(struct sim_options *o, const char *option, char *text, struct err *err)
{
	o->config.pace.kind = PACE_CONSTANT;
	if (!units_rate(text, &o->config.pace.rate))
		return bad(err, option, text, "calls per time: 200, 200/s, 90/m, 1000/h");
	return only_pace(o, option, err);
}

static bool take_poisson(struct sim_options *o, const char *option, char *text, struct err *err)
{
	o->config.pace.kind = PACE_POISSON;
	if (!units_rate(text, &o->config.pace.rate) || o->config.pace.rate <= 0)
		return bad(err, option, text, "calls per time on average: 200, 90/m");
	return only_pace(o, option, err);
}

#define PARTS_TEXT 128

/* Cuts a copy at ':' into exactly `count` parts. */
static bool parts(const char *whole, char copy[static PARTS_TEXT], char **out, size_t count)
{
	char *text = copy;

	if (snprintf(copy, PARTS_TEXT, "%s", whole) >= PARTS_TEXT)
		return false;
	for (size_t i = 0; i < count; i++) {
		char *colon = strchr(text, ':');
		out[i] = text;
		if (!colon != (i + 1 == count))
			return false;
		if (colon) {
			*colon = '\0';
			text = colon + 1;
		}
	}
	return true;
}

static bool take_ramp(struct sim_options *o, const char *option, char *text, struct err *err)
{
	struct pace_config *p = &o->config.pace;
	char copy[PARTS_TEXT], *part[3];

	p->kind = PACE_RAMP;
	if (!parts(text, copy, part, 3) || !units_rate(part[0], &p->rate) ||
	    !units_rate(part[1], &p->rate_to) || !units_duration(part[2], &p->period_ns) ||
	    p->period_ns <= 0)
		return bad(err, option, text, "FROM:TO:TIME, as 10:200:60s");
	return only_pace(o, option, err);
}

static bool take_steps(struct sim_options *o, const char *option, char *text, struct err *err)
{
	struct pace_config *p = &o->config.pace;
	char copy[PARTS_TEXT], *part[4];

	p->kind = PACE_STEPS;
	if (!parts(text, copy, part, 4) || !units_rate(part[0], &p->rate) ||
	    !units_rate(part[1], &p->step) || !units_duration(part[2], &p->period_ns) ||
	    !units_rate(part[3], &p->rate_to) || p->period_ns <= 0 || p->step <= 0)
		return bad(err, option, text, "FROM:STEP:EVERY:TO, as 10:10:30s:200");
	if (p->rate_to < p->rate)
		return err_set(err, ERR_USAGE, "--steps goes up: its end is below its beginning");
	return only_pace(o, option, err);
}

#define MOST_AT_ONCE 50000000u

static bool take_concurrent(struct sim_options *o, const char *option, char *text, struct err *err)
{
	uint64_t n;

	o->config.pace.kind = PACE_CONCURRENT;
	if (!units_count(text, &n) || n < 1 || n > MOST_AT_ONCE)
		return bad(err, option, text, "how many calls at once");
	o->config.pace.users = (unsigned)n;
	return only_pace(o, option, err);
}

static bool take_workers(struct sim_options *o, const char *option, char *text, struct err *err)
{
	uint64_t n;
	cpu_set_t set;

	o->workers_given = true;
	if (strcmp(text, "auto") == 0) {
		n = sched_getaffinity(0, sizeof set, &set) == 0 ? (uint64_t)CPU_COUNT(&set) : 1;
	} else if (!units_count(text, &n) || n < 1 || n > 1024) {
		return bad(err, option, text, "1 to 1024 threads, or auto");
	}
	o->config.workers = (unsigned)n;
	return true;
}

/* --- who ---------------------------------------------------------------------------------------------------------- */

static bool take_local(struct sim_options *o, const char *option, char *text, struct err *err)
{
	if (!units_endpoint(text, &o->config.local))
		return bad(err, option, text, "an address of this machine, as 192.0.2.7:5060");
	o->config.bind_local = !ip_addr_is_any(o->config.local.addr);
	return true;
}

static bool take_transport(struct sim_options *o, const char *option, char *text, struct err *err)
{
	static const char *const names[] = { "udp", "tcp", "tls" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			o->config.transport = (enum sim_transport)i;
			return true;
		}
	return bad(err, option, text, "udp, tcp or tls");
}

static bool take_sockets(struct sim_options *o, const char *option, char *text, struct err *err)
{
	static const char *const names[] = { "one", "call", "address" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			o->config.sockets = (enum sim_sockets)i;
			return true;
		}
	return bad(err, option, text, "one, call or address");
}

/* --- with what ---------------------------------------------------------------------------------------------------- */

static bool take_set(struct sim_options *o, const char *option, char *text, struct err *err)
{
	bool global = text[0] == '$';
	struct key_value *rows = global ? o->globals : o->keys;
	size_t *count = global ? &o->config.global_count : &o->config.key_count;
	char *equals = strchr(text, '=');

	if (!equals || equals == text + global)
		return bad(err, option, text, "NAME=VALUE");
	if (*count == SIM_MAX_SETS)
		return err_set(err, ERR_USAGE, "more than %d times --set", SIM_MAX_SETS);
	*equals = '\0';
	rows[(*count)++] = (struct key_value){ text + global, equals + 1 };
	return true;
}

static bool take_inject(struct sim_options *o, const char *option, char *text, struct err *err)
{
	(void)option;
	if (o->config.injection_count == SIM_MAX_INJECTIONS)
		return err_set(err, ERR_USAGE, "more than %d times --inject", SIM_MAX_INJECTIONS);
	o->injection[o->config.injection_count++] = (struct injection_file_config){ text, -1 };
	return true;
}

static bool take_ports(struct sim_options *o, const char *option, char *text, struct err *err)
{
	char *dash = strchr(text, '-');
	uint64_t from = 0, to = 0;

	if (!dash || !slice_u64(slice_of(text, (size_t)(dash - text)), UINT16_MAX, &from) ||
	    !slice_u64(slice_str(dash + 1), UINT16_MAX, &to) || from < 1 || to < from + 3)
		return bad(err, option, text, "FROM-TO with four ports at least, as 16384-32767");
	o->config.media.port_min = (uint16_t)from;
	o->config.media.port_max = (uint16_t)to;
	o->config.media.media_port = (uint16_t)from;
	return true;
}

static bool take_impair(struct sim_options *o, const char *option, char *text, struct err *err)
{
	bool of_media = strcmp(option, "impair-media") == 0;

	if (impair_parse(text, of_media ? &o->config.media.impair : &o->config.impair, err))
		return true;
	return err_context(err, "--%s", option);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct sim_options, member)
#define FLAG(name, member)                                                                         \
	{                                                                                          \
		name, VALUE_FLAG, AT(member), NULL                                                 \
	}
#define TEXT(name, member)                                                                         \
	{                                                                                          \
		name, VALUE_TEXT, AT(member), NULL                                                 \
	}
#define DURATION(name, member)                                                                     \
	{                                                                                          \
		name, VALUE_DURATION, AT(member), NULL                                             \
	}
#define COUNT(name, member)                                                                        \
	{                                                                                          \
		name, VALUE_COUNT, AT(member), NULL                                                \
	}
#define RATE(name, member)                                                                         \
	{                                                                                          \
		name, VALUE_RATE, AT(member), NULL                                                 \
	}
#define OTHER(name, take)                                                                          \
	{                                                                                          \
		name, VALUE_OTHER, 0, take                                                         \
	}

static const struct option_row rows[] = {
	TEXT("scenario", scenario),
	TEXT("target", config.target_text),
	OTHER("local", take_local),
	TEXT("to", config.service),
	OTHER("transport", take_transport),
	OTHER("sockets", take_sockets),
	TEXT("interface", config.interface),
	OTHER("rate", take_rate),
	OTHER("ramp", take_ramp),
	OTHER("steps", take_steps),
	OTHER("poisson", take_poisson),
	OTHER("concurrent", take_concurrent),
	FLAG("until-failure", config.pace.search),
	COUNT("calls", config.max_calls),
	COUNT("max-concurrent", config.max_concurrent),
	RATE("max-rate", config.max_rate),
	DURATION("max-duration", config.max_duration_ns),
	DURATION("hold", config.pause_ns),
	DURATION("timeout", config.receive_timeout_ns),
	OTHER("workers", take_workers),
	OTHER("set", take_set),
	OTHER("inject", take_inject),
	TEXT("media", media),
	TEXT("codec", codec),
	TEXT("digits", config.media.digits),
	FLAG("echo", config.media.echo),
	OTHER("rtp-ports", take_ports),
	OTHER("impair", take_impair),
	OTHER("impair-media", take_impair),
	COUNT("seed", config.seed),
	TEXT("tls-cert", config.tls.certificate),
	TEXT("tls-key", config.tls.key),
	TEXT("tls-ca", config.tls.ca),
	TEXT("tls-name", config.tls.server_name),
	FLAG("insecure", config.tls.no_verify),
	TEXT("record", record),
	TEXT("capture", capture),
	FLAG("json", json),
	TEXT("user", config.credentials.username),
	TEXT("auth-uri", config.credentials.auth_uri),
	TEXT("credentials", password_sources.file),
	TEXT("password-file", password_sources.file),
	TEXT("password-env", password_sources.environment),
	TEXT("metrics", metrics),
	FLAG("quiet", quiet),
	FLAG("dry-run", dry_run),
	FLAG("virtual", config.virtual_time),
	TEXT("peer", peer),
	DURATION("latency", config.latency_ns),
};

#define ROWS (sizeof rows / sizeof *rows)

const char *sim_option_name(size_t n, bool *flag)
{
	*flag = n < ROWS && rows[n].kind == VALUE_FLAG;
	return n < ROWS ? rows[n].name : NULL;
}

static bool take(struct sim_options *o, const struct option_row *row, char *text, struct err *err)
{
	void *member = (char *)o + row->offset;

	switch (row->kind) {
	case VALUE_FLAG: *(bool *)member = true; return true;
	case VALUE_TEXT: *(const char **)member = text; return true;
	case VALUE_DURATION:
		return units_duration(text, member) ||
		       bad(err, row->name, text, "a time: 250us, 20ms, 3s, 1.5m, 2h");
	case VALUE_COUNT:
		return units_count(text, member) ||
		       bad(err, row->name, text, "a whole number: 500, 10k, 1M");
	case VALUE_RATE:
		return units_rate(text, member) ||
		       bad(err, row->name, text, "calls per time: 200, 200/s, 90/m");
	default: return row->take(o, row->name, text, err);
	}
}

static void make_longs(struct option longs[static ROWS + 2])
{
	for (size_t i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
			                    rows[i].kind == VALUE_FLAG ? no_argument
			                                               : required_argument,
			                    NULL, 256 + (int)i };
	longs[ROWS] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[ROWS + 1] = (struct option){ 0 };
}

static enum sim_parsed read_all(struct sim_options *o, int argc, char **argv, struct err *err)
{
	struct option longs[ROWS + 2];
	int c;

	make_longs(longs);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":qh", longs, NULL)) != -1) {
		if (c >= 256) {
			if (!take(o, &rows[c - 256], optarg, err))
				return SIM_BAD;
		} else if (c == 'q') {
			o->quiet = true;
		} else if (c == 'h') {
			return output_help(sim_help) == 0 ? SIM_HELP : SIM_BAD;
		} else {
			output_bad_option("sim", c, argv, err);
			return SIM_BAD;
		}
	}
	if (optind == argc)
		return SIM_GO;
	err_set(err, ERR_USAGE,
	        "what is '%s'? The scenario is given by --scenario, who is called by "
	        "--target; try 'milliwatt sim --help'",
	        argv[optind]);
	return SIM_BAD;
}

/* "speech" and PCMA: "speech,codec=PCMA". */
static bool settle_media(struct sim_options *o, struct err *err)
{
	if (o->codec && !o->media)
		return err_set(err, ERR_USAGE, "--codec is of what --media plays: give that too");
	if (!o->media)
		return true;
	text_addf(&o->play, "%s", o->media);
	if (o->codec)
		text_addf(&o->play, ",codec=%s", o->codec);
	o->config.media.play = text_cstr(&o->play);
	return !o->play.failed || err_memory(err, "options");
}

static bool check(const struct sim_options *o, struct err *err)
{
	if (!o->scenario && !o->config.target_text && !o->config.virtual_time)
		return err_set(err, ERR_USAGE,
		               "whom to call? --target HOST[:PORT]; or wait for calls with "
		               "--scenario uas; try 'milliwatt sim --help'");
	if (o->peer && !o->config.virtual_time)
		return err_set(err, ERR_USAGE,
		               "--peer is the other side of a virtual run: it "
		               "goes with --virtual");
	if (o->config.latency_ns && !o->config.virtual_time)
		return err_set(err, ERR_USAGE,
		               "--latency is of the network of a virtual run "
		               "(--virtual); real ones bring their own");
	if (o->config.virtual_time && (o->metrics || o->config.workers > 1))
		return err_set(err, ERR_USAGE,
		               "a virtual run has one worker and is over before "
		               "anybody asks for metrics");
	if (o->config.virtual_time && o->config.pace.search)
		return err_set(err, ERR_USAGE,
		               "--until-failure asks what a machine can do: "
		               "virtual time has none");
	if (!o->config.tls.certificate != !o->config.tls.key)
		return err_set(err, ERR_USAGE, "--tls-cert and --tls-key go together");
	return true;
}

enum sim_parsed sim_options_parse(struct sim_options *o, int argc, char **argv, struct err *err)
{
	*o = (struct sim_options){ 0 };
	text_init(&o->play);
	sim_config_init(&o->config);
	o->config.follow_rfc3261 = true;
	o->config.media.measure = o->config.media.rtcp = true;
	enum sim_parsed parsed = read_all(o, argc, argv, err);
	if (parsed != SIM_GO)
		return parsed;
	if (o->config.virtual_time && !o->workers_given)
		o->config.workers = 1;
	o->config.keys = o->keys;
	o->config.globals = o->globals;
	o->config.injection = o->injection;
	return settle_media(o, err) && check(o, err) ? SIM_GO : SIM_BAD;
}

void sim_options_release(struct sim_options *o)
{
	text_release(&o->play);
	credential_list_free(o->passwords);
}

bool sim_options_settle(struct sim_options *o, bool calls, struct err *err)
{
	struct sim_config *c = &o->config;

	if (!calls && o->pace)
		return err_set(err, ERR_USAGE,
		               "this scenario waits for calls, it makes none: "
		               "--%s means nothing to it",
		               o->pace);
	if (!calls && c->pace.search)
		return err_set(err, ERR_USAGE,
		               "--until-failure is for a scenario that makes "
		               "calls; this one waits for them");
	if (calls && !c->target_text && !c->virtual_time)
		return err_set(err, ERR_USAGE,
		               "whom to call? Give --target HOST[:PORT]; or "
		               "--scenario uas waits for calls");
	if (!calls && !c->local.port && !c->virtual_time)
		c->local.port = 5060;
	/* Nothing said of how many: one, to see that it works. */
	if (calls && !o->pace && !c->pace.search && !c->max_calls && !c->max_duration_ns)
		c->max_calls = 1;
	if (calls && c->max_rate > 0 && !c->pace.search &&
	    (c->pace.rate > c->max_rate || c->pace.rate_to > c->max_rate))
		return err_set(err, ERR_USAGE, "the pace asks for more than --max-rate %g a second",
		               c->max_rate);
	return credentials_fill(&o->password_sources, &c->credentials, &o->passwords, err);
}
