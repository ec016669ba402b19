/* A stream, whole and in pieces: both ways the same messages come out. The first octet says where to cut. */
#include "dissectors/sip_frame.h"
#include "dissectors/sip_msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Where messages were found, as one number; stops at the first junk, whose end depends on what has arrived. */
struct reader {
	size_t at; /* everything before is done */
	uint64_t messages, sum;
	bool junk;
};

static void check(enum parse_status status, struct slice s, size_t skip, size_t length)
{
	static struct sip_msg msg;

	must(skip <= s.n && length <= s.n - skip && length <= SIP_FRAME_MAX);
	must((length > 0) == (status == PARSE_OK));
	must(status != PARSE_BAD || skip > 0);
	if (status != PARSE_OK)
		return;
	struct slice frame = slice_sub(s, skip, length);
	must(sip_looks_like(frame));
	must(sip_msg_parse(frame, &msg) != PARSE_NOT_MINE);
	/* What the frame holds is one message to the index too, and whole. */
	must(msg.body.p && !(msg.defects & SIP_DEFECT_BODY_SHORT));
}

static void run(struct reader *r, struct slice stream)
{
	while (!r->junk) {
		size_t skip, length;
		struct slice s = slice_from(stream, r->at);
		enum parse_status status = sip_frame(s, &skip, &length);
		check(status, s, skip, length);
		r->junk = status == PARSE_BAD || status == PARSE_NOT_MINE;
		if (status == PARSE_OK) {
			r->messages++;
			r->sum = r->sum * 31 + r->at + skip + length * 7;
		}
		r->at += skip + length;
		if (status != PARSE_OK)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader whole = { 0 }, pieces = { 0 };

	if (size < 2)
		return 0;
	size_t step = 1u + data[0];
	struct slice stream = slice_of(data + 1, size - 1);
	run(&whole, stream);
	for (size_t n = step; n < stream.n && !pieces.junk; n += step)
		run(&pieces, slice_sub(stream, 0, n));
	if (!pieces.junk)
		run(&pieces, stream);
	must(pieces.messages <= whole.messages || whole.junk);
	if (!whole.junk)
		must(pieces.messages == whole.messages && pieces.sum == whole.sum &&
		     pieces.at == whole.at);
	return 0;
}
