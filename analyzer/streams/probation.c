#include "analyzer/streams/probation.h"

#include "analyzer/score/codec_table.h"

#define MAX_STEP_S             10
#define UNKNOWN_CLOCK_HZ       90000
#define RESERVED_COMFORT_NOISE 19 /* of drafts before RFC 3389; old phones send it */

bool probation_payload_type(uint8_t payload_type)
{
	if (payload_type < 35)
		return payload_type == RESERVED_COMFORT_NOISE || codec_by_static_type(payload_type);
	return payload_type >= 96;
}

/* Game traffic often looks like version 2 followed by zeros; a real stream with SSRC 0 at least has a clock that runs. */
static bool step_plausible(const struct probation *p, const struct rtp_packet *rtp)
{
	const struct codec *codec = codec_by_static_type(rtp->payload_type);
	uint32_t clock_hz = codec && codec->clock_hz ? codec->clock_hz : UNKNOWN_CLOCK_HZ;
	uint32_t step = rtp->timestamp - p->timestamp;

	if (rtp->ssrc == 0 && rtp->payload_type == 0 && step == 0)
		return false;
	return step < MAX_STEP_S * clock_hz;
}

static void begin(struct probation *p)
{
	p->begun = true;
	p->in_row = p->advancing = 1;
}

bool probation_push(struct probation *p, const struct rtp_packet *rtp)
{
	uint16_t distance = (uint16_t)(rtp->seq - p->seq);

	if (!p->begun || (distance > 100 && distance < 0xffff - 100)) {
		begin(p);
	} else if (distance == 0 || distance > 100) {
		return false; /* a duplicate or a reordered one says nothing either way */
	} else if (!step_plausible(p, rtp)) {
		begin(p);
	} else {
		p->in_row = distance == 1 ? (uint8_t)(p->in_row + 1) : 1;
		p->advancing++;
	}
	p->seq = rtp->seq;
	p->timestamp = rtp->timestamp;
	return p->in_row >= PROBATION_IN_ROW || p->advancing >= PROBATION_ADVANCING;
}
