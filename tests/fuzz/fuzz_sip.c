/* One datagram through the SIP index, its dump and the header helpers. */
#include "base/text.h"
#include "dissectors/dtmf_info.h"
#include "dissectors/mime.h"
#include "dissectors/sip_header.h"
#include "dissectors/sip_msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sip_msg msg, again;

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Every slice lies inside what it was taken from. */
static void inside(struct slice outer, struct slice s)
{
	if (s.p)
		must(s.p >= outer.p && s.p + s.n <= outer.p + outer.n);
}

static void check_fields(struct slice in)
{
	const struct slice fields[] = {
		msg.whole,      msg.method_name, msg.request_uri,  msg.reason_phrase,
		msg.first_line, msg.call_id,     msg.from,         msg.to,
		msg.from_tag,   msg.to_tag,      msg.cseq_name,    msg.via,
		msg.branch,     msg.sent_by,     msg.content_type, msg.body,
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		inside(in, fields[i]);
	inside(msg.whole, msg.body);
	must(msg.header_count <= SIP_MAX_HEADERS);
	must(msg.status >= 0 && msg.status <= 999);
	must(msg.content_length >= -1);
	must(msg.content_length < 0 || !msg.body.p || (int64_t)msg.body.n <= msg.content_length);
	must(msg.is_request ? msg.status == 0 && msg.method_name.n && msg.request_uri.n
	                    : !msg.method_name.n);
	must(!!(msg.defects & SIP_DEFECT_UNENDED) == !msg.body.p);
}

static void check_uri(struct slice uri)
{
	inside(uri, sip_uri_scheme(uri));
	inside(uri, sip_uri_user(uri));
	inside(uri, sip_uri_host(uri));
	inside(uri, sip_uri_param(uri, "transport"));
	(void)sip_uri_port(uri);
}

static void check_value(struct slice value)
{
	struct slice rest = value, item, text = SLICE_NONE;
	unsigned cause;
	char buf[64];
	size_t before;

	inside(value, sip_param(value, "tag"));
	inside(value, sip_addr_display(value));
	inside(value, sip_addr_uri(value));
	check_uri(sip_addr_uri(value));
	for (before = rest.n; sip_list_next(&rest, &item); before = rest.n) {
		must(item.n > 0 && rest.n < before);
		inside(value, item);
		inside(item, sip_param(item, "q"));
	}
	(void)sip_list_has(value, "100rel");
	must(sip_unfold(value, buf, sizeof buf) < sizeof buf);
	if (sip_reason(value, "Q.850", &cause, &text))
		inside(value, text);
}

static void check_headers(struct slice in)
{
	struct text t;

	for (unsigned i = 0; i < msg.header_count; i++) {
		inside(in, msg.headers[i].name);
		inside(in, msg.headers[i].value);
		must(msg.headers[i].name.n > 0 && msg.headers[i].id < SIP_H_COUNT);
		check_value(msg.headers[i].value);
	}
	check_uri(msg.request_uri);
	text_init(&t);
	sip_msg_print(&msg, &t);
	for (size_t i = 0; i < t.n; i++)
		must((uint8_t)t.p[i] >= ' ' || t.p[i] == '\n');
	text_release(&t);
}

static void check_body(void)
{
	struct dtmf_info info;
	struct slice part = mime_part(msg.content_type, msg.body, "application/sdp");

	inside(msg.body, part);
	if (dtmf_info_parse(msg.content_type, msg.body, &info) == PARSE_OK)
		must(info.digit && strchr("0123456789*#ABCD!", info.digit) &&
		     info.duration_ms <= DTMF_INFO_MAX_MS);
}

/* The message cut out of its datagram is the same message; a body that was too short still is. */
static void check_again(enum parse_status status)
{
	must(sip_msg_parse(msg.whole, &again) == status);
	must(again.header_count == msg.header_count && again.defects == msg.defects);
	must(slice_eq(again.whole, msg.whole) && again.whole.p == msg.whole.p);
	must(again.body.p == msg.body.p && again.body.n == msg.body.n);
	must(again.branch.p == msg.branch.p && again.cseq == msg.cseq &&
	     again.content_length == msg.content_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	enum parse_status status = sip_msg_parse(in, &msg);

	must((status != PARSE_NOT_MINE) == sip_looks_like(in));
	must(status != PARSE_MORE);
	if (status == PARSE_NOT_MINE)
		return 0;
	check_fields(in);
	check_headers(in);
	check_body();
	check_again(status);
	return 0;
}
