#include "analyzer/capture/pcapng_format.h"

#include "base/cursor.h"
#include "base/mem.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_NAMES = 4,
	BLOCK_STATISTICS = 5,
	BLOCK_ENHANCED = 6,
	BLOCK_JOURNAL = 9, /* systemd */
	BLOCK_SECRETS = 10,
	BLOCK_CUSTOM = 0x0bad,
};
#define BLOCK_CUSTOM_UNCOPIED 0x40000badu

enum { BLOCK_MIN = 12, SECTION_MIN = 28, STATISTICS_MAX = 4096 };

/* One block in the window, length and trailer already checked. */
struct block {
	uint32_t type;
	int64_t offset;
	struct slice body;
};

static inline uint32_t load32(const struct pcapng_format *f, const uint8_t *p)
{
	return f->big_endian ? load_be32(p) : load_le32(p);
}

static inline uint16_t load16(const struct pcapng_format *f, const uint8_t *p)
{
	return f->big_endian ? load_be16(p) : load_le16(p);
}

static uint64_t load64(const struct pcapng_format *f, const uint8_t *p)
{
	uint64_t high = load32(f, p + (f->big_endian ? 0 : 4));

	return high << 32 | load32(f, p + (f->big_endian ? 4 : 0));
}

bool pcapng_format_recognise(struct slice head)
{
	if (head.n < 4 || load_be32(head.p) != BLOCK_SECTION)
		return false;
	return head.n < 12 || load_be32(head.p + 8) == BYTE_ORDER_MAGIC ||
	       load_le32(head.p + 8) == BYTE_ORDER_MAGIC;
}

void pcapng_format_open(struct pcapng_format *f, struct input *in)
{
	*f = (struct pcapng_format){ .last_ns = 0 };
	reader_init(&f->reader, in);
}

void pcapng_format_release(struct pcapng_format *f)
{
	mem_free(f->interfaces);
	f->interfaces = NULL;
	f->interface_count = f->interface_capacity = 0;
}

/* --- time ------------------------------------------------------------------------------------------------------ */

static uint64_t power_of_ten(unsigned n)
{
	uint64_t value = 1;

	while (n-- > 0)
		value *= 10;
	return value;
}

void pcapng_resolution(struct pcapng_interface *i, uint8_t tsresol)
{
	unsigned n = tsresol & 0x7f;

	if (tsresol & 0x80) {
		i->scale = PCAPNG_BINARY;
		i->shift = (uint8_t)n;
	} else if (n <= 9) {
		i->scale = PCAPNG_MULTIPLY;
		i->factor = power_of_ten(9 - n);
	} else if (n <= 28) {
		i->scale = PCAPNG_DIVIDE;
		i->factor = power_of_ten(n - 9);
	} else {
		/* 64 bits of units finer than 10^-28 s never make a nanosecond, and nor do those of 2^-127 s. */
		i->scale = PCAPNG_BINARY;
		i->shift = 127;
	}
}

int64_t pcapng_time(const struct pcapng_interface *i, uint64_t units)
{
	__int128 ns = 0;

	/* 64 bits of units times at most 10^9 and 64 bits of offset times 10^9 stay below 2^95. */
	switch (i->scale) {
	case PCAPNG_MULTIPLY: ns = (__int128)units * (__int128)i->factor; break;
	case PCAPNG_DIVIDE: ns = (__int128)(units / i->factor); break;
	case PCAPNG_BINARY: ns = (__int128)units * NS_PER_S >> i->shift; break;
	}
	ns += (__int128)i->offset_s * NS_PER_S;
	return clock_within(ns);
}

/* --- sections and interfaces ----------------------------------------------------------------------------------- */

static uint64_t add(uint64_t a, uint64_t b)
{
	if (a > INT64_MAX || b > INT64_MAX - a)
		return INT64_MAX;
	return a + b;
}

static uint64_t dropped_so_far(const struct pcapng_format *f)
{
	uint64_t sum = f->dropped;

	for (uint32_t i = 0; i < f->interface_count; i++)
		sum = add(sum, f->interfaces[i].dropped);
	return sum;
}

