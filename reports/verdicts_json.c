/* Verdicts for programs. */
#include "reports/records/store.h"
#include "reports/rows.h"
#include "reports/verdicts_internal.h"

#include <inttypes.h>

#define FORM_VERSION 1

static void add_string(struct text *out, const char *name, struct slice s)
{
	text_addf(out, "\"%s\": ", name);
	if (!s.p) {
		text_addf(out, "null");
		return;
	}
	text_addf(out, "\"");
	text_add_json(out, s);
	text_addf(out, "\"");
}

static void add_blame(const struct verdict *one, struct text *out)
{
	text_addf(out, "\"blame_count\": %" PRId64 ", \"blame\": [", one->blame_count);
	for (const struct verdict_blame *b = one->blame; b; b = b->next) {
		text_addf(out, b == one->blame ? "{\"call_id\": " : ", {\"call_id\": ");
		if (b->call_id == RECORD_NULL)
			text_addf(out, "null, ");
		else
			text_addf(out, "%" PRId64 ", ", b->call_id);
		add_string(out, "text", b->text);
		text_addf(out, "}");
	}
	text_addf(out, "]");
}

static void add_verdict(const struct verdict *one, struct text *out)
{
	const struct {
		const char *name;
		struct slice value;
	} strings[] = {
		{ "group", one->group },
		{ "name", one->name },
		{ "result", slice_str(verdict_word(one->result)) },
		{ "expected", one->expected },
		{ "actual", one->actual },
		{ "note", one->note },
		{ "file", one->file },
	};

	text_addf(out, "\t\t{");
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		add_string(out, strings[i].name, strings[i].value);
		text_addf(out, ", ");
	}
	if (one->line)
		text_addf(out, "\"line\": %u, ", one->line);
	else
		text_addf(out, "\"line\": null, ");
	text_addf(out, "\"seconds\": ");
	rows_add_json_real(out, one->seconds);
	text_addf(out, ", ");
	add_blame(one, out);
	text_addf(out, "}");
}

bool verdicts_json(const struct verdicts *v, struct text *out, struct err *err)
{
	text_addf(out, "{\n\t\"form\": \"milliwatt verdicts\",\n\t\"form_version\": %d,\n\t",
	          FORM_VERSION);
	add_string(out, "title", v->title);
	text_addf(out, ",\n\t");
	add_string(out, "database", slice_str(v->database));
	text_addf(out, ",\n\t\"started_us\": %" PRId64 ",\n\t\"exit_code\": %d,\n\t\"counts\": {",
	          v->started_us, verdicts_exit_code(v));
	for (enum verdict_result i = 0; i < VERDICT_RESULTS; i++)
		text_addf(out, "%s\"%s\": %" PRId64, i ? ", " : "", verdict_word(i), v->counts[i]);
	text_addf(out, "},\n\t\"verdicts\": [");
	for (const struct verdict *one = v->first; one; one = one->next) {
		text_addf(out, one == v->first ? "\n" : ",\n");
		add_verdict(one, out);
	}
	text_addf(out, v->first ? "\n\t]\n}\n" : "]\n}\n");
	return verdicts_end(v, out, err);
}
