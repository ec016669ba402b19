/* RTP streams with exactly known faults, and RFC 4733 digits in them. */
#include "tests/helpers/recipe_parts.h"

static const struct rtp_codec codecs[] = {
	{ "PCMU", 0, 8000, "PCMU/8000", 8 },
	{ "GSM", 3, 8000, "GSM/8000", 1.65 },
	{ "G723", 4, 8000, "G723/8000", 0.8 },
	{ "PCMA", 8, 8000, "PCMA/8000", 8 },
	{ "G722", 9, 8000, "G722/8000", 8 }, /* RFC 3551 4.5.2: sampled at 16 kHz, clock 8 kHz */
	{ "DVI4-11025", 16, 11025, "DVI4/11025", 5.5125 },
	{ "G729", 18, 8000, "G729/8000", 1 },
	{ "AMR-WB", 97, 16000, "AMR-WB/16000", 3 },
	{ "opus", 111, 48000, "opus/48000/2", 4 },
};

const struct rtp_codec *recipe_codec(struct recipe *r, struct slice name)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (slice_ieq_str(name, codecs[i].name))
			return &codecs[i];
	recipe_fail(r, "'%.*s' is not a codec known here", SLICE_ARG(name));
	return &codecs[0];
}

static struct rtp_stream *add_stream(struct recipe *r, struct slice codec_name, unsigned ptime_ms,
                                     unsigned count)
{
	struct rtp_stream *s = recipe_alloc(r, sizeof(*s));
	const struct rtp_codec *codec = recipe_codec(r, codec_name);
	size_t n = count + 2;

	if (r->stream_count == RECIPE_MAX_STREAMS) {
		recipe_fail(r, "more than %d streams", RECIPE_MAX_STREAMS);
		return s;
	}
	s->codec = slice_str(codec->name);
	s->payload_type = codec->payload_type;
	s->clock_hz = codec->clock_hz;
	s->ptime_ns = ptime_ms * NS_PER_MS;
	s->units = codec->clock_hz * ptime_ms / 1000;
	s->octets = (size_t)(codec->octets_per_ms * ptime_ms);
	s->count = count;
	s->seq = (uint16_t)craft_random_next(&r->random);
	s->timestamp = (uint32_t)craft_random_next(&r->random);
	s->ssrc = (uint32_t)craft_random_next(&r->random);
	s->path = r->path;
	s->mirror = r->mirror;
	s->lost = recipe_alloc(r, n * sizeof(bool));
	s->duplicated = recipe_alloc(r, n * sizeof(bool));
	s->swapped = recipe_alloc(r, n * sizeof(bool));
	s->marked = recipe_alloc(r, n * sizeof(bool));
	s->delay_ns = recipe_alloc(r, n * sizeof(int64_t));
	s->pause_ns = recipe_alloc(r, n * sizeof(int64_t));
	s->seq_jump = recipe_alloc(r, n * sizeof(int64_t));
	s->timestamp_jump = recipe_alloc(r, n * sizeof(int64_t));
	s->ttl = recipe_alloc(r, n * sizeof(int64_t));
	s->marked[1] = true;
	r->streams[r->stream_count++] = s;
	return s;
}

void recipe_stream_plain(struct recipe *r, struct endpoint src, struct endpoint dst,
                         int64_t start_ns, struct slice codec, unsigned ptime_ms, unsigned count)
{
	struct rtp_stream *s = add_stream(r, codec, ptime_ms, count);

	s->src = src;
	s->dst = dst;
	s->start_ns = start_ns;
}

/* `how_many` packets at random places, no two side by side, the first and the last never: isolated losses. */
static void lose_scattered(struct recipe *r, struct rtp_stream *s, uint64_t how_many)
{
	uint64_t tries = 0;

	while (how_many && tries++ < 1000000) {
		uint32_t i = s->count > 2 ? 2 + craft_random_below(&r->random, s->count - 2) : 0;
		if (i && !s->lost[i - 1] && !s->lost[i] && !s->lost[i + 1]) {
			s->lost[i] = true;
			how_many--;
		}
	}
	if (how_many)
		recipe_fail(r, "lose-scattered asks for more than fits");
}

static void read_delays(struct recipe *r, struct args *a, struct rtp_stream *s)
{
	struct slice all = args_text(a, "delays"), item;
	int64_t jitter = args_millis(r, a, "jitter", 0);

	for (unsigned i = 1; i <= s->count && jitter > 0; i++)
		s->delay_ns[i] =
		        craft_random_below(&r->random, (uint32_t)(jitter / NS_PER_US)) * NS_PER_US;
	for (unsigned i = 1; i <= s->count && all.p && slice_split(&all, ',', &item); i++)
		s->delay_ns[i] = recipe_decimal(r, item, NS_PER_MS);
	recipe_assign(r, args_text(a, "delay"), s->count, NS_PER_MS, s->delay_ns);
}

