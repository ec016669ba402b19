#include "reports/compare/marks.h"
#include "reports/compare/taps_internal.h"

#include "base/mem.h"
#include "reports/rows.h"

#include <stdlib.h>

#define ARENA_CHUNK (256u << 10)

/* One query over a table, its rows taken one after the other into an array of the tap's. */
struct loading {
	struct tap *tap;
	struct query *q;
	struct err *err;
	size_t room;
};

static struct slice keep(struct loading *l, int column)
{
	struct slice out;

	if (!arena_keep(&l->tap->arena, query_text(l->q, column), &out))
		err_memory(l->err, "the records");
	return out;
}

typedef bool take_row(struct loading *l);

static bool load(struct tap *t, const char *sql, take_row *take, struct err *err)
{
	struct loading l = { t, query_new(t->records, err, sql), err, 0 };

	if (!l.q)
		return false;
	while (query_step(l.q, err))
		if (!take(&l) || err->code != ERR_NONE)
			break;
	query_free(l.q);
	return err->code == ERR_NONE;
}

/* *array has room for one more row of the table. */
static bool room_for(struct loading *l, void **array, uint32_t count, size_t size)
{
	if (count >= TAPS_MAX_ROWS)
		return err_set(l->err, ERR_FORMAT, "'%s' has too much in it to be compared",
		               records_path(l->tap->records) ? records_path(l->tap->records)
		                                             : "the database");
	return taps_room(array, &l->room, count, size) || err_memory(l->err, "the records");
}

/* ---- calls, legs ---- */

static bool take_call(struct loading *l)
{
	struct tap *t = l->tap;

	if (!room_for(l, (void **)&t->calls, t->call_count, sizeof *t->calls))
		return false;
	t->calls[t->call_count++] = (struct tap_call){
		.id = query_int(l->q, 0),
		.sip_call_id = keep(l, 1),
		.caller = keep(l, 2),
		.callee = keep(l, 3),
		.start_us = query_int(l->q, 4),
		.ring_us = query_int(l->q, 5),
		.answer_us = query_int(l->q, 6),
		.end_us = query_int(l->q, 7),
		.outcome = keep(l, 8),
		.final_status = query_int(l->q, 9),
		.partner = TAPS_NONE,
	};
	return true;
}

static int by_id(const void *key, const void *call)
{
	int64_t id = *(const int64_t *)key, other = ((const struct tap_call *)call)->id;

	return id < other ? -1 : id > other;
}

static uint32_t call_of(const struct tap *t, int64_t id)
{
	const struct tap_call *call =
	        t->call_count && id != RECORD_NULL
	                ? bsearch(&id, t->calls, t->call_count, sizeof *t->calls, by_id)
	                : NULL;

	return call ? (uint32_t)(call - t->calls) : TAPS_NONE;
}

static bool take_leg(struct loading *l)
{
	struct tap *t = l->tap;
	uint32_t call = call_of(t, query_int(l->q, 0));

	if (call == TAPS_NONE)
		return true;
	if (!room_for(l, (void **)&t->legs, t->leg_count, sizeof *t->legs))
		return false;
	if (!t->calls[call].legs++)
		t->calls[call].leg = t->leg_count;
	struct tap_leg *leg = &t->legs[t->leg_count++];
	*leg = (struct tap_leg){ .call = call, .id = query_int(l->q, 1) };
	leg->sip_call_id = keep(l, 2);
	leg->from_tag = keep(l, 3);
	leg->to_tag = keep(l, 4);
	leg->from_uri = keep(l, 5);
	leg->to_uri = keep(l, 6);
	leg->caller_contact = keep(l, 7);
	leg->callee_contact = keep(l, 8);
	leg->caller_user_agent = keep(l, 9);
	leg->callee_user_agent = keep(l, 10);
	leg->src = keep(l, 11);
	leg->dst = keep(l, 12);
	leg->transport = keep(l, 13);
	return true;
}

