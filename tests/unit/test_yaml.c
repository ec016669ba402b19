/* base/yaml: trees, what is refused and where, scalars as numbers; every allocation may fail. */
#include "base/yaml.h"

#include "base/mem.h"
#include "base/text.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>

/* (key=)text, "text", [ ... ], { ... }, @line:column where it stands. */
static void show(const struct yaml_node *n, struct text *out)
{
	if (n->key.p)
		text_addf(out, "%.*s=", SLICE_ARG(n->key));
	if (n->kind == YAML_SCALAR) {
		text_addf(out, n->quoted ? "\"%.*s\"" : "%.*s", SLICE_ARG(n->text));
		text_addf(out, "@%u:%u", n->line, n->column);
		return;
	}
	text_addf(out, n->kind == YAML_SEQUENCE ? "[" : "{");
	for (const struct yaml_node *c = n->first; c; c = c->next) {
		text_addf(out, c == n->first ? "" : " ");
		show(c, out);
	}
	text_addf(out, n->kind == YAML_SEQUENCE ? "]" : "}");
}

static const struct {
	const char *octets, *want; /* the tree, or the error */
} trees[] = {
	{ "", "empty" },
	{ "# only a comment\n", "empty" },
	{ "---\n", "empty" },
	{ "word", "word@1:1" },
	{ "a: 1\nb: \"1\"\n", "{a=1@1:4 b=\"1\"@2:4}" },
	{ "- x\n- 'y'\n- z >= 3 # why\n", "[x@1:3 \"y\"@2:3 z >= 3@3:3]" },
	{ "a:\n  b: [1, {c: d}]\n  e:\n", "{a={b=[1@2:7 {c=d@2:14}] e=@3:5}}" },
	{ "t: |\n  two\n  lines\n", "{t=\"two\nlines\n\"@1:4}" },
	{ "{a: {}, b: []}", "{a={} b=[]}" },
	{ "%YAML 1.1\n---\na: 1\n...\n", "{a=1@3:4}" },
	{ "a: 1\na: 2\n", "f:2:1: 'a' is given twice, in line 1 already" },
	{ "b: 1\nx: {ab: 1, a: 2, ab: 3}", "f:2:18: 'ab' is given twice, in line 2 already" },
	{ "? [a, b]\n: c\n", "f:1:3: a key must be a word, not a list or a mapping" },
	{ "? {a: b}\n: c\n", "f:1:3: a key must be a word, not a list or a mapping" },
	{ "a: &x 1\n", "f:1:4: anchors (&x) are not read here; write it out" },
	{ "a: &x [1]\n", "f:1:4: anchors (&x) are not read here; write it out" },
	{ "&x {a: 1}\n", "f:1:1: anchors (&x) are not read here; write it out" },
	{ "a: *x\n", "f:1:4: aliases (*x) are not read here; write it out" },
	{ "a: !!int 1\n", "f:1:4: tags (tag:yaml.org,2002:int) are not read here" },
	{ "a: ! 1\n", "f:1:4: tags (!) are not read here" },
	{ "a: !x [1]\n", "f:1:4: tags (!x) are not read here" },
	{ "a: 1\n---\nb: 2\n", "f:2:1: a second document begins ('---')" },
	{ "a: [1\n", "f:2:1: while parsing a flow sequence, did not find expected ',' or ']'" },
	{ "a:\n\tb: 1\n",
	  "f:2:1: while scanning for the next token, found character that cannot start any token" },
	{ "a: \"\\x1b[2J\": 1\n", "f:1:13: mapping values are not allowed in this context" },
	{ "a: >= 3\n",
	  "f:1:5: while scanning a block scalar, did not find expected comment or line "
	  "break; a value that begins with > or | stands in quotes" },
	{ "a: \xff\xfe\n", "f: invalid leading UTF-8 octet at octet 3; the file must be UTF-8" },
};

static struct err err;

START_TEST(a_tree_or_what_is_wrong)
{
	struct yaml *y;
	struct text out;

	err = (struct err)ERR_INIT;
	text_init(&out);
	y = yaml_parse(slice_str(trees[_i].octets), "f", &err);
	if (!y)
		text_addf(&out, "%s", err.text);
	else if (!yaml_root(y))
		text_addf(&out, "empty");
	else
		show(yaml_root(y), &out);
	ck_assert_str_eq(text_cstr(&out), trees[_i].want);
	ck_assert_int_eq(err.code, y ? ERR_NONE : ERR_FORMAT);
	yaml_close(y);
	text_release(&out);
}
END_TEST

static const struct {
	const char *octets;
	int64_t integer; /* INT64_MIN: none */
	double real; /* -1: none */
	int truth; /* -1: none */
} scalars[] = {
	{ "12", 12, 12, -1 },
	{ "+12", 12, 12, -1 },
	{ "-0.5", INT64_MIN, -0.5, -1 },
	{ "0", 0, 0, -1 },
	{ "007", INT64_MIN, -1, -1 },
	{ "0x10", INT64_MIN, -1, -1 },
	{ "0o17", INT64_MIN, -1, -1 },
	{ "1_000", INT64_MIN, -1, -1 },
	{ "1:30", INT64_MIN, -1, -1 }, /* YAML 1.1's sexagesimal */
	{ "2.5e3", INT64_MIN, 2500, -1 },
	{ "1.", INT64_MIN, -1, -1 },
	{ ".5", INT64_MIN, -1, -1 },
	{ "1e999", INT64_MIN, -1, -1 },
	{ ".inf", INT64_MIN, -1, -1 },
	{ "nan", INT64_MIN, -1, -1 },
	{ "9223372036854775807", INT64_MAX, 9223372036854775807.0, -1 },
	{ "9223372036854775808", INT64_MIN, 9223372036854775808.0, -1 },
	{ "\"12\"", INT64_MIN, -1, -1 },
	{ "true", INT64_MIN, -1, 1 },
	{ "no", INT64_MIN, -1, 0 },
	{ "on", INT64_MIN, -1, 1 },
	{ "'yes'", INT64_MIN, -1, -1 },
	{ "[1]", INT64_MIN, -1, -1 },
};

