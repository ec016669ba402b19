#include "cli/suite_report.h"

#include "base/mem.h"
#include "cli/output.h"
#include "cli/suite_files.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the folder ---- */

static const char *const folders[] = { "cases", "evidence", "background" };

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	return remove(path);
}

static int is_entry(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static bool is_empty(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, NULL);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
	return count <= 0;
}

static bool clean(const char *path, struct err *err)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof folders / sizeof *folders && ok; i++) {
		struct text folder;
		text_init(&folder);
		text_addf(&folder, "%s/%s", path, folders[i]);
		ok = nftw(text_cstr(&folder), remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 ||
		     errno == ENOENT ||
		     err_set(err, ERR_IO, "cannot empty '%s': %s", text_cstr(&folder),
		             strerror(errno));
		text_release(&folder);
	}
	return ok;
}

bool suite_output_open(const char *path, struct err *err)
{
	struct text mark, nothing;

	text_init(&mark);
	text_init(&nothing);
	text_addf(&mark, "%s/" SUITE_MARK, path);
	bool ok = suite_make_folder(path, err);
	if (ok && suite_file_octets(text_cstr(&mark)) < 0 && !is_empty(path))
		ok = err_set(err, ERR_USAGE,
		             "'%s' has files in it that are not of a suite: give another --output",
		             path);
	ok = ok && clean(path, err) && output_write(text_cstr(&mark), &nothing, err);
	text_release(&mark);
	text_release(&nothing);
	return ok;
}

const char *suite_relative(const struct suite_run *r, const char *path)
{
	size_t n = strlen(r->options.output);

	return path && strncmp(path, r->options.output, n) == 0 && path[n] == '/' ? path + n + 1
	                                                                          : path;
}

/* ---- words ---- */

void suite_say_counts(const struct suite_run *r, struct text *out)
{
	size_t short_of = suite_run_count(r, SUITE_SHORT), flaky = 0;
	size_t not_judged = suite_run_count(r, SUITE_NOT_JUDGED);
	size_t left_out = suite_run_count(r, SUITE_LEFT_OUT);

	for (size_t i = 0; i < r->suite->case_count; i++)
		flaky += r->cases[i].chosen && r->cases[i].flaky;
	text_addf(out, "%zu of %zu case%s hold%s", suite_run_count(r, SUITE_HOLDS), r->chosen,
	          r->chosen == 1 ? "" : "s", suite_run_count(r, SUITE_HOLDS) == 1 ? "s" : "");
	if (short_of)
		text_addf(out, ", %zu fall%s short", short_of, short_of == 1 ? "s" : "");
	if (not_judged)
		text_addf(out, ", %zu could not be judged", not_judged);
	if (left_out)
		text_addf(out, ", %zu left out", left_out);
	if (flaky)
		text_addf(out, ", %zu only when run again", flaky);
	if (verdicts_exit_code(&r->background))
		text_addf(out, ", and the background did not stay up");
}

/* ---- Markdown ---- */

static void add_row(const struct suite_run *r, const struct suite_case_run *c, struct text *out)
{
	static const char *const marks[SUITE_RESULTS] = { "✅ holds", "❌ falls short",
		                                          "⚠️ not judged", "⏭️ left out" };

	text_addf(out, "| %s%s | ", c->flaky ? "🔁 " : "", marks[c->result]);
	text_add_markdown(out, slice_str(c->of->name));
	text_addf(out, " | %" PRId64 " of %" PRId64 " | %.1f s | ",
	          c->verdicts.counts[VERDICT_PASSED],
	          c->verdicts.counts[VERDICT_PASSED] + c->verdicts.counts[VERDICT_FAILED] +
	                  c->verdicts.counts[VERDICT_ERROR],
	          c->seconds);
	if (c->evidence)
		text_add_markdown(out, slice_str(suite_relative(r, c->evidence)));
	else if (c->result == SUITE_LEFT_OUT && c->verdicts.first)
		text_add_markdown(out, c->verdicts.first->note);
	text_addf(out, " |\n");
}

