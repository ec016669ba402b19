#include "sim/scenario/lint_rules.h"

#include <stdarg.h>
#include <stdio.h>

static const struct rule {
	const char *code;
	enum note_weight weight;
	lint_check *check; /* NULL: noted by the compiler */
	const char *summary;
} rules[] = {
	/* by the reader and the compiler */
	{ "unknown-attribute", NOTE_LOUD, NULL,
	  "an attribute SIPp passes over, often a typing mistake" },
	{ "variable-once", NOTE_LOUD, NULL, "a variable named only once, which SIPp refuses" },
	{ "attribute-twice", NOTE_QUIET, NULL, "an attribute given twice" },
	{ "stray-character", NOTE_QUIET, NULL, "a character between attributes that is no XML" },
	{ "no-value", NOTE_QUIET, NULL, "a word inside of an element that is no attribute" },
	{ "unquoted-value", NOTE_QUIET, NULL, "an attribute's value without quotation marks" },
	{ "raw-ampersand", NOTE_QUIET, NULL, "a & that XML would have as &amp;" },
	{ "entity-not-read", NOTE_LOUD, NULL, "an entity of a DTD, which is never read" },
	{ "stray-text", NOTE_LOUD, NULL, "text between the steps" },
	{ "trailing-text", NOTE_QUIET, NULL, "something behind the end of the scenario" },
	{ "bracket-text", NOTE_QUIET, NULL, "a bracket that is sent as it stands" },
	{ "unknown-argument", NOTE_LOUD, NULL, "an argument that its keyword passes over" },
	{ "unknown-element", NOTE_LOUD, NULL, "an element inside of a step that is no <action>" },
	{ "offset-unused", NOTE_LOUD, NULL, "+N behind a keyword that counts nothing" },
	{ "lost-range", NOTE_LOUD, NULL, "lost= that is no percentage" },
	{ "no-status", NOTE_LOUD, NULL, "response= that is no status code" },
	{ "request-and-response", NOTE_LOUD, NULL, "a <recv> of both" },
	{ "pause-twice", NOTE_LOUD, NULL, "a <pause> that says twice how long" },
	{ "negative-time", NOTE_LOUD, NULL, "a time below 0" },
	{ "no-bound", NOTE_LOUD, NULL, "a bound of a repartition that is no number" },
	{ "no-message", NOTE_LOUD, NULL, "a scenario of pauses and nops only, which SIPp refuses" },
	/* flow */
	{ "unreachable-step", NOTE_LOUD, lint_unreachable_step, "a step that no way leads to" },
	{ "unused-label", NOTE_QUIET, lint_unused_label, "a label that nothing jumps to" },
	{ "test-without-next", NOTE_LOUD, lint_test_without_next,
	  "test or chance without next: nothing to decide" },
	{ "wait-never-ends", NOTE_LOUD, lint_wait_never_ends,
	  "a final response is waited for when every request has one" },
	{ "response-without-request", NOTE_LOUD, lint_response_without_request,
	  "a response is waited for before any request was sent" },
	{ "optional-at-end", NOTE_LOUD, lint_optional_at_end,
	  "an optional recv with no mandatory one behind it, which SIPp refuses" },
	{ "ack-missing", NOTE_LOUD, lint_ack_missing, "a 2xx to INVITE that no ACK follows" },
	{ "retrans-missing", NOTE_LOUD, lint_retrans_missing,
	  "a request that over UDP is sent only once" },
	{ "ontimeout-alone", NOTE_QUIET, lint_ontimeout_alone,
	  "ontimeout where only -recv_timeout sets a time" },
	{ "rtd-open", NOTE_QUIET, lint_rtd, "a response time that begins and never ends" },
	/* values */
	{ "unused-variable", NOTE_LOUD, lint_unused_variable,
	  "a variable that is set and never read" },
	{ "unset-variable", NOTE_LOUD, lint_unset_variable,
	  "a variable that is read and never set" },
	{ "check-never-fails", NOTE_LOUD, lint_check_never_fails,
	  "check_it with an expression that matches anything" },
	{ "check-always-fails", NOTE_LOUD, lint_check_always_fails,
	  "a check that no message passes" },
	{ "result-unused", NOTE_LOUD, lint_result_unused,
	  "an ereg, test or strcmp whose result nothing looks at" },
	{ "ereg-groups", NOTE_LOUD, lint_groups, "more variables than the expression has groups" },
	/* messages */
	{ "last-too-early", NOTE_LOUD, lint_last_too_early, "[last_...] before anything arrived" },
	{ "tag-too-early", NOTE_LOUD, lint_tag_too_early,
	  "[peer_tag_param] before anything arrived" },
	{ "tag-missing", NOTE_QUIET, lint_tag_missing,
	  "a request within a dialog whose To has no tag" },
	{ "fixed-call-id", NOTE_LOUD, lint_call_id, "a Call-ID that is the same in every call" },
	{ "fixed-branch", NOTE_LOUD, lint_branch,
	  "a Via branch that is the same in every message" },
	{ "length-missing", NOTE_LOUD, lint_length_missing, "a body without Content-Length" },
	{ "length-wrong", NOTE_LOUD, lint_length_wrong, "a Content-Length that is not the body's" },
	{ "len-in-text", NOTE_QUIET, lint_text_len, "[len] outside of a message" },
	{ "needs-key", NOTE_QUIET, lint_key, "a word in brackets that only -key gives a value" },
	/* needs */
	{ "media-without-sdp", NOTE_LOUD, lint_media_without_sdp,
	  "media is sent, and no message has SDP" },
	{ "twin-mix", NOTE_LOUD, lint_twin_mix, "commands with and without dest= or src=" },
	{ "authentication", NOTE_LOUD, lint_authentication,
	  "a challenge that is not answered, an answer without a challenge" },
	{ "routes", NOTE_LOUD, lint_routes, "[routes] or [next_url] without rrs" },
	{ "routes-unused", NOTE_QUIET, lint_routes_unused, "rrs without [routes] or [next_url]" },
};