static bool take_edge(struct loading *l)
{
	struct tap *t = l->tap;
	uint32_t call = call_of(t, query_int(l->q, 0));

	if (call == TAPS_NONE)
		return true;
	if (!room_for(l, (void **)&t->edges, t->edge_count, sizeof *t->edges))
		return false;
	if (!t->calls[call].edges++)
		t->calls[call].edge = t->edge_count;
	t->edges[t->edge_count++] = (struct tap_edge){ call, keep(l, 1) };
	return true;
}

/* ---- streams ---- */

/* Its first and last packets' numbers. */
static void read_numbers(struct tap_stream *s)
{
	struct marks_reader r;
	struct mark_block block;
	uint32_t last = 0;

	s->first_number = s->last_number = RECORD_NULL;
	marks_read(&r, s->marks);
	while (marks_next(&r, &block)) {
		if (!block.came)
			continue;
		if (s->first_number == RECORD_NULL)
			s->first_number =
			        block.number * STREAM_MARK_EVERY + __builtin_ctz(block.came);
		s->last_number = block.number * STREAM_MARK_EVERY;
		last = block.came;
	}
	if (last)
		s->last_number += 31 - __builtin_clz(last);
}

static uint8_t direction_of(struct slice direction)
{
	if (slice_eq_str(direction, "caller_to_callee"))
		return 0;
	return slice_eq_str(direction, "callee_to_caller") ? 1 : 2;
}

static bool take_stream(struct loading *l)
{
	struct tap *t = l->tap;
	struct query *q = l->q;
	uint32_t call = call_of(t, query_int(q, 1));

	if (!room_for(l, (void **)&t->streams, t->stream_count, sizeof *t->streams))
		return false;
	if (call != TAPS_NONE && !t->calls[call].streams++)
		t->calls[call].stream = t->stream_count;
	struct tap_stream *s = &t->streams[t->stream_count++];
	*s = (struct tap_stream){ .id = query_int(q, 0), .call = call, .partner = TAPS_NONE };
	s->from_callee = direction_of(query_text(q, 2));
	s->src_addr = keep(l, 3);
	s->src_port = query_int(q, 4);
	s->dst_addr = keep(l, 5);
	s->dst_port = query_int(q, 6);
	s->ssrc = query_int(q, 7);
	s->payload_type = query_int(q, 8);
	s->codec = keep(l, 9);
	s->first_us = query_int(q, 10);
	s->last_us = query_int(q, 11);
	s->packets = query_int(q, 12);
	s->expected = query_int(q, 13);
	s->lost = query_int(q, 14);
	if (!arena_keep(&t->arena, query_octets(q, 15), &s->marks))
		return err_memory(l->err, "the records");
	s->whole = query_int(q, 16) == 1;
	t->marks = t->marks || s->marks.n;
	read_numbers(s);
	return true;
}

#define STREAM_COLUMNS                                                                             \
	"SELECT s.id, s.call_id, s.direction, s.src_addr, s.src_port, s.dst_addr, s.dst_port, "    \
	"s.ssrc, s.payload_type, s.codec, s.first_us, s.last_us, s.packets, s.expected, s.lost, "

/* Databases of before marks have no such table. */
static bool load_streams(struct tap *t, struct err *err)
{
	int64_t table;

	if (!rows_int(t->records, "SELECT count(*) FROM sqlite_master WHERE name = 'stream_marks'",
	              RECORD_NULL, &table, err))
		return false;
	return load(t,
	            table > 0 ? STREAM_COLUMNS "m.marks, m.complete FROM streams s LEFT JOIN "
	                                       "stream_marks m ON m.stream_id = s.id "
	                                       "ORDER BY s.call_id NULLS LAST, s.first_us, s.id"
	                      : STREAM_COLUMNS "NULL, NULL FROM streams s "
	                                       "ORDER BY s.call_id NULLS LAST, s.first_us, s.id",
	            take_stream, err);
}

/* ---- messages ---- */

/* Legs by dialogs.id, and by Call-ID for messages of no dialog (a lonely 100, requests before any answer). */
struct leg_key {
	uint64_t key;
	uint32_t leg;
};

