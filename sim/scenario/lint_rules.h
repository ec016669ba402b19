/* Lint, inside: a table of checks over a compiled scenario. A check says what it found with lint_say(), under its own code.
 *
 *   lint.c  the table        lint_flow.c     steps: reached or not, waits, transactions     lint_value.c   variables, checks without effect
 *   lint_message.c  headers, lengths, keywords of messages                                   lint_media.c   media, twin, authentication, routes */
#ifndef SIM_SCENARIO_LINT_RULES_H
#define SIM_SCENARIO_LINT_RULES_H

#include "base/mem.h"
#include "base/text.h"
#include "sim/scenario/lint.h"

struct lint {
	const struct scenario *s;
	struct scenario_notes *notes;
	const char *code; /* of the rule that looks */
	enum note_weight weight;
	bool failed; /* no memory */
};

void lint_say(struct lint *l, unsigned line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Every template of the scenario, in order, with the step it belongs to (NULL: a default message). */
typedef void lint_template_fn(struct lint *l, const struct step *step, const struct template *t,
                              void *context);
void lint_templates(struct lint *l, lint_template_fn *fn, void *context);
/* Every piece of a template, those in arguments of keywords too. */
typedef void lint_piece_fn(struct lint *l, const struct piece *piece, unsigned line, void *context);
void lint_pieces(struct lint *l, const struct template *t, lint_piece_fn *fn, void *context);
bool template_has(const struct template *t, enum keyword keyword);
bool scenario_has(const struct scenario *s, enum keyword keyword);

/* A request that opens a transaction (not ACK); a response; both sent. */
bool sends_request(const struct step *step);
bool sends_ack(const struct step *step);

typedef void lint_check(struct lint *l);
lint_check lint_unreachable_step, lint_unused_label, lint_test_without_next, lint_wait_never_ends,
        lint_response_without_request, lint_optional_at_end, lint_ack_missing, lint_retrans_missing,
        lint_ontimeout_alone, lint_rtd;
lint_check lint_unused_variable, lint_unset_variable, lint_check_never_fails,
        lint_check_always_fails, lint_result_unused, lint_groups;
lint_check lint_last_too_early, lint_tag_too_early, lint_tag_missing, lint_call_id, lint_branch,
        lint_length_missing, lint_length_wrong, lint_key, lint_text_len;
lint_check lint_media_without_sdp, lint_twin_mix, lint_authentication, lint_routes,
        lint_routes_unused;

#endif
