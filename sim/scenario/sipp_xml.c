/* Expat reads what lenient.c made; a tree comes out, in an arena of its own, and goes to the compiler. */
#include "sim/scenario/sipp_xml.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/scenario/compile.h"
#include "sim/scenario/lenient.h"
#include "sim/scenario/xml_tree.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>

/* Elements within elements; SIPp's language needs four. */
#define XML_MAX_DEPTH 16

struct tree {
	XML_Parser parser;
	struct arena *arena;
	struct xml_node *root, *open; /* open: the innermost element that is not closed yet */
	struct text text; /* of `open` */
	unsigned text_line;
	unsigned depth;
	bool no_memory, too_deep;
};

static unsigned line_now(const struct tree *t)
{
	return (unsigned)XML_GetCurrentLineNumber(t->parser);
}

static void stop(struct tree *t, bool *why)
{
	*why = true;
	XML_StopParser(t->parser, XML_FALSE);
}

/* Expat gives UTF-8 of what it took for ISO-8859-1: the octets of the file again. What a reference wrote beyond U+00FF stays UTF-8. */
static bool keep_octets(struct arena *arena, struct slice utf8, struct slice *out)
{
	uint8_t *p = arena_alloc(arena, utf8.n);
	size_t n = 0;

	if (!p)
		return false;
	for (size_t i = 0; i < utf8.n; i++) {
		uint8_t c = utf8.p[i];
		if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.n)
			p[n++] = (uint8_t)((c & 3) << 6 | (utf8.p[++i] & 0x3f));
		else
			p[n++] = c;
	}
	*out = slice_of(p, n);
	return true;
}

static bool keep_attributes(struct tree *t, struct xml_node *node, const XML_Char **attributes)
{
	unsigned count = 0;

	while (attributes[2 * count])
		count++;
	struct xml_attribute *all = arena_zalloc(t->arena, count * sizeof *all);
	if (!all)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!keep_octets(t->arena, slice_str(attributes[2 * i]), &all[i].name) ||
		    !keep_octets(t->arena, slice_str(attributes[2 * i + 1]), &all[i].value))
			return false;
	node->attribute_count = count;
	node->attributes = all;
	return true;
}

static void append(struct tree *t, struct xml_node *node)
{
	struct xml_node *parent = t->open;

	node->parent = parent;
	if (!parent)
		t->root = node;
	else if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	if (parent)
		parent->last = node;
}

/* The text so far goes to the open element: what stands first counts, for <send> has its message in front of its <action>. */
static bool keep_text(struct tree *t)
{
	struct xml_node *node = t->open;

	if (t->text.failed)
		return false;
	if (node && t->text.n && !node->text.p) {
		node->text_line = t->text_line;
		if (!keep_octets(t->arena, slice_of(t->text.p, t->text.n), &node->text))
			return false;
	}
	text_reset(&t->text);
	return true;
}

static void XMLCALL start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct tree *t = data;
	struct xml_node *node = arena_zalloc(t->arena, sizeof *node);

	if (++t->depth > XML_MAX_DEPTH)
		return stop(t, &t->too_deep);
	if (!node || !keep_text(t) || !keep_octets(t->arena, slice_str(name), &node->name) ||
	    !keep_attributes(t, node, attributes))
		return stop(t, &t->no_memory);
	node->line = line_now(t);
	append(t, node);
	t->open = node;
}

static void XMLCALL end(void *data, const XML_Char *name)
{
	struct tree *t = data;
	struct xml_node *node = t->open;
	(void)name;

	if (!node) /* stopped within start() of an empty element: expat still ends it */
		return;
	t->depth--;
	if (!keep_text(t))
		return stop(t, &t->no_memory);
	t->open = node->parent;
}

static void XMLCALL characters(void *data, const XML_Char *p, int n)
{
	struct tree *t = data;
	struct slice s = slice_of(p, (size_t)n);

	if (t->text.n == 0) {
		/* Blanks alone are layout. They may be blank lines of a message, too: those in front of it go anyway. */
		if (slice_trim(s).n == 0)
			return;
		t->text_line = line_now(t);
	}
	text_add(&t->text, s);
}

