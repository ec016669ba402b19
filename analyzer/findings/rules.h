/* The rule table: what Milliwatt looks for, and the settings people may change. One array per family (rules_media_path.c A, rules_quality.c B, rules_codec.c C, rules_signalling.c D,
 * rules_cut.c E, rules_transport.c F, rules_registration.c G, rules_attack.c H, rules_capture.c K), in the order of enum rule_id; rules.c puts them
 * together, rules_file.c reads `--rules FILE`, rules_print.c writes such a file. Thresholds that the catalogue marks as seen elsewhere keep those values; all others are
 * our starting values. */
#ifndef ANALYZER_FINDINGS_RULES_H
#define ANALYZER_FINDINGS_RULES_H

#include "base/err.h"
#include "base/slice.h"
#include "base/text.h"

enum rule_id {
	/* A: media path */
	RULE_A1,
	RULE_A2,
	RULE_A3,
	RULE_A4,
	RULE_A5,
	RULE_A6,
	RULE_A7,
	RULE_A8,
	RULE_A9,
	RULE_A10,
	RULE_A11,
	RULE_A12,
	RULE_A13,
	RULE_A14,
	RULE_A15,
	RULE_A16,
	/* B: media quality */
	RULE_B1,
	RULE_B2,
	RULE_B3,
	RULE_B4,
	RULE_B5,
	RULE_B6,
	RULE_B7,
	RULE_B8,
	RULE_B9,
	RULE_B10,
	RULE_B11,
	RULE_B12,
	RULE_B13,
	RULE_B14,
	RULE_B15,
	/* C: codec and SDP */
	RULE_C1,
	RULE_C2,
	RULE_C3,
	RULE_C4,
	RULE_C5,
	RULE_C6,
	RULE_C7,
	RULE_C8,
	RULE_C9,
	RULE_C10,
	RULE_C11,
	RULE_C12,
	RULE_C13,
	RULE_C14,
	/* D: signalling failures */
	RULE_D1,
	RULE_D2,
	RULE_D3,
	RULE_D4,
	RULE_D5,
	RULE_D6,
	RULE_D7,
	RULE_D8,
	RULE_D9,
	RULE_D10,
	RULE_D11,
	RULE_D12,
	RULE_D13,
	RULE_D14,
	RULE_D15,
	RULE_D16,
	RULE_D17,
	RULE_D18,
	RULE_D19,
	RULE_D20,
	RULE_D21,
	RULE_D22,
	RULE_D23,
	RULE_D24,
	RULE_D25,
	RULE_D26,
	/* E: cut at a fixed time */
	RULE_E1,
	RULE_E2,
	RULE_E3,
	RULE_E4,
	RULE_E5,
	RULE_E6,
	RULE_E7,
	RULE_E8,
	RULE_E9,
	/* F: NAT, ALG, transport */
	RULE_F1,
	RULE_F2,
	RULE_F3,
	RULE_F4,
	RULE_F5,
	RULE_F6,
	RULE_F7,
	RULE_F8,
	RULE_F9,
	/* G: registration */
	RULE_G1,
	RULE_G2,
	RULE_G3,
	RULE_G4,
	RULE_G5,
	/* H: attacks and fraud */
	RULE_H1,
	RULE_H2,
	RULE_H3,
	RULE_H4,
	RULE_H5,
	RULE_H6,
	RULE_H7,
	RULE_H8,
	RULE_H9,
	RULE_H10,
	RULE_H11,
	RULE_H12,
	/* K: is the capture itself to blame? */
	RULE_K1,
	RULE_K2,
	RULE_K3,
	RULE_K4,
	RULE_K5,
	RULE_K6,
	RULE_K7,
	RULE_K8,
	RULE_K9,
	RULE_K10,
	RULE_K11,
	RULE_K12,
	RULE_K13,
	RULE_COUNT
};

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* What a rule must have been able to see; where the capture does not give it, its findings are of low confidence and say why. */
enum rule_need {
	RULE_NEEDS_BOTH_DIRECTIONS = 1 << 0, /* requests and responses, both ways of media */
	RULE_NEEDS_NO_DROPS = 1 << 1, /* the capture itself lost nothing */
	RULE_NEEDS_WHOLE_MESSAGES =
	        1 << 2, /* headers and SDP to their end: no snap length cut them */
	RULE_NEEDS_STEADY_CLOCK =
	        1
	        << 3, /* arrival times: the capture's clock was not set (K7) and does not drift (K8) */
};

#define RULE_MAX_SETTINGS 6

/* A number (`list` NULL), or a list of words. */
struct rule_setting {
	const char *name; /* NULL: no more */
	const char *unit; /* "s", "ms", "", "ratio", "per minute" */
	double value, least, most;
	const char *list; /* "friendly-scanner, sipvicious" */
};

struct rule {
	const char *id, *name; /* "D1", "auth-loop" */
	enum severity severity;
	enum confidence confidence; /* where nothing is missing */
	unsigned needs; /* enum rule_need */
	const char *noun; /* what is counted in a group: "calls", "registrations", "sources" */
	const char *section; /* "RFC 3261 22.2" */
	const char *meaning; /* one sentence: what it looks for */
	const char *fix; /* what to do */
	const char *disproof; /* what would show that it is wrong; NULL */
	struct rule_setting settings[RULE_MAX_SETTINGS];
};

const struct rule *rule_of(enum rule_id id);
/* By "D1" or "auth-loop", without regard to case; RULE_COUNT if there is none. */
enum rule_id rule_named(struct slice name);
const char *severity_name(enum severity s);
const char *confidence_name(enum confidence c);

/* The families' arrays. */
extern const struct rule rules_media_path[], rules_quality[], rules_codec[], rules_signalling[],
        rules_cut[], rules_transport[], rules_registration[], rules_attack[], rules_capture[];

/* The settings in force. */
struct rules {
	bool enabled[RULE_COUNT];
	double numbers[RULE_COUNT][RULE_MAX_SETTINGS];
	char *lists[RULE_COUNT][RULE_MAX_SETTINGS]; /* owned; NULL: the table's */
};

void rules_init(struct rules *r); /* as in the table, all enabled */
void rules_release(struct rules *r);

/* A file of lines `RULE = off`, `RULE = on`, `RULE.setting = value`; `#` at the beginning of a line or behind a blank or the `=`
 * begins a comment. Rules go by id or name, without regard to case; of lines for the same thing the last one counts. A list is words between
 * commas, and may be empty. Unknown names and values out of bounds are errors with file and line. False: err is set, and *r holds
 * what stood before the error. */
bool rules_load(struct rules *r, const char *path, struct err *err);
/* The same of a file's octets; `name` stands in errors. */
bool rules_parse(struct rules *r, struct slice file, const char *name, struct err *err);
#define RULES_FILE_MAX (1u << 20) /* octets; longer ones are refused */

/* A rule with its explanation as comments and its settings in force: all of them together are a file that rules_load() reads. */
void rules_print(const struct rules *r, enum rule_id id, struct text *out);
/* The same as a JSON object. */
void rules_print_json(const struct rules *r, enum rule_id id, struct text *out);
/* {"copies": {"value": 7, "unit": ""}, "agents": {"list": ["sipvicious", "sipcli"]}} */
void rules_settings_json(const struct rules *r, enum rule_id id, struct text *out);
/* "D: signalling failures", of the rule's family. */
const char *rules_family(enum rule_id id);

/* By name; the rule has it (else we are wrong: assert). Ask once and keep it, not per message. */
double rules_number(const struct rules *r, enum rule_id id, const char *setting);
struct slice rules_list(const struct rules *r, enum rule_id id, const char *setting);

#endif
