/* A whole run over capture files: opens them, drives the pipeline, writes runs, captures, kpi. What `milliwatt analyze` and
 * `milliwatt dump` share. */
#ifndef ANALYZER_ANALYZE_H
#define ANALYZER_ANALYZE_H

#include "analyzer/pipeline.h"

#include <signal.h>

struct analyze_options {
	const char *const *paths;
	size_t path_count;
	struct capture_options capture;
	const char *database; /* NULL: in memory */
	struct slice command, version; /* for the `runs` row */
	unsigned interval_s; /* 0: 5 s */
	struct media_settings media;
	const char *rules_path; /* settings of the rules; NULL: as they come */
	const char *
	        correlate; /* header names that join legs, apart by commas; NULL: CORRELATE_HEADERS */
	bool progress;
	/* Not 0: stop soon, as after any other failure. A signal handler may set it. NULL: never. */
	const volatile sig_atomic_t *stop;
	pipeline_sip_tap *sip_tap;
	void *tap_context;
	/* Called once per damaged input file, after the run. NULL for none. */
	void (*damaged)(const struct capture_info *info);
};

/* Runs it. On success *store_out (if not NULL) is the finished store, for the caller to query and store_free(); *counts (if not NULL)
 * the pipeline's counts. False: err is set and no database was left behind or changed. */
bool analyze_run(const struct analyze_options *options, struct store **store_out,
                 struct pipeline_counts *counts, struct err *err);

#endif
