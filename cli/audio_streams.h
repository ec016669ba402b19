/* Which streams of a call are to be heard: what the records say of them, and a choice of them. */
#ifndef CLI_AUDIO_STREAMS_H
#define CLI_AUDIO_STREAMS_H

#include "analyzer/export/export.h"
#include "reports/records/query.h"

enum audio_choice {
	AUDIO_HEARD,
	AUDIO_OTHER_LEG,
	AUDIO_SAME_AGAIN, /* sounds while another of its direction does: the same relayed, most likely */
	AUDIO_NOT_ASKED, /* --stream names another */
};

struct audio_stream {
	int64_t id, leg; /* leg: 0 for a stream that no leg is known of */
	struct export_stream place;
	bool answered; /* its leg was */
	bool to_callee, has_direction, encrypted;
	int64_t packets;
	char codec[24]; /* empty: unknown */
	uint32_t clock_hz;
	enum audio_choice choice;
};

struct audio_streams {
	struct audio_stream *all; /* by first packet */
	size_t count;
	int64_t legs; /* of the call */
	int64_t leg; /* heard; 0: no matter */
};

/* What the user asks for; 0: no matter. */
struct audio_wish {
	int64_t leg, stream;
};

/* The audio streams of the call, or without a call (RECORD_NULL) the stream of the wish alone, with their choice. It may have none. False: err says why the
 * wish is none. Release in any case. */
bool audio_streams_load(struct audio_streams *a, struct records *r, int64_t call_id,
                        const struct audio_wish *wish, struct err *err);
void audio_streams_release(struct audio_streams *a);

#endif
