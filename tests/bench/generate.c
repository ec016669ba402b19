/* generate: carrier-shaped captures of any size for benchmarks, deterministic. Signalling runs between two proxies, seven messages a
 * call; media between gateways on many ports, G.711 in 20 ms packets with a little jitter and loss. Packets come in order of time out
 * of a heap of sources: each call is one source of SIP and two of RTP.
 *
 *   generate --calls 1000 --concurrent 100 --rtp-per-call 1700 --out F */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "tests/helpers/craft.h"

#include <getopt.h>
#include <stdlib.h>

#define EPOCH_NS         (INT64_C(1767225600) * NS_PER_S)
#define SETUP_NS         (2 * NS_PER_S)
#define PTIME_NS         (20 * NS_PER_MS)
#define RTP_OCTETS       160
#define GATEWAYS         8
#define JITTER_US        2000
#define LOSS_PER_MILLION 2000

struct options {
	uint64_t calls, concurrent, rtp_per_call, seed, talk_s;
	const char *out;
};

enum source_kind { SOURCE_SIP, SOURCE_FORWARD, SOURCE_BACKWARD };

struct source {
	int64_t time_ns;
	uint64_t call;
	int64_t start_ns; /* of the call */
	enum source_kind kind;
	uint32_t step; /* next message or packet */
	uint32_t ssrc;
};

struct generator {
	struct options o;
	struct craft craft;
	struct craft_file file;
	struct craft_random random;
	int64_t talk_ns;
	struct source *heap;
	size_t count, capacity;
	uint64_t sip, rtp, lost;
	uint32_t ip_id;
	uint8_t rtp_packet[CRAFT_RTP_HEADER + RTP_OCTETS];
};

static void push(struct generator *g, struct source s)
{
	if (g->count == g->capacity) {
		g->capacity = g->capacity ? g->capacity * 2 : 4096;
		g->heap = mem_resize(g->heap, g->capacity * sizeof(*g->heap));
		if (!g->heap)
			abort();
	}
	size_t i = g->count++;
	for (; i > 0 && g->heap[(i - 1) / 2].time_ns > s.time_ns; i = (i - 1) / 2)
		g->heap[i] = g->heap[(i - 1) / 2];
	g->heap[i] = s;
}

/* Puts s where the top was. */
static void replace_top(struct generator *g, struct source s)
{
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= g->count)
			break;
		if (child + 1 < g->count && g->heap[child + 1].time_ns < g->heap[child].time_ns)
			child++;
		if (g->heap[child].time_ns >= s.time_ns)
			break;
		g->heap[i] = g->heap[child];
		i = child;
	}
	g->heap[i] = s;
}

static void drop_top(struct generator *g)
{
	struct source last = g->heap[--g->count];

	if (g->count)
		replace_top(g, last);
}

/* --- addresses ------------------------------------------------------------------------------------------------------ */

static struct ip_addr address(unsigned net, unsigned host)
{
	return ip_addr_v4(
	        (const uint8_t[4]){ 10, (uint8_t)net, (uint8_t)(host >> 8), (uint8_t)host });
}

static struct endpoint proxy(unsigned side)
{
	return (struct endpoint){ address(1 + side, 1), 5060 };
}

static unsigned gateway_host(uint64_t call)
{
	return 256 + (unsigned)(call % GATEWAYS);
}

static unsigned media_port(uint64_t call)
{
	return 16384 + 2 * (unsigned)(call / GATEWAYS % 16384);
}

static struct endpoint gateway(unsigned side, uint64_t call)
{
	return (struct endpoint){ address(1 + side, gateway_host(call)),
		                  (uint16_t)media_port(call) };
}

static void send_udp(struct generator *g, int64_t time_ns, struct endpoint src, struct endpoint dst,
                     struct slice payload)
{
	struct craft_flow flow = { src.addr, dst.addr, src.port, dst.port, g->ip_id++ };
	craft_udp(&g->craft, EPOCH_NS + time_ns, &flow, payload);
}

/* --- SIP ------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *first_line; /* NULL: response */
	const char *status, *method;
	unsigned cseq;
	bool from_caller, sdp, to_tag;
	char branch;
} messages[] = {
	{ "INVITE", NULL, "INVITE", 1, true, true, false, 'i' },
	{ NULL, "100 Trying", "INVITE", 1, false, false, false, 'i' },
	{ NULL, "180 Ringing", "INVITE", 1, false, false, true, 'i' },
	{ NULL, "200 OK", "INVITE", 1, false, true, true, 'i' },
	{ "ACK", NULL, "ACK", 1, true, false, true, 'a' },
	{ "BYE", NULL, "BYE", 2, true, false, true, 'b' },
	{ NULL, "200 OK", "BYE", 2, false, false, true, 'b' },
};
#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

