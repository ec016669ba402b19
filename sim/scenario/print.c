/* A scenario as text: a line a step as screens and tables say it, and the whole of it for tests and `milliwatt lint --print`. */
#include "sim/scenario/print.h"

#include <stdio.h>

const char *step_kind_name(enum step_kind kind)
{
	static const char *const names[] = {
		[STEP_SEND] = "send", [STEP_RECV] = "recv",        [STEP_PAUSE] = "pause",
		[STEP_NOP] = "nop",   [STEP_SEND_CMD] = "sendCmd", [STEP_RECV_CMD] = "recvCmd"
	};

	return names[kind];
}

/* --- a step in a few words ---------------------------------------------------------------------------------------- */

static void print_message_name(const struct template *t, struct text *out)
{
	if (t->is_response && t->status)
		text_addf(out, "%d", t->status);
	else if (t->method_name.n)
		text_add_terminal(out, t->method_name);
	else
		text_addf(out, t->is_response ? "response" : "request");
}

static void print_recv_name(const struct step *step, struct text *out)
{
	if (step->response)
		text_addf(out, "%d", step->response);
	else
		text_add_terminal(out, step->request);
}

static void print_duration(const struct scenario *s, const struct step *step, struct text *out)
{
	if (step->pause_default)
		text_addf(out, "-d");
	else if (step->pause_variable >= 0)
		text_addf(out, "$%.*s", SLICE_ARG(s->variables[step->pause_variable].name));
	else
		print_distribution(&step->duration, out);
}

void step_print(const struct scenario *s, unsigned i, struct text *out)
{
	const struct step *step = &s->steps[i];

	if (step->display.n) {
		text_add_terminal(out, step->display);
		return;
	}
	switch (step->kind) {
	case STEP_SEND: print_message_name(step->message, out); break;
	case STEP_RECV: print_recv_name(step, out); break;
	case STEP_PAUSE:
		text_addf(out, step->is_timewait ? "Timewait [" : "Pause [");
		print_duration(s, step, out);
		text_addf(out, "]");
		break;
	case STEP_NOP: text_addf(out, "NOP"); break;
	case STEP_SEND_CMD:
	case STEP_RECV_CMD:
		text_addf(out, "%s", step_kind_name(step->kind));
		if (step->peer.n) {
			text_addf(out, " ");
			text_add_terminal(out, step->peer);
		}
		break;
	}
}

void print_distribution(const struct distribution *d, struct text *out)
{
	static const char *const names[] = { "fixed",       "uniform", "normal", "lognormal",
		                             "exponential", "weibull", "pareto", "gpareto",
		                             "gamma",       "negbin" };

	switch (d->kind) {
	case DISTRIBUTION_FIXED: text_addf(out, "%gms", d->a); break;
	case DISTRIBUTION_UNIFORM: text_addf(out, "%g-%gms", d->a, d->b); break;
	case DISTRIBUTION_EXPONENTIAL: text_addf(out, "exponential %g", d->a); break;
	case DISTRIBUTION_GPARETO: text_addf(out, "gpareto %g %g %g", d->a, d->b, d->c); break;
	default: text_addf(out, "%s %g %g", names[d->kind], d->a, d->b); break;
	}
}

/* --- templates ---------------------------------------------------------------------------------------------------- */

static void print_piece(const struct scenario *s, const struct piece *p, struct text *out)
{
	if (p->keyword == KEYWORD_TEXT) {
		text_add_terminal(out, p->text);
		return;
	}
	text_addf(out, "[");
	if (p->keyword == KEYWORD_VARIABLE)
		text_addf(out, "$%.*s", SLICE_ARG(s->variables[p->variable].name));
	else if (p->keyword == KEYWORD_GENERIC || p->keyword == KEYWORD_CRYPTO)
		text_add_terminal(out, p->text);
	else
		text_addf(out, "%s", keyword_name(p->keyword));
	if (p->keyword == KEYWORD_LAST)
		text_addf(out, "%.*s%s", SLICE_ARG(p->text), p->with_name ? ":" : "");
	if (p->keyword == KEYWORD_FIELD)
		text_addf(out, "%d", p->field);
	if (p->offset)
		text_addf(out, "%+d", p->offset);
	for (unsigned i = 0; i < p->argument_count; i++) {
		text_addf(out, " %.*s=\"", SLICE_ARG(p->arguments[i].name));
		print_template(s, p->arguments[i].value, out);
		text_addf(out, "\"");
	}
	text_addf(out, p->whole_line ? "]~" : "]");
}

