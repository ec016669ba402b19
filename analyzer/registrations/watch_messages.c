/* SUBSCRIBE and REFER ask, NOTIFY tells (RFC 6665, RFC 3515). */
#include "analyzer/registrations/watch.h"
#include "dissectors/sip_contacts.h"
#include "dissectors/sip_header.h"
#include "dissectors/sipfrag.h"

/* One event of one asker. The id of a REFER's events is its CSeq, and may be left out (RFC 3515 2.4.6). */
struct key {
	struct slice call_id, asker_tag, notifier_tag, event, event_id;
	uint32_t cseq;
};

static uint64_t key_hash(const struct event *ev, uint64_t tag_hash)
{
	return hash_mix(ev->call_hash, tag_hash);
}

static struct key key_of(const struct event *ev)
{
	bool notify = ev->method == SIP_NOTIFY;
	struct slice event = sip_msg_value(ev->msg, SIP_H_EVENT);

	return (struct key){
		.call_id = ev->call_id,
		.asker_tag = notify ? ev->to_tag : ev->from_tag,
		.notifier_tag = notify ? ev->from_tag : ev->to_tag,
		.event = slice_trim(slice_sub(event, 0, slice_find(event, ';'))),
		.event_id = sip_param(event, "id"),
		.cseq = ev->msg->cseq,
	};
}

static bool same_asker(const struct watch *w, const struct key *key)
{
	return w->kind != WATCH_PUBLISH && w->kind != WATCH_UNASKED &&
	       slice_eq(w->call_id, key->call_id) && slice_eq(w->asker_tag, key->asker_tag);
}

static bool same_event(const struct watch *w, const struct key *key)
{
	uint64_t id;

	if (w->kind != WATCH_REFER)
		return slice_ieq(w->event, key->event) && slice_eq(w->event_id, key->event_id);
	if (!slice_ieq_str(key->event, "refer"))
		return false;
	return !key->event_id.n ||
	       (slice_u64(key->event_id, UINT32_MAX, &id) && id == w->refer_cseq);
}

static bool is_asked(const void *value, const void *key)
{
	const struct watch *w = value;
	return w->waits && w->cseq == ((const struct key *)key)->cseq && same_asker(w, key);
}

static bool is_notified(const void *value, const void *key)
{
	const struct watch *w = value;
	return slice_ieq(w->notifier_tag, ((const struct key *)key)->notifier_tag) &&
	       same_asker(w, key) && same_event(w, key);
}

static bool is_root(const void *value, const void *key)
{
	const struct watch *w = value;
	return w->root && same_asker(w, key) && same_event(w, key);
}

static bool is_same_request(const void *value, const void *key)
{
	const struct watch *w = value;
	return w->cseq == ((const struct key *)key)->cseq && same_asker(w, key);
}

/* --- asking --------------------------------------------------------------------------------------------------------------- */

static struct watch *begin(struct watches *ws, enum watch_kind kind, const struct event *ev,
                           int64_t dialog_id, uint64_t hash)
{
	struct watch *w = watch_new(ws, kind, ev, hash);

	if (!w)
		return NULL;
	w->dialog_id = dialog_id;
	w->root = true;
	if (ev->method != SIP_NOTIFY)
		w->start_ns = ev->origin->time_ns;
	return w;
}

static bool subscribe(struct watches *ws, const struct event *ev, int64_t dialog_id)
{
	struct key key = key_of(ev);
	uint64_t hash = key_hash(ev, ev->from_hash);
	struct watch *w;

	if (table_get(&ws->table, hash, is_same_request, &key))
		return true; /* on another hop */
	w = table_get(&ws->table, hash, ev->to_tag.n ? is_notified : is_root, &key);
	if (w && ev->to_tag.n && w->state != WATCH_TERMINATED)
		return ev->msg->cseq <= w->cseq || watch_ask(w, ev);
	if (w && !ev->to_tag.n && watch_goes_on(w, ev))
		return watch_ask(w, ev);
	if (w)
		w->root = false;
	w = begin(ws, WATCH_SUBSCRIBE, ev, dialog_id, hash);
	if (!w)
		return false;
	if (ev->to_tag.n) {
		/* It began before the capture. */
		w->start_ns = TIME_NONE;
		w->established = true;
		w->state = WATCH_ACTIVE;
	}
	return watch_ask(w, ev);
}

