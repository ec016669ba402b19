/* SRTP and SRTCP, RFC 3711, RFC 6188, RFC 7714: packets of one sender in clear, behind libsrtp2. Nothing is sent and nothing replayed is
 * refused: who counts packets is seq.c. */
#ifndef ANALYZER_STREAMS_SRTP_H
#define ANALYZER_STREAMS_SRTP_H

#include "dissectors/sdes.h"

/* Larger packets are not decrypted: no audio is that large. */
#define UNPROTECT_MAX 2048

/* The library, begun with the first key: it costs 30 ms, and stays until the end of the run. All zero before; one for each run. */
struct unprotect_library {
	void *session; /* keeps its own libraries loaded between streams */
	bool tried, there;
	_Alignas(16) uint8_t clear[UNPROTECT_MAX]; /* the packet being decrypted */
};
void unprotect_end(struct unprotect_library *l);

/* One key and one SSRC. Keeps the key; its memory is wiped. NULL: out of memory, or the library is not there. */
struct unprotect;
struct unprotect *unprotect_new(struct unprotect_library *l, const struct sdes_key *key,
                                uint32_t ssrc);
void unprotect_free(struct unprotect *u); /* NULL allowed */
const struct sdes_key *unprotect_key(const struct unprotect *u);
uint32_t unprotect_ssrc(const struct unprotect *u);

/* The RTP packet (the whole datagram) with this index, RFC 3711 section 3.3.1: rollover counter and sequence number. False: it is not
 * from who has this key, or has another rollover counter. *clear: the packet without what SRTP put on it, in l->clear. */
bool unprotect_rtp(struct unprotect *u, struct slice packet, uint64_t index, struct slice *clear);

/* The RTCP compound likewise; its index is in it. */
bool unprotect_rtcp(struct unprotect *u, struct slice packet, struct slice *clear);

#endif
