/* What the files of this room share. */
#ifndef ANALYZER_FINDINGS_STATE_H
#define ANALYZER_FINDINGS_STATE_H

#include "analyzer/findings/findings.h"
#include "base/list.h"
#include "base/table.h"

#include <inttypes.h>

#define FINDINGS_MAX_CAUSE 160
#define FINDINGS_MAX_TEXT  400

/* Occurrences of one rule with one cause: a row of `findings`. */
struct group {
	struct list_node node; /* first: in the order of ids */
	uint64_t hash;
	int64_t id;
	enum rule_id rule;
	const char *noun;
	char *cause, *text, *evidence; /* text and evidence of the first occurrence in time */
	struct sighting first, last;
	int64_t call_id, dialog_id, stream_id; /* 0 where the occurrences differ */
	uint64_t occurrences;
	enum confidence confidence; /* the best of its occurrences */
	const char *weak; /* of the best one */
};

struct findings {
	struct analysis *analysis;
	const struct rules *rules;
	struct table groups; /* of struct group, by rule and cause */
	struct list_node in_order; /* the same */
	int64_t next_id;
	struct text scratch;
	/* The families' own state, see families.h; each is NULL until its _new(). */
	struct quality *quality;
	struct digit_faults *digit_faults;
	struct srtp_faults *srtp_faults;
	struct signalling *signalling;
	struct overload *overload;
	struct cut *cut;
	struct transport_faults *transport;
	struct registration_faults *registration_faults;
	struct attack *attack;
	struct media_path *media_path;
	struct capture_faults *capture;
	struct dead_air *dead_air;
	struct codec_faults *codec_faults;
	struct fax_faults *fax;
};

/* view.c: why a rule could not see what it needs; NULL if it could. */
const char *view_obstacle(const struct findings *f, const struct rule *rule,
                          const struct capture_view *view);

/* finding_rows.c: the rows of `rules` and of `findings`. */
bool findings_write_rules(struct findings *f, const struct capture_view *view);
bool findings_write_groups(struct findings *f, const struct capture_view *view);

/* What is not known is NULL in rows. */
static inline int64_t id_or_null(int64_t id)
{
	return id ? id : RECORD_NULL;
}

static inline int64_t frame_or_null(struct sighting s)
{
	return sighting_is_set(s) ? (int64_t)s.frame : RECORD_NULL;
}

static inline int64_t us_or_null(struct sighting s)
{
	return sighting_is_set(s) ? clock_us(s.time_ns) : RECORD_NULL;
}

#endif
