/* What tells digits beside plain events: RFC 2198 blocks, KPML bodies and Event headers, INFO bodies; and the presses of several sources. */
#include "analyzer/joining/pressed.h"
#include "dissectors/dtmf_info.h"
#include "dissectors/kpml.h"
#include "dissectors/rtp_red.h"

#include <stdlib.h>

#define MOST 160

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void inside(struct slice whole, struct slice part)
{
	must(!part.n || (part.p >= whole.p && part.n <= whole.n &&
	                 (size_t)(part.p - whole.p) <= whole.n - part.n));
}

static void red(struct slice payload)
{
	struct rtp_red_block blocks[RTP_RED_MAX_BLOCKS];
	size_t octets = 1;
	unsigned count;

	if (rtp_red_parse(payload, blocks, &count) != PARSE_OK)
		return;
	must(count >= 1 && count <= RTP_RED_MAX_BLOCKS && blocks[count - 1].offset == 0);
	for (unsigned i = 0; i < count; i++) {
		inside(payload, blocks[i].payload);
		must(blocks[i].payload_type < 128 && blocks[i].offset < 1u << 14);
		octets += blocks[i].payload.n + (i + 1 < count ? 4 : 0);
	}
	must(octets == payload.n);
}

static void text(struct slice body)
{
	struct kpml_response r;
	struct kpml_target t;
	size_t line = slice_find(body, '\n');
	struct dtmf_info info;

	kpml_parse(body, &r);
	must(r.count <= KPML_MAX_DIGITS && r.code <= 999);
	for (unsigned i = 0; i < r.count; i++)
		must(r.digits[i] && strchr("0123456789*#ABCD", r.digits[i]));
	if (kpml_target_of(body, &t)) {
		inside(body, t.call_id);
		inside(body, t.local_tag);
		inside(body, t.remote_tag);
	}
	if (line != SLICE_NPOS && dtmf_info_parse(slice_sub(body, 0, line),
	                                          slice_from(body, line + 1), &info) == PARSE_OK)
		must(info.digit && info.duration_ms <= DTMF_INFO_MAX_MS);
}

static struct press press_of(struct cursor *c, int64_t *now_ns)
{
	uint8_t kind = cursor_u8(c);

	*now_ns += cursor_u8(c) * 20 * NS_PER_MS;
	return (struct press){
		.method = kind & 3,
		.digit = "01"[kind >> 2 & 1],
		.stream_id = kind >> 3 & 1,
		.duration_ms = (kind >> 4 & 3) * 30,
		.start_ns = *now_ns,
	};
}

static void presses(struct slice data)
{
	struct cursor c = cursor_of(data);
	struct press all[MOST];
	struct pressed said[MOST];
	int64_t now_ns = 0;
	unsigned n = 0;

	while (cursor_left(&c) >= 3 && n < MOST) {
		all[n] = press_of(&c, &now_ns);
		said[n] = (struct pressed){ .press = &all[n], .leg = cursor_u8(&c) & 3 };
		n++;
	}
	if (!pressed_reconcile(said, n))
		return;
	for (unsigned i = 0; i < n; i++) {
		unsigned w = said[i].winner;
		must(w == PRESSED_NONE || w < n);
		if (w == PRESSED_NONE)
			continue;
		must(said[w].winner == w && said[w].press->digit == said[i].press->digit);
		/* Two of one source are never one press. */
		for (unsigned k = 0; k < i && !said[i].leaked; k++)
			must(said[k].leaked || said[k].winner != w ||
			     said[k].source != said[i].source);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size);

	if (!size)
		return 0;
	switch (data[0] & 3) {
	case 0: red(slice_from(rest, 1)); break;
	case 1: text(slice_from(rest, 1)); break;
	default: presses(slice_from(rest, 1)); break;
	}
	return 0;
}
