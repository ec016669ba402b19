#include "analyzer/capture/pcap_format.h"

#include "base/cursor.h"

#define FILE_HEADER 24u

enum {
	MAGIC_US = 0xa1b2c3d4,
	MAGIC_NS = 0xa1b23c4d,
	MAGIC_MODIFIED = 0xa1b2cd34,
};

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC_US || magic == MAGIC_NS || magic == MAGIC_MODIFIED;
}

bool pcap_format_recognise(struct slice head)
{
	return head.n >= 4 && (is_magic(load_be32(head.p)) || is_magic(load_le32(head.p)));
}

static inline uint32_t load32(const struct pcap_format *f, const uint8_t *p)
{
	return f->big_endian ? load_be32(p) : load_le32(p);
}

static inline uint16_t load16(const struct pcap_format *f, const uint8_t *p)
{
	return f->big_endian ? load_be16(p) : load_le16(p);
}

static bool read_header(struct pcap_format *f, const uint8_t *p, struct err *err)
{
	f->big_endian = is_magic(load_be32(p));
	uint32_t magic = load32(f, p);
	unsigned major = load16(f, p + 4), minor = load16(f, p + 6);

	/* 543.0 is what DG/UX wrote, with the lengths as before 2.3 (libpcap, sf-pcap.c). */
	if (major != 2 && major != 543)
		return err_set(err, ERR_FORMAT, "is a pcap file of version %u.%u; 2.4 is known",
		               major, minor);
	f->lengths_swapped = major != 2 || minor < 3;
	f->lengths_doubtful = major == 2 && minor == 3;
	f->nanoseconds = magic == MAGIC_NS;
	f->record_header = magic == MAGIC_MODIFIED ? 24 : 16;
	f->fraction_ns = f->nanoseconds ? 1 : 1000;
	/* The upper half holds the length of the frame check sequence and flags. */
	f->link_type = load32(f, p + 20) & 0xffff;
	return true;
}

bool pcap_format_open(struct pcap_format *f, struct input *in, struct err *err)
{
	*f = (struct pcap_format){ .record_header = 16 };
	reader_init(&f->reader, in);
	switch (input_need(in, FILE_HEADER, err)) {
	case INPUT_OK: break;
	case INPUT_END:
		reader_cut(&f->reader, 0, "file header", FILE_HEADER);
		in->p = in->end; /* it is no record either */
		return true;
	case INPUT_FAILED: return false;
	}
	if (!read_header(f, in->p, err))
		return false;
	in->p += FILE_HEADER;
	return true;
}

static enum capture_status header_missing(struct pcap_format *f)
{
	struct input *in = f->reader.input;

	if (f->reader.damage_offset >= 0)
		return CAPTURE_END;
	if (input_have(in) == 0)
		return reader_end(&f->reader);
	return reader_cut(&f->reader, input_offset(in), "record header", f->record_header);
}

static void swap_lengths(const struct pcap_format *f, uint32_t *captured, uint32_t *original)
{
	if (f->lengths_doubtful && *captured <= *original)
		return;
	uint32_t t = *captured;
	*captured = *original;
	*original = t;
}

enum capture_status pcap_format_next(struct pcap_format *f, struct packet *out, struct err *err)
{
	struct input *in = f->reader.input;
	enum input_status status = input_need(in, f->record_header, err);

	if (__builtin_expect(status != INPUT_OK, 0))
		return status == INPUT_END ? header_missing(f) : CAPTURE_FAILED;
	uint32_t seconds = load32(f, in->p), fraction = load32(f, in->p + 4);
	uint32_t captured = load32(f, in->p + 8), original = load32(f, in->p + 12);
	if (__builtin_expect(f->lengths_swapped || f->lengths_doubtful, 0))
		swap_lengths(f, &captured, &original);
	int64_t offset = input_offset(in);
	if (__builtin_expect(captured > READER_PACKET_MAX, 0))
		return reader_damaged(&f->reader, offset, "record length %u is beyond %u", captured,
		                      READER_PACKET_MAX);
	size_t whole = f->record_header + captured;
	status = input_need(in, whole, err);
	if (__builtin_expect(status != INPUT_OK, 0))
		return status == INPUT_END ? reader_cut(&f->reader, offset, "record", whole)
		                           : CAPTURE_FAILED;
	/* 2^32 s in ns is below 2^62: this cannot overflow, whatever the fraction. */
	out->time_ns = seconds * NS_PER_S + (int64_t)fraction * f->fraction_ns;
	out->data = slice_of(in->p + f->record_header, captured);
	out->original_length = original;
	out->link_type = f->link_type;
	out->interface = 0;
	out->frame = ++f->reader.frame;
	out->offset = offset;
	in->p += whole;
	return CAPTURE_PACKET;
}