static bool say_why(const struct tree *t, const char *file, struct err *err)
{
	unsigned line = line_now(t);
	enum XML_Error code = XML_GetErrorCode(t->parser);

	if (t->no_memory || code == XML_ERROR_NO_MEMORY)
		return err_memory(err, "a scenario");
	if (t->too_deep)
		return err_set(err, ERR_FORMAT, "%s:%u: more than %u elements within one another",
		               file, line, XML_MAX_DEPTH);
	if (t->open && (code == XML_ERROR_TAG_MISMATCH || code == XML_ERROR_NO_ELEMENTS ||
	                code == XML_ERROR_UNCLOSED_TOKEN))
		return err_set(err, ERR_FORMAT,
		               "%s:%u: <%.*s> of line %u is not closed here: </%.*s> is missing",
		               file, line, SLICE_ARG(t->open->name), t->open->line,
		               SLICE_ARG(t->open->name));
	return err_set(err, ERR_FORMAT, "%s:%u: this is not XML: %s", file, line,
	               XML_ErrorString(code));
}

/* Entities can only come by a DOCTYPE, and lenient.c leaves none: nothing is ever expanded or fetched. */
static bool read_tree(struct slice xml, const char *file, struct tree *t, struct err *err)
{
	static const XML_Memory_Handling_Suite memory = { mem_alloc, mem_resize, mem_free };

	t->parser = XML_ParserCreate_MM("ISO-8859-1", &memory, NULL);
	if (!t->parser)
		return err_memory(err, "a scenario");
	text_init(&t->text);
	XML_SetUserData(t->parser, t);
	XML_SetElementHandler(t->parser, start, end);
	XML_SetCharacterDataHandler(t->parser, characters);
	bool ok = XML_Parse(t->parser, (const char *)xml.p, (int)xml.n, 1) == XML_STATUS_OK;
	if (!ok)
		say_why(t, file, err);
	text_release(&t->text);
	XML_ParserFree(t->parser);
	return ok;
}

static struct scenario *parse(struct slice xml, const char *file, struct arena *arena,
                              struct text *clean, const struct scenario_setting *setting,
                              struct err *err)
{
	struct tree t = { .arena = arena };

	if (!lenient_xml(xml, file, clean, setting->notes, err) ||
	    !read_tree(slice_of(clean->p, clean->n), file, &t, err))
		return NULL;
	return scenario_compile(t.root, file, setting, err);
}

struct scenario *sipp_xml_parse(struct slice xml, const char *file,
                                const struct scenario_setting *setting, struct err *err)
{
	static const struct scenario_setting any = { .any_key = true };
	struct arena arena;
	struct text clean;

	if (xml.n > SIPP_XML_MAX_BYTES) {
		err_set(err, ERR_FORMAT, "%s: %zu octets; a scenario has at most %u", file, xml.n,
		        SIPP_XML_MAX_BYTES);
		return NULL;
	}
	arena_init(&arena, 64 * 1024);
	text_init(&clean);
	struct scenario *s = parse(xml, file, &arena, &clean, setting ? setting : &any, err);
	text_release(&clean);
	arena_release(&arena);
	return s;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static bool read_all(FILE *f, const char *path, struct text *out, struct err *err)
{
	char piece[65536];
	size_t n;

	errno = 0;
	while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
		text_add(out, slice_of(piece, n));
		if (out->failed)
			return err_memory(err, "a scenario");
		if (out->n > SIPP_XML_MAX_BYTES)
			break; /* said by the parser */
	}
	return !ferror(f) || err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
}

struct scenario *sipp_xml_read(const char *path, const struct scenario_setting *setting,
                               struct err *err)
{
	FILE *f = fopen(path, "rbe");
	struct scenario *s = NULL;
	struct text all;

	if (!f) {
		err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
		return NULL;
	}
	text_init(&all);
	if (read_all(f, path, &all, err))
		s = sipp_xml_parse(slice_of(all.p ? all.p : "", all.n), path, setting, err);
	text_release(&all);
	fclose(f);
	return s;
}
