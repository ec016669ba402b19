#include "analyzer/capture/source.h"

#include "analyzer/capture/looks_like.h"

#include <assert.h>
#include <stdio.h>

void source_init(struct source *s, const char *path, uint32_t index, enum capture_reader wanted,
                 size_t buffer_bytes)
{
	*s = (struct source){ .index = index, .wanted = wanted, .buffer_bytes = buffer_bytes };
	s->info.path = path;
	s->info.format = s->format_name;
	s->info.first_ns = s->info.last_ns = TIME_NONE;
	s->info.dropped_packets = CAPTURE_DROPS_UNKNOWN;
}

void source_check(const struct source *s)
{
	assert(!(s->is_open && s->is_finished));
	assert(s->is_open == (s->input.file != NULL));
	assert(!s->has_first || s->is_open);
	assert((s->info.first_ns == TIME_NONE) == (s->info.packets == 0));
	assert(s->info.first_ns <= s->info.last_ns);
	assert(s->info.truncated_packets <= s->info.packets);
	(void)s; /* with NDEBUG */
}

static const char *name_of(const struct source *s)
{
	return strcmp(s->info.path, "-") == 0 ? "stdin" : s->info.path;
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static bool no_capture(struct source *s, struct err *err)
{
	const char *compression = input_compression(&s->input);
	char first[3 * 8 + 1] = "";

	if (input_need(&s->input, 512, err) == INPUT_FAILED)
		return false;
	struct slice head = slice_of(s->input.p, input_have(&s->input));
	struct likeness like = looks_like(head);
	if (head.n == 0)
		return err_set(err, ERR_FORMAT,
		               "is empty%s%s: nothing was captured, or not yet written",
		               compression ? " inside " : "", compression ? compression : "");
	for (size_t i = 0; i < head.n && i < 8; i++)
		snprintf(first + 3 * i, 4, " %02x", head.p[i]);
	if (!like.what)
		return err_set(
		        err, ERR_FORMAT, "not a pcap or pcapng capture%s%s (it begins with%s)",
		        compression ? " inside " : "", compression ? compression : "", first);
	return err_set(err, ERR_FORMAT, "not a pcap or pcapng capture: it looks like %s%s%s%s%s%s",
	               like.what, compression ? " (" : "", compression ? compression : "",
	               compression ? ")" : "", like.advice ? "; " : "",
	               like.advice ? like.advice : "");
}

static void name_format(struct source *s, const char *name)
{
	const char *compression = input_compression(&s->input);

	snprintf(s->format_name, sizeof s->format_name, "%s%s%s%s", name, compression ? " (" : "",
	         compression ? compression : "", compression ? ")" : "");
}

/* The decompressor found nothing it could give: that says nothing against this being a capture, so it is a damaged one. */
static bool open_hopeless(struct source *s)
{
	name_format(s, "unknown");
	s->format = SOURCE_PCAP;
	s->as.pcap = (struct pcap_format){ .record_header = 16 };
	reader_init(&s->as.reader, &s->input);
	reader_end(&s->as.reader);
	return true;
}

static bool open_pcap(struct source *s, struct err *err)
{
	s->format = SOURCE_PCAP;
	if (!pcap_format_open(&s->as.pcap, &s->input, err))
		return false;
	name_format(s, s->as.pcap.nanoseconds ? "pcap-ns" : "pcap");
	return true;
}

static bool open_pcapng(struct source *s)
{
	s->format = SOURCE_PCAPNG;
	pcapng_format_open(&s->as.pcapng, &s->input);
	name_format(s, "pcapng");
	return true;
}

static bool open_libpcap(struct source *s, const char *format, struct err *err)
{
	name_format(s, format);
	s->format = SOURCE_LIBPCAP;
	return libpcap_reader_open(&s->as.libpcap, &s->input, err);
}

static bool is_nanosecond_pcap(struct slice head)
{
	return memcmp(head.p, "\xa1\xb2\x3c\x4d", 4) == 0 ||
	       memcmp(head.p, "\x4d\x3c\xb2\xa1", 4) == 0;
}

static bool open_format(struct source *s, struct err *err)
{
	/* What the magics need and no more: on a pipe the rest may take its time. */
	if (input_need(&s->input, 12, err) == INPUT_FAILED)
		return false;
	struct slice head = slice_of(s->input.p, input_have(&s->input));
	bool is_pcap = pcap_format_recognise(head), is_pcapng = pcapng_format_recognise(head);
	if (head.n < 4 && input_broken(&s->input))
		return open_hopeless(s);
	if (!is_pcap && !is_pcapng)
		return no_capture(s, err);
	if (s->wanted == CAPTURE_READER_LIBPCAP)
		return open_libpcap(s,
		                    !is_pcap                   ? "pcapng"
		                    : is_nanosecond_pcap(head) ? "pcap-ns"
		                                               : "pcap",
		                    err);
	return is_pcap ? open_pcap(s, err) : open_pcapng(s);
}

static void release_format(struct source *s)
{
	if (s->format == SOURCE_PCAPNG)
		pcapng_format_release(&s->as.pcapng);
	if (s->format == SOURCE_LIBPCAP)
		libpcap_reader_release(&s->as.libpcap);
}

static bool begin(struct source *s, struct err *err)
{
	uint32_t index = s->index;

	source_init(s, s->info.path, index, s->wanted, s->buffer_bytes);
	s->is_open = true;
	return input_open(&s->input, s->info.path, s->buffer_bytes, err);
}

static bool finish_opening(struct source *s, bool opened, struct err *err)
{
	if (opened && open_format(s, err)) {
		s->is_regular = input_is_regular(&s->input);
		s->info.bytes = input_stored_bytes(&s->input);
		source_check(s);
		return true;
	}
	input_close(&s->input);
	s->is_open = false;
	return err_context(err, "%s", name_of(s));
}

bool source_open(struct source *s, struct err *err)
{
	if (s->is_open)
		return true;
	return finish_opening(s, begin(s, err), err);
}

bool source_open_memory(struct source *s, struct slice octets, struct err *err)
{
	s->is_open = true;
	return finish_opening(s, input_open_memory(&s->input, octets, err), err);
}

void source_close(struct source *s)
{
	if (!s->is_open)
		return;
	s->stored_done = input_stored_done(&s->input);
	release_format(s);
	input_close(&s->input);
	s->is_open = s->has_first = false;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

void source_account(struct source *s)
{
	if (!s->is_open)
		return;
	s->info.skipped_packets += s->as.reader.skipped;
	s->as.reader.skipped = 0;
	if (s->format == SOURCE_PCAPNG)
		s->info.dropped_packets = pcapng_format_dropped(&s->as.pcapng);
	if (!s->is_regular)
		s->info.bytes = input_stored_done(&s->input);
}

static void finish(struct source *s)
{
	const struct reader *r = &s->as.reader;

	if (r->damage_offset >= 0) {
		memcpy(s->info.damage, r->damage, sizeof s->info.damage);
		s->info.damaged_bytes = input_rest(&s->input, r->damage_offset);
	}
	source_account(s);
	source_close(s);
	s->is_finished = true;
}

/* The next packet before the filter. */
static inline enum capture_status read_next(struct source *s, struct packet *out, struct err *err)
{
	enum capture_status status = CAPTURE_FAILED;

	switch (s->format) {
	case SOURCE_PCAP: status = pcap_format_next(&s->as.pcap, out, err); break;
	case SOURCE_PCAPNG: status = pcapng_format_next(&s->as.pcapng, out, err); break;
	case SOURCE_LIBPCAP: status = libpcap_reader_next(&s->as.libpcap, out, err); break;
	}
	if (__builtin_expect(status == CAPTURE_PACKET, 1))
		return status;
	if (status == CAPTURE_END)
		finish(s);
	else
		err_context(err, "%s", name_of(s));
	return status;
}

enum capture_status source_peek(struct source *s, int64_t *time_ns, struct err *err)
{
	assert(s->is_open && !s->has_first);
	enum capture_status status = read_next(s, &s->first, err);
	if (status != CAPTURE_PACKET)
		return status;
	s->has_first = true;
	*time_ns = s->first.time_ns;
	return CAPTURE_PACKET;
}

static enum capture_status read_any(struct source *s, struct packet *out, struct err *err)
{
	if (__builtin_expect(s->has_first, 0)) {
		*out = s->first;
		s->has_first = false;
		return CAPTURE_PACKET;
	}
	return read_next(s, out, err);
}

static bool passes(struct source *s, struct capture_filter *filter, const struct packet *p)
{
	enum filter_verdict verdict = capture_filter_match(filter, p);

	if (verdict == FILTER_UNFIT)
		s->info.skipped_packets++;
	return verdict == FILTER_PASS;
}

static inline void account(struct capture_info *info, const struct packet *p)
{
	if (info->packets++ == 0)
		info->first_ns = info->last_ns = p->time_ns;
	if (p->time_ns > info->last_ns)
		info->last_ns = p->time_ns;
	else if (p->time_ns < info->first_ns)
		info->first_ns = p->time_ns;
	info->truncated_packets += p->data.n < p->original_length;
}

enum capture_status source_next(struct source *s, struct capture_filter *filter, struct packet *out,
                                struct err *err)
{
	if (__builtin_expect(!s->is_open, 0)) {
		if (s->is_finished)
			return CAPTURE_END;
		if (!source_open(s, err))
			return CAPTURE_FAILED;
	}
	do {
		enum capture_status status = read_any(s, out, err);
		if (__builtin_expect(status != CAPTURE_PACKET, 0))
			return status;
	} while (filter && !passes(s, filter, out));
	out->file = s->index;
	account(&s->info, out);
	return CAPTURE_PACKET;
}

int64_t source_done(const struct source *s)
{
	if (s->is_open)
		return input_stored_done(&s->input);
	if (s->is_finished)
		return s->is_regular ? s->info.bytes : s->stored_done;
	return 0;
}
