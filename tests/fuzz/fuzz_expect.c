/* A file of expectations: refused with its place, or judged; what is judged is right twice, and its forms are written. SQL in it is only read. */
#include "reports/check/check.h"
#include "reports/records/store.h"
#include "tests/helpers/sample_records.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* One for all executions: it is only read. */
static struct records *sample(void)
{
	static struct records *records;
	struct err err = ERR_INIT;

	if (!records) {
		struct store *store = sample_store(NULL, &err);
		must(store != NULL);
		records = records_of(store_handle(store), &err);
		must(records != NULL);
	}
	return records;
}

static void print(const struct verdicts *v)
{
	struct err err = ERR_INIT;
	struct text out;

	text_init(&out);
	must(verdicts_text(v, true, &out, &err) && verdicts_markdown(v, &out, &err) &&
	     verdicts_json(v, &out, &err) && verdicts_junit(v, &out, &err) &&
	     verdicts_html(v, NULL, &out, &err));
	text_release(&out);
}

static void judge(const struct yaml *file)
{
	const struct yaml_node *expect = yaml_root(file);
	struct err err = ERR_INIT;
	struct verdicts v;
	int64_t sum = 0, n = 0;

	verdicts_init(&v, "fuzz", "x.db");
	if (!check_records(sample(), file, expect, &v, &err))
		must(err.code == ERR_FORMAT && slice_starts(slice_str(err.text), "file"));
	for (const struct verdict *one = v.first; one; one = one->next)
		n++;
	for (int i = 0; i < VERDICT_RESULTS; i++)
		sum += v.counts[i];
	must(n == sum);
	print(&v);
	verdicts_release(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct yaml *file = yaml_parse(slice_of(data, size), "file", &err);

	if (!file) {
		must(err.code == ERR_FORMAT && slice_starts(slice_str(err.text), "file"));
		return 0;
	}
	if (!check_expectations(file, yaml_root(file), &err))
		must(err.code == ERR_FORMAT && slice_starts(slice_str(err.text), "file"));
	else if (!yaml_get(yaml_root(file), "sql")) /* a query may take seconds */
		judge(file);
	yaml_close(file);
	return 0;
}
