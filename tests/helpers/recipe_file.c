/* What the capture files are and how packets travel; and, at the end, the writing of them. */
#include "tests/helpers/recipe_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* --- the file and the network --------------------------------------------------------------------------------------- */

static uint32_t link_type_of(struct recipe *r, struct slice name)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = { { "ethernet", LINK_ETHERNET }, { "sll", LINK_LINUX_SLL },
		      { "sll2", LINK_LINUX_SLL2 },   { "raw", LINK_RAW },
		      { "ipv4", LINK_IPV4 },         { "ipv6", LINK_IPV6 },
		      { "null", LINK_NULL },         { "loop", LINK_LOOP },
		      { "ppp", LINK_PPP },           { "ppp-hdlc", LINK_PPP_HDLC } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_eq_str(name, types[i].name))
			return types[i].type;
	recipe_fail(r,
	            "'%.*s' is not a link layer (ethernet, sll, sll2, raw, ipv4, ipv6, null, loop, "
	            "ppp, ppp-hdlc)",
	            SLICE_ARG(name));
	return LINK_RAW;
}

static void add_interface(struct recipe *r, struct slice name, struct slice link)
{
	if (r->interface_count == RECIPE_MAX_INTERFACES) {
		recipe_fail(r, "more than %d interfaces", RECIPE_MAX_INTERFACES);
		return;
	}
	r->interfaces[r->interface_count].name = name;
	r->interfaces[r->interface_count++].link_type = link_type_of(r, link);
}

void directive_file(struct recipe *r, struct args *a)
{
	static const struct {
		const char *name;
		enum craft_format format;
		bool big_endian;
	} formats[] = { { "pcap-us", CRAFT_PCAP_US, false }, { "pcap-us-be", CRAFT_PCAP_US, true },
		        { "pcap-ns", CRAFT_PCAP_NS, false }, { "pcap-ns-be", CRAFT_PCAP_NS, true },
		        { "pcapng", CRAFT_PCAPNG, false },   { "pcapng-be", CRAFT_PCAPNG, true } };
	struct slice name = args_word(r, a, "the file's format"), link = args_word_if_any(a);
	bool known = false;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!slice_eq_str(name, formats[i].name))
			continue;
		r->format = formats[i].format;
		r->big_endian = formats[i].big_endian;
		known = true;
	}
	if (!known)
		recipe_fail(r,
		            "'%.*s' is not a format (pcap-us, pcap-ns, pcapng, each also with -be)",
		            SLICE_ARG(name));
	if (r->any_file)
		recipe_fail(r, "a second 'file' line");
	r->any_file = true;
	r->snaplen = (uint32_t)args_whole(r, a, "snaplen", 0, 262144);
	add_interface(r, SLICE_LIT("main"), link.p ? link : SLICE_LIT("ethernet"));
	r->path.link_type = r->interfaces[0].link_type;
}

void directive_interface(struct recipe *r, struct args *a)
{
	struct slice name = args_word(r, a, "the interface's name");

	if (r->format != CRAFT_PCAPNG)
		recipe_fail(r, "only pcapng has several interfaces");
	add_interface(r, name, args_word(r, a, "the interface's link layer"));
}

void directive_use(struct recipe *r, struct args *a)
{
	struct slice name = args_word(r, a, "the interface's name");

	for (unsigned i = 0; i < r->interface_count; i++) {
		if (slice_eq(r->interfaces[i].name, name)) {
			r->path.interface = i;
			r->path.link_type = r->interfaces[i].link_type;
			return;
		}
	}
	recipe_fail(r, "no interface is called '%.*s'", SLICE_ARG(name));
}

static void add_cut(struct recipe *r, int64_t *cuts, unsigned *count, struct args *a)
{
	int64_t t = recipe_time(r, args_word(r, a, "the time"));

	if (*count == RECIPE_MAX_CUTS || (*count && t <= cuts[*count - 1]))
		recipe_fail(r, "at most %d of these, in order of time", RECIPE_MAX_CUTS);
	else
		cuts[(*count)++] = t;
}

void directive_next_file(struct recipe *r, struct args *a)
{
	add_cut(r, r->next_file_ns, &r->next_files, a);
}

void directive_next_section(struct recipe *r, struct args *a)
{
	if (r->format != CRAFT_PCAPNG)
		recipe_fail(r, "only pcapng has sections");
	add_cut(r, r->section_ns, &r->sections, a);
}

void directive_capture_from(struct recipe *r, struct args *a)
{
	r->from_ns = recipe_time(r, args_word(r, a, "the time"));
}

void directive_capture_until(struct recipe *r, struct args *a)
{
	r->until_ns = recipe_time(r, args_word(r, a, "the time"));
}

void directive_truncate(struct recipe *r, struct args *a)
{
	r->truncate = recipe_whole(r, args_word(r, a, "how many octets to cut off"), UINT32_MAX);
}

void directive_seed(struct recipe *r, struct args *a)
{
	r->random.state = recipe_whole(r, args_word(r, a, "the seed"), UINT64_MAX);
}

void directive_vlan(struct recipe *r, struct args *a)
{
	struct slice word;

	r->path.tag_count = 0;
	if (args_flag(a, "none"))
		return;
	while ((word = args_word_if_any(a)).p) {
		if (r->path.tag_count == CRAFT_MAX_TAGS) {
			recipe_fail(r, "more than %d VLAN tags", CRAFT_MAX_TAGS);
			return;
		}
		r->path.tags[r->path.tag_count++] =
		        (struct craft_tag){ 0x8100, (uint16_t)recipe_whole(r, word, 4095) };
	}
	/* IEEE 802.1ad: every tag but the innermost is a service tag. */
	for (unsigned i = 0; i + 1 < r->path.tag_count; i++)
		r->path.tags[i].tpid = 0x88a8;
}

