/* SRTP whose keys SDP says (RFC 4568): which key fits a stream, and its packets in clear.
 *
 * Who sends encrypts with what he said himself; the tag of the answer says with which of his lines (RFC 4568 section 5.1.2). Authentication
 * tells whether that is so: where it fails, the other keys of the call are tried, to say what is wrong. The rollover counter is not known
 * where the capture begins in the middle of a call: the first few are tried.
 *
 * Decrypted is what is needed: the first packets after each SDP, to know whether the keys fit, and events; every packet where somebody
 * listens. */
#ifndef ANALYZER_STREAMS_SECURE_H
#define ANALYZER_STREAMS_SECURE_H

#include "analyzer/findings/evidence.h"
#include "analyzer/streams/srtp.h"
#include "analyzer/streams/stream.h"

enum key_verdict {
	KEY_UNKNOWN, /* nothing tried, or the suite has no authentication */
	KEY_FITS,
	KEY_OLDER, /* one of an SDP that a later one has replaced */
	KEY_OTHER_TAG, /* one of its offer, but not the one that the answer took */
	KEY_OF_RECEIVER, /* what the receiver said to encrypt with himself */
	KEY_MISMATCH, /* none that was said */
};

/* Packets tried with each SDP, whatever they are; more where they fail. */
#define SECURE_CHECKS 4

struct stream_secure {
	struct unprotect *session; /* the key that opened a packet last; NULL: none yet */
	enum key_verdict verdict;
	enum sdes_suite suite; /* of that key, else of the one that should fit */
	unsigned checks; /* packets to try yet */
	unsigned in_row; /* packets that nothing opened, since the last one that something did */
	uint64_t authenticated, failed; /* packets tried */
	uint64_t index; /* of the newest packet opened, RFC 3711 section 3.3.1 */
	int64_t number; /* its seq_step.number */
	uint64_t older; /* packets opened by an older key, after the new one was agreed: where */
	struct sighting first_older, last_older;
	struct sighting first_failed, last_failed;
};

/* A packet of a stream with st->keyed, in its place in the sequence. *clear: in clear where st->sealed is false afterwards, else as it is.
 * It stays until the next one. False: the environment failed. */
bool secure_take(struct stream *st, struct analysis *a, const struct rtp_packet *rtp, size_t octets,
                 const struct seq_step *step, struct rtp_packet *clear);

/* The call's SDP changed: sets st->keyed and st->sealed. */
void secure_renew(struct stream *st);

/* An RTCP compound that `sender` sent to or from this end, of either party. False: not to be read. */
struct media_end;
bool secure_rtcp(struct streams *s, const struct media_end *end, enum party sender,
                 struct slice compound, struct slice *clear);

/* Octets of an authentication tag (4, 10, 16) that nearly all its packets have beyond the samples that their timestamps tell, 0: none or
 * not to be known. Only codecs of one octet a tick show it. */
#define SECURE_SHOWN_BY 50 /* packets */
unsigned secure_tag_shown(const struct stream *st);

void secure_release(struct stream *st);

/* Its row in stream_srtp, where a key was said. */
bool secure_record(const struct stream *st, struct analysis *a);

#endif
