/* What is no message of a session: datagrams, ICMP errors, connections that fail, TLS that ends in an alert. */
#include "tests/helpers/recipe_parts.h"

/* --- datagrams ------------------------------------------------------------------------------------------------------ */

static unsigned hex_digit(struct recipe *r, uint8_t c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return (unsigned)(c - '0');
	if (c < 'a' || c > 'f')
		recipe_fail(r, "'%c' is not a hexadecimal digit", c);
	return (unsigned)(c - 'a') + 10;
}

static struct slice hex_octets(struct recipe *r, struct slice hex)
{
	uint8_t *p = recipe_alloc(r, hex.n / 2 + 1);
	size_t n = 0;

	for (size_t i = 0; i < hex.n && !r->failed; i++) {
		if (ascii_is_lws(hex.p[i]))
			continue;
		unsigned digit = hex_digit(r, hex.p[i]);
		p[n / 2] = (uint8_t)((unsigned)p[n / 2] << 4 | (digit & 15));
		n++;
	}
	if (n % 2)
		recipe_fail(r, "hex= wants two digits an octet");
	return slice_of(p, n / 2);
}

/* \r \n \t \0 \\ and \xNN */
static struct slice text_octets(struct recipe *r, struct slice text)
{
	static const char letters[] = "rnt0\\", octets[] = "\r\n\t\0\\";
	uint8_t *p = recipe_alloc(r, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *hit = NULL;
		if (text.p[i] == '\\' && i + 3 < text.n && text.p[i + 1] == 'x') {
			p[n++] = (uint8_t)(hex_digit(r, text.p[i + 2]) << 4 |
			                   (hex_digit(r, text.p[i + 3]) & 15));
			i += 3;
			continue;
		}
		if (text.p[i] == '\\' && i + 1 < text.n)
			hit = memchr(letters, text.p[i + 1], sizeof(letters) - 1);
		p[n++] = hit ? (uint8_t)octets[hit - letters] : text.p[i];
		i += hit != NULL;
	}
	return slice_of(p, n);
}

void directive_udp(struct recipe *r, struct args *a)
{
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "the sender"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "the receiver"));
	struct slice text = args_text(a, "text"), hex = args_text(a, "hex");

	if (!text.p == !hex.p)
		recipe_fail(r, "a datagram has either text= or hex=");
	if (r->failed)
		return;
	struct slice payload = text.p ? text_octets(r, recipe_expand(r, text)) : hex_octets(r, hex);
	recipe_udp(r, r->now_ns, src, dst, payload);
}

/* --- ICMP ----------------------------------------------------------------------------------------------------------- */

/* "alice>bob:5070" */
static bool both_ends(struct recipe *r, struct slice of, struct endpoint *src, struct endpoint *dst)
{
	size_t at = slice_find(of, '>');

	if (at == SLICE_NPOS)
		return recipe_fail(r, "of= is FROM>TO, of the datagram that did not get through");
	*src = recipe_endpoint(r, slice_sub(of, 0, at));
	*dst = recipe_endpoint(r, slice_from(of, at + 1));
	return !r->failed;
}

/* The newest datagram from src to dst up to now, so that its header is quoted as it was. */
static const struct event *refused_datagram(const struct recipe *r, struct endpoint src,
                                            struct endpoint dst)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < r->event_count; i++) {
		const struct event *e = &r->events[i];
		if (e->kind == EVENT_UDP && e->time_ns <= r->now_ns &&
		    ip_addr_eq(e->flow.src, src.addr) && ip_addr_eq(e->flow.dst, dst.addr) &&
		    e->flow.sport == src.port && e->flow.dport == dst.port &&
		    (!found || e->time_ns >= found->time_ns))
			found = e;
	}
	return found;
}

/* RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1. */
static void unreachable_code(struct recipe *r, struct slice what, bool v4, struct craft_icmp *icmp)
{
	static const struct {
		const char *what;
		uint8_t v4, v6;
	} codes[] = { { "net", 0, 0 }, { "host", 1, 3 }, { "port", 3, 4 }, { "admin", 13, 1 } };

	icmp->type = v4 ? 3 : 1;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (slice_eq_str(what, codes[i].what)) {
			icmp->code = v4 ? codes[i].v4 : codes[i].v6;
			return;
		}
	}
	recipe_fail(r, "'%.*s' is not what can be unreachable (net, host, port, admin)",
	            SLICE_ARG(what));
}

void directive_icmp(struct recipe *r, struct args *a)
{
	struct endpoint from = recipe_endpoint(r, args_word(r, a, "who says it")),
	                to = recipe_endpoint(r, args_word(r, a, "whom to")), src, dst;
	struct slice verb = args_word(r, a, "'unreachable'"), what = args_word(r, a, "what");
	struct craft_flow flow = { .src = from.addr, .dst = to.addr };
	struct craft_icmp icmp = { 0 };
	struct slice payload = SLICE_LIT("");

	if (!r->failed && !slice_eq_str(verb, "unreachable"))
		recipe_fail(r, "'%.*s' is not an ICMP message known here", SLICE_ARG(verb));
	unreachable_code(r, what, ip_addr_is_v4(from.addr), &icmp);
	icmp.octets = args_whole(r, a, "quote", 8, 1200); /* RFC 792: the header and 64 bits */
	if (r->failed || !both_ends(r, args_text(a, "of"), &src, &dst))
		return;
	const struct event *e = refused_datagram(r, src, dst);
	icmp.flow = (struct craft_flow){ src.addr, dst.addr, src.port, dst.port, 0 };
	if (e) {
		icmp.flow = e->flow;
		payload = e->payload;
	}
	if (ip_addr_is_v4(src.addr) != ip_addr_is_v4(from.addr))
		recipe_fail(r, "an IPv4 and an IPv6 address in one packet");
	recipe_icmp(r, r->now_ns, &flow, &icmp, payload);
}

