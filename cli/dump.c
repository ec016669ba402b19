/* milliwatt dump: what one stage sees, as stable text: the debugger's view and the golden format. */
#include "reports/dump.h"
#include "analyzer/analyze.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "reports/records/query.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static const char help[] =
        "Usage: milliwatt dump --stage STAGE [OPTIONS] CAPTURE...\n"
        "\n"
        "Prints what one stage of the analyzer makes of captures, one thing a line, the same text "
        "every time:\n"
        "\n"
        "  link           packets: link layer, addresses, transport\n"
        "  sip            SIP messages as the index sees them, after reassembly\n"
        "  dialogs        calls, dialogs and transactions\n"
        "  registrations  REGISTER attempts and what became of their bindings\n"
        "  subscriptions  SUBSCRIBE, REFER, PUBLISH and their NOTIFYs\n"
        "  streams        RTP streams with every measured value, and digits\n"
        "\n"
        "  -f, --filter EXPR    only packets that match this BPF filter, as in tcpdump\n"
        "      --reader NAME    native (default) or libpcap\n"
        "  -h, --help\n"
        "\n"
        "Example: milliwatt dump --stage sip tonight.pcap | less\n";

struct dump {
	const char *stage;
	struct capture_options capture;
	const char *const *paths;
	size_t path_count;
	int64_t first_ns; /* times are shown relative to the first thing seen */
	uint64_t count;
	struct text text;
};

static void flush(struct dump *d)
{
	fwrite(text_cstr(&d->text), 1, d->text.n, stdout);
	text_reset(&d->text);
}

static void add_time(struct dump *d, int64_t time_ns)
{
	if (d->first_ns == TIME_NONE)
		d->first_ns = time_ns;
	int64_t us;
	if (__builtin_sub_overflow(time_ns, d->first_ns, &us))
		us = INT64_MAX;
	us = clock_us(us);
	text_addf(&d->text, "%s%lld.%06lld", us < 0 ? "-" : "+",
	          (long long)(us < 0 ? -us : us) / 1000000,
	          (long long)(us < 0 ? -us : us) % 1000000);
}

static void add_ends(struct dump *d, struct endpoint src, struct endpoint dst)
{
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	endpoint_format(src, from);
	endpoint_format(dst, to);
	text_addf(&d->text, " %s > %s", from, to);
}

static void add_link(struct dump *d, const struct packet *p)
{
	static const char *const transports[] = { "ip", "udp", "tcp", "icmp", "fragment" };
	static const char *const verdicts[] = { "", "cut", "broken", "not IP" };
	struct packet_view v;
	enum parse_status status = packet_dissect(p->link_type, p->data, &v);

	text_addf(&d->text, "%u:%llu ", p->file + 1, (unsigned long long)p->frame);
	add_time(d, p->time_ns);
	text_addf(&d->text, " %s %zu/%u", link_type_name(p->link_type), p->data.n,
	          p->original_length);
	if (status != PARSE_OK) {
		text_addf(&d->text, " %s\n", verdicts[status]);
		return;
	}
	if (v.vlan_tags)
		text_addf(&d->text, " vlan %u (%u tags)", v.vlan, v.vlan_tags);
	if (v.tunnels)
		text_addf(&d->text, " tunnels %u", v.tunnels);
	add_ends(d, (struct endpoint){ v.src, v.sport }, (struct endpoint){ v.dst, v.dport });
	text_addf(&d->text, " %s dscp %u", transports[v.transport], v.dscp);
	if (v.transport == TRANSPORT_FRAGMENT)
		text_addf(&d->text, " id 0x%x at %u%s, %zu octets\n", v.fragment.id,
		          v.fragment.offset, v.fragment.more ? " more" : "", v.fragment.payload.n);
	else if (v.transport == TRANSPORT_TCP)
		text_addf(&d->text, " seq %u ack %u%s%s%s, %zu octets\n", v.tcp.seq, v.tcp.ack,
		          v.tcp.syn ? " SYN" : "", v.tcp.fin ? " FIN" : "", v.tcp.rst ? " RST" : "",
		          v.payload.n);
	else
		text_addf(&d->text, ", %zu octets%s\n", v.payload.n, v.truncated ? " (cut)" : "");
}

static bool dump_link(struct dump *d, struct err *err)
{
	struct capture *capture = capture_open(d->paths, d->path_count, &d->capture, err);
	struct packet packet;
	enum capture_status status;

	if (!capture)
		return false;
	while ((status = capture_next(capture, &packet, err)) == CAPTURE_PACKET) {
		add_link(d, &packet);
		flush(d);
	}
	capture_close(capture);
	return status == CAPTURE_END;
}

