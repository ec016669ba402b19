/* Variables and the actions that fill and look at them. */
#include "sim/scenario/lint_rules.h"

/* --- who reads, who writes ---------------------------------------------------------------------------------------- */

struct use {
	bool read, written;
	unsigned written_line;
};

static void read_piece(struct lint *l, const struct piece *piece, unsigned line, void *context)
{
	struct use *uses = context;
	(void)l;
	(void)line;

	if (piece->variable >= 0)
		uses[piece->variable].read = true;
	/* [fill variable=name]: the name is text. */
	for (unsigned i = 0; piece->keyword == KEYWORD_FILL && i < piece->argument_count; i++) {
		const struct template *t = piece->arguments[i].value;
		if (!slice_eq_str(piece->arguments[i].name, "variable") || t->piece_count != 1)
			continue;
		int variable = scenario_variable(l->s, t->pieces[0].text);
		if (variable >= 0)
			uses[variable].read = true;
	}
}

static void read_template(struct lint *l, const struct step *step, const struct template *t,
                          void *context)
{
	(void)step;
	lint_pieces(l, t, read_piece, context);
}

static void read_one(struct use *uses, int variable)
{
	if (variable >= 0)
		uses[variable].read = true;
}

static bool works_in_place(const struct action *a)
{
	return a->kind == ACTION_TRIM || a->kind == ACTION_URLENCODE || a->kind == ACTION_URLDECODE;
}

static void use_action(struct use *uses, const struct action *a)
{
	for (unsigned i = 0; i < a->variable_count; i++) {
		struct use *use = &uses[a->variables[i]];
		use->written |= !works_in_place(a);
		if (!use->written_line)
			use->written_line = a->line;
	}
	if (!works_in_place(a))
		read_one(uses, a->operand);
	read_one(uses, a->operand2);
}

static void use_step(struct use *uses, const struct step *step)
{
	read_one(uses, step->test);
	read_one(uses, step->condexec);
	read_one(uses, step->timeout_variable);
	read_one(uses, step->pause_variable);
	for (unsigned i = 0; i < step->action_count; i++)
		use_action(uses, &step->actions[i]);
}

/* mem_free() */
static struct use *uses_of(struct lint *l)
{
	const struct scenario *s = l->s;
	struct use *uses = mem_zalloc(s->variable_count * sizeof *uses);

	l->failed |= !uses;
	if (!uses)
		return NULL;
	for (unsigned i = 0; i < s->init_count; i++)
		use_step(uses, &s->init[i]);
	for (unsigned i = 0; i < s->step_count; i++)
		use_step(uses, &s->steps[i]);
	lint_templates(l, read_template, uses);
	return uses;
}

static bool is_ours(const struct variable *v)
{
	return slice_starts(v->name, "_unexp.");
}

/* Groups of an ereg that stand before one that is read have to be there. */
static bool only_a_place(const struct scenario *s, const struct use *uses, int variable)
{
	for (unsigned i = 0; i < s->step_count; i++)
		for (unsigned k = 0; k < s->steps[i].action_count; k++) {
			const struct action *a = &s->steps[i].actions[k];
			bool here = false;
			for (unsigned n = 0; n < a->variable_count; n++) {
				if (here && uses[a->variables[n]].read)
					return true;
				here |= a->variables[n] == variable;
			}
		}
	return false;
}

static bool looks(const struct action *a)
{
	return a->kind == ACTION_EREG || a->kind == ACTION_TEST || a->kind == ACTION_STRCMP ||
	       a->kind == ACTION_VERIFYAUTH;
}

static bool looked_at(const struct scenario *s, const struct use *uses, const struct action *a)
{
	bool used = a->check_it || a->check_it_inverse;

	for (unsigned i = 0; i < a->variable_count; i++)
		used |= uses[a->variables[i]].read || s->variables[a->variables[i]].referred;
	return used;
}

/* An ereg that checks needs a place for its result, read or not; one whose result nobody looks at is a rule of its own. */
static bool only_a_result(const struct scenario *s, const struct use *uses, int variable)
{
	for (unsigned i = 0; i < s->step_count; i++)
		for (unsigned k = 0; k < s->steps[i].action_count; k++) {
			const struct action *a = &s->steps[i].actions[k];
			for (unsigned n = 0; looks(a) && n < a->variable_count; n++)
				if (a->variables[n] == variable &&
				    (n == 0 || !looked_at(s, uses, a)))
					return a->check_it || a->check_it_inverse ||
					       !looked_at(s, uses, a);
		}
	return false;
}