struct message_loading {
	struct leg_key *by_id, *by_call_id;
	size_t room;
};

static int by_key(const void *a, const void *b)
{
	const struct leg_key *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->leg < y->leg ? -1 : x->leg > y->leg;
}

static uint32_t find_leg(const struct leg_key *keys, uint32_t count, uint64_t key)
{
	uint32_t from = 0, to = count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (keys[middle].key < key)
			from = middle + 1;
		else
			to = middle;
	}
	return from < count && keys[from].key == key ? keys[from].leg : TAPS_NONE;
}

static bool make_leg_keys(struct tap *t, struct message_loading *m)
{
	size_t bytes = (size_t)t->leg_count * sizeof *m->by_id;

	m->by_id = mem_alloc(bytes ? bytes : 1);
	m->by_call_id = mem_alloc(bytes ? bytes : 1);
	if (!m->by_id || !m->by_call_id)
		return false;
	for (uint32_t i = 0; i < t->leg_count; i++) {
		m->by_id[i] = (struct leg_key){ (uint64_t)t->legs[i].id, i };
		m->by_call_id[i] = (struct leg_key){ hash_slice(t->legs[i].sip_call_id, 0), i };
	}
	qsort(m->by_id, t->leg_count, sizeof *m->by_id, by_key);
	qsort(m->by_call_id, t->leg_count, sizeof *m->by_call_id, by_key);
	return true;
}

/* Nearly all methods are one of these: they need no copy. */
static struct slice keep_method(struct tap *t, struct slice method)
{
	static const char *const common[] = { "INVITE",    "ACK",     "BYE",      "CANCEL",
		                              "PRACK",     "UPDATE",  "INFO",     "REFER",
		                              "NOTIFY",    "OPTIONS", "REGISTER", "MESSAGE",
		                              "SUBSCRIBE", "PUBLISH" };
	struct slice out;

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (slice_eq_str(method, common[i]))
			return slice_str(common[i]);
	return arena_keep(&t->arena, method, &out) ? out : SLICE_NONE;
}

/* Came it from the side that was called? */
static bool is_from_callee(const struct tap_leg *leg, struct slice src, struct slice dst)
{
	if (slice_eq(src, leg->src) || slice_eq(dst, leg->dst))
		return false;
	if (slice_eq(dst, leg->src) || slice_eq(src, leg->dst))
		return true;
	struct slice from = taps_host(src), caller = taps_host(leg->src);
	if (!slice_eq(caller, taps_host(leg->dst)))
		return !slice_eq(from, caller) &&
		       (slice_eq(from, taps_host(leg->dst)) || slice_eq(taps_host(dst), caller));
	return false;
}

/* The Request-URI of "INVITE sip:bob@example.com SIP/2.0". */
static struct slice uri_of(struct slice first_line)
{
	struct slice uri;

	slice_split(&first_line, ' ', &uri);
	return slice_split(&first_line, ' ', &uri) ? uri : SLICE_NONE;
}

static bool take_message(struct loading *l, const struct message_loading *m)
{
	struct tap *t = l->tap;
	struct query *q = l->q;
	uint32_t leg = query_is_null(q, 1)
	                       ? TAPS_NONE
	                       : find_leg(m->by_id, t->leg_count, (uint64_t)query_int(q, 1));

	if (leg == TAPS_NONE)
		leg = find_leg(m->by_call_id, t->leg_count, hash_slice(query_text(q, 2), 0));
	if (leg == TAPS_NONE)
		return true;
	struct tap_message *out = &t->messages[t->message_count++];
	*out = (struct tap_message){ .id = query_int(q, 0),
		                     .call = t->legs[leg].call,
		                     .leg = leg,
		                     .time_us = query_int(q, 3),
		                     .status = query_int(q, 4),
		                     .cseq = query_int(q, 5),
		                     .again = query_int(q, 10) == 1 };
	out->method = keep_method(t, query_text(q, query_is_null(q, 6) ? 7 : 6));
	out->from_callee = is_from_callee(&t->legs[leg], query_text(q, 8), query_text(q, 9));
	if (slice_eq_str(out->method, "INVITE")) {
		struct slice uri =
		        out->status == RECORD_NULL ? uri_of(query_text(q, 11)) : SLICE_NONE;
		out->sdp = keep(l, 12);
		if (!arena_keep(&t->arena, uri, &out->uri))
			return err_memory(l->err, "the records");
	}
	return true;
}

