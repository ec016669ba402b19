#include "base/yaml.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#define SHOWN 60 /* octets of a key or value in a message */

struct yaml {
	char *name;
	struct arena arena;
	struct yaml_node *root;
	size_t nodes;
};

/* One node that is being filled. */
struct level {
	struct yaml_node *node, *last;
	struct slice key;
	yaml_mark_t key_mark;
	bool has_key;
};

struct reading {
	struct yaml *y;
	struct err *err;
	struct level levels[YAML_MAX_DEPTH];
	unsigned depth;
	unsigned documents;
	bool done;
};

static bool say_wrong(const struct yaml *y, unsigned line, unsigned column, struct err *err,
                      const char *format, va_list args)
{
	char message[sizeof err->text];
	struct text text;

	vsnprintf(message, sizeof message, format, args);
	text_init(&text);
	text_add_terminal(&text, slice_str(y->name));
	if (line)
		text_addf(&text, ":%u:%u", line, column);
	text_addf(&text, ": ");
	text_add_terminal(&text, slice_str(message));
	if (text.failed)
		err_memory(err, "a message");
	else
		err_set(err, ERR_FORMAT, "%s", text_cstr(&text));
	text_release(&text);
	return false;
}

bool yaml_wrong(const struct yaml *y, const struct yaml_node *n, struct err *err,
                const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_wrong(y, n ? n->line : 0, n ? n->column : 0, err, format, args);
	va_end(args);
	return false;
}

bool yaml_wrong_key(const struct yaml *y, const struct yaml_node *n, struct err *err,
                    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_wrong(y, n->key_line, n->key_column, err, format, args);
	va_end(args);
	return false;
}

static bool wrong_at(struct reading *r, yaml_mark_t mark, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static bool wrong_at(struct reading *r, yaml_mark_t mark, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_wrong(r->y, (unsigned)mark.line + 1, (unsigned)mark.column + 1, r->err, format, args);
	va_end(args);
	return false;
}

static bool keep(struct reading *r, const yaml_event_t *e, struct slice *out)
{
	return arena_keep(&r->y->arena, slice_of(e->data.scalar.value, e->data.scalar.length),
	                  out) ||
	       err_memory(r->err, "a YAML file");
}

static struct level *top(struct reading *r)
{
	return r->depth ? &r->levels[r->depth - 1] : NULL;
}

/* A scalar where a key is due. */
static bool begin_key(struct reading *r, struct level *l, const yaml_event_t *e)
{
	if (e->type != YAML_SCALAR_EVENT)
		return wrong_at(r, e->start_mark, "a key must be a word, not a list or a mapping");
	if (!keep(r, e, &l->key))
		return false;
	l->key_mark = e->start_mark;
	l->has_key = true;
	return true;
}

static struct yaml_node *add_node(struct reading *r, enum yaml_kind kind, const yaml_event_t *e)
{
	struct level *l = top(r);

	if (++r->y->nodes > YAML_MAX_NODES) {
		wrong_at(r, e->start_mark, "more than %d values are too many", YAML_MAX_NODES);
		return NULL;
	}
	struct yaml_node *n = arena_zalloc(&r->y->arena, sizeof *n);
	if (!n) {
		err_memory(r->err, "a YAML file");
		return NULL;
	}
	n->kind = kind;
	n->line = (unsigned)e->start_mark.line + 1;
	n->column = (unsigned)e->start_mark.column + 1;
	if (!l) {
		r->y->root = n;
		return n;
	}
	if (l->has_key) {
		n->key = l->key;
		n->key_line = (unsigned)l->key_mark.line + 1;
		n->key_column = (unsigned)l->key_mark.column + 1;
		l->has_key = false;
	}
	*(l->last ? &l->last->next : &l->node->first) = n;
	l->last = n;
	l->node->count++;
	return n;
}

/* Anchors and tags make another thing of what stands there. */
static bool is_plainly_meant(struct reading *r, const yaml_event_t *e, const yaml_char_t *anchor,
                             const yaml_char_t *tag)
{
	if (anchor)
		return wrong_at(r, e->start_mark, "anchors (&%.*s) are not read here; write it out",
		                SHOWN, (const char *)anchor);
	if (tag)
		return wrong_at(r, e->start_mark, "tags (%.*s) are not read here", SHOWN,
		                (const char *)tag);
	return true;
}

static bool on_scalar(struct reading *r, const yaml_event_t *e)
{
	struct level *l = top(r);

	if (!is_plainly_meant(r, e, e->data.scalar.anchor, e->data.scalar.tag))
		return false;
	if (l && l->node->kind == YAML_MAPPING && !l->has_key)
		return begin_key(r, l, e);
	struct yaml_node *n = add_node(r, YAML_SCALAR, e);
	if (!n)
		return false;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return keep(r, e, &n->text);
}

static bool on_begin(struct reading *r, const yaml_event_t *e, enum yaml_kind kind)
{
	struct level *l = top(r);

	if (l && l->node->kind == YAML_MAPPING && !l->has_key)
		return begin_key(r, l, e);
	if (r->depth == YAML_MAX_DEPTH)
		return wrong_at(r, e->start_mark, "more than %d levels are too deep",
		                YAML_MAX_DEPTH);
	struct yaml_node *n = add_node(r, kind, e);
	if (!n)
		return false;
	r->levels[r->depth++] = (struct level){ .node = n };
	return true;
}

/* By key, equal ones as they stand. */
static int by_key(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a,
	                       *y = *(const struct yaml_node *const *)b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int order = n ? memcmp(x->key.p, y->key.p, n) : 0;

	if (order)
		return order;
	if (x->key.n != y->key.n)
		return x->key.n < y->key.n ? -1 : 1;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return x->key_column < y->key_column ? -1 : x->key_column > y->key_column;
}

static bool keys_differ(struct reading *r, const struct yaml_node *mapping)
{
	const struct yaml_node **nodes;
	size_t n = 0;
	bool ok = true;

	if (mapping->count < 2)
		return true;
	nodes = mem_alloc(mapping->count * sizeof *nodes);
	if (!nodes)
		return err_memory(r->err, "a YAML file");
	for (const struct yaml_node *c = mapping->first; c; c = c->next)
		nodes[n++] = c;
	qsort(nodes, n, sizeof *nodes, by_key);
	for (size_t i = 1; i < n && ok; i++) {
		struct slice shown = slice_sub(nodes[i]->key, 0, SHOWN);
		if (slice_eq(nodes[i - 1]->key, nodes[i]->key))
			ok = yaml_wrong_key(r->y, nodes[i], r->err,
			                    "'%.*s' is given twice, in line %u already",
			                    SLICE_ARG(shown), nodes[i - 1]->key_line);
	}
	mem_free(nodes);
	return ok;
}

static bool on_end(struct reading *r)
{
	const struct yaml_node *n = r->levels[--r->depth].node;

	return n->kind != YAML_MAPPING || keys_differ(r, n);
}

static bool on_event(struct reading *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++)
			return wrong_at(r, e->start_mark, "a second document begins ('---')");
		return true;
	case YAML_ALIAS_EVENT:
		return wrong_at(r, e->start_mark, "aliases (*%.*s) are not read here; write it out",
		                SHOWN, (const char *)e->data.alias.anchor);
	case YAML_SCALAR_EVENT: return on_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return is_plainly_meant(r, e, e->data.sequence_start.anchor,
		                        e->data.sequence_start.tag) &&
		       on_begin(r, e, YAML_SEQUENCE);
	case YAML_MAPPING_START_EVENT:
		return is_plainly_meant(r, e, e->data.mapping_start.anchor,
		                        e->data.mapping_start.tag) &&
		       on_begin(r, e, YAML_MAPPING);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_end(r);
	case YAML_STREAM_END_EVENT: r->done = true; return true;
	default: return true;
	}
}

