/* What a SIPp command line says: the simulation itself (config), and what only this door does with it: which scenario, which files, which
 * screen. Strings borrow from argv, lists are its own. */
#ifndef SIM_SIPP_SETTINGS_H
#define SIM_SIPP_SETTINGS_H

#include "sim/config.h"

/* The files that grow while a run goes on. */
enum sipp_log {
	SIPP_LOG_MESSAGES,
	SIPP_LOG_SHORT_MESSAGES,
	SIPP_LOG_ERRORS,
	SIPP_LOG_CALL_DEBUG,
	SIPP_LOG_SCREENS,
	SIPP_LOG_ACTIONS,
	SIPP_LOGS
};

struct sipp_log_setting {
	bool wanted; /* -trace_* */
	const char *path; /* -*_file; NULL: SIPp's own name (names.h) */
	bool overwrite; /* -*_overwrite; false: a rotated file gets a name of its own */
};

/* What is asked instead of a run. */
enum sipp_ask { SIPP_ASK_NOTHING, SIPP_ASK_HELP, SIPP_ASK_VERSION, SIPP_ASK_SCENARIO };

struct sipp_settings {
	struct sim_config config;
	enum sipp_ask ask;
	const char *ask_about; /* -h stat; the name of -sd */
	/* scenarios: a file, or the name of an embedded one */
	const char *scenario_file, *scenario_name;
	const char *out_of_call_file, *out_of_call_name;
	const char *receive_file, *receive_name;
	/* addresses as written; resolved by the door */
	const char *local_address, *media_address, *sending_address;
	const char *control_address; /* -ci; NULL: 127.0.0.1 */
	uint16_t control_port; /* -cp; 0: 8888 and up */
	/* files */
	struct sipp_log_setting logs[SIPP_LOGS];
	bool trace_stat, trace_rtt, trace_counts, trace_error_codes;
	const char *stat_path, *stat_delimiter;
	int64_t stat_period_ns, screen_period_ns; /* -fd, -f */
	unsigned rtt_frequency;
	uint64_t max_log_bytes, ring_bytes; /* 0: none */
	unsigned ring_files; /* 0: none */
	bool rfc3339, periodic_rtd;
	/* screen and keys */
	bool background, no_stdin;
	double rate_scale;
	/* what becomes part of config when all options are read */
	double rate, rate_step, rate_max;
	int64_t rate_period_ns, rate_interval_ns; /* interval 0: that of -fd */
	bool no_rate_quit;
	int users; /* -1: not given */
	const char *transport; /* -t, as written */
	const char *user, *password;
	int max_retransmissions, max_invite, max_other; /* -1: not given */
	int64_t reconnect_sleep_ns, timer_resolution_ns;
	int base_cseq;
	/* accepted and without effect: the table says what stands for each */
	int64_t unused_time;
	double unused_number;
	bool unused_flag;
	const char *unused_text;
	/* more than SIPp has */
	const char *record, *capture; /* NULL: none */
	/* lists */
	struct key_value *keys, *globals;
	size_t key_count, global_count;
	struct injection_file_config *injection;
	size_t injection_count;
};

void sipp_settings_init(struct sipp_settings *s);
void sipp_settings_release(struct sipp_settings *s);

#endif
