#include "analyzer/score/burst.h"

#define FEWEST_BAD 5

/* RFC 3611 A.2, one bad packet after `good` ones. */
static void transition(struct burst *b, uint64_t good)
{
	if (good >= BURST_GMIN) {
		if (b->open == 1)
			b->c14++;
		else
			b->c13++;
		b->open = 1;
		b->c11 += good;
		return;
	}
	b->open++;
	if (good) {
		b->c23++;
		b->c22 += good - 1;
	} else {
		b->c33++;
	}
}

/* What A.2 does not keep: how it began. */
static void note_beginning(struct burst *b, uint64_t good)
{
	if (!b->bad)
		b->lead = good;
	else if (b->bad == 1)
		b->starts_bad = !b->lead && good < BURST_GMIN;
}

void burst_bad(struct burst *b, int64_t first, int64_t number, uint64_t count, bool lost)
{
	bool follows = b->placed && number == b->next;
	uint64_t good = follows ? 0 : b->good + (uint64_t)(number - (b->placed ? b->next : first));

	if (!count)
		return;
	if (!follows)
		b->runs++;
	if (!follows || !lost)
		b->lost_run = 0;
	b->lost_run += lost ? count : 0;
	if (b->lost_run > b->longest_lost)
		b->longest_lost = b->lost_run;
	note_beginning(b, good);
	transition(b, good);
	if (count > 1 && !b->bad)
		b->starts_bad = !b->lead;
	b->c33 += (uint32_t)(count - 1);
	b->open += (uint32_t)(count - 1);
	b->bad += count;
	b->good = 0;
	b->next = number + (int64_t)count;
	b->placed = true;
}

void burst_segment(struct burst *b, int64_t first, int64_t last)
{
	b->good += (uint64_t)(last + 1 - (b->placed ? b->next : first));
	b->placed = false;
	b->lost_run = 0;
}

double burst_ratio(const struct burst *b, uint64_t expected)
{
	if (b->bad < FEWEST_BAD || !expected)
		return 1;
	double mean = (double)b->bad / (double)b->runs;
	double ratio = mean * (1 - (double)b->bad / (double)expected);
	return ratio > 1 ? ratio : 1;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* A.2's counters put right at both ends: the first bad packet closes nothing, the last burst is closed by the end. */
struct burst_gap burst_gaps(const struct burst *b)
{
	bool far = b->lead >= BURST_GMIN;
	uint64_t c13 = b->c13, c14 = b->c14, c33 = b->c33, c23 = b->c23, c22 = b->c22;
	uint64_t c11 = b->c11 + b->good + (far || !b->bad ? 0 : b->lead);

	if (b->bad && far) {
		c13--;
	} else if (b->bad && !b->lead) {
		c33--;
	} else if (b->bad) {
		c23--;
		c22 -= b->lead - 1;
	}
	c13 += b->open > 1;
	c14 += b->open == 1;
	uint64_t in_bursts = c13 + c23 + c33; /* c22 + c23 good ones lie between them */
	uint64_t burst_span = in_bursts + c22 + c23, gap_span = c11 + c14;
	bool ends_bad = b->open > 1 && !b->good;
	uint64_t gaps = c13 ? c13 - 1 + !b->starts_bad + !ends_bad : gap_span > 0;
	return (struct burst_gap){
		.bursts = c13,
		.gaps = gaps,
		.burst_density = share(in_bursts, burst_span),
		.burst_packets = share(burst_span, c13),
		.gap_density = share(c14, gap_span),
		.gap_packets = share(gap_span, gaps),
	};
}

static double eight_bits(double density)
{
	double most = 255.0 / 256;

	return density < most ? density : most;
}

struct burst_gap burst_gaps_a2(const struct burst *b)
{
	uint64_t c31 = b->c13, c32 = b->c23;
	uint64_t total = b->c11 + b->c13 + b->c14 + b->c22 + b->c23 + c31 + c32 + b->c33;

	if (!b->c13)
		return (struct burst_gap){ .gap_density = share(b->c14, b->c11 + b->c14) };
	double p32 = share(c32, c31 + c32 + b->c33);
	double p23 = b->c22 + b->c23 < 1 ? 1 : 1 - share(b->c22, b->c22 + b->c23);
	double gap = share(b->c11 + b->c14 + b->c13, b->c13);
	return (struct burst_gap){
		.bursts = b->c13,
		.gaps = b->c13,
		.burst_density = eight_bits(p23 / (p23 + p32)),
		.burst_packets = share(total, b->c13) - gap,
		.gap_density = eight_bits(share(b->c14, b->c11 + b->c14)),
		.gap_packets = gap,
	};
}
