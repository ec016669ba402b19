/* Verdicts as JUnit: what the schema of the Apache Ant tasks (the common JUnit.xsd) and the one of the Jenkins xunit plugin both take.
 * The strict one wants every testsuite inside <testsuites>, with package and id, and the line of an assertion can only stand in the text. */
#include "reports/records/store.h"
#include "reports/verdicts_internal.h"

#include <inttypes.h>
#include <time.h>

static void add_attribute(struct text *out, const char *name, struct slice value)
{
	text_addf(out, " %s=\"", name);
	text_add_xml(out, value);
	text_addf(out, "\"");
}

/* Without a zone: UTC. */
static void add_timestamp(struct text *out, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	char buf[40];

	if (gmtime_r(&seconds, &tm) && strftime(buf, sizeof buf, "%Y-%m-%dT%H:%M:%S", &tm))
		text_addf(out, " timestamp=\"%s\"", buf);
}

static double all_seconds(const struct verdicts *v)
{
	double seconds = 0;

	for (const struct verdict *one = v->first; one; one = one->next)
		seconds += one->seconds;
	return seconds;
}

/* "expected >= 3.8, found 3.41": what CI shows in a list. */
static void add_message(const struct verdict *one, struct text *out)
{
	struct text message;
	struct slice note = one->note, line;

	text_init(&message);
	if (one->expected.p)
		text_addf(&message, "expected %.*s", SLICE_ARG(one->expected));
	if (one->actual.p)
		text_addf(&message, "%sfound %.*s", message.n ? ", " : "", SLICE_ARG(one->actual));
	if (!message.n && slice_line(&note, &line))
		text_add(&message, line);
	add_attribute(out, "message", slice_of(message.p, message.n));
	out->failed |= message.failed;
	text_release(&message);
}

static void add_line(struct text *out, const char *before, struct slice s)
{
	text_addf(out, "%s", before);
	text_add_xml(out, s);
	text_addf(out, "\n");
}

/* Everything there is to say, as it would stand on a terminal. */
static void add_details(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	struct slice note = one->note;
	struct text command;

	if (one->file.p) {
		text_add_xml(out, one->file);
		text_addf(out, one->line ? ":%u\n" : "\n", one->line);
	}
	if (one->expected.p)
		add_line(out, "expected ", one->expected);
	if (one->actual.p)
		add_line(out, "found ", one->actual);
	for (struct slice line; slice_line(&note, &line);)
		add_line(out, "", line);
	for (const struct verdict_blame *b = one->blame; b; b = b->next) {
		if (b->call_id != RECORD_NULL)
			text_addf(out, "call %" PRId64 ": ", b->call_id);
		add_line(out, "", b->text);
	}
	if (verdict_more_blame(one))
		text_addf(out, "and %" PRId64 " more\n", verdict_more_blame(one));
	text_init(&command);
	if (verdict_add_command(v, one, &command))
		add_line(out, "to see it: ", slice_of(command.p, command.n));
	out->failed |= command.failed;
	text_release(&command);
}

static void add_testcase(const struct verdicts *v, const struct verdict *one, struct text *out)
{
	static const char *const elements[VERDICT_RESULTS] = { NULL, "failure", "error",
		                                               "skipped" };
	const char *element = elements[one->result];

	text_addf(out, "\t\t<testcase");
	add_attribute(out, "classname", one->group.n ? one->group : v->title);
	add_attribute(out, "name", one->name);
	text_addf(out, " time=\"%.3f\"", one->seconds);
	if (!element) {
		text_addf(out, "/>\n");
		return;
	}
	text_addf(out, ">\n\t\t\t<%s", element);
	if (verdict_is_bad(one))
		text_addf(out, " type=\"%s\"",
		          one->result == VERDICT_FAILED ? "expectation" : "not-judged");
	add_message(one, out);
	text_addf(out, ">");
	add_details(v, one, out);
	text_addf(out, "</%s>\n\t\t</testcase>\n", element);
}

static void add_testsuite(const struct verdicts *v, size_t id, struct text *out)
{
	int64_t n = 0;

	for (int i = 0; i < VERDICT_RESULTS; i++)
		n += v->counts[i];
	text_addf(out, "\t<testsuite");
	add_attribute(out, "name", v->title.n ? v->title : SLICE_LIT("milliwatt"));
	text_addf(out,
	          " package=\"milliwatt\" id=\"%zu\" tests=\"%" PRId64 "\" failures=\"%" PRId64
	          "\" errors=\"%" PRId64 "\" skipped=\"%" PRId64
	          "\" time=\"%.3f\" hostname=\"localhost\"",
	          id, n, v->counts[VERDICT_FAILED], v->counts[VERDICT_ERROR],
	          v->counts[VERDICT_SKIPPED], all_seconds(v));
	add_timestamp(out, v->started_us);
	text_addf(out, ">\n\t\t<properties/>\n");
	for (const struct verdict *one = v->first; one; one = one->next)
		add_testcase(v, one, out);
	text_addf(out, "\t\t<system-out/>\n\t\t<system-err/>\n\t</testsuite>\n");
}

bool verdicts_junit_all(const struct verdicts *const *all, size_t count, struct text *out,
                        struct err *err)
{
	bool ok = true;

	text_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (size_t i = 0; i < count; i++)
		add_testsuite(all[i], i, out);
	text_addf(out, "</testsuites>\n");
	for (size_t i = 0; i < count && ok; i++)
		ok = verdicts_end(all[i], out, err);
	return ok;
}

bool verdicts_junit(const struct verdicts *v, struct text *out, struct err *err)
{
	return verdicts_junit_all(&v, 1, out, err);
}
