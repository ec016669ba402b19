/* Digits taken out of packets on their way into an export: what a telephone-event says it is, the bodies of INFO and of key press
 * notifications, tones that were heard as digits, and the SRTP keys of SDP, with which others could read them. Number, time and length of
 * everything stay; checksums of UDP and TCP are made right again (those of fragmented datagrams
 * are left out). Credentials likewise, where they are to be masked. */
#ifndef ANALYZER_EXPORT_MASK_H
#define ANALYZER_EXPORT_MASK_H

#include "analyzer/export/selection.h"

#define MASK_EVENT 0xff /* no digit: unassigned in the registry of RFC 4733 */
#define MASK_TEXT  'x'

struct mask {
	const struct selection *selection;
	uint8_t *octets; /* of the packet at hand */
	size_t capacity;
};

void mask_init(struct mask *m, const struct selection *s);
void mask_release(struct mask *m);

/* The packet, one that the selection wants, with its data in memory of the mask's until the next call. False: out of memory. */
bool mask_packet(struct mask *m, struct packet *packet, struct err *err);

/* The octets of one SIP message, to be shown and not to be sent: without SRTP keys and credentials; with `digits` also without the body
 * that may name some. It is an INFO, a NOTIFY, or an answer to one. */
void mask_shown_message(uint8_t *octets, size_t n, bool digits);

#endif
