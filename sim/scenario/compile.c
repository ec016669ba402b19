#include "sim/scenario/compile.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

struct scenario_regex {
	struct scenario_regex *next;
	regex_t regex;
};

/* --- what everyone needs ------------------------------------------------------------------------------------------ */

bool compile_fail(struct compile *c, unsigned line, const char *format, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return err_set(c->err, ERR_FORMAT, "%.*s:%u: %s", SLICE_ARG(c->s->file), line, text);
}

bool compile_memory(struct compile *c)
{
	return err_memory(c->err, "a scenario");
}

bool compile_note(struct compile *c, unsigned line, enum note_weight weight, const char *code,
                  const char *format, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return notes_add(c->notes, line, weight, code, "%s", text) || compile_memory(c);
}

void *compile_grow(struct arena *a, void *array, unsigned count, size_t size)
{
	if (count && (count < 8 || (count & (count - 1))))
		return array;
	void *bigger = arena_zalloc(a, (count ? 2 * count : 8) * size);
	if (bigger && count)
		memcpy(bigger, array, count * size);
	return bigger;
}

regex_t *compile_regex(struct compile *c, struct slice pattern, int flags)
{
	char text[2048], why[200];
	struct scenario_regex *r = arena_zalloc(&c->s->arena, sizeof *r);

	if (!r) {
		compile_memory(c);
		return NULL;
	}
	if (pattern.n >= sizeof text || slice_find(pattern, 0) != SLICE_NPOS) {
		compile_fail(c, c->node->line, "a regular expression of more than %zu octets",
		             sizeof text - 1);
		return NULL;
	}
	int bad = regcomp(&r->regex, slice_cstr(pattern, text, sizeof text), REG_EXTENDED | flags);
	if (bad) {
		regerror(bad, &r->regex, why, sizeof why);
		compile_fail(c, c->node->line, "regular expression \"%.100s\" (POSIX extended): %s",
		             text, why);
		return NULL;
	}
	r->next = c->s->regexes;
	c->s->regexes = r;
	return &r->regex;
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	for (struct scenario_regex *r = s->regexes; r; r = r->next)
		regfree(&r->regex);
	arena_release(&s->arena);
	mem_free(s);
}

bool compile_text(struct compile *c, const char *name, const struct template **out)
{
	struct slice value = xml_value(c->node, name);

	if (!value.p)
		return true;
	*out = template_build(c, value, c->node->line, false);
	return *out != NULL;
}

/* --- elements of <scenario> --------------------------------------------------------------------------------------- */

enum element {
	ELEMENT_STEP,
	ELEMENT_LABEL,
	ELEMENT_INIT,
	ELEMENT_GLOBAL,
	ELEMENT_USER,
	ELEMENT_REFERENCE,
	ELEMENT_RESPONSE_BOUNDS,
	ELEMENT_LENGTH_BOUNDS,
	ELEMENT_DEFAULT,
	ELEMENT_UNKNOWN
};

