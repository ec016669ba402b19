/* SRTP and SRTCP, RFC 3711, RFC 6188, RFC 7714, behind libsrtp2 (srtp.c alone sees it): one key, in one direction, of as many SSRCs as come.
 * Rollover counters go on over re-INVITEs that keep the key. */
#ifndef SIM_MEDIA_SRTP_H
#define SIM_MEDIA_SRTP_H

#include "dissectors/sdes.h"

/* A packet grows by at most this when it is sealed. */
#define SEALING_OVERHEAD 20

struct sealing;
/* Keeps the key, and wipes it at the end. `ours`: seals what we send, else opens what came. NULL: out of memory, or libsrtp2 is not there. A key
 * of ours with an MKI is refused: nobody says its octets (sdes.h). */
struct sealing *sealing_new(const struct sdes_key *key, bool ours);
void sealing_free(struct sealing *s); /* NULL allowed */
const struct sdes_key *sealing_key(const struct sealing *s);

/* In place; *n is the packet's length before and after. Sealing: there is room for SEALING_OVERHEAD more. False: to be sealed it is no RTP, or
 * its sequence number goes back by more than 1,024; to be opened it is not from who has this key, or it came before. */
bool sealing_rtp(struct sealing *s, uint8_t *packet, size_t *n);
bool sealing_rtcp(struct sealing *s, uint8_t *packet, size_t *n);

#endif
