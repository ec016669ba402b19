#include "reports/browse/flow.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct flow_event *flow_current(const struct flow *f)
{
	return f->at.cursor < f->seen_count ? &f->events[f->seen[f->at.cursor]] : NULL;
}

bool flow_is_marked(const struct flow *f, size_t event)
{
	for (size_t i = 0; i < f->mark_count; i++)
		if (f->marks[i] == event)
			return true;
	return false;
}

/* --- what is in sight ------------------------------------------------------------------------------------------- */

static bool is_in_sight(const struct flow *f, const struct flow_event *e)
{
	bool is_message = e->e.kind == EVENT_MESSAGE;

	if (f->only_leg && e->leg != f->only_leg)
		return false;
	if (f->only_sdp)
		return is_message && e->e.has_sdp;
	return is_message || f->media;
}

/* The cursor stays on its event, or goes to the one behind it. */
static void choose(struct flow *f)
{
	size_t current = f->at.cursor < f->seen_count ? f->seen[f->at.cursor] : 0;

	f->seen_count = 0;
	f->at.cursor = 0;
	for (size_t i = 0; i < f->count; i++)
		if (is_in_sight(f, &f->events[i])) {
			if (i <= current)
				f->at.cursor = f->seen_count;
			f->seen[f->seen_count++] = i;
		}
}

/* --- loading ----------------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct flow_event *x = a, *y = b;

	if (x->e.time_us != y->e.time_us)
		return x->e.time_us < y->e.time_us ? -1 : 1;
	if (x->e.kind != y->e.kind)
		return x->e.kind < y->e.kind ? -1 : 1;
	return (x->e.id > y->e.id) - (x->e.id < y->e.id);
}

static bool take_events(struct flow *f, const struct call_events *events, int64_t call_id,
                        struct err *err)
{
	size_t room = f->count + events->count;
	void *grown = mem_resize(f->events, (room + 1) * sizeof *f->events);

	if (!grown)
		return err_memory(err, "a flow");
	f->events = grown;
	for (size_t i = 0; i < events->count; i++) {
		const struct call_event *e = &events->all[i];
		f->events[f->count++] = (struct flow_event){
			.e = *e,
			.call_id = call_id,
			.leg = e->leg > 0 ? f->legs + e->leg : 0,
		};
	}
	f->legs += events->legs > 0 ? events->legs : 1;
	f->more += events->more;
	return true;
}

/* The columns of all the calls together. */
static bool make_columns(struct flow *f, struct err *err)
{
	struct call_events all = { .count = f->count, .legs = f->legs };

	all.all = arena_alloc(&f->arena, (f->count + 1) * sizeof *all.all);
	if (!all.all)
		return err_memory(err, "a flow");
	for (size_t i = 0; i < f->count; i++)
		all.all[i] = f->events[i].e;
	if (!ladder_columns_make(&f->columns, &all, &f->arena, err))
		return false;
	for (size_t i = 0; i < f->count; i++) {
		ladder_columns_of(&f->columns, &f->events[i].e, false, &f->events[i].src);
		ladder_columns_of(&f->columns, &f->events[i].e, true, &f->events[i].dst);
	}
	return true;
}

/* What the calls were. */
static bool describe(struct flow *f, struct records *r, struct err *err)
{
	for (size_t i = 0; i < f->call_count; i++) {
		struct query *q;
		if (!rows_first(
		            r,
		            "SELECT coalesce(caller, '?') || ' -> ' || coalesce(callee, '?') || ', "
		            "' || outcome || coalesce(' ' || final_status, '') FROM calls WHERE "
		            "id = ?1",
		            f->calls[i], &q, err)) {
			if (err->code != ERR_NONE)
				return false;
			continue;
		}
		bool ok = arena_keep(&f->arena, query_text(q, 0), &f->about[i]);
		query_free(q);
		if (!ok)
			return err_memory(err, "a flow");
	}
	return true;
}

static bool load(struct flow *f, struct records *r, struct err *err)
{
	for (size_t i = 0; i < f->call_count; i++) {
		struct call_events events = { 0 };
		if (!call_events_load(&events, r, f->calls[i], &f->arena, err) ||
		    !take_events(f, &events, f->calls[i], err))
			return false;
	}
	if (f->count)
		qsort(f->events, f->count, sizeof *f->events, by_time);
	f->start_us = f->count ? f->events[0].e.time_us : 0;
	f->seen = mem_alloc((f->count + 1) * sizeof *f->seen);
	if (!f->seen)
		return err_memory(err, "a flow");
	if (!make_columns(f, err) || !describe(f, r, err))
		return false;
	choose(f);
	return true;
}

