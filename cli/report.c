/* milliwatt report: the summary of a database, in the form of who reads it. */
#include "reports/report.h"
#include "cli/cli.h"
#include "cli/html_report.h"
#include "cli/output.h"
#include "cli/report_options.h"
#include "reports/findings.h"
#include "reports/rows.h"
#include "reports/table_csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
        "Usage: milliwatt report [OPTIONS] DB\n"
        "\n"
        "Says what happened in the captures behind DB, which 'milliwatt analyze' wrote.\n"
        "\n"
        "Forms of the report\n"
        "  --text         a page for people: captures, calls, findings, streams, worst calls "
        "(default)\n"
        "  --html DIR     a folder of pages to open in a browser, from disk: overview, every call "
        "with\n"
        "                 its ladder, findings with what to do, plots. DIR/index.html comes first\n"
        "  --markdown     for the summary of a CI job: GitHub's and GitLab's Markdown, under 1 MB\n"
        "  --json         one JSON document: the same facts and every call; times in microseconds\n"
        "                 since 1970 UTC, null where nothing was observed. Its keys are described\n"
        "                 in docs/report-json.md\n"
        "  --csv TABLE    all rows of a table of DB, as RFC 4180 says: calls, streams, findings,\n"
        "                 kpi, messages ... (a name that is none prints them all)\n"
        "  --junit        a test case for each rule in force: failed where it found an error, "
        "skipped\n"
        "                 where the captures cannot show what it looks for. The exit code says\n"
        "                 nothing of that; 'milliwatt check' is for verdicts\n"
        "Lists for people\n"
        "  --calls        every call, as 'milliwatt calls' lists them, which can also choose\n"
        "  --streams      one line per RTP stream, with the number of its call\n"
        "  --findings     everything that the rules found, errors first, with the number that\n"
        "                 'milliwatt explain' takes\n"
        "  --kpi          the key figures with their definitions: overall, per trunk, per minute\n"
        "                 (RFC 6076, ASR, NER, ACD, PDD ...); with --json as JSON\n"
        "Pages (--html)\n"
        "  --pages N      a page for each of N calls (20000): those with findings, without an "
        "answer\n"
        "                 or with the lowest scores first; the others are in the lists\n"
        "  --plots N      of N calls the streams' curves by gnuplot too (200); 0: no plots of "
        "calls\n"
        "  --audio[=N]    players for the sound of N calls (20); reads the captures again\n"
        "  --no-texts     no texts of messages: the captures are not read again\n"
        "  --captures DIR the captures lie there now\n"
        "More\n"
        "  --fail-on LEVEL     of --junit: error (default) or warning\n"
        "  -o, --output FILE   write there instead of to standard output\n"
        "  -h, --help     this help\n"
        "\n"
        "Examples:\n"
        "  milliwatt analyze -o trunk.db trunk.pcap    read a capture once\n"
        "  milliwatt report trunk.db                   what happened?\n"
        "  milliwatt report --html outage trunk.db && xdg-open outage/index.html\n"
        "  milliwatt report --html outage --captures /mnt/captures --audio=5 trunk.db\n"
        "  milliwatt report --markdown trunk.db >> \"$GITHUB_STEP_SUMMARY\"\n"
        "  milliwatt report --junit --fail-on warning -o rules.xml trunk.db\n"
        "  milliwatt report --csv streams trunk.db > streams.csv\n"
        "  milliwatt report --json trunk.db | jq '.calls[] | select(.mos_min < 3)'\n"
        "  milliwatt show trunk.db 17                  one call, message by message\n"
        "  sqlite3 trunk.db 'SELECT outcome, count(*) FROM calls GROUP BY 1'\n";

static bool add_text(const struct report_options *o, struct records *r, struct text *out,
                     struct err *err)
{
	bool colour = !o->output && output_wants_colour();

	switch (o->subject) {
	case REPORT_CALLS: return report_calls(r, out, err);
	case REPORT_STREAMS: return report_streams(r, out, err);
	case REPORT_FINDINGS: return findings_list(r, out, err);
	case REPORT_KPI: return report_kpi(r, colour, out, err);
	default: return colour ? report_text_colour(r, out, err) : report_text(r, out, err);
	}
}

static bool add_junit(const struct report_options *o, struct records *r, struct text *out,
                      struct err *err)
{
	struct verdicts v;

