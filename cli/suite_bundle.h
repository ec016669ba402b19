/* The evidence of a failed case: a folder that can be sent to who has to look into it. docs/suite.md says what is in it, and so does its own
 * README.md. Bounded in everything; what is to be masked is masked in all of it. */
#ifndef CLI_SUITE_BUNDLE_H
#define CLI_SUITE_BUNDLE_H

#include "cli/suite_judge.h"

#define SUITE_SLICE_OCTETS (64 << 20) /* beyond, the slice is of signalling alone */
#define SUITE_LOG_OCTETS   (256 << 10) /* the end of a log */

struct suite_bundle {
	const struct suite *suite;
	const struct suite_case *of;
	const struct suite_plan *plan; /* of the case */
	const char *folder; /* absolute */
	const char *slug;
	int64_t calls[SUITE_MAX_EVIDENCE];
	size_t count;
	bool sip_only, apart;
	const char *slice, *database,
	        *pages; /* that the steps make; looked for when they are over */
};

/* Chooses the calls, makes the folder, adds what children have to do to `after`. False: err. */
bool suite_bundle_begin(struct suite_bundle *b, const struct suite *s, const struct suite_case *c,
                        const struct suite_plan *plan, const struct verdicts *v, const char *folder,
                        const char *slug, bool records, struct arena *arena,
                        struct suite_plan *after, struct err *err);
/* When they are over: all the rest of it. */
bool suite_bundle_finish(const struct suite_bundle *b, const struct verdicts *v, struct err *err);

/* "cd DIR && milliwatt sim ...", a line for each step. */
void suite_say_steps(const struct suite *s, const struct suite_plan *p, struct text *out);

#endif
