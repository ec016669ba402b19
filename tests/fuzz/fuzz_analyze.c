/* A capture file through the whole analyzer into records in memory, and out of them every text we make. Held: the environment did
 * not fail, so nothing fails; the stages' own invariants; what the schema promises, and some more, as queries that find nothing. */
#include "analyzer/capture/source.h"
#include "analyzer/pipeline.h"
#include "dissectors/sip_grammar.h"
#include "reports/calls_list.h"
#include "reports/dump.h"
#include "reports/findings.h"
#include "reports/ladder.h"
#include "reports/report.h"
#include "tests/fuzz/mutate_packets.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);
/* SQLite allocates much: a short quarantine and short stacks double the speed. */
const char *__asan_default_options(void);
/* Of libFuzzer; a replay has none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

static const char *const nothing[] = {
	"PRAGMA foreign_key_check",
	"SELECT id, packets, lost, expected FROM streams WHERE packets + lost <> expected",
	"SELECT id FROM streams WHERE packets <= 0 OR lost < 0 OR duplicates < 0 OR reordered < 0 "
	"OR late < 0 OR "
	"ignored < 0 OR bytes < 0 OR segments < 1 OR longest_loss < 0 OR longest_loss > expected",
	"SELECT id, late, packets, reordered FROM streams WHERE late > packets OR reordered > "
	"packets",
	"SELECT id FROM streams WHERE loss_ratio NOT BETWEEN 0 AND 1 OR burst_r < 0 OR "
	"jitter_max_ms < 0 OR "
	"jitter_mean_ms > jitter_max_ms * 1.000001 + 0.001 OR r_factor < 0 OR mos_lq NOT BETWEEN 1 "
	"AND 5 OR "
	"mos_cq NOT BETWEEN 1 AND 5",
	"SELECT id, s.packets, i.packets FROM streams s JOIN (SELECT stream_id, sum(packets) "
	"packets FROM "
	"stream_intervals GROUP BY 1) i ON s.id = i.stream_id WHERE s.packets <> i.packets",
	/* A number that comes when its row is written can no longer be taken back from it: rows may say more, never less. */
	"SELECT id, s.lost, i.lost FROM streams s JOIN (SELECT stream_id, sum(lost) lost FROM "
	"stream_intervals GROUP BY 1) "
	"i ON s.id = i.stream_id WHERE i.lost < s.lost",
	"SELECT id FROM streams WHERE id NOT IN (SELECT stream_id FROM stream_intervals)",
	"SELECT stream_id, packets, lost, late FROM stream_intervals WHERE packets < 0 OR lost < 0 "
	"OR late < 0",
	"SELECT s.id FROM streams s JOIN dialogs d ON s.dialog_id = d.id WHERE s.call_id IS NOT "
	"d.call_id",
	"SELECT d.id FROM dtmf d JOIN streams s ON d.stream_id = s.id WHERE d.call_id IS NOT "
	"s.call_id",
	"SELECT id FROM dtmf WHERE duration_ms < 0",
	"SELECT id FROM calls WHERE leg_count < 1 OR held_ms < 0 OR setup_ms < 0 OR pdd_ms < 0 OR "
	"talk_ms < 0 OR "
	"mos_min NOT BETWEEN 1 AND 5",
	"SELECT id FROM calls WHERE id NOT IN (SELECT call_id FROM dialogs WHERE call_id IS NOT "
	"NULL)",
	"SELECT id FROM transactions WHERE retransmissions < 0",
	"SELECT id FROM rtcp_reports WHERE fraction_lost NOT BETWEEN 0 AND 1 OR jitter_ms < 0 OR "
	"rtt_ms < 0",
	"SELECT id FROM findings WHERE occurrences <> (SELECT count(*) FROM finding_occurrences o "
	"WHERE o.finding_id = findings.id) OR calls > occurrences OR text = '' OR cause = '' OR "
	"NOT json_valid(evidence)",
	"SELECT finding_id FROM finding_occurrences WHERE NOT json_valid(evidence) OR text = ''",
	"SELECT id FROM messages WHERE (method IS NULL) = (status IS NULL) OR bytes < 0",
};

static void hold(bool holds, const char *what, const struct err *err)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s; %s\n", what, err ? err->text : "");
	abort();
}

/* --- analysis ---------------------------------------------------------------------------------------------------- */

static void write_capture(struct store *store, const struct capture_info *info, struct err *err)
{
	struct record_capture record = {
		.id = 1,
		.run_id = 1,
		.path = SLICE_LIT("fuzz"),
		.format = slice_str(info->format),
		.bytes = info->bytes,
		.packets = (int64_t)info->packets,
		.first_us = clock_us(info->first_ns),
		.last_us = clock_us(info->last_ns),
		.damaged_bytes = info->damaged_bytes,
		.truncated_packets = (int64_t)info->truncated_packets,
		.skipped_packets = (int64_t)info->skipped_packets,
		.damage = info->damage[0] ? slice_str(info->damage) : SLICE_NONE,
	};

	hold(store_capture(store, &record, err), "store_capture", err);
}

static void run_packets(struct pipeline *p, struct source *s, struct err *err)
{
	struct packet packet;
	enum capture_status status;
	unsigned n = 0;

	while ((status = source_next(s, NULL, &packet, err)) == CAPTURE_PACKET) {
		hold(pipeline_packet(p, &packet), "pipeline_packet", err);
		if (++n % 16 == 0)
			hold(pipeline_check(p), "pipeline_check", NULL);
	}
	hold(status == CAPTURE_END, "capture", err);
	hold(pipeline_check(p), "pipeline_check at the end", NULL);
	hold(pipeline_finish(p, 0), "pipeline_finish", err);
	hold(pipeline_check(p), "pipeline_check after it", NULL);
	hold(pipeline_counts(p).packets == s->info.packets, "packets", NULL);
}

