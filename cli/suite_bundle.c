#include "cli/suite_bundle.h"

#include "base/clock.h"
#include "cli/output.h"
#include "cli/suite_bundle_files.h"
#include "cli/suite_files.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define STEP_NS (5 * 60 * NS_PER_S)

void suite_say_steps(const struct suite *s, const struct suite_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->step_count; i++) {
		text_addf(out, "cd ");
		rows_add_shell(out, s->directory);
		text_addf(out, " && ");
		suite_words_say(p->steps[i].words, out);
		text_addf(out, "\n");
	}
}

/* ---- what children do ---- */

static const char *inside(struct arena *arena, const char *folder, const char *name)
{
	size_t n = strlen(folder) + strlen(name) + 2;
	char *path = arena_alloc(arena, n);

	if (path)
		snprintf(path, n, "%s/%s", folder, name);
	return path;
}

/* Media as the records count it, with the headers that go with it. */
static bool choose_extent(struct suite_bundle *b, struct err *err)
{
	struct records *r = records_open(b->plan->database, err);
	int64_t octets = 0, joined = 0;
	bool ok = r != NULL;

	for (size_t i = 0; i < b->count && ok; i++) {
		int64_t one = 0, edges = 0;
		ok = rows_int(r,
		              "SELECT CAST(total(bytes) + 74 * total(packets) AS INTEGER) FROM "
		              "streams WHERE call_id = ?1",
		              b->calls[i], &one, err);
		ok = ok &&
		     rows_int(r,
		              "SELECT count(*) FROM leg_edges WHERE call_id = ?1 AND reason = "
		              "'payload'",
		              b->calls[i], &edges, err);
		octets += one;
		joined += edges;
	}
	records_close(r);
	b->sip_only = octets > SUITE_SLICE_OCTETS;
	/* Among all calls there were several whose media were alike; among these few one may be left. */
	b->apart = joined == 0;
	return ok;
}

static bool plan_slice(const struct suite_bundle *b, struct suite_plan *after, struct arena *arena,
                       struct err *err)
{
	const struct suite_evidence *e = &b->suite->evidence;
	struct suite_words w;

	suite_words_init(&w, b->suite, arena);
	bool ok = suite_words_add(&w, SUITE_OURS, err) && suite_words_add(&w, "export", err) &&
	          suite_words_add(&w, "--pcapng", err) &&
	          (!b->sip_only || suite_words_add(&w, "--sip-only", err)) &&
	          (!e->mask_credentials || suite_words_add(&w, "--mask-credentials", err)) &&
	          (!e->mask_digits || suite_words_add(&w, "--mask-dtmf", err)) &&
	          suite_words_add(&w, "-w", err) && suite_words_add(&w, b->slice, err) &&
	          suite_words_add(&w, b->plan->database, err);
	for (size_t i = 0; i < b->count && ok; i++)
		ok = suite_words_addf(&w, err, "%" PRId64, b->calls[i]);
	if (ok)
		return suite_plan_add(after, &w, "export", b->folder, "evidence.log", STEP_NS, err);
	suite_words_release(&w);
	return false;
}

static bool plan_database(const struct suite_bundle *b, struct suite_plan *after,
                          struct arena *arena, struct err *err)
{
	struct suite_words w;

	suite_words_init(&w, b->suite, arena);
	bool ok = suite_words_add(&w, SUITE_OURS, err) && suite_words_add(&w, "analyze", err) &&
	          suite_words_add(&w, "-q", err) &&
	          (!b->apart || suite_words_add(&w, "--no-payload-join", err)) &&
	          (!b->suite->evidence.mask_digits || suite_words_add(&w, "--mask-dtmf", err)) &&
	          suite_words_add(&w, "-o", err) && suite_words_add(&w, b->database, err) &&
	          suite_words_add(&w, b->slice, err);
	if (ok)
		return suite_plan_add(after, &w, "analyze", b->folder, "evidence.log", STEP_NS,
		                      err);
	suite_words_release(&w);
	return false;
}

static bool plan_pages(const struct suite_bundle *b, struct suite_plan *after, struct arena *arena,
                       struct err *err)
{
	struct suite_words w;

	suite_words_init(&w, b->suite, arena);
	bool ok = suite_words_add(&w, SUITE_OURS, err) && suite_words_add(&w, "report", err) &&
	          suite_words_add(&w, b->database, err) && suite_words_add(&w, "--html", err) &&
	          suite_words_add(&w, b->pages, err);
	if (ok)
		return suite_plan_add(after, &w, "report", b->folder, "evidence.log", STEP_NS, err);
	suite_words_release(&w);
	return false;
}

bool suite_bundle_begin(struct suite_bundle *b, const struct suite *s, const struct suite_case *c,
                        const struct suite_plan *plan, const struct verdicts *v, const char *folder,
                        const char *slug, bool records, struct arena *arena,
                        struct suite_plan *after, struct err *err)
{
	*b = (struct suite_bundle){
		.suite = s, .of = c, .plan = plan, .folder = folder, .slug = slug
	};
	b->slice = inside(arena, folder, "calls.pcapng");
	b->database = inside(arena, folder, "calls.db");
	b->pages = inside(arena, folder, "html");
	if (!b->slice || !b->database || !b->pages)
		return err_memory(err, "a bundle");
	if (!suite_make_folder(folder, err))
		return false;
	if (records)
		b->count = suite_blamed_calls(v, plan->database, b->calls, s->evidence.calls);
	if (!b->count)
		return true;
	if (!choose_extent(b, err))
		return false;
	return plan_slice(b, after, arena, err) && plan_database(b, after, arena, err) &&
	       plan_pages(b, after, arena, err);
}

/* ---- the rest ---- */

bool suite_bundle_finish(const struct suite_bundle *b, const struct verdicts *v, struct err *err)
{
	struct suite_bundle_there there = {
		.slice = suite_file_octets(b->slice) >= 0,
		.database = suite_file_octets(b->database) >= 0,
		.pages = suite_file_octets(b->pages) >= 0,
	};
	bool ok = suite_bundle_records(b, &there, err) && suite_bundle_texts(b, v, err) &&
	          suite_bundle_readme(b, v, &there, err);

	if (!ok || !b->suite->evidence.tar)
		return ok;
	struct text archive;
	text_init(&archive);
	text_addf(&archive, "%s.tar", b->folder);
	ok = archive.failed ? err_memory(err, "a bundle")
	                    : suite_tar_folder(b->folder, b->slug, text_cstr(&archive), err);
	text_release(&archive);
	return ok;
}
