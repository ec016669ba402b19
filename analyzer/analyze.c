#include "analyzer/analyze.h"

static bool write_captures(struct store *store, const struct capture *capture, struct err *err)
{
	for (size_t i = 0; i < capture_file_count(capture); i++) {
		const struct capture_info *info = capture_file(capture, i);
		struct record_capture record = {
			.id = (int64_t)i + 1,
			.run_id = 1,
			.path = slice_str(info->path),
			.format = slice_str(info->format),
			.bytes = info->bytes,
			.packets = (int64_t)info->packets,
			.first_us = clock_us(info->first_ns),
			.last_us = clock_us(info->last_ns),
			.damaged_bytes = info->damaged_bytes,
			.truncated_packets = (int64_t)info->truncated_packets,
			.skipped_packets = (int64_t)info->skipped_packets,
			.damage = info->damage[0] ? slice_str(info->damage) : SLICE_NONE,
			.dropped_packets = info->dropped_packets == CAPTURE_DROPS_UNKNOWN
			                           ? RECORD_NULL
			                           : (int64_t)info->dropped_packets,
		};
		if (!store_capture(store, &record, err))
			return false;
	}
	return true;
}

#define STOP_EVERY     0x1000u /* packets: a few milliseconds */
#define PROGRESS_EVERY 0x10000u

static bool must_stop(const struct analyze_options *options)
{
	return options->stop && *options->stop;
}

/* Whatever else went wrong on the way: a read that the signal cut short looks like a broken file. */
static bool interrupted(struct err *err)
{
	return err_set(err, ERR_IO, "interrupted; no database was written");
}

static uint64_t dropped_packets(const struct capture *capture)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < capture_file_count(capture); i++)
		if (capture_file(capture, i)->dropped_packets != CAPTURE_DROPS_UNKNOWN)
			sum += capture_file(capture, i)->dropped_packets;
	return sum;
}

static bool read_all(struct capture *capture, struct pipeline *pipeline,
                     const struct analyze_options *options, struct err *err)
{
	struct progress progress;
	struct packet packet;
	enum capture_status status = CAPTURE_END;
	uint64_t n = 0;
	bool sound = true;

	progress_init(&progress, options->progress);
	while (sound && (status = capture_next(capture, &packet, err)) == CAPTURE_PACKET) {
		sound = pipeline_packet(pipeline, &packet);
		if (++n % STOP_EVERY == 0 && must_stop(options))
			break;
		if (n % PROGRESS_EVERY == 0)
			progress_update(&progress, capture, n);
	}
	progress_done(&progress);
	if (must_stop(options))
		return interrupted(err);
	return sound && status == CAPTURE_END &&
	       pipeline_finish(pipeline, dropped_packets(capture));
}

static bool run(const struct analyze_options *options, const struct rules *rules,
                struct capture *capture, struct store *store, struct pipeline_counts *counts,
                struct err *err)
{
	struct pipeline_options pipeline_options = {
		.store = store,
		.run_id = 1,
		.interval_s = options->interval_s ? options->interval_s : 5,
		.started_ns = clock_wall_us() * NS_PER_US,
		.rules = rules,
		.media = options->media,
		.correlate = options->correlate,
		.sip_tap = options->sip_tap,
		.tap_context = options->tap_context,
	};
	struct pipeline *pipeline = pipeline_new(&pipeline_options, err);

	if (!pipeline)
		return false;
	bool ok = read_all(capture, pipeline, options, err);
	if (ok && counts)
		*counts = pipeline_counts(pipeline);
	pipeline_free(pipeline);
	ok = ok && write_captures(store, capture, err) && store_join(store, err) &&
	     store_kpi(store, 1, err);
	if (ok && must_stop(options))
		return interrupted(err);
	return ok && store_finish(store, clock_wall_us(), err);
}

static void tell_damage(const struct analyze_options *options, const struct capture *capture)
{
	for (size_t i = 0; options->damaged && i < capture_file_count(capture); i++)
		if (capture_file(capture, i)->damaged_bytes)
			options->damaged(capture_file(capture, i));
}

bool analyze_run(const struct analyze_options *options, struct store **store_out,
                 struct pipeline_counts *counts, struct err *err)
{
	char buffer[BUFFER_SETTING_NAME];
	struct record_run record = {
		.id = 1,
		.kind = SLICE_LIT("capture"),
		.command = options->command,
		.version = options->version,
		.started_us = clock_wall_us(),
		.finished_us = RECORD_NULL,
		.mask_dtmf = options->media.mask_dtmf,
		.jitter_buffer = slice_str(buffer_setting_name(options->media.buffer, buffer)),
		.assumed_delay_ms = options->media.has_delay ? options->media.delay_ms : NAN,
	};
	struct capture *capture =
	        capture_open(options->paths, options->path_count, &options->capture, err);

	if (!capture)
		return must_stop(options) ? interrupted(err) : false;
	struct store *store = store_create(options->database, &record, err);
	struct rules rules;
	rules_init(&rules);
	bool ok = store && (!options->rules_path || rules_load(&rules, options->rules_path, err)) &&
	          run(options, &rules, capture, store, counts, err);
	rules_release(&rules);
	if (ok)
		tell_damage(options, capture);
	capture_close(capture);
	if (ok && store_out)
		*store_out = store;
	else
		store_free(store);
	return ok;
}
