/* Packets in, records out: the one place where the stages of the analyzer meet.
 *
 *   packet ─► dissect ─┬─ fragment ─► ip_defrag ─┐
 *                      ├─ UDP ◄──────────────────┴─► RTP ─► streams
 *                      │                          ├─► RTCP ─► streams
 *                      │                          └─► SIP ─► calls ─► (SDP) streams
 *                      └─ TCP ─► tcp_streams ─► SIP ─► calls
 */
#ifndef ANALYZER_PIPELINE_H
#define ANALYZER_PIPELINE_H

#include "analyzer/calls/calls.h"
#include "analyzer/capture/capture.h"
#include "analyzer/findings/rules.h"
#include "analyzer/reassembly/ip_defrag.h"
#include "analyzer/reassembly/tcp_stream.h"

struct pipeline;

/* Sees every indexed SIP message before the calls do: for `dump --stage sip`. */
typedef void pipeline_sip_tap(void *context, const struct sip_origin *origin,
                              const struct sip_msg *msg);

struct pipeline_options {
	struct store *store; /* borrows */
	int64_t run_id;
	unsigned interval_s; /* of stream_intervals rows */
	struct media_settings media;
	const struct audio_sink *
	        audio; /* borrows: audio_sink.h; NULL: nobody listens, but where media.listen is set */
	int64_t started_ns; /* wall clock of the run; 0: unknown, as for what was not just captured */
	const struct rules *rules; /* borrows; NULL: no findings */
	const char *correlate; /* borrows: header names that join legs; NULL: CORRELATE_HEADERS */
	pipeline_sip_tap *sip_tap; /* NULL for none */
	void *tap_context;
};

/* NULL: out of memory, err set. */
struct pipeline *pipeline_new(const struct pipeline_options *options, struct err *err);
void pipeline_free(struct pipeline *p); /* NULL allowed */

/* One captured packet; captures.id of its rows is packet->file + 1. False: the environment failed (err given to pipeline_new). */
bool pipeline_packet(struct pipeline *p, const struct packet *packet);

/* End of capture: everything still open becomes rows as it stands. `dropped`: packets the capture says it lost. */
bool pipeline_finish(struct pipeline *p, uint64_t dropped);

/* The invariants of all stages, for tests: true if they hold. */
bool pipeline_check(const struct pipeline *p);

struct pipeline_counts {
	uint64_t packets, not_ip, broken, udp, tcp, icmp, other_ip, fragments;
	uint64_t sip_messages, sip_broken;
	uint64_t sip_cut; /* of these, by the snap length (UDP) */
	struct ip_defrag_counts defrag;
	struct tcp_counts tcp_streams;
	struct streams_counts streams;
	struct calls_counts calls;
};
struct pipeline_counts pipeline_counts(const struct pipeline *p);

#endif
