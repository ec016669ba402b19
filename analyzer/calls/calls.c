/* The door: one message in; its transaction, its call and dialog, its SDP; its row out. */
#include "analyzer/calls/calls.h"

#include "analyzer/calls/invite.h"
#include "analyzer/calls/request_digits.h"
#include "analyzer/calls/state.h"
#include "analyzer/calls/subscription.h"
#include "analyzer/findings/findings.h"
#include "analyzer/joining/transfer.h"
#include "analyzer/streams/vq.h"
#include "base/mem.h"
#include "dissectors/mime.h"
#include "dissectors/vq_report.h"

#define MAX_FIRST_LINE 1024
#define MAX_METHOD     32

struct calls *calls_new(struct analysis *a, struct streams *s)
{
	struct calls *c = mem_zalloc(sizeof *c);

	if (!c) {
		err_memory(a->err, "the call table");
		return NULL;
	}
	c->analysis = a;
	c->streams = s;
	transactions_init(&c->transactions, a);
	registrations_init(&c->registrations, a);
	watches_init(&c->watches, a);
	pool_init(&c->pool, sizeof(struct leg));
	table_init(&c->table);
	list_init(&c->all);
	waiting_init(&c->waiting, c);
	correlate_init(&c->correlation, a->correlate);
	ended_init(&c->ended, LEG_REMEMBERED_NS / NS_PER_S);
	text_init(&c->sdp_line);
	return c;
}

static struct leg *idlest(struct calls *c)
{
	return (struct leg *)((char *)c->all.next - offsetof(struct leg, node));
}

void calls_free(struct calls *c)
{
	if (!c)
		return;
	while (!list_is_empty(&c->all))
		leg_free(idlest(c));
	waiting_release(&c->waiting);
	correlate_release(&c->correlation);
	transactions_release(&c->transactions);
	registrations_release(&c->registrations);
	watches_release(&c->watches);
	table_release(&c->table);
	pool_release(&c->pool);
	ended_release(&c->ended);
	text_release(&c->sdp_line);
	mem_free(c);
}

bool calls_finish(struct calls *c)
{
	while (!list_is_empty(&c->all))
		if (!leg_close(idlest(c)))
			return false;
	return waiting_finish(&c->waiting) && registrations_finish(&c->registrations) &&
	       watches_finish(&c->watches) && transactions_finish(&c->transactions);
}

struct calls_counts calls_counts(const struct calls *c)
{
	struct calls_counts counts = c->counts;

	counts.transactions = c->transactions.created;
	counts.evicted_at_limit += c->transactions.evicted_at_limit +
	                           c->registrations.evicted_at_limit + c->watches.evicted_at_limit;
	counts.live_calls = c->table.count;
	counts.live_transactions = c->transactions.table.count;
	return counts;
}

bool calls_check(const struct calls *c)
{
	size_t calls = 0, dialogs = 0;

	for (const struct list_node *node = c->all.next; node != &c->all; node = node->next) {
		const struct leg *leg =
		        (const struct leg *)((const char *)node - offsetof(struct leg, node));
		if (!leg_check(leg))
			return false;
		calls++;
		dialogs += leg->dialog_count;
	}
	return calls == c->table.count && calls <= CALLS_MAX &&
	       waiting_check(&c->waiting, &dialogs) && dialogs == c->counts.live_dialogs &&
	       table_check(&c->table) && ended_check(&c->ended) &&
	       transactions_check(&c->transactions) && registrations_check(&c->registrations) &&
	       watches_check(&c->watches);
}

/* One message and what was found for it. */
struct step {
	struct event ev;
	struct transaction *transaction; /* NULL: none */
	struct transaction_step moved;
	struct leg *leg; /* NULL: none, or it has been written */
	struct dialog *dialog; /* of call */
	int64_t dialog_id, transaction_id; /* 0: none */
	bool retransmission;
	struct slice sdp; /* absent: none */
	enum sdp_role role;
};

/* Requests without To-tag that open dialogs. */
static bool opens(const struct step *s, enum leg_kind *kind)
{
	if (!s->ev.msg->is_request || s->ev.to_tag.n)
		return false;
	switch (s->ev.method) {
	case SIP_INVITE: *kind = LEG_INVITE; return true;
	case SIP_SUBSCRIBE: *kind = LEG_SUBSCRIBE; return true;
	case SIP_REFER: *kind = LEG_REFER; return true;
	default: return false;
	}
}

/* Requests that only a call has. */
static bool is_call_method(enum sip_method m)
{
	return m == SIP_INVITE || m == SIP_ACK || m == SIP_BYE || m == SIP_PRACK ||
	       m == SIP_UPDATE || m == SIP_INFO;
}

