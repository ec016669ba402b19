/* When packets came: B3, B4, B9. */
#include "analyzer/findings/quality.h"

#include "analyzer/streams/stream.h"
#include "base/duration.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static struct sighting sighting_of(const struct moment *m)
{
	return (struct sighting){ m->capture_id, m->frame, m->time_ns };
}

/* --- B3: jitter burst -------------------------------------------------------------------------------------------------- */

/* In a second of `share` late packets, that share took longer than the buffer: the percentile of the catalogue's rule. */
static bool is_bad_second(const struct quality *q, const struct stream *st, uint32_t late)
{
	double ptime = quality_ptime_ms(st), a_second = ptime > 0 ? 1000 / ptime : 50;

	return late >= 3 && late > q->set.late_second * a_second;
}

/* Around the worst second the capture's own clock was set (K7): what came late then says nothing. */
static bool clock_was_set(const struct quality *q, const struct moment *at)
{
	int64_t from_ns = duration_after(at->time_ns, -MOMENTS_LATE_WINDOW),
	        to_ns = duration_after(at->time_ns, MOMENTS_LATE_WINDOW), by_ns;

	return findings_clock_step(q->draft.home, from_ns, to_ns, &by_ns);
}

bool quality_jitter(struct quality *q, const struct stream *st)
{
	const struct bad_moments *m = st->cold->moments;
	struct draft *d = &q->draft;
	uint64_t packets = st->seq.packets;
	double share = packets ? (double)st->late / (double)packets : 0;
	bool throughout = share > q->set.late;

	if (!m || !(throughout || is_bad_second(q, st, m->late_count)) ||
	    clock_was_set(q, &m->late))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP");
	quality_say_way(&d->cause, st, false);
	text_addf(&d->cause, "%s",
	          throughout ? " comes too late throughout" : " comes too late at times");
	text_addf(&d->text, "%" PRIu64 " of %" PRIu64 " packets of the RTP", st->late, packets);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " (%.1f %%) came too late for a 60 ms jitter buffer, up to %" PRIu32
	          " within a second from frame %" PRIu64 " on",
	          100 * share, m->late_count, m->late.frame);
	evidence_int(&d->evidence, "late", (int64_t)st->late);
	evidence_int(&d->evidence, "packets", (int64_t)packets);
	evidence_real(&d->evidence, "share", share);
	evidence_real(&d->evidence, "threshold", q->set.late);
	evidence_int(&d->evidence, "worst_second", m->late_count);
	evidence_real(&d->evidence, "jitter_max_ms", st->jitter.max_ns / 1e6);
	return quality_tell(q, st, RULE_B3, sighting_of(&m->late));
}

/* --- B4: spikes with a period ------------------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle distance of `n` spikes, in seconds. */
static double middle_distance(const double *distances, unsigned n)
{
	double sorted[MOMENTS_SPIKES];

	memcpy(sorted, distances, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, ascending);
	return sorted[n / 2];
}

/* Distances that are the period, once or twice (a spike between two packets shows in none). */
static unsigned count_repeats(const double *distances, unsigned n, double period, double tolerance)
{
	unsigned repeats = 0;

	for (unsigned i = 0; i < n; i++) {
		double times = round(distances[i] / period);
		repeats += times >= 1 && times <= 2 &&
		           fabs(distances[i] - times * period) <= tolerance * period;
	}
	return repeats;
}

static bool tell_period(struct quality *q, const struct stream *st, double period, unsigned repeats)
{
	const struct bad_moments *m = st->cold->moments;
	struct draft *d = &q->draft;

	draft_begin(d);
	text_addf(&d->cause, "RTP");
	quality_say_way(&d->cause, st, false);
	text_addf(&d->cause, " stalls every %.0f s", period);
	text_addf(&d->text, "RTP");
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " stalls every %.1f s, by up to %.0f ms (%u times so, first before frame %" PRIu64
	          ")",
	          period, (double)m->worst_spike_ns / 1e6, repeats + 1, m->spike.frame);
	evidence_real(&d->evidence, "period_s", period);
	evidence_int(&d->evidence, "repeats", repeats);
	evidence_real(&d->evidence, "threshold", q->set.repeats);
	evidence_real(&d->evidence, "worst_ms", (double)m->worst_spike_ns / 1e6);
	return quality_tell(q, st, RULE_B4, sighting_of(&m->spike));
}

bool quality_period(struct quality *q, const struct stream *st)
{
	const struct bad_moments *m = st->cold->moments;
	double distances[MOMENTS_SPIKES];
	unsigned n = m ? moments_spikes(m) : 0;

	if (n < 2 || (double)(n - 1) < q->set.repeats)
		return true;
	for (unsigned i = 1; i < n; i++)
		distances[i - 1] = (double)duration_between(moments_spike_at(m, i - 1),
		                                            moments_spike_at(m, i)) /
		                   1e9;
	n--;
	double period = middle_distance(distances, n);
	if (period < q->set.shortest_s || period > q->set.longest_s)
		return true;
	unsigned repeats = count_repeats(distances, n, period, q->set.tolerance);
	/* Four in five: a stray one may be among them. */
	if ((double)repeats < q->set.repeats || 5 * repeats < 4 * n)
		return true;
	return tell_period(q, st, period, repeats);
}

/* --- B9: in groups ----------------------------------------------------------------------------------------------------- */

bool quality_groups(struct quality *q, const struct stream *st)
{
	struct draft *d = &q->draft;
	uint64_t close = st->cold->close_together;
	double share = st->taken ? (double)close / (double)st->taken : 0;

	/* Complete and in order: so it was the sender, not the way. */
	if (share <= q->set.grouped || st->seq.lost || st->seq.reordered)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "RTP of ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->cause, " is sent in groups");
	text_addf(&d->text, "%.0f %% of the packets of the RTP", 100 * share);
	quality_say_way(&d->text, st, true);
	text_addf(&d->text,
	          " come within 2 ms of the one before, none lost, all in order: the sender "
	          "sends them in groups");
	evidence_int(&d->evidence, "within_2_ms", (int64_t)close);
	evidence_int(&d->evidence, "packets", (int64_t)st->taken);
	evidence_real(&d->evidence, "share", share);
	evidence_real(&d->evidence, "threshold", q->set.grouped);
	evidence_real(&d->evidence, "max_delta_ms", (double)st->cold->max_delta_ns / 1e6);
	return quality_tell(q, st, RULE_B9, (struct sighting){ 0 });
}