/* --- marks ------------------------------------------------------------------------------------------------------- */

/* The third one takes the place of the first. */
static void mark(struct browse *b, struct flow *f)
{
	size_t event;

	if (!flow_current(f))
		return;
	event = f->seen[f->at.cursor];
	if (f->mark_count && f->marks[f->mark_count - 1] == event) {
		f->mark_count--;
	} else if (f->mark_count == 2 && f->marks[0] == event) {
		f->marks[0] = f->marks[1];
		f->mark_count = 1;
	} else {
		if (f->mark_count == 2) {
			f->marks[0] = f->marks[1];
			f->mark_count = 1;
		}
		f->marks[f->mark_count++] = event;
	}
	if (f->mark_count == 2)
		browse_say(b, "%.6f s between the two; Enter shows messages beside each other",
		           (double)llabs(f->events[f->marks[0]].e.time_us -
		                         f->events[f->marks[1]].e.time_us) /
		                   1e6);
}

/* --- searching --------------------------------------------------------------------------------------------------- */

static bool has_text(const struct flow_event *e, const char *wanted)
{
	return slice_ifind_str(e->e.label, wanted) != SLICE_NPOS ||
	       slice_ifind_str(e->e.note, wanted) != SLICE_NPOS ||
	       slice_ifind_str(e->e.first_line, wanted) != SLICE_NPOS ||
	       slice_ifind_str(e->e.src, wanted) != SLICE_NPOS ||
	       slice_ifind_str(e->e.dst, wanted) != SLICE_NPOS;
}