static void sip_seen(void *context, const struct sip_origin *origin, const struct sip_msg *msg)
{
	struct dump *d = context;

	text_addf(&d->text, "%s#%llu %lld:%llu ", d->count ? "\n" : "",
	          (unsigned long long)d->count + 1, (long long)origin->capture_id,
	          (unsigned long long)origin->frame);
	d->count++;
	add_time(d, origin->time_ns);
	text_addf(&d->text, " %s", origin->transport);
	add_ends(d, origin->src, origin->dst);
	text_addf(&d->text, "\n");
	sip_msg_print(msg, &d->text);
	flush(d);
}

typedef bool dump_of_records(struct records *r, struct text *out, struct err *err);

/* NULL: it is no stage that is read from the records. */
static dump_of_records *records_stage(const char *name)
{
	static const struct {
		const char *name;
		dump_of_records *dump;
	} stages[] = {
		{ "dialogs", dump_dialogs },
		{ "registrations", dump_registrations },
		{ "subscriptions", dump_subscriptions },
		{ "streams", dump_streams },
	};

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (strcmp(stages[i].name, name) == 0)
			return stages[i].dump;
	return NULL;
}

static bool dump_records(struct dump *d, struct err *err)
{
	struct analyze_options options = {
		.paths = d->paths,
		.path_count = d->path_count,
		.capture = d->capture,
		.command = SLICE_LIT("milliwatt dump"),
		.version = slice_str(MILLIWATT_VERSION),
	};
	bool of_sip = strcmp(d->stage, "sip") == 0;
	struct store *store;

	if (of_sip) {
		options.sip_tap = sip_seen;
		options.tap_context = d;
		return analyze_run(&options, NULL, NULL, err);
	}
	if (!analyze_run(&options, &store, NULL, err))
		return false;
	struct records *records = records_of(store_handle(store), err);
	bool ok = records && records_stage(d->stage)(records, &d->text, err);
	if (ok)
		flush(d);
	records_close(records);
	store_free(store);
	return ok;
}

static bool parse(int argc, char **argv, struct dump *d, struct err *err)
{
	static const struct option longs[] = {
		{ "stage", required_argument, NULL, 's' },
		{ "filter", required_argument, NULL, 'f' },
		{ "reader", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":s:f:h", longs, NULL)) != -1) {
		switch (c) {
		case 's': d->stage = optarg; break;
		case 'f': d->capture.filter = optarg; break;
		case 'r':
			if (strcmp(optarg, "libpcap") == 0)
				d->capture.reader = CAPTURE_READER_LIBPCAP;
			else if (strcmp(optarg, "native") != 0)
				return err_set(err, ERR_USAGE,
				               "--reader is native or libpcap, not '%s'", optarg);
			break;
		case 'h':
			d->stage = NULL;
			d->path_count = 0;
			fputs(help, stdout);
			return true;
		default: return output_bad_option("dump", c, argv, err);
		}
	}
	if (!d->stage || optind == argc)
		return err_set(err, ERR_USAGE,
		               "needs --stage and a capture; see 'milliwatt dump --help'");
	d->paths = (const char *const *)argv + optind;
	d->path_count = (size_t)(argc - optind);
	return true;
}

int cli_dump(int argc, char **argv)
{
	struct dump d = { .first_ns = TIME_NONE };
	struct err err = ERR_INIT;
	bool ok;

	if (!parse(argc, argv, &d, &err))
		return output_error("dump", &err);
	if (!d.path_count)
		return 0; /* help was printed */
	text_init(&d.text);
	if (strcmp(d.stage, "link") == 0)
		ok = dump_link(&d, &err);
	else if (strcmp(d.stage, "sip") == 0 || records_stage(d.stage))
		ok = dump_records(&d, &err);
	else
		ok = err_set(&err, ERR_USAGE,
		             "no stage '%s': link, sip, dialogs, registrations, subscriptions or "
		             "streams",
		             d.stage);
	text_release(&d.text);
	/* Written as it came: what did not reach the disk or the reader is known here. */
	if (ok && (fflush(stdout) != 0 || ferror(stdout)))
		ok = err_set(&err, ERR_IO, "cannot write 'standard output': %s", strerror(errno));
	return ok ? 0 : output_error("dump", &err);
}
