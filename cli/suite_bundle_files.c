#include "cli/suite_bundle_files.h"

#include "cli/output.h"
#include "cli/suite_files.h"
#include "reports/findings.h"
#include "reports/ladder.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

bool suite_bundle_write(const struct suite_bundle *b, const char *name, struct text *text,
                        struct err *err)
{
	struct text path;

	text_init(&path);
	text_addf(&path, "%s/%s", b->folder, name);
	bool ok = !path.failed && !text->failed ? output_write(text_cstr(&path), text, err)
	                                        : err_memory(err, "a bundle");
	text_release(&path);
	text_release(text);
	return ok;
}

/* ---- records ---- */

bool suite_bundle_number(struct records *run, struct records *slice, int64_t id, int64_t *out,
                         struct err *err)
{
	struct query *q;
	char text[512];

	*out = RECORD_NULL;
	if (!rows_first(run, "SELECT sip_call_id FROM calls WHERE id = ?1", id, &q, err))
		return err->code == ERR_NONE;
	slice_cstr(query_text(q, 0), text, sizeof text);
	query_free(q);
	struct err absent = ERR_INIT;
	if (!ladder_find(slice, slice_str(text), out, &absent))
		*out = RECORD_NULL;
	return true;
}

static bool write_call(const struct suite_bundle *b, struct records *r, int64_t id, int64_t as,
                       struct err *err)
{
	const struct ladder_style style = { .width = 140 };
	char name[64];
	struct text out;

	text_init(&out);
	snprintf(name, sizeof name, "call-%" PRId64 ".txt", as);
	if (!ladder_text(r, id, &style, &out, err)) {
		text_release(&out);
		return false;
	}
	if (!suite_bundle_write(b, name, &out, err))
		return false;
	text_init(&out);
	snprintf(name, sizeof name, "call-%" PRId64 ".json", as);
	if (!ladder_json(r, id, &out, err)) {
		text_release(&out);
		return false;
	}
	return suite_bundle_write(b, name, &out, err);
}

/* Each finding once, whichever of the calls it is about. */
static bool add_findings(struct records *r, int64_t call, int64_t *seen, size_t *count,
                         struct text *out, struct err *err)
{
	struct query *q = rows_query(r,
	                             "SELECT DISTINCT finding_id FROM finding_occurrences WHERE "
	                             "call_id = ?1 ORDER BY 1",
	                             call, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err)) {
		int64_t id = query_int(q, 0);
		bool again = *count == 64;
		for (size_t i = 0; i < *count; i++)
			again |= seen[i] == id;
		if (again)
			continue;
		seen[(*count)++] = id;
		ok = explain_text(r, id, out, err);
		text_addf(out, "\n");
	}
	query_free(q);
	return ok && err->code == ERR_NONE;
}

static bool write_from(const struct suite_bundle *b, struct records *run, struct records *from,
                       struct err *err)
{
	int64_t seen[64];
	size_t count = 0;
	struct text findings;
	bool ok = true;

	text_init(&findings);
	for (size_t i = 0; i < b->count && ok; i++) {
		int64_t id = b->calls[i];
		ok = from == run || suite_bundle_number(run, from, id, &id, err);
		if (ok && id != RECORD_NULL)
			ok = write_call(b, from, id, b->calls[i], err) &&
			     add_findings(from, id, seen, &count, &findings, err);
	}
	if (!ok) {
		text_release(&findings);
		return false;
	}
	if (!findings.n)
		text_addf(&findings, "Nothing was found about these calls.\n");
	return suite_bundle_write(b, "findings.txt", &findings, err);
}

static bool is_masked(struct records *r, bool *masked, struct err *err)
{
	int64_t n = 0;
	bool ok = rows_int(r, "SELECT coalesce(min(mask_dtmf), 0) FROM runs", 0, &n, err);

	*masked = n != 0;
	return ok;
}

bool suite_bundle_records(const struct suite_bundle *b, struct suite_bundle_there *there,
                          struct err *err)
{
	bool digits = b->suite->evidence.mask_digits, masked = false;

	if (!b->count)
		return true;
	struct records *run = records_open(b->plan->database, err), *slice = NULL;
	bool ok = run && (!digits || is_masked(run, &masked, err));
	bool from_slice = digits && !masked;
	if (ok && from_slice && there->database)
		ok = (slice = records_open(b->database, err)) != NULL;
	if (ok && (!from_slice || slice)) {
		ok = write_from(b, run, slice ? slice : run, err);
		there->records = ok;
	}
	records_close(slice);
	records_close(run);
	return ok;
}

