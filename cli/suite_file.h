/* A suite file as it was read: who is called, what is kept up beside, what is run, and what must come of it. docs/suite.md is its language.
 * The values of commands stay YAML until they are run, for ${...} may name a port that is chosen then (suite_words.h). */
#ifndef CLI_SUITE_FILE_H
#define CLI_SUITE_FILE_H

#include "base/arena.h"
#include "base/yaml.h"

#define SUITE_MAX_CASES      1000
#define SUITE_MAX_TARGETS    100
#define SUITE_MAX_BACKGROUND 20
#define SUITE_MAX_JOBS       64
#define SUITE_MAX_RETRIES    20
#define SUITE_MAX_KEEP       1000
#define SUITE_MAX_EVIDENCE   20 /* calls of one bundle */

struct suite_target {
	struct slice name;
	const struct yaml_node *node, *address, *transport; /* transport: NULL */
};

enum suite_background_kind { BACKGROUND_SIM, BACKGROUND_SIPP, BACKGROUND_COMMAND };

struct suite_background {
	struct slice name;
	const char *slug;
	const struct yaml_node *node, *what;
	enum suite_background_kind kind;
	const char *address; /* that it listens at */
	uint16_t port; /* 0: none is said; it counts as ready after a moment */
	bool auto_port;
	int64_t ready_ns; /* that it may take to listen */
};

enum suite_kind {
	SUITE_SIM,
	SUITE_VIRTUAL,
	SUITE_SIPP,
	SUITE_CAPTURE,
	SUITE_DATABASE,
	SUITE_COMPARE,
	SUITE_KINDS
};
/* Their keys in the file. */
extern const char *const suite_kind_names[SUITE_KINDS + 1];

enum suite_which { SUITE_NONE, SUITE_FAILED, SUITE_ALL };

struct suite_baseline {
	const struct yaml_node
	        *path; /* a database, or a folder of those of earlier nights; NULL: none */
	unsigned keep; /* tonight's goes into the folder, where so many stay; 0: it does not */
	double alpha; /* 0: the default */
};

struct suite_case {
	const char *name, *slug; /* slug: of letters, digits and '-', no other case's */
	const struct yaml_node *node, *what;
	enum suite_kind kind;
	struct yaml *expect_file; /* NULL: inline, or none */
	const struct yaml_node *expect; /* NULL: none */
	struct suite_baseline baseline;
	int64_t timeout_ns;
	unsigned retries;
	bool expected_to_fail, failed_calls_allowed;
	enum { CAPTURE_AUTO, CAPTURE_YES, CAPTURE_NO } capture;
	enum suite_which html;
	const struct yaml_node *tags; /* a scalar or a sequence; NULL: none */
	const struct yaml_node *needs;
	const char *only; /* a variable of the environment that must be set; NULL: none */
};

struct suite_evidence {
	unsigned calls; /* at most, of one case */
	bool mask_credentials, mask_digits, tar;
	int64_t capture_octets; /* captures that are estimated to be larger are not made */
	enum suite_which keep_captures;
};

struct suite {
	struct yaml *yaml;
	struct arena arena;
	const char *name, *path;
	const char *directory; /* absolute: what the file names is relative to it */
	const char *output; /* absolute; NULL: not said */
	unsigned jobs;
	bool flaky_fails;
	const struct yaml_node *defaults; /* NULL: none */
	struct suite_evidence evidence;
	struct suite_target targets[SUITE_MAX_TARGETS];
	size_t target_count;
	struct suite_background backgrounds[SUITE_MAX_BACKGROUND];
	size_t background_count;
	struct suite_case *cases;
	size_t case_count;
};

/* Gives the suite; NULL: err names file, line and column. What its values mean to those who take them is not looked at: suite_check.h. */
struct suite *suite_read(const char *path, struct err *err);
void suite_free(struct suite *s);

/* A copy that lives as long as the suite; NULL: out of memory, err. */
const char *suite_keep(struct suite *s, struct slice text, struct err *err);
/* Made relative to the suite's folder absolute; the same bounds. */
const char *suite_absolute(struct suite *s, struct slice path, struct err *err);

/* Index of the case with this name; SIZE_MAX: none. */
size_t suite_find_case(const struct suite *s, struct slice name);
bool suite_case_has_tag(const struct suite_case *c, struct slice tag);

/* Reads one entry of `cases:`, suite_case.c. */
bool suite_read_case(struct suite *s, const struct yaml_node *n, struct suite_case *out,
                     struct err *err);
/* "120s", "auto" and so on; each false with err at the node. */
bool suite_read_time(const struct suite *s, const struct yaml_node *n, int64_t *ns,
                     struct err *err);
bool suite_read_unsigned(const struct suite *s, const struct yaml_node *n, unsigned max,
                         unsigned *out, struct err *err);
bool suite_read_bool(const struct suite *s, const struct yaml_node *n, bool *out, struct err *err);
bool suite_read_which(const struct suite *s, const struct yaml_node *n, enum suite_which *out,
                      struct err *err);
/* The next of a scalar or a sequence of scalars: begin with *at NULL. */
bool suite_each(const struct yaml_node *n, const struct yaml_node **at);

#endif