static bool refer(struct watches *ws, const struct event *ev, int64_t dialog_id)
{
	struct key key = key_of(ev);
	uint64_t hash = key_hash(ev, ev->from_hash);
	struct watch *w;

	key.event = SLICE_LIT("refer");
	key.event_id = SLICE_NONE;
	if (table_get(&ws->table, hash, is_same_request, &key))
		return true;
	w = table_get(&ws->table, hash, is_root, &key);
	if (!w || !watch_goes_on(w, ev) || w->state != WATCH_REFUSED) {
		if (w)
			w->root = false;
		w = begin(ws, WATCH_REFER, ev, dialog_id, hash);
		if (!w)
			return false;
		w->event = SLICE_LIT("refer");
	}
	w->refer_cseq = ev->msg->cseq;
	return watch_ask(w, ev);
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

static bool accepted(struct watch *w, const struct event *ev)
{
	const struct sip_msg *msg = ev->msg;
	int64_t now = ev->origin->time_ns;
	uint32_t granted = w->asked_s;
	bool has_granted = sip_seconds(sip_msg_value(msg, SIP_H_EXPIRES), &granted) || w->has_asked;
	bool again = w->established && w->final_status;

	w->final_status = (uint16_t)msg->status;
	if (w->state == WATCH_TERMINATED)
		return true;
	if (w->kind == WATCH_SUBSCRIBE && has_granted && granted == 0)
		return watch_end(w, WATCH_TERMINATED,
		                 w->established ? SLICE_LIT("unsubscribed") : SLICE_LIT("polled"),
		                 now);
	w->refreshes += again || (w->established && w->start_ns == TIME_NONE);
	w->established = true;
	if (w->state != WATCH_PENDING)
		w->state = WATCH_ACTIVE;
	if (w->kind == WATCH_REFER) {
		if (slice_istarts(sip_msg_value(msg, SIP_H_REFER_SUB), "false"))
			return watch_end(w, WATCH_TERMINATED, SLICE_LIT("norefersub"), now);
		return watch_wait(w, WATCH_QUIET_NS);
	}
	if (!has_granted)
		return watch_wait(w, WATCH_QUIET_NS);
	w->expires_s = granted;
	w->has_expires = true;
	return watch_granted(w, now, granted);
}

static bool answered(struct watches *ws, const struct event *ev)
{
	struct key key = key_of(ev);
	struct watch *w = table_get(&ws->table, key_hash(ev, ev->from_hash), is_asked, &key);
	int status = ev->msg->status;

	if (!w || status < 200)
		return true;
	w->waits = false;
	if (status < 300) {
		if (!watch_keep(w, ev->to_tag, EVENT_MAX_TAG, &w->notifier_tag))
			return false;
		return accepted(w, ev);
	}
	if (!w->established)
		return watch_refused(w, status, ev->origin->time_ns);
	/* RFC 6665 4.1.2.2: a failed refresh leaves it as it was, but for a notifier that knows of none. */
	return status != 481 ||
	       watch_end(w, WATCH_TERMINATED, SLICE_LIT("481"), ev->origin->time_ns);
}

/* --- NOTIFY --------------------------------------------------------------------------------------------------------------- */

/* Nobody asked: counted by who sends what to whom, whatever the Call-ID. */
static bool is_same_sender(const void *value, const void *wanted)
{
	const struct watch *w = value;
	const struct event *ev = wanted;
	struct key key = key_of(ev);

	return w->kind == WATCH_UNASKED && ip_addr_eq(w->src.addr, ev->origin->src.addr) &&
	       ip_addr_eq(w->dst.addr, ev->origin->dst.addr) && slice_ieq(w->event, key.event) &&
	       slice_eq(w->asker, slice_sub(sip_addr_uri(ev->msg->to), 0, w->asker.n));
}

static bool unasked(struct watches *ws, const struct event *ev)
{
	const struct sip_origin *o = ev->origin;
	uint64_t hash = hash_mix(endpoint_hash((struct endpoint){ o->src.addr, 1 }),
	                         endpoint_hash((struct endpoint){ o->dst.addr, 2 }));
	struct watch *w;

	hash = hash_slice(sip_addr_uri(ev->msg->to), hash);
	w = table_get(&ws->table, hash, is_same_sender, ev);
	if (!w) {
		w = watch_new(ws, WATCH_UNASKED, ev, hash);
		if (!w)
			return false;
		w->state = WATCH_ACTIVE;
		w->start_ns = o->time_ns;
	}
	w->notifies++;
	return watch_wait(w, WATCH_QUIET_NS);
}

/* Another notifier answers the same SUBSCRIBE (RFC 6665 4.1.4), or the first does so before its 200. */
static struct watch *take_notifier(struct watches *ws, struct watch *root, const struct event *ev,
                                   int64_t dialog_id)
{
	struct watch *w = root;

	if (root->notifier_tag.n) {
		if (root->forks >= WATCH_MAX_FORKS)
			return root;
		root->forks++;
		w = watch_new(ws, root->kind, ev, root->hash);
		if (!w)
			return NULL;
		w->refer_cseq = root->refer_cseq;
		w->cseq = root->cseq;
		w->start_ns = root->start_ns;
		w->expires_s = root->expires_s;
		w->has_expires = root->has_expires;
		w->resource = SLICE_NONE;
		if (!watch_keep(w, root->resource, root->resource.n, &w->resource))
			return NULL;
		w->dialog_id = dialog_id;
	}
	return watch_keep(w, ev->from_tag, EVENT_MAX_TAG, &w->notifier_tag) ? w : NULL;
}

static bool take_state(struct watch *w, const struct event *ev)
{
	struct slice value = sip_msg_value(ev->msg, SIP_H_SUBSCRIPTION_STATE);
	int64_t now = ev->origin->time_ns;
	uint32_t left;

	w->established = true;
	if (slice_istarts(value, "terminated")) {
		struct slice reason = sip_param(value, "reason");
		if (w->has_asked && !w->asked_s)
			reason = w->refreshes || w->final_status ? SLICE_LIT("unsubscribed")
			                                         : SLICE_LIT("polled");
		return watch_end(w, WATCH_TERMINATED, reason.n ? reason : SLICE_LIT("terminated"),
		                 now);
	}
	if (w->state == WATCH_TERMINATED)
		return true;
	w->state = slice_istarts(value, "pending") ? WATCH_PENDING : WATCH_ACTIVE;
	if (!sip_seconds(sip_param(value, "expires"), &left))
		return w->until_ns != TIME_NONE || watch_wait(w, WATCH_QUIET_NS);
	if (!w->has_expires)
		w->expires_s = left;
	w->has_expires = true;
	return watch_granted(w, now, left);
}

static bool notify(struct watches *ws, const struct event *ev, int64_t dialog_id)
{
	struct key key = key_of(ev);
	uint64_t hash = key_hash(ev, ev->to_hash);
	struct slice state = sip_msg_value(ev->msg, SIP_H_SUBSCRIPTION_STATE);
	struct watch *w = NULL;
	int status;

	if (ev->to_tag.n)
		w = table_get(&ws->table, hash, is_notified, &key);
	if (!w && ev->to_tag.n) {
		w = table_get(&ws->table, hash, is_root, &key);
		if (w) {
			w = take_notifier(ws, w, ev, dialog_id);
			if (!w)
				return false;
		}
	}
	if (!w && ev->to_tag.n && state.n) {
		/* It began before the capture; what has just ended was written already. */
		if (slice_istarts(state, "terminated"))
			return true;
		w = begin(ws, slice_ieq_str(key.event, "refer") ? WATCH_REFER : WATCH_SUBSCRIBE, ev,
		          dialog_id, hash);
		if (!w)
			return false;
	}
	if (!w)
		return unasked(ws, ev);
	if (w->notifies && ev->msg->cseq == w->notify_cseq)
		return true; /* on another hop */
	w->notifies++;
	w->notify_cseq = ev->msg->cseq;
	status = w->kind == WATCH_REFER ? sipfrag_status(ev->msg->content_type, ev->msg->body) : 0;
	if (status)
		w->last_status = (uint16_t)status;
	return take_state(w, ev);
}

/* RFC 6665 4.2.2: who does not know of it ends it. A response has no Event: any of this dialog. */
static bool is_of_dialog(const void *value, const void *key)
{
	const struct watch *w = value;
	return w->notify_cseq == ((const struct key *)key)->cseq && same_asker(w, key) &&
	       slice_ieq(w->notifier_tag, ((const struct key *)key)->notifier_tag);
}

static bool notify_answered(struct watches *ws, const struct event *ev)
{
	struct key key = key_of(ev);
	struct watch *w;

	if (ev->msg->status != 481)
		return true;
	w = table_get(&ws->table, key_hash(ev, ev->to_hash), is_of_dialog, &key);
	return !w || watch_end(w, WATCH_TERMINATED, SLICE_LIT("481"), ev->origin->time_ns);
}

bool watches_message(struct watches *ws, const struct event *ev, const struct transaction *t,
                     bool retransmission, int64_t dialog_id)
{
	bool request = ev->msg->is_request;

	if (!t || retransmission)
		return true;
	switch (ev->method) {
	case SIP_SUBSCRIBE: return request ? subscribe(ws, ev, dialog_id) : answered(ws, ev);
	case SIP_REFER: return request ? refer(ws, ev, dialog_id) : answered(ws, ev);
	case SIP_NOTIFY: return request ? notify(ws, ev, dialog_id) : notify_answered(ws, ev);
	case SIP_PUBLISH: return publication_message(ws, ev);
	default: return true;
	}
}
