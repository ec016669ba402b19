#include "tests/fuzz/mutate_packets.h"

#include "analyzer/capture/source.h"

#include <stdlib.h>

#define PACKETS_MAX 512u
#define OCTETS_MAX  2048u /* a packet grows no longer */
#define FILE_HEADER 24u
#define RECORD      16u

/* Each packet's octets are its own and have room to grow. */
struct mutation {
	struct packet packets[PACKETS_MAX];
	uint8_t *octets[PACKETS_MAX];
	size_t count;
	uint64_t state; /* of the random numbers */
	mutate_octets *mutate;
};

static unsigned pick(struct mutation *m, size_t n)
{
	m->state = m->state * 6364136223846793005u + 1442695040888963407u;
	return n ? (unsigned)((m->state >> 33) % n) : 0;
}

/* --- in and out -------------------------------------------------------------------------------------------------- */

static bool keep(struct mutation *m, size_t at, const struct packet *p)
{
	uint8_t *room = malloc(OCTETS_MAX);
	size_t n = p->data.n < OCTETS_MAX ? p->data.n : OCTETS_MAX;

	if (!room)
		return false;
	if (n)
		memcpy(room, p->data.p, n);
	memmove(&m->packets[at + 1], &m->packets[at], (m->count - at) * sizeof *m->packets);
	memmove(&m->octets[at + 1], &m->octets[at], (m->count - at) * sizeof *m->octets);
	m->count++;
	m->packets[at] = *p;
	m->packets[at].data = slice_of(room, n);
	m->octets[at] = room;
	return true;
}

