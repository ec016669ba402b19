/* reports/kpi: no number without its definition. */
#include "base/mem.h"
#include "reports/kpi_definitions.h"
#include "reports/report.h"
#include "tests/helpers/sample_records.h"

#include <check.h>

static struct records *open_sample(struct store **s)
{
	struct err err = ERR_INIT;

	*s = sample_store(NULL, &err);
	ck_assert_msg(*s != NULL, "%s", err.text);
	return records_of(store_handle(*s), &err);
}

START_TEST(every_figure_is_defined)
{
	struct err err = ERR_INIT;
	struct store *s;
	struct records *r = open_sample(&s);
	struct query *q = query_new(r, &err, "SELECT scope, name FROM kpi");
	bool used[KPI_DEFINITIONS] = { false };

	while (query_step(q, &err)) {
		const struct kpi_definition *d = kpi_definition_of(query_text(q, 1));
		ck_assert_msg(d != NULL, "%.*s: %.*s", SLICE_ARG(query_text(q, 0)),
		              SLICE_ARG(query_text(q, 1)));
		used[d - kpi_definitions] = true;
	}
	for (size_t i = 0; i < KPI_DEFINITIONS; i++)
		ck_assert_msg(used[i], "nobody counts %s", kpi_definitions[i].name);
	ck_assert_ptr_null(kpi_definition_of(SLICE_LIT("ASR_P95")));
	ck_assert_ptr_null(kpi_definition_of(SLICE_LIT("PDD")));
	ck_assert_ptr_null(kpi_definition_of(SLICE_LIT("_P95")));
	query_free(q);
	records_close(r);
	store_free(s);
}
END_TEST

/* The sample: answered after 200 + 1800 ms, 7 s of talk; 486; 503. One trunk, one minute. */
static const char *const parts[] = {
	"  ASR                 33.33 %   1 / 3               Answer-seizure ratio: answered / "
	"attempts (ITU-T E.411)\n",
	"  SEER                66.67 %   2 / 3  ",
	"  BHCA                    - /h  ",
	"  CONCURRENT_PEAK         1 ",
	"\nTimes\n",
	"  PDD               1 ms       200       200       200       200       200       200      "
	" "
	"200\n             Post-dial delay: from first INVITE to 180 or 183, else the 2xx\n",
	"  SRD_FAILED        2 ms       100 ",
	"\nPer trunk: legs, by the address that their first INVITE went to\n",
	"  192.0.2.2                      3     0   33.3   66.7   33.3    0.0   33.3     7.0     200",
	"\nPer minute (UTC)",
	"  2023-11-14 22:13               3     0   33.3   66.7   33.3     7.0     200     200 ",
};

START_TEST(page)
{
	struct err err = ERR_INIT;
	struct store *s;
	struct records *r = open_sample(&s);
	struct text out;

	text_init(&out);
	ck_assert_msg(report_kpi(r, false, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), parts[_i]) != NULL, "want: %s in:\n%s", parts[_i],
	              text_cstr(&out));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(document)
{
	struct err err = ERR_INIT;
	struct store *s;
	struct records *r = open_sample(&s);
	struct text out;

	text_init(&out);
	ck_assert_msg(report_kpi_json(r, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out),
	                     "{\"scope\": \"trunk:192.0.2.2\", \"name\": \"ACD\", \"value\": 7, "
	                     "\"unit\": \"s\", \"numerator\": 7, \"denominator\": 1}") != NULL,
	              "%s", text_cstr(&out));
	ck_assert(strstr(text_cstr(&out),
	                 "{\"name\": \"ASR\", \"kind\": \"ratio\", \"title\": \"Answer-seizure "
	                 "ratio\", "
	                 "\"numerator\": \"answered\", \"denominator\": \"attempts\", \"source\": "
	                 "\"ITU-T E.411\"}") != NULL);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

typedef bool view(struct records *r, struct text *out, struct err *err);

static bool plain(struct records *r, struct text *out, struct err *err)
{
	return report_kpi(r, false, out, err);
}

static view *const views[] = { plain, report_kpi_json };

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct text out;
		ck_assert_uint_lt(n, 2000);
		err.code = ERR_NONE;
		text_init(&out);
		mem_fail_after(n);
		struct records *r = records_of(store_handle(s), &err);
		done = r && views[_i](r, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_kpi_report(void);
Suite *suite_kpi_report(void)
{
	Suite *suite = suite_create("kpi_report");
	TCase *tcase = tcase_create("kpi_report");

	tcase_add_test(tcase, every_figure_is_defined);
	tcase_add_loop_test(tcase, page, 0, COUNT(parts));
	tcase_add_test(tcase, document);
	tcase_add_loop_test(tcase, allocation_n_fails, 0, COUNT(views));
	suite_add_tcase(suite, tcase);
	return suite;
}
