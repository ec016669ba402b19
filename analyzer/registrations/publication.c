/* PUBLISH (RFC 3903): event state with an entity tag. The answer gives a tag (SIP-ETag), and who wants to renew, change or remove the
 * state names the last one (SIP-If-Match), with whatever Call-ID. */
#include "analyzer/registrations/watch.h"
#include "dissectors/sip_contacts.h"

#define MAX_URI 256

static struct slice value_named(const struct sip_msg *msg, const char *name)
{
	for (unsigned i = 0; i < msg->header_count; i++)
		if (msg->headers[i].id == SIP_H_OTHER && slice_ieq_str(msg->headers[i].name, name))
			return msg->headers[i].value;
	return SLICE_NONE;
}

static uint64_t ask_hash(const struct event *ev)
{
	return hash_mix(hash_mix(ev->call_hash, ev->from_hash), SIP_PUBLISH);
}

static uint64_t etag_hash(struct slice resource, struct slice etag)
{
	uint64_t hash = hash_slice(etag, hash_slice(slice_sub(resource, 0, MAX_URI), 3));
	return hash ? hash : 1;
}

/* Call-ID and tag as they are hashed: those of its first PUBLISH, which the row tells, need not be the newest one's. */
static bool is_asked(const void *value, const void *wanted)
{
	const struct watch *w = value;
	const struct event *ev = wanted;

	return w->kind == WATCH_PUBLISH && w->cseq == ev->msg->cseq && w->hash == ask_hash(ev);
}

static bool is_retried(const void *value, const void *wanted)
{
	const struct watch *w = value;
	const struct event *ev = wanted;

	return w->kind == WATCH_PUBLISH && w->state == WATCH_REFUSED && w->hash == ask_hash(ev) &&
	       watch_goes_on(w, ev);
}

static bool is_published(const void *value, const void *resource)
{
	const struct watch *w = value;
	return slice_eq(w->resource, slice_sub(*(const struct slice *)resource, 0, MAX_URI));
}

static bool out_of_memory(struct watches *ws)
{
	return err_memory(ws->analysis->err, "publications");
}

/* Its answers come with this Call-ID from now on. */
static bool ask_again(struct watch *w, const struct event *ev)
{
	struct watches *ws = w->home;
	uint64_t hash = ask_hash(ev);

	if (hash != w->hash) {
		if (!table_put(&ws->table, hash, w))
			return out_of_memory(ws);
		table_remove(&ws->table, w->hash, w);
		w->hash = hash;
	}
	return watch_ask(w, ev);
}

static bool ask(struct watches *ws, const struct event *ev)
{
	struct slice etag = value_named(ev->msg, "SIP-If-Match"), uri = ev->msg->request_uri;
	struct watch *w;

	if (table_get(&ws->table, ask_hash(ev), is_asked, ev))
		return true; /* on another hop */
	w = table_get(&ws->table, ask_hash(ev), is_retried, ev);
	if (!w && etag.n)
		w = table_get(&ws->etags, etag_hash(uri, etag), is_published, &uri);
	if (w)
		return ask_again(w, ev);
	w = watch_new(ws, WATCH_PUBLISH, ev, ask_hash(ev));
	if (!w)
		return false;
	if (etag.n) { /* published before the capture */
		w->established = true;
		w->state = WATCH_ACTIVE;
	} else {
		w->start_ns = ev->origin->time_ns;
	}
	return watch_ask(w, ev);
}

static bool take_etag(struct watch *w, struct slice etag)
{
	struct watches *ws = w->home;

	if (w->etag_hash)
		table_remove(&ws->etags, w->etag_hash, w);
	w->etag_hash = 0;
	if (!etag.n)
		return true;
	if (!table_put(&ws->etags, etag_hash(w->resource, etag), w))
		return out_of_memory(ws);
	w->etag_hash = etag_hash(w->resource, etag);
	return true;
}

static bool accepted(struct watch *w, const struct event *ev)
{
	int64_t now = ev->origin->time_ns;
	uint32_t granted = w->asked_s;
	bool known = sip_seconds(sip_msg_value(ev->msg, SIP_H_EXPIRES), &granted) || w->has_asked;

	w->final_status = (uint16_t)ev->msg->status;
	if (known && granted == 0)
		return watch_end(w, WATCH_TERMINATED, SLICE_LIT("removed"), now);
	w->refreshes += w->established;
	w->established = true;
	w->state = WATCH_ACTIVE;
	if (!take_etag(w, value_named(ev->msg, "SIP-ETag")))
		return false;
	if (!known)
		return watch_wait(w, WATCH_QUIET_NS);
	w->expires_s = granted;
	w->has_expires = true;
	return watch_granted(w, now, granted);
}

static bool answered(struct watches *ws, const struct event *ev)
{
	struct watch *w = table_get(&ws->table, ask_hash(ev), is_asked, ev);
	int status = ev->msg->status;

	if (!w || !w->waits || status < 200)
		return true;
	w->waits = false;
	if (status < 300)
		return accepted(w, ev);
	if (!w->established)
		return watch_refused(w, status, ev->origin->time_ns);
	/* 412: the registrar of this state has forgotten it. Other failures (a challenge) leave it as it was. */
	return status != 412 ||
	       watch_end(w, WATCH_TERMINATED, SLICE_LIT("412"), ev->origin->time_ns);
}

bool publication_message(struct watches *ws, const struct event *ev)
{
	return ev->msg->is_request ? ask(ws, ev) : answered(ws, ev);
}