/* --- TCP and TLS ---------------------------------------------------------------------------------------------------- */

struct attempt {
	struct craft_flow flow[2]; /* by who sends: 0 the client */
	uint32_t next_seq[2];
	int64_t time_ns;
};

static void read_attempt(struct recipe *r, struct args *a, struct attempt *t)
{
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "who opens it"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "whom to"));

	src.port = (uint16_t)args_whole(r, a, "port", 49152, 65535);
	*t = (struct attempt){ .next_seq = { 1000, 5000 }, .time_ns = r->now_ns };
	t->flow[0] = (struct craft_flow){ src.addr, dst.addr, src.port, dst.port, 0 };
	t->flow[1] = (struct craft_flow){ dst.addr, src.addr, dst.port, src.port, 0 };
}

/* One segment, a millisecond after the one before. */
static void step(struct recipe *r, struct attempt *t, unsigned by, uint8_t flags, struct slice data)
{
	struct craft_tcp_header header = { t->next_seq[by],
		                           flags & CRAFT_ACK ? t->next_seq[1 - by] : 0, flags };

	if (r->failed)
		return;
	recipe_tcp(r, t->time_ns, &t->flow[by], &header, data);
	t->next_seq[by] += (uint32_t)data.n + ((flags & (CRAFT_SYN | CRAFT_FIN)) != 0);
	t->time_ns += NS_PER_MS;
}

/* RFC 6298: nobody answers; again after 1 s, 3 s, 7 s ... */
void directive_tcp_syn(struct recipe *r, struct args *a)
{
	struct attempt t;
	unsigned copies = 4;
	int64_t start_ns = r->now_ns, after_ns = 0;

	read_attempt(r, a, &t);
	copies = (unsigned)args_whole(r, a, "copies", copies, 8);
	for (unsigned i = 0; i < copies; i++) {
		t.next_seq[0] = 1000;
		t.time_ns = start_ns + after_ns;
		step(r, &t, 0, CRAFT_SYN, SLICE_NONE);
		after_ns = 2 * after_ns + NS_PER_S;
	}
}

void directive_tcp_refused(struct recipe *r, struct args *a)
{
	struct attempt t;

	read_attempt(r, a, &t);
	step(r, &t, 0, CRAFT_SYN, SLICE_NONE);
	t.next_seq[1] = 0; /* RFC 9293 3.10.7.1 */
	step(r, &t, 1, CRAFT_RST | CRAFT_ACK, SLICE_NONE);
}

/* RFC 8446 4.1.2, as TLS 1.2 would send it: one cipher suite, no extensions. */
static struct slice client_hello(struct recipe *r)
{
	enum { BODY = 2 + 32 + 1 + 2 + 2 + 2 };
	uint8_t *p = recipe_alloc(r, 9 + BODY);

	memcpy(p, (const uint8_t[11]){ 22, 3, 1, 0, BODY + 4, 1, 0, 0, BODY, 3, 3 }, 11);
	for (unsigned i = 0; i < 32; i++)
		p[11 + i] = (uint8_t)(i * 7 + 1);
	p[43] = 0; /* session id */
	memcpy(p + 44, (const uint8_t[6]){ 0, 2, 0xc0, 0x2f, 1, 0 }, 6);
	return slice_of(p, 9 + BODY);
}

/* Handshake, ClientHello, and the alert that ends it. */
void directive_tls_alert(struct recipe *r, struct args *a)
{
	struct attempt t;

	read_attempt(r, a, &t);
	uint8_t code = (uint8_t)recipe_whole(r, args_word(r, a, "the alert's number"), 255);
	bool client = slice_eq_str(args_text(a, "by"), "client"), warning = args_flag(a, "warning");
	uint8_t *alert = recipe_alloc(r, 7);
	memcpy(alert, (const uint8_t[7]){ 21, 3, 3, 0, 2, warning ? 1 : 2, code }, 7);
	unsigned by = client ? 0 : 1;
	step(r, &t, 0, CRAFT_SYN, SLICE_NONE);
	step(r, &t, 1, CRAFT_SYN | CRAFT_ACK, SLICE_NONE);
	step(r, &t, 0, CRAFT_ACK, SLICE_NONE);
	step(r, &t, 0, CRAFT_PSH | CRAFT_ACK, client_hello(r));
	step(r, &t, by, CRAFT_PSH | CRAFT_ACK, slice_of(alert, 7));
	step(r, &t, by, CRAFT_FIN | CRAFT_ACK, SLICE_NONE);
	step(r, &t, 1 - by, CRAFT_FIN | CRAFT_ACK, SLICE_NONE);
	step(r, &t, by, CRAFT_ACK, SLICE_NONE);
}