	verdicts_init(&v, "milliwatt rules", o->database);
	bool ok = report_verdicts(r, o->warnings_fail, &v, err) && verdicts_junit(&v, out, err);
	verdicts_release(&v);
	return ok;
}

static bool add_form(const struct report_options *o, struct records *r, struct text *out,
                     struct err *err)
{
	switch (o->form) {
	case REPORT_MARKDOWN: return report_markdown(r, out, err);
	case REPORT_JSON:
		return o->subject == REPORT_KPI ? report_kpi_json(r, out, err)
		                                : report_json(r, out, err);
	case REPORT_JUNIT: return add_junit(o, r, out, err);
	default: return add_text(o, r, out, err);
	}
}

/* Made whole, then written. */
static bool write_form(const struct report_options *o, struct records *r, struct err *err)
{
	struct text out;

	text_init(&out);
	bool ok = add_form(o, r, &out, err) && output_write(o->output, &out, err);
	text_release(&out);
	return ok;
}

/* A table goes piece by piece; the file is made when there is a first one. */
struct sink {
	const char *name; /* NULL: standard output */
	FILE *file;
};

static bool cannot_write(const struct sink *s, struct err *err)
{
	return err_set(err, ERR_IO, "cannot write '%s': %s", s->name ? s->name : "standard output",
	               strerror(errno));
}

static bool write_piece(void *context, struct slice octets, struct err *err)
{
	struct sink *s = context;

	if (!s->file)
		s->file = s->name ? fopen(s->name, "w") : stdout;
	if (!s->file)
		return err_set(err, ERR_IO, "cannot create '%s': %s", s->name, strerror(errno));
	return fwrite(octets.p, 1, octets.n, s->file) == octets.n || cannot_write(s, err);
}

static bool write_table(const struct report_options *o, struct records *r, struct err *err)
{
	struct sink s = { .name = o->output && strcmp(o->output, "-") != 0 ? o->output : NULL };
	bool ok = table_csv(r, slice_str(o->table), write_piece, &s, err);

	if (s.file && fflush(s.file) != 0 && ok)
		ok = cannot_write(&s, err);
	if (s.file && s.name && fclose(s.file) != 0 && ok)
		ok = cannot_write(&s, err);
	return ok;
}

/* "outage/index.html: 412 calls, 400 with pages of their own" */
static void say_where(const struct report_options *o, const struct html_outcome *outcome)
{
	struct text line;

	text_init(&line);
	text_addf(&line, "open ");
	text_add_terminal(&line, slice_str(o->folder));
	text_addf(&line, "%sindex.html: %" PRId64 " call%s, %" PRId64 " with a page of %s",
	          line.n && line.p[line.n - 1] == '/' ? "" : "/", outcome->calls,
	          outcome->calls == 1 ? "" : "s", outcome->pages,
	          outcome->pages == 1 ? "its own" : "their own");
	if (outcome->plots_absent) {
		text_addf(&line, "; no plots by gnuplot: ");
		text_add_terminal(&line, slice_str(outcome->plots_absent));
	}
	if (*outcome->no_texts) {
		text_addf(&line, "; no texts of messages: ");
		text_add_terminal(&line, slice_str(outcome->no_texts));
	}
	puts(text_cstr(&line));
	text_release(&line);
}

static bool write_pages(const struct report_options *o, struct records *r, struct err *err)
{
	struct html_request request = {
		.folder = o->folder,
		.pages = o->pages,
		.plots = o->plots,
		.audio = o->audio,
		.no_texts = o->no_texts,
		.captures = o->captures,
	};
	struct html_outcome outcome = { 0 };

	if (!html_request_run(r, &request, &outcome, err))
		return false;
	say_where(o, &outcome);
	return true;
}

static bool run(const struct report_options *o, struct err *err)
{
	struct records *r = records_open(o->database, err);

	if (!r)
		return false;
	bool ok = o->form == REPORT_HTML  ? write_pages(o, r, err)
	          : o->form == REPORT_CSV ? write_table(o, r, err)
	                                  : write_form(o, r, err);
	records_close(r);
	return ok;
}

int cli_report(int argc, char **argv)
{
	struct report_options o;
	struct err err = ERR_INIT;
	bool wants_help;

	if (!report_options_parse(&o, argc, argv, &wants_help, &err))
		return output_error("report", &err);
	if (wants_help)
		return output_help(help);
	return run(&o, &err) ? 0 : output_error("report", &err);
}
