/* Assertions out of YAML, and verdicts with their place. */
#include "reports/check/check_internal.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN 60

bool item_wrong(struct check *k, const struct item *item, const char *format, ...)
{
	char text[sizeof k->err->text];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return item->is_key ? yaml_wrong_key(k->file, item->node, k->err, "%s", text)
	                    : yaml_wrong(k->file, item->node, k->err, "%s", text);
}

bool item_unknown(struct check *k, const struct item *item, const char *what,
                  const struct nearest *nearest)
{
	struct slice shown = slice_sub(item->subject, 0, SHOWN);

	return item_wrong(k, item, "there is no %s '%.*s'%s%s%s", what, SLICE_ARG(shown),
	                  nearest->best ? "; did you mean '" : "",
	                  nearest->best ? nearest->best : "", nearest->best ? "'?" : "");
}

/* "mos_lq.p05 >= 3.8" */
static bool item_of_string(struct check *k, const struct yaml_node *n, struct item *item)
{
	struct slice s = slice_trim(n->text);
	size_t end = 0;

	while (end < s.n && !ascii_is_lws(s.p[end]) && !strchr("<>=!", s.p[end]))
		end++;
	*item = (struct item){ .node = n,
		               .subject = slice_sub(s, 0, end),
		               .bound = slice_trim(slice_from(s, end)),
		               .line = n->line };
	if (item->subject.n && item->bound.n)
		return true;
	struct slice shown = slice_sub(s, 0, SHOWN);
	return yaml_wrong(k->file, n, k->err,
	                  "'%.*s' asserts nothing; write it as 'mos_lq.p05 >= 3.8'",
	                  SLICE_ARG(shown));
}

bool item_of_key(struct check *k, const struct yaml_node *n, struct item *item)
{
	struct slice shown = slice_sub(n->key, 0, SHOWN);

	*item = (struct item){
		.node = n, .subject = n->key, .bound = n->text, .is_key = true, .line = n->key_line
	};
	if (n->kind == YAML_MAPPING)
		return yaml_wrong(k->file, n, k->err,
		                  "of '%.*s' a bound is expected here, not a mapping",
		                  SLICE_ARG(shown));
	if (n->kind == YAML_SCALAR && !n->text.n && !n->quoted)
		return yaml_wrong_key(k->file, n, k->err,
		                      "'%.*s' has no bound; write for instance '%.*s: 0'",
		                      SLICE_ARG(shown), SLICE_ARG(shown));
	return true;
}

static bool take_keys(struct check *k, const struct yaml_node *mapping, item_taker *take,
                      void *context)
{
	struct item item;

	for (const struct yaml_node *c = mapping->first; c; c = c->next)
		if (!item_of_key(k, c, &item) || !take(k, context, &item))
			return false;
	return true;
}

bool items_each(struct check *k, const struct yaml_node *n, item_taker *take, void *context)
{
	struct item item;

	switch (n->kind) {
	case YAML_SCALAR: return item_of_string(k, n, &item) && take(k, context, &item);
	case YAML_MAPPING: return take_keys(k, n, take, context);
	case YAML_SEQUENCE: break;
	}
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (c->kind == YAML_SEQUENCE)
			return yaml_wrong(k->file, c, k->err,
			                  "a list in a list: write the assertions one below the "
			                  "other");
		else if (!items_each(k, c, take, context))
			return false;
	return true;
}

/* [busy, rejected] as "busy | rejected" */
static bool join_list(struct check *k, const struct item *item, enum value_kind kind,
                      struct slice *out)
{
	bool words = kind == KIND_TEXT || kind == KIND_DIGITS || kind == KIND_STATUS;
	struct text all;

	if (!words || !item->node->first)
		return item_wrong(k, item, "a list is for words, any of which will do");
	text_init(&all);
	for (const struct yaml_node *c = item->node->first; c && words; c = c->next) {
		words = c->kind == YAML_SCALAR;
		text_addf(&all, "%s%.*s", all.n ? " | " : "", SLICE_ARG(c->text));
	}
	bool kept = !all.failed && arena_keep(&k->arena, slice_of(all.p, all.n), out);
	text_release(&all);
	if (!words)
		return item_wrong(k, item, "a list of words is expected");
	return kept || err_memory(k->err, "an expectation");
}

bool item_bound(struct check *k, const struct item *item, enum value_kind kind, struct bound *b)
{
	struct slice text = item->bound, shown = slice_sub(item->subject, 0, SHOWN);
	struct err why = ERR_INIT;

	if (item->is_key && item->node->kind == YAML_SEQUENCE && !join_list(k, item, kind, &text))
		return false;
	if (bound_parse(b, kind, text, &k->arena, &why))
		return true;
	if (why.code == ERR_MEMORY) {
		*k->err = why;
		return false;
	}
	return yaml_wrong(k->file, item->node, k->err, "%.*s: %s", SLICE_ARG(shown), why.text);
}

struct verdict *item_verdict(struct check *k, struct slice group, const struct item *item,
                             const struct bound *b, bool holds)
{
	struct verdict *v =
	        verdicts_add(k->out, group, SLICE_NONE, holds ? VERDICT_PASSED : VERDICT_FAILED);

	verdicts_say(k->out, &v->name, "%.*s %.*s", SLICE_ARG(item->subject), SLICE_ARG(b->shown));
	verdicts_say(k->out, &v->expected, "%.*s", SLICE_ARG(b->shown));
	verdicts_say(k->out, &v->file, "%s", yaml_name(k->file));
	v->line = item->line;
	return v;
}

struct verdict *item_verdict_why(struct check *k, struct slice group, const struct item *item,
                                 const struct bound *b, enum verdict_result result,
                                 const char *format, ...)
{
	struct verdict *v = item_verdict(k, group, item, b, true);
	char text[400];
	va_list args;

	verdicts_turn(k->out, v, result);
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	verdicts_say(k->out, &v->note, "%s", text);
	return v;
}

void say_value(struct check *k, struct verdict *v, enum value_kind kind, double value,
               const struct bound *b)
{
	struct text text;

	text_init(&text);
	bound_add_value(&text, kind, value, b);
	verdicts_say(k->out, &v->actual, "%s", text_cstr(&text));
	k->out->failed |= text.failed;
	text_release(&text);
}
