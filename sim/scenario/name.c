/* What scenarios give names to: variables, labels, response times, counters, transactions. */
#include "sim/scenario/compile.h"

#define MAX_VARIABLES 4096
#define MAX_TXNS      256
#define MAX_LABELS    4096

static int find_named(const struct named *list, unsigned count, struct slice name)
{
	for (unsigned i = 0; i < count; i++)
		if (slice_eq(list[i].name, name))
			return (int)i;
	return SCENARIO_NONE;
}

/* --- variables ---------------------------------------------------------------------------------------------------- */

int scenario_variable(const struct scenario *s, struct slice name)
{
	for (unsigned i = 0; i < s->variable_count; i++)
		if (slice_eq(s->variables[i].name, name))
			return (int)i;
	return SCENARIO_NONE;
}

static bool add_variable(struct compile *c, struct slice name, unsigned line)
{
	struct scenario *s = c->s;

	if (s->sealed)
		return compile_fail(c, line, "there is no variable '%.*s' in this scenario",
		                    SLICE_ARG(name));
	if (name.n == 0 || slice_find(name, '$') != SLICE_NPOS ||
	    slice_find(name, ',') != SLICE_NPOS)
		return compile_fail(c, line,
		                    "'%.*s' is no name of a variable: neither $ nor , may be in it",
		                    SLICE_ARG(name));
	if (s->variable_count == MAX_VARIABLES)
		return compile_fail(c, line, "more than %d variables", MAX_VARIABLES);
	s->variables =
	        compile_grow(&s->arena, s->variables, s->variable_count, sizeof *s->variables);
	if (!s->variables)
		return compile_memory(c);
	struct variable *v = &s->variables[s->variable_count];
	*v = (struct variable){ .first_line = line };
	if (!arena_keep(&s->arena, name, &v->name))
		return compile_memory(c);
	s->variable_count++;
	return true;
}

bool name_variable(struct compile *c, struct slice name, unsigned line, int *out)
{
	int i = scenario_variable(c->s, name);

	if (i == SCENARIO_NONE) {
		if (!add_variable(c, name, line))
			return false;
		i = (int)c->s->variable_count - 1;
	}
	if (!c->s->sealed)
		c->s->variables[i].uses++;
	*out = i;
	return true;
}

bool name_scope(struct compile *c, struct slice name, enum variable_scope scope)
{
	int i = scenario_variable(c->s, name);

	if (i == SCENARIO_NONE) {
		if (!add_variable(c, name, c->node->line))
			return false;
		i = (int)c->s->variable_count - 1;
	}
	c->s->variables[i].scope = scope;
	return true;
}

bool name_variables(struct compile *c, const char *attribute, const int **out, unsigned *count)
{
	struct slice rest = xml_value(c->node, attribute), name;
	int *list = NULL;
	unsigned n = 0;

	while (slice_split(&rest, ',', &name)) {
		name = slice_trim(name);
		list = compile_grow(&c->s->arena, list, n, sizeof *list);
		if (!list)
			return compile_memory(c);
		if (!name.n)
			continue; /* a comma at the end */
		if (!name_variable(c, name, c->node->line, &list[n]))
			return false;
		n++;
	}
	*out = list;
	*count = n;
	return true;
}

bool name_variable_of(struct compile *c, const char *attribute, int *out)
{
	struct slice name = xml_value(c->node, attribute);

	if (!name.p)
		return true;
	name = slice_trim(name);
	if (slice_starts(name, "$"))
		name = slice_from(name, 1);
	return name_variable(c, name, c->node->line, out);
}

/* --- labels ------------------------------------------------------------------------------------------------------- */

int scenario_label(const struct scenario *s, struct slice name)
{
	int i = find_named(s->labels, s->label_count, name);

	return i == SCENARIO_NONE ? SCENARIO_NONE : (int)s->labels[i].line;
}

static bool is_step(const struct xml_node *node)
{
	static const char *const steps[] = { "send",     "recv",    "pause",  "nop",
		                             "timewait", "sendCmd", "recvCmd" };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (xml_is(node, steps[i]))
			return true;
	return false;
}

static bool add_label(struct compile *c, const struct xml_node *node, unsigned step,
                      struct named **out, unsigned *count)
{
	struct slice id = slice_trim(xml_value(node, "id"));

