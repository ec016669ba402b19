/* Family C, codecs and SDP: what was agreed, and what was sent instead. All judged when a leg closes, while its streams are still there.
 *
 *   codec_faults.c        who is told what; C4, C11 to C13: the SDP and what became of it
 *   codec_faults_media.c  C1 to C3, C7: the RTP against the SDP */
#ifndef ANALYZER_FINDINGS_CODEC_FAULTS_H
#define ANALYZER_FINDINGS_CODEC_FAULTS_H

#include "analyzer/findings/audio_call.h"

struct codec_faults {
	struct draft draft;
	double packets; /* C1 */
	int64_t settle_ns;
	double samples, impossible; /* C2 */
	double tolerance_ms; /* C3 */
	double flips; /* C7 */
	double alternations, early_packets; /* C13 */
};

struct codec_faults *codec_faults_new(struct findings *f); /* NULL: out of memory, err set */
void codec_faults_free(struct codec_faults *c); /* NULL allowed */
bool codec_faults_media(struct codec_faults *c, const struct leg *leg);

/* --- among these files ------------------------------------------------------------------------------------------------ */

bool judge_payload_types(struct codec_faults *f, const struct audio_call *c);
bool judge_sizes(struct codec_faults *f, const struct audio_call *c);
bool judge_ptime(struct codec_faults *f, const struct audio_call *c);
bool judge_flips(struct codec_faults *f, const struct audio_call *c);

/* "PCMU", "PCMA", escaped: the audio that an SDP asks for. */
void say_codecs(struct text *t, const struct media_end *end);

#endif
