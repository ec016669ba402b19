/* From settings to a simulation. */
#include "sim/sipp/setup.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/transport/resolve.h"
#include "sim/transport/socket_address.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_PORT  5060
#define DEFAULT_PORTS 60 /* as many are tried */

static void finish_pace(struct sipp_settings *s)
{
	struct pace_config *pace = &s->config.pace;
	double periods_per_second = (double)NS_PER_S / (double)s->rate_period_ns;

	pace->kind = PACE_CONSTANT;
	pace->rate = s->rate * periods_per_second;
	if (s->rate_step > 0) {
		pace->kind = PACE_STEPS;
		pace->step = s->rate_step * periods_per_second;
		pace->rate_to = s->rate_max * periods_per_second; /* 0: no end */
		pace->period_ns = s->rate_interval_ns ? s->rate_interval_ns : s->stat_period_ns;
		pace->quit_at_top = s->rate_max > 0 && !s->no_rate_quit;
	}
	if (s->users > 0) {
		pace->kind = PACE_CONCURRENT;
		pace->users = (unsigned)s->users;
	}
}

static int smaller(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static void finish_tls(struct sipp_settings *s)
{
	struct tls_config *tls = &s->config.tls;

	tls->no_verify = !tls->ca;
	/* SIPp's own names, where they are. */
	if (!tls->certificate && access("cacert.pem", R_OK) == 0)
		tls->certificate = "cacert.pem";
	if (!tls->key && tls->certificate && access("cakey.pem", R_OK) == 0)
		tls->key = "cakey.pem";
}

bool sipp_settings_finish(struct sipp_settings *s, struct err *err)
{
	struct sim_config *c = &s->config;

	if (s->rate_period_ns <= 0)
		return err_set(err, ERR_USAGE, "'-rp 0': a rate needs a period");
	if (s->rate < 0)
		return err_set(err, ERR_USAGE, "'-r %g': a rate is 0 or more", s->rate);
	if (s->stat_period_ns <= 0 || s->screen_period_ns <= 0)
		return err_set(err, ERR_USAGE, "'%s 0': a period is more than nothing",
		               s->stat_period_ns <= 0 ? "-fd" : "-f");
	if ((c->master || c->slave) && !c->slave_cfg)
		return err_set(err, ERR_USAGE, "'-%s' needs '-slave_cfg FILE' beside it",
		               c->master ? "master" : "slave");
	finish_pace(s);
	finish_tls(s);
	c->max_retransmissions = smaller(s->max_retransmissions, s->max_other);
	c->max_invite_retransmissions = smaller(s->max_retransmissions, s->max_invite);
	c->reconnect_sleep_ms = (int)(s->reconnect_sleep_ns / NS_PER_MS);
	if (s->timer_resolution_ns)
		c->timer_resolution_ms = (unsigned)(s->timer_resolution_ns / NS_PER_MS);
	c->base_cseq = s->base_cseq > 0 ? (uint32_t)s->base_cseq : 0;
	c->credentials.username = s->user ? s->user : c->service;
	c->credentials.password = s->password ? s->password : "password";
	c->keys = s->keys;
	c->key_count = s->key_count;
	c->globals = s->globals;
	c->global_count = s->global_count;
	c->injection = s->injection;
	c->injection_count = s->injection_count;
	return true;
}

/* ---- scenarios ---- */

static struct scenario *read_one(const char *path, const char *name,
                                 const struct scenario_setting *setting, struct err *err)
{
	if (path)
		return sipp_xml_read(path, setting, err);
	const char *xml = builtin_scenario(name);
	if (!xml) {
		err_set(err, ERR_USAGE,
		        "no embedded scenario '%s'; 'milliwatt sipp -h' names them, '-sf FILE' "
		        "reads yours",
		        name);
		return NULL;
	}
	return sipp_xml_parse(slice_str(xml), name, setting, err);
}

static void tell_loud(const char *file, const struct scenario_notes *notes, struct text *out)
{
	for (size_t i = 0; out && i < notes->count; i++)
		if (notes->all[i].loud)
			text_addf(out, "%s:%u: %s\n", file, notes->all[i].line, notes->all[i].text);
}

static bool read_told(struct scenario **into, const char *path, const char *name,
                      struct scenario_setting setting, struct text *out, struct err *err)
{
	struct scenario_notes notes = { 0 };

	if (!path && !name)
		return true;
	setting.notes = &notes;
	*into = read_one(path, name, &setting, err);
	if (*into)
		tell_loud(path ? path : name, &notes, out);
	mem_free(notes.all);
	return *into;
}

bool sipp_files_check(const struct sipp_settings *s, struct err *err)
{
	for (size_t i = 0; i < s->injection_count; i++)
		if (access(s->injection[i].path, R_OK) != 0)
			return err_set(err, ERR_IO, "cannot open '%s': %s", s->injection[i].path,
			               strerror(errno));
	return true;
}

bool sipp_scenarios_read(const struct sipp_settings *s, struct sipp_scenarios *out,
                         struct text *notes, struct err *err)
{
	struct slice *keys = mem_alloc((s->key_count + 1) * sizeof *keys);

	*out = (struct sipp_scenarios){ 0 };
	if (!keys)
		return err_memory(err, "the command line");
	for (size_t i = 0; i < s->key_count; i++)
		keys[i] = slice_str(s->keys[i].key);
	const struct scenario_setting setting = { .keys = keys, .key_count = s->key_count };
	const char *name = s->scenario_name ? s->scenario_name : "uac";
	bool ok = read_told(&out->main, s->scenario_file, name, setting, notes, err) &&
	          read_told(&out->out_of_call, s->out_of_call_file, s->out_of_call_name, setting,
	                    notes, err) &&
	          read_told(&out->receive, s->receive_file, s->receive_name, setting, notes, err);
	mem_free(keys);
	if (!ok)
		sipp_scenarios_free(out);
	return ok;
}

void sipp_scenarios_free(struct sipp_scenarios *scenarios)
{
	scenario_free(scenarios->main);
	scenario_free(scenarios->out_of_call);
	scenario_free(scenarios->receive);
	*scenarios = (struct sipp_scenarios){ 0 };
}

/* ---- addresses ---- */

bool sipp_addresses_resolve(struct sipp_settings *s, struct err *err)
{
	struct sim_config *c = &s->config;
	struct endpoint found;
	uint16_t default_port = c->transport == SIM_TLS ? DEFAULT_PORT + 1 : DEFAULT_PORT;
	int family = AF_UNSPEC;

	if (s->local_address) {
		if (!resolve_now(s->local_address, 0, AF_UNSPEC, &found, err))
			return err_context(err, "-i");
		c->local.addr = found.addr;
		family = socket_family(found.addr);
	}
	if (c->target_text && !resolve_now(c->target_text, default_port, family, &c->target, err))
		return false;
	/* As SIPp: without an address it is IPv4, unless the target says otherwise. */
	if (!s->local_address && (!c->target_text || ip_addr_is_v4(c->target.addr)))
		c->local.addr = ip_addr_v4((const uint8_t[4]){ 0 });
	if (s->sending_address &&
	    !resolve_now(s->sending_address, default_port, family, &c->sending_address, err))
		return err_context(err, "-rsa");
	if (s->media_address) {
		if (!resolve_now(s->media_address, 0, AF_UNSPEC, &found, err))
			return err_context(err, "-mi");
		c->media.address = found.addr;
	}
	return true;
}

/* The workers share a port (SO_REUSEPORT), and so would a stranger of the same user: who binds without it finds out. */
static int try_bind(const struct sim_config *c, uint16_t port)
{
	union socket_address address;
	const bool datagrams = c->transport == SIM_UDP;
	const int on = 1;
	struct endpoint at = { c->local.addr, port };

	socklen_t length = socket_address_of(at, &address);
	int fd = socket(address.any.sa_family,
	                (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (!datagrams)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	int failed = bind(fd, &address.any, length) == 0 ? 0 : errno;
	if (!failed && !datagrams && listen(fd, 1) != 0)
		failed = errno;
	close(fd);
	return failed;
}

bool sipp_port_choose(struct sim_config *config, bool *in_use, struct err *err)
{
	char where[IP_ADDR_TEXT];
	uint16_t wanted = config->local.port;
	unsigned tries = wanted ? 1 : DEFAULT_PORTS;
	int failed = 0;

	for (unsigned i = 0; i < tries; i++) {
		uint16_t port = wanted ? wanted : (uint16_t)(DEFAULT_PORT + i);
		failed = try_bind(config, port);
		if (!failed) {
			config->local.port = port;
			return true;
		}
		if (failed != EADDRINUSE)
			break;
	}
	if (!wanted && failed == EADDRINUSE)
		return true; /* all taken: the system chooses */
	*in_use = failed == EADDRINUSE;
	ip_addr_format(config->local.addr, where);
	return err_set(err, ERR_IO, "cannot listen at %s port %u: %s", where,
	               wanted ? wanted : DEFAULT_PORT, strerror(failed));
}

int sipp_exit_code(const struct sim_result *result)
{
	const struct counters *c = &result->last.counters;

	if (result->exit_code)
		return result->exit_code;
	/* Ctrl-C is no failure: calls that it cut off do not count. */
	if (result->interrupted)
		return c->failed > c->failures[FAILURE_STOPPED] ? SIPP_EXIT_FAILED : SIPP_EXIT_OK;
	if (c->failed)
		return SIPP_EXIT_FAILED;
	if (c->succeeded)
		return SIPP_EXIT_OK;
	return result->timed_out ? SIPP_EXIT_INTERNAL : SIPP_EXIT_NO_CALLS;
}
