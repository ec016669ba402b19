#include "analyzer/capture/pcap.h"

#include "analyzer/capture/pcap_format.h"
#include "base/mem.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/types.h>

#define STDIO_BYTES                                                                                \
	(256u << 10) /* with the stdio lock off, a third less time per packet than the defaults */
#define SNAPLEN 262144

/* LINKTYPE_ numbers are the file's, DLT_ numbers libpcap's on this system; they differ in these only. */
static const struct {
	int dlt;
	uint32_t link_type;
} link_types[] = {
#ifdef DLT_ATM_RFC1483
	{ DLT_ATM_RFC1483, 100 },
#endif
	{ DLT_RAW, 101 },         { DLT_SLIP_BSDOS, 102 },
	{ DLT_PPP_BSDOS, 103 },   { DLT_ATM_CLIP, 106 },
};

static int dlt_of(uint32_t link_type)
{
	for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++)
		if (link_types[i].link_type == link_type)
			return link_types[i].dlt;
	return (int)link_type;
}

static uint32_t link_type_of(int dlt)
{
	for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++)
		if (link_types[i].dlt == dlt)
			return link_types[i].link_type;
	return (uint32_t)dlt;
}

/* --- filter ---------------------------------------------------------------------------------------------------- */

struct filter_program {
	uint32_t link_type;
	bool unfit;
	struct bpf_program bpf;
};

struct capture_filter {
	char *expression;
	size_t count; /* programs there are */
	size_t victim; /* the next to go when all places are taken */
	struct filter_program programs[CAPTURE_FILTER_LINK_TYPES];
};

/* False with libpcap's words in `why`. */
static bool compile(struct filter_program *program, const char *expression, uint32_t link_type,
                    char *why, size_t why_bytes)
{
	pcap_t *dead = pcap_open_dead(dlt_of(link_type), SNAPLEN);

	*program = (struct filter_program){ .link_type = link_type, .unfit = true };
	snprintf(why, why_bytes, "out of memory");
	if (!dead)
		return false;
	program->unfit =
	        pcap_compile(dead, &program->bpf, expression, 1, PCAP_NETMASK_UNKNOWN) != 0;
	if (program->unfit)
		snprintf(why, why_bytes, "%s", pcap_geterr(dead));
	pcap_close(dead);
	return !program->unfit;
}

static void program_release(struct filter_program *program)
{
	if (!program->unfit)
		pcap_freecode(&program->bpf);
}

/* Ethernet first: its complaint is the one people understand. */
static bool is_meaningful(const char *expression, struct err *err)
{
	static const uint32_t common[] = { 1, 101, 113, 127, 105, 0 };
	char why[PCAP_ERRBUF_SIZE] = "", other[PCAP_ERRBUF_SIZE];
	struct filter_program program;

	for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
		if (compile(&program, expression, common[i], i ? other : why, PCAP_ERRBUF_SIZE)) {
			program_release(&program);
			return true;
		}
	}
	return err_set(err, ERR_USAGE, "filter '%s': %s", expression, why);
}

struct capture_filter *capture_filter_new(const char *expression, struct err *err)
{
	if (!is_meaningful(expression, err))
		return NULL;
	struct capture_filter *f = mem_zalloc(sizeof *f);
	size_t bytes = strlen(expression) + 1;
	if (f)
		f->expression = mem_alloc(bytes);
	if (!f || !f->expression) {
		err_memory(err, "the filter");
		mem_free(f);
		return NULL;
	}
	memcpy(f->expression, expression, bytes);
	return f;
}

void capture_filter_free(struct capture_filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		program_release(&f->programs[i]);
	mem_free(f->expression);
	mem_free(f);
}

static struct filter_program *program_add(struct capture_filter *f, uint32_t link_type)
{
	char why[PCAP_ERRBUF_SIZE];
	struct filter_program *program;

	if (f->count < CAPTURE_FILTER_LINK_TYPES) {
		program = &f->programs[f->count++];
	} else {
		program = &f->programs[f->victim++ % CAPTURE_FILTER_LINK_TYPES];
		program_release(program);
	}
	compile(program, f->expression, link_type, why, sizeof why);
	return program;
}

enum filter_verdict capture_filter_match(struct capture_filter *f, const struct packet *p)
{
	struct filter_program *program = NULL;

	for (size_t i = 0; i < f->count && !program; i++)
		if (f->programs[i].link_type == p->link_type)
			program = &f->programs[i];
	if (!program)
		program = program_add(f, p->link_type);
	if (program->unfit)
		return FILTER_UNFIT;
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)p->data.n, .len = p->original_length };
	return pcap_offline_filter(&program->bpf, &header, p->data.p) ? FILTER_PASS : FILTER_DROP;
}

