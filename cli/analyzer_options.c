#include "cli/analyzer_options.h"

#include "base/text.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool parse_interval(const char *text, unsigned *out, struct err *err)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || end == text || *end || n < 1 || n > 86400)
		return err_set(err, ERR_USAGE, "--interval takes 1 to 86400 seconds, not '%s'",
		               text);
	*out = (unsigned)n;
	return true;
}

static bool parse_buffer(const char *text, struct media_settings *out, struct err *err)
{
	if (buffer_setting_parse(slice_str(text), &out->buffer))
		return true;
	return err_set(err, ERR_USAGE,
	               "--jitter-buffer is none, adaptive or fixed:MS with 1 to %d ms, not '%s'",
	               BUFFER_DEPTH_MAX_MS, text);
}

static bool parse_delay(const char *text, struct media_settings *out, struct err *err)
{
	if (!output_parse_ms(text, &out->delay_ms))
		return err_set(err, ERR_USAGE, "--delay takes 0 to %d milliseconds, not '%s'",
		               OUTPUT_MOST_MS, text);
	out->has_delay = true;
	return true;
}

static bool parse_reader(const char *text, enum capture_reader *out, struct err *err)
{
	if (strcmp(text, "native") == 0)
		*out = CAPTURE_READER_NATIVE;
	else if (strcmp(text, "libpcap") == 0)
		*out = CAPTURE_READER_LIBPCAP;
	else
		return err_set(err, ERR_USAGE, "--reader is native or libpcap, not '%s'", text);
	return true;
}

static bool take(struct analyze_options *run, enum analyzer_option option, const char *value,
                 struct err *err)
{
	switch (option) {
	case ANALYZER_FILTER: run->capture.filter = value; return true;
	case ANALYZER_INTERVAL: return parse_interval(value, &run->interval_s, err);
	case ANALYZER_BUFFER: return parse_buffer(value, &run->media, err);
	case ANALYZER_DELAY: return parse_delay(value, &run->media, err);
	case ANALYZER_RULES: run->rules_path = value; return true;
	case ANALYZER_CORRELATE: run->correlate = value; return true;
	case ANALYZER_MASK_DTMF: run->media.mask_dtmf = true; return true;
	case ANALYZER_AUDIO: run->media.listen = true; return true;
	case ANALYZER_MARKS: run->media.marks = true; return true;
	case ANALYZER_APART: run->media.apart = true; return true;
	case ANALYZER_READER: return parse_reader(value, &run->capture.reader, err);
	case ANALYZER_END: break;
	}
	return true;
}

int analyzer_option(struct analyzer_choice *choice, int option, const char *value, struct err *err)
{
	static const char *const names[] = { "--filter",          "--interval", "--jitter-buffer",
		                             "--delay",           "--rules",    "--correlate",
		                             "--mask-dtmf",       "--audio",    "--marks",
		                             "--no-payload-join", "--reader" };

	if (option == 'f')
		option = ANALYZER_FILTER;
	if (option < ANALYZER_FILTER || option >= ANALYZER_END)
		return 0;
	if (!choice->given)
		choice->given = names[option - ANALYZER_FILTER];
	return take(&choice->run, (enum analyzer_option)option, value, err) ? 1 : -1;
}

void analyzer_warn_damaged(const char *subcommand, const struct capture_info *info)
{
	struct text path, damage;

	text_init(&path);
	text_init(&damage);
	text_add_terminal(&path, slice_str(info->path));
	text_add_terminal(&damage, slice_str(info->damage));
	fprintf(stderr, "milliwatt %s: warning: %s: %s; the %llu packets before it were read\n",
	        subcommand, text_cstr(&path), text_cstr(&damage),
	        (unsigned long long)info->packets);
	text_release(&path);
	text_release(&damage);
}
