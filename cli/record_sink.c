#include "cli/record_sink.h"

#include "base/mem.h"
#include "base/text.h"
#include "dissectors/packet.h"

#include <inttypes.h>
#include <sys/stat.h>

#define INTERVAL_S 5

/* What stands in a pcapng file before its first packet: section header and description of one interface, as capture/writer.c writes them. */
#define CAPTURE_HEADS 60
#define CAPTURE_BLOCK 32 /* around a packet */

static void fail(struct record_sink *s)
{
	s->failed = true;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool open_capture(struct record_sink *s, struct err *err)
{
	if (!s->options.capture)
		return true;
	s->writer = capture_writer_open(s->options.capture, CAPTURE_FILE_PCAPNG, LINK_RAW, err);
	return s->writer != NULL;
}

static bool open_analyzer(struct record_sink *s, struct err *err)
{
	struct record_run run = {
		.id = 1,
		.kind = SLICE_LIT("simulation"),
		.command = s->options.command,
		.version = s->options.version,
		.started_us = s->options.started_us,
		.finished_us = RECORD_NULL,
		.jitter_buffer = SLICE_LIT("fixed:60"),
		.assumed_delay_ms = NAN,
	};
	struct pipeline_options options = {
		.run_id = 1,
		.interval_s = INTERVAL_S,
		.started_ns = s->options.from_the_past ? 0 : s->options.started_us * NS_PER_US,
		.rules = &s->rules,
		/* All calls play the same, and both sides of a relay are never here. */
		.media.apart = true,
	};

	if (!s->options.database)
		return true;
	s->store = store_create(s->options.database, &run, err);
	if (!s->store)
		return false;
	options.store = s->store;
	s->pipeline = pipeline_new(&options, &s->err);
	if (!s->pipeline)
		*err = s->err;
	return s->pipeline != NULL;
}

bool record_sink_open(struct record_sink *s, const struct record_options *options, struct err *err)
{
	*s = (struct record_sink){ .options = *options,
		                   .offset = CAPTURE_HEADS,
		                   .first_ns = TIME_NONE,
		                   .last_ns = TIME_NONE,
		                   .err = ERR_INIT };
	rules_init(&s->rules);
	s->frames = mem_alloc(sizeof *s->frames);
	if (!s->frames)
		err_memory(err, "the recorder");
	else
		record_frames_init(s->frames);
	if (s->frames && open_capture(s, err) && open_analyzer(s, err))
		return true;
	record_sink_release(s);
	return false;
}

void record_sink_release(struct record_sink *s)
{
	struct err later = ERR_INIT;

	if (s->writer)
		capture_writer_close(s->writer, &later);
	pipeline_free(s->pipeline);
	store_free(s->store);
	if (s->frames)
		record_frames_release(s->frames);
	mem_free(s->frames);
	rules_release(&s->rules);
	s->writer = NULL;
	s->pipeline = NULL;
	s->store = NULL;
	s->frames = NULL;
}

/* --- packets ------------------------------------------------------------------------------------------------------ */

static void note_time(struct record_sink *s, int64_t time_ns)
{
	if (s->first_ns == TIME_NONE || time_ns < s->first_ns)
		s->first_ns = time_ns;
	if (s->last_ns == TIME_NONE || time_ns > s->last_ns)
		s->last_ns = time_ns;
}

static bool take_frame(void *context, int64_t time_ns, struct slice frame)
{
	struct record_sink *s = context;
	struct packet packet = {
		.time_ns = time_ns,
		.data = frame,
		.original_length = (uint32_t)frame.n,
		.link_type = LINK_RAW,
		.frame = ++s->packets,
		.offset = s->writer ? s->offset : -1,
	};

	note_time(s, time_ns);
	s->offset += CAPTURE_BLOCK + (int64_t)((frame.n + 3) & ~(size_t)3);
	if (s->writer && !capture_writer_put(s->writer, &packet, &s->err)) {
		s->torn = true;
		return false;
	}
	return !s->pipeline || pipeline_packet(s->pipeline, &packet);
}

void record_sink_packet(struct record_sink *s, const struct tap_packet *packet)
{
	bool memory;

	if (s->failed || record_frames_packet(s->frames, packet, take_frame, s, &memory))
		return;
	if (memory)
		err_memory(&s->err, "a recorded connection");
	fail(s);
}

/* --- truth -------------------------------------------------------------------------------------------------------- */

static int64_t us_or_null(int64_t ns)
{
	return ns == TIME_NONE ? RECORD_NULL : clock_us(ns);
}

void record_sink_call(struct record_sink *s, const struct truth_call *c)
{
	struct record_sim_call row = {
		.run_id = 1,
		.sip_call_id = c->sip_call_id,
		.scenario = c->scenario,
		.role = c->role == SCENARIO_CLIENT ? SLICE_LIT("caller") : SLICE_LIT("callee"),
		.started_us = us_or_null(c->started_ns),
		.ended_us = us_or_null(c->ended_ns),
		.outcome = slice_str(c->outcome),
		.failed_step = c->failed_step < 0 ? RECORD_NULL : c->failed_step,
		.failure = c->failure == FAILURE_NONE ? SLICE_NONE
		                                      : slice_str(call_failure_name(c->failure)),
		.packets_sent = (int64_t)(c->messages_sent + c->rtp_sent),
		.packets_dropped = (int64_t)(c->messages_dropped + c->rtp_dropped),
		.digits_sent = c->digits_sent,
		.intended_us = us_or_null(c->intended_ns),
		.failure_text = c->failure_text,
		.messages_sent = (int64_t)c->messages_sent,
		.messages_dropped = (int64_t)c->messages_dropped,
		.rtp_sent = (int64_t)c->rtp_sent,
		.rtp_dropped = (int64_t)c->rtp_dropped,
		.rtp_unseen = (int64_t)c->rtp_unseen,
		.rtp_duplicated = (int64_t)c->rtp_duplicated,
		.rtp_received = (int64_t)c->rtp_received,
	};

	if (!s->failed && s->store && !store_sim_call(s->store, &row, &s->err))
		fail(s);
}

void record_sink_interval(struct record_sink *s, const struct record_sim_interval *interval)
{
	if (!s->failed && s->store && !store_sim_interval(s->store, interval, &s->err))
		fail(s);
}

static bool store_step(struct record_sink *s, const struct scenario *scenario,
                       const struct counters *counters, unsigned step, struct text *label)
{
	const struct step_counters *n = &counters->steps[step];

	text_reset(label);
	step_print(scenario, step, label);
	struct record_sim_step row = {
		.run_id = 1,
		.scenario = scenario->name.n ? scenario->name : scenario->file,
		.step = step,
		.label = slice_str(text_cstr(label)),
		.sent = (int64_t)n->sent,
		.received = (int64_t)n->received,
		.retransmissions = (int64_t)(n->retransmitted + n->received_again),
		.timeouts = (int64_t)n->timeouts,
		.unexpected = (int64_t)n->unexpected,
		.failed = (int64_t)n->failed,
		.line = scenario->steps[step].line,
	};
	return store_sim_step(s->store, &row, &s->err);
}

void record_sink_steps(struct record_sink *s, const struct scenario *scenario,
                       const struct counters *counters)
{
	struct text label;

	if (!s->store || !counters->steps)
		return;
	text_init(&label);
	for (unsigned i = 0; !s->failed && i < scenario->step_count; i++)
		if (!store_step(s, scenario, counters, i, &label))
			fail(s);
	text_release(&label);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static bool write_capture_row(struct record_sink *s, uint64_t lost, struct err *err)
{
	struct stat st;
	bool is_file = s->options.capture && stat(s->options.capture, &st) == 0;
	struct record_capture row = {
		.id = 1,
		.run_id = 1,
		.path = s->options.capture ? slice_str(s->options.capture)
		                           : SLICE_LIT("(no capture was kept)"),
		.format = s->options.capture ? SLICE_LIT("pcapng") : SLICE_LIT("none"),
		.bytes = is_file ? (int64_t)st.st_size : RECORD_NULL,
		.packets = (int64_t)s->packets,
		.first_us = us_or_null(s->first_ns),
		.last_us = us_or_null(s->last_ns),
		.dropped_packets = (int64_t)lost,
	};

	return store_capture(s->store, &row, err);
}

static bool close_capture(struct record_sink *s, struct err *err)
{
	struct capture_writer *w = s->writer;

	s->writer = NULL;
	if (!w || capture_writer_close(w, err))
		return true;
	s->torn = true;
	return false;
}

static bool finish_store(struct record_sink *s, struct slice note, uint64_t lost,
                         int64_t finished_us, struct err *err)
{
	if (!s->store)
		return true;
	if (!pipeline_finish(s->pipeline, lost)) {
		*err = s->err;
		return false;
	}
	return write_capture_row(s, lost, err) && store_join(s->store, err) &&
	       store_kpi(s->store, 1, err) && (!note.p || store_incomplete(s->store, note, err)) &&
	       store_finish(s->store, finished_us, err);
}

/* Behind what went wrong: the packets are still there, though the database is not. */
static void say_what_is_left(struct record_sink *s, struct err *err)
{
	struct err later = ERR_INIT, first = *err;
	const char *file = s->options.capture;

	if (!file)
		return;
	close_capture(s, &later);
	if (s->torn)
		err_set(err, first.code, "%s; '%s' holds what there was room for", first.text,
		        file);
	else
		err_set(err, first.code, "%s; '%s' holds the %" PRIu64 " packet%s until then",
		        first.text, file, s->packets, s->packets == 1 ? "" : "s");
}

bool record_sink_finish(struct record_sink *s, struct slice note, uint64_t lost,
                        int64_t finished_us, struct err *err)
{
	if (s->failed)
		*err = s->err;
	else if (close_capture(s, err) && finish_store(s, note, lost, finished_us, err))
		return true;
	say_what_is_left(s, err);
	return false;
}
