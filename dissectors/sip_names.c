/* Names of methods and headers. Header names are looked up by length, and stand here in lower case. */
#include "dissectors/sip_msg.h"

struct header_name {
	const char *text;
	enum sip_header_id id;
};

/* One list for each length, the most frequent first. */
static const struct header_name length_2[] = { { "to", SIP_H_TO } };
static const struct header_name length_3[] = { { "via", SIP_H_VIA } };
static const struct header_name length_4[] = {
	{ "from", SIP_H_FROM }, { "cseq", SIP_H_CSEQ }, { "date", SIP_H_DATE },
	{ "rseq", SIP_H_RSEQ }, { "rack", SIP_H_RACK }, { "join", SIP_H_JOIN },
};
static const struct header_name length_5[] = {
	{ "allow", SIP_H_ALLOW },
	{ "route", SIP_H_ROUTE },
	{ "event", SIP_H_EVENT },
};
static const struct header_name length_6[] = {
	{ "accept", SIP_H_ACCEPT },
	{ "server", SIP_H_SERVER },
	{ "reason", SIP_H_REASON },
	{ "min-se", SIP_H_MIN_SE },
};
static const struct header_name length_7[] = {
	{ "call-id", SIP_H_CALL_ID }, { "contact", SIP_H_CONTACT }, { "expires", SIP_H_EXPIRES },
	{ "require", SIP_H_REQUIRE }, { "subject", SIP_H_SUBJECT }, { "warning", SIP_H_WARNING },
};
static const struct header_name length_8[] = {
	{ "identity", SIP_H_IDENTITY },
	{ "refer-to", SIP_H_REFER_TO },
	{ "replaces", SIP_H_REPLACES },
};
static const struct header_name length_9[] = {
	{ "supported", SIP_H_SUPPORTED },
	{ "call-info", SIP_H_CALL_INFO },
	{ "refer-sub", SIP_H_REFER_SUB },
};
static const struct header_name length_10[] = {
	{ "user-agent", SIP_H_USER_AGENT },
	{ "session-id", SIP_H_SESSION_ID },
	{ "alert-info", SIP_H_ALERT_INFO },
};
static const struct header_name length_11[] = {
	{ "unsupported", SIP_H_UNSUPPORTED },
	{ "retry-after", SIP_H_RETRY_AFTER },
	{ "referred-by", SIP_H_REFERRED_BY },
	{ "min-expires", SIP_H_MIN_EXPIRES },
};
static const struct header_name length_12[] = {
	{ "max-forwards", SIP_H_MAX_FORWARDS }, { "content-type", SIP_H_CONTENT_TYPE },
	{ "record-route", SIP_H_RECORD_ROUTE }, { "allow-events", SIP_H_ALLOW_EVENTS },
	{ "history-info", SIP_H_HISTORY_INFO },
};
static const struct header_name length_13[] = { { "authorization", SIP_H_AUTHORIZATION } };
static const struct header_name length_14[] = { { "content-length", SIP_H_CONTENT_LENGTH } };
static const struct header_name length_15[] = { { "session-expires", SIP_H_SESSION_EXPIRES } };
static const struct header_name length_16[] = {
	{ "www-authenticate", SIP_H_WWW_AUTHENTICATE },
	{ "content-encoding", SIP_H_CONTENT_ENCODING },
};
static const struct header_name length_17[] = { { "p-charging-vector", SIP_H_P_CHARGING_VECTOR } };
static const struct header_name length_18[] = {
	{ "proxy-authenticate", SIP_H_PROXY_AUTHENTICATE },
	{ "subscription-state", SIP_H_SUBSCRIPTION_STATE },
};
static const struct header_name length_19[] = {
	{ "proxy-authorization", SIP_H_PROXY_AUTHORIZATION },
	{ "p-asserted-identity", SIP_H_P_ASSERTED_IDENTITY },
	{ "content-disposition", SIP_H_CONTENT_DISPOSITION },
};

struct name_list {
	const struct header_name *names;
	size_t count;
};