/* Can this message be part of a dialog at all? */
static bool may_be_in_dialog(const struct step *s)
{
	const struct transaction *t = s->transaction;

	if (s->ev.method == SIP_REGISTER || s->ev.method == SIP_PUBLISH)
		return false;
	if (!s->ev.msg->is_request)
		return !t || !transaction_request_seen(t) || t->dialog_id;
	return s->ev.to_tag.n || is_call_method(s->ev.method) || s->ev.method == SIP_CANCEL;
}

static struct leg *find_in_dialog(const struct calls *c, const struct event *ev)
{
	static const enum leg_kind orders[2][3] = { { LEG_INVITE, LEG_SUBSCRIBE, LEG_REFER },
		                                    { LEG_SUBSCRIBE, LEG_INVITE, LEG_REFER } };
	const enum leg_kind *order = orders[ev->method == SIP_SUBSCRIBE];
	unsigned kinds = is_call_method(ev->method) || ev->method == SIP_CANCEL ? 1 : 3;
	struct leg *leg = NULL;

	for (unsigned i = 0; i < kinds && !leg; i++)
		leg = leg_find(c, order[i], ev);
	return leg;
}

/* Messages that show a dialog whose beginning the capture missed. Probes of scanners (OPTIONS, a bare CANCEL) do not. */
static bool shows_unseen(const struct step *s, enum leg_kind *kind)
{
	const struct sip_msg *msg = s->ev.msg;

	*kind = LEG_INVITE;
	if (!msg->is_request)
		return s->ev.method == SIP_INVITE && msg->status != 481 &&
		       !(msg->defects & SIP_DEFECT_STATUS);
	if (!s->ev.to_tag.n)
		return false;
	if (s->ev.method == SIP_SUBSCRIBE) {
		*kind = LEG_SUBSCRIBE;
		return true;
	}
	return is_call_method(s->ev.method);
}

static bool begin(struct calls *c, struct step *s, enum leg_kind kind)
{
	s->leg = leg_new(c, kind, &s->ev);
	return s->leg != NULL;
}

/* An INVITE without CSeq has no transaction, and is a call all the same; copies that come after the call was written are none. */
static bool begins_without_transaction(struct calls *c, struct step *s, enum leg_kind kind)
{
	const struct ended_entry *ended;

	if (s->transaction || kind != LEG_INVITE)
		return false;
	ended = ended_find(&c->ended, s->ev.call_hash, c->analysis->now_ns);
	if (ended)
		s->dialog_id = ended->dialog_id;
	return !ended;
}

static bool place_opening(struct calls *c, struct step *s, enum leg_kind kind)
{
	s->leg = leg_find_attempt(c, kind, &s->ev);
	if (s->leg && s->moved.created && leg_is_succeeded_by(s->leg, &s->ev)) {
		if (!leg_close(s->leg))
			return false;
		s->leg = NULL;
	}
	if (s->leg || !(s->moved.created || begins_without_transaction(c, s, kind)))
		return true;
	return begin(c, s, kind);
}

static bool place_other(struct calls *c, struct step *s)
{
	const struct ended_entry *ended;
	enum leg_kind kind;

	if (!may_be_in_dialog(s))
		return true;
	s->leg = find_in_dialog(c, &s->ev);
	if (s->leg || (s->transaction && !s->moved.created))
		return true;
	ended = ended_find(&c->ended, s->ev.call_hash, c->analysis->now_ns);
	if (ended)
		s->dialog_id = ended->dialog_id;
	if (ended || !s->ev.call_id.p || !shows_unseen(s, &kind))
		return true;
	if (!begin(c, s, kind))
		return false;
	if (kind == LEG_INVITE)
		invite_begin_in_the_middle(s->leg, &s->ev);
	return true;
}

/* May a tag not seen before open a dialog here? RFC 3261 12.1: 101..299 to the INVITE; the To-tag of a failure and of its ACK never. */
static bool forms_dialog(const struct step *s)
{
	const struct sip_msg *msg = s->ev.msg;

	if (msg->is_request)
		return s->ev.to_tag.n && !(s->ev.method == SIP_ACK && s->transaction) &&
		       (is_call_method(s->ev.method) || s->ev.method == SIP_NOTIFY ||
		        s->ev.method == SIP_SUBSCRIBE);
	return msg->status > 100 && msg->status < 300 &&
	       (s->ev.method == SIP_INVITE || s->ev.method == SIP_SUBSCRIBE ||
	        s->ev.method == SIP_REFER);
}