/* libyaml's words, with where. */
static bool cannot_parse(struct reading *r, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return err_memory(r->err, "a YAML file");
	if (p->error == YAML_READER_ERROR)
		return yaml_wrong(r->y, NULL, r->err, "%s at octet %zu; the file must be UTF-8",
		                  p->problem ? p->problem : "not readable", p->problem_offset);
	/* What people run into: >= 3.8 without quotes. */
	bool block = p->context && strstr(p->context, "block scalar");
	return wrong_at(r, p->problem_mark, "%s%s%s%s", p->context ? p->context : "",
	                p->context ? ", " : "", p->problem ? p->problem : "not YAML",
	                block ? "; a value that begins with > or | stands in quotes" : "");
}

static bool parse_events(struct reading *r, struct slice octets)
{
	yaml_parser_t p;
	yaml_event_t e;
	bool ok = true;

	if (!yaml_parser_initialize(&p))
		return err_memory(r->err, "a YAML file");
	yaml_parser_set_input_string(&p, octets.p, octets.n);
	while (ok && !r->done) {
		if (!yaml_parser_parse(&p, &e)) {
			ok = cannot_parse(r, &p);
			break;
		}
		ok = on_event(r, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	return ok;
}

static struct yaml *new_yaml(const char *name)
{
	struct yaml *y = mem_zalloc(sizeof *y);
	size_t n = strlen(name) + 1;

	if (!y)
		return NULL;
	arena_init(&y->arena, 16384);
	y->name = mem_alloc(n);
	if (!y->name) {
		yaml_close(y);
		return NULL;
	}
	memcpy(y->name, name, n);
	return y;
}

struct yaml *yaml_parse(struct slice octets, const char *name, struct err *err)
{
	struct yaml *y = new_yaml(name);
	struct reading r = { .y = y, .err = err };

	if (!y) {
		err_memory(err, "a YAML file");
		return NULL;
	}
	bool ok = octets.n <= YAML_MAX_OCTETS ||
	          yaml_wrong(y, NULL, err, "more than %u MB are too much", YAML_MAX_OCTETS >> 20);
	if (ok && octets.n)
		ok = parse_events(&r, octets);
	if (ok)
		return y;
	yaml_close(y);
	return NULL;
}

/* At most one octet more than is taken, so that yaml_parse() says that it is too much. */
static bool read_file(const char *path, struct text *out, struct err *err)
{
	FILE *f = fopen(path, "rbe");
	char part[16384];
	size_t n;

	if (!f)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	errno = 0;
	while (out->n <= YAML_MAX_OCTETS && (n = fread(part, 1, sizeof part, f)) > 0)
		text_add(out, slice_of(part, n));
	bool ok = !ferror(f) || err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
	fclose(f);
	if (ok && out->failed)
		ok = err_memory(err, "a YAML file");
	return ok;
}

struct yaml *yaml_read(const char *path, struct err *err)
{
	struct yaml *y = NULL;
	struct text octets;

	text_init(&octets);
	if (read_file(path, &octets, err))
		y = yaml_parse(slice_of(octets.p, octets.n), path, err);
	text_release(&octets);
	return y;
}

void yaml_close(struct yaml *y)
{
	if (!y)
		return;
	arena_release(&y->arena);
	mem_free(y->name);
	mem_free(y);
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	bool nothing = y->root && y->root->kind == YAML_SCALAR && !y->root->quoted &&
	               !y->root->text.n; /* '---' alone */

	return nothing ? NULL : y->root;
}

const char *yaml_name(const struct yaml *y)
{
	return y->name;
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	if (!mapping || mapping->kind != YAML_MAPPING)
		return NULL;
	for (const struct yaml_node *n = mapping->first; n; n = n->next)
		if (slice_eq_str(n->key, key))
			return n;
	return NULL;
}

/* [+-] digits, without leading zeros: 007 is a number of another kind. */
static bool is_whole_number(struct slice s)
{
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = slice_from(s, 1);
	if (!s.n || (s.p[0] == '0' && s.n > 1))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return true;
}

bool yaml_int(const struct yaml_node *n, int64_t *out)
{
	char buf[32];

	if (n->kind != YAML_SCALAR || n->quoted || !is_whole_number(n->text) ||
	    n->text.n >= sizeof buf)
		return false;
	errno = 0;
	int64_t value = strtoll(slice_cstr(n->text, buf, sizeof buf), NULL, 10);
	if (errno)
		return false;
	*out = value;
	return true;
}

/* A whole number, perhaps with a fraction behind it, perhaps with an exponent. */
static bool is_decimal(struct slice s)
{
	size_t e = slice_find(s, 'e');

	if (e == SLICE_NPOS)
		e = slice_find(s, 'E');
	if (e != SLICE_NPOS && !is_whole_number(slice_from(s, e + 1)))
		return false;
	s = slice_sub(s, 0, e);
	size_t point = slice_find(s, '.');
	if (point == SLICE_NPOS)
		return is_whole_number(s);
	struct slice fraction = slice_from(s, point + 1);
	for (size_t i = 0; i < fraction.n; i++)
		if (!ascii_is_digit(fraction.p[i]))
			return false;
	return fraction.n && is_whole_number(slice_sub(s, 0, point));
}

bool yaml_real(const struct yaml_node *n, double *out)
{
	char buf[64];

	if (n->kind != YAML_SCALAR || n->quoted || !is_decimal(n->text) || n->text.n >= sizeof buf)
		return false;
	errno = 0;
	double value = strtod(slice_cstr(n->text, buf, sizeof buf), NULL);
	if (errno)
		return false;
	*out = value;
	return true;
}

bool yaml_bool(const struct yaml_node *n, bool *out)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	if (n->kind != YAML_SCALAR || n->quoted)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_eq_str(n->text, words[i])) {
			*out = i % 2;
			return true;
		}
	return false;
}

static bool is_among(struct slice key, const char *const *names)
{
	for (; *names; names++)
		if (slice_eq_str(key, *names))
			return true;
	return false;
}

bool yaml_only(const struct yaml *y, const struct yaml_node *mapping, const char *const *names,
               struct err *err)
{
	for (const struct yaml_node *n = mapping->first; n; n = n->next) {
		if (is_among(n->key, names))
			continue;
		struct nearest nearest = nearest_to(n->key);
		for (const char *const *name = names; *name; name++)
			nearest_try(&nearest, *name);
		struct slice key = slice_sub(n->key, 0, SHOWN);
		return yaml_wrong_key(y, n, err, "unknown key '%.*s'%s%s%s", SLICE_ARG(key),
		                      nearest.best ? "; did you mean '" : "",
		                      nearest.best ? nearest.best : "", nearest.best ? "'?" : "");
	}
	return true;
}