#define LIST(length)                                                                               \
	[length] = { length_##length, sizeof length_##length / sizeof length_##length[0] }
static const struct name_list by_length[20] = {
	LIST(2),  LIST(3),  LIST(4),  LIST(5),  LIST(6),  LIST(7),  LIST(8),  LIST(9),  LIST(10),
	LIST(11), LIST(12), LIST(13), LIST(14), LIST(15), LIST(16), LIST(17), LIST(18), LIST(19),
};

/* Compact forms, as IANA lists them. Those of headers we have no id for (a, d, j, n) stay OTHER. */
static const uint8_t compact[26] = {
	['b' - 'a'] = SIP_H_REFERRED_BY,
	['c' - 'a'] = SIP_H_CONTENT_TYPE,
	['e' - 'a'] = SIP_H_CONTENT_ENCODING,
	['f' - 'a'] = SIP_H_FROM,
	['i' - 'a'] = SIP_H_CALL_ID,
	['k' - 'a'] = SIP_H_SUPPORTED,
	['l' - 'a'] = SIP_H_CONTENT_LENGTH,
	['m' - 'a'] = SIP_H_CONTACT,
	['o' - 'a'] = SIP_H_EVENT,
	['r' - 'a'] = SIP_H_REFER_TO,
	['s' - 'a'] = SIP_H_SUBJECT,
	['t' - 'a'] = SIP_H_TO,
	['u' - 'a'] = SIP_H_ALLOW_EVENTS,
	['v' - 'a'] = SIP_H_VIA,
	['x' - 'a'] = SIP_H_SESSION_EXPIRES,
	['y' - 'a'] = SIP_H_IDENTITY,
};

static inline uint64_t load8(const void *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof word);
	return word;
}

/* Setting bit 5 makes letters lower case and leaves '-' as it is; nothing else in a token becomes either. Eight octets at
 * a time, the last eight overlapping; names are shorter than 24. */
static inline bool is_name(const char *lower, struct slice name)
{
	const uint64_t bit5 = 0x2020202020202020u;
	const uint8_t *p = name.p;
	size_t n = name.n;

	if (n >= 8)
		return (load8(p) | bit5) == load8(lower) &&
		       (load8(p + n - 8) | bit5) == load8(lower + n - 8) &&
		       (n <= 16 || (load8(p + 8) | bit5) == load8(lower + 8));
	for (size_t i = 0; i < n; i++)
		if ((p[i] | 0x20) != lower[i])
			return false;
	return true;
}

enum sip_header_id sip_header_id_of(struct slice name)
{
	if (!name.n || name.n >= sizeof by_length / sizeof by_length[0])
		return SIP_H_OTHER;
	uint8_t first = ascii_lower(name.p[0]);
	if (name.n == 1)
		return first >= 'a' && first <= 'z' ? (enum sip_header_id)compact[first - 'a']
		                                    : SIP_H_OTHER;
	const struct name_list *list = &by_length[name.n];
	for (size_t i = 0; i < list->count; i++)
		if (is_name(list->names[i].text, name))
			return list->names[i].id;
	return SIP_H_OTHER;
}

static const char *const method_names[] = {
	[SIP_METHOD_OTHER] = "OTHER",
	[SIP_INVITE] = "INVITE",
	[SIP_ACK] = "ACK",
	[SIP_BYE] = "BYE",
	[SIP_CANCEL] = "CANCEL",
	[SIP_REGISTER] = "REGISTER",
	[SIP_OPTIONS] = "OPTIONS",
	[SIP_PRACK] = "PRACK",
	[SIP_UPDATE] = "UPDATE",
	[SIP_INFO] = "INFO",
	[SIP_SUBSCRIBE] = "SUBSCRIBE",
	[SIP_NOTIFY] = "NOTIFY",
	[SIP_PUBLISH] = "PUBLISH",
	[SIP_REFER] = "REFER",
	[SIP_MESSAGE] = "MESSAGE",
};

#define METHOD_COUNT (sizeof method_names / sizeof method_names[0])

enum sip_method sip_method_of(struct slice name)
{
	for (size_t i = SIP_INVITE; i < METHOD_COUNT && name.n; i++)
		if (method_names[i][0] == (char)name.p[0] && slice_eq_str(name, method_names[i]))
			return (enum sip_method)i;
	return SIP_METHOD_OTHER;
}

const char *sip_method_name(enum sip_method method)
{
	return (size_t)method < METHOD_COUNT ? method_names[method]
	                                     : method_names[SIP_METHOD_OTHER];
}

const char *sip_defect_name(enum sip_defect defect)
{
	switch (defect) {
	case SIP_DEFECT_START_LINE: return "start-line";
	case SIP_DEFECT_VERSION: return "version";
	case SIP_DEFECT_STATUS: return "status";
	case SIP_DEFECT_MISSING: return "missing";
	case SIP_DEFECT_REPEATED: return "repeated";
	case SIP_DEFECT_CSEQ: return "cseq";
	case SIP_DEFECT_CSEQ_METHOD: return "cseq-method";
	case SIP_DEFECT_CONTENT_LENGTH: return "content-length";
	case SIP_DEFECT_BODY_SHORT: return "body-short";
	case SIP_DEFECT_HEADER: return "header";
	case SIP_DEFECT_TOO_MANY: return "too-many";
	case SIP_DEFECT_UNENDED: return "unended";
	}
	return "defect";
}
