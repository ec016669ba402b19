#include "sim/scenario/print.h"

static const char *const kinds[] = {
	[ACTION_EREG] = "ereg",
	[ACTION_LOG] = "log",
	[ACTION_WARNING] = "warning",
	[ACTION_ERROR] = "error",
	[ACTION_ASSIGN] = "assign",
	[ACTION_ADD] = "add",
	[ACTION_SUBTRACT] = "subtract",
	[ACTION_MULTIPLY] = "multiply",
	[ACTION_DIVIDE] = "divide",
	[ACTION_ASSIGNSTR] = "assignstr",
	[ACTION_TODOUBLE] = "todouble",
	[ACTION_TEST] = "test",
	[ACTION_STRCMP] = "strcmp",
	[ACTION_TRIM] = "trim",
	[ACTION_URLENCODE] = "urlencode",
	[ACTION_URLDECODE] = "urldecode",
	[ACTION_SAMPLE] = "sample",
	[ACTION_GETTIMEOFDAY] = "gettimeofday",
	[ACTION_VERIFYAUTH] = "verifyauth",
	[ACTION_LOOKUP] = "lookup",
	[ACTION_INSERT] = "insert",
	[ACTION_REPLACE] = "replace",
	[ACTION_INDEX] = "index",
	[ACTION_JUMP] = "jump",
	[ACTION_PAUSERESTORE] = "pauserestore",
	[ACTION_SETDEST] = "setdest",
	[ACTION_CLOSECON] = "closecon",
	[ACTION_RTP_ECHO] = "rtp_echo",
	[ACTION_EXEC_COMMAND] = "command",
	[ACTION_EXEC_INT_CMD] = "int_cmd",
	[ACTION_EXEC_MEDIA] = "media",
};

static const char *const verbs[] = {
	[MEDIA_PLAY_PCAP_AUDIO] = "play_pcap_audio",
	[MEDIA_PLAY_PCAP_VIDEO] = "play_pcap_video",
	[MEDIA_PLAY_PCAP_IMAGE] = "play_pcap_image",
	[MEDIA_PLAY_DTMF] = "play_dtmf",
	[MEDIA_RTP_STREAM] = "rtp_stream",
	[MEDIA_RTP_ECHO] = "rtp_echo",
	[MEDIA_PLAY] = "play",
	[MEDIA_DIGITS] = "digits",
	[MEDIA_STOP] = "stop",
};

static void print_text(const struct scenario *s, const char *name, const struct template *t,
                       struct text *out)
{
	if (!t)
		return;
	text_addf(out, " %s\"", name);
	print_template(s, t, out);
	text_addf(out, "\"");
}

static void print_operand(const struct scenario *s, int variable, double value, struct text *out)
{
	if (variable >= 0)
		text_addf(out, " $%.*s", SLICE_ARG(s->variables[variable].name));
	else
		text_addf(out, " %g", value);
}

static void print_ereg(const struct scenario *s, const struct action *a, struct text *out)
{
	static const char *const wheres[] = { "msg", "hdr", "body", "var" };

	text_addf(out, " in %s", wheres[a->where]);
	if (a->where == EREG_VAR)
		print_operand(s, a->operand, 0, out);
	if (a->header.n) {
		text_addf(out, " \"");
		text_add_terminal(out, a->header);
		text_addf(out, "\"");
	}
	text_addf(out, " /");
	text_add_terminal(out, a->pattern);
	text_addf(out, "/");
	if (a->occurrence > 1)
		text_addf(out, " occurrence=%d", a->occurrence);
	text_addf(out, "%s%s", a->case_indep ? " case_indep" : "",
	          a->start_line ? " start_line" : "");
}

static void print_compare(const struct scenario *s, const struct action *a, struct text *out)
{
	static const char *const compares[] = { "==", "!=", ">", "<", ">=", "<=" };

	print_operand(s, a->operand, 0, out);
	text_addf(out, " %s", a->kind == ACTION_TEST ? compares[a->compare] : "strcmp");
	if (a->kind == ACTION_TEST || a->operand2 >= 0)
		print_operand(s, a->operand2, a->value, out);
}

static void print_details(const struct scenario *s, const struct action *a, struct text *out)
{
	static const char *const commands[] = { "stop_now", "stop_gracefully", "stop_call" };

	switch (a->kind) {
	case ACTION_EREG: print_ereg(s, a, out); break;
	case ACTION_TEST:
	case ACTION_STRCMP: print_compare(s, a, out); break;
	case ACTION_ASSIGN:
	case ACTION_ADD:
	case ACTION_SUBTRACT:
	case ACTION_MULTIPLY:
	case ACTION_DIVIDE:
	case ACTION_TODOUBLE:
	case ACTION_TRIM:
	case ACTION_URLENCODE:
	case ACTION_URLDECODE:
	case ACTION_JUMP:
	case ACTION_PAUSERESTORE:
	case ACTION_RTP_ECHO: print_operand(s, a->operand, a->value, out); break;
	case ACTION_EXEC_INT_CMD: text_addf(out, " %s", commands[a->int_cmd]); break;
	case ACTION_EXEC_MEDIA: text_addf(out, " %s", verbs[a->media]); break;
	case ACTION_SAMPLE:
		text_addf(out, " ");
		print_distribution(&a->distribution, out);
		break;
	default: break;
	}
}

void print_action(const struct scenario *s, const struct action *a, struct text *out)
{
	text_addf(out, "      > %s", kinds[a->kind]);
	for (unsigned i = 0; i < a->variable_count; i++)
		text_addf(out, "%s$%.*s", i ? "," : " ",
		          SLICE_ARG(s->variables[a->variables[i]].name));
	text_addf(out, a->variable_count ? " =" : "");
	print_details(s, a, out);
	if (a->file.n)
		text_addf(out, " file=%.*s", SLICE_ARG(a->file));
	if (a->field >= 0)
		text_addf(out, " field=%d", a->field);
	print_text(s, "", a->text, out);
	print_text(s, "", a->text2, out);
	print_text(s, "", a->text3, out);
	text_addf(out, "%s%s\n", a->check_it ? " check_it" : "",
	          a->check_it_inverse ? " check_it_inverse" : "");
}