static void read_faults(struct recipe *r, struct args *a, struct rtp_stream *s)
{
	uint64_t every = args_whole(r, a, "swap-every", 0, s->count);

	recipe_mark(r, args_text(a, "lose"), s->count, s->lost);
	lose_scattered(r, s, args_whole(r, a, "lose-scattered", 0, s->count));
	recipe_mark(r, args_text(a, "duplicate"), s->count, s->duplicated);
	s->duplicate_after_ns = args_millis(r, a, "duplicate-after", NS_PER_MS);
	recipe_mark(r, args_text(a, "swap"), s->count, s->swapped);
	for (uint64_t i = every; every && i < s->count; i += every)
		s->swapped[i] = true;
	recipe_mark(r, args_text(a, "marker"), s->count, s->marked);
	recipe_assign(r, args_text(a, "dtx-at"), s->count, NS_PER_S, s->pause_ns);
	recipe_assign(r, args_text(a, "seq-jump-at"), s->count, 1, s->seq_jump);
	recipe_assign(r, args_text(a, "ts-jump-at"), s->count, 1, s->timestamp_jump);
	recipe_assign(r, args_text(a, "ttl-at"), s->count, 1, s->ttl);
	read_delays(r, a, s);
}

/* tone, silence, noise:SEED, sound:SCORE */
static void read_payload(struct recipe *r, struct args *a, struct rtp_stream *s)
{
	struct slice word = args_text(a, "payload");

	if (!word.p || slice_eq_str(word, "tone"))
		return;
	if (slice_eq_str(word, "silence")) {
		s->payload = FILL_SILENCE;
	} else if (word.n > 6 && slice_eq_str(slice_sub(word, 0, 6), "noise:")) {
		s->payload = FILL_NOISE;
		s->noise_seed = recipe_whole(r, slice_from(word, 6), UINT32_MAX);
	} else if (word.n > 6 && slice_eq_str(slice_sub(word, 0, 6), "sound:")) {
		recipe_sound_read(r, slice_from(word, 6), s);
	} else {
		recipe_fail(r, "'%.*s' is no payload: tone, silence, noise:SEED, sound:SCORE",
		            SLICE_ARG(word));
	}
}

void directive_rtp(struct recipe *r, struct args *a)
{
	struct slice codec = args_text(a, "codec"), name = args_text(a, "name");
	unsigned ptime = (unsigned)args_whole(r, a, "ptime", 20, 1000);
	unsigned count = (unsigned)args_whole(r, a, "count", 100, 1000000);
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "where the stream comes from"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "where the stream goes to"));

	if (ptime == 0 || count == 0)
		recipe_fail(r, "ptime and count are at least 1");
	if (r->failed)
		return;
	struct rtp_stream *s = add_stream(r, codec.p ? codec : SLICE_LIT("PCMU"), ptime, count);
	s->name = name;
	s->src = src;
	s->dst = dst;
	s->start_ns = r->now_ns;
	s->payload_type = (uint8_t)args_whole(r, a, "pt", s->payload_type, 127);
	s->ssrc = (uint32_t)args_whole(r, a, "ssrc", s->ssrc, UINT32_MAX);
	s->seq = (uint16_t)args_whole(r, a, "seq", s->seq, UINT16_MAX);
	s->timestamp = (uint32_t)args_whole(r, a, "ts", s->timestamp, UINT32_MAX);
	s->octets = args_whole(r, a, "octets", s->octets, 8192);
	read_payload(r, a, s);
	recipe_seal_stream(r, a, s);
	read_faults(r, a, s);
}

/* --- digits --------------------------------------------------------------------------------------------------------- */

static uint8_t digit_code(struct recipe *r, struct slice word)
{
	static const char codes[] = "0123456789*#ABCD";

	if (word.n == 1 && strchr(codes, word.p[0]))
		return (uint8_t)(strchr(codes, word.p[0]) - codes);
	return (uint8_t)recipe_whole(r, word, 255);
}

static struct rtp_stream *stream_for_digit(struct recipe *r, struct slice name)
{
	for (unsigned i = r->stream_count; i > 0; i--)
		if (!name.p || slice_eq(r->streams[i - 1]->name, name))
			return r->streams[i - 1];
	recipe_fail(r, "there is no such stream to press a digit in");
	return NULL;
}