/* Of cases that hold the row is enough. */
static bool has_more(const struct suite_case_run *c)
{
	return c->chosen && (c->result == SUITE_SHORT || c->result == SUITE_NOT_JUDGED || c->flaky);
}

bool suite_add_markdown(const struct suite_run *r, struct text *out, struct err *err)
{
	bool ok = true;

	text_addf(out, "# ");
	text_add_markdown(out, slice_str(r->suite->name));
	text_addf(out, "\n\n");
	if (r->stopped_by)
		text_addf(out, "**Interrupted.** ");
	suite_say_counts(r, out);
	text_addf(out,
	          ", in %.0f s.\n\n| Result | Case | Assertions | Time | Evidence |\n"
	          "|---|---|---|---|---|\n",
	          r->seconds);
	for (size_t i = 0; i < r->suite->case_count; i++)
		if (r->cases[i].chosen)
			add_row(r, &r->cases[i], out);
	for (size_t i = 0; i < r->suite->case_count && ok; i++) {
		if (!has_more(&r->cases[i]))
			continue;
		text_addf(out, "\n");
		ok = verdicts_markdown(&r->cases[i].verdicts, out, err);
	}
	if (ok && verdicts_exit_code(&r->background)) {
		text_addf(out, "\n");
		ok = verdicts_markdown(&r->background, out, err);
	}
	return ok && (!out->failed || err_memory(err, "the report"));
}

/* ---- files ---- */

/* Releases the text. */
static bool write_file(const struct suite_run *r, const char *name, struct text *text,
                       struct err *err)
{
	struct text path;

	text_init(&path);
	text_addf(&path, "%s/%s", r->options.output, name);
	bool ok = !path.failed && !text->failed ? output_write(text_cstr(&path), text, err)
	                                        : err_memory(err, "the report");
	text_release(&path);
	text_release(text);
	return ok;
}

static bool write_junit(const struct suite_run *r, struct err *err)
{
	const struct verdicts **all = mem_alloc((r->suite->case_count + 1) * sizeof *all);
	size_t count = 0;
	struct text out;

	if (!all)
		return err_memory(err, "the report");
	text_init(&out);
	for (size_t i = 0; i < r->suite->case_count; i++)
		if (r->cases[i].chosen)
			all[count++] = &r->cases[i].verdicts;
	if (r->background.first)
		all[count++] = &r->background;
	bool ok = verdicts_junit_all(all, count, &out, err);
	mem_free(all);
	if (ok)
		return write_file(r, "junit.xml", &out, err);
	text_release(&out);
	return false;
}

typedef bool make_form(const struct suite_run *r, struct text *out, struct err *err);

static bool write_form(const struct suite_run *r, const char *name, make_form *make,
                       struct err *err)
{
	struct text out;

	text_init(&out);
	if (make(r, &out, err))
		return write_file(r, name, &out, err);
	text_release(&out);
	return false;
}

/* A job's summary already has what steps before wrote. */
static bool append_summary(const struct suite_run *r, const char *path, struct err *err)
{
	struct text out;
	FILE *f;

	if (!path)
		return true;
	text_init(&out);
	bool ok = suite_add_markdown(r, &out, err);
	if (ok && !(f = fopen(path, "a"))) {
		ok = err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	} else if (ok) {
		ok = fwrite(text_cstr(&out), 1, out.n, f) == out.n;
		ok = (fclose(f) == 0 && ok) ||
		     err_set(err, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
	}
	text_release(&out);
	return ok;
}

bool suite_write_reports(const struct suite_run *r, const char *summary, struct err *err)
{
	return write_junit(r, err) && write_form(r, "suite.json", suite_add_json, err) &&
	       write_form(r, "summary.md", suite_add_markdown, err) &&
	       write_form(r, "index.html", suite_html_index, err) &&
	       append_summary(r, summary, err);
}
