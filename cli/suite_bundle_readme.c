/* README.md of a bundle: what is what, for who did not run the suite. */
#include "cli/suite_bundle_files.h"

#include "reports/rows.h"

#include <inttypes.h>

/* As code, that reads well in an editor too, also in a cell of a table. */
static void add_code(struct text *out, struct slice s)
{
	struct text plain;

	text_init(&plain);
	text_add_terminal(&plain, s);
	text_addf(out, plain.n ? "`" : "-");
	for (size_t i = 0; i < plain.n; i++)
		text_addf(out, "%s%c", plain.p[i] == '|' ? "\\" : "",
		          plain.p[i] == '`' ? '\'' : plain.p[i]);
	text_addf(out, plain.n ? "`" : "");
	out->failed |= plain.failed;
	text_release(&plain);
}

static bool add_call(struct records *run, struct records *slice, int64_t id, struct text *out,
                     struct err *err)
{
	int64_t number = RECORD_NULL;
	struct query *q;

	if (slice && !suite_bundle_number(run, slice, id, &number, err))
		return false;
	if (!rows_first(
	            run,
	            "SELECT sip_call_id, coalesce(caller, '?'), coalesce(callee, '?'), outcome, "
	            "coalesce(final_status, '') || '' FROM calls WHERE id = ?1",
	            id, &q, err))
		return err->code == ERR_NONE;
	text_addf(out, "| %" PRId64 " |", id);
	if (number == RECORD_NULL)
		text_addf(out, " - |");
	else
		text_addf(out, " %" PRId64 " |", number);
	for (int i = 0; i < 5; i++) {
		text_addf(out, " ");
		add_code(out, query_text(q, i));
		text_addf(out, " |");
	}
	text_addf(out, "\n");
	query_free(q);
	return true;
}

static bool add_calls(const struct suite_bundle *b, const struct suite_bundle_there *there,
                      struct text *out, struct err *err)
{
	struct records *run = records_open(b->plan->database, err), *slice = NULL;
	bool ok = run != NULL;

	text_addf(out, "\n## Calls\n\n| call | in calls.db | Call-ID | caller | callee | outcome | "
	               "status |\n|---|---|---|---|---|---|---|\n");
	if (ok && there->database)
		ok = (slice = records_open(b->database, err)) != NULL;
	for (size_t i = 0; i < b->count && ok; i++)
		ok = add_call(run, slice, b->calls[i], out, err);
	records_close(slice);
	records_close(run);
	return ok;
}

static void add_short(const struct verdicts *v, struct text *out)
{
	text_addf(out, "\n## What falls short\n\n");
	for (const struct verdict *one = v->first; one; one = one->next) {
		if (one->result != VERDICT_FAILED && one->result != VERDICT_ERROR)
			continue;
		text_addf(out, "- %s", one->result == VERDICT_ERROR ? "not judged: " : "");
		add_code(out, one->group);
		text_addf(out, ": ");
		add_code(out, one->name);
		if (one->actual.n) {
			text_addf(out, ": ");
			add_code(out, one->actual);
		}
		text_addf(out, "\n");
	}
}

static void add_files(const struct suite_bundle *b, const struct suite_bundle_there *there,
                      struct text *out)
{
	text_addf(out,
	          "\n## Files\n\n| file | |\n|---|---|\n"
	          "| verdicts.txt, verdicts.json | every assertion, what was expected and found |\n"
	          "| commands.txt | what was run, to run it again |\n"
	          "| environment.txt | versions, the machine, the CI job |\n");
	if (b->plan->step_count)
		text_addf(out, "| *.log | what it printed (the last %d KB) |\n",
		          SUITE_LOG_OCTETS >> 10);
	if (there->slice)
		text_addf(out, "| calls.pcapng | the packets of the calls below%s |\n",
		          b->sip_only ? ", signalling alone: their media are too large" : "");
	if (there->database)
		text_addf(out, "| calls.db | records of that capture, as `milliwatt analyze` makes "
		               "them |\n");
	if (there->pages)
		text_addf(out, "| html/index.html | the same as pages |\n");
	if (there->records)
		text_addf(out,
		          "| call-N.txt, call-N.json | a ladder, and all rows, of call N |\n"
		          "| findings.txt | what was found about these calls, with evidence and "
		          "fix |\n");
}

static void add_absent(const struct suite_bundle *b, const struct suite_bundle_there *there,
                       struct text *out)
{
	if (!b->count) {
		text_addf(out,
		          "\nThere are no calls in this bundle: the run left no records of any.\n");
		return;
	}
	if (!there->slice) {
		text_addf(out, "\nThere is no capture of these calls: ");
		if (b->plan->no_capture)
			text_addf(out, "%s.\n", b->plan->no_capture);
		else
			text_addf(out, "evidence.log says why.\n");
	}
	if (!there->records)
		text_addf(out, "\nLadders and rows are left out: digits are to be masked, and only "
		               "records of the masked capture are.\n");
}

static void add_masked(const struct suite_evidence *e, struct text *out)
{
	if (e->mask_credentials)
		text_addf(out, "\nCredentials are masked: in calls.pcapng the responses of "
		               "Authorization and Proxy-Authorization are x.\n");
	if (e->mask_digits)
		text_addf(
		        out,
		        "\nDigits that were pressed are masked in the capture and in all records; "
		        "verdicts and commands may name those that were expected.\n");
	if (!e->mask_credentials || !e->mask_digits)
		text_addf(out, "\nNot masked: %s%s%s. Think of that before it is given away.\n",
		          e->mask_credentials ? "" : "credentials",
		          e->mask_credentials || e->mask_digits ? "" : " and ",
		          e->mask_digits ? "" : "digits");
}

bool suite_bundle_readme(const struct suite_bundle *b, const struct verdicts *v,
                         const struct suite_bundle_there *there, struct err *err)
{
	struct text out;

	text_init(&out);
	text_addf(&out, "# Evidence: ");
	text_add_markdown(&out, slice_str(b->of->name));
	text_addf(&out, "\n\nA case of the suite ");
	text_add_markdown(&out, slice_str(b->suite->name));
	text_addf(&out, " that fell short, or could not be judged.\n");
	add_short(v, &out);
	add_files(b, there, &out);
	bool ok = !b->count || add_calls(b, there, &out, err);
	add_absent(b, there, &out);
	add_masked(&b->suite->evidence, &out);
	if (ok)
		return suite_bundle_write(b, "README.md", &out, err);
	text_release(&out);
	return false;
}