void print_template(const struct scenario *s, const struct template *t, struct text *out)
{
	for (unsigned i = 0; i < t->piece_count; i++)
		print_piece(s, &t->pieces[i], out);
}

/* A line of the message on each line, where its line ends are text. */
static void print_message(const struct scenario *s, const struct template *t, struct text *out)
{
	text_addf(out, "      | ");
	for (unsigned i = 0; i < t->piece_count; i++) {
		struct piece piece = t->pieces[i];
		struct slice rest = piece.text, line;
		if (piece.keyword != KEYWORD_TEXT) {
			print_piece(s, &piece, out);
			continue;
		}
		for (bool more = slice_split(&rest, '\n', &line); more;) {
			more = rest.p != NULL;
			/* CRLF is what every line ends with. */
			piece.text = slice_sub(
			        line, 0, line.n - (more && line.n && line.p[line.n - 1] == '\r'));
			print_piece(s, &piece, out);
			more = more && slice_split(&rest, '\n', &line);
			if (more)
				text_addf(out, "\n      | ");
		}
	}
	text_addf(out, "\n      body %d+%d%s%s\n", t->body_piece, t->body_offset,
	          t->has_len ? " len" : "", t->uses_last ? " last" : "");
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static void print_mask(const struct scenario *s, const char *name, uint64_t mask, struct text *out)
{
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (mask >> i & 1)
			text_addf(out, " %s=%.*s", name, SLICE_ARG(s->rtd[i].name));
}

static void print_variable(const struct scenario *s, const char *name, int variable,
                           struct text *out)
{
	if (variable >= 0)
		text_addf(out, " %s=$%.*s", name, SLICE_ARG(s->variables[variable].name));
}

static void print_jump(const char *name, int step, struct text *out)
{
	if (step >= 0)
		text_addf(out, " %s=%d", name, step);
}

static void print_flag(const char *name, bool set, struct text *out)
{
	if (set)
		text_addf(out, " %s", name);
}

static void print_named(const struct named *list, const char *name, int i, struct text *out)
{
	if (i >= 0)
		text_addf(out, " %s=%.*s", name, SLICE_ARG(list[i].name));
}

static void print_common(const struct scenario *s, const struct step *step, struct text *out)
{
	print_jump("next", step->next, out);
	print_variable(s, "test", step->test, out);
	if (step->chance < 1)
		text_addf(out, " chance=%g", step->chance);
	print_variable(s, step->condexec_inverse ? "condexec!" : "condexec", step->condexec, out);
	print_mask(s, "start_rtd", step->start_rtd, out);
	print_mask(s, "rtd", step->stop_rtd, out);
	print_mask(s, "repeat_rtd", step->repeat_rtd, out);
	print_named(s->counters, "counter", step->counter, out);
	print_flag("crlf", step->crlf, out);
	print_flag("hide", step->hide, out);
	print_flag("hiderest", step->hiderest, out);
	if (step->timeout_ms >= 0)
		text_addf(out, " timeout=%dms", step->timeout_ms);
	print_variable(s, "timeout", step->timeout_variable, out);
	print_jump("ontimeout", step->ontimeout, out);
	if (step->lost_percent >= 0)
		text_addf(out, " lost=%g%%", step->lost_percent);
}

static void print_own(const struct scenario *s, const struct step *step, struct text *out)
{
	print_named(s->txns, "start_txn", step->start_txn, out);
	print_named(s->txns, "response_txn", step->response_txn, out);
	print_named(s->txns, "ack_txn", step->ack_txn, out);
	if (step->retrans_ms)
		text_addf(out, " retrans=%dms", step->retrans_ms);
	if (step->optional != OPTIONAL_NO)
		text_addf(out,
		          step->optional == OPTIONAL_GLOBAL ? " optional=global" : " optional");
	if (step->kind == STEP_RECV)
		text_addf(out, step->is_response ? " response" : " request");
	print_flag("regexp_match", step->regexp_match, out);
	print_flag("rrs", step->rrs, out);
	print_flag("auth", step->auth, out);
	print_flag("ignoresdp", step->ignoresdp, out);
	print_flag("advance_state=false", !step->advance_state, out);
	print_flag("sanity_check=false", step->kind == STEP_PAUSE && !step->sanity_check, out);
}

static void print_step(const struct scenario *s, const struct step *step, unsigned number,
                       struct text *out)
{
	text_addf(out, "%4u  %s", number, step_kind_name(step->kind));
	if (step->kind == STEP_RECV) {
		text_addf(out, " ");
		print_recv_name(step, out);
	} else if (step->kind == STEP_SEND) {
		text_addf(out, " ");
		print_message_name(step->message, out);
	} else if (step->kind == STEP_PAUSE) {
		text_addf(out, step->is_timewait ? " timewait " : " ");
		print_duration(s, step, out);
	}
	if (step->peer.n)
		text_addf(out, " peer=%.*s", SLICE_ARG(step->peer));
	print_own(s, step, out);
	print_common(s, step, out);
	text_addf(out, "  line %u\n", step->line);
	for (unsigned i = 0; i < step->action_count; i++)
		print_action(s, &step->actions[i], out);
	if (step->message)
		print_message(s, step->message, out);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void print_head(const struct scenario *s, struct text *out)
{
	static const char *const twins[] = { "none", "sends-first", "receives-first" };

	text_addf(out, "scenario \"");
	text_add_terminal(out, s->name);
	text_addf(out, "\" %s twin=%s", s->role == SCENARIO_CLIENT ? "client" : "server",
	          twins[s->twin]);
	print_flag("sends-first", s->sends_first, out);
	print_flag("media", s->has_media, out);
	print_flag("srtp", s->has_srtp, out);
	print_flag("auth", s->has_auth, out);
	print_flag("commands", s->has_commands, out);
	print_flag("retransmission", s->needs_retransmission, out);
	print_flag("auto_media_port", s->uses_auto_media_port, out);
	print_flag("rtpstream_port", s->uses_rtpstream_port, out);
	text_addf(out, "\n");
}

static void print_tables(const struct scenario *s, struct text *out)
{
	static const char *const scopes[] = { "call", "user", "global" };

	for (unsigned i = 0; i < s->variable_count; i++)
		text_addf(out, "variable $%.*s %s %d\n", SLICE_ARG(s->variables[i].name),
		          scopes[s->variables[i].scope], s->variables[i].slot);
	for (unsigned i = 0; i < s->label_count; i++)
		text_addf(out, "label %.*s %u\n", SLICE_ARG(s->labels[i].name), s->labels[i].line);
	for (unsigned i = 0; i < s->response_bound_count; i++)
		text_addf(out, "%s%u", i ? "," : "response-times ", s->response_bounds_ms[i]);
	text_addf(out, s->response_bound_count ? "\n" : "");
	for (unsigned i = 0; i < s->length_bound_count; i++)
		text_addf(out, "%s%u", i ? "," : "call-lengths ", s->length_bounds_ms[i]);
	text_addf(out, s->length_bound_count ? "\n" : "");
}

void scenario_print(const struct scenario *s, struct text *out)
{
	static const char *const defaults[DEFAULT_MESSAGES] = { "3pcc_abort", "ack",    "ack2",
		                                                "bye",        "cancel", "200" };

	print_head(s, out);
	print_tables(s, out);
	for (unsigned i = 0; i < DEFAULT_MESSAGES; i++)
		if (s->defaults[i]) {
			text_addf(out, "default %s\n", defaults[i]);
			print_message(s, s->defaults[i], out);
		}
	for (unsigned i = 0; i < s->init_count; i++) {
		text_addf(out, "init");
		print_step(s, &s->init[i], i, out);
	}
	for (unsigned i = 0; i < s->step_count; i++)
		print_step(s, &s->steps[i], i, out);
}