uint64_t pcapng_format_dropped(const struct pcapng_format *f)
{
	return f->has_statistics ? dropped_so_far(f) : CAPTURE_DROPS_UNKNOWN;
}

static enum capture_status section_begin(struct pcapng_format *f, const struct block *b)
{
	unsigned major = load16(f, b->body.p + 4), minor = load16(f, b->body.p + 6);

	if (major != 1)
		return reader_damaged(&f->reader, b->offset,
		                      "section of pcapng version %u.%u (1.0 is known)", major,
		                      minor);
	f->dropped = dropped_so_far(f);
	f->interface_base += f->interface_count;
	f->interface_count = 0;
	return CAPTURE_PACKET;
}

static void read_option(struct pcapng_format *f, struct pcapng_interface *i, uint16_t code,
                        struct slice value)
{
	enum { IF_TSRESOL = 9, IF_TSOFFSET = 14 };

	if (code == IF_TSRESOL && value.n >= 1)
		pcapng_resolution(i, value.p[0]);
	if (code == IF_TSOFFSET && value.n >= 8)
		i->offset_s = (int64_t)load64(f, value.p);
}

/* Options are code(2) length(2) value, padded to four octets; what does not add up ends them. False at the end. */
static bool next_option(const struct pcapng_format *f, struct slice *options, uint16_t *code,
                        struct slice *value)
{
	if (options->n < 4)
		return false;
	uint16_t length = load16(f, options->p + 2);
	*code = load16(f, options->p);
	*options = slice_from(*options, 4);
	if (*code == 0 || length > options->n)
		return false;
	*value = slice_sub(*options, 0, length);
	*options = slice_from(*options, (length + 3u) & ~3u);
	return true;
}

static void read_options(struct pcapng_format *f, struct pcapng_interface *i, struct slice options)
{
	struct slice value;
	uint16_t code;

	while (next_option(f, &options, &code, &value))
		read_option(f, i, code, value);
}

/* Interface Statistics: interface(4) timestamp(8) options. What the interface dropped and what the system behind it did add up. */
static void read_statistics(struct pcapng_format *f, struct slice body)
{
	enum { ISB_IFDROP = 5, ISB_OSDROP = 7 };
	uint32_t number = body.n >= 12 ? load32(f, body.p) : UINT32_MAX;
	struct slice options = slice_from(body, 12), value;
	uint64_t dropped = 0;
	uint16_t code;

	if (number >= f->interface_count)
		return;
	while (next_option(f, &options, &code, &value))
		if ((code == ISB_IFDROP || code == ISB_OSDROP) && value.n >= 8) {
			f->has_statistics = true;
			dropped = add(dropped, load64(f, value.p));
		}
	f->interfaces[number].dropped = dropped;
}

static struct pcapng_interface *interface_add(struct pcapng_format *f, struct err *err)
{
	if (f->interface_count == f->interface_capacity) {
		uint32_t capacity = f->interface_capacity ? 2 * f->interface_capacity : 4;
		void *grown = mem_resize(f->interfaces, capacity * sizeof *f->interfaces);
		if (!grown) {
			err_memory(err, "a capture's interfaces");
			return NULL;
		}
		f->interfaces = grown;
		f->interface_capacity = capacity;
	}
	return &f->interfaces[f->interface_count++];
}

static enum capture_status interface_begin(struct pcapng_format *f, const struct block *b,
                                           struct err *err)
{
	if (f->interface_count >= PCAPNG_INTERFACES_MAX)
		return CAPTURE_PACKET;
	struct pcapng_interface *i = interface_add(f, err);
	if (!i)
		return CAPTURE_FAILED;
	*i = (struct pcapng_interface){ .unusable = b->body.n < 8 };
	pcapng_resolution(i, 6); /* microseconds where nothing is said */
	if (i->unusable)
		return CAPTURE_PACKET;
	i->link_type = load16(f, b->body.p);
	i->snaplen = load32(f, b->body.p + 4);
	read_options(f, i, slice_from(b->body, 8));
	return CAPTURE_PACKET;
}