static enum element element_of(const struct xml_node *node)
{
	static const struct {
		const char *name;
		enum element element;
	} names[] = {
		{ "send", ELEMENT_STEP },
		{ "recv", ELEMENT_STEP },
		{ "pause", ELEMENT_STEP },
		{ "nop", ELEMENT_STEP },
		{ "timewait", ELEMENT_STEP },
		{ "sendCmd", ELEMENT_STEP },
		{ "recvCmd", ELEMENT_STEP },
		{ "label", ELEMENT_LABEL },
		{ "init", ELEMENT_INIT },
		{ "Global", ELEMENT_GLOBAL },
		{ "User", ELEMENT_USER },
		{ "Reference", ELEMENT_REFERENCE },
		{ "DefaultMessage", ELEMENT_DEFAULT },
		{ "ResponseTimeRepartition", ELEMENT_RESPONSE_BOUNDS },
		{ "CallLengthRepartition", ELEMENT_LENGTH_BOUNDS },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (xml_is(node, names[i].name))
			return names[i].element;
	return ELEMENT_UNKNOWN;
}

static unsigned count_steps(const struct xml_node *parent)
{
	unsigned n = 0;

	for (const struct xml_node *node = parent->first; node; node = node->next)
		n += element_of(node) == ELEMENT_STEP;
	return n;
}

/* variables="a,b , c" of Global and User. */
static bool declare(struct compile *c, enum variable_scope scope)
{
	struct slice rest = xml_value(c->node, "variables"), name;

	if (!rest.p)
		return compile_fail(c, c->node->line, "<%.*s> needs variables=\"name,...\"",
		                    SLICE_ARG(c->node->name));
	while (slice_split(&rest, ',', &name))
		if (slice_trim(name).n && !name_scope(c, slice_trim(name), scope))
			return false;
	return true;
}

static bool refer(struct compile *c)
{
	struct slice rest = xml_value(c->node, "variables"), name;
	int variable;

	while (slice_split(&rest, ',', &name))
		if (slice_trim(name).n) {
			if (!name_variable(c, slice_trim(name), c->node->line, &variable))
				return false;
			c->s->variables[variable].referred = true;
		}
	return true;
}

static bool bounds(struct compile *c, const unsigned **out, unsigned *count)
{
	struct slice rest = xml_value(c->node, "value"), item;
	unsigned *list = NULL, n = 0;
	uint64_t ms;

	while (slice_split(&rest, ',', &item)) {
		if (!slice_trim(item).n)
			continue;
		if (!slice_u64(slice_trim(item), INT32_MAX, &ms)) {
			if (!compile_note(c, c->node->line, NOTE_LOUD, "no-bound",
			                  "<%.*s>: '%.*s' is not a number of milliseconds, and is "
			                  "left out",
			                  SLICE_ARG(c->node->name), SLICE_ARG(item)))
				return false;
			continue;
		}
		list = compile_grow(&c->s->arena, list, n, sizeof *list);
		if (!list)
			return compile_memory(c);
		list[n++] = (unsigned)ms;
	}
	*out = list;
	*count = n;
	return true;
}

static bool default_message(struct compile *c)
{
	static const char *const ids[DEFAULT_MESSAGES] = { "3pcc_abort", "ack",    "ack2",
		                                           "bye",        "cancel", "200" };
	struct slice id = xml_value(c->node, "id"), text;

	for (unsigned i = 0; i < DEFAULT_MESSAGES; i++) {
		if (!slice_eq_str(id, ids[i]))
			continue;
		if (!message_layout(c, c->node->text, &text))
			return false;
		c->s->defaults[i] = template_build(c, text, c->node->text_line, true);
		return c->s->defaults[i] != NULL;
	}
	return compile_fail(c, c->node->line,
	                    "<DefaultMessage id=\"%.*s\">: the ids are 3pcc_abort, ack, ack2, bye, "
	                    "cancel, 200",
	                    SLICE_ARG(id));
}

static bool compile_init(struct compile *c, const struct xml_node *init);

static bool compile_element(struct compile *c, const struct xml_node *node, struct step **step)
{
	struct scenario *s = c->s;

	c->node = node;
	if (!compile_attributes(c, node))
		return false;
	switch (element_of(node)) {
	case ELEMENT_STEP: return compile_step(c, node, (*step)++);
	case ELEMENT_LABEL: return true;
	case ELEMENT_INIT:
		return !c->in_init ? compile_init(c, node)
		                   : compile_fail(c, node->line, "<init> inside of <init>");
	case ELEMENT_GLOBAL: return declare(c, VARIABLE_GLOBAL);
	case ELEMENT_USER: return declare(c, VARIABLE_USER);
	case ELEMENT_REFERENCE: return refer(c);
	case ELEMENT_RESPONSE_BOUNDS:
		return bounds(c, &s->response_bounds_ms, &s->response_bound_count);
	case ELEMENT_LENGTH_BOUNDS: return bounds(c, &s->length_bounds_ms, &s->length_bound_count);
	case ELEMENT_DEFAULT: return default_message(c);
	case ELEMENT_UNKNOWN: break;
	}
	return compile_fail(c, node->line,
	                    "<%.*s> is no element of a scenario (send, recv, pause, nop, label, "
	                    "timewait, sendCmd, recvCmd, init, ...)",
	                    SLICE_ARG(node->name));
}

static struct step *steps_of(struct compile *c, const struct xml_node *parent, unsigned *count)
{
	unsigned n = count_steps(parent);
	struct step *steps = arena_zalloc(&c->s->arena, n * sizeof *steps);