/* ---- texts ---- */

static bool write_verdicts(const struct suite_bundle *b, const struct verdicts *v, struct err *err)
{
	struct text out;

	text_init(&out);
	if (!verdicts_text(v, false, &out, err)) {
		text_release(&out);
		return false;
	}
	if (!suite_bundle_write(b, "verdicts.txt", &out, err))
		return false;
	text_init(&out);
	if (!verdicts_json(v, &out, err)) {
		text_release(&out);
		return false;
	}
	return suite_bundle_write(b, "verdicts.json", &out, err);
}

static bool write_commands(const struct suite_bundle *b, struct err *err)
{
	struct text out;

	text_init(&out);
	text_addf(&out, "# This case again, as the suite runs it:\nmilliwatt suite ");
	rows_add_shell(&out, b->suite->path);
	text_addf(&out, " --only ");
	rows_add_shell(&out, b->of->name);
	text_addf(&out, "\n\n# What it ran:\n");
	suite_say_steps(b->suite, b->plan, &out);
	if (!b->plan->step_count)
		text_addf(&out, "# nothing: the records were there already\n");
	if (b->count) {
		text_addf(&out, "\n# In this folder:\nmilliwatt calls calls.db\n"
		                "milliwatt show calls.db 1\nmilliwatt browse calls.db\n");
		text_addf(&out, "milliwatt analyze%s -o again.db calls.pcapng\n",
		          b->apart ? " --no-payload-join" : "");
	}
	return suite_bundle_write(b, "commands.txt", &out, err);
}

/* Names that CI systems give; nothing else of the environment is anybody's business. */
static const char *const variables[] = {
	"CI",
	"GITHUB_REPOSITORY",
	"GITHUB_SHA",
	"GITHUB_REF",
	"GITHUB_WORKFLOW",
	"GITHUB_RUN_ID",
	"GITHUB_JOB",
	"RUNNER_NAME",
	"CI_PROJECT_PATH",
	"CI_COMMIT_SHA",
	"CI_PIPELINE_ID",
	"CI_JOB_URL",
	"JOB_NAME",
	"BUILD_NUMBER",
	"BUILD_URL",
	"GIT_COMMIT",
};

static void add_machine(struct text *out)
{
	struct utsname u;
	double load[3];

	if (uname(&u) == 0) {
		text_addf(out, "machine      ");
		text_add_terminal(out, slice_str(u.nodename));
		text_addf(out, ", %s %s %s\n", u.sysname, u.release, u.machine);
	}
	text_addf(out, "processors   %ld\nmemory       %lld MB\n", sysconf(_SC_NPROCESSORS_ONLN),
	          (long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) >> 20);
	if (getloadavg(load, 3) == 3)
		text_addf(out, "load         %.2f %.2f %.2f (now)\n", load[0], load[1], load[2]);
}

static bool write_environment(const struct suite_bundle *b, const struct verdicts *v,
                              struct err *err)
{
	char when[40];
	struct text out;

	text_init(&out);
	text_addf(&out, "milliwatt    %s\nstarted      %s UTC\n", MILLIWATT_VERSION,
	          clock_format_us(v->started_us, when, sizeof when));
	add_machine(&out);
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = getenv(variables[i]);
		if (!value)
			continue;
		text_addf(&out, "%s=", variables[i]);
		text_add_terminal(&out, slice_str(value));
		text_addf(&out, "\n");
	}
	return suite_bundle_write(b, "environment.txt", &out, err);
}

static bool copy_logs(const struct suite_bundle *b, struct err *err)
{
	for (size_t i = 0; i < b->plan->step_count; i++) {
		const char *log = b->plan->steps[i].log;
		struct text to;
		bool ok = true;

		text_init(&to);
		text_addf(&to, "%s%s", b->folder, strrchr(log, '/'));
		if (to.failed)
			ok = err_memory(err, "a bundle");
		else if (suite_file_octets(log) >= 0)
			ok = suite_copy_file(log, text_cstr(&to), SUITE_LOG_OCTETS, err);
		text_release(&to);
		if (!ok)
			return false;
	}
	return true;
}

bool suite_bundle_texts(const struct suite_bundle *b, const struct verdicts *v, struct err *err)
{
	return write_verdicts(b, v, err) && write_commands(b, err) &&
	       write_environment(b, v, err) && copy_logs(b, err);
}
