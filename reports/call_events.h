/* What happened in a call in order of time: its SIP messages, where its streams begin and end, digits, tones. The ladder on a terminal, the
 * full-screen one and the pages in HTML draw the same events. */
#ifndef REPORTS_CALL_EVENTS_H
#define REPORTS_CALL_EVENTS_H

#include "base/arena.h"
#include "reports/rows.h"

/* Of a call; further ones are counted only. */
#define CALL_EVENTS_MAX 10000

/* Of events at the same time, in this order. */
enum call_event_kind { EVENT_MESSAGE, EVENT_STREAM, EVENT_DIGIT, EVENT_STREAM_END, EVENT_TONE };

/* What is not known is absent or RECORD_NULL. */
struct call_event {
	enum call_event_kind kind;
	bool again; /* a message retransmitted */
	bool has_sdp;
	int64_t id; /* of its row; of a tone: its stream's */
	int64_t time_us;
	struct slice src, dst; /* "192.0.2.1:5060" of a message, else the address alone */
	struct slice sip_src, sip_dst; /* the SIP ends that those of media most likely are */
	struct slice label; /* "INVITE", "200 INVITE", "RTP PCMU #1", "DTMF 5" */
	struct slice note; /* what stands below */
	struct slice method; /* of a request */
	int64_t status; /* of a response */
	int64_t capture_id, frame;
	int64_t dialog_id;
	int64_t leg; /* from 1 in order of time; see LEGS in call_messages.h */
	/* Of messages alone. */
	struct slice transport, first_line;
	int64_t bytes, defects;
};

struct call_events {
	struct call_event *all; /* by time, kind, id */
	size_t count;
	int64_t more; /* left out */
	int64_t legs; /* how many */
};

/* Of one call, in memory of the arena. False: err. */
bool call_events_load(struct call_events *e, struct records *r, int64_t call_id,
                      struct arena *arena, struct err *err);

/* Of many calls, their ids in ascending order: one pass over each table. */
struct call_events_reader;
struct call_events_reader *call_events_reader_new(struct records *r, struct err *err);
bool call_events_read(struct call_events_reader *reader, int64_t call_id, struct arena *arena,
                      struct call_events *e, struct err *err);
void call_events_reader_free(struct call_events_reader *reader);

#endif
