#include "dissectors/kpml.h"

#include "dissectors/sip_header.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next `name="value"` or `name='value'` before the element's end. */
static bool next_attribute(struct slice *s, struct slice *name, struct slice *value)
{
	while (s->n && is_blank(s->p[0]))
		*s = slice_from(*s, 1);
	size_t at = slice_find(*s, '=');
	if (at == SLICE_NPOS)
		return false;
	*name = slice_trim(slice_sub(*s, 0, at));
	*s = slice_from(*s, at + 1);
	while (s->n && is_blank(s->p[0]))
		*s = slice_from(*s, 1);
	if (!s->n || (s->p[0] != '"' && s->p[0] != '\''))
		return false;
	uint8_t quote = s->p[0];
	*s = slice_from(*s, 1);
	at = slice_find(*s, quote);
	if (at == SLICE_NPOS)
		return false;
	*value = slice_sub(*s, 0, at);
	*s = slice_from(*s, at + 1);
	return true;
}

static void take_digits(struct slice text, struct kpml_response *out)
{
	for (size_t i = 0; i < text.n && out->count < KPML_MAX_DIGITS; i++) {
		char c = (char)text.p[i];
		if (c >= 'a' && c <= 'd')
			c = (char)(c - 'a' + 'A');
		if (c && strchr("0123456789*#ABCD", c))
			out->digits[out->count++] = c;
	}
}

enum parse_status kpml_parse(struct slice body, struct kpml_response *out)
{
	static const char element[] = "kpml-response";
	struct slice name, value;

	*out = (struct kpml_response){ 0 };
	size_t at = slice_ifind_str(body, element);
	if (at == SLICE_NPOS || at == 0)
		return PARSE_BAD;
	body = slice_from(body, at + sizeof element - 1);
	body = slice_sub(body, 0, slice_find(body, '>'));
	while (next_attribute(&body, &name, &value)) {
		if (slice_ieq_str(name, "digits"))
			take_digits(value, out);
		else if (slice_ieq_str(name, "code") && !slice_u64(value, 999, &out->code))
			out->code = 0;
	}
	return PARSE_OK;
}

static struct slice unquoted(struct slice s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return slice_sub(s, 1, s.n - 2);
	return s;
}

/* "onjwe2" or "sip:gw@example.com;tag=onjwe2" */
static struct slice tag_of(struct slice value)
{
	value = unquoted(value);
	size_t at = slice_ifind_str(value, ";tag=");
	return at == SLICE_NPOS ? value : slice_from(value, at + 5);
}

bool kpml_target_of(struct slice event, struct kpml_target *out)
{
	struct slice package = slice_trim(slice_sub(event, 0, slice_find(event, ';')));

	if (!slice_ieq_str(package, "kpml"))
		return false;
	out->call_id = unquoted(sip_param(event, "call-id"));
	out->local_tag = tag_of(sip_param(event, "local-tag"));
	out->remote_tag = tag_of(sip_param(event, "remote-tag"));
	return true;
}
