/* The streams module alone, over a store in memory: packets and SDP in, rows out. */
#ifndef TESTS_HELPERS_STREAM_LAB_H
#define TESTS_HELPERS_STREAM_LAB_H

#include "analyzer/streams/streams.h"

#define LAB_MS NS_PER_MS

struct stream_lab {
	struct err err;
	struct store *store;
	struct analysis analysis;
	struct streams *streams;
};

/* False: the environment failed (memory); stream_lab_close() all the same. */
bool stream_lab_open(struct stream_lab *lab);
void stream_lab_close(struct stream_lab *lab);

/* One end of a flow, "192.0.2.1:4000". */
struct endpoint lab_endpoint(const char *text);

/* A sender of one stream; change its fields between packets. */
struct lab_flow {
	struct endpoint src, dst;
	uint32_t ssrc, timestamp;
	uint16_t seq;
	uint8_t payload_type;
	bool marker;
	int64_t time_ns; /* when the next packet passes */
	int64_t step_ns; /* to the one after, */
	uint32_t step_ticks; /* and its timestamp */
	size_t octets;
};

/* PCMU, 20 ms. */
struct lab_flow lab_flow(const char *src, const char *dst, uint32_t ssrc);

/* The flow as it stands, without moving on. */
bool lab_send(struct stream_lab *lab, const struct lab_flow *f);
/* With this payload. */
bool lab_send_payload(struct stream_lab *lab, const struct lab_flow *f, struct slice payload);
/* To the next packet, without sending (a loss). */
void lab_skip(struct lab_flow *f);
/* n packets in a row. */
bool lab_run(struct stream_lab *lab, struct lab_flow *f, unsigned n);
/* A press as RFC 4733 senders do it: packets every step, three ends; the audio clock goes on meanwhile. */
bool lab_press(struct stream_lab *lab, struct lab_flow *f, uint8_t payload_type, uint8_t event,
               unsigned packets);
/* Capture time goes by; timers fire. */
void lab_pass(struct stream_lab *lab, int64_t time_ns);

/* `text` is an SDP with CRLF or LF lines. */
bool lab_sdp(struct stream_lab *lab, struct call_media *media, enum party party, const char *text);
/* lab_sdp() is of dialog 1. */
bool lab_sdp_of(struct stream_lab *lab, struct call_media *media, int64_t dialog_id,
                enum party party, const char *text);
bool lab_rtcp(struct stream_lab *lab, int64_t time_ns, const char *src, const char *dst,
              struct slice compound);

/* First column of the first row: integer, real or text; fails the test if there is no row. */
int64_t lab_int(struct stream_lab *lab, const char *sql);
double lab_real(struct stream_lab *lab, const char *sql);
void lab_text(struct stream_lab *lab, const char *sql, char *buf, size_t size);

#endif
