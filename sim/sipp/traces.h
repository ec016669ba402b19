/* The log files of SIPp (-trace_msg, -trace_shortmsg, -trace_err, -trace_logs, -trace_calldebug, -trace_rtt, -trace_error_codes) as
 * struct trace: what workers tell is put into SIPp's form and written. */
#ifndef SIM_SIPP_TRACES_H
#define SIM_SIPP_TRACES_H

#include "sim/engine/trace.h"
#include "sim/sipp/log_file.h"
#include "sim/sipp/settings.h"

#include <stdatomic.h>

#define TRACES_ERROR      256
#define TRACES_MOST_CODES 4096 /* of one period; more are counted, not written */

struct traces {
	const struct sipp_settings *settings;
	const struct scenario *scenario;
	struct trace trace;
	struct log_file
	        logs[SIPP_LOGS]; /* messages .. actions; screens are written by the screen */
	atomic_bool opened[SIPP_LOGS]; /* set when the file can be written: workers look */
	struct log_file rtt;
	bool rtt_opened;
	int64_t started_ns;
	pthread_mutex_t lock; /* of what is below */
	struct text rtt_lines;
	unsigned rtt_count;
	uint16_t codes[TRACES_MOST_CODES];
	unsigned code_count;
	uint64_t errors; /* all of the run */
	char first_error[512], last_error[TRACES_ERROR]; /* as a terminal may show them */
};

/* Files of process `process_id` and this scenario. */
bool traces_open(struct traces *t, const struct sipp_settings *settings,
                 const struct scenario *scenario, int64_t process_id, struct err *err);
/* Moves what is buffered to the files. */
void traces_flush(struct traces *t);
/* trace LOG on|off of the keys: opens what was not wanted at the start. False: it cannot be opened. */
bool traces_switch(struct traces *t, enum sipp_log log, bool on, int64_t process_id,
                   struct err *err);
/* Into the error log, without being an error: what `dump` asks for. */
void traces_note(struct traces *t, int64_t time_ns, struct slice text);
/* The last error as a terminal may show it; "" where there was none. */
void traces_last_error(struct traces *t, char *into, size_t size);
/* Takes the status codes since the last question: "200,404,". */
void traces_take_codes(struct traces *t, struct text *out);
/* False: err, the first file that could not be written. */
bool traces_close(struct traces *t, struct err *err);

/* A message as the logs have it. */
void message_log_text(struct text *out, const struct traced_message *m, bool rfc3339);
void short_message_text(struct text *out, const struct traced_message *m, bool rfc3339);

#endif