#define RULES (sizeof rules / sizeof rules[0])

void lint_say(struct lint *l, unsigned line, const char *format, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	l->failed |= !notes_add(l->notes, line, l->weight, l->code, "%s", text);
}

bool scenario_lint(const struct scenario *s, struct scenario_notes *notes)
{
	struct lint l = { .s = s, .notes = notes };

	for (size_t i = 0; i < RULES && !l.failed; i++) {
		l.code = rules[i].code;
		l.weight = rules[i].weight;
		if (rules[i].check)
			rules[i].check(&l);
	}
	notes_sort(notes);
	return !l.failed;
}

const char *lint_rule_name(size_t n, const char **summary)
{
	if (n >= RULES)
		return NULL;
	if (summary)
		*summary = rules[n].summary;
	return rules[n].code;
}

/* --- walks -------------------------------------------------------------------------------------------------------- */

static void templates_of(struct lint *l, const struct step *step, lint_template_fn *fn,
                         void *context)
{
	if (step->message)
		fn(l, step, step->message, context);
	for (unsigned i = 0; i < step->action_count; i++) {
		const struct action *a = &step->actions[i];
		const struct template *const all[] = { a->text, a->text2, a->text3 };
		for (unsigned k = 0; k < 3; k++)
			if (all[k])
				fn(l, step, all[k], context);
	}
}

void lint_templates(struct lint *l, lint_template_fn *fn, void *context)
{
	const struct scenario *s = l->s;

	for (unsigned i = 0; i < DEFAULT_MESSAGES; i++)
		if (s->defaults[i])
			fn(l, NULL, s->defaults[i], context);
	for (unsigned i = 0; i < s->init_count; i++)
		templates_of(l, &s->init[i], fn, context);
	for (unsigned i = 0; i < s->step_count; i++)
		templates_of(l, &s->steps[i], fn, context);
}

void lint_pieces(struct lint *l, const struct template *t, lint_piece_fn *fn, void *context)
{
	unsigned line = t->line;

	for (unsigned i = 0; i < t->piece_count; i++) {
		const struct piece *p = &t->pieces[i];
		fn(l, p, line, context);
		for (unsigned k = 0; k < p->argument_count; k++)
			lint_pieces(l, p->arguments[k].value, fn, context);
		for (size_t k = 0; p->keyword == KEYWORD_TEXT && k < p->text.n; k++)
			line += p->text.p[k] == '\n';
	}
}

bool template_has(const struct template *t, enum keyword keyword)
{
	for (unsigned i = 0; i < t->piece_count; i++)
		if (t->pieces[i].keyword == keyword)
			return true;
	return false;
}

struct search {
	enum keyword keyword;
	bool found;
};

static void search_template(struct lint *l, const struct step *step, const struct template *t,
                            void *context)
{
	struct search *search = context;
	(void)l;
	(void)step;

	search->found |= template_has(t, search->keyword);
}

bool scenario_has(const struct scenario *s, enum keyword keyword)
{
	struct lint l = { .s = s };
	struct search search = { .keyword = keyword };

	lint_templates(&l, search_template, &search);
	return search.found;
}

bool sends_ack(const struct step *step)
{
	return step->kind == STEP_SEND && step->message->method == SIP_ACK;
}

bool sends_request(const struct step *step)
{
	return step->kind == STEP_SEND && !step->message->is_response && !sends_ack(step);
}
