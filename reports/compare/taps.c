#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdlib.h>

/* ---- how much is the same ---- */

/* Captures of the same calls by clocks that are further apart than time zones are: the same Call-IDs again, another night. */
#define SAME_DAY_US INT64_C(64800000000)

bool taps_overlap(struct records *a, struct records *b, double *ratio, struct err *err)
{
	struct tap x, y = { 0 };
	struct taps_rough rough;
	uint32_t matched = 0;

	*ratio = 0;
	arena_init(&y.arena, 1);
	bool ok = tap_load(&x, a, false, err) && tap_load(&y, b, false, err);
	/* Two runs of a simulator are two runs, however much they are alike. */
	if (ok && x.call_count && y.call_count && !(x.simulated && y.simulated)) {
		ok = taps_match_calls(&x, &y, &rough, err);
		for (uint32_t i = 0; ok && i < x.call_count; i++)
			matched += x.calls[i].partner != TAPS_NONE;
		if (ok && llabs(rough.us) < SAME_DAY_US)
			*ratio = matched / (double)(x.call_count < y.call_count ? x.call_count
			                                                        : y.call_count);
	}
	tap_release(&x);
	tap_release(&y);
	return ok;
}

/* ---- all of it ---- */

/* A call of one tap alone: while the other capture was running? */
static void count_call(struct taps *t, enum tap_side side, const struct tap_call *call)
{
	const struct tap *other = &t->side[side == TAP_A ? TAP_B : TAP_A];
	double offset = t->clock.known ? taps_clock_offset(&t->clock, (double)call->start_us)
	                               : (double)t->rough.us;
	double at = (double)call->start_us + (side == TAP_A ? offset : -offset);
	bool running = (other->first_us == RECORD_NULL || at >= (double)other->first_us) &&
	               (other->last_us == RECORD_NULL || at <= (double)other->last_us);

	if (call->ambiguous)
		t->ambiguous[side]++;
	else if (running)
		t->alone[side]++;
	else
		t->outside[side]++;
}

static void count_calls(struct taps *t)
{
	for (int side = 0; side < TAP_SIDES; side++) {
		const struct tap *tap = &t->side[side];
		for (uint32_t i = 0; i < tap->call_count; i++) {
			const struct tap_call *call = &tap->calls[i];
			if (call->partner == TAPS_NONE) {
				count_call(t, (enum tap_side)side, call);
			} else if (side == TAP_A) {
				const struct tap_call *other = &t->side[TAP_B].calls[call->partner];
				t->matched++;
				t->same_call_id += slice_eq(call->sip_call_id, other->sip_call_id);
			}
		}
	}
}

static bool compare(struct taps *t, const struct taps_options *options, struct err *err)
{
	if (!taps_match_calls(&t->side[TAP_A], &t->side[TAP_B], &t->rough, err) ||
	    !taps_match_streams(t, err) || !taps_find_clock(t, err) ||
	    !taps_measure_streams(t, err) || !taps_match_messages(t, err) ||
	    !taps_find_rewrites(t, err) ||
	    !taps_compare_texts(t, options->texts_a, options->texts_b, err))
		return false;
	count_calls(t);
	return true;
}

struct taps *taps_new(struct records *a, struct records *b, const struct taps_options *options,
                      struct err *err)
{
	struct taps *t = mem_zalloc(sizeof *t);

	if (!t) {
		err_memory(err, "the comparison of two captures");
		return NULL;
	}
	arena_init(&t->arena, 64u << 10);
	arena_init(&t->side[TAP_B].arena, 1);
	t->names[TAP_A] = options->name_a ? options->name_a : records_path(a);
	t->names[TAP_B] = options->name_b ? options->name_b : records_path(b);
	t->max_loss_ratio = options->max_loss_ratio;
	if (tap_load(&t->side[TAP_A], a, true, err) && tap_load(&t->side[TAP_B], b, true, err) &&
	    compare(t, options, err))
		return t;
	taps_free(t);
	return NULL;
}

void taps_free(struct taps *t)
{
	if (!t)
		return;
	for (unsigned i = 0; t->kinds && i <= TAPS_KINDS; i++)
		taps_values_release(&t->kinds[i].transit_ms);
	mem_free(t->pairs);
	mem_free(t->headers);
	tap_release(&t->side[TAP_A]);
	tap_release(&t->side[TAP_B]);
	arena_release(&t->arena);
	mem_free(t);
}