/* --- packets --------------------------------------------------------------------------------------------------- */

static const struct pcapng_interface *interface_find(const struct pcapng_format *f, uint32_t number)
{
	if (number >= f->interface_count || f->interfaces[number].unusable)
		return NULL;
	return &f->interfaces[number];
}

/* Enhanced Packet: interface(4) time(8) captured(4) original(4) octets; the obsolete Packet Block has interface(2) drops(2). */
static bool read_timed(struct pcapng_format *f, const struct block *b, struct packet *out)
{
	if (b->body.n < 20)
		return false;
	const uint8_t *p = b->body.p;
	uint32_t number = b->type == BLOCK_ENHANCED ? load32(f, p) : load16(f, p);
	uint32_t captured = load32(f, p + 12);
	const struct pcapng_interface *i = interface_find(f, number);
	if (!i || captured > b->body.n - 20)
		return false;
	uint64_t units = (uint64_t)load32(f, p + 4) << 32 | load32(f, p + 8);
	f->last_ns = pcapng_time(i, units);
	out->data = slice_of(p + 20, captured);
	out->original_length = load32(f, p + 16);
	out->link_type = i->link_type;
	out->interface = f->interface_base + number;
	return true;
}

/* Simple Packet: original(4) octets, on interface 0, cut at its snap length. */
static bool read_simple(struct pcapng_format *f, const struct block *b, struct packet *out)
{
	const struct pcapng_interface *i = interface_find(f, 0);

	if (!i || b->body.n < 4)
		return false;
	size_t captured = out->original_length = load32(f, b->body.p);
	if (i->snaplen > 0 && captured > i->snaplen)
		captured = i->snaplen;
	out->data = slice_sub(b->body, 4, captured);
	out->link_type = i->link_type;
	out->interface = f->interface_base;
	return true;
}

static bool read_packet(struct pcapng_format *f, const struct block *b, struct packet *out)
{
	bool read = b->type == BLOCK_SIMPLE ? read_simple(f, b, out) : read_timed(f, b, out);

	f->reader.frame++;
	if (!read) {
		f->reader.skipped++;
		return false;
	}
	out->time_ns = f->last_ns;
	out->frame = f->reader.frame;
	out->offset = b->offset;
	return true;
}

/* --- blocks ---------------------------------------------------------------------------------------------------- */

static bool is_kept_whole(uint32_t type, uint32_t length)
{
	return type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_PACKET ||
	       type == BLOCK_INTERFACE || type == BLOCK_SECTION ||
	       (type == BLOCK_STATISTICS && length <= STATISTICS_MAX);
}

static bool is_without_packets(uint32_t type)
{
	return type == BLOCK_NAMES || type == BLOCK_STATISTICS || type == BLOCK_JOURNAL ||
	       type == BLOCK_SECRETS || type == BLOCK_CUSTOM || type == BLOCK_CUSTOM_UNCOPIED;
}

/* Reads on until n octets of the block are in the window; CAPTURE_PACKET stands for "they are". */
static inline enum capture_status need(struct pcapng_format *f, int64_t offset, uint32_t n,
                                       struct err *err)
{
	enum input_status status = input_need(f->reader.input, n, err);

	if (__builtin_expect(status == INPUT_OK, 1))
		return CAPTURE_PACKET;
	if (status == INPUT_FAILED)
		return CAPTURE_FAILED;
	if (f->reader.damage_offset >= 0)
		return CAPTURE_END;
	if (input_have(f->reader.input) == 0)
		return reader_end(&f->reader);
	return reader_cut(&f->reader, offset, "block", n);
}

/* A section header's byte order has to be known before its length. */
static enum capture_status byte_order(struct pcapng_format *f, int64_t offset, struct err *err)
{
	enum capture_status status = need(f, offset, 12, err);

