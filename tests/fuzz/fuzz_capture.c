/* A capture file of any bytes: our readers end it in order, every packet lies within the file and in file order, and what libpcap
 * reads of a classic pcap, we read too. */
#include "analyzer/capture/source.h"
#include "base/cursor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_packet(const struct packet *p, struct slice file, const struct packet *before)
{
	check(p->data.n == 0 || (p->data.p >= file.p && p->data.p + p->data.n <= file.p + file.n));
	check(p->offset > before->offset && (size_t)p->offset < file.n);
	check(p->frame > before->frame);
	check(p->time_ns != TIME_NONE);
	check(p->file == 7);
}

static void read_native(struct slice file)
{
	struct source s;
	struct err err = ERR_INIT;
	struct packet p, before = { .offset = -1 };
	enum capture_status status;

	source_init(&s, "fuzz", 7, CAPTURE_READER_NATIVE, INPUT_BUFFER_BYTES);
	if (!source_open_memory(&s, file, &err)) {
		check(err.code == ERR_FORMAT && err.text[0] != '\0');
		return;
	}
	while ((status = source_next(&s, NULL, &p, &err)) == CAPTURE_PACKET) {
		check_packet(&p, file, &before);
		before = p;
		source_check(&s);
	}
	check(status == CAPTURE_END);
	check(s.info.damaged_bytes >= 0 && (size_t)s.info.damaged_bytes <= file.n);
	check((s.info.damaged_bytes > 0) == (s.info.damage[0] != '\0'));
	check(source_next(&s, NULL, &p, &err) == CAPTURE_END);
	source_check(&s);
	source_close(&s);
}

/* libpcap's fraction of a second is signed 32 bits, also after the change to nanoseconds. */
static bool is_fraction_sound(const struct pcap_format *f, struct slice file, int64_t offset)
{
	const uint8_t *p = file.p + offset + 4;
	uint32_t fraction = f->big_endian ? load_be32(p) : load_le32(p);

	return (int64_t)fraction * f->fraction_ns < NS_PER_S;
}

/* libpcap cuts at the snap length what the file holds beyond it. Beyond Ethernet it swaps fields inside some packets
 * when the file's byte order is not the machine's. */
static bool is_same(const struct packet *a, const struct packet *b)
{
	if (a->original_length != b->original_length || a->data.n < b->data.n)
		return false;
	return b->link_type != 1 || slice_eq(slice_sub(a->data, 0, b->data.n), b->data);
}

static void compare(struct slice file)
{
	struct source ours, theirs;
	struct err err = ERR_INIT;
	struct packet a, b;

	source_init(&ours, "fuzz", 0, CAPTURE_READER_NATIVE, INPUT_BUFFER_BYTES);
	source_init(&theirs, "fuzz", 0, CAPTURE_READER_LIBPCAP, INPUT_BUFFER_BYTES);
	if (!source_open_memory(&theirs, file, &err))
		return;
	check(source_open_memory(&ours, file, &err));
	while (source_next(&theirs, NULL, &b, &err) == CAPTURE_PACKET) {
		check(source_next(&ours, NULL, &a, &err) == CAPTURE_PACKET);
		check(is_same(&a, &b));
		check(a.time_ns == b.time_ns || !is_fraction_sound(&ours.as.pcap, file, a.offset));
	}
	source_close(&ours);
	source_close(&theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = slice_of(data, size);

	read_native(file);
	/* pcapng only where we read what libpcap cannot: it gives Simple Packets other times. */
	if (pcap_format_recognise(file))
		compare(file);
	return 0;
}
