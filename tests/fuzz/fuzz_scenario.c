/* Any octets as a scenario: refused with a line number, or compiled to something that prints and lints. */
#include "sim/scenario/lint.h"

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check_template(const struct scenario *s, const struct template *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->piece_count; i++)
		must(t->pieces[i].variable < (int)s->variable_count);
	if (t->body_piece >= 0) {
		must((unsigned)t->body_piece < t->piece_count);
		must((size_t)t->body_offset <= t->pieces[t->body_piece].text.n);
	}
}

/* What the engine takes for granted. */
static void check_steps(const struct scenario *s, const struct step *steps, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct step *step = &steps[i];
		must(step->line > 0);
		must(step->next <= (int)count && step->ontimeout <= (int)count);
		must(step->test < (int)s->variable_count &&
		     step->condexec < (int)s->variable_count);
		must(step->kind != STEP_SEND || step->message);
		must(step->kind != STEP_RECV || step->request.n || step->response);
		must(!step->regexp_match || step->regex);
		check_template(s, step->message);
		for (unsigned k = 0; k < step->action_count; k++) {
			must(step->actions[k].kind != ACTION_EREG || step->actions[k].regex);
			check_template(s, step->actions[k].text);
			check_template(s, step->actions[k].text2);
			check_template(s, step->actions[k].text3);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario_notes notes = { 0 };
	struct scenario_setting setting = { .any_key = true, .notes = &notes };
	struct err err = ERR_INIT;
	struct scenario *s = sipp_xml_parse(slice_of(data, size), "file", &setting, &err);

	if (s) {
		struct text text;
		check_steps(s, s->init, s->init_count);
		check_steps(s, s->steps, s->step_count);
		must(scenario_lint(s, &notes));
		text_init(&text);
		scenario_print(s, &text);
		must(text.n > 0 && !text.failed);
		text_release(&text);
	} else {
		must(err.code == ERR_FORMAT && slice_starts(slice_str(err.text), "file:"));
	}
	scenario_free(s);
	notes_release(&notes);
	return 0;
}
