/* The index of a SIP message as stable text: `name: value` lines, fields that are absent left out. */
#include "dissectors/sip_msg.h"

#include "base/text.h"

static void put(struct text *out, const char *name, struct slice value)
{
	if (!value.p)
		return;
	text_addf(out, "%s: ", name);
	text_add_terminal(out, value);
	text_addf(out, "\n");
}

static void put_start(const struct sip_msg *msg, struct text *out)
{
	if (msg->is_request) {
		put(out, "request", msg->method_name);
		put(out, "uri", msg->request_uri);
	} else {
		text_addf(out, "response: %d\n", msg->status);
		put(out, "reason", msg->reason_phrase);
	}
}

static void put_core(const struct sip_msg *msg, struct text *out)
{
	put(out, "call-id", msg->call_id);
	put(out, "from", msg->from);
	put(out, "from-tag", msg->from_tag);
	put(out, "to", msg->to);
	put(out, "to-tag", msg->to_tag);
	if (msg->cseq_name.p)
		text_addf(out, "cseq: %u\n", (unsigned)msg->cseq);
	put(out, "cseq-method", msg->cseq_name);
	put(out, "via", msg->via);
	put(out, "branch", msg->branch);
	put(out, "sent-by", msg->sent_by);
	put(out, "content-type", msg->content_type);
	if (msg->content_length >= 0)
		text_addf(out, "content-length: %lld\n", (long long)msg->content_length);
	if (msg->body.p)
		text_addf(out, "body: %zu octets\n", msg->body.n);
}

static void put_defects(unsigned defects, struct text *out)
{
	if (!defects)
		return;
	text_addf(out, "defects:");
	for (unsigned bit = 1; bit <= SIP_DEFECT_PARAMETER; bit <<= 1)
		if (defects & bit)
			text_addf(out, " %s", sip_defect_name((enum sip_defect)bit));
	text_addf(out, "\n");
}

void sip_msg_print(const struct sip_msg *msg, struct text *out)
{
	put_start(msg, out);
	put_core(msg, out);
	put_defects(msg->defects, out);
	for (unsigned i = 0; i < msg->header_count; i++) {
		text_addf(out, "header ");
		text_add_terminal(out, msg->headers[i].name);
		put(out, "", msg->headers[i].value);
	}
}