void directive_fragment(struct recipe *r, struct args *a)
{
	if (args_flag(a, "none")) {
		r->path.mtu = 0;
		return;
	}
	r->path.mtu = (unsigned)args_whole(r, a, "mtu", 1500, 65535);
	r->path.fragment_twice = (unsigned)args_whole(r, a, "twice", 0, 1000);
	r->path.fragments_reversed = args_flag(a, "reversed");
	if (r->path.mtu < 68)
		recipe_fail(r, "mtu is at least 68 (RFC 791)");
}

void directive_lf_only(struct recipe *r, struct args *a)
{
	r->lf_only = !args_flag(a, "off");
}

void directive_dscp(struct recipe *r, struct args *a)
{
	r->path.dscp = (uint8_t)recipe_whole(r, args_word(r, a, "the DSCP"), 63);
}

void directive_ttl(struct recipe *r, struct args *a)
{
	r->path.ttl = (uint8_t)recipe_whole(r, args_word(r, a, "the TTL"), 255);
}

void directive_extensions(struct recipe *r, struct args *a)
{
	r->path.extensions = 0;
	if (args_flag(a, "hop-by-hop"))
		r->path.extensions |= CRAFT_HOP_BY_HOP;
	if (args_flag(a, "destination"))
		r->path.extensions |= CRAFT_DESTINATION;
	args_flag(a, "none");
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* "dir/capture.pcap" and 2: "dir/capture-2.pcap". */
static struct slice path_of(struct recipe *r, const char *out_path, unsigned number)
{
	const char *dot = strrchr(out_path, '.'), *slash = strrchr(out_path, '/');

	if (number == 1)
		return recipe_printf(r, "%s%c", out_path, 0);
	if (!dot || (slash && dot < slash))
		dot = out_path + strlen(out_path);
	return recipe_printf(r, "%.*s-%u%s%c", (int)(dot - out_path), out_path, number, dot, 0);
}

static void write_event(const struct recipe *r, struct craft *c, const struct event *e)
{
	int64_t time_ns = RECIPE_EPOCH_S * NS_PER_S + recipe_stamp(r, e->time_ns);

	c->path = e->path;
	switch (e->kind) {
	case EVENT_UDP: craft_udp(c, time_ns, &e->flow, e->payload); break;
	case EVENT_TCP: craft_tcp(c, time_ns, &e->flow, &e->tcp_header, e->payload); break;
	case EVENT_ICMP: craft_icmp(c, time_ns, &e->flow, &e->icmp, e->payload); break;
	}
}

static void write_interfaces(struct recipe *r, struct craft_file *file, unsigned from)
{
	for (unsigned i = from; i < r->interface_count; i++)
		craft_file_interface(file, r->interfaces[i].link_type);
}

static bool write_file(struct recipe *r, const char *path, size_t from, size_t to,
                       struct recipe_result *result)
{
	struct craft_file file;
	struct craft *c = recipe_alloc(r, sizeof(*c));
	unsigned section = 0;

	if (!craft_file_open(&file, path, r->format, r->big_endian, r->interfaces[0].link_type,
	                     r->snaplen, r->err))
		return false;
	craft_init(c, &file, r->interfaces[0].link_type);
	write_interfaces(r, &file, 1);
	for (size_t i = from; i < to; i++) {
		for (; section < r->sections && r->events[i].time_ns >= r->section_ns[section];
		     section++) {
			craft_file_section(&file);
			write_interfaces(r, &file, 0);
		}
		if (!recipe_missed(r, &r->events[i]))
			write_event(r, c, &r->events[i]);
	}
	if (r->dropped)
		craft_file_dropped(&file, r->dropped);
	result->files++;
	result->packets += file.packets;
	result->bytes += file.bytes;
	return craft_file_close(&file, r->err);
}

static bool cut_file(struct recipe *r, const char *path, const struct recipe_result *result)
{
	if (!r->truncate)
		return true;
	if (r->truncate >= result->bytes)
		return recipe_fail(r, "truncate: the file has %llu octets only",
		                   (unsigned long long)result->bytes);
	if (truncate(path, (off_t)(result->bytes - r->truncate)) != 0)
		return err_set(r->err, ERR_IO, "cannot cut '%s': %s", path, strerror(errno));
	return true;
}

bool recipe_write(struct recipe *r, const char *out_path, struct recipe_result *result)
{
	size_t i = 0, n = r->event_count;

	if (n)
		qsort(r->events, n, sizeof(*r->events), by_time);
	for (; i < n && r->events[i].time_ns < r->from_ns; i++)
		;
	while (n > i && r->events[n - 1].time_ns > r->until_ns)
		n--;
	for (unsigned number = 1; number <= r->next_files + 1; number++) {
		size_t to = i;
		while (to < n && (number > r->next_files ||
		                  r->events[to].time_ns < r->next_file_ns[number - 1]))
			to++;
		if (!write_file(r, (const char *)path_of(r, out_path, number).p, i, to, result))
			return false;
		i = to;
	}
	return cut_file(r, out_path, result);
}