void directive_digit(struct recipe *r, struct args *a)
{
	struct digit d = { .code = digit_code(r, args_word(r, a, "the digit")),
		           .at_ns = r->now_ns };
	struct rtp_stream *s = stream_for_digit(r, args_text(a, "stream"));
	int64_t duration = args_millis(r, a, "duration", 100 * NS_PER_MS);

	d.payload_type = (uint8_t)args_whole(r, a, "pt", 101, 127);
	d.volume = (uint8_t)args_whole(r, a, "volume", 10, 63);
	d.prefix = (unsigned)args_whole(r, a, "prefix", 0, 16);
	d.ends = (unsigned)args_whole(r, a, "ends", 3, 16);
	d.marker = !args_flag(a, "no-marker");
	d.reserved_bit = args_flag(a, "reserved-bit");
	d.wraps = args_flag(a, "wraps");
	d.milliseconds = args_flag(a, "milliseconds");
	d.no_end = args_flag(a, "no-end");
	d.redundant_type = (uint8_t)args_whole(r, a, "red", 0, 127);
	if (s && s->digit_count == STREAM_MAX_DIGITS)
		recipe_fail(r, "more than %d digits in a stream", STREAM_MAX_DIGITS);
	if (!s || r->failed)
		return;
	d.duration = (uint64_t)(duration * s->clock_hz / NS_PER_S);
	s->digits[s->digit_count++] = d;
}

/* --- playing -------------------------------------------------------------------------------------------------------- */

struct player {
	const struct rtp_stream *s;
	int64_t pause_ns;
	uint16_t seq;
	uint32_t timestamp, roc;
	/* The digit being sent. */
	const struct digit *digit;
	unsigned next_digit, ends_sent;
	uint32_t segment_timestamp;
	uint64_t units, segments; /* of the press so far; whole segments of 0xffff behind us */
	bool first;
	bool segment_full;
	uint32_t before_timestamp; /* of the press before, and its last report */
	uint8_t before[4];
};

/* The digital milliwatt, ITU-T G.711 tables 5 and 6: 1 kHz at 0 dBm0. Other codecs get fixed octets. */
static void fill_tone(const struct rtp_stream *s, uint8_t *p)
{
	static const uint8_t ulaw[8] = { 0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e };
	static const uint8_t alaw[8] = { 0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4 };

	for (size_t i = 0; i < s->octets; i++) {
		if (slice_eq_str(s->codec, "PCMU"))
			p[i] = ulaw[i % 8];
		else if (slice_eq_str(s->codec, "PCMA"))
			p[i] = alaw[i % 8];
		else
			p[i] = (uint8_t)(0x40 + i * 37);
	}
}

/* The same octets for the same seed and packet number, whatever the stream's SSRC and sequence numbers are. */
static void fill_payload(const struct rtp_stream *s, unsigned i, uint8_t *p)
{
	struct craft_random random = { s->noise_seed << 32 | i };

	switch (s->payload) {
	case FILL_TONE: fill_tone(s, p); return;
	case FILL_SILENCE:
		memset(p, slice_eq_str(s->codec, "PCMA") ? 0xd5 : 0xff, s->octets);
		return;
	case FILL_NOISE:
		for (size_t k = 0; k < s->octets; k++)
			p[k] = (uint8_t)craft_random_next(&random);
		return;
	case FILL_SOUND: recipe_sound_fill(s, i, p); return;
	}
}

static struct slice audio_packet(struct recipe *r, const struct player *p, unsigned i, bool marker)
{
	uint8_t *bytes = recipe_alloc(r, CRAFT_RTP_HEADER + p->s->octets);
	struct craft_rtp rtp = { p->s->payload_type, marker, p->seq, p->timestamp, p->s->ssrc };

	craft_rtp_header(&rtp, bytes);
	fill_payload(p->s, i, bytes + CRAFT_RTP_HEADER);
	return slice_of(bytes, CRAFT_RTP_HEADER + p->s->octets);
}

/* RFC 4733 2.5.1.3: at 0xffff a press goes on in a new segment, whose timestamp is where the old one ended. */
static void advance_digit(struct player *p)
{
	if (p->segment_full) {
		p->segment_full = false;
		p->segments++;
		p->segment_timestamp += 0xffff;
	}
	p->units += p->s->units;
	if (p->units > p->digit->duration)
		p->units = p->digit->duration;
}

/* RFC 2198: header of the redundant block, header of the primary one, both blocks of four octets. */
static struct slice redundant_packet(struct recipe *r, struct player *p, struct craft_rtp rtp,
                                     const uint8_t report[static 4], bool last)
{
	uint32_t offset = p->segment_timestamp - p->before_timestamp;
	bool with = p->before_timestamp && offset < 1u << 14;
	uint8_t *bytes = recipe_alloc(r, CRAFT_RTP_HEADER + 13), *out = bytes + CRAFT_RTP_HEADER;

	rtp.payload_type = p->digit->redundant_type;
	craft_rtp_header(&rtp, bytes);
	if (with) {
		craft_put_be32(out, 1u << 31 | (uint32_t)p->digit->payload_type << 24 |
		                            offset << 10 | 4);
		out += 4;
	}
	*out++ = p->digit->payload_type;
	if (with) {
		memcpy(out, p->before, 4);
		out += 4;
	}
	memcpy(out, report, 4);
	if (last) {
		p->before_timestamp = p->segment_timestamp;
		memcpy(p->before, report, 4);
	}
	return slice_of(bytes, (size_t)(out + 4 - bytes));
}