/* Finds or begins the call and dialog of the message. */
static bool place(struct calls *c, struct step *s)
{
	enum leg_kind kind;

	if (!s->ev.call_id.p)
		return true; /* junk with a sound start line: it belongs to nothing, and is recorded all the same */
	if (!(opens(s, &kind) ? place_opening(c, s, kind) : place_other(c, s)))
		return false;
	if (s->leg) {
		s->dialog = leg_dialog(s->leg, &s->ev, forms_dialog(s));
		if (!s->dialog)
			return false;
		s->dialog_id = s->dialog->id;
		s->dialog->last_message =
		        c->analysis->next_message; /* this one's, see write_message() */
		if (!s->dialog->first_message)
			s->dialog->first_message = s->dialog->last_message;
	}
	if (!s->transaction)
		return true;
	s->transaction_id = s->transaction->id;
	if (!s->dialog_id)
		s->dialog_id = s->transaction->dialog_id;
	else if (!s->transaction->dialog_id)
		s->transaction->dialog_id = s->dialog_id;
	return true;
}

/* An ACK to a 2xx is no transaction; it is shown with the INVITE that it completes. */
static void place_ack(struct step *s)
{
	const struct leg_invite *invite;

	if (!s->leg || s->transaction || s->ev.method != SIP_ACK)
		return;
	s->retransmission = leg_seen_ack(s->leg, &s->ev);
	invite = &s->leg->invite[leg_party(s->leg, &s->ev)];
	if (invite->cseq == s->ev.msg->cseq)
		s->transaction_id = invite->transaction_id;
}

static bool request_had_sdp(const struct step *s)
{
	const struct transaction *t = s->transaction;

	if (!s->ev.msg->is_request)
		return !t || !transaction_request_seen(t) || t->has_sdp;
	return !s->leg || s->leg->invite[leg_party(s->leg, &s->ev)].has_sdp;
}

static void find_sdp(struct calls *c, struct step *s)
{
	const struct sip_msg *msg = s->ev.msg;

	if (!msg->body.n)
		return;
	s->sdp = mime_part(msg->content_type, msg->body, "application/sdp");
	if (!s->sdp.p)
		return;
	if (sdp_parse(s->sdp, &c->sdp) != PARSE_OK) {
		s->sdp = SLICE_NONE;
		return;
	}
	if (msg->status < 300)
		s->role = sdp_role_of(msg->is_request, s->ev.method, request_had_sdp(s));
	sdp_summary(&c->sdp, s->role, &c->sdp_line);
	if (msg->is_request && s->transaction && s->ev.method != SIP_ACK && !s->retransmission)
		s->transaction->has_sdp = true;
}

/* Who receives media where, from now on. */
static bool announce_sdp(struct calls *c, struct step *s)
{
	struct leg *leg = s->leg;
	enum party party = leg_party(leg, &s->ev);
	int64_t now = s->ev.origin->time_ns;

	if (!s->sdp.p || s->role == SDP_ROLE_NONE)
		return true;
	if (s->role == SDP_ROLE_OFFER)
		leg->hold.offer_sends = sdp_sends(&c->sdp);
	if (s->role == SDP_ROLE_OFFER || leg->hold.offer_sends)
		hold_sdp(&leg->hold, party, sdp_says_hold(&c->sdp), now);
	leg->media.held = hold_now(&leg->hold);
	leg->media.was_held |= leg->media.held;
	said_note(&leg->said[party], &s->ev, s->dialog_id, &c->sdp, s->sdp);
	return streams_sdp(c->streams, &leg->media, s->dialog_id, party, s->role == SDP_ROLE_ANSWER,
	                   &c->sdp, now);
}

static bool move_call(struct calls *c, struct step *s)
{
	struct leg *leg = s->leg;
	const struct event *ev = &s->ev;

	if (ev->msg->is_request ? !invite_request(leg, s->dialog, ev, s->transaction)
	                        : !invite_response(leg, s->dialog, ev, s->transaction))
		return false;
	return announce_sdp(c, s);
}

static void note_sender(struct step *s)
{
	bool in_dialog = s->ev.msg->is_request && s->ev.to_tag.n;

	s->leg->seen_from |=
	        leg_party(s->leg, &s->ev) == PARTY_CALLER ? LEG_SEEN_CALLER : LEG_SEEN_CALLEE;
	s->leg->seen_from |= in_dialog ? LEG_SEEN_IN_DIALOG : 0;
}

/* What its INVITE and the answers say of other legs. */
static bool relate(const struct step *s)
{
	if (s->ev.method != SIP_INVITE)
		return true;
	if (!s->ev.msg->is_request)
		return correlate_response(s->leg, &s->ev);
	return s->ev.to_tag.n || correlate_invite(s->leg, &s->ev);
}

