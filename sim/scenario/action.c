/* <action>: what is done on a match, on sending, and in <nop>. */
#include "sim/scenario/compile.h"

static void action_init(struct action *a, enum action_kind kind, unsigned line)
{
	*a = (struct action){
		.kind = kind,
		.line = line,
		.occurrence = 1,
		.operand = SCENARIO_NONE,
		.operand2 = SCENARIO_NONE,
		.field = SCENARIO_NONE,
	};
}

static bool missing(struct compile *c, const char *what)
{
	return compile_fail(c, c->node->line, "<%.*s> needs %s", SLICE_ARG(c->node->name), what);
}

/* A number in value=, or one in variable=. */
static bool operand(struct compile *c, struct action *a)
{
	if (!name_variable_of(c, "variable", &a->operand) || !value_double(c, "value", &a->value))
		return false;
	return xml_value(c->node, "value").p || a->operand >= 0 ||
	       missing(c, "value= or variable=");
}

static bool assigned(struct compile *c, struct action *a)
{
	return name_variables(c, "assign_to", &a->variables, &a->variable_count) &&
	       (a->variable_count || missing(c, "assign_to=\"variable\""));
}

static bool checks(struct compile *c, struct action *a)
{
	return value_bool(c, "check_it", &a->check_it) &&
	       value_bool(c, "check_it_inverse", &a->check_it_inverse);
}

/* --- ereg --------------------------------------------------------------------------------------------------------- */

static bool ereg_where(struct compile *c, struct action *a)
{
	static const char *const wheres[] = { "msg", "hdr", "body", "var" };
	struct slice where = xml_value(c->node, "search_in");

	for (unsigned i = 0; where.p && i < 4; i++)
		if (slice_ieq_str(slice_trim(where), wheres[i])) {
			a->where = (enum ereg_where)i;
			return true;
		}
	return !where.p || compile_fail(c, a->line, "search_in=\"%.*s\": msg, hdr, body or var",
	                                SLICE_ARG(where));
}

static bool ereg_haystack(struct compile *c, struct action *a)
{
	struct slice header = xml_value(c->node, "header");

	if (!ereg_where(c, a))
		return false;
	if (a->where == EREG_HDR && !header.n)
		return missing(c, "header=\"Name:\" with search_in=\"hdr\"");
	if (a->where == EREG_VAR && !name_variable_of(c, "variable", &a->operand))
		return false;
	if (a->where == EREG_VAR && a->operand < 0)
		return missing(c, "variable=\"name\" with search_in=\"var\"");
	return arena_keep(&c->s->arena, header, &a->header) || compile_memory(c);
}

static bool ereg(struct compile *c, struct action *a)
{
	struct slice pattern = xml_value(c->node, "regexp");

	if (!pattern.p)
		return missing(c, "regexp=\"...\"");
	if (!ereg_haystack(c, a) || !checks(c, a) ||
	    !name_variables(c, "assign_to", &a->variables, &a->variable_count) ||
	    !value_bool(c, "case_indep", &a->case_indep) ||
	    !value_bool(c, "start_line", &a->start_line) ||
	    !value_int(c, "occurence", -1000, 1000, &a->occurrence) ||
	    !value_int(c, "occurrence", -1000, 1000, &a->occurrence))
		return false;
	if (a->occurrence < 1)
		a->occurrence = 1;
	if (!arena_keep(&c->s->arena, pattern, &a->pattern))
		return compile_memory(c);
	a->regex = compile_regex(c, pattern, 0);
	return a->regex != NULL;
}

/* --- numbers and comparisons -------------------------------------------------------------------------------------- */

static bool arithmetic(struct compile *c, struct action *a)
{
	if (!assigned(c, a) || !operand(c, a))
		return false;
	if (a->kind == ACTION_DIVIDE && a->operand < 0 && a->value == 0)
		return compile_fail(c, a->line, "<divide> by zero");
	return true;
}

