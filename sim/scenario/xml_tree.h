/* A scenario's XML as a tree, between sipp_xml.c (which reads it) and the compiler. Octets of text are those of the file: a scenario's
 * declared encoding changes nothing, for SIPp sends what stands there. */
#ifndef SIM_SCENARIO_XML_TREE_H
#define SIM_SCENARIO_XML_TREE_H

#include "base/slice.h"

struct xml_attribute {
	struct slice name, value;
};

struct xml_node {
	struct slice name;
	unsigned line;
	unsigned attribute_count;
	const struct xml_attribute *attributes;
	struct slice text; /* all of its own text, CDATA or not; absent: none but blanks */
	unsigned text_line; /* where it begins */
	struct xml_node *parent, *first, *last, *next;
};

/* Absent: there is no such attribute. */
static inline struct slice xml_value(const struct xml_node *node, const char *name)
{
	for (unsigned i = 0; i < node->attribute_count; i++)
		if (slice_eq_str(node->attributes[i].name, name))
			return node->attributes[i].value;
	return SLICE_NONE;
}

static inline bool xml_is(const struct xml_node *node, const char *name)
{
	return slice_eq_str(node->name, name);
}

#endif