void lint_unused_variable(struct lint *l)
{
	const struct scenario *s = l->s;
	struct use *uses = uses_of(l);

	for (unsigned i = 0; uses && i < s->variable_count; i++) {
		const struct variable *v = &s->variables[i];
		if (!uses[i].read && uses[i].written && !v->referred && !is_ours(v) &&
		    !only_a_place(s, uses, (int)i) && !only_a_result(s, uses, (int)i))
			lint_say(l, uses[i].written_line,
			         "variable '%.*s' is set, and nothing reads it",
			         SLICE_ARG(v->name));
	}
	mem_free(uses);
}

/* Global and user variables may come from outside (-set). */
void lint_unset_variable(struct lint *l)
{
	const struct scenario *s = l->s;
	struct use *uses = uses_of(l);

	for (unsigned i = 0; uses && i < s->variable_count; i++) {
		const struct variable *v = &s->variables[i];
		if (uses[i].read && !uses[i].written && v->scope == VARIABLE_CALL && !is_ours(v))
			lint_say(l, v->first_line, "variable '%.*s' is read, and nothing sets it",
			         SLICE_ARG(v->name));
	}
	mem_free(uses);
}

/* --- checks ------------------------------------------------------------------------------------------------------- */

typedef void action_check(struct lint *l, const struct action *a, const struct use *uses);

static void each_action(struct lint *l, action_check *check, const struct use *uses)
{
	for (unsigned i = 0; i < l->s->step_count; i++)
		for (unsigned k = 0; k < l->s->steps[i].action_count; k++)
			check(l, &l->s->steps[i].actions[k], uses);
}

static bool matches_nothing(const struct action *a)
{
	return regexec(a->regex, "", 0, NULL, 0) == 0;
}

/* With search_in="hdr" such an expression asks whether the header is there. */
static void never_fails(struct lint *l, const struct action *a, const struct use *uses)
{
	(void)uses;
	if (a->kind == ACTION_EREG && a->check_it && !a->check_it_inverse && a->where != EREG_HDR &&
	    matches_nothing(a))
		lint_say(l, a->line,
		         "check_it never fails: \"%.*s\" matches the empty text, so it matches any",
		         SLICE_ARG(slice_sub(a->pattern, 0, 80)));
}

void lint_check_never_fails(struct lint *l)
{
	each_action(l, never_fails, NULL);
}

static void always_fails(struct lint *l, const struct action *a, const struct use *uses)
{
	(void)uses;
	if (a->check_it && a->check_it_inverse)
		lint_say(l, a->line, "check_it and check_it_inverse at once: no call passes both");
	else if (a->kind == ACTION_EREG && a->check_it_inverse && a->where != EREG_HDR &&
	         matches_nothing(a))
		lint_say(l, a->line,
		         "check_it_inverse always fails: \"%.*s\" matches the empty text, so it "
		         "matches any",
		         SLICE_ARG(slice_sub(a->pattern, 0, 80)));
}

void lint_check_always_fails(struct lint *l)
{
	each_action(l, always_fails, NULL);
}

static void unused_result(struct lint *l, const struct action *a, const struct use *uses)
{
	if (looks(a) && !looked_at(l->s, uses, a))
		lint_say(l, a->line,
		         "nothing looks at the result: no check_it, and no variable of it is read");
}

void lint_result_unused(struct lint *l)
{
	struct use *uses = uses_of(l);

	if (uses)
		each_action(l, unused_result, uses);
	mem_free(uses);
}

static void too_many(struct lint *l, const struct action *a, const struct use *uses)
{
	(void)uses;
	if (a->kind == ACTION_EREG && a->variable_count > a->regex->re_nsub + 1)
		lint_say(l, a->line,
		         "assign_to names %u variables, the expression gives %zu (the whole match, "
		         "and "
		         "its groups): the others are never set",
		         a->variable_count, a->regex->re_nsub + 1);
}

void lint_groups(struct lint *l)
{
	each_action(l, too_many, NULL);
}