static bool move(struct calls *c, struct step *s)
{
	struct leg *leg = s->leg;

	note_sender(s);
	if (!leg_touch(leg, s->dialog, &s->ev))
		return false;
	if (leg->kind == LEG_INVITE)
		leg_trace_message(leg, s->dialog, &s->ev, s->transaction, s->retransmission);
	if (s->retransmission) {
		if (s->ev.msg->method == SIP_INVITE && !s->ev.to_tag.n)
			invite_asked_again(leg);
		return true;
	}
	if (!request_digits(leg, s->dialog, &s->ev))
		return false;
	if ((s->ev.method == SIP_REFER || s->ev.method == SIP_NOTIFY) &&
	    !transfer_message(leg, s->dialog, &s->ev))
		return false;
	if (leg->kind == LEG_INVITE)
		return move_call(c, s) && relate(s);
	return s->ev.msg->is_request ? subscription_request(leg, s->dialog, &s->ev)
	                             : subscription_response(leg, s->dialog, &s->ev);
}

static int64_t id_or_null(int64_t id)
{
	return id ? id : RECORD_NULL;
}

static bool write_message(struct calls *c, const struct step *s)
{
	const struct sip_msg *msg = s->ev.msg;
	const struct sip_origin *o = s->ev.origin;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_message r = {
		.id = c->analysis->next_message++,
		.capture_id = o->capture_id,
		.frame = (int64_t)o->frame,
		.time_us = clock_us(o->time_ns),
		.file_offset = o->file_offset,
		.src = slice_of(src, endpoint_format(o->src, src)),
		.dst = slice_of(dst, endpoint_format(o->dst, dst)),
		.transport = slice_str(o->transport),
		.first_line = slice_sub(msg->first_line, 0, MAX_FIRST_LINE),
		.method = msg->is_request ? slice_sub(msg->method_name, 0, MAX_METHOD) : SLICE_NONE,
		.status = msg->is_request ? RECORD_NULL : msg->status,
		.cseq = msg->cseq_name.p ? msg->cseq : RECORD_NULL,
		.cseq_method = slice_sub(msg->cseq_name, 0, MAX_METHOD),
		.sip_call_id = s->ev.call_id,
		.transaction_id = id_or_null(s->transaction_id),
		.dialog_id = id_or_null(s->dialog_id),
		.bytes = (int64_t)msg->whole.n,
		.has_sdp = s->sdp.p != NULL,
		.retransmission = s->retransmission,
		.sdp = s->sdp.p ? slice_of(c->sdp_line.p, c->sdp_line.n) : SLICE_NONE,
		.defects = msg->defects,
		.first_frame = o->first_frame ? (int64_t)o->first_frame : RECORD_NULL,
	};
	return store_message(c->analysis->store, &r, c->analysis->err);
}

static bool tell_findings(struct calls *c, const struct step *s)
{
	struct seen_message m = {
		.ev = &s->ev,
		.transaction = s->transaction,
		.leg = s->leg,
		.dialog_id = s->dialog_id,
		.transaction_id = s->transaction_id,
		.retransmission = s->retransmission,
		.created = s->moved.created,
	};
	return findings_message(c->analysis->findings, &m);
}

/* What needs no leg: registrations; what subscriptions and publications are about. */
static bool move_others(struct calls *c, const struct step *s)
{
	switch (s->ev.method) {
	case SIP_REGISTER:
		return registrations_message(&c->registrations, &s->ev, s->transaction,
		                             s->retransmission);
	case SIP_SUBSCRIBE:
	case SIP_NOTIFY:
	case SIP_REFER:
	case SIP_PUBLISH:
		return watches_message(&c->watches, &s->ev, s->transaction, s->retransmission,
		                       s->dialog_id);
	default: return true;
	}
}

/* RFC 6035 sends it by PUBLISH or NOTIFY; some add it to the BYE. */
static bool take_quality_report(struct calls *c, const struct step *s)
{
	const struct sip_msg *msg = s->ev.msg;
	bool may_have = s->ev.method == SIP_PUBLISH || s->ev.method == SIP_NOTIFY ||
	                s->ev.method == SIP_BYE;
	struct vq_report report;

	if (!may_have || !msg->is_request || !msg->body.n || s->retransmission ||
	    !vq_report_parse(msg->content_type, msg->body, &report))
		return true;
	const struct sip_origin *o = s->ev.origin;
	struct sighting at = { o->capture_id, o->frame, o->time_ns };
	return vq_take(c->streams, at, &report);
}

bool calls_message(struct calls *c, const struct sip_origin *origin, const struct sip_msg *msg)
{
	struct step s = { 0 };

	event_init(&s.ev, origin, msg);
	leg_prefetch(c, &s.ev);
	if (!transactions_message(&c->transactions, &s.ev, &s.transaction, &s.moved))
		return false;
	s.retransmission = s.moved.retransmission;
	if (!place(c, &s))
		return false;
	place_ack(&s);
	find_sdp(c, &s);
	if (c->sdp_line.failed)
		return err_memory(c->analysis->err, "an SDP summary");
	if (s.leg && !move(c, &s))
		return false;
	if (!move_others(c, &s) || !take_quality_report(c, &s))
		return false;
	c->counts.messages++;
	return tell_findings(c, &s) && write_message(c, &s);
}
