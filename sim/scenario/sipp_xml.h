/* SIPp's XML into a scenario. Reads what SIPp 3.6 and 3.7 accept, which is more than XML: escaped quotes and stray commas between
 * attributes, missing blanks. A DOCTYPE is passed over; no entity and no DTD is ever fetched. */
#ifndef SIM_SCENARIO_SIPP_XML_H
#define SIM_SCENARIO_SIPP_XML_H

#include "base/err.h"
#include "sim/scenario/scenario.h"

#define SIPP_XML_MAX_BYTES (16u << 20)
#define SIPP_XML_MAX_STEPS 65536

/* Something that loads, and is not what its author meant, or may not be. Lint shows all; a run shows what `loud` marks. */
struct scenario_note {
	unsigned line;
	bool loud;
	const char *code; /* "unknown-attribute", "unused-variable", ... */
	char text[240];
};

struct scenario_notes {
	struct scenario_note *all; /* mem_free() */
	size_t count;
};

struct scenario_setting {
	/* Names that -key gives a value: other unknown keywords are refused. NULL, 0: any is accepted (lint, print). */
	const struct slice *keys;
	size_t key_count;
	bool any_key;
	struct scenario_notes *notes; /* NULL: nobody asks */
};

/* NULL: err says "FILE:LINE: what, and what to do". `file` is kept as its name. */
struct scenario *sipp_xml_parse(struct slice xml, const char *file,
                                const struct scenario_setting *setting, struct err *err);
struct scenario *sipp_xml_read(const char *path, const struct scenario_setting *setting,
                               struct err *err);

/* A template out of text with keywords, as for -default messages and [field] arguments; into the scenario's arena. NULL: err. */
const struct template *template_compile(struct scenario *s, struct slice text, unsigned line,
                                        bool is_message, struct err *err);

/* The embedded scenarios by SIPp's names. NULL where there is none of this name. */
const char *builtin_scenario(const char *name);
/* The n-th name, NULL behind the last; *summary (may be NULL) is one line about it. */
const char *builtin_scenario_name(size_t n, const char **summary);

#endif
