/* speak CODEC SPEECH.wav OUT.pcap [LOSE-EVERY]: a call in which the caller says what the WAV file says, in packets of 20 ms of this codec;
 * the callee says it half a second later. Every LOSE-EVERY-th packet of the caller was not captured. Prints how many packets the caller
 * sent. Exit code 77: the encoder is not installed. */
#include "tests/helpers/craft.h"
#include "tests/helpers/pcm_file.h"
#include "tests/helpers/voice_encoder.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define START  (INT64_C(1767225600) * INT64_C(1000000000)) /* 2026-01-01 */
#define MS     INT64_C(1000000)
#define CALLER "192.0.2.10"
#define CALLEE "198.51.100.20"

struct call {
	struct craft craft;
	struct craft_file file;
	struct ip_addr caller, callee;
};

static void sip(struct call *c, int64_t time_ns, bool by_caller, const char *start,
                const struct voice_encoder *e, const char *cseq)
{
	struct craft_flow flow = { by_caller ? c->caller : c->callee,
		                   by_caller ? c->callee : c->caller, 5060, 5060, 1 };
	const char *to_tag = strstr(start, "INVITE") == start ? "" : ";tag=callee";
	char body[400] = "", message[1600];

	if (e)
		snprintf(body, sizeof body,
		         "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
		         "m=audio %d RTP/AVP %u\r\na=rtpmap:%u %s/%u%s\r\n",
		         by_caller ? CALLER : CALLEE, by_caller ? CALLER : CALLEE,
		         by_caller ? 4000 : 6000, e->payload_type, e->payload_type, e->name,
		         e->clock_hz, strcmp(e->name, "opus") == 0 ? "/2" : "");
	snprintf(message, sizeof message,
	         "%s\r\nVia: SIP/2.0/UDP " CALLER ":5060;branch=z9hG4bK-%s\r\n"
	         "From: <sip:alice@example.com>;tag=caller\r\nTo: <sip:bob@example.com>%s\r\n"
	         "Call-ID: speech@example.com\r\nCSeq: %s\r\nMax-Forwards: 70\r\n"
	         "Contact: <sip:%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
	         start, cseq + strlen(cseq) - 3, to_tag, cseq, by_caller ? CALLER : CALLEE,
	         e ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	craft_udp(&c->craft, time_ns, &flow, slice_str(message));
}

static void rtp(struct call *c, int64_t time_ns, bool by_caller, const struct voice_encoder *e,
                unsigned number, struct slice payload)
{
	struct craft_flow flow = { by_caller ? c->caller : c->callee,
		                   by_caller ? c->callee : c->caller, by_caller ? 4000 : 6000,
		                   by_caller ? 6000 : 4000, number };
	uint8_t packet[12 + VOICE_MAX_OCTETS] = { 0x80, (uint8_t)e->payload_type };
	uint32_t seq = 65000 + number, ts = 4294900000u + number * (e->clock_hz / 50);

	packet[1] |= number ? 0 : 0x80;
	packet[2] = (uint8_t)(seq >> 8);
	packet[3] = (uint8_t)seq;
	for (int i = 0; i < 4; i++)
		packet[4 + i] = (uint8_t)(ts >> (24 - 8 * i));
	packet[11] = by_caller ? 1 : 2; /* SSRC */
	memcpy(packet + 12, payload.p, payload.n);
	craft_udp(&c->craft, time_ns, &flow, slice_of(packet, 12 + payload.n));
}

/* Both voices; the callee's is 25 packets behind. How many packets each. */
static unsigned talk(struct call *c, struct voice_encoder *e, const struct pcm_file *speech,
                     unsigned lose_every)
{
	size_t step = e->rate / 50;
	unsigned count = (unsigned)(speech->count / step);
	uint8_t(*all)[VOICE_MAX_OCTETS] = calloc(count, sizeof *all);
	size_t *octets = calloc(count, sizeof *octets);

	for (unsigned i = 0; i < count; i++)
		octets[i] = voice_encoder_put(e, speech->samples + i * step, all[i]);
	for (unsigned i = 0; i < count + 25; i++) {
		int64_t time_ns = START + 200 * MS + i * 20 * MS;
		bool lost = lose_every && i % lose_every == lose_every / 2 && i != count - 1;
		if (i < count && !lost)
			rtp(c, time_ns, true, e, i, slice_of(all[i], octets[i]));
		if (i >= 25)
			rtp(c, time_ns + MS, false, e, i - 25,
			    slice_of(all[i - 25], octets[i - 25]));
	}
	free(all);
	free(octets);
	return count;
}

static bool make(struct voice_encoder *e, const struct pcm_file *speech, const char *path,
                 unsigned lose_every)
{
	static struct call c;
	struct err err = ERR_INIT;

	if (!ip_addr_parse(slice_str(CALLER), &c.caller) ||
	    !ip_addr_parse(slice_str(CALLEE), &c.callee) ||
	    !craft_file_open(&c.file, path, CRAFT_PCAP_NS, false, LINK_ETHERNET, 0, &err)) {
		fprintf(stderr, "speak: %s\n", err.text);
		return false;
	}
	craft_init(&c.craft, &c.file, LINK_ETHERNET);
	sip(&c, START, true, "INVITE sip:bob@example.com SIP/2.0", e, "1 INVITE");
	sip(&c, START + 100 * MS, false, "SIP/2.0 200 OK", e, "1 INVITE");
	sip(&c, START + 110 * MS, true, "ACK sip:bob@" CALLEE " SIP/2.0", NULL, "1 ACK");
	unsigned count = talk(&c, e, speech, lose_every);
	int64_t end_ns = START + 800 * MS + count * 20 * MS;
	sip(&c, end_ns, true, "BYE sip:bob@" CALLEE " SIP/2.0", NULL, "2 BYE");
	sip(&c, end_ns + 20 * MS, false, "SIP/2.0 200 OK", NULL, "2 BYE");
	printf("%u\n", count);
	return craft_file_close(&c.file, &err);
}

int main(int argc, char **argv)
{
	struct voice_encoder e;
	struct pcm_file speech;

	if (argc < 4) {
		fprintf(stderr, "usage: speak CODEC SPEECH.wav OUT.pcap [LOSE-EVERY]\n");
		return 2;
	}
	switch (voice_encoder_open(&e, argv[1])) {
	case VOICE_READY: break;
	case VOICE_NOT_INSTALLED: return 77;
	case VOICE_UNKNOWN: fprintf(stderr, "speak: no encoder for '%s'\n", argv[1]); return 2;
	}
	bool ok = pcm_file_read(&speech, argv[2], 0) && pcm_file_resample(&speech, e.rate) &&
	          make(&e, &speech, argv[3], argc > 4 ? (unsigned)atoi(argv[4]) : 0);
	pcm_file_release(&speech);
	voice_encoder_close(&e);
	return ok ? 0 : 1;
}
