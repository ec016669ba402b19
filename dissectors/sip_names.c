/* Names of methods and headers. Header names are looked up by length, and stand here in lower case. */
#include "dissectors/sip_msg.h"

struct header_name {
	char text[24]; /* NULs behind it */
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

/* A name as numbers, its octets from the lowest bits on, NULs behind it. */
struct name_words {
	uint64_t w[3];
};

static inline uint64_t load_le64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/* The difference of eight octets and eight of a name of ours, case aside: bit 5 says lower case, of letters only, and of the
 * octets in our names only letters have bit 6. */
static inline uint64_t differ(uint64_t word, const char *lower)
{
	uint64_t ours = load_le64((const uint8_t *)lower);
	return (word | (ours & 0x4040404040404040u) >> 1) ^ ours;
}

static inline enum sip_header_id find_name(const struct name_words *words, size_t n)
{
	const struct name_list *list = &by_length[n];

	for (size_t i = 0; i < list->count; i++) {
		const struct header_name *name = &list->names[i];
		if (!differ(words->w[0], name->text) &&
		    !(differ(words->w[1], name->text + 8) | differ(words->w[2], name->text + 16)))
			return name->id;
	}
	return SIP_H_OTHER;
}

static inline enum sip_header_id compact_id(uint8_t c)
{
	uint8_t letter = ascii_lower(c);
	return letter >= 'a' && letter <= 'z' ? (enum sip_header_id)compact[letter - 'a']
	                                      : SIP_H_OTHER;
}

enum sip_header_id sip_header_id_of(struct slice name)
{
	uint8_t padded[24] = { 0 };

	if (!name.n || name.n >= sizeof by_length / sizeof by_length[0])
		return SIP_H_OTHER;
	if (name.n == 1)
		return compact_id(name.p[0]);
	memcpy(padded, name.p, name.n);
	struct name_words words = { { load_le64(padded), load_le64(padded + 8),
		                      load_le64(padded + 16) } };
	return find_name(&words, name.n);
}

/* Bit 7 of the first octet that is a colon, and maybe of octets behind it. */
static inline uint64_t colons(uint64_t word)
{
	uint64_t x = word ^ 0x3A3A3A3A3A3A3A3Au;
	return (x - 0x0101010101010101u) & ~x & 0x8080808080808080u;
}

/* The octets in front of a colon. */
static inline uint64_t before(uint64_t word, uint64_t hits)
{
	return word & (((hits & (0 - hits)) >> 7) - 1);
}

enum sip_header_id sip_header_id_at(const uint8_t *p, size_t *length)
{
	struct name_words words = { { load_le64(p), load_le64(p + 8), 0 } };
	uint64_t hits = colons(words.w[0]);
	size_t n = 0;

	if (hits) {
		words.w[0] = before(words.w[0], hits);
		words.w[1] = 0;
	} else {
		hits = colons(words.w[1]);
		if (!hits)
			return SIP_H_OTHER;
		words.w[1] = before(words.w[1], hits);
		n = 8;
	}
	n += (size_t)__builtin_ctzll(hits) / 8;
	*length = n;
	return n == 1 ? compact_id(p[0]) : find_name(&words, n);
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

static bool is_method(struct slice name, enum sip_method method)
{
	return slice_eq_str(name, method_names[method]);
}

static enum sip_method one_of(struct slice name, enum sip_method a, enum sip_method b)
{
	return is_method(name, a) ? a : is_method(name, b) ? b : SIP_METHOD_OTHER;
}

enum sip_method sip_method_of(struct slice name)
{
	switch (name.n ? name.p[0] : 0) {
	case 'I': return one_of(name, SIP_INVITE, SIP_INFO);
	case 'A': return one_of(name, SIP_ACK, SIP_ACK);
	case 'B': return one_of(name, SIP_BYE, SIP_BYE);
	case 'C': return one_of(name, SIP_CANCEL, SIP_CANCEL);
	case 'R': return one_of(name, SIP_REGISTER, SIP_REFER);
	case 'O': return one_of(name, SIP_OPTIONS, SIP_OPTIONS);
	case 'P': return one_of(name, SIP_PRACK, SIP_PUBLISH);
	case 'U': return one_of(name, SIP_UPDATE, SIP_UPDATE);
	case 'S': return one_of(name, SIP_SUBSCRIBE, SIP_SUBSCRIBE);
	case 'N': return one_of(name, SIP_NOTIFY, SIP_NOTIFY);
	case 'M': return one_of(name, SIP_MESSAGE, SIP_MESSAGE);
	default: return SIP_METHOD_OTHER;
	}
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
	case SIP_DEFECT_QUOTE: return "quote";
	case SIP_DEFECT_DISPLAY_NAME: return "display-name";
	case SIP_DEFECT_ADDRESS: return "address";
	case SIP_DEFECT_BRACKETS: return "brackets";
	case SIP_DEFECT_PARAMETER: return "parameter";
	}
	return "defect";
}
