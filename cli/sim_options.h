/* The command line of `milliwatt sim`. */
#ifndef CLI_SIM_OPTIONS_H
#define CLI_SIM_OPTIONS_H

#include "base/text.h"
#include "sim/auth/credentials.h"
#include "sim/config.h"

#define SIM_MAX_SETS       256
#define SIM_MAX_INJECTIONS 32

/* Borrows argv, which it changes (name=value is cut at the '='). */
struct sim_options {
	struct sim_config config;
	const char *scenario, *peer; /* file, or name of an embedded one; peer: of a virtual run */
	const char *record, *capture, *metrics;
	const char *media, *codec;
	bool json, quiet, dry_run, workers_given, calls_given;
	struct key_value keys[SIM_MAX_SETS], globals[SIM_MAX_SETS];
	struct injection_file_config injection[SIM_MAX_INJECTIONS];
	const char *pace; /* the option that said the pace; NULL: none did */
	struct text play; /* config.media.play */
	struct credential_sources password_sources;
	struct credential_list *passwords; /* NULL: no file was read */
};

enum sim_parsed { SIM_GO, SIM_HELP, SIM_BAD };

/* SIM_HELP: was printed. SIM_BAD: err. In all cases sim_options_release(). */
enum sim_parsed sim_options_parse(struct sim_options *o, int argc, char **argv, struct err *err);
void sim_options_release(struct sim_options *o);

/* The scenario is a client: it will call. Fills in what only then is wrong or missing. */
bool sim_options_settle(struct sim_options *o, bool calls, struct err *err);

extern const char sim_help[];

/* The names of all options, without --, one after the other; NULL behind the last. *flag: it takes no value. */
const char *sim_option_name(size_t n, bool *flag);

#endif
