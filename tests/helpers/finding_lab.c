#include "tests/helpers/finding_lab.h"

#include "analyzer/analyze.h"
#include "reports/records/query.h"
#include "tests/helpers/recipe.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct run {
	char capture[160], rules[160];
	const char *paths[1];
	struct analyze_options options;
};

static void prepare(struct temp_dir *dir, const struct finding_case *c, struct run *r)
{
	struct recipe_result result;
	struct err err = ERR_INIT;

	snprintf(r->capture, sizeof r->capture, "%s", temp_dir_path(dir, "capture.pcap"));
	ck_assert_msg(recipe_run(c->name, slice_str(c->recipe), r->capture, &result, &err), "%s",
	              err.text);
	if (c->rules)
		snprintf(r->rules, sizeof r->rules, "%s",
		         temp_dir_write(dir, "rules", slice_str(c->rules)));
	r->paths[0] = r->capture;
	r->options = (struct analyze_options){ .paths = r->paths,
		                               .path_count = 1,
		                               .rules_path = c->rules ? r->rules : NULL };
}

static void read_rows(struct store *store, const char *those, struct text *out)
{
	struct err err = ERR_INIT;
	struct records *records = records_of(store_handle(store), &err);
	char sql[400];

	snprintf(sql, sizeof sql,
	         "SELECT rule || '|' || cause || '|' || occurrences || '|' || confidence FROM "
	         "findings WHERE %s ORDER BY rule, cause",
	         those);
	struct query *q = query_new(records, &err, sql);
	ck_assert_msg(q != NULL, "%s", err.text);
	while (query_step(q, &err)) {
		text_addf(out, out->n ? "\n" : "");
		text_add(out, query_text(q, 0));
	}
	query_free(q);
	records_close(records);
}

void finding_lab_check(struct temp_dir *dir, const struct finding_case *c, const char *those)
{
	struct err err = ERR_INIT;
	struct store *store = NULL;
	struct text rows;
	struct run r;

	prepare(dir, c, &r);
	ck_assert_msg(analyze_run(&r.options, &store, NULL, &err), "%s: %s", c->name, err.text);
	text_init(&rows);
	read_rows(store, those, &rows);
	ck_assert_msg(strcmp(text_cstr(&rows), c->findings) == 0, "%s:\n%s", c->name,
	              text_cstr(&rows));
	text_release(&rows);
	store_free(store);
}

void finding_lab_without_memory(struct temp_dir *dir, const struct finding_case *c)
{
	struct err err = ERR_INIT;
	struct shortage shortage = { 0 };
	struct run r;

	prepare(dir, c, &r);
	shortage_watch(&shortage);
	ck_assert_msg(analyze_run(&r.options, NULL, NULL, &err), "%s", err.text);
	shortage_plan(&shortage);
	while (shortage_next(&shortage)) {
		err = (struct err)ERR_INIT;
		bool ok = analyze_run(&r.options, NULL, NULL, &err);
		shortage_over();
		ck_assert_msg(!ok && err.code == ERR_MEMORY, "%s: allocation %lu: %s", c->name,
		              shortage_at(&shortage), err.text);
	}
	shortage_release(&shortage);
}
