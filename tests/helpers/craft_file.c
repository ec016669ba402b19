#include "tests/helpers/craft_file.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>

#define BUFFER_BYTES (1u << 20)

/* pcap's registry: LINKTYPE and magic numbers; pcapng block and option types. */
enum {
	MAGIC_US = 0xa1b2c3d4,
	MAGIC_NS = 0xa1b23c4d,
};
enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_STATISTICS = 5, BLOCK_PACKET = 6 };
enum { OPTION_IFDROP = 5, OPTION_TSRESOL = 9 };

static uint8_t *put16(const struct craft_file *file, uint8_t *p, uint32_t value)
{
	p[file->big_endian ? 0 : 1] = (uint8_t)(value >> 8);
	p[file->big_endian ? 1 : 0] = (uint8_t)value;
	return p + 2;
}

static uint8_t *put32(const struct craft_file *file, uint8_t *p, uint32_t value)
{
	if (file->big_endian)
		return put16(file, put16(file, p, value >> 16), value & 0xffff);
	return put16(file, put16(file, p, value & 0xffff), value >> 16);
}

static void write_bytes(struct craft_file *file, const void *p, size_t n)
{
	file->bytes += fwrite_unlocked(p, 1, n, file->f);
}

static void write_pcap_header(struct craft_file *file, uint32_t link_type)
{
	uint8_t header[24], *p = header;

	p = put32(file, p, file->format == CRAFT_PCAP_NS ? (uint32_t)MAGIC_NS : (uint32_t)MAGIC_US);
	p = put16(file, p, 2);
	p = put16(file, p, 4);
	p = put32(file, p, 0);
	p = put32(file, p, 0);
	p = put32(file, p, file->snaplen);
	put32(file, p, link_type);
	write_bytes(file, header, sizeof(header));
}

void craft_file_section(struct craft_file *file)
{
	uint8_t block[28], *p = block;

	p = put32(file, p, BLOCK_SECTION);
	p = put32(file, p, sizeof(block));
	p = put32(file, p, 0x1a2b3c4d);
	p = put16(file, p, 1);
	p = put16(file, p, 0);
	p = put32(file, p, UINT32_MAX); /* section length: not said */
	p = put32(file, p, UINT32_MAX);
	put32(file, p, sizeof(block));
	write_bytes(file, block, sizeof(block));
	file->interfaces = 0;
}

unsigned craft_file_interface(struct craft_file *file, uint32_t link_type)
{
	uint8_t block[32], *p = block;

	p = put32(file, p, BLOCK_INTERFACE);
	p = put32(file, p, sizeof(block));
	p = put16(file, p, link_type);
	p = put16(file, p, 0);
	p = put32(file, p, file->snaplen);
	p = put16(file, p, OPTION_TSRESOL);
	p = put16(file, p, 1);
	memcpy(p, (const uint8_t[4]){ 9, 0, 0, 0 }, 4); /* 10^-9 s, padded */
	p = put32(file, p + 4, 0); /* end of options */
	put32(file, p, sizeof(block));
	write_bytes(file, block, sizeof(block));
	return file->interfaces++;
}

bool craft_file_open(struct craft_file *file, const char *path, enum craft_format format,
                     bool big_endian, uint32_t link_type, uint32_t snaplen, struct err *err)
{
	*file = (struct craft_file){ .format = format, .big_endian = big_endian };
	file->snaplen = snaplen ? snaplen : 262144;
	file->f = fopen(path, "wb");
	if (!file->f)
		return err_set(err, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
	file->buffer = mem_alloc(BUFFER_BYTES);
	if (!file->buffer) {
		fclose(file->f);
		return err_memory(err, "a write buffer");
	}
	setvbuf(file->f, file->buffer, _IOFBF, BUFFER_BYTES);
	if (format == CRAFT_PCAPNG) {
		craft_file_section(file);
		craft_file_interface(file, link_type);
	} else {
		write_pcap_header(file, link_type);
	}
	return true;
}

static void write_pcap_packet(struct craft_file *file, int64_t time_ns, struct slice kept,
                              uint32_t original)
{
	uint8_t header[16], *p = header;
	uint32_t fraction = (uint32_t)(time_ns % NS_PER_S);

	p = put32(file, p, (uint32_t)(time_ns / NS_PER_S));
	p = put32(file, p, file->format == CRAFT_PCAP_NS ? fraction : fraction / 1000);
	p = put32(file, p, (uint32_t)kept.n);
	put32(file, p, original);
	write_bytes(file, header, sizeof(header));
	write_bytes(file, kept.p, kept.n);
}

static void write_pcapng_packet(struct craft_file *file, unsigned interface, int64_t time_ns,
                                struct slice kept, uint32_t original)
{
	static const uint8_t padding[4];
	uint8_t header[28], trailer[4], *p = header;
	size_t pad = (4 - kept.n % 4) % 4;
	uint32_t total = (uint32_t)(sizeof(header) + kept.n + pad + 4);

	p = put32(file, p, BLOCK_PACKET);
	p = put32(file, p, total);
	p = put32(file, p, interface);
	p = put32(file, p, (uint32_t)((uint64_t)time_ns >> 32));
	p = put32(file, p, (uint32_t)time_ns);
	p = put32(file, p, (uint32_t)kept.n);
	put32(file, p, original);
	write_bytes(file, header, sizeof(header));
	write_bytes(file, kept.p, kept.n);
	write_bytes(file, padding, pad);
	put32(file, trailer, total);
	write_bytes(file, trailer, sizeof(trailer));
}

void craft_file_packet(struct craft_file *file, unsigned interface, int64_t time_ns,
                       struct slice frame)
{
	struct slice kept = slice_sub(frame, 0, file->snaplen);

	if (file->format == CRAFT_PCAPNG)
		write_pcapng_packet(file, interface, time_ns, kept, (uint32_t)frame.n);
	else
		write_pcap_packet(file, time_ns, kept, (uint32_t)frame.n);
	file->packets++;
}

/* Block type 5 with isb_ifdrop. */
void craft_file_dropped(struct craft_file *file, uint64_t packets)
{
	uint8_t block[40], *p = block, value[8];

	memcpy(value, &packets, sizeof value);
	if (file->big_endian)
		for (unsigned i = 0; i < sizeof value; i++)
			value[i] = (uint8_t)(packets >> (56 - 8 * i));
	p = put32(file, p, BLOCK_STATISTICS);
	p = put32(file, p, sizeof(block));
	p = put32(file, p, 0); /* interface */
	p = put32(file, p, 0); /* no time */
	p = put32(file, p, 0);
	p = put16(file, p, OPTION_IFDROP);
	p = put16(file, p, sizeof value);
	memcpy(p, value, sizeof value);
	p = put32(file, p + sizeof value, 0); /* end of options */
	put32(file, p, sizeof(block));
	write_bytes(file, block, sizeof(block));
}

bool craft_file_close(struct craft_file *file, struct err *err)
{
	bool failed = ferror(file->f) != 0;

	failed |= fclose(file->f) != 0;
	mem_free(file->buffer);
	*file = (struct craft_file){ 0 };
	return !failed || err_set(err, ERR_IO, "cannot write the capture: %s", strerror(errno));
}
