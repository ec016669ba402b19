/* A registration as a row of the records. */
#include "analyzer/registrations/registration.h"
#include "base/pool.h"
#include "base/table.h"

static struct slice outcome_name_of(enum registration_outcome outcome)
{
	static const char *const names[] = { "in_progress",  "registered", "refreshed",
		                             "unregistered", "queried",    "unauthorized",
		                             "rejected",     "failed",     "timed_out" };
	return slice_str(names[outcome]);
}

static struct slice end_name_of(enum binding_end end)
{
	static const char *const names[] = { NULL, "refreshed", "unregistered", "expired",
		                             "replaced" };
	return slice_str(names[end]);
}

static int64_t id_or_null(int64_t id)
{
	return id ? id : RECORD_NULL;
}

static int64_t us_or_null(int64_t ns)
{
	return ns == TIME_NONE ? RECORD_NULL : clock_us(ns);
}

static double delay_ms(const struct registration *r)
{
	if (r->final_ns == TIME_NONE || r->final_ns < r->first_ns)
		return NAN;
	return (double)(r->final_ns - r->first_ns) / (double)NS_PER_MS;
}

/* Frames are numbered in each capture file. */
static int64_t last_frame(const struct registration *r)
{
	if (r->final_ns == TIME_NONE || r->final_capture_id != r->capture_id)
		return RECORD_NULL;
	return (int64_t)r->final_frame;
}

struct record_registration registration_record(const struct registration *r,
                                               char src[static ENDPOINT_TEXT],
                                               char dst[static ENDPOINT_TEXT])
{
	return (struct record_registration){
		.id = r->id,
		.run_id = r->home->analysis->run_id,
		.aor = slice_of(r->account->aor, r->account->aor_n),
		.contact = r->asked.all ? SLICE_LIT("*") : r->contact,
		.registrar = r->registrar,
		.username = r->username,
		.realm = r->realm,
		.time_us = clock_us(r->first_ns),
		.outcome = outcome_name_of(r->outcome),
		.final_status = r->final_status ? r->final_status : RECORD_NULL,
		.challenges = r->challenges,
		.expires_s = r->has_expires ? r->expires_s : RECORD_NULL,
		.user_agent = r->user_agent,
		.sip_call_id = r->call_id,
		.src = slice_of(src, endpoint_format(r->src, src)),
		.dst = slice_of(dst, endpoint_format(r->dst, dst)),
		.transport = slice_str(r->transport),
		.contacts = r->has_contacts ? (int64_t)r->contacts : RECORD_NULL,
		.delay_ms = delay_ms(r),
		.ended_us = us_or_null(r->ended_ns),
		.ended_by = end_name_of(r->ended_by),
		.reason = r->reason,
		.transaction_id = id_or_null(r->transaction_id),
		.first_frame = (int64_t)r->first_frame,
		.last_frame = last_frame(r),
		.capture_id = id_or_null(r->capture_id),
	};
}
