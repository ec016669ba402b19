#include "cli/output.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int output_error(const char *subcommand, const struct err *err)
{
	fprintf(stderr, "milliwatt %s: %s\n", subcommand, err->text);
	return err_exit_code(err);
}

bool output_bad_option(const char *subcommand, int result, char *const *argv, struct err *err)
{
	const char *word = argv[optind - 1];
	const char *what = result == ':' ? "needs a value" : "is not an option of it";

	if (strncmp(word, "--", 2) != 0 && optopt)
		return err_set(err, ERR_USAGE, "'-%c' %s; try 'milliwatt %s --help'", optopt, what,
		               subcommand);
	return err_set(err, ERR_USAGE, "'%s' %s; try 'milliwatt %s --help'", word, what,
	               subcommand);
}

int output_help(const char *help)
{
	return fputs(help, stdout) < 0 || fflush(stdout) != 0 ? 2 : 0;
}

bool output_write(const char *path, const struct text *text, struct err *err)
{
	bool to_stdout = !path || strcmp(path, "-") == 0;
	const char *name = to_stdout ? "standard output" : path;
	FILE *f = to_stdout ? stdout : fopen(path, "w");

	if (!f)
		return err_set(err, ERR_IO, "cannot create '%s': %s", name, strerror(errno));
	bool ok = fwrite(text_cstr(text), 1, text->n, f) == text->n && fflush(f) == 0;
	if (!ok)
		err_set(err, ERR_IO, "cannot write '%s': %s", name, strerror(errno));
	if (!to_stdout && fclose(f) != 0 && ok)
		ok = err_set(err, ERR_IO, "cannot write '%s': %s", name, strerror(errno));
	return ok;
}

bool output_wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
	       strcmp(term, "dumb") != 0;
}

unsigned output_columns(unsigned otherwise)
{
	const char *columns = getenv("COLUMNS");
	long value = columns ? strtol(columns, NULL, 10) : 0;
	struct winsize size;

	if (value > 0 && value < 10000)
		return (unsigned)value;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return otherwise;
}

bool output_parse_ms(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && *out >= 0 && *out <= OUTPUT_MOST_MS;
}