	*count = n;
	if (n > SIPP_XML_MAX_STEPS) {
		compile_fail(c, parent->line, "%u steps; a scenario has at most %u", n,
		             SIPP_XML_MAX_STEPS);
		return NULL;
	}
	if (!steps)
		compile_memory(c);
	return steps;
}

static bool compile_init(struct compile *c, const struct xml_node *init)
{
	struct step *step = c->s->init = steps_of(c, init, &c->s->init_count);
	bool ok = step && name_labels(c, init, &c->init_label, &c->init_labels);

	c->in_init = true;
	for (const struct xml_node *node = init->first; ok && node; node = node->next) {
		if (!xml_is(node, "nop") && !xml_is(node, "label"))
			return compile_fail(c, node->line,
			                    "<%.*s> in <init>: only nop and label may be there",
			                    SLICE_ARG(node->name));
		ok = compile_element(c, node, &step);
	}
	c->in_init = false;
	return ok;
}

static bool compile_all(struct compile *c, const struct xml_node *root)
{
	struct scenario *s = c->s;
	struct step *step;

	c->node = root;
	if (!xml_is(root, "scenario"))
		return compile_fail(c, root->line,
		                    "the root element is <%.*s>; a scenario begins with <scenario>",
		                    SLICE_ARG(root->name));
	struct slice name = xml_value(root, "name");
	if (!arena_keep(&s->arena, name.p ? name : SLICE_LIT(""), &s->name))
		return compile_memory(c);
	step = s->steps = steps_of(c, root, &s->step_count);
	if (!step || !name_labels(c, root, &s->labels, &s->label_count))
		return false;
	for (const struct xml_node *node = root->first; node; node = node->next)
		if (!compile_element(c, node, &step))
			return false;
	if (slice_trim(root->text).n &&
	    !compile_note(c, root->text_line, NOTE_LOUD, "stray-text",
	                  "text between the steps does nothing: \"%.*s\"",
	                  SLICE_ARG(slice_sub(slice_trim(root->text), 0, 40))))
		return false;
	return compile_settle(c);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static bool keep_keys(struct compile *c, const struct scenario_setting *setting)
{
	struct scenario *s = c->s;
	struct slice *keys = arena_zalloc(&s->arena, setting->key_count * sizeof *keys);

	if (!keys)
		return false;
	for (size_t i = 0; i < setting->key_count; i++)
		if (!arena_keep(&s->arena, setting->keys[i], &keys[i]))
			return false;
	s->keys = keys;
	s->key_count = (unsigned)setting->key_count;
	s->any_key = setting->any_key;
	return true;
}

static struct scenario *scenario_new(void)
{
	struct scenario *s = mem_zalloc(sizeof *s);

	if (!s)
		return NULL;
	arena_init(&s->arena, 16 * 1024);
	s->unexpected_step = s->unexpected_return = s->unexpected_pause = SCENARIO_NONE;
	s->rtd_count = 1;
	s->rtd[0].name = SLICE_LIT("1");
	return s;
}

struct scenario *scenario_compile(const struct xml_node *root, const char *file,
                                  const struct scenario_setting *setting, struct err *err)
{
	struct scenario *s = scenario_new();
	struct compile c = { .s = s, .notes = setting->notes, .err = err };

	if (!s) {
		err_memory(err, "a scenario");
		return NULL;
	}
	bool ok = (arena_keep(&s->arena, slice_str(file), &s->file) && keep_keys(&c, setting)) ||
	          compile_memory(&c);
	if (ok && compile_all(&c, root)) {
		s->sealed = true;
		return s;
	}
	scenario_free(s);
	return NULL;
}
