#include "analyzer/calls/outcome.h"

#include <stddef.h>

/* Single codes that differ from their class, and who speaks in them: the person or device called, or the network before it. */
static const struct status_rule {
	int status;
	enum outcome outcome;
	enum release by;
} rules[] = {
	{ 401, OUTCOME_UNAUTHORIZED, RELEASE_NETWORK },
	{ 407, OUTCOME_UNAUTHORIZED, RELEASE_NETWORK },
	{ 480, OUTCOME_NO_ANSWER, RELEASE_CALLEE },
	{ 486, OUTCOME_BUSY, RELEASE_CALLEE },
	{ 600, OUTCOME_BUSY, RELEASE_CALLEE },
	{ 603, OUTCOME_REJECTED, RELEASE_CALLEE },
	{ 606, OUTCOME_FAILED, RELEASE_CALLEE },
	{ 607, OUTCOME_REJECTED, RELEASE_CALLEE },
	{ 608, OUTCOME_REJECTED, RELEASE_NETWORK },
	/* The device called refuses what was offered. */
	{ 406, OUTCOME_REJECTED, RELEASE_CALLEE },
	{ 415, OUTCOME_REJECTED, RELEASE_CALLEE },
	{ 488, OUTCOME_REJECTED, RELEASE_CALLEE },
};

static const struct status_rule *rule_of(int status)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].status == status)
			return &rules[i];
	return NULL;
}

static enum outcome by_status(int status, bool rang)
{
	const struct status_rule *rule = rule_of(status);

	if (rule)
		return rule->outcome;
	/* 408: rang until a proxy's timer C, or nobody there. 487 without a CANCEL: a B2BUA's no-answer timer. */
	if (status == 408)
		return rang ? OUTCOME_NO_ANSWER : OUTCOME_FAILED;
	if (status == 487)
		return rang ? OUTCOME_NO_ANSWER : OUTCOME_REJECTED;
	return status >= 500 ? OUTCOME_FAILED : OUTCOME_REJECTED;
}

static bool is_cancelled(const struct outcome_facts *f)
{
	return f->cancelled && (f->final_status == 487 || (!f->final_status && f->cancel_accepted));
}

enum outcome outcome_of(const struct outcome_facts *f)
{
	if (!f->start_seen)
		return OUTCOME_INCOMPLETE;
	if (f->answered)
		return OUTCOME_ANSWERED;
	if (is_cancelled(f))
		return OUTCOME_CANCELLED;
	if (f->final_status)
		return by_status(f->final_status, f->rang);
	return f->timed_out ? OUTCOME_FAILED : OUTCOME_IN_PROGRESS;
}

enum release outcome_released_by(const struct outcome_facts *f)
{
	const struct status_rule *rule = rule_of(f->final_status);

	if (f->hung_up != RELEASE_NONE)
		return f->hung_up;
	if (f->answered)
		return f->ended ? RELEASE_NETWORK : RELEASE_NONE;
	if (is_cancelled(f))
		return RELEASE_CALLER;
	if (f->final_status)
		return rule ? rule->by : RELEASE_NETWORK;
	if (f->timed_out && f->start_seen)
		return RELEASE_NETWORK;
	return f->ended ? RELEASE_UNKNOWN : RELEASE_NONE;
}

bool outcome_invites_retry(int status)
{
	return status == 401 || status == 407 || status == 422 || status == 494 ||
	       (status >= 300 && status < 400);
}

const char *outcome_name(enum outcome o)
{
	static const char *const names[] = { "answered",     "busy",       "no_answer",
		                             "cancelled",    "rejected",   "failed",
		                             "unauthorized", "incomplete", "in_progress" };
	return names[o];
}

const char *release_name(enum release r)
{
	static const char *const names[] = { NULL, "caller", "callee", "network", "unknown" };
	return names[r];
}