static void search(struct browse *b, struct flow *f, bool back)
{
	size_t n = f->seen_count;

	if (!f->search[0]) {
		browse_say(b, "/ looks for a text first");
		return;
	}
	for (size_t i = 1; i <= n; i++) {
		size_t at = (f->at.cursor + (back ? n - i % n : i)) % n;
		if (has_text(&f->events[f->seen[at]], f->search)) {
			f->at.cursor = at;
			return;
		}
	}
	browse_say(b, "no event has '%.80s'", f->search);
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

static bool open_event(struct browse *b, struct flow *f, struct err *err)
{
	const struct flow_event *e = flow_current(f);

	if (f->mark_count == 2) {
		const struct flow_event *one = &f->events[f->marks[0]],
		                        *other = &f->events[f->marks[1]];
		if (one->e.kind == EVENT_MESSAGE && other->e.kind == EVENT_MESSAGE)
			return browse_push(b, page_compare_new(b, one->e.id, other->e.id, err),
			                   err);
		browse_say(b, "only two SIP messages can stand beside each other (u: no marks)");
		return true;
	}
	if (!e)
		browse_say(b, "there is no event in sight");
	else if (e->e.kind == EVENT_MESSAGE)
		return browse_push(b, page_message_new(b, e->e.id, err), err);
	else if (e->e.kind != EVENT_DIGIT)
		return browse_push(b, page_stream_new(b, e->e.id, err), err);
	else
		browse_say(b, "all that is known of a digit stands here");
	return true;
}

static void next_leg(struct browse *b, struct flow *f)
{
	if (f->legs < 2) {
		browse_say(b, "there is one leg only");
		return;
	}
	f->only_leg = f->only_leg == f->legs ? 0 : f->only_leg + 1;
	choose(f);
	if (f->only_leg)
		browse_say(b, "leg %" PRId64 " of %" PRId64 " alone", f->only_leg, f->legs);
	else
		browse_say(b, "all %" PRId64 " legs", f->legs);
}

static void change_colour(struct browse *b, struct flow *f)
{
	static const char *const by[] = { "by outcome", "by leg", "by method" };

	f->colour = (f->colour + 1) % FLOW_COLOURS;
	browse_say(b, "colours %s", by[f->colour]);
}

static void change_time(struct browse *b, struct flow *f)
{
	static const char *const times[] = { "since the first event", "since the event before",
		                             "time of day, UTC" };

	f->time = (f->time + 1) % FLOW_TIMES;
	browse_say(b, "times: %s", times[f->time]);
}

static void shift(struct browse *b, struct flow *f, bool right)
{
	if (right && f->shift + 2 < f->columns.count)
		f->shift++;
	else if (!right && f->shift)
		f->shift--;
	else
		browse_say(b, right ? "there is nothing further to the right"
		                    : "this is the left end");
}

static void toggle(struct browse *b, struct flow *f, bool *what, const char *name)
{
	*what = !*what;
	choose(f);
	browse_say(b, "%s: %s", name, *what ? "on" : "off");
}

static void resize_preview(struct browse *b, struct flow *f, int by)
{
	f->preview = true;
	if (f->wider + by < -4 || f->wider + by > 4)
		browse_say(b, "it cannot be %s", by > 0 ? "wider" : "narrower");
	else
		f->wider += by;
}

static int64_t current_call(const struct flow *f)
{
	const struct flow_event *e = flow_current(f);

	return e ? e->call_id : f->calls[0];
}

static bool act(struct browse *b, struct view *v, enum action what, struct err *err)
{
	struct flow *f = (struct flow *)v;

	if (scroll_act(&f->at, what, f->seen_count, v->page))
		return true;
	switch (what) {
	case ACTION_LEFT:
	case ACTION_RIGHT: shift(b, f, what == ACTION_RIGHT); break;
	case ACTION_OPEN: return open_event(b, f, err);
	case ACTION_RAW:
		return browse_push(b, page_messages_new(b, f->calls, f->call_count, err), err);
	case ACTION_STREAMS: return browse_push(b, list_streams_new(b, current_call(f), err), err);
	case ACTION_OF_CALL: return browse_push(b, list_findings_new(b, current_call(f), err), err);
	case ACTION_SAVE: browse_ask_save(b, f->calls, f->call_count); break;
	case ACTION_SEARCH:
		browse_ask(b, PROMPT_SEARCH, "Search:",
		           "a text in labels, first lines, addresses; n goes on, N goes back",
		           f->search);
		break;
	case ACTION_NEXT:
	case ACTION_PREVIOUS: search(b, f, what == ACTION_PREVIOUS); break;
	case ACTION_MARK: mark(b, f); break;
	case ACTION_UNMARK: f->mark_count = 0; break;
	case ACTION_EXTENDED: next_leg(b, f); break;
	case ACTION_SDP: toggle(b, f, &f->notes, "what stands below the arrows"); break;
	case ACTION_ONLY_SDP: toggle(b, f, &f->only_sdp, "only messages with SDP"); break;
	case ACTION_MEDIA: toggle(b, f, &f->media, "streams, digits, tones"); break;
	case ACTION_PREVIEW: toggle(b, f, &f->preview, "the selected event in full"); break;
	case ACTION_COLOUR: change_colour(b, f); break;
	case ACTION_TIME: change_time(b, f); break;
	case ACTION_WIDER: resize_preview(b, f, 1); break;
	case ACTION_NARROWER: resize_preview(b, f, -1); break;
	default: break;
	}
	return true;
}

static bool answer(struct browse *b, struct view *v, enum prompt_kind kind, const char *text,
                   struct err *err)
{
	struct flow *f = (struct flow *)v;

	if (kind != PROMPT_SEARCH)
		return browse_answer_save(b, kind, f->calls, f->call_count, text, err);
	snprintf(f->search, sizeof f->search, "%s", text);
	if (text[0])
		search(b, f, false);
	return true;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static void flow_free(struct view *v)
{
	struct flow *f = (struct flow *)v;

	arena_release(&f->arena);
	mem_free(f->events);
	mem_free(f->seen);
	mem_free(f);
}

static const struct view_kind kind = {
	.bit = VIEW_FLOW, .act = act, .draw = flow_draw, .answer = answer, .free = flow_free
};

struct view *flow_new(struct browse *b, const int64_t *calls, size_t count, struct err *err)
{
	struct flow *f = mem_zalloc(sizeof *f);

	if (!f) {
		err_memory(err, "a flow");
		return NULL;
	}
	f->view = (struct view){ .kind = &kind, .tab = ACTION_CALLS, .page = 20 };
	f->media = f->notes = f->preview = true;
	f->call_count = count < FLOW_MAX_CALLS ? count : FLOW_MAX_CALLS;
	memcpy(f->calls, calls, f->call_count * sizeof *calls);
	arena_init(&f->arena, 16384);
	if (load(f, b->records, err))
		return &f->view;
	flow_free(&f->view);
	return NULL;
}
