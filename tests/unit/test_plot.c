/* reports/plot*: what is drawn of a plot, what reaches gnuplot, what becomes of a gnuplot that is missing, fails or hangs. */
#include "base/mem.h"
#include "reports/plot_internal.h"
#include "reports/plot_process.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MANY 50000

static struct temp_dir dir;
static double x[MANY], y[MANY], z[MANY];

static void make_dir(void)
{
	temp_dir_make(&dir);
	for (size_t i = 0; i < MANY; i++) {
		x[i] = 1.7e9 + (double)i;
		y[i] = 10 + sin((double)i / 50);
		z[i] = (double)(i % 7);
	}
}

static void remove_dir(void)
{
	char command[200];

	snprintf(command, sizeof command, "rm -rf '%s/plots' '%s/bin'", dir.path, dir.path);
	ck_assert_int_eq(system(command), 0);
	temp_dir_remove(&dir);
}

static struct plot simple(size_t count)
{
	return (struct plot){ .name = "call-1",
		              .kind = PLOT_LINES,
		              .x_label = "time (UTC)",
		              .y_label = "jitter (ms)",
		              .x_time = true,
		              .x = x,
		              .count = count,
		              .series = { { "caller to callee", y }, { "callee to caller", z } },
		              .series_count = 2,
		              .y_min = NAN,
		              .y_max = NAN };
}

/* --- which points --------------------------------------------------------------------------------------------------- */

START_TEST(thinning_keeps_ends_extremes_and_gaps)
{
	size_t kept[PLOT_MAX_POINTS], n;
	bool first = false, high = false, low = false, gap = false, last = false;

	y[31234] = 99;
	y[777] = -5;
	y[40000] = NAN;
	n = plot_thin(y, MANY, kept);
	ck_assert_uint_le(n, PLOT_MAX_POINTS);
	ck_assert_uint_gt(n, PLOT_MAX_POINTS / 2);
	for (size_t i = 0; i < n; i++) {
		ck_assert(i == 0 || kept[i] > kept[i - 1]);
		first |= kept[i] == 0;
		high |= kept[i] == 31234;
		low |= kept[i] == 777;
		gap |= kept[i] == 40000;
		last |= kept[i] == MANY - 1;
	}
	ck_assert(first && high && low && gap && last);
}
END_TEST

START_TEST(few_points_are_all_kept)
{
	size_t kept[PLOT_MAX_POINTS];

	ck_assert_uint_eq(plot_thin(y, PLOT_MAX_POINTS, kept), PLOT_MAX_POINTS);
	for (size_t i = 0; i < PLOT_MAX_POINTS; i++)
		ck_assert_uint_eq(kept[i], i);
	ck_assert_uint_le(plot_thin(y, PLOT_MAX_POINTS + 1, kept), PLOT_MAX_POINTS);
	ck_assert_uint_eq(plot_thin(y, 0, kept), 0);
}
END_TEST

/* Descending and all gaps: each piece gives three or one. */
START_TEST(thinning_never_overruns)
{
	size_t kept[PLOT_MAX_POINTS];

	for (size_t i = 0; i < MANY; i++)
		y[i] = i % 3 == 1 ? NAN : i % 3 ? -(double)i : (double)i;
	for (size_t count = 1990; count < 2100; count++)
		ck_assert_uint_le(plot_thin(y, count, kept), PLOT_MAX_POINTS);
	ck_assert_uint_le(plot_thin(y, MANY, kept), PLOT_MAX_POINTS);
}
END_TEST

/* --- the data file ---------------------------------------------------------------------------------------------------- */

struct data_case {
	const char *name;
	enum plot_kind kind;
	size_t count;
	double y[5], z[5];
	const char *expected;
};

#define HEAD_Y "# caller to callee, by time (UTC), in seconds since 1970\n"
#define HEAD_Z "# callee to caller, by time (UTC), in seconds since 1970\n"

