/* -h and -h stat, out of the table, in our own words. */
#include "sim/sipp/options.h"

#include "sim/scenario/sipp_xml.h"

#define COLUMN 32
#define WIDTH  100

static void add_spaces(struct text *out, size_t n)
{
	text_addf(out, "%*s", (int)n, "");
}

/* Breaks at blanks so that no line is longer than WIDTH; the first one begins at `at`. */
static void add_wrapped(struct text *out, struct slice words, size_t at)
{
	struct slice word;
	size_t x = at;

	while (slice_split(&words, ' ', &word)) {
		if (x > COLUMN && x + 1 + word.n > WIDTH) {
			text_add(out, SLICE_LIT("\n"));
			add_spaces(out, COLUMN);
			x = COLUMN;
		} else if (x > at) {
			text_add(out, SLICE_LIT(" "));
			x++;
		}
		text_add(out, word);
		x += word.n;
	}
	text_add(out, SLICE_LIT("\n"));
}

static void add_option(struct text *out, const struct sipp_option *option)
{
	size_t start = out->n;

	if (option->kind == OPTION_HEADING) {
		text_addf(out, "\n%s\n", option->help);
		return;
	}
	text_addf(out, "  -%s%s%s", option->name, option->values ? " " : "",
	          option->values ? option->values : "");
	size_t used = out->n - start;
	if (used + 2 > COLUMN) {
		text_add(out, SLICE_LIT("\n"));
		used = 0;
	}
	add_spaces(out, COLUMN - used);
	add_wrapped(out, slice_str(option->help), COLUMN);
}

static void add_scenarios(struct text *out)
{
	const char *name, *summary = NULL;

	text_add(out, SLICE_LIT("\nEmbedded scenarios (-sn, -sd)\n"));
	for (size_t i = 0; (name = builtin_scenario_name(i, &summary)); i++)
		text_addf(out, "  %-*s%s\n", COLUMN - 2, name, summary ? summary : "");
}

void sipp_help(struct text *out)
{
	text_add(out,
	         SLICE_LIT(
	                 "Usage: milliwatt sipp [OPTIONS] [HOST[:PORT]]\n"
	                 "\n"
	                 "Takes SIPp's command line, plays its scenarios, writes its files and "
	                 "exits with its codes.\n"
	                 "'milliwatt sim --help' has our own options; 'milliwatt lint FILE' "
	                 "reads a scenario for errors.\n"
	                 "\n"
	                 "  milliwatt sipp -sn uas -i 127.0.0.1\n"
	                 "  milliwatt sipp -sn uac 127.0.0.1 -r 100 -m 1000\n"
	                 "\n"
	                 "Options may have one or two dashes. A TIME is a number and ms, s, m or "
	                 "h, or hh:mm:ss;\n"
	                 "what a bare number means the option says: milliseconds, but for -f, -fd, "
	                 "-rate_interval,\n"
	                 "-sleep and -timeout, which are in seconds.\n"));
	for (size_t i = 0; i < sipp_option_count; i++)
		add_option(out, &sipp_option_table[i]);
	add_scenarios(out);
	text_add(
	        out,
	        SLICE_LIT(
	                "\nKeys and control port\n"
	                "  + - * /  more or fewer calls a second      p  pause      q  end "
	                "gracefully, again: at once\n"
	                "  Q  end at once      s  write the screens      1 to 9  another screen\n"
	                "  c  a command: set rate|rate-scale|users|limit|hide|display VALUE, trace "
	                "LOG on|off,\n"
	                "     dump tasks|variables, reset stats\n"
	                "\nSignals\n"
	                "  USR1  as q      USR2  as s      INT, TERM  end the calls; a second one: "
	                "at once\n"
	                "\nExit codes\n"
	                "  0 calls, none failed      1 a call failed, or the command line is "
	                "wrong\n"
	                "  97 ended by the scenario, or by -timeout before a call succeeded\n"
	                "  99 no calls      253 a check of media failed      254 the port is in "
	                "use      255 fatal\n"));
}