	if (!id.n)
		return compile_fail(c, node->line, "<label> needs id=\"name\"");
	if (*count == MAX_LABELS)
		return compile_fail(c, node->line, "more than %d labels", MAX_LABELS);
	if (find_named(*out, *count, id) != SCENARIO_NONE)
		return compile_fail(c, node->line, "label '%.*s' is there twice", SLICE_ARG(id));
	*out = compile_grow(&c->s->arena, *out, *count, sizeof **out);
	if (!*out || !arena_keep(&c->s->arena, id, &(*out)[*count].name))
		return compile_memory(c);
	(*out)[(*count)++].line = step;
	return true;
}

bool name_labels(struct compile *c, const struct xml_node *parent, struct named **out,
                 unsigned *count)
{
	unsigned step = 0;

	for (const struct xml_node *node = parent->first; node; node = node->next) {
		if (xml_is(node, "label") && !add_label(c, node, step, out, count))
			return false;
		step += is_step(node);
	}
	return true;
}

bool name_label_of(struct compile *c, const char *attribute, int *out)
{
	struct slice name = xml_value(c->node, attribute);

	if (!name.p)
		return true;
	name = slice_trim(name);
	const struct named *labels = c->in_init ? c->init_label : c->s->labels;
	int i = find_named(labels, c->in_init ? c->init_labels : c->s->label_count, name);
	if (i == SCENARIO_NONE)
		return compile_fail(c, c->node->line,
		                    "%s=\"%.*s\": there is no <label id=\"%.*s\"/>", attribute,
		                    SLICE_ARG(name), SLICE_ARG(name));
	*out = (int)labels[i].line;
	return true;
}

/* --- response times, counters, transactions ----------------------------------------------------------------------- */

static bool add_named(struct compile *c, struct named *list, unsigned most, const char *what,
                      struct slice name, unsigned *count, int *out)
{
	*out = find_named(list, *count, name);
	if (*out != SCENARIO_NONE)
		return true;
	if (*count == most)
		return compile_fail(c, c->node->line, "more than %u %s", most, what);
	if (!arena_keep(&c->s->arena, name, &list[*count].name))
		return compile_memory(c);
	list[*count].line = c->node->line;
	*out = (int)(*count)++;
	return true;
}

/* "true" is "1"; "false" is none; "a,b" are two. */
bool name_rtd(struct compile *c, const char *attribute, uint64_t *out)
{
	struct slice rest = xml_value(c->node, attribute), name;
	int i;

	while (slice_split(&rest, ',', &name)) {
		name = slice_trim(name);
		if (!name.n || slice_ieq_str(name, "false"))
			continue;
		if (slice_ieq_str(name, "true"))
			name = SLICE_LIT("1");
		if (!add_named(c, c->s->rtd, SCENARIO_MAX_RTD, "response times", name,
		               &c->s->rtd_count, &i))
			return false;
		if (!c->s->rtd[i].line)
			c->s->rtd[i].line = c->node->line;
		*out |= (uint64_t)1 << i;
	}
	return true;
}

bool name_counter(struct compile *c, int *out)
{
	struct slice name = slice_trim(xml_value(c->node, "counter"));

	if (!name.p)
		return true;
	if (!name.n)
		return compile_fail(c, c->node->line, "counter=\"\": a counter has a name");
	return add_named(c, c->s->counters, SCENARIO_MAX_COUNTERS, "counters", name,
	                 &c->s->counter_count, out);
}

bool name_txn(struct compile *c, const char *attribute, int *out)
{
	struct slice name = slice_trim(xml_value(c->node, attribute));
	struct scenario *s = c->s;

	if (!name.p)
		return true;
	if (!name.n)
		return compile_fail(c, c->node->line, "%s=\"\": a transaction has a name",
		                    attribute);
	if (find_named(s->txns, s->txn_count, name) == SCENARIO_NONE) {
		s->txns = compile_grow(&s->arena, s->txns, s->txn_count, sizeof *s->txns);
		if (!s->txns)
			return compile_memory(c);
	}
	return add_named(c, s->txns, MAX_TXNS, "transactions", name, &s->txn_count, out);
}
