/* Two captures of the same calls, at two places or before and after an SBC: call by call, stream by stream, message by message. Where packets
 * vanished, what the way from one tap to the other takes and how that varies, how far the clocks are apart, which headers were rewritten.
 * docs/taps.md explains how each is found. */
#ifndef REPORTS_COMPARE_TAPS_H
#define REPORTS_COMPARE_TAPS_H

#include "reports/message_texts.h"
#include "reports/records/query.h"
#include "reports/verdicts.h"

struct taps;

struct taps_options {
	const char *name_a, *name_b; /* where they are from; NULL: as records_path() says */
	const struct message_texts *texts_a,
	        *texts_b; /* NULL: headers are compared as far as the records know them */
	double max_loss_ratio; /* between the taps, of a stream: more is a failed verdict; NAN: none is judged */
};

/* How much of the two are the same calls, 0..1 of the smaller one: `compare` chooses by it. False: err. */
bool taps_overlap(struct records *a, struct records *b, double *ratio, struct err *err);

struct taps *taps_new(struct records *a, struct records *b, const struct taps_options *options,
                      struct err *err);
void taps_free(struct taps *t);

bool taps_verdicts(const struct taps *t, struct verdicts *out, struct err *err);
bool taps_text(const struct taps *t, bool colour, struct text *out, struct err *err);
bool taps_markdown(const struct taps *t, struct text *out, struct err *err);
bool taps_json(const struct taps *t, struct text *out, struct err *err);
bool taps_html(const struct taps *t, struct text *out, struct err *err); /* a whole page */

#endif
