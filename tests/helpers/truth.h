/* RTP streams whose every defect is decided beforehand, by a seed, and what must be said of them.
 *
 * Counts follow from the decisions. Jitter, lateness and scores are worked out from their definitions (RFC 3550 6.4.1; quality by ITU-T
 * G.107) by code of its own that sees the whole stream at once: nothing is shared with the analyzer, so a fault there cannot hide here.
 *
 *   truth.c          decides and works out
 *   truth_capture.c  writes streams as calls into a capture
 *   truth_cases.c    named ones: what `make accuracy` tells of */
#ifndef TESTS_HELPERS_TRUTH_H
#define TESTS_HELPERS_TRUTH_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* All zero but for the first line: a perfect stream. */
struct truth_plan {
	const char *name, *encoding; /* as in SDP */
	const char *media; /* "audio" or "video" */
	uint32_t clock_hz;
	uint8_t payload_type;
	unsigned ptime_ms, octets, count; /* packets sent */
	uint64_t seed;

	double loss; /* single packets at random */
	double burst_begin, burst_end,
	        burst_loss; /* Gilbert-Elliott: good to bad, bad to good, loss while bad */
	double jitter_ms; /* network delays: uniform from 0 */
	double spike_ms; /* added to every spike_every-th packet */
	unsigned spike_every;
	double reorder; /* packets that come behind one to three that were sent after them */
	double duplicate; /* come twice */
	double drift_ppm; /* the sender's clock is slow by so much: packets come further and further apart */
	unsigned spurt_packets, pause_ms; /* silence suppression: so many packets, then a pause */
	unsigned
	        restart_every; /* packets; the sender begins anew: other sequence, other timestamp */
	uint16_t first_seq;
	uint32_t first_timestamp;
};

struct truth_packet {
	int64_t time_ns; /* from the beginning of the stream */
	uint32_t index; /* in order of sending */
	uint32_t segment;
	uint32_t timestamp;
	uint16_t seq;
	bool marker, spurt; /* spurt: the first one after a pause */
	bool duplicate;
};

struct truth {
	struct truth_packet *packets; /* in order of arrival */
	size_t count;
	uint64_t received, expected, lost, duplicates, reordered, segments, late;
	double jitter_max_ms, jitter_mean_ms, burst_r;
	double r, mos; /* NAN where ITU-T has no values that are typed here */
};

/* Aborts without memory. */
void truth_make(const struct truth_plan *plan, struct truth *t);
void truth_release(struct truth *t);

const struct truth_plan *truth_cases(size_t *count);

/* One call per plan, all in one capture (pcap, nanoseconds): INVITE and 200 with SDP, the stream from caller to callee, BYE. The SSRC
 * of the i-th is TRUTH_SSRC + i, its port TRUTH_PORT + 2 i. */
#define TRUTH_SSRC 0x51000000u
#define TRUTH_PORT 20000u
bool truth_write(const struct truth_plan *plans, const struct truth *truths, size_t count,
                 const char *path, struct err *err);

#endif