static void read_packets(struct mutation *m, struct slice file, bool by_time)
{
	struct source s;
	struct err err = ERR_INIT;
	struct packet p;
	size_t at = 0;

	source_init(&s, "fuzz", 0, CAPTURE_READER_NATIVE, INPUT_BUFFER_BYTES);
	if (!source_open_memory(&s, file, &err))
		return;
	while (m->count < PACKETS_MAX && source_next(&s, NULL, &p, &err) == CAPTURE_PACKET) {
		while (at < m->count && (!by_time || m->packets[at].time_ns <= p.time_ns))
			at++;
		if (!keep(m, at, &p))
			break;
	}
	source_close(&s);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* All link types become the first packet's: pcap has one. */
static size_t write_packets(struct mutation *m, uint8_t *out, size_t max_size)
{
	const uint32_t header[] = {
		0xa1b23c4d, 0x00040002, 0, 0, 65535, m->count ? m->packets[0].link_type : 1
	};
	size_t at = FILE_HEADER;

	if (m->count == 0 || max_size < FILE_HEADER)
		return 0;
	for (unsigned i = 0; i < 6; i++)
		put_le32(out + 4 * i, header[i]);
	for (size_t i = 0; i < m->count; i++) {
		const struct packet *p = &m->packets[i];
		if (at + RECORD + p->data.n > max_size)
			break;
		put_le32(out + at, (uint32_t)(p->time_ns / NS_PER_S));
		put_le32(out + at + 4, (uint32_t)(p->time_ns % NS_PER_S));
		put_le32(out + at + 8, (uint32_t)p->data.n);
		put_le32(out + at + 12, p->original_length);
		if (p->data.n)
			memcpy(out + at + RECORD, p->data.p, p->data.n);
		at += RECORD + p->data.n;
	}
	return at;
}

static size_t finish(struct mutation *m, uint8_t *out, size_t max_size)
{
	size_t n = write_packets(m, out, max_size);

	for (size_t i = 0; i < m->count; i++)
		free(m->octets[i]);
	free(m);
	return n;
}

/* --- changes ----------------------------------------------------------------------------------------------------- */

static void drop(struct mutation *m, size_t i)
{
	if (m->count < 2)
		return;
	free(m->octets[i]);
	m->count--;
	memmove(&m->packets[i], &m->packets[i + 1], (m->count - i) * sizeof *m->packets);
	memmove(&m->octets[i], &m->octets[i + 1], (m->count - i) * sizeof *m->octets);
}

static void duplicate(struct mutation *m, size_t i)
{
	struct packet p = m->packets[i];

	if (m->count < PACKETS_MAX)
		(void)keep(m, i + pick(m, m->count - i) + 1, &p);
}

static void swap(struct mutation *m, size_t i)
{
	size_t other = pick(m, 2) ? pick(m, m->count) : (i + 1) % m->count;
	struct packet p = m->packets[i];
	uint8_t *octets = m->octets[i];

	m->packets[i] = m->packets[other];
	m->octets[i] = m->octets[other];
	m->packets[other] = p;
	m->octets[other] = octets;
}

static void cut(struct mutation *m, size_t i)
{
	m->packets[i].data.n = pick(m, m->packets[i].data.n + 1);
}

/* Mostly behind the addresses, where the packets of a flow differ. */
static void change_octet(struct mutation *m, size_t i)
{
	static const uint8_t values[] = { 0,    1,    0x7f, 0x80, 0xff, ' ',
		                          '\r', '\n', ';',  ':',  '0',  '9' };
	size_t n = m->packets[i].data.n, from = n > 42 && pick(m, 4) ? 42 : 0;

	if (n == 0)
		return;
	uint8_t *p = &m->octets[i][from + pick(m, n - from)];
	switch (pick(m, 3)) {
	case 0: *p = (uint8_t)(*p ^ (1 << pick(m, 8))); break;
	case 1: *p = (uint8_t)(*p + pick(m, 9) - 4); break;
	default: *p = values[pick(m, sizeof values)]; break;
	}
}

static void shift_time(struct mutation *m, size_t i)
{
	static const int64_t steps_ms[] = { 1, 20, 160, 700, 5000, 33000, 300000, 4000000 };
	int64_t step = steps_ms[pick(m, 8)] * NS_PER_MS * (pick(m, 2) ? 1 : -1);
	size_t last = pick(m, 2) ? m->count : i + 1; /* with all that follow, or alone */

	for (; i < last; i++) {
		m->packets[i].time_ns += step;
		if (m->packets[i].time_ns < 0)
			m->packets[i].time_ns = 0;
	}
}

/* IPv4 over Ethernet: lengths that fit what the packet holds now. */
static void mend_lengths(struct packet *p, uint8_t *octets)
{
	size_t n = p->data.n;

	p->original_length = (uint32_t)n;
	if (p->link_type != 1 || n < 42 || octets[12] != 8 || octets[13] != 0 || octets[14] != 0x45)
		return;
	octets[16] = (uint8_t)((n - 14) >> 8);
	octets[17] = (uint8_t)(n - 14);
	if (octets[23] != 17)
		return;
	octets[38] = (uint8_t)((n - 34) >> 8);
	octets[39] = (uint8_t)(n - 34);
}

static void change_payload(struct mutation *m, size_t i)
{
	struct packet *p = &m->packets[i];
	size_t from = p->data.n > 42 ? 42 : 0;

	p->data.n = from + m->mutate(m->octets[i] + from, p->data.n - from, OCTETS_MAX - from);
	mend_lengths(p, m->octets[i]);
}

/* The tail of one packet behind the head of another: another message in the same flow. */
static void splice(struct mutation *m, size_t i)
{
	size_t other = pick(m, m->count), from = 42, n = m->packets[other].data.n;

	if (m->packets[i].data.n < from || n < from)
		return;
	memmove(m->octets[i] + from, m->octets[other] + from, n - from);
	m->packets[i].data.n = n;
	mend_lengths(&m->packets[i], m->octets[i]);
}

/* Where lines of a message's head end, and what may stand there then: the values that join and change calls. */
static void add_line(struct mutation *m, size_t i)
{
	static const char *const lines[] = {
		"Expires: 0\r\n",
		"Expires: 4294967295\r\n",
		"Event: refer;id=2\r\n",
		"Event: presence\r\n",
		"Subscription-State: terminated;reason=deactivated\r\n",
		"Refer-To: <sip:carol@example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n",
		"Replaces: a@b;to-tag=1;from-tag=2\r\n",
		"Session-ID: "
		"a7f5e3d1c2b4968577665544332211aa;remote=00000000000000000000000000000000\r\n",
		"SIP-ETag: 1\r\nSIP-If-Match: 1\r\n",
		"Session-Expires: 90;refresher=uac\r\nMin-SE: 90\r\n",
		"Contact: *\r\n",
		"Contact: <sip:a@b>;expires=1, <sip:c@d>;expires=0\r\n",
		"WWW-Authenticate: Digest realm=\"a\",nonce=\"1\",stale=true\r\n",
		"Authorization: Digest "
		"username=\"a\",realm=\"a\",nonce=\"1\",uri=\"sip:a\",response=\"1\"\r\n",
		"RAck: 1 1 INVITE\r\nRSeq: 1\r\nRequire: 100rel\r\n",
		"Retry-After: 5\r\n",
		"Max-Forwards: 0\r\n",
	};
	const char *line = lines[pick(m, sizeof lines / sizeof *lines)];
	struct packet *p = &m->packets[i];
	size_t n = strlen(line), ends = 0, at = 0;

	for (size_t k = 42; k < p->data.n; k++)
		if (m->octets[i][k] == '\n' && pick(m, ++ends) == 0)
			at = k + 1;
	if (!at || p->data.n + n > OCTETS_MAX)
		return;
	memmove(m->octets[i] + at + n, m->octets[i] + at, p->data.n - at);
	memcpy(m->octets[i] + at, line, n);
	p->data.n += n;
	mend_lengths(p, m->octets[i]);
}

/* Another method of as many letters or fewer, everywhere in the message: first line, CSeq. */
static void change_method(struct mutation *m, size_t i)
{
	static const char *const methods[] = { "INVITE", "REGISTER", "SUBSCRIBE", "NOTIFY",
		                               "REFER",  "PUBLISH",  "UPDATE",    "BYE",
		                               "CANCEL", "PRACK",    "OPTIONS",   "INFO" };
	const char *from = methods[pick(m, 12)], *to = methods[pick(m, 12)];
	struct packet *p = &m->packets[i];
	size_t n = strlen(from), k = strlen(to);

	for (size_t at = 42; k <= n && at + n <= p->data.n; at++) {
		uint8_t *here = m->octets[i] + at;
		if (memcmp(here, from, n) != 0)
			continue;
		memcpy(here, to, k);
		memmove(here + k, here + n, p->data.n - at - n);
		p->data.n -= n - k;
	}
	mend_lengths(p, m->octets[i]);
}

static void change(struct mutation *m)
{
	static void (*const changes[])(struct mutation *, size_t) = {
		drop,           duplicate,    swap,       cut,        change_octet,
		change_octet,   change_octet, shift_time, shift_time, change_payload,
		change_payload, splice,       add_line,   add_line,   change_method,
	};

	changes[pick(m, sizeof changes / sizeof *changes)](m, pick(m, m->count));
}

static struct mutation *begin(unsigned seed)
{
	struct mutation *m = calloc(1, sizeof *m);

	if (m)
		m->state = seed * 2654435761u + 1u;
	return m;
}

size_t mutate_packets(uint8_t *data, size_t size, size_t max_size, unsigned seed,
                      mutate_octets *octets)
{
	struct mutation *m = begin(seed);

	if (!m)
		return 0;
	m->mutate = octets;
	read_packets(m, slice_of(data, size), false);
	for (unsigned left = m->count ? 1 + pick(m, 4) : 0; left > 0; left--)
		change(m);
	return finish(m, data, max_size);
}

size_t mutate_packets_join(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                           uint8_t *out, size_t max_size, unsigned seed)
{
	struct mutation *m = begin(seed);

	if (!m)
		return 0;
	read_packets(m, slice_of(a, a_size), false);
	read_packets(m, slice_of(b, b_size), pick(m, 2));
	return finish(m, out, max_size);
}
