#include "sim/sipp/traces.h"

#include "sim/sipp/names.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *ending;
	const char *title;
	bool at_once;
	bool limited; /* -max_log_size, -ringbuffer_* */
} kinds[SIPP_LOGS] = {
	[SIPP_LOG_MESSAGES] = { "messages.log", NULL, true, true },
	[SIPP_LOG_SHORT_MESSAGES] = { "shortmessages.log", NULL, true, true },
	[SIPP_LOG_ERRORS] = { "errors.log", "The following events occurred:\n", false, true },
	[SIPP_LOG_CALL_DEBUG] = { "calldebug.log", NULL, true, true },
	[SIPP_LOG_SCREENS] = { "screen.log", NULL, true, false },
	[SIPP_LOG_ACTIONS] = { "logs.log", NULL, true, false },
};

static void write_text(struct log_file *log, struct text *line)
{
	if (!line->failed)
		log_file_write(log, slice_of(text_cstr(line), line->n));
	text_release(line);
}

/* ---- what workers tell ---- */

static void on_message(void *context, const struct traced_message *m)
{
	struct traces *t = context;
	struct text line;

	if (t->opened[SIPP_LOG_MESSAGES]) {
		text_init(&line);
		message_log_text(&line, m, t->settings->rfc3339);
		write_text(&t->logs[SIPP_LOG_MESSAGES], &line);
	}
	if (t->opened[SIPP_LOG_SHORT_MESSAGES]) {
		text_init(&line);
		short_message_text(&line, m, t->settings->rfc3339);
		write_text(&t->logs[SIPP_LOG_SHORT_MESSAGES], &line);
	}
}

/* The first line of it, as a terminal may show it. */
static void keep_short(char *into, size_t size, struct slice text)
{
	struct text shown;
	struct slice line = SLICE_NONE;

	slice_line(&text, &line);
	text_init(&shown);
	text_add_terminal(&shown, line);
	slice_cstr(slice_str(text_cstr(&shown)), into, size);
	text_release(&shown);
}

static void note_error(struct traces *t, struct slice text)
{
	pthread_mutex_lock(&t->lock);
	if (!t->errors++)
		keep_short(t->first_error, sizeof t->first_error, text);
	keep_short(t->last_error, sizeof t->last_error, text);
	pthread_mutex_unlock(&t->lock);
}

static void on_error(void *context, int64_t time_ns, const struct traced_call *call,
                     struct slice text)
{
	struct traces *t = context;
	struct text line;

	text_init(&line);
	sipp_add_time(&line, time_ns, t->settings->rfc3339);
	text_add(&line, SLICE_LIT(": "));
	size_t from = line.n;
	if (call) {
		text_add(&line, SLICE_LIT("Call-Id: "));
		text_add(&line, call->call_id);
		text_add(&line, SLICE_LIT(", "));
	}
	text_add(&line, text);
	note_error(t, slice_from(slice_of(text_cstr(&line), line.n), from));
	text_add(&line, SLICE_LIT("\n"));
	if (t->opened[SIPP_LOG_ERRORS])
		write_text(&t->logs[SIPP_LOG_ERRORS], &line);
	else
		text_release(&line);
}

static void on_log(void *context, int64_t time_ns, const struct traced_call *call,
                   struct slice text)
{
	static const char warning[] = "Warning: ";
	struct traces *t = context;
	struct text line;

	(void)call;
	if (slice_starts(text, warning)) {
		on_error(context, time_ns, NULL, slice_from(text, sizeof warning - 1));
		return;
	}
	if (!t->opened[SIPP_LOG_ACTIONS])
		return;
	text_init(&line);
	text_add(&line, text);
	text_add(&line, SLICE_LIT("\n"));
	write_text(&t->logs[SIPP_LOG_ACTIONS], &line);
}

void traces_note(struct traces *t, int64_t time_ns, struct slice text)
{
	struct text line;

	if (!t->opened[SIPP_LOG_ERRORS])
		return;
	text_init(&line);
	sipp_add_time(&line, time_ns, t->settings->rfc3339);
	text_add(&line, SLICE_LIT(": "));
	text_add(&line, text);
	write_text(&t->logs[SIPP_LOG_ERRORS], &line);
}

static void on_code(void *context, int64_t time_ns, struct slice call_id, int status)
{
	struct traces *t = context;

	(void)time_ns;
	(void)call_id;
	pthread_mutex_lock(&t->lock);
	if (t->code_count < TRACES_MOST_CODES)
		t->codes[t->code_count++] = (uint16_t)status;
	pthread_mutex_unlock(&t->lock);
}

/* With the lock. */
static void rtt_write(struct traces *t)
{
	if (!t->rtt_lines.failed)
		log_file_write(&t->rtt, slice_of(text_cstr(&t->rtt_lines), t->rtt_lines.n));
	text_reset(&t->rtt_lines);
	t->rtt_count = 0;
}

static void on_response_time(void *context, int64_t time_ns, int rtd, int64_t ns)
{
	struct traces *t = context;
	const char *delimiter = t->settings->stat_delimiter;

	pthread_mutex_lock(&t->lock);
	text_addf(&t->rtt_lines, "%.3f%s%.3f%s%.*s\n",
	          (double)(time_ns - t->started_ns) / (double)NS_PER_MS, delimiter,
	          (double)ns / (double)NS_PER_MS, delimiter, SLICE_ARG(t->scenario->rtd[rtd].name));
	if (++t->rtt_count >= t->settings->rtt_frequency)
		rtt_write(t);
	pthread_mutex_unlock(&t->lock);
}