static int64_t message_time(const struct generator *g, const struct source *s, uint32_t step)
{
	const int64_t after[MESSAGES] = { 0,
		                          15 * NS_PER_MS,
		                          600 * NS_PER_MS,
		                          SETUP_NS - 60 * NS_PER_MS,
		                          SETUP_NS - 30 * NS_PER_MS,
		                          SETUP_NS + g->talk_ns + 60 * NS_PER_MS,
		                          SETUP_NS + g->talk_ns + 90 * NS_PER_MS };
	return s->start_ns + after[step];
}

static int print_sdp(const struct source *s, bool caller, char *p, size_t size)
{
	char addr[IP_ADDR_TEXT];

	ip_addr_format(gateway(!caller, s->call).addr, addr);
	return snprintf(p, size,
	                "v=0\r\no=gw%u %llu 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio "
	                "%u RTP/AVP 0 8 101\r\n"
	                "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 "
	                "telephone-event/8000\r\n"
	                "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
	                gateway_host(s->call), (unsigned long long)s->call + 1000000, addr, addr,
	                media_port(s->call));
}

static int print_message(const struct source *s, uint32_t step, char *p, size_t size)
{
	unsigned long long call = s->call, a = 12125550000000 + call % 9999999,
	                   b = 442079460000 + call * 7 % 99999;
	char sdp[512] = "", to_tag[40] = "", line[120];
	bool caller = messages[step].from_caller;
	int length = messages[step].sdp ? print_sdp(s, caller, sdp, sizeof(sdp)) : 0;

	if (messages[step].first_line)
		snprintf(line, sizeof(line), "%s sip:+%llu@10.2.0.1:5060;user=phone SIP/2.0",
		         messages[step].first_line, b);
	else
		snprintf(line, sizeof(line), "SIP/2.0 %s", messages[step].status);
	if (messages[step].to_tag)
		snprintf(to_tag, sizeof(to_tag), ";tag=gw2-%08llx",
		         call * 2654435761u % 0xffffffff);
	return snprintf(p, size,
	                "%s\r\nVia: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK%c%llx\r\n%s"
	                "From: <sip:+%llu@10.1.0.1;user=phone>;tag=gw1-%08llx\r\n"
	                "To: <sip:+%llu@10.2.0.1;user=phone>%s\r\nCall-ID: "
	                "%016llx@10.1.0.1\r\nCSeq: %u %s\r\n"
	                "Contact: <sip:10.%u.0.1:5060>\r\n%s%sContent-Length: %d\r\n\r\n%s",
	                line, messages[step].branch, call,
	                messages[step].first_line ? "Max-Forwards: 68\r\n" : "", a, call + 77, b,
	                to_tag, call * 0x9E3779B97F4A7C15u, messages[step].cseq,
	                messages[step].method, caller ? 1 : 2,
	                step == 0 ? "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, "
	                            "PRACK\r\nSupported: timer, 100rel\r\n"
	                            "Session-Expires: 1800\r\nUser-Agent: trunk/1.0\r\n"
	                          : "",
	                length ? "Content-Type: application/sdp\r\n" : "", length, sdp);
}

/* Sends the message that is due; false after the last one. */
static bool sip_step(struct generator *g, struct source *s)
{
	char text[2048];
	unsigned side = messages[s->step].from_caller ? 0 : 1;
	int n = print_message(s, s->step, text, sizeof(text));

	send_udp(g, s->time_ns, proxy(side), proxy(1 - side), slice_of(text, (size_t)n));
	g->sip++;
	if (++s->step == MESSAGES)
		return false;
	s->time_ns = message_time(g, s, s->step);
	return true;
}

/* --- RTP ------------------------------------------------------------------------------------------------------------ */

static int64_t rtp_time(struct generator *g, const struct source *s)
{
	int64_t phase = (int64_t)(s->ssrc % 20000) * NS_PER_US; /* calls do not beat in step */

	return s->start_ns + SETUP_NS + phase + s->step * PTIME_NS +
	       craft_random_below(&g->random, JITTER_US) * NS_PER_US;
}

/* Noise: no two packets carry the same, as no two of speech do. */
static void fill_sound(uint8_t out[static RTP_OCTETS], const struct source *s)
{
	struct craft_random random = { (uint64_t)s->ssrc << 32 | s->step };

	for (size_t i = 0; i < RTP_OCTETS; i += sizeof(uint64_t)) {
		uint64_t word = craft_random_next(&random);
		memcpy(out + i, &word, sizeof(word));
	}
}

