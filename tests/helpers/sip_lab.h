/* A bench for the calls room: short lines become SIP messages at given times, the rows are read back as text.
 *
 *   time way start cseq-number cseq-method branch from-tag to-tag [extra ...]
 *   0.5  b>a 180   1           INVITE      b1     A        B
 *
 * `start` is a method or a status; "-" leaves branch or tag out; hosts a..z are 192.0.2.1 .. 26, port 5060. Extras: call=ID (else "c1"),
 * sdp=DIRECTION (or sdp=DIRECTION@host), h=Name:value (blanks written as _), body=type:octets (likewise), pad=TEXT (makes other octets),
 * without=NAME (leaves Via, CSeq or Contact out), to=USER (else "bob"), from=USER (else "alice"), uri=USER in the
 * Request-URI (else To's), or uri=USER@HOST.
 * Lines starting with # or empty ones are passed over. */
#ifndef TESTS_HELPERS_SIP_LAB_H
#define TESTS_HELPERS_SIP_LAB_H

#include "analyzer/calls/calls.h"
#include "analyzer/findings/findings.h"
#include "base/text.h"

struct sip_lab {
	struct analysis analysis;
	struct err err;
	struct store *store;
	struct streams *streams;
	struct calls *calls;
	struct rules rules; /* all on, see sip_lab_rules() */
	struct text rows;
	uint64_t frame;
	bool unchecked; /* many messages: the invariants are not asked after each */
};

#define SIP_LAB_START_S INT64_C(1700000000)

bool sip_lab_init(struct sip_lab *lab); /* false: environment failed, release all the same */
void sip_lab_release(struct sip_lab *lab);

/* Feeds every line; eviction time and timers follow. False: environment failed, lab->err says why. */
bool sip_lab_feed(struct sip_lab *lab, const char *lines);
/* Lets eviction time pass up to `s` seconds after the start. */
bool sip_lab_pass(struct sip_lab *lab, double s);
/* Other settings of the rules, as lines of a file; before the first message. False: environment failed. */
bool sip_lab_rules(struct sip_lab *lab, const char *lines);
/* End of capture. */
bool sip_lab_finish(struct sip_lab *lab);
/* The same of a capture that says it lost packets, or whose snap length cut messages. */
bool sip_lab_finish_view(struct sip_lab *lab, const struct capture_view *view);

/* One line of text to one message; the length, for tests below calls_message(). */
size_t sip_lab_message(const char *line, struct sip_origin *origin, char *out, size_t size);

/* Rows of a query: columns by '|', NULL as '-', rows by "\n". Aborts on bad SQL. Valid until the next one. */
const char *sip_lab_rows(struct sip_lab *lab, const char *sql);

#endif
