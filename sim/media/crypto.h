/* Keys of one stream of a call, as SDP says them (SDES, RFC 4568): SIPp's keywords make ours, a=crypto of both sides decides which are used.
 *
 *     a=crypto:[cryptotag1audio] [cryptosuiteaescm128sha1801audio] inline:[cryptokeyparams1audio]
 *
 * Suites of the keywords: aescm128, aescm192, aescm256 and null, each with sha180 and sha132. RTP/AVP with a=crypto on both sides is sealed too, as
 * SIPp does. Packets go through media_crypto_seal() before impairment, through media_crypto_open() before anything looks at them. */
#ifndef SIM_MEDIA_CRYPTO_H
#define SIM_MEDIA_CRYPTO_H

#include "base/text.h"
#include "sim/media/media.h"
#include "sim/media/srtp.h"

struct media_crypto;
/* Only for streams of which a keyword is asked, or whose SDP has a=crypto. `seed`: of this call and stream, the keys come from it. NULL: out of
 * memory. */
struct media_crypto *media_crypto_new(uint64_t seed);
void media_crypto_free(struct media_crypto *c); /* NULL allowed */

/* Which stream an SRTP keyword is of: by its last word. False: no SRTP keyword. */
bool media_crypto_kind(struct slice keyword, enum media_kind *kind);
/* Adds its text. In an answer the tag is that of the offered line with this suite: where the keyword of the tag stood before that of the suite in
 * `out`, it is set right then. */
bool media_crypto_keyword(struct media_crypto *c, struct slice keyword, struct text *out);

/* The stream's m= line, ours as it was sent or theirs as it came; without a=crypto: it is in clear from now on. False: out of memory. */
bool media_crypto_sdp(struct media_crypto *c, const struct sdp_session_media *line, bool ours);

/* Both sides said keys. */
bool media_crypto_is_on(const struct media_crypto *c);
/* Why packets of a stream that is on cannot be sealed or opened, in a sentence; NULL: they can. */
const char *media_crypto_problem(const struct media_crypto *c);

/* In place, of a stream that is on: *n before and after; room for SEALING_OVERHEAD more to seal. False: the packet is to be dropped (srtp.h says
 * when). */
bool media_crypto_seal(struct media_crypto *c, bool rtcp, uint8_t *packet, size_t *n);
bool media_crypto_open(struct media_crypto *c, bool rtcp, uint8_t *packet, size_t *n);

#endif