static struct store *analyze(struct source *s, struct err *err)
{
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("fuzz"),
		                  .version = SLICE_LIT("0"),
		                  .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &run, err);
	struct rules rules;
	rules_init(&rules);
	struct pipeline_options options = {
		.store = store, .run_id = 1, .interval_s = 1, .rules = &rules
	};

	hold(store != NULL, "store_create", err);
	struct pipeline *p = pipeline_new(&options, err);
	hold(p != NULL, "pipeline_new", err);
	run_packets(p, s, err);
	pipeline_free(p);
	rules_release(&rules);
	write_capture(store, &s->info, err);
	hold(store_join(store, err) && store_kpi(store, 1, err) && store_finish(store, 0, err),
	     "store", err);
	return store;
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static void find_nothing(struct records *r, const char *sql, struct err *err)
{
	struct query *q = query_new(r, err, sql);

	hold(q != NULL, sql, err);
	bool found = query_step(q, err);
	for (int i = 0; found && i < query_columns(q); i++)
		fprintf(stderr, "%s = %g\n", query_column_name(q, i), query_real(q, i));
	hold(!found && err->code == ERR_NONE, sql, err);
	query_free(q);
}

/* Made for people: no control characters but the layout's, whatever the packets held. */
static void check_text(struct text *t)
{
	hold(!t->failed, "a text", NULL);
	for (size_t i = 0; i < t->n; i++)
		hold((uint8_t)t->p[i] >= ' ' || t->p[i] == '\n' || t->p[i] == '\t', "clean text",
		     NULL);
	for (struct slice left = slice_of(t->p, t->n); left.n > 0;) {
		size_t length = utf8_length(left);
		hold(length > 0, "UTF-8", NULL);
		left = slice_from(left, length);
	}
	text_reset(t);
}

static void print_ladder(struct records *r, bool for_people, struct text *t, struct err *err)
{
	struct ladder_style style = { .width = 100 };
	struct query *q = query_new(r, err, "SELECT min(id) FROM calls");

	hold(q && query_step(q, err), "first call", err);
	if (!query_is_null(q, 0) && for_people)
		hold(ladder_text(r, query_int(q, 0), &style, t, err), "ladder_text", err);
	else if (!query_is_null(q, 0))
		hold(ladder_json(r, query_int(q, 0), t, err), "ladder_json", err);
	query_free(q);
}

static void print_finding(struct records *r, bool for_people, struct text *t, struct err *err)
{
	struct query *q = query_new(r, err, "SELECT min(id) FROM findings");

	hold(q && query_step(q, err), "first finding", err);
	if (!query_is_null(q, 0))
		hold((for_people ? explain_text : explain_json)(r, query_int(q, 0), t, err),
		     "explain", err);
	query_free(q);
}

static void print_calls(struct records *r, enum calls_format format, struct text *t,
                        struct err *err)
{
	struct calls_filter filter;
	int64_t matched;

	calls_filter_init(&filter);
	hold(calls_list(r, &filter, format, CALLS_DEFAULT_WIDTH, t, &matched, err), "calls_list",
	     err);
}

static void print_reports(struct records *r, bool for_people, struct text *t, struct err *err)
{
	if (!for_people) {
		hold(report_json(r, t, err), "report_json", err);
		hold(report_kpi_json(r, t, err), "report_kpi_json", err);
		print_calls(r, CALLS_JSON, t, err);
		return;
	}
	hold(report_text(r, t, err), "report_text", err);
	hold(report_kpi(r, false, t, err), "report_kpi", err);
	hold(findings_list(r, t, err), "findings_list", err);
	print_calls(r, CALLS_TABLE, t, err);
}

static void check_records(struct store *store, bool for_people, struct err *err)
{
	struct records *r = records_of(store_handle(store), err);
	struct text t;

	hold(r != NULL, "records_of", err);
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
		find_nothing(r, nothing[i], err);
	text_init(&t);
	hold(dump_dialogs(r, &t, err), "dump_dialogs", err);
	hold(dump_registrations(r, &t, err), "dump_registrations", err);
	hold(dump_subscriptions(r, &t, err), "dump_subscriptions", err);
	hold(dump_streams(r, &t, err), "dump_streams", err);
	check_text(&t);
	print_reports(r, for_people, &t, err);
	check_text(&t);
	print_ladder(r, for_people, &t, err);
	check_text(&t);
	print_finding(r, for_people, &t, err);
	check_text(&t);
	text_release(&t);
	records_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s;
	struct err err = ERR_INIT;

	if (!sip_grammar_init())
		abort();
	source_init(&s, "fuzz", 0, CAPTURE_READER_NATIVE, INPUT_BUFFER_BYTES);
	if (!source_open_memory(&s, slice_of(data, size), &err))
		return 0;
	struct store *store = analyze(&s, &err);
	check_records(store, size % 2 == 0, &err); /* half the texts each, for speed */
	store_free(store);
	source_close(&s);
	return 0;
}

const char *__asan_default_options(void)
{
	return "malloc_context_size=3:quarantine_size_mb=4";
}

/* --- mutation ----------------------------------------------------------------------------------------------------- */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t n = seed % 16 ? mutate_packets(data, size, max_size, seed, LLVMFuzzerMutate) : 0;

	return n ? n : LLVMFuzzerMutate(data, size, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
	return mutate_packets_join(a, a_size, b, b_size, out, max_size, seed);
}