static const struct data_case data_cases[] = {
	{ "none", PLOT_LINES, 0, { 0 }, { 0 }, "" },
	{ "all gaps", PLOT_LINES, 3, { NAN, NAN, NAN }, { NAN, NAN, NAN }, "" },
	{ "single", PLOT_LINES, 1, { 4.5 }, { NAN }, HEAD_Y "1700000000.000 4.5\n" },
	{ "two blocks",
	  PLOT_LINES,
	  2,
	  { 1, 2 },
	  { 3, 0.25 },
	  HEAD_Y "1700000000.000 1\n1700000001.000 2\n"
	         "\n\n" HEAD_Z "1700000000.000 3\n1700000001.000 0.25\n" },
	{ "a wide gap is one line, gaps at the ends are none",
	  PLOT_LINES,
	  5,
	  { NAN, 1, NAN, NAN, 2 },
	  { 3, INFINITY, 4, 1e300, NAN },
	  HEAD_Y "1700000001.000 1\n\n1700000004.000 2\n"
	         "\n\n" HEAD_Z "1700000000.000 3\n\n1700000002.000 4\n" },
	{ "a series of gaps has no block",
	  PLOT_LINES,
	  2,
	  { NAN, NAN },
	  { 1, 2 },
	  HEAD_Z "1700000000.000 1\n1700000001.000 2\n" },
	{ "bins reach to the next, the last as far as the one before",
	  PLOT_STACKED,
	  2,
	  { 1, 2 },
	  { 10, NAN },
	  HEAD_Y "1700000000.000 1\n1700000001.000 1\n1700000001.000 2\n1700000002.000 2\n"
	         "\n\n" HEAD_Z "1700000000.000 11\n1700000001.000 11\n1700000001.000 2\n"
	         "1700000002.000 2\n" },
};

START_TEST(data_are_blocks)
{
	const struct data_case *c = &data_cases[_i];
	struct plot p = simple(c->count);
	struct err err = ERR_INIT;
	struct plot_drawn d;
	struct text out;

	p.kind = c->kind;
	p.series[0].y = c->y;
	p.series[1].y = c->z;
	text_init(&out);
	ck_assert(plot_drawn_init(&d, &p, &err));
	plot_add_data(&d, &out);
	ck_assert_msg(strcmp(text_cstr(&out), c->expected) == 0, "%s: %s", c->name,
	              text_cstr(&out));
	plot_drawn_release(&d);
	text_release(&out);
}
END_TEST

/* Whatever the values: letters of ours, digits and signs, and numbers that gnuplot can span an axis over. */
START_TEST(only_numbers_and_our_words_get_out)
{
	static const double hostile[] = { 0,        -0.0,      INFINITY, -INFINITY, NAN, 1e308,
		                          -1e308,   5e-324,    1e15,     -1e15,     42,  1e15 + 1,
		                          0.1 / 3., 123456789, -7,       2 };
	const size_t n = sizeof hostile / sizeof *hostile;
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789 %().-+#:,;'=[]_\\\n";
	struct plot p = simple(n);
	struct err err = ERR_INIT;
	struct plot_drawn d;
	struct text out;

	text_init(&out);
	for (int kind = PLOT_LINES; kind <= PLOT_HISTOGRAM; kind++) {
		p.kind = (enum plot_kind)kind;
		p.series[0].y = hostile;
		p.series[1].y = hostile;
		ck_assert(plot_drawn_init(&d, &p, &err));
		ck_assert(d.range.y_max > d.range.y_min && d.range.x_max > d.range.x_min);
		ck_assert(isfinite(d.range.y_max - d.range.y_min));
		plot_add_data(&d, &out);
		plot_add_script(&d, &out);
		plot_add_title(&p, &out);
		plot_add_description(&d, &out);
		plot_drawn_release(&d);
	}
	ck_assert_uint_eq(strspn(text_cstr(&out), allowed), out.n);
	ck_assert_ptr_null(strstr(text_cstr(&out), "nan"));
	ck_assert_ptr_null(strstr(text_cstr(&out), "inf"));
	text_release(&out);
}
END_TEST

static void add_named(const char *name, const char *label, const char *series)
{
	const char *absent;
	struct err err = ERR_INIT;
	struct plots *p = plots_new(dir.path, &absent, &err);
	struct plot plot = simple(3);

	plot.name = name;
	plot.x_label = label;
	plot.series[0].name = series;
	plots_add(p, &plot, &err);
	plots_free(p);
}

/* Each an assertion: nobody gets a text of a packet past it. */
START_TEST(foreign_names_are_our_mistake)
{
	static const char *const names[][3] = {
		{ "../call-1", "time", "calls" },
		{ "call 1", "time", "calls" },
		{ "", "time", "calls" },
		{ "call-1", "time'", "calls" },
		{ "call-1", "time\n", "calls" },
		{ "call-1", "time", "`id`" },
		{ "call-1", "time", "calls\\" },
		{ "call-1", "time", "\"calls\"" },
		{ "call-1", "time", "call\xC3\xA9" },
		{ "call.svg", "time", "calls" },
	};

	freopen("/dev/null", "w", stderr);
	add_named(names[_i][0], names[_i][1], names[_i][2]);
}
END_TEST

/* --- gnuplot ------------------------------------------------------------------------------------------------------------ */

