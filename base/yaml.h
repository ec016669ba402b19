/* A YAML file as a tree, for the small files that people write for us (expectations, suites). yaml.c is the only file that sees libyaml.
 * One document; anchors, aliases and tags are refused, and so are keys given twice: what is meant must stand where it is read. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/err.h"
#include "base/slice.h"

#define YAML_MAX_OCTETS (4u << 20)
#define YAML_MAX_NODES  200000
#define YAML_MAX_DEPTH  32

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	struct slice key; /* in a mapping; absent elsewhere */
	unsigned key_line, key_column;
	struct slice text; /* of a scalar; empty for none (`key:`) */
	bool quoted; /* "1234" in quotes is a text, never a number */
	struct yaml_node *first, *next; /* children in order; the next one of the same parent */
	size_t count; /* of children */
};

struct yaml;

/* Gives the tree, which keeps what it needs; NULL: err names the file, line and column. */
struct yaml *yaml_read(const char *path, struct err *err);
struct yaml *yaml_parse(struct slice octets, const char *name, struct err *err);
void yaml_close(struct yaml *y); /* NULL allowed. libyaml has a yaml_free() */
/* NULL: the file is empty. */
const struct yaml_node *yaml_root(const struct yaml *y);
/* As given, for messages. */
const char *yaml_name(const struct yaml *y);

/* The value of a key; NULL: not there. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/* Plain scalars as numbers (decimal; 007 is a text) and truth values (true false yes no on off); false: it is none. */
bool yaml_int(const struct yaml_node *n, int64_t *out);
bool yaml_real(const struct yaml_node *n, double *out);
bool yaml_bool(const struct yaml_node *n, bool *out);

/* Sets err to "FILE:LINE:COLUMN: text", escaped; NULL: of the whole file. Always false. */
bool yaml_wrong(const struct yaml *y, const struct yaml_node *n, struct err *err,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, of the node's key. Always false. */
bool yaml_wrong_key(const struct yaml *y, const struct yaml_node *n, struct err *err,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Every key of the mapping must be among `names` (NULL ends them). False: err names the key, its line, and the name that was perhaps meant. */
bool yaml_only(const struct yaml *y, const struct yaml_node *mapping, const char *const *names,
               struct err *err);

#endif
