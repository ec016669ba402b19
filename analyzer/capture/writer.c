/* Writing captures, little-endian: the classic file (layout in pcap_format.h) and pcapng (draft-ietf-opsawg-pcapng): a section header,
 * an interface description for each link type before its first packet, enhanced packet blocks. */
#include "analyzer/capture/capture.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>

#define BUFFER_BYTES   (64u << 10)
#define SNAPLEN        262144u /* readers refuse records beyond the snap length */
#define MAX_INTERFACES 64u /* different link types; there are 11 that we read */

struct capture_writer {
	FILE *file;
	bool owned; /* not stdout */
	enum capture_file_format format;
	uint32_t link_type; /* of a pcap file */
	uint32_t interfaces[MAX_INTERFACES]; /* link types */
	unsigned interface_count;
	char *path;
	char buffer[BUFFER_BYTES];
};

static void store_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

#define MOST_WORDS 8 /* at once */

static void put_words(struct capture_writer *w, const uint32_t *words, size_t count)
{
	uint8_t octets[4 * MOST_WORDS];

	assert(count <= MOST_WORDS);
	for (size_t i = 0; i < count; i++)
		store_le32(octets + 4 * i, words[i]);
	fwrite_unlocked(octets, 1, 4 * count, w->file);
}

static bool write_failed(const struct capture_writer *w, struct err *err)
{
	return err_set(err, ERR_IO, "cannot write '%s': %s", w->path, strerror(errno));
}

static void put_pcap_header(struct capture_writer *w)
{
	uint32_t magic = w->format == CAPTURE_FILE_PCAP_NS ? 0xa1b23c4d : 0xa1b2c3d4;
	const uint32_t words[] = { magic, 4u << 16 | 2, 0, 0, SNAPLEN, w->link_type };

	put_words(w, words, sizeof words / sizeof *words);
}

static void put_section_header(struct capture_writer *w)
{
	/* Section length -1: not given. */
	const uint32_t words[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28 };

	put_words(w, words, sizeof words / sizeof *words);
}

/* if_tsresol (9): nanoseconds. */
static void put_interface(struct capture_writer *w, uint32_t link_type)
{
	const uint32_t words[] = { 1, 32, link_type & 0xffff, SNAPLEN, 1u << 16 | 9, 9, 0, 32 };

	put_words(w, words, sizeof words / sizeof *words);
}

static bool writer_start(struct capture_writer *w, struct err *err)
{
	w->owned = strcmp(w->path, "-") != 0;
	w->file = w->owned ? fopen(w->path, "wbe") : stdout;
	if (!w->file)
		return write_failed(w, err);
	if (w->owned)
		setvbuf(w->file, w->buffer, _IOFBF, sizeof w->buffer);
	__fsetlocking(w->file, FSETLOCKING_BYCALLER);
	if (w->format == CAPTURE_FILE_PCAPNG)
		put_section_header(w);
	else
		put_pcap_header(w);
	return true;
}

static void writer_free(struct capture_writer *w)
{
	if (w->file && w->owned)
		fclose(w->file);
	mem_free(w->path);
	mem_free(w);
}

struct capture_writer *capture_writer_open(const char *path, enum capture_file_format format,
                                           uint32_t link_type, struct err *err)
{
	struct capture_writer *w = mem_alloc(sizeof *w);
	size_t bytes = strlen(path) + 1;

	if (!w) {
		err_memory(err, "a capture writer");
		return NULL;
	}
	w->file = NULL;
	w->format = format;
	w->link_type = link_type;
	w->interface_count = 0;
	w->path = mem_alloc(bytes);
	if (w->path)
		memcpy(w->path, path, bytes);
	if (w->path ? writer_start(w, err) : err_memory(err, "a capture writer"))
		return w;
	writer_free(w);
	return NULL;
}

/* The classic file's seconds are unsigned 32 bits: 1970 to 2106. */
static void put_pcap_record(struct capture_writer *w, const struct packet *p, uint32_t captured)
{
	int64_t ns = p->time_ns < 0 ? 0 : p->time_ns;
	uint32_t seconds = UINT32_MAX, fraction = (uint32_t)(NS_PER_S - 1);

	if (ns / NS_PER_S <= UINT32_MAX) {
		seconds = (uint32_t)(ns / NS_PER_S);
		fraction = (uint32_t)(ns % NS_PER_S);
	}
	if (w->format == CAPTURE_FILE_PCAP_US)
		fraction /= 1000;
	const uint32_t words[] = { seconds, fraction, captured, p->original_length };
	put_words(w, words, 4);
	fwrite(p->data.p, 1, captured, w->file);
}

/* The interface of this link type; one more if there is none yet. */
static uint32_t interface_of(struct capture_writer *w, uint32_t link_type)
{
	for (unsigned i = 0; i < w->interface_count; i++)
		if (w->interfaces[i] == link_type)
			return i;
	if (w->interface_count == MAX_INTERFACES)
		return MAX_INTERFACES - 1;
	put_interface(w, link_type);
	w->interfaces[w->interface_count] = link_type;
	return w->interface_count++;
}

static void put_enhanced_packet(struct capture_writer *w, const struct packet *p, uint32_t captured)
{
	uint8_t end[3 + 4] = { 0 };
	uint32_t interface = interface_of(w, p->link_type);
	uint32_t padding = (4 - captured % 4) % 4, length = 32 + captured + padding;
	uint64_t ns = (uint64_t)p->time_ns;
	const uint32_t words[] = { 6,
		                   length,
		                   interface,
		                   (uint32_t)(ns >> 32),
		                   (uint32_t)ns,
		                   captured,
		                   p->original_length };

	put_words(w, words, sizeof words / sizeof *words);
	fwrite_unlocked(p->data.p, 1, captured, w->file);
	store_le32(end + padding, length);
	fwrite_unlocked(end, 1, padding + 4, w->file);
}

bool capture_writer_put(struct capture_writer *w, const struct packet *p, struct err *err)
{
	uint32_t captured = p->data.n < SNAPLEN ? (uint32_t)p->data.n : SNAPLEN;

	if (w->format == CAPTURE_FILE_PCAPNG)
		put_enhanced_packet(w, p, captured);
	else
		put_pcap_record(w, p, captured);
	return !ferror(w->file) || write_failed(w, err);
}

bool capture_writer_close(struct capture_writer *w, struct err *err)
{
	bool written = fflush(w->file) == 0 && !ferror(w->file);

	if (!written)
		write_failed(w, err);
	writer_free(w);
	return written;
}
