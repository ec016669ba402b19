#include "tests/helpers/packets.h"

#include "analyzer/analyze.h"
#include "base/mem.h"
#include "reports/dump.h"
#include "reports/records/query.h"

#include <glob.h>
#include <stdlib.h>

char **packets_fixture_paths(const char *part, size_t *count)
{
	static const char *const patterns[] = { "fixtures/*/*.pcap", "fixtures/*/*.pcapng",
		                                "fixtures/*/*.gz" };
	glob_t found = { 0 };
	char **paths;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
	paths = calloc(found.gl_pathc + 1, sizeof *paths);
	*count = 0;
	for (size_t i = 0; paths && i < found.gl_pathc; i++)
		if (!part || strstr(found.gl_pathv[i], part))
			paths[(*count)++] = strdup(found.gl_pathv[i]);
	globfree(&found);
	return paths;
}

void packets_free_paths(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

static bool append(struct packet_list *list, const struct packet *packet)
{
	struct packet *grown = realloc(list->packets, (list->count + 1) * sizeof *grown);
	uint8_t *copy = malloc(packet->data.n ? packet->data.n : 1);

	if (!grown || !copy)
		return false;
	memcpy(copy, packet->data.p, packet->data.n);
	list->packets = grown;
	grown[list->count] = *packet;
	grown[list->count++].data.p = copy;
	return true;
}

bool packets_read(const char *path, struct packet_list *list)
{
	struct capture_options options = { 0 };
	struct err err = ERR_INIT;
	struct capture *c = capture_open(&path, 1, &options, &err);
	struct packet packet;
	bool ok = true;

	*list = (struct packet_list){ 0 };
	if (!c)
		return false;
	while (ok && capture_next(c, &packet, &err) == CAPTURE_PACKET)
		ok = append(list, &packet);
	capture_close(c);
	return ok && err.code == ERR_NONE;
}

void packets_release(struct packet_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((void *)(uintptr_t)list->packets[i].data.p);
	free(list->packets);
	*list = (struct packet_list){ 0 };
}

static bool dump(struct store *store, struct text *out, struct err *err)
{
	struct records *records = records_of(store_handle(store), err);
	bool ok = records && dump_dialogs(records, out, err) && dump_streams(records, out, err);

	records_close(records);
	return ok && !out->failed;
}

static bool feed(struct pipeline *p, const struct packet_list *list, size_t from, size_t to,
                 int64_t shift_ns)
{
	for (size_t i = from; i < to; i++) {
		struct packet packet = list->packets[i];
		packet.time_ns += shift_ns;
		if (!pipeline_packet(p, &packet))
			return false;
	}
	return pipeline_finish(p, 0);
}

static bool add_capture(struct store *store, const struct packet_list *list, size_t from, size_t to,
                        int64_t shift_ns, struct err *err)
{
	struct record_capture record = {
		.id = 1,
		.run_id = 1,
		.path = SLICE_LIT("test"),
		.format = SLICE_LIT("pcap"),
		.packets = (int64_t)(to - from),
		.first_us =
		        to > from ? clock_us(list->packets[from].time_ns + shift_ns) : RECORD_NULL,
		.last_us = to > from ? clock_us(list->packets[to - 1].time_ns + shift_ns)
		                     : RECORD_NULL,
	};
	return store_capture(store, &record, err);
}

bool packets_analyze(const struct packet_list *list, size_t from, size_t to, int64_t shift_ns,
                     struct text *out, struct err *err)
{
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("test"),
		                  .version = SLICE_LIT("0"),
		                  .started_us = 0,
		                  .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &run, err);
	struct rules rules;
	rules_init(&rules);
	struct pipeline_options options = {
		.store = store, .run_id = 1, .interval_s = 5, .rules = &rules
	};
	struct pipeline *p = store ? pipeline_new(&options, err) : NULL;
	bool ok = p && feed(p, list, from, to, shift_ns) &&
	          add_capture(store, list, from, to, shift_ns, err) && store_join(store, err) &&
	          store_kpi(store, 1, err) && store_finish(store, 0, err) && dump(store, out, err);

	pipeline_free(p);
	rules_release(&rules);
	store_free(store);
	return ok;
}

bool packets_analyze_files(const char *const *paths, size_t count, enum capture_reader reader,
                           struct text *out, struct err *err)
{
	struct analyze_options options = { .paths = paths,
		                           .path_count = count,
		                           .capture = { .reader = reader },
		                           .command = SLICE_LIT("test"),
		                           .version = SLICE_LIT("0") };
	struct store *store = NULL;
	bool ok = analyze_run(&options, &store, NULL, err) && dump(store, out, err);

	store_free(store);
	return ok;
}