static void read_file(const char *name, struct text *out)
{
	FILE *f = fopen(temp_dir_path(&dir, name), "r");
	char buf[4096];
	size_t n;

	text_reset(out);
	while (f && (n = fread(buf, 1, sizeof buf, f)) > 0)
		text_add(out, slice_of(buf, n));
	if (f)
		fclose(f);
}

/* All kinds, and nothing, and little. */
static const char *draw_all(struct plots **plots)
{
	static const char *const names[] = { "lines", "steps", "points", "stacked", "histogram" };
	const char *absent;
	struct err err = ERR_INIT;
	struct plots *p = plots_new(dir.path, &absent, &err);
	struct plot plot = simple(MANY);

	ck_assert_msg(p != NULL, "%s", err.text);
	for (int kind = PLOT_LINES; kind <= PLOT_HISTOGRAM; kind++) {
		plot.kind = (enum plot_kind)kind;
		plot.name = names[kind];
		ck_assert_msg(plots_add(p, &plot, &err), "%s", err.text);
	}
	plot.kind = PLOT_LINES;
	plot.count = 1;
	plot.name = "single";
	ck_assert(plots_add(p, &plot, &err));
	plot.count = 0;
	plot.name = "none";
	ck_assert(plots_add(p, &plot, &err));
	ck_assert_msg(plots_draw(p, &absent, &err), "%s", err.text);
	*plots = p;
	return absent;
}

static bool is_drawn(const char *name, struct text *svg)
{
	read_file(name, svg);
	return strstr(text_cstr(svg), "</svg>\n") != NULL;
}

START_TEST(drawn_twice_is_the_same)
{
	static const char *const names[] = { "plots/lines.svg",     "plots/steps.svg",
		                             "plots/points.svg",    "plots/stacked.svg",
		                             "plots/histogram.svg", "plots/single.svg",
		                             "plots/none.svg",      "plots/plots.gp",
		                             "plots/lines.dat" };
	const size_t n = sizeof names / sizeof *names;
	struct text first[sizeof names / sizeof *names], again;
	struct plots *p;
	const char *absent = draw_all(&p);

	ck_assert_msg(!absent, "%s", absent);
	plots_free(p);
	for (size_t i = 0; i < n; i++) {
		text_init(&first[i]);
		read_file(names[i], &first[i]);
		ck_assert_uint_gt(first[i].n, 0);
		if (strstr(names[i], ".svg")) {
			const char *svg = text_cstr(&first[i]);
			ck_assert_ptr_nonnull(strstr(svg, "</svg>\n"));
			ck_assert_ptr_nonnull(strstr(svg, ">jitter (ms) by time (UTC)</title>"));
			ck_assert_ptr_nonnull(strstr(svg, "prefers-color-scheme: dark"));
			ck_assert_ptr_null(strstr(svg, "http://www.w3.org/1999/xhtml"));
			ck_assert_ptr_null(strstr(svg, "<script"));
			ck_assert_ptr_null(strstr(svg, "Produced by"));
		}
	}
	draw_all(&p);
	plots_free(p);
	text_init(&again);
	for (size_t i = 0; i < n; i++) {
		read_file(names[i], &again);
		ck_assert_msg(again.n == first[i].n && memcmp(again.p, first[i].p, again.n) == 0,
		              "%s", names[i]);
		text_release(&first[i]);
	}
	text_release(&again);
}
END_TEST

START_TEST(nothing_is_said_where_nothing_was_observed)
{
	struct plots *p;
	struct text svg;

	text_init(&svg);
	ck_assert_ptr_null(draw_all(&p));
	plots_free(p);
	ck_assert(is_drawn("plots/none.svg", &svg));
	ck_assert_ptr_nonnull(strstr(text_cstr(&svg), "nothing was observed"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&svg), "caller to callee: nothing observed."));
	ck_assert(is_drawn("plots/single.svg", &svg));
	ck_assert_ptr_nonnull(strstr(text_cstr(&svg), "#gpPt6"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&svg), "caller to callee: 10."));
	text_release(&svg);
}
END_TEST

/* A gnuplot of the test's in PATH. */
static void fake_gnuplot(const char *body)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/bin", dir.path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	setenv("PATH", path, 1);
	strcat(path, "/gnuplot");
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n", body);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0700), 0);
}

