/* Named streams: each defect alone, what hides behind another one, the clocks of common codecs. */
#include "tests/helpers/truth.h"

#define SENT(what, n, size)                                                                        \
	.name = what, .media = "audio", .ptime_ms = 20, .octets = size, .count = 3000, .seed = n,  \
	.first_seq = (uint16_t)(64000 + n * 211), .first_timestamp = n * 0x9e3779b9u
#define STREAM(what, n)       SENT(what, n, 20)
#define OF(name, clock, type) .encoding = name, .clock_hz = clock, .payload_type = type
#define PCMU                  OF("PCMU", 8000, 0)

static const struct truth_plan cases[] = {
	{ STREAM("nothing wrong", 1), PCMU },
	{ STREAM("1 % random loss", 2), PCMU, .loss = 0.01 },
	{ STREAM("5 % random loss", 3), PCMU, .loss = 0.05 },
	{ STREAM("loss in bursts (Gilbert-Elliott)", 4), PCMU, .burst_begin = 0.005,
	  .burst_end = 0.2, .burst_loss = 0.8 },
	{ STREAM("jitter to 10 ms", 5), PCMU, .jitter_ms = 10 },
	{ STREAM("jitter to 40 ms, packets overtake", 6), PCMU, .jitter_ms = 40 },
	{ STREAM("jitter to 110 ms, beyond the buffer", 7), PCMU, .jitter_ms = 110 },
	{ STREAM("every 50th packet 90 ms late", 8), PCMU, .spike_every = 50, .spike_ms = 90 },
	{ STREAM("3 % reordered", 9), PCMU, .reorder = 0.03 },
	{ STREAM("10 % duplicated", 10), PCMU, .duplicate = 0.1 },
	{ STREAM("5 % loss and 10 % duplicated", 11), PCMU, .loss = 0.05, .duplicate = 0.1 },
	{ STREAM("sender's clock slow by 300 ppm", 12), PCMU, .drift_ppm = 300 },
	{ STREAM("sender's clock fast by 300 ppm", 13), PCMU, .drift_ppm = -300 },
	{ STREAM("silence suppression", 14), PCMU, .spurt_packets = 75, .pause_ms = 700 },
	{ STREAM("silence suppression, loss, jitter", 15), PCMU, .spurt_packets = 75,
	  .pause_ms = 700, .loss = 0.02, .jitter_ms = 15 },
	{ STREAM("sender restarts every 8 s", 16), PCMU, .restart_every = 400 },
	{ STREAM("restarts, loss, reordering", 17), PCMU, .restart_every = 400, .loss = 0.03,
	  .reorder = 0.02, .jitter_ms = 30 },
	{ STREAM("everything at once", 18), PCMU, .loss = 0.02, .burst_begin = 0.004,
	  .burst_end = 0.25, .burst_loss = 0.9, .jitter_ms = 35, .reorder = 0.02, .duplicate = 0.03,
	  .drift_ppm = 120, .spurt_packets = 150, .pause_ms = 900, .restart_every = 1000 },
	{ STREAM("G.729, 2 % loss, jitter", 19), OF("G729", 8000, 18), .loss = 0.02,
	  .jitter_ms = 12 },
	{ SENT("G.722, whose RTP clock is 8000", 20, 160), OF("G722", 8000, 9), .loss = 0.01,
	  .jitter_ms = 12 },
	{ STREAM("GSM full rate", 21), OF("GSM", 8000, 3), .loss = 0.01, .jitter_ms = 12 },
	{ STREAM("G.726-32, dynamic type", 22), OF("G726-32", 8000, 97), .loss = 0.01,
	  .jitter_ms = 12 },
	{ STREAM("AMR-WB, clock 16000", 23), OF("AMR-WB", 16000, 98), .loss = 0.01,
	  .jitter_ms = 12 },
	{ STREAM("Opus, clock 48000", 24), OF("opus", 48000, 111), .loss = 0.01, .jitter_ms = 12 },
	{ STREAM("L16, clock 44100", 25), OF("L16", 44100, 99), .loss = 0.01, .jitter_ms = 12 },
	{ STREAM("DVI4, clock 11025", 26), OF("DVI4", 11025, 16), .loss = 0.01, .jitter_ms = 12 },
};

const struct truth_plan *truth_cases(size_t *count)
{
	*count = sizeof cases / sizeof *cases;
	return cases;
}
