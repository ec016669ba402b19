#include "analyzer/registrations/watch.h"

#include "dissectors/sip_contacts.h"
#include "dissectors/sip_header.h"

#include <stdio.h>

#define STRINGS_CHUNK 448
#define MAX_URI       256
#define MAX_LIFE_S    (366 * 86400)

void watches_init(struct watches *ws, struct analysis *a)
{
	*ws = (struct watches){ .analysis = a };
	pool_init(&ws->pool, sizeof(struct watch));
	table_init(&ws->table);
	table_init(&ws->etags);
	list_init(&ws->all);
}

static bool out_of_memory(struct watches *ws)
{
	return err_memory(ws->analysis->err, "subscriptions");
}

static struct watch *quietest(struct watches *ws)
{
	return (struct watch *)(void *)((char *)ws->all.next - offsetof(struct watch, node));
}

static void free_unwritten(struct watch *w)
{
	struct watches *ws = w->home;

	timers_cancel(&ws->analysis->timers, &w->timer);
	table_remove(&ws->table, w->hash, w);
	if (w->etag_hash)
		table_remove(&ws->etags, w->etag_hash, w);
	list_remove(&w->node);
	arena_release(&w->strings);
	pool_free(&ws->pool, w, sizeof *w);
}

void watches_release(struct watches *ws)
{
	while (!list_is_empty(&ws->all))
		free_unwritten(quietest(ws));
	table_release(&ws->table);
	table_release(&ws->etags);
	pool_release(&ws->pool);
}

static int64_t us_or_null(int64_t ns)
{
	return ns == TIME_NONE ? RECORD_NULL : clock_us(ns);
}

static struct slice state_name(const struct watch *w)
{
	static const char *const names[] = { "in_progress", "refused", "timed_out",
		                             "pending",     "active",  "terminated" };
	return slice_str(names[w->state]);
}

static struct slice kind_name(const struct watch *w)
{
	static const char *const names[] = { "subscribe", "refer", "publish", "subscribe" };
	return slice_str(names[w->kind]);
}

static bool write_row(const struct watch *w)
{
	struct analysis *a = w->home->analysis;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT], id[16];
	int n = snprintf(id, sizeof id, "%u", w->refer_cseq);
	struct record_subscription r = {
		.id = w->id,
		.dialog_id = w->dialog_id ? w->dialog_id : RECORD_NULL,
		.event = w->event,
		.state = state_name(w),
		.expires_s = w->has_expires ? w->expires_s : RECORD_NULL,
		.notifies = w->notifies,
		.end_reason = w->kind == WATCH_UNASKED ? SLICE_LIT("unsolicited") : w->reason,
		.run_id = a->run_id,
		.kind = kind_name(w),
		.sip_call_id = w->call_id,
		.resource = w->resource,
		.subscriber = w->asker,
		.event_id = w->refer_cseq ? slice_of(id, (size_t)n) : w->event_id,
		.start_us = us_or_null(w->start_ns),
		.end_us = us_or_null(w->end_ns),
		.refreshes = w->refreshes,
		.final_status = w->final_status ? w->final_status : RECORD_NULL,
		.last_status = w->last_status ? w->last_status : RECORD_NULL,
		.src = slice_of(src, endpoint_format(w->src, src)),
		.dst = slice_of(dst, endpoint_format(w->dst, dst)),
	};
	return store_subscription(a->store, &r, a->err);
}

static bool close_watch(struct watch *w)
{
	bool ok = write_row(w);
	free_unwritten(w);
	return ok;
}

/* What the silence means. */
static void run_out(struct watch *w)
{
	if (w->state == WATCH_ASKING)
		w->state = WATCH_TIMED_OUT;
	if ((w->state != WATCH_ACTIVE && w->state != WATCH_PENDING) || w->until_ns == TIME_NONE)
		return;
	w->state = WATCH_TERMINATED;
	w->reason = SLICE_LIT("expired");
	w->end_ns = w->until_ns;
}

static void fire(struct timer *timer, void *context)
{
	struct watch *w = (struct watch *)(void *)timer;
	struct analysis *a = w->home->analysis;

	(void)context;
	run_out(w);
	if (!close_watch(w))
		analysis_fail(a);
}

bool watches_finish(struct watches *ws)
{
	bool ok = true;

	while (ok && !list_is_empty(&ws->all)) {
		struct watch *w = quietest(ws);
		if (ws->analysis->now_ns >= w->since_evict_ns + w->patience_ns)
			run_out(w);
		ok = close_watch(w);
	}
	return ok;
}

bool watch_keep(struct watch *w, struct slice value, size_t max, struct slice *out)
{
	if (out->p || !value.n)
		return true;
	return arena_keep(&w->strings, slice_sub(value, 0, max), out) || out_of_memory(w->home);
}

bool watch_wait(struct watch *w, int64_t patience_ns)
{
	struct watches *ws = w->home;
	int64_t grace = w->established ? WATCH_LINGER_NS : 0;

	w->since_evict_ns = ws->analysis->now_ns;
	w->patience_ns = patience_ns;
	list_move_last(&ws->all, &w->node);
	if (!timers_arm(&ws->analysis->timers, &w->timer, w->since_evict_ns + patience_ns + grace))
		return out_of_memory(ws);
	return true;
}

