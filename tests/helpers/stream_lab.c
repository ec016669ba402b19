#include "tests/helpers/stream_lab.h"

#include "reports/records/query.h"

#include <check.h>
#include <stdlib.h>

#define EVENT_TICKS 160

bool stream_lab_open(struct stream_lab *lab)
{
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("test"),
		                  .version = SLICE_LIT("0") };

	*lab = (struct stream_lab){ .err = ERR_INIT };
	timers_init(&lab->analysis.timers);
	lab->store = store_create(NULL, &run, &lab->err);
	if (!lab->store)
		return false;
	struct analysis *a = &lab->analysis;
	a->store = lab->store;
	a->run_id = 1;
	a->err = &lab->err;
	a->interval_ns = 5 * NS_PER_S;
	a->next_call = a->next_dialog = a->next_transaction = a->next_message = 1;
	a->next_stream = a->next_rtcp = a->next_dtmf = 1;
	lab->streams = streams_new(a);
	return lab->streams != NULL;
}

void stream_lab_close(struct stream_lab *lab)
{
	streams_free(lab->streams);
	timers_release(&lab->analysis.timers);
	store_free(lab->store);
}

struct endpoint lab_endpoint(const char *text)
{
	struct endpoint e = { 0 };
	const char *colon = strrchr(text, ':');

	ck_assert(colon && ip_addr_parse(slice_of(text, (size_t)(colon - text)), &e.addr));
	e.port = (uint16_t)atoi(colon + 1);
	return e;
}

struct lab_flow lab_flow(const char *src, const char *dst, uint32_t ssrc)
{
	return (struct lab_flow){
		.src = lab_endpoint(src),
		.dst = lab_endpoint(dst),
		.ssrc = ssrc,
		.timestamp = 5000,
		.seq = 1000,
		.time_ns = INT64_C(1700000000) * NS_PER_S,
		.step_ns = 20 * NS_PER_MS,
		.step_ticks = 160,
		.octets = 160,
	};
}

void lab_pass(struct stream_lab *lab, int64_t time_ns)
{
	if (time_ns > lab->analysis.now_ns)
		lab->analysis.now_ns = time_ns;
	timers_advance(&lab->analysis.timers, lab->analysis.now_ns, &lab->analysis);
}

static struct packet_view view_of(struct endpoint src, struct endpoint dst)
{
	return (struct packet_view){ .src = src.addr,
		                     .dst = dst.addr,
		                     .sport = src.port,
		                     .dport = dst.port,
		                     .transport = TRANSPORT_UDP,
		                     .dscp = 46 };
}

bool lab_send_payload(struct stream_lab *lab, const struct lab_flow *f, struct slice payload)
{
	struct packet_view view = view_of(f->src, f->dst);
	struct rtp_packet rtp = {
		.marker = f->marker,
		.payload_type = f->payload_type,
		.seq = f->seq,
		.timestamp = f->timestamp,
		.ssrc = f->ssrc,
		.payload = payload,
	};

	lab_pass(lab, f->time_ns);
	return streams_rtp(lab->streams, f->time_ns, &view, &rtp) && !lab->analysis.failed;
}

bool lab_send(struct stream_lab *lab, const struct lab_flow *f)
{
	static const uint8_t silence[2048] = { 0xff };

	return lab_send_payload(lab, f, slice_of(silence, f->octets));
}

void lab_skip(struct lab_flow *f)
{
	f->seq++;
	f->timestamp += f->step_ticks;
	f->time_ns += f->step_ns;
}

bool lab_run(struct stream_lab *lab, struct lab_flow *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!lab_send(lab, f))
			return false;
		lab_skip(f);
	}
	return true;
}

bool lab_press(struct stream_lab *lab, struct lab_flow *f, uint8_t payload_type, uint8_t event,
               unsigned packets)
{
	struct lab_flow e = *f;

	e.payload_type = payload_type;
	for (unsigned i = 0; i < packets + 3; i++) {
		unsigned duration = EVENT_TICKS * (i < packets ? i + 1 : packets);
		uint8_t payload[4] = { event, i < packets ? 10 : 0x80 | 10,
			               (uint8_t)(duration >> 8), (uint8_t)duration };
		e.marker = i == 0;
		e.seq = f->seq;
		e.time_ns = f->time_ns;
		if (!lab_send_payload(lab, &e, slice_of(payload, 4)))
			return false;
		lab_skip(f);
	}
	return true;
}

bool lab_sdp_of(struct stream_lab *lab, struct call_media *media, int64_t dialog_id,
                enum party party, const char *text)
{
	static struct sdp sdp;

	ck_assert_int_eq(sdp_parse(slice_str(text), &sdp), PARSE_OK);
	return streams_sdp(lab->streams, media, dialog_id, party, party == PARTY_CALLEE, &sdp,
	                   lab->analysis.now_ns);
}

bool lab_sdp(struct stream_lab *lab, struct call_media *media, enum party party, const char *text)
{
	return lab_sdp_of(lab, media, 1, party, text);
}

bool lab_rtcp(struct stream_lab *lab, int64_t time_ns, const char *src, const char *dst,
              struct slice compound)
{
	struct packet_view view = view_of(lab_endpoint(src), lab_endpoint(dst));

	lab_pass(lab, time_ns);
	return streams_rtcp(lab->streams, time_ns, &view, compound);
}

/* The store writes in batches; counting the KPIs makes it hand over what it holds. */
static struct query *first_row(struct stream_lab *lab, struct records **r, const char *sql)
{
	ck_assert_msg(store_kpi(lab->store, 1, &lab->err), "%s", lab->err.text);
	*r = records_of(store_handle(lab->store), &lab->err);
	ck_assert_msg(*r != NULL, "%s", lab->err.text);
	struct query *q = query_new(*r, &lab->err, sql);
	ck_assert_msg(q && query_step(q, &lab->err), "no row: %s %s", sql, lab->err.text);
	return q;
}

int64_t lab_int(struct stream_lab *lab, const char *sql)
{
	struct records *r;
	struct query *q = first_row(lab, &r, sql);
	int64_t value = query_int(q, 0);

	query_free(q);
	records_close(r);
	return value;
}

double lab_real(struct stream_lab *lab, const char *sql)
{
	struct records *r;
	struct query *q = first_row(lab, &r, sql);
	double value = query_real(q, 0);

	query_free(q);
	records_close(r);
	return value;
}

void lab_text(struct stream_lab *lab, const char *sql, char *buf, size_t size)
{
	struct records *r;
	struct query *q = first_row(lab, &r, sql);

	slice_cstr(query_text(q, 0), buf, size);
	query_free(q);
	records_close(r);
}
