#include "sim/media/capture_file.h"

#include "base/clock.h"
#include "base/cursor.h"

#define PCAP_MICRO    0xa1b2c3d4u
#define PCAP_NANO     0xa1b23c4du
#define SECTION       0x0a0d0d0au
#define SECTION_ORDER 0x1a2b3c4du
#define INTERFACE     1u
#define ENHANCED      6u
#define RESOLUTION    9u /* option if_tsresol */

static uint32_t get32(const struct capture_file *f, const uint8_t *p)
{
	return f->swapped ? load_be32(p) : load_le32(p);
}

static uint16_t get16(const struct capture_file *f, const uint8_t *p)
{
	return f->swapped ? load_be16(p) : load_le16(p);
}

static int64_t to_ns(uint64_t time, uint64_t units)
{
	return clock_within((__int128)time * NS_PER_S / (__int128)units);
}

/* --- classic ------------------------------------------------------------------------------------------------------ */

static bool begin_classic(struct capture_file *f, struct slice bytes)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		uint32_t magic = swapped ? load_be32(bytes.p) : load_le32(bytes.p);
		if (magic != PCAP_MICRO && magic != PCAP_NANO)
			continue;
		f->swapped = swapped;
		f->interfaces[0].units = magic == PCAP_NANO ? 1000000000 : 1000000;
		f->interfaces[0].link_type = get32(f, bytes.p + 20) & 0xffff;
		f->rest = slice_from(bytes, 24);
		return true;
	}
	return false;
}

static bool next_classic(struct capture_file *f, struct capture_frame *out)
{
	const uint8_t *p = f->rest.p;

	if (f->rest.n < 16)
		return false;
	uint32_t n = get32(f, p + 8);
	uint64_t units = f->interfaces[0].units;
	out->link_type = f->interfaces[0].link_type;
	out->time_ns = to_ns((uint64_t)get32(f, p) * units + get32(f, p + 4), units);
	out->bytes = slice_sub(f->rest, 16, n);
	if (out->bytes.n < n)
		return false;
	f->rest = slice_from(f->rest, 16 + (size_t)n);
	return true;
}

/* --- pcapng ------------------------------------------------------------------------------------------------------- */

static uint64_t units_of(uint8_t resolution)
{
	uint64_t units = 1;

	if (resolution & 0x80)
		return (resolution & 0x7f) < 63 ? UINT64_C(1) << (resolution & 0x7f) : 1;
	for (unsigned i = 0; i < resolution && i < 18; i++)
		units *= 10;
	return units;
}

static void read_interface(struct capture_file *f, struct slice body)
{
	struct capture_interface *i;
	size_t at = 8;

	if (f->interface_count == CAPTURE_MAX_INTERFACES || body.n < 8)
		return;
	i = &f->interfaces[f->interface_count++];
	*i = (struct capture_interface){ get16(f, body.p), 1000000 };
	while (body.n >= at + 4) {
		uint16_t option = get16(f, body.p + at), n = get16(f, body.p + at + 2);
		if (!option)
			return;
		if (option == RESOLUTION && n && body.n > at + 4)
			i->units = units_of(body.p[at + 4]);
		at += 4 + (((size_t)n + 3) & ~(size_t)3);
	}
}

static bool read_enhanced(const struct capture_file *f, struct slice body,
                          struct capture_frame *out)
{
	if (body.n < 20 || get32(f, body.p) >= f->interface_count)
		return false;
	const struct capture_interface *i = &f->interfaces[get32(f, body.p)];
	out->link_type = i->link_type;
	out->time_ns = to_ns((uint64_t)get32(f, body.p + 4) << 32 | get32(f, body.p + 8), i->units);
	out->bytes = slice_sub(body, 20, get32(f, body.p + 12));
	return true;
}

/* The next block; false: none. A section header says the order of its octets itself. */
static bool next_block(struct capture_file *f, uint32_t *type, struct slice *body)
{
	uint32_t n;

	if (f->rest.n < 12)
		return false;
	*type = load_le32(f->rest.p);
	if (*type == SECTION) {
		f->swapped = load_be32(f->rest.p + 8) == SECTION_ORDER;
		f->interface_count = 0;
	}
	*type = get32(f, f->rest.p);
	n = get32(f, f->rest.p + 4);
	if (n < 12 || n % 4 || n > f->rest.n)
		return false;
	*body = slice_sub(f->rest, 8, n - 12);
	f->rest = slice_from(f->rest, n);
	return true;
}

static bool next_of_blocks(struct capture_file *f, struct capture_frame *out)
{
	struct slice body;
	uint32_t type;

	while (next_block(f, &type, &body)) {
		if (type == INTERFACE)
			read_interface(f, body);
		else if (type == ENHANCED && read_enhanced(f, body, out))
			return true;
	}
	return false;
}

/* --- both --------------------------------------------------------------------------------------------------------- */

bool capture_file_begin(struct capture_file *f, struct slice bytes)
{
	*f = (struct capture_file){ .rest = bytes };
	if (bytes.n < 24)
		return false;
	if (load_le32(bytes.p) == SECTION) {
		f->next_generation = true;
		return true;
	}
	return begin_classic(f, bytes);
}

bool capture_file_next(struct capture_file *f, struct capture_frame *out)
{
	return f->next_generation ? next_of_blocks(f, out) : next_classic(f, out);
}