static int by_call_and_time(const void *a, const void *b)
{
	const struct tap_message *x = a, *y = b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void sort_messages(struct tap *t)
{
	qsort(t->messages, t->message_count, sizeof *t->messages, by_call_and_time);
	for (uint32_t i = 0; i < t->message_count; i++) {
		struct tap_call *call = &t->calls[t->messages[i].call];
		if (!call->messages++)
			call->message = i;
	}
}

static bool load_messages(struct tap *t, struct err *err)
{
	struct message_loading m = { 0 };
	struct loading l = { t, NULL, err, 0 };

	if (!make_leg_keys(t, &m))
		err_memory(err, "the records");
	else
		l.q = query_new(t->records, err,
		                "SELECT id, dialog_id, sip_call_id, time_us, status, cseq, "
		                "cseq_method, method, src, dst, retransmission, first_line, sdp "
		                "FROM messages");
	while (l.q && query_step(l.q, err)) {
		t->more_messages = t->message_count >= TAPS_MAX_MESSAGES;
		if (t->more_messages)
			break;
		if (!TAPS_ROOM(t->messages, m.room, t->message_count)) {
			err_memory(err, "the records");
			break;
		}
		if (!take_message(&l, &m) || err->code != ERR_NONE)
			break;
	}
	query_free(l.q);
	mem_free(m.by_id);
	mem_free(m.by_call_id);
	if (err->code == ERR_NONE && t->message_count)
		sort_messages(t);
	return err->code == ERR_NONE;
}

/* ---- all of it ---- */

static bool load_facts(struct tap *t, struct err *err)
{
	int64_t simulations;

	if (!rows_int(t->records, "SELECT count(*) FROM runs WHERE kind = 'simulation'",
	              RECORD_NULL, &simulations, err) ||
	    !rows_int(t->records, "SELECT min(first_us) FROM captures", RECORD_NULL, &t->first_us,
	              err) ||
	    !rows_int(t->records, "SELECT max(last_us) FROM captures", RECORD_NULL, &t->last_us,
	              err))
		return false;
	t->simulated = simulations > 0;
	return true;
}

bool tap_load(struct tap *t, struct records *r, bool all, struct err *err)
{
	*t = (struct tap){ .records = r };
	arena_init(&t->arena, ARENA_CHUNK);
	return load_facts(t, err) &&
	       load(t,
	            "SELECT id, sip_call_id, caller, callee, coalesce(start_us, first_us), "
	            "ring_us, "
	            "answer_us, end_us, outcome, final_status FROM calls ORDER BY id",
	            take_call, err) &&
	       load(t,
	            "SELECT call_id, id, sip_call_id, from_tag, to_tag, from_uri, to_uri, "
	            "caller_contact, callee_contact, caller_user_agent, callee_user_agent, src, "
	            "dst, transport FROM dialogs WHERE call_id IS NOT NULL ORDER BY call_id, id",
	            take_leg, err) &&
	       load(t,
	            "SELECT call_id, detail FROM leg_edges WHERE detail IS NOT NULL AND reason IN "
	            "('session-id', 'x-cid', 'icid', 'call-id') ORDER BY call_id, detail",
	            take_edge, err) &&
	       load_streams(t, err) && (!all || load_messages(t, err));
}

void tap_release(struct tap *t)
{
	mem_free(t->calls);
	mem_free(t->legs);
	mem_free(t->edges);
	mem_free(t->streams);
	mem_free(t->messages);
	arena_release(&t->arena);
}
