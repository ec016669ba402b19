/* Messages that no scenario says, made out of one of ours that has all the dialog's names: `m`, the index of what we sent last. Into out, emptied
 * first; out->failed says whether memory sufficed. */
#ifndef SIM_ENGINE_MADE_H
#define SIM_ENGINE_MADE_H

#include "sim/engine/call.h"

#define MADE_BRANCH "z9hG4bK-made"

/* CANCEL, and the ACK of a refusal: the INVITE's own Via and CSeq (RFC 3261 9.1, 17.1.1.3). */
void made_like_invite(struct call *c, const struct sip_msg *invite, const char *method,
                      bool with_peer_tag, struct text *out);
/* A request within the dialog: as who called, if `m` is a request, else as the one called. type NULL: no body. */
void made_within_dialog(struct call *c, const struct sip_msg *m, const char *method, uint32_t cseq,
                        const char *type, struct slice body, struct text *out);
/* A final answer made of a provisional one of ours. */
void made_refusal(const struct sip_msg *m, int status, const char *reason, struct text *out);
/* An answer to `request`, with a To tag of ours where it has none. */
void made_answer(const struct sip_msg *request, int status, struct text *out);
/* The index of what the call sent last; NULL: nothing that helps. Valid until the next question for a last message. */
const struct sip_msg *made_from(struct call *c);

#endif
