#include "analyzer/score/receiver.h"

#include "analyzer/score/adaptive.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

static bool parse_depth(struct slice text, struct buffer_setting *out)
{
	uint64_t ms;

	if (!slice_u64(text, BUFFER_DEPTH_MAX_MS, &ms) || ms < 1)
		return false;
	*out = (struct buffer_setting){ BUFFER_FIXED, (unsigned)ms };
	return true;
}

bool buffer_setting_parse(struct slice text, struct buffer_setting *out)
{
	static const struct slice fixed = SLICE_LIT("fixed:");

	if (slice_eq_str(text, "none"))
		*out = (struct buffer_setting){ .mode = BUFFER_NONE };
	else if (slice_eq_str(text, "adaptive"))
		*out = (struct buffer_setting){ .mode = BUFFER_ADAPTIVE };
	else if (slice_eq(slice_sub(text, 0, fixed.n), fixed))
		return parse_depth(slice_from(text, fixed.n), out);
	else
		return parse_depth(text, out);
	return true;
}

static unsigned depth_of(struct buffer_setting setting)
{
	return setting.depth_ms ? setting.depth_ms : BUFFER_DEPTH_MS;
}

const char *buffer_setting_name(struct buffer_setting setting, char buf[static BUFFER_SETTING_NAME])
{
	switch (setting.mode) {
	case BUFFER_NONE: return "none";
	case BUFFER_ADAPTIVE: return "adaptive";
	case BUFFER_FIXED: break;
	}
	snprintf(buf, BUFFER_SETTING_NAME, "fixed:%u", depth_of(setting));
	return buf;
}

void receiver_release(struct receiver *r)
{
	mem_free(r->adaptive);
	r->adaptive = NULL;
}

void receiver_restart(struct receiver *r)
{
	r->raised_ns = 0;
	r->late_in_row = 0;
}

static bool need_adaptive(struct receiver *r)
{
	if (r->adaptive)
		return true;
	r->adaptive = mem_alloc(sizeof *r->adaptive);
	if (!r->adaptive)
		return false;
	adaptive_init(r->adaptive);
	return true;
}

/* Ten in a row are its fill of it: true. */
static bool count_late(struct receiver *r, uint32_t pushed)
{
	bool in_row = r->late_in_row && pushed == r->last_late + 1;

	r->late_in_row = in_row ? r->late_in_row + 1 : 1;
	r->last_late = pushed;
	return r->late_in_row == BUFFER_LATE_IN_ROW;
}

bool receiver_push(struct receiver *r, struct buffer_setting setting, uint32_t pushed,
                   double behind_ns, bool *late)
{
	double behind_ms = (behind_ns - r->raised_ns) / 1e6, depth_ms = depth_of(setting);

	*late = false;
	if (setting.mode == BUFFER_NONE)
		return true;
	if (setting.mode == BUFFER_ADAPTIVE) {
		if (!need_adaptive(r))
			return false;
		adaptive_pass(r->adaptive, pushed - r->seen - 1);
		r->seen = pushed;
		depth_ms = r->adaptive->depth_ms;
		adaptive_push(r->adaptive, behind_ms);
	}
	*late = behind_ns - r->raised_ns > depth_ms * 1e6;
	if (*late && count_late(r, pushed)) {
		receiver_restart(r);
		r->raised_ns = behind_ns;
		if (r->adaptive)
			adaptive_forget(r->adaptive);
	}
	return true;
}

void receiver_raise(struct receiver *r, int64_t ns)
{
	r->raised_ns -= (double)ns;
}

double receiver_quiet_ns(const struct receiver *r, struct buffer_setting setting)
{
	double depth_ms = setting.mode == BUFFER_ADAPTIVE ? ADAPTIVE_LEAST_MS : depth_of(setting);

	if (setting.mode == BUFFER_NONE)
		return (double)BUFFER_QUIET_NS;
	return fmin((double)BUFFER_QUIET_NS, r->raised_ns + depth_ms * 1e6);
}

double receiver_depth_ms(struct receiver *r, struct buffer_setting setting, uint32_t pushed)
{
	struct adaptive unseen, *a = r->adaptive;

	if (setting.mode != BUFFER_ADAPTIVE)
		return setting.mode == BUFFER_NONE ? 0 : depth_of(setting);
	if (!a) {
		adaptive_init(&unseen);
		a = &unseen;
	}
	adaptive_pass(a, pushed - r->seen);
	r->seen = pushed;
	return a->packets ? a->sum_ms / (double)a->packets : ADAPTIVE_START_MS;
}
