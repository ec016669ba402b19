#include "dissectors/sip_contacts.h"

#include "dissectors/sip_header.h"

bool sip_seconds(struct slice value, uint32_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	value = slice_trim(value);
	for (; i < value.n && ascii_is_digit(value.p[i]); i++)
		n = n * 10 + (uint64_t)(value.p[i] - '0') > UINT32_MAX
		            ? UINT32_MAX
		            : n * 10 + (uint64_t)(value.p[i] - '0');
	if (i)
		*out = (uint32_t)n;
	return i > 0;
}

static uint64_t key_of(struct slice value, struct slice uri)
{
	struct slice instance = sip_param(value, "+sip.instance");
	struct slice reg_id = instance.n ? sip_param(value, "reg-id") : SLICE_NONE;

	if (reg_id.n)
		return hash_slice(reg_id, hash_slice(instance, 1));
	return hash_slice(uri, 0);
}

static void take(struct slice value, struct sip_contacts *out)
{
	struct sip_contact *c = &out->item[out->kept];

	if (slice_eq_str(value, "*")) {
		out->star = true;
		return;
	}
	out->count++;
	if (out->kept == SIP_CONTACTS_MAX)
		return;
	c->expires_s = 0;
	c->uri = sip_addr_uri(value);
	c->key = key_of(value, c->uri);
	c->has_expires = sip_seconds(sip_param(value, "expires"), &c->expires_s);
	out->kept++;
}

void sip_contacts(const struct sip_msg *msg, struct sip_contacts *out)
{
	out->count = out->kept = 0;
	out->star = false;
	for (unsigned i = 0; i < msg->header_count; i++) {
		struct slice rest = msg->headers[i].value, value;

		if (msg->headers[i].id != SIP_H_CONTACT)
			continue;
		while (sip_list_next(&rest, &value))
			take(value, out);
	}
}

bool sip_uri_same_place(struct slice a, struct slice b)
{
	return slice_ieq(sip_uri_host(a), sip_uri_host(b)) &&
	       slice_eq(sip_uri_user(a), sip_uri_user(b)) && sip_uri_port(a) == sip_uri_port(b);
}

const struct sip_contact *sip_contacts_find(const struct sip_contacts *contacts, uint64_t key,
                                            struct slice uri)
{
	for (unsigned i = 0; i < contacts->kept; i++)
		if (contacts->item[i].key == key)
			return &contacts->item[i];
	for (unsigned i = 0; i < contacts->kept; i++)
		if (sip_uri_same_place(contacts->item[i].uri, uri))
			return &contacts->item[i];
	return NULL;
}

struct slice sip_uri_plain(struct slice uri)
{
	struct slice host = sip_uri_host(uri);
	size_t end;

	if (!host.n)
		return slice_sub(uri, 0, slice_find(uri, ';'));
	end = (size_t)(host.p + host.n - uri.p);
	if (end < uri.n && uri.p[end] == ']')
		end++;
	if (sip_uri_port(uri) && end < uri.n && uri.p[end] == ':')
		for (end++; end < uri.n && ascii_is_digit(uri.p[end]);)
			end++;
	return slice_sub(uri, 0, end);
}