/* --- reader ---------------------------------------------------------------------------------------------------- */

struct libpcap_stream {
	struct input *input; /* borrows */
	FILE *file;
	pcap_t *pcap; /* owns `file` once it is there */
	bool failed; /* the environment, as `err` says */
	struct err err;
	char buffer[STDIO_BYTES];
};

/* stdio asks for octets: decompressed ones, from the same input as our own readers. */
static ssize_t stream_read(void *cookie, char *to, size_t n)
{
	struct libpcap_stream *s = cookie;

	if (n > INPUT_BUFFER_BYTES)
		n = INPUT_BUFFER_BYTES;
	enum input_status status = input_need(s->input, 1, &s->err);
	if (status == INPUT_FAILED) {
		s->failed = true;
		errno = EIO;
		return -1;
	}
	size_t have = input_have(s->input);
	if (n > have)
		n = have;
	if (n > 0)
		memcpy(to, s->input->p, n);
	s->input->p += n;
	return (ssize_t)n;
}

static bool stream_open(struct libpcap_stream *s, struct err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";

	s->file = fopencookie(s, "r", (cookie_io_functions_t){ .read = stream_read });
	if (!s->file)
		return err_memory(err, "a stream for libpcap");
	setvbuf(s->file, s->buffer, _IOFBF, sizeof s->buffer);
	__fsetlocking(s->file, FSETLOCKING_BYCALLER);
	s->pcap =
	        pcap_fopen_offline_with_tstamp_precision(s->file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (s->pcap)
		return true;
	if (s->failed)
		*err = s->err;
	else
		err_set(err, ERR_FORMAT, "libpcap cannot read it: %s", why);
	return false;
}

bool libpcap_reader_open(struct libpcap_reader *r, struct input *in, struct err *err)
{
	*r = (struct libpcap_reader){ .stream = mem_alloc(sizeof *r->stream) };
	reader_init(&r->reader, in);
	if (!r->stream)
		return err_memory(err, "a stream for libpcap");
	r->stream->input = in;
	r->stream->file = NULL;
	r->stream->pcap = NULL;
	r->stream->failed = false;
	r->seconds_wrap = pcap_format_recognise(slice_of(in->p, input_have(in)));
	if (!stream_open(r->stream, err)) {
		libpcap_reader_release(r);
		return false;
	}
	r->link_type = link_type_of(pcap_datalink(r->stream->pcap));
	return true;
}

void libpcap_reader_release(struct libpcap_reader *r)
{
	struct libpcap_stream *s = r->stream;

	r->stream = NULL;
	if (!s)
		return;
	if (s->pcap)
		pcap_close(s->pcap);
	else if (s->file)
		fclose(s->file);
	mem_free(s);
}

static enum capture_status libpcap_stopped(struct libpcap_reader *r, int code, struct err *err)
{
	struct libpcap_stream *s = r->stream;

	if (s->failed) {
		*err = s->err;
		return CAPTURE_FAILED;
	}
	if (code == PCAP_ERROR_BREAK)
		return reader_end(&r->reader);
	/* How far it had come it does not say; how far we read for it is the best there is. */
	r->reader.damage_offset = input_offset(s->input);
	snprintf(r->reader.damage, sizeof r->reader.damage, "libpcap: %s", pcap_geterr(s->pcap));
	return CAPTURE_END;
}

/* libpcap takes the seconds of a classic file for signed 32 bits, which would put the years from 2038 before 1970. */
static int64_t file_seconds(const struct libpcap_reader *r, int64_t seconds)
{
	return r->seconds_wrap && seconds < 0 ? seconds + (INT64_C(1) << 32) : seconds;
}

enum capture_status libpcap_reader_next(struct libpcap_reader *r, struct packet *out,
                                        struct err *err)
{
	struct pcap_pkthdr *header;
	const u_char *octets;

	if (r->reader.damage_offset >= 0)
		return CAPTURE_END;
	int code = pcap_next_ex(r->stream->pcap, &header, &octets);
	if (code != 1)
		return libpcap_stopped(r, code, err);
	/* With nanosecond precision tv_usec holds nanoseconds. */
	out->time_ns = clock_within((__int128)file_seconds(r, header->ts.tv_sec) * NS_PER_S +
	                            header->ts.tv_usec);
	out->data = slice_of(octets, header->caplen);
	out->original_length = header->len;
	out->link_type = r->link_type;
	out->interface = 0;
	out->frame = ++r->reader.frame;
	out->offset = -1;
	return CAPTURE_PACKET;
}