START_TEST(scalars_as_numbers)
{
	int64_t integer = INT64_MIN;
	double real = -1;
	bool truth;

	err = (struct err)ERR_INIT;
	struct yaml *y = yaml_parse(slice_str(scalars[_i].octets), "f", &err);
	ck_assert_msg(y != NULL, "%s", err.text);
	const struct yaml_node *n = yaml_root(y);
	ck_assert_int_eq(yaml_int(n, &integer), scalars[_i].integer != INT64_MIN);
	ck_assert_int_eq(integer, scalars[_i].integer);
	ck_assert_int_eq(yaml_real(n, &real), scalars[_i].real != -1);
	ck_assert_double_eq(real, scalars[_i].real);
	int got = yaml_bool(n, &truth) ? (int)truth : -1;
	ck_assert_int_eq(got, scalars[_i].truth);
	yaml_close(y);
}
END_TEST

START_TEST(keys_by_name)
{
	static const char *const names[] = { "calls", "streams", NULL };

	err = (struct err)ERR_INIT;
	struct yaml *y =
	        yaml_parse(SLICE_LIT("calls: 1\nstraems: 2\n\"\\x1b[2J\": 3"), "a\nb", &err);
	ck_assert_ptr_nonnull(y);
	ck_assert_str_eq(yaml_name(y), "a\nb");
	ck_assert(slice_eq_str(yaml_get(yaml_root(y), "calls")->text, "1"));
	ck_assert_ptr_null(yaml_get(yaml_root(y), "call"));
	ck_assert_ptr_null(yaml_get(yaml_get(yaml_root(y), "calls"), "x"));
	ck_assert(!yaml_only(y, yaml_root(y), names, &err));
	ck_assert_str_eq(err.text, "a\\x0Ab:2:1: unknown key 'straems'; did you mean 'streams'?");
	static const char *const others[] = { "calls", "straems", NULL };
	ck_assert(!yaml_only(y, yaml_root(y), others, &err));
	ck_assert_str_eq(err.text, "a\\x0Ab:3:1: unknown key '\\x1B[2J'");
	yaml_close(y);
}
END_TEST

/* Neither depth nor number is without end. */
START_TEST(too_much)
{
	struct text octets;

	text_init(&octets);
	for (int i = 0; i < 100000; i++)
		text_addf(&octets, "[");
	err = (struct err)ERR_INIT;
	ck_assert_ptr_null(yaml_parse(slice_of(octets.p, octets.n), "f", &err));
	ck_assert_str_eq(err.text, "f:1:33: more than 32 levels are too deep");
	text_reset(&octets);
	for (int i = 0; i < 200001; i++)
		text_addf(&octets, "- 1\n");
	ck_assert_ptr_null(yaml_parse(slice_of(octets.p, octets.n), "f", &err));
	ck_assert_str_eq(err.text, "f:200000:3: more than 200000 values are too many");
	text_reset(&octets);
	for (int i = 0; i <= (int)YAML_MAX_OCTETS / 64; i++)
		text_addf(&octets, "#%62s\n", "");
	ck_assert_ptr_null(yaml_parse(slice_of(octets.p, octets.n), "f", &err));
	ck_assert_str_eq(err.text, "f: more than 4 MB are too much");
	text_release(&octets);
}
END_TEST

START_TEST(files)
{
	struct temp_dir dir;

	temp_dir_make(&dir);
	err = (struct err)ERR_INIT;
	struct yaml *y = yaml_read(temp_dir_write(&dir, "x.yaml", SLICE_LIT("a: 1\n")), &err);
	ck_assert_msg(y != NULL, "%s", err.text);
	ck_assert_uint_eq(yaml_root(y)->count, 1);
	yaml_close(y);
	ck_assert_ptr_null(yaml_read(temp_dir_path(&dir, "none"), &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "/none': No such file or directory"));
	ck_assert_ptr_null(yaml_read(dir.path, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(allocation_n_fails)
{
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		ck_assert_uint_lt(n, 50);
		err = (struct err)ERR_INIT;
		mem_fail_after(n);
		struct yaml *y =
		        yaml_parse(SLICE_LIT("{a: [1, 2, \"3\"], b: {c: d, e: f}}"), "f", &err);
		mem_fail_after(UINT64_MAX);
		done = y != NULL;
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		yaml_close(y);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_yaml(void);
Suite *suite_yaml(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tcase = tcase_create("yaml");

	tcase_add_loop_test(tcase, a_tree_or_what_is_wrong, 0, COUNT(trees));
	tcase_add_loop_test(tcase, scalars_as_numbers, 0, COUNT(scalars));
	tcase_add_test(tcase, keys_by_name);
	tcase_add_test(tcase, too_much);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, allocation_n_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
