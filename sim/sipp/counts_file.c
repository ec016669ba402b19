#include "sim/sipp/counts_file.h"

#include "sim/sipp/names.h"

#include <inttypes.h>

enum count_kind { COUNT_DONE, COUNT_AGAIN, COUNT_TIMEOUT, COUNT_UNEXPECTED, COUNT_LOST, COUNTS };

static bool is_message(const struct step *step)
{
	return step->kind == STEP_SEND || step->kind == STEP_RECV;
}

/* What the step stands under: a method or a status; all that is no message is a pause to SIPp. */
static void add_step_name(struct text *out, const struct step *step)
{
	const struct template *m = step->message;

	if (!is_message(step))
		text_add(out, SLICE_LIT("Pause"));
	else if (step->kind == STEP_RECV && step->response)
		text_addf(out, "%d", step->response);
	else if (step->kind == STEP_RECV)
		text_add(out, step->request);
	else if (m && m->is_response)
		text_addf(out, "%d", m->status);
	else if (m)
		text_add(out, m->method_name);
}

/* Once any message may be lost on purpose, every message has a column for it. */
static bool counts_losses(const struct stat_form *f)
{
	bool any = f->losses;

	for (unsigned i = 0; !any && i < f->scenario->step_count; i++)
		any = f->scenario->steps[i].lost_percent >= 0;
	return any;
}

static bool has_count(const struct step *step, enum count_kind kind, bool losses)
{
	switch (kind) {
	case COUNT_DONE: return true;
	case COUNT_AGAIN: return is_message(step);
	case COUNT_TIMEOUT: return step->kind == STEP_RECV || step->retrans_ms > 0;
	case COUNT_UNEXPECTED: return step->kind != STEP_SEND;
	case COUNT_LOST: return losses && is_message(step);
	default: return false;
	}
}

static const char *count_name(const struct step *step, enum count_kind kind)
{
	switch (kind) {
	case COUNT_DONE:
		return !is_message(step) ? "Sessions" : step->kind == STEP_SEND ? "Sent" : "Recv";
	case COUNT_AGAIN: return "Retrans";
	case COUNT_TIMEOUT: return "Timeout";
	case COUNT_UNEXPECTED: return "Unexp";
	default: return "Lost";
	}
}

static uint64_t count_of(const struct step *step, const struct step_counters *c,
                         enum count_kind kind)
{
	switch (kind) {
	case COUNT_DONE:
		return !is_message(step)         ? c->sessions
		       : step->kind == STEP_SEND ? c->sent
		                                 : c->received;
	case COUNT_AGAIN: return step->kind == STEP_SEND ? c->retransmitted : c->received_again;
	case COUNT_TIMEOUT: return c->timeouts;
	case COUNT_UNEXPECTED: return c->unexpected;
	default: return c->lost;
	}
}

void counts_file_header(struct text *out, const struct stat_form *f)
{
	const struct scenario *s = f->scenario;
	bool losses = counts_losses(f);

	text_addf(out, "CurrentTime%sElapsedTime%s", f->delimiter, f->delimiter);
	for (unsigned i = 0; i < s->step_count; i++)
		for (unsigned kind = 0; kind < COUNTS && !s->steps[i].hide; kind++)
			if (has_count(&s->steps[i], (enum count_kind)kind, losses)) {
				text_addf(out, "%u_", i);
				add_step_name(out, &s->steps[i]);
				text_addf(out, "_%s%s",
				          count_name(&s->steps[i], (enum count_kind)kind),
				          f->delimiter);
			}
	text_add(out, SLICE_LIT("\n"));
}

void counts_file_row(struct text *out, const struct stat_form *f, int64_t started_ns,
                     int64_t now_ns, const struct counters *counters)
{
	static const struct step_counters nothing;
	const struct scenario *s = f->scenario;
	bool losses = counts_losses(f);

	sipp_add_time(out, now_ns, f->rfc3339);
	text_addf(out, "%s", f->delimiter);
	sipp_add_elapsed(out, now_ns - started_ns, true);
	text_addf(out, "%s", f->delimiter);
	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step_counters *c = counters ? &counters->steps[i] : &nothing;
		for (unsigned kind = 0; kind < COUNTS && !s->steps[i].hide; kind++)
			if (has_count(&s->steps[i], (enum count_kind)kind, losses))
				text_addf(out, "%" PRIu64 "%s",
				          count_of(&s->steps[i], c, (enum count_kind)kind),
				          f->delimiter);
	}
	text_add(out, SLICE_LIT("\n"));
}