bool watch_granted(struct watch *w, int64_t time_ns, uint32_t expires_s)
{
	int64_t life_s = expires_s < MAX_LIFE_S ? expires_s : MAX_LIFE_S;

	w->until_ns = time_ns + life_s * NS_PER_S;
	return watch_wait(w, life_s * NS_PER_S);
}

bool watch_end(struct watch *w, enum watch_state state, struct slice reason, int64_t time_ns)
{
	if (w->state == WATCH_TERMINATED)
		return true;
	w->state = state;
	w->end_ns = time_ns;
	w->reason = SLICE_NONE;
	return watch_keep(w, reason, MAX_URI, &w->reason) && watch_wait(w, WATCH_LINGER_NS);
}

bool watch_refused(struct watch *w, int status, int64_t time_ns)
{
	char reason[16];
	int n = snprintf(reason, sizeof reason, "%d", status);

	w->final_status = (uint16_t)status;
	return watch_end(w, WATCH_REFUSED, slice_of(reason, (size_t)n), time_ns);
}

bool watch_goes_on(const struct watch *w, const struct event *ev)
{
	return !w->established && w->tries < WATCH_MAX_TRIES && ev->msg->cseq > w->cseq;
}

bool watch_ask(struct watch *w, const struct event *ev)
{
	w->cseq = ev->msg->cseq;
	w->waits = true;
	w->has_asked = sip_seconds(sip_msg_value(ev->msg, SIP_H_EXPIRES), &w->asked_s);
	if (w->established)
		return true;
	w->tries++;
	w->state = WATCH_ASKING;
	w->end_ns = TIME_NONE;
	w->final_status = 0;
	w->reason = SLICE_NONE;
	return watch_wait(w, TRANSACTION_TIMEOUT_NS);
}

static bool make_room(struct watches *ws)
{
	if (ws->table.count < WATCHES_MAX)
		return true;
	ws->evicted_at_limit++;
	return close_watch(quietest(ws));
}

static bool keep_identity(struct watch *w, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	bool notify = ev->method == SIP_NOTIFY;
	struct slice event = sip_msg_value(msg, SIP_H_EVENT);
	struct slice package = slice_trim(slice_sub(event, 0, slice_find(event, ';')));

	return watch_keep(w, ev->call_id, EVENT_MAX_CALL_ID, &w->call_id) &&
	       watch_keep(w, notify ? ev->to_tag : ev->from_tag, EVENT_MAX_TAG, &w->asker_tag) &&
	       watch_keep(w, notify ? ev->from_tag : ev->to_tag, EVENT_MAX_TAG, &w->notifier_tag) &&
	       watch_keep(w, package, 64, &w->event) &&
	       watch_keep(w, sip_param(event, "id"), 64, &w->event_id) &&
	       watch_keep(w, notify ? sip_addr_uri(msg->from) : msg->request_uri, MAX_URI,
	                  &w->resource) &&
	       watch_keep(w, sip_addr_uri(notify ? msg->to : msg->from), MAX_URI, &w->asker);
}

struct watch *watch_new(struct watches *ws, enum watch_kind kind, const struct event *ev,
                        uint64_t hash)
{
	const struct sip_origin *o = ev->origin;
	bool notify = ev->method == SIP_NOTIFY;
	struct watch *w = make_room(ws) ? pool_alloc(&ws->pool, sizeof *w) : NULL;

	if (!w) {
		out_of_memory(ws);
		return NULL;
	}
	*w = (struct watch){ .timer.fire = fire, .home = ws, .kind = kind, .hash = hash };
	list_init(&w->node);
	arena_init(&w->strings, STRINGS_CHUNK);
	w->src = notify && kind != WATCH_UNASKED ? o->dst : o->src;
	w->dst = notify && kind != WATCH_UNASKED ? o->src : o->dst;
	w->start_ns = w->end_ns = w->until_ns = TIME_NONE;
	if (!keep_identity(w, ev) || !watch_wait(w, TRANSACTION_TIMEOUT_NS) ||
	    !table_put(&ws->table, hash, w)) {
		free_unwritten(w);
		out_of_memory(ws);
		return NULL;
	}
	w->id = ws->analysis->next_subscription++;
	return w;
}

bool watches_check(const struct watches *ws)
{
	size_t n = 0;

	for (const struct list_node *node = ws->all.next; node != &ws->all; node = node->next) {
		const struct watch *w =
		        (const struct watch *)(const void *)((const char *)node -
		                                             offsetof(struct watch, node));
		if (!w->timer.place || !w->id || (w->etag_hash && w->kind != WATCH_PUBLISH))
			return false;
		n++;
	}
	return n == ws->table.count && n <= WATCHES_MAX && ws->etags.count <= n &&
	       table_check(&ws->table) && table_check(&ws->etags);
}