	if (status != CAPTURE_PACKET)
		return status;
	const uint8_t *p = f->reader.input->p + 8;
	f->big_endian = load_be32(p) == BYTE_ORDER_MAGIC;
	if (!f->big_endian && load_le32(p) != BYTE_ORDER_MAGIC)
		return reader_damaged(&f->reader, offset, "section without byte-order magic");
	return CAPTURE_PACKET;
}

static enum capture_status trailer_wrong(struct pcapng_format *f, int64_t offset, uint32_t length,
                                         uint32_t trailer)
{
	return reader_damaged(&f->reader, offset, "block length %u is %u behind the block", length,
	                      trailer);
}

/* Steps over a block of any length without keeping it. */
static enum capture_status step_over(struct pcapng_format *f, uint32_t type, int64_t offset,
                                     uint32_t length, struct err *err)
{
	struct input *in = f->reader.input;
	enum input_status status = input_skip(in, length - 4, err);

	if (status == INPUT_OK)
		status = input_need(in, 4, err);
	if (status != INPUT_OK)
		return status == INPUT_FAILED ? CAPTURE_FAILED
		                              : reader_cut(&f->reader, offset, "block", length);
	uint32_t trailer = load32(f, in->p);
	if (trailer != length)
		return trailer_wrong(f, offset, length, trailer);
	in->p += 4;
	if (!is_without_packets(type))
		f->reader.skipped++;
	return CAPTURE_PACKET;
}

static enum capture_status length_check(struct pcapng_format *f, uint32_t type, int64_t offset,
                                        uint32_t length)
{
	if (length < (type == BLOCK_SECTION ? SECTION_MIN : BLOCK_MIN) || length % 4 != 0)
		return reader_damaged(&f->reader, offset, "impossible block length %u", length);
	if (length > INPUT_WINDOW_MAX && is_kept_whole(type, length))
		return reader_damaged(&f->reader, offset, "block length %u is beyond %u", length,
		                      INPUT_WINDOW_MAX);
	return CAPTURE_PACKET;
}

/* The next block that is kept whole, in *b; others are stepped over, one a call, and leave b->body absent. */
static inline enum capture_status block_next(struct pcapng_format *f, struct block *b,
                                             struct err *err)
{
	struct input *in = f->reader.input;

	b->offset = input_offset(in);
	b->body = SLICE_NONE;
	enum capture_status status = need(f, b->offset, 8, err);
	if (status != CAPTURE_PACKET)
		return status;
	b->type = load32(f, in->p);
	if (b->type == BLOCK_SECTION && (status = byte_order(f, b->offset, err)) != CAPTURE_PACKET)
		return status;
	uint32_t length = load32(f, in->p + 4);
	status = length_check(f, b->type, b->offset, length);
	if (status != CAPTURE_PACKET)
		return status;
	if (__builtin_expect(!is_kept_whole(b->type, length), 0))
		return step_over(f, b->type, b->offset, length, err);
	status = need(f, b->offset, length, err);
	if (status != CAPTURE_PACKET)
		return status;
	uint32_t trailer = load32(f, in->p + length - 4);
	if (__builtin_expect(trailer != length, 0))
		return trailer_wrong(f, b->offset, length, trailer);
	b->body = slice_of(in->p + 8, length - BLOCK_MIN);
	in->p += length;
	return CAPTURE_PACKET;
}

static enum capture_status describe(struct pcapng_format *f, const struct block *b, struct err *err)
{
	return b->type == BLOCK_SECTION ? section_begin(f, b) : interface_begin(f, b, err);
}

enum capture_status pcapng_format_next(struct pcapng_format *f, struct packet *out, struct err *err)
{
	struct block b;

	for (;;) {
		enum capture_status status = block_next(f, &b, err);
		if (status != CAPTURE_PACKET)
			return status;
		if (!b.body.p)
			continue;
		if (b.type == BLOCK_SECTION || b.type == BLOCK_INTERFACE) {
			status = describe(f, &b, err);
			if (status != CAPTURE_PACKET)
				return status;
		} else if (b.type == BLOCK_STATISTICS) {
			read_statistics(f, b.body);
		} else if (read_packet(f, &b, out)) {
			return CAPTURE_PACKET;
		}
	}
}