static void on_story(void *context, int64_t time_ns, const struct traced_call *call,
                     struct slice text)
{
	struct traces *t = context;
	struct text line;

	(void)time_ns;
	if (!t->opened[SIPP_LOG_CALL_DEBUG])
		return;
	text_init(&line);
	text_add(&line, SLICE_LIT("----------------------------------------------------------------"
	                          "---------------\nCall debugging information for call "));
	text_add(&line, call ? call->call_id : SLICE_LIT("?"));
	text_add(&line, SLICE_LIT(":\n"));
	text_add(&line, text);
	text_add(&line, SLICE_LIT("\n"));
	write_text(&t->logs[SIPP_LOG_CALL_DEBUG], &line);
}

/* ---- opening and closing ---- */

static bool open_log(struct traces *t, enum sipp_log log, int64_t process_id, struct err *err)
{
	const struct sipp_log_setting *wanted = &t->settings->logs[log];
	struct text name;

	text_init(&name);
	if (!wanted->path)
		sipp_file_name(&name, t->scenario, process_id, kinds[log].ending);
	const struct log_setting setting = {
		.path = wanted->path ? wanted->path : text_cstr(&name),
		.title = kinds[log].title,
		.append = !wanted->overwrite,
		.named = wanted->path != NULL,
		.max_bytes = kinds[log].limited ? t->settings->max_log_bytes : 0,
		.ring_bytes = kinds[log].limited ? t->settings->ring_bytes : 0,
		.ring_files = t->settings->ring_files,
	};
	bool ok = log_file_open(&t->logs[log], &setting, kinds[log].at_once, err);
	text_release(&name);
	t->opened[log] = true; /* also of a failed one: close() releases it */
	return ok;
}

static bool open_rtt(struct traces *t, int64_t process_id, struct err *err)
{
	struct text name, title;

	text_init(&name);
	text_init(&title);
	sipp_file_name(&name, t->scenario, process_id, "rtt.csv");
	text_addf(&title, "Date_ms%sresponse_time_ms%srtd_no\n", t->settings->stat_delimiter,
	          t->settings->stat_delimiter);
	const struct log_setting setting = { .path = text_cstr(&name) };
	bool ok = log_file_open(&t->rtt, &setting, true, err);
	t->rtt_opened = true;
	if (ok)
		log_file_write(&t->rtt, slice_of(text_cstr(&title), title.n));
	text_release(&title);
	text_release(&name);
	return ok;
}

/* Workers read these while a key may set them: a pointer is written whole. */
static void listen_to_messages(struct traces *t)
{
	__atomic_store_n(&t->trace.message, on_message, __ATOMIC_RELEASE);
}

bool traces_open(struct traces *t, const struct sipp_settings *settings,
                 const struct scenario *scenario, int64_t process_id, struct err *err)
{
	memset(t, 0, sizeof *t);
	t->settings = settings;
	t->scenario = scenario;
	t->trace = (struct trace){ .context = t, .error = on_error, .log = on_log };
	pthread_mutex_init(&t->lock, NULL);
	text_init(&t->rtt_lines);
	for (unsigned i = 0; i < SIPP_LOGS; i++)
		if (settings->logs[i].wanted && !open_log(t, (enum sipp_log)i, process_id, err))
			return false;
	if (settings->trace_rtt && !open_rtt(t, process_id, err))
		return false;
	if (t->opened[SIPP_LOG_MESSAGES] || t->opened[SIPP_LOG_SHORT_MESSAGES])
		listen_to_messages(t);
	if (t->opened[SIPP_LOG_CALL_DEBUG]) {
		t->trace.keep_story = true;
		t->trace.story = on_story;
	}
	if (settings->trace_rtt)
		t->trace.response_time = on_response_time;
	if (settings->trace_error_codes)
		t->trace.unexpected_code = on_code;
	return true;
}

bool traces_switch(struct traces *t, enum sipp_log log, bool on, int64_t process_id,
                   struct err *err)
{
	if (t->opened[log]) {
		pthread_mutex_lock(&t->logs[log].lock);
		t->logs[log].on = on;
		pthread_mutex_unlock(&t->logs[log].lock);
		return true;
	}
	if (on && !open_log(t, log, process_id, err))
		return false;
	if (on && (log == SIPP_LOG_MESSAGES || log == SIPP_LOG_SHORT_MESSAGES))
		listen_to_messages(t);
	return true;
}

void traces_flush(struct traces *t)
{
	for (unsigned i = 0; i < SIPP_LOGS; i++)
		if (t->opened[i])
			log_file_flush(&t->logs[i]);
	if (t->rtt_opened)
		log_file_flush(&t->rtt);
}

void traces_last_error(struct traces *t, char *into, size_t size)
{
	pthread_mutex_lock(&t->lock);
	slice_cstr(slice_str(t->last_error), into, size);
	pthread_mutex_unlock(&t->lock);
}

void traces_take_codes(struct traces *t, struct text *out)
{
	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; i < t->code_count; i++)
		text_addf(out, "%u,", t->codes[i]);
	t->code_count = 0;
	pthread_mutex_unlock(&t->lock);
}

bool traces_close(struct traces *t, struct err *err)
{
	bool ok = true;

	if (t->rtt_opened) {
		rtt_write(t);
		ok = log_file_close(&t->rtt, err);
	}
	for (unsigned i = 0; i < SIPP_LOGS; i++)
		if (t->opened[i] && !log_file_close(&t->logs[i], err))
			ok = false;
	text_release(&t->rtt_lines);
	pthread_mutex_destroy(&t->lock);
	return ok;
}