static bool rtp_step(struct generator *g, struct source *s)
{
	unsigned side = s->kind == SOURCE_FORWARD ? 0 : 1;
	struct craft_rtp rtp = { 0, s->step == 0, (uint16_t)(s->ssrc + s->step),
		                 s->ssrc * 7 + s->step * RTP_OCTETS, s->ssrc };

	if (craft_random_below(&g->random, 1000000) < LOSS_PER_MILLION) {
		g->lost++;
	} else {
		craft_rtp_header(&rtp, g->rtp_packet);
		fill_sound(g->rtp_packet + CRAFT_RTP_HEADER, s);
		send_udp(g, s->time_ns, gateway(side, s->call), gateway(1 - side, s->call),
		         slice_of(g->rtp_packet, sizeof(g->rtp_packet)));
		g->rtp++;
	}
	if (++s->step >= g->o.rtp_per_call / 2)
		return false;
	s->time_ns = rtp_time(g, s);
	return true;
}

/* --- calls ---------------------------------------------------------------------------------------------------------- */

static void start_call(struct generator *g, uint64_t call, int64_t start_ns)
{
	struct source s = {
		.time_ns = start_ns, .call = call, .start_ns = start_ns, .kind = SOURCE_SIP
	};

	push(g, s);
	for (int kind = SOURCE_FORWARD; kind <= SOURCE_BACKWARD && g->o.rtp_per_call >= 2; kind++) {
		s.kind = (enum source_kind)kind;
		s.ssrc = (uint32_t)craft_random_next(&g->random);
		s.time_ns = rtp_time(g, &s);
		push(g, s);
	}
}

static void generate(struct generator *g)
{
	int64_t length = SETUP_NS + g->talk_ns, gap = length / (int64_t)g->o.concurrent,
	        next_start = 0;
	uint64_t started = 0;

	while (g->count || started < g->o.calls) {
		if (started < g->o.calls && (!g->count || g->heap[0].time_ns >= next_start)) {
			start_call(g, started++, next_start);
			next_start += gap;
			continue;
		}
		struct source s = g->heap[0];
		if (s.kind == SOURCE_SIP ? sip_step(g, &s) : rtp_step(g, &s))
			replace_top(g, s);
		else
			drop_top(g);
	}
}

static bool run(struct generator *g, struct err *err)
{
	if (!craft_file_open(&g->file, g->o.out, CRAFT_PCAP_US, false, LINK_ETHERNET, 0, err))
		return false;
	craft_init(&g->craft, &g->file, LINK_ETHERNET);
	g->craft.path.dscp = 46;
	g->random.state = g->o.seed;
	g->talk_ns = g->o.rtp_per_call >= 2 ? (int64_t)(g->o.rtp_per_call / 2) * PTIME_NS
	                                    : (int64_t)g->o.talk_s * NS_PER_S;
	generate(g);
	uint64_t bytes = g->file.bytes;
	if (!craft_file_close(&g->file, err))
		return err_context(err, "%s", g->o.out);
	printf("%s: %llu calls, about %llu at once; %llu SIP and %llu RTP packets (%llu lost); "
	       "%llu octets\n",
	       g->o.out, (unsigned long long)g->o.calls, (unsigned long long)g->o.concurrent,
	       (unsigned long long)g->sip, (unsigned long long)g->rtp, (unsigned long long)g->lost,
	       (unsigned long long)bytes);
	return true;
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "calls", required_argument, NULL, 'c' },
		                               { "concurrent", required_argument, NULL, 'n' },
		                               { "rtp-per-call", required_argument, NULL, 'r' },
		                               { "talk", required_argument, NULL, 't' },
		                               { "seed", required_argument, NULL, 's' },
		                               { "out", required_argument, NULL, 'o' },
		                               { NULL, 0, NULL, 0 } };
	int c;

	*o = (struct options){ .calls = 1000, .concurrent = 100, .seed = 1, .talk_s = 60 };
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'c': o->calls = strtoull(optarg, NULL, 0); break;
		case 'n': o->concurrent = strtoull(optarg, NULL, 0); break;
		case 'r': o->rtp_per_call = strtoull(optarg, NULL, 0); break;
		case 't': o->talk_s = strtoull(optarg, NULL, 0); break;
		case 's': o->seed = strtoull(optarg, NULL, 0); break;
		case 'o': o->out = optarg; break;
		default: return false;
		}
	}
	return o->out && o->calls && o->concurrent && optind == argc;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct generator *g = mem_zalloc(sizeof(*g));

	if (!g || !read_options(argc, argv, &g->o)) {
		fprintf(stderr, "usage: generate --out F [--calls 1000] [--concurrent 100] "
		                "[--rtp-per-call 0] [--talk 60] [--seed 1]\n");
		mem_free(g);
		return 2;
	}
	bool ok = run(g, &err);
	if (!ok)
		fprintf(stderr, "generate: %s\n", err.text);
	mem_free(g->heap);
	mem_free(g);
	return ok ? 0 : err_exit_code(&err);
}
