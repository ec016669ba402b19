#include "analyzer/capture/looks_like.h"

#include "base/cursor.h"
#include "base/text.h"

#define EDITCAP "convert it with: editcap -F pcap IN OUT"
#define UNPACK  "unpack it and give the captures in it"

struct signature {
	uint16_t at;
	uint8_t n;
	const char *magic;
	const char *what, *advice;
};
#define SIGNATURE(at, magic, what, advice)                                                         \
	{                                                                                          \
		at, sizeof(magic) - 1, magic, what, advice                                         \
	}

static const struct signature signatures[] = {
	SIGNATURE(0, "snoop\0\0\0", "a snoop capture", EDITCAP),
	SIGNATURE(0, "btsnoop\0", "a Bluetooth snoop capture", NULL),
	SIGNATURE(0, "RTSS", "a Network Monitor 1 capture", EDITCAP),
	SIGNATURE(0, "GMBU", "a Network Monitor 2 capture", EDITCAP),
	SIGNATURE(0, "TRSNIFF data", "a Sniffer (DOS) capture", EDITCAP),
	SIGNATURE(0, "XCP\0", "a Sniffer (Windows) capture", EDITCAP),
	SIGNATURE(0, "iptrace 1.0", "an AIX iptrace capture", EDITCAP),
	SIGNATURE(0, "iptrace 2.0", "an AIX iptrace capture", EDITCAP),
	SIGNATURE(0, "ObserverPktBufferVersion", "an Observer capture", EDITCAP),
	SIGNATURE(0, "\x7fver", "an EtherPeek/OmniPeek capture", EDITCAP),
	SIGNATURE(0, "\xac\x01\x00\x1c", "an IXIA hardware capture", EDITCAP),
	SIGNATURE(0, "\xab\x01\x00\x1c", "an IXIA software capture", EDITCAP),
	SIGNATURE(0, "\x1c\x00\x01\xac", "an IXIA hardware capture", EDITCAP),
	SIGNATURE(0, "\x1c\x00\x01\xab", "an IXIA software capture", EDITCAP),
	SIGNATURE(0, "SQLite format 3\0", "an SQLite database",
	          "if these are results, give it to a report instead"),
	SIGNATURE(0,
	          "\x7f"
	          "ELF",
	          "an ELF program or library", NULL),
	SIGNATURE(0, "MZ", "a Windows program", NULL),
	SIGNATURE(0, "PK\3\4", "a zip archive", UNPACK),
	SIGNATURE(0, "7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
	SIGNATURE(0, "Rar!\x1a\x07", "a rar archive", UNPACK),
	SIGNATURE(257, "ustar", "a tar archive", UNPACK),
	SIGNATURE(0, "!<arch>\n", "an ar archive", NULL),
	SIGNATURE(0, "\x1f\x8b", "a gzip file", "decompress it first with: gzip -d"),
	SIGNATURE(0, "\x28\xb5\x2f\xfd", "a zstd file", "decompress it first with: zstd -d"),
	SIGNATURE(0,
	          "\xfd"
	          "7zXZ\0",
	          "an xz file", "decompress it first with: xz -d"),
	SIGNATURE(0, "BZh", "a bzip2 file", "decompress it first with: bzip2 -d"),
	SIGNATURE(0, "\x04\x22\x4d\x18", "an lz4 file", "decompress it first with: lz4 -d"),
	SIGNATURE(0, "LZIP", "an lzip file", "decompress it first with: lzip -d"),
	SIGNATURE(0, "\x1f\x9d", "a compress (.Z) file", "decompress it first with: uncompress"),
	SIGNATURE(0, "RIFF", "a WAV or other RIFF file", NULL),
	SIGNATURE(0, "OggS", "an Ogg file", NULL),
	SIGNATURE(0, "%PDF", "a PDF document", NULL),
	SIGNATURE(0, "\x89PNG", "a PNG image", NULL),
	SIGNATURE(0, "\xff\xd8\xff", "a JPEG image", NULL),
	SIGNATURE(0, "GIF8", "a GIF image", NULL),
	SIGNATURE(0, "LPKSHHRH", "a systemd journal", NULL),
	SIGNATURE(0, "<?xml", "an XML file", NULL),
	SIGNATURE(0, "#!", "a script", NULL),
};

/* Endace ERF has no magic: timestamp(8, little-endian, fixed point) type(1) flags(1) record length(2) lost(2) wire length(2).
 * Two to four records in a row of a type that exists, with plausible lengths, each within a day of the one before. */
static bool is_erf_record(struct slice s)
{
	uint8_t type = s.n >= 16 ? s.p[8] & 0x7f : 0;

	return type >= 1 && type <= 27 && load_be16(s.p + 10) >= 16 && load_be16(s.p + 14) > 0;
}

static bool is_erf(struct slice head)
{
	const uint32_t day = 86400;
	unsigned records = 0;

	for (; records < 4 && head.n >= 16; records++) {
		if (!is_erf_record(head))
			return false;
		struct slice next = slice_from(head, load_be16(head.p + 10));
		if (next.n >= 16 && load_le32(next.p + 4) - load_le32(head.p + 4) + day > 2 * day)
			return false;
		head = next;
	}
	return records >= 2;
}

/* UTF-8 without control characters other than white space and ESC in the first half kilobyte, whose end may cut a character. */
static bool is_text(struct slice head)
{
	struct slice left = slice_sub(head, 0, 512);

	while (left.n > 0) {
		size_t length = utf8_length(left);
		uint8_t c = left.p[0];
		if (length == 0)
			return left.n < 4 && left.n < head.n;
		if ((c < 0x20 && !ascii_is_lws(c) && c != '\f' && c != 0x1b) || c == 0x7f)
			return false;
		left = slice_from(left, length);
	}
	return head.n > 0;
}

static bool is_all_zero(struct slice head)
{
	for (size_t i = 0; i < head.n; i++)
		if (head.p[i] != 0)
			return false;
	return head.n > 0;
}

struct likeness looks_like(struct slice head)
{
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		const struct signature *s = &signatures[i];
		struct slice part = slice_sub(head, s->at, s->n);
		if (part.n == s->n && memcmp(part.p, s->magic, s->n) == 0)
			return (struct likeness){ s->what, s->advice };
	}
	if (is_all_zero(head))
		return (struct likeness){ "a file of zeros", NULL };
	if (is_text(head))
		return (struct likeness){ "a text file", NULL };
	if (is_erf(head))
		return (struct likeness){ "an Endace ERF capture", EDITCAP };
	return (struct likeness){ NULL, NULL };
}