START_TEST(missing_gnuplot_is_said)
{
	char *path = strdup(getenv("PATH"));
	struct text octets;
	struct plots *p;

	setenv("PATH", "/nonexistent", 1);
	const char *absent = draw_all(&p);
	ck_assert_ptr_nonnull(absent);
	ck_assert_ptr_nonnull(strstr(absent, "gnuplot is not installed"));
	plots_free(p);
	text_init(&octets);
	ck_assert(!is_drawn("plots/lines.svg", &octets));
	read_file("plots/lines.dat", &octets);
	ck_assert_uint_gt(octets.n, 1000);
	read_file("plots/plots.gp", &octets);
	ck_assert_ptr_nonnull(strstr(text_cstr(&octets), "set output 'lines.svg'"));
	text_release(&octets);
	setenv("PATH", path, 1);
	free(path);
}
END_TEST

START_TEST(failing_gnuplot_is_quoted)
{
	struct plots *p;
	struct text svg;

	fake_gnuplot("[ \"$1\" = --version ] && exit 0\n"
	             "printf '<svg half' > lines.svg\n"
	             "printf '\\n   ^\\n\"plots.gp\" line 3: \\033[31mno such terminal\\n' >&2\n"
	             "exit 1");
	const char *absent = draw_all(&p);
	ck_assert_str_eq(absent, "gnuplot failed: \"plots.gp\" line 3: \\x1B[31mno such terminal "
	                         "(7 of 7 plots are missing)");
	plots_free(p);
	text_init(&svg);
	read_file("plots/lines.svg", &svg);
	ck_assert_uint_eq(svg.n, 0); /* what is not whole is taken away */
	text_release(&svg);
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

START_TEST(quiet_gnuplot_that_draws_nothing_is_noticed)
{
	struct plots *p;

	fake_gnuplot("exit 0");
	ck_assert_str_eq(draw_all(&p), "gnuplot left some out (7 of 7 plots are missing)");
	plots_free(p);
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

static double seconds_of(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

/* The second closes what we listen to first, the third never stops talking. */
START_TEST(hanging_gnuplot_is_killed)
{
	static const char *const bodies[] = { "exec sleep 60", "exec sleep 60 >&- 2>&-",
		                              "while :; do echo much to say; done" };
	const char *argv[] = { "gnuplot", NULL };
	struct err err = ERR_INIT;
	struct timespec start;
	enum plot_end end;
	struct text said;

	fake_gnuplot(bodies[_i]);
	clock_gettime(CLOCK_MONOTONIC, &start);
	text_init(&said);
	ck_assert(plot_process(dir.path, argv, 300, &said, &end, &err));
	ck_assert_int_eq(end, PLOT_END_HUNG);
	ck_assert(seconds_of(&start) < 20);
	ck_assert_uint_le(said.n, PLOT_SAID_MAX);
	text_release(&said);
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

START_TEST(folder_that_cannot_be_is_said)
{
	const char *absent;
	struct err err = ERR_INIT;

	ck_assert_ptr_null(plots_new("/nonexistent/folder", &absent, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/folder/plots"));
}
END_TEST

START_TEST(memory_may_fail_anywhere)
{
	bool done = false;

	setenv("PATH", "/nonexistent", 1); /* gnuplot itself is not the question */
	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		const char *absent;
		struct plot plot = simple(5);
		mem_fail_after(n);
		struct plots *p = plots_new(dir.path, &absent, &err);
		plot.kind = n % 2 ? PLOT_STACKED : PLOT_LINES;
		done = p && plots_add(p, &plot, &err) && plots_draw(p, &absent, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert(done || err.code == ERR_MEMORY);
		ck_assert_uint_lt(n, 200);
		plots_free(p);
	}
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

Suite *suite_plot(void);
Suite *suite_plot(void)
{
	Suite *s = suite_create("plot");
	TCase *t = tcase_create("plot");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, thinning_keeps_ends_extremes_and_gaps);
	tcase_add_test(t, few_points_are_all_kept);
	tcase_add_test(t, thinning_never_overruns);
	tcase_add_loop_test(t, data_are_blocks, 0, sizeof data_cases / sizeof *data_cases);
	tcase_add_test(t, only_numbers_and_our_words_get_out);
	tcase_add_loop_test_raise_signal(t, foreign_names_are_our_mistake, SIGABRT, 0, 10);
	tcase_add_test(t, drawn_twice_is_the_same);
	tcase_add_test(t, nothing_is_said_where_nothing_was_observed);
	tcase_add_test(t, missing_gnuplot_is_said);
	tcase_add_test(t, failing_gnuplot_is_quoted);
	tcase_add_test(t, quiet_gnuplot_that_draws_nothing_is_noticed);
	tcase_add_loop_test(t, hanging_gnuplot_is_killed, 0, 3);
	tcase_add_test(t, folder_that_cannot_be_is_said);
	tcase_add_test(t, memory_may_fail_anywhere);
	suite_add_tcase(s, t);
	return s;
}
