/* Media of one call: its flows, its ports, and what the scenario tells it to do. */
#include "sim/media/digits.h"
#include "sim/media/machine.h"
#include "sim/media/play.h"
#include "sim/media/rtp_stream.h"

#include <stdio.h>

struct media_call *media_call_new(struct media *m, uint64_t call_number, struct ip_addr local,
                                  struct err *err)
{
	const struct sim_config *config = m->config;
	struct media_call *c = pool_alloc(&m->calls, sizeof *c);

	if (!c) {
		err_memory(err, "media of a call");
		return NULL;
	}
	memset(c, 0, sizeof *c);
	c->media = m;
	c->number = call_number;
	c->local = ip_addr_is_any(config->media.address) ? local : config->media.address;
	/* Two sides of one virtual run have seed and number alike, but not where they are. */
	c->random = hash_mix(hash_mix(config->seed, call_number),
	                     hash_mix(endpoint_hash(config->local), c->local.word[1]));
	c->name = random_next(&c->random);
	return c;
}

void media_call_free(struct media_call *c, struct media_truth *truth)
{
	struct media *m = c->media;

	for (int kind = 0; kind < MEDIA_KINDS; kind++) {
		c->check_failed |= c->flows[kind] && media_flow_check_failed(c->flows[kind]);
		media_flow_free(c->flows[kind]);
	}
	if (truth) {
		*truth = (struct media_truth){ .rtp_sent = c->rtp_sent,
			                       .rtp_dropped = c->rtp_dropped,
			                       .rtp_unseen = c->rtp_unseen,
			                       .rtp_duplicated = c->rtp_duplicated,
			                       .rtp_received = c->rtp_received,
			                       .rtcp_sent = c->rtcp_sent,
			                       .rtcp_received = c->rtcp_received,
			                       .check_failed = c->check_failed };
		memcpy(truth->digits, c->digits, sizeof truth->digits);
	}
	pool_free(&m->calls, c, sizeof *c);
}

const char *media_call_why(const struct media_call *c)
{
	return c->why;
}

void media_call_info(struct media_call *c,
                     bool (*send_info)(void *context, char digit, unsigned ms), void *context)
{
	c->send_info = send_info;
	c->info_context = context;
}

/* --- ports and SDP ------------------------------------------------------------------------------------------------ */

static void remember_why(struct media_call *c, const struct err *err)
{
	snprintf(c->why, sizeof c->why, "%.*s", (int)sizeof c->why - 1, err->text);
}

uint16_t media_call_port(struct media_call *c, enum media_kind kind)
{
	struct err err = ERR_INIT;
	struct media_flow *f = media_flow_of(c, kind, &err);

	if (f && media_flow_open(f, &err))
		return f->port->local.port;
	remember_why(c, &err);
	return 0;
}

/* As SIPp: 4 ports a call, which begin anew after 2500 calls. */
uint16_t media_call_auto_port(struct media_call *c)
{
	uint64_t number = c->number ? c->number - 1 : 0;

	return (uint16_t)(c->media->config->media.media_port + 4 * (number % 2500));
}

static int kind_of_line(const struct sdp_session_media *line)
{
	if (slice_ieq_str(line->type, "audio"))
		return MEDIA_AUDIO;
	if (slice_ieq_str(line->type, "video"))
		return MEDIA_VIDEO;
	return slice_ieq_str(line->type, "image") ? MEDIA_IMAGE : -1;
}

void media_call_sdp(struct media_call *c, struct slice body, bool ours)
{
	unsigned done = 0;
	struct sdp sdp;

	if (sdp_parse(body, &sdp) != PARSE_OK)
		return;
	for (unsigned i = 0; i < sdp.media_count; i++) {
		int kind = kind_of_line(&sdp.media[i]);
		struct err err = ERR_INIT;
		struct media_flow *f;

		if (kind < 0 || done & 1u << kind) /* the first line of each kind */
			continue;
		done |= 1u << kind;
		f = media_flow_of(c, (enum media_kind)kind, &err);
		if (f)
			media_flow_read_sdp(f, &sdp.media[i], ours);
		else
			remember_why(c, &err);
	}
}

bool media_call_crypto(struct media_call *c, struct slice keyword, struct text *out)
{
	struct err err = ERR_INIT;
	struct media_crypto *crypto;
	struct media_flow *f;
	enum media_kind kind;

	if (!media_crypto_kind(keyword, &kind))
		return false;
	f = media_flow_of(c, kind, &err);
	crypto = f ? media_flow_crypto(f, &err) : NULL;
	if (!crypto)
		remember_why(c, &err);
	return crypto && media_crypto_keyword(crypto, keyword, out);
}

/* --- what it is told to do ---------------------------------------------------------------------------------------- */

static bool play_capture(struct media_call *c, enum media_kind kind, struct slice argument,
                         struct err *err)
{
	struct slice path = slice_trim(argument);
	struct media_flow *f = media_flow_of(c, kind, err);
	const struct source *source;

	if (!f)
		return false;
	source = source_of_capture(&c->media->sources, path, kind == MEDIA_IMAGE,
	                           kind == MEDIA_VIDEO, err);
	if (!source || !media_flow_open(f, err))
		return false;
	sender_play(&f->sender, source, 1, -1);
	return true;
}

bool media_call_act(struct media_call *c, enum media_verb verb, struct slice argument,
                    struct err *err)
{
	struct digits_order order;

	switch (verb) {
	case MEDIA_PLAY: return play_act(c, argument, err);
	case MEDIA_DIGITS: return digits_parse(argument, &order, err) && digits_act(c, &order, err);
	case MEDIA_PLAY_DTMF:
		return digits_parse_sipp(argument, &order, err) && digits_act(c, &order, err);
	case MEDIA_STOP:
		for (int kind = 0; kind < MEDIA_KINDS; kind++)
			if (c->flows[kind])
				sender_stop(&c->flows[kind]->sender);
		return true;
	case MEDIA_RTP_STREAM: return stream_act(c, argument, err);
	case MEDIA_RTP_ECHO: return stream_echo_act(c, argument, err);
	case MEDIA_PLAY_PCAP_AUDIO: return play_capture(c, MEDIA_AUDIO, argument, err);
	case MEDIA_PLAY_PCAP_VIDEO: return play_capture(c, MEDIA_VIDEO, argument, err);
	case MEDIA_PLAY_PCAP_IMAGE: return play_capture(c, MEDIA_IMAGE, argument, err);
	}
	return true;
}

bool media_call_answered(struct media_call *c, struct err *err)
{
	const struct media_config *config = &c->media->config->media;

	if (config->play && !media_call_act(c, MEDIA_PLAY, slice_str(config->play), err))
		return false;
	return !config->digits || media_call_act(c, MEDIA_DIGITS, slice_str(config->digits), err);
}

int64_t media_call_remaining_ns(const struct media_call *c)
{
	int64_t longest = 0;

	for (int kind = 0; kind < MEDIA_KINDS; kind++) {
		int64_t ns = c->flows[kind] ? sender_remaining_ns(&c->flows[kind]->sender) : 0;
		longest = ns > longest ? ns : longest;
	}
	return longest;
}