static bool test(struct compile *c, struct action *a)
{
	static const char *const compares[] = {
		"equal",     "not_equal",          "greater_than",
		"less_than", "greater_than_equal", "less_than_equal"
	};
	struct slice compare = slice_trim(xml_value(c->node, "compare"));
	unsigned i = 0;

	if (!checks(c, a) || !name_variables(c, "assign_to", &a->variables, &a->variable_count) ||
	    !name_variable_of(c, "variable", &a->operand) ||
	    !name_variable_of(c, "variable2", &a->operand2) || !value_double(c, "value", &a->value))
		return false;
	while (i < 6 && !slice_eq_str(compare, compares[i]))
		i++;
	if (i == 6)
		return compile_fail(c, a->line,
		                    "compare=\"%.*s\": equal, not_equal, greater_than, less_than, "
		                    "greater_than_equal or less_than_equal",
		                    SLICE_ARG(compare));
	a->compare = (enum compare)i;
	if (a->operand < 0)
		return missing(c, "variable=\"name\"");
	return a->operand2 >= 0 || xml_value(c->node, "value").p ||
	       missing(c, "value= or variable2=");
}

static bool compare_text(struct compile *c, struct action *a)
{
	if (!checks(c, a) || !name_variables(c, "assign_to", &a->variables, &a->variable_count) ||
	    !name_variable_of(c, "variable", &a->operand) ||
	    !name_variable_of(c, "variable2", &a->operand2) || !compile_text(c, "value", &a->text))
		return false;
	if (a->operand < 0)
		return missing(c, "variable=\"name\"");
	return a->operand2 >= 0 || a->text || missing(c, "value= or variable2=");
}

static bool to_double(struct compile *c, struct action *a)
{
	return assigned(c, a) && name_variable_of(c, "variable", &a->operand) &&
	       (a->operand >= 0 || missing(c, "variable=\"name\""));
}

static bool sample(struct compile *c, struct action *a)
{
	if (!assigned(c, a))
		return false;
	return has_distribution(c->node) ? compile_distribution(c, &a->distribution)
	                                 : missing(c, "distribution=\"...\"");
}