static struct slice event_packet(struct recipe *r, struct player *p)
{
	const struct digit *d = p->digit;
	uint8_t *bytes = recipe_alloc(r, CRAFT_RTP_HEADER + d->prefix + 4),
	        *payload = bytes + CRAFT_RTP_HEADER + d->prefix;

	advance_digit(p);
	bool end = p->units == d->duration;
	uint64_t duration = p->units - p->segments * 0xffff;
	if (d->wraps) {
		duration = p->units & 0xffff;
	} else if (duration > 0xffff) {
		duration = 0xffff;
		end = false;
		p->segment_full = true;
	}
	struct craft_rtp rtp = { d->payload_type, p->first && d->marker, p->seq,
		                 p->segment_timestamp, p->s->ssrc };
	craft_rtp_header(&rtp, bytes);
	payload[0] = d->code;
	payload[1] = (uint8_t)((end && !d->no_end ? 0x80 : 0) | (d->reserved_bit ? 0x40 : 0) |
	                       d->volume);
	craft_put_be16(payload + 2,
	               (uint32_t)(d->milliseconds ? duration * 1000 / p->s->clock_hz : duration));
	p->first = false;
	p->ends_sent += end;
	bool last = end && (d->no_end || p->ends_sent >= d->ends);
	struct slice packet = slice_of(bytes, CRAFT_RTP_HEADER + d->prefix + 4);
	if (d->redundant_type)
		packet = redundant_packet(r, p, rtp, payload, last);
	if (last)
		p->digit = NULL;
	return packet;
}

static void start_digit(struct player *p, int64_t slot_ns)
{
	const struct rtp_stream *s = p->s;

	if (p->digit || p->next_digit == s->digit_count || slot_ns < s->digits[p->next_digit].at_ns)
		return;
	p->digit = &s->digits[p->next_digit++];
	p->segment_timestamp = p->timestamp;
	p->units = p->segments = p->ends_sent = 0;
	p->segment_full = false;
	p->first = true;
}

static int64_t slot_of(const struct player *p, unsigned i)
{
	return p->s->start_ns + p->pause_ns + (int64_t)(i - 1) * p->s->ptime_ns;
}

static int64_t arrival_of(const struct player *p, unsigned i)
{
	const struct rtp_stream *s = p->s;
	unsigned slot = i;

	/* A swapped packet and its successor change places. */
	if (s->swapped[i] && i < s->count)
		slot = i + 1;
	else if (i > 1 && s->swapped[i - 1])
		slot = i - 1;
	return slot_of(p, slot) + s->delay_ns[i];
}

static void play_packet(struct recipe *r, struct player *p, unsigned i)
{
	const struct rtp_stream *s = p->s;
	bool after_pause = i > 1 && s->pause_ns[i - 1] > 0;

	if (after_pause) {
		p->pause_ns += s->pause_ns[i - 1];
		p->timestamp += (uint32_t)(s->pause_ns[i - 1] / NS_PER_US * s->clock_hz / 1000000);
	}
	p->seq = (uint16_t)(p->seq + s->seq_jump[i]);
	p->timestamp = (uint32_t)(p->timestamp + s->timestamp_jump[i]);
	if (s->ttl[i])
		r->path.ttl = (uint8_t)s->ttl[i];
	start_digit(p, slot_of(p, i));
	struct slice bytes =
	        p->digit ? event_packet(r, p) : audio_packet(r, p, i, s->marked[i] || after_pause);
	bytes = recipe_sealed(r, s, i, p->roc, bytes);
	int64_t arrival = arrival_of(p, i);
	if (!s->lost[i])
		recipe_udp(r, arrival, s->src, s->dst, bytes);
	if (s->duplicated[i])
		recipe_udp(r, arrival + s->duplicate_after_ns, s->src, s->dst, bytes);
	p->roc += ++p->seq == 0;
	p->timestamp += s->units;
}

void recipe_stream_play(struct recipe *r, const struct rtp_stream *s)
{
	struct player p = { .s = s, .seq = s->seq, .timestamp = s->timestamp, .roc = s->roc };

	r->path = s->path;
	r->mirror = s->mirror;
	for (unsigned i = 1; i <= s->count; i++)
		play_packet(r, &p, i);
}
