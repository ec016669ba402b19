#include "analyzer/streams/press.h"

#include "analyzer/streams/streams.h"
#include "base/mem.h"
#include "base/text.h"

#define FIRST_CAPACITY 8
#define MASKED         'x'

const char *press_method_name(enum press_method m)
{
	static const char *const names[] = { "rfc4733", "info", "kpml", "inband" };
	return names[m];
}

const char *press_lint_name(unsigned bit)
{
	static const char *const names[PRESS_LINTS] = {
		"no-marker",     "marker-on-all",  "moving-timestamp", "constant-duration",
		"zero-duration", "single-end",     "no-end",           "reserved-bit",
		"zero-prefix",   "not-negotiated", "other-type",       "wrong-duration",
		"unreliable",    "weak",
	};
	return names[bit];
}

void press_list_release(struct press_list *list)
{
	mem_free(list->items);
	*list = (struct press_list){ 0 };
}

bool press_list_add(struct press_list *list, const struct press *p)
{
	if (press_list_is_full(list))
		return true;
	if (list->count == list->capacity) {
		unsigned n = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
		struct press *items = mem_resize(list->items, n * sizeof *items);
		if (!items)
			return false;
		list->items = items;
		list->capacity = n;
	}
	list->items[list->count++] = *p;
	return true;
}

bool press_take(struct analysis *a, struct press_list *list, int64_t call_id, const struct press *p)
{
	if (list && !press_list_is_full(list))
		return press_list_add(list, p) || err_memory(a->err, "digits");
	int64_t id = a->next_dtmf++;
	return press_write(a, p, id, call_id, id);
}

char press_digit(const struct analysis *a, const struct press *p)
{
	return a->media.mask_dtmf ? MASKED : p->digit;
}

/* "no-marker single-end"; absent without any. */
static struct slice lint_text(const struct press *p, char *out, size_t size)
{
	size_t n = 0;

	for (unsigned bit = 0; bit < PRESS_LINTS; bit++) {
		if (!(p->lint & 1u << bit))
			continue;
		const char *name = press_lint_name(bit);
		size_t length = strlen(name);
		if (n + length + 1 > size)
			break;
		if (n)
			out[n++] = ' ';
		memcpy(out + n, name, length);
		n += length;
	}
	return n ? slice_of(out, n) : SLICE_NONE;
}

static int64_t or_null(int64_t value)
{
	return value ? value : RECORD_NULL;
}

static struct slice direction_of(const struct press *p, int64_t call_id)
{
	if (!call_id)
		return SLICE_NONE;
	return p->sender == PARTY_CALLER ? SLICE_LIT("caller_to_callee")
	                                 : SLICE_LIT("callee_to_caller");
}

bool press_write(struct analysis *a, const struct press *p, int64_t id, int64_t call_id,
                 int64_t press_id)
{
	bool is_event = p->method == PRESS_EVENT;
	char lint[PRESS_LINTS * 20];
	struct record_dtmf row = {
		.id = id,
		.call_id = or_null(call_id),
		.stream_id = or_null(p->stream_id),
		.time_us = clock_us(p->start_ns),
		.digit = press_digit(a, p),
		.duration_ms = p->duration_ms,
		.method = slice_str(press_method_name((enum press_method)p->method)),
		.direction = direction_of(p, call_id),
		.complete = !p->start_lost && !p->end_lost,
		.dialog_id = or_null(p->dialog_id),
		.press_id = or_null(press_id),
		.start_lost = p->start_lost,
		.end_lost = p->end_lost,
		.packets = is_event ? p->packets : RECORD_NULL,
		.end_packets = is_event ? p->end_packets : RECORD_NULL,
		.payload_type = is_event ? p->payload_type : RECORD_NULL,
		.level_dbm0 = p->level_dbm0,
		.wall_ms = p->wall_ms,
		.status = p->status ? p->status : RECORD_NULL,
		.lint = lint_text(p, lint, sizeof lint),
		.capture_id = or_null(p->first.capture_id),
		.first_frame = p->first.capture_id ? (int64_t)p->first.frame : RECORD_NULL,
		.last_frame = p->last.capture_id ? (int64_t)p->last.frame : RECORD_NULL,
	};
	return store_dtmf(a->store, &row, a->err);
}