static bool time_of_day(struct compile *c, struct action *a)
{
	return assigned(c, a) &&
	       (a->variable_count == 2 || missing(c, "assign_to=\"seconds,microseconds\""));
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static bool message(struct compile *c, struct action *a)
{
	return compile_text(c, "message", &a->text) && (a->text || missing(c, "message=\"...\""));
}

static bool assign_text(struct compile *c, struct action *a)
{
	return assigned(c, a) && compile_text(c, "value", &a->text) &&
	       (a->text || missing(c, "value=\"...\""));
}

static bool in_place(struct compile *c, struct action *a)
{
	if (!name_variables(c, "assign_to", &a->variables, &a->variable_count) ||
	    !name_variable_of(c, "variable", &a->operand))
		return false;
	if (a->operand < 0 && a->variable_count)
		a->operand = a->variables[0];
	if (!a->variable_count && a->operand >= 0)
		return name_variables(c, "variable", &a->variables, &a->variable_count);
	return a->operand >= 0 || missing(c, "assign_to=\"variable\"");
}

static bool verify_auth(struct compile *c, struct action *a)
{
	c->s->has_auth = true;
	return assigned(c, a) && compile_text(c, "username", &a->text) &&
	       compile_text(c, "password", &a->text2) &&
	       ((a->text && a->text2) || missing(c, "username= and password="));
}

/* --- injection files ---------------------------------------------------------------------------------------------- */

static bool file_of(struct compile *c, struct action *a)
{
	struct slice file = slice_trim(xml_value(c->node, "file"));

	if (!file.n)
		return missing(c, "file=\"...\"");
	return arena_keep(&c->s->arena, file, &a->file) || compile_memory(c);
}

static bool look_up(struct compile *c, struct action *a)
{
	return assigned(c, a) && file_of(c, a) && compile_text(c, "key", &a->text) &&
	       (a->text || missing(c, "key=\"...\""));
}

static bool insert(struct compile *c, struct action *a)
{
	return file_of(c, a) && compile_text(c, "value", &a->text3) &&
	       (a->text3 || missing(c, "value=\"...\""));
}

static bool replace(struct compile *c, struct action *a)
{
	return insert(c, a) && compile_text(c, "line", &a->text2) &&
	       (a->text2 || missing(c, "line=\"...\""));
}

static bool make_index(struct compile *c, struct action *a)
{
	return file_of(c, a) && value_int(c, "field", 0, 10000, &a->field) &&
	       (a->field >= 0 || missing(c, "field=\"N\""));
}

/* --- the way on --------------------------------------------------------------------------------------------------- */

static bool set_destination(struct compile *c, struct action *a)
{
	return compile_text(c, "host", &a->text) && compile_text(c, "port", &a->text2) &&
	       compile_text(c, "protocol", &a->text3) &&
	       ((a->text && a->text2 && a->text3) || missing(c, "host=, port= and protocol="));
}

static bool nothing(struct compile *c, struct action *a)
{
	(void)c;
	(void)a;
	return true;
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static const struct row {
	const char *element;
	enum action_kind kind;
	bool (*compile)(struct compile *c, struct action *a);
} rows[] = {
	{ "ereg", ACTION_EREG, ereg },
	{ "log", ACTION_LOG, message },
	{ "warning", ACTION_WARNING, message },
	{ "error", ACTION_ERROR, message },
	{ "assign", ACTION_ASSIGN, arithmetic },
	{ "add", ACTION_ADD, arithmetic },
	{ "subtract", ACTION_SUBTRACT, arithmetic },
	{ "multiply", ACTION_MULTIPLY, arithmetic },
	{ "divide", ACTION_DIVIDE, arithmetic },
	{ "assignstr", ACTION_ASSIGNSTR, assign_text },
	{ "todouble", ACTION_TODOUBLE, to_double },
	{ "test", ACTION_TEST, test },
	{ "strcmp", ACTION_STRCMP, compare_text },
	{ "trim", ACTION_TRIM, in_place },
	{ "urlencode", ACTION_URLENCODE, in_place },
	{ "urldecode", ACTION_URLDECODE, in_place },
	{ "sample", ACTION_SAMPLE, sample },
	{ "gettimeofday", ACTION_GETTIMEOFDAY, time_of_day },
	{ "verifyauth", ACTION_VERIFYAUTH, verify_auth },
	{ "lookup", ACTION_LOOKUP, look_up },
	{ "insert", ACTION_INSERT, insert },
	{ "replace", ACTION_REPLACE, replace },
	{ "index", ACTION_INDEX, make_index },
	{ "jump", ACTION_JUMP, operand },
	{ "pauserestore", ACTION_PAUSERESTORE, operand },
	{ "setdest", ACTION_SETDEST, set_destination },
	{ "closecon", ACTION_CLOSECON, nothing },
	{ "rtp_echo", ACTION_RTP_ECHO, operand },
	{ "exec", ACTION_EXEC_MEDIA, compile_exec },
};

static bool compile_one(struct compile *c, const struct xml_node *node, struct action *a)
{
	c->node = node;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (xml_is(node, rows[i].element)) {
			action_init(a, rows[i].kind, node->line);
			return compile_attributes(c, node) && rows[i].compile(c, a);
		}
	return compile_fail(c, node->line,
	                    "<%.*s> is no action (ereg, log, exec, assign, test, ...)",
	                    SLICE_ARG(node->name));
}

bool compile_actions(struct compile *c, const struct xml_node *action, const struct action **out,
                     unsigned *count)
{
	unsigned n = *count, before = n;

	for (const struct xml_node *node = action->first; node; node = node->next)
		n++;
	struct action *list = arena_zalloc(&c->s->arena, n * sizeof *list);
	if (!list)
		return compile_memory(c);
	if (before)
		memcpy(list, *out, before * sizeof *list); /* a second <action> goes on */
	unsigned i = before;
	for (const struct xml_node *node = action->first; node; node = node->next)
		if (!compile_one(c, node, &list[i++]))
			return false;
	*out = list;
	*count = n;
	return true;
}
