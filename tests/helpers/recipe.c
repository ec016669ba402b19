#include "tests/helpers/recipe_parts.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>

bool recipe_fail(struct recipe *r, const char *format, ...)
{
	char text[400];
	va_list args;

	if (r->failed)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->failed = true;
	return err_set(r->err, ERR_FORMAT, "%s:%u: %s", r->name, r->line, text);
}

void *recipe_alloc(struct recipe *r, size_t bytes)
{
	void *p = arena_zalloc(&r->arena, bytes);

	if (!p)
		abort();
	return p;
}

struct slice recipe_keep(struct recipe *r, struct slice s)
{
	struct slice kept;

	if (!arena_keep(&r->arena, s, &kept))
		abort();
	return kept;
}

struct slice recipe_printf(struct recipe *r, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		recipe_fail(r, "a text is too long");
		return SLICE_LIT("");
	}
	return recipe_keep(r, slice_of(text, (size_t)n));
}

/* --- packets, kept until all are known and in order of time --------------------------------------------------------- */

struct event *recipe_add_event(struct recipe *r, int64_t time_ns)
{
	if (r->event_count == r->event_capacity) {
		r->event_capacity = r->event_capacity ? r->event_capacity * 2 : 1024;
		r->events = mem_resize(r->events, r->event_capacity * sizeof(*r->events));
		if (!r->events)
			abort();
	}
	struct event *e = &r->events[r->event_count];
	*e = (struct event){ .time_ns = time_ns, .order = r->event_count++, .path = r->path };
	return e;
}

void recipe_udp(struct recipe *r, int64_t time_ns, struct endpoint src, struct endpoint dst,
                struct slice payload)
{
	struct event *e = recipe_add_event(r, time_ns);

	if (ip_addr_is_v4(src.addr) != ip_addr_is_v4(dst.addr))
		recipe_fail(r, "an IPv4 and an IPv6 address in one packet");
	e->flow = (struct craft_flow){ src.addr, dst.addr, src.port, dst.port, r->next_ip_id++ };
	e->payload = payload;
	recipe_add_mirrored(r);
}

void recipe_icmp(struct recipe *r, int64_t time_ns, const struct craft_flow *flow,
                 const struct craft_icmp *icmp, struct slice payload)
{
	struct event *e = recipe_add_event(r, time_ns);

	e->kind = EVENT_ICMP;
	e->flow = *flow;
	e->flow.ip_id = r->next_ip_id++;
	e->icmp = *icmp;
	e->payload = payload;
	recipe_add_mirrored(r);
}

void recipe_tcp(struct recipe *r, int64_t time_ns, const struct craft_flow *flow,
                const struct craft_tcp_header *header, struct slice payload)
{
	struct event *e = recipe_add_event(r, time_ns);

	e->kind = EVENT_TCP;
	e->flow = *flow;
	e->flow.ip_id = r->next_ip_id++;
	e->tcp_header = *header;
	e->payload = payload;
	recipe_add_mirrored(r);
}

/* --- names ---------------------------------------------------------------------------------------------------------- */

struct host *recipe_host_if_any(struct recipe *r, struct slice name)
{
	for (unsigned i = 0; i < r->host_count; i++)
		if (slice_eq(r->hosts[i].name, name))
			return &r->hosts[i];
	return NULL;
}

struct host *recipe_host(struct recipe *r, struct slice name)
{
	struct host *h = recipe_host_if_any(r, name);

	if (!h)
		recipe_fail(r, "no host is called '%.*s'", SLICE_ARG(name));
	return h;
}

/* "c1.caller" */
static bool session_media(struct recipe *r, struct slice word, struct endpoint *out)
{
	size_t dot = slice_find(word, '.');

	if (dot == SLICE_NPOS)
		return false;
	struct session *s = recipe_session_if_any(r, slice_sub(word, 0, dot));
	if (s && slice_eq_str(slice_from(word, dot + 1), "caller"))
		return *out = s->media[CALLER], true;
	if (s && slice_eq_str(slice_from(word, dot + 1), "callee"))
		return *out = s->media[CALLEE], true;
	return false;
}

static size_t last_colon(struct slice word)
{
	for (size_t i = word.n; i > 0; i--)
		if (word.p[i - 1] == ':')
			return i - 1;
	return SLICE_NPOS;
}

struct endpoint recipe_endpoint(struct recipe *r, struct slice word)
{
	struct endpoint e = { 0 };
	struct host *h = recipe_host_if_any(r, word);

	if (h)
		return (struct endpoint){ h->addr, h->sip_port };
	if (session_media(r, word, &e))
		return e;
	size_t colon = last_colon(word);
	if (colon == SLICE_NPOS) {
		recipe_fail(r, "'%.*s' is neither a host nor ADDRESS:PORT", SLICE_ARG(word));
		return e;
	}
	e.port = (uint16_t)recipe_whole(r, slice_from(word, colon + 1), 65535);
	h = recipe_host_if_any(r, slice_sub(word, 0, colon));
	if (h)
		e.addr = h->addr;
	else if (!ip_addr_parse(slice_sub(word, 0, colon), &e.addr))
		recipe_fail(r, "'%.*s' is neither a host nor an address",
		            SLICE_ARG(slice_sub(word, 0, colon)));
	return e;
}

static void directive_host(struct recipe *r, struct args *a)
{
	struct slice name = args_word(r, a, "the host's name");
	struct slice address = args_word(r, a, "the host's address");
	struct host h = { .name = name };

	h.sip_port = (uint16_t)args_whole(r, a, "sip", 5060, 65535);
	h.rtp_port = (uint16_t)args_whole(r, a, "rtp", 4000, 65535);
	if (!r->failed && !ip_addr_parse(address, &h.addr))
		recipe_fail(r, "'%.*s' is not an address", SLICE_ARG(address));
	if (recipe_host_if_any(r, name))
		recipe_fail(r, "host '%.*s' is there already", SLICE_ARG(name));
	if (r->host_count == RECIPE_MAX_HOSTS)
		recipe_fail(r, "more than %d hosts", RECIPE_MAX_HOSTS);
	if (!r->failed)
		r->hosts[r->host_count++] = h;
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

static const struct directive {
	const char *name;
	void (*run)(struct recipe *r, struct args *a);
} directives[] = {
	{ "file", directive_file },
	{ "interface", directive_interface },
	{ "use", directive_use },
	{ "next-file", directive_next_file },
	{ "next-section", directive_next_section },
	{ "capture-from", directive_capture_from },
	{ "capture-until", directive_capture_until },
	{ "truncate", directive_truncate },
	{ "seed", directive_seed },
	{ "host", directive_host },
	{ "vlan", directive_vlan },
	{ "fragment", directive_fragment },
	{ "mirror", directive_mirror },
	{ "drop-all", directive_drop_all },
	{ "dropped", directive_dropped },
	{ "clock-step", directive_clock_step },
	{ "clock-drift", directive_clock_drift },
	{ "quantum", directive_quantum },
	{ "lf-only", directive_lf_only },
	{ "dscp", directive_dscp },
	{ "ttl", directive_ttl },
	{ "extensions", directive_extensions },
	{ "session", directive_session },
	{ "move", directive_move },
	{ "request", directive_request },
	{ "reply", directive_reply },
	{ "again", directive_again },
	{ "call", directive_call },
	{ "sip", directive_sip },
	{ "tcp", directive_tcp },
	{ "hold", directive_hold },
	{ "send", directive_send },
	{ "tcp-close", directive_tcp_close },
	{ "udp", directive_udp },
	{ "icmp", directive_icmp },
	{ "tcp-syn", directive_tcp_syn },
	{ "tcp-refused", directive_tcp_refused },
	{ "tls-alert", directive_tls_alert },
	{ "rtp", directive_rtp },
	{ "digit", directive_digit },
	{ "rtcp", directive_rtcp },
};

/* "<<END" as last word: the lines until END are its text. */
static void take_text(struct recipe *r, struct slice *rest, struct args *a)
{
	struct slice marker = a->plain_count ? a->plain[a->plain_count - 1] : SLICE_NONE, line,
	             start;

	if (!slice_starts(marker, "<<") || marker.n == 2)
		return;
	a->plain_count--;
	marker = slice_from(marker, 2);
	start = *rest;
	while (slice_line(rest, &line)) {
		r->line++;
		if (slice_eq(line, marker)) {
			a->text = slice_of(start.p, (size_t)(line.p - start.p));
			return;
		}
	}
	recipe_fail(r, "the text has no end line '%.*s'", SLICE_ARG(marker));
}

/* `rest`: the lines behind this one, of which a repeat takes its own. */
static void run_directive(struct recipe *r, struct args *a, struct slice *rest)
{
	int64_t now = r->now_ns;
	struct slice verb = args_word_if_any(a);

	if (slice_eq_str(verb, "at")) {
		now = r->now_ns = recipe_time(r, args_word(r, a, "the time"));
		verb = args_word_if_any(a);
	}
	if (!verb.p)
		return;
	if (slice_eq_str(verb, "repeat")) {
		recipe_repeat(r, a, rest);
		return;
	}
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (!slice_eq_str(verb, directives[i].name))
			continue;
		if (i > 0 && !r->any_file)
			recipe_fail(r, "the first line must be 'file FORMAT [LINK]'");
		r->now_ns = args_time(r, a, "at", now);
		if (!r->failed)
			directives[i].run(r, a);
		r->now_ns = now;
		args_done(r, a);
		return;
	}
	recipe_fail(r, "'%.*s' is not a directive", SLICE_ARG(verb));
}

void recipe_lines(struct recipe *r, struct slice text)
{
	struct slice line;
	struct args *a = recipe_alloc(r, sizeof(*a));

	while (!r->failed && slice_line(&text, &line)) {
		unsigned number = ++r->line;
		if (!args_parse(r, line, a))
			return;
		take_text(r, &text, a);
		unsigned last = r->line;
		if (r->failed)
			return;
		r->line = number; /* a text's errors are told at its first line */
		run_directive(r, a, &text);
		if (r->line < last)
			r->line = last;
	}
}

bool recipe_run(const char *name, struct slice text, const char *out_path,
                struct recipe_result *result, struct err *err)
{
	struct recipe *r = mem_zalloc(sizeof(*r));
	bool ok = false;

	*result = (struct recipe_result){ 0 };
	if (!r)
		return err_memory(err, "a recipe");
	r->name = name;
	r->err = err;
	r->random.state = 1;
	r->next_ip_id = 1;
	r->mirror.after_ns = TIME_NONE;
	r->from_ns = INT64_MIN;
	r->until_ns = INT64_MAX;
	arena_init(&r->arena, 1u << 18);
	craft_path_init(&r->path, LINK_ETHERNET);
	recipe_lines(r, text);
	if (!r->any_file)
		recipe_fail(r, "there is no 'file' line");
	for (unsigned i = 0; i < r->stream_count && !r->failed; i++)
		recipe_stream_play(r, r->streams[i]);
	if (!r->failed)
		ok = recipe_write(r, out_path, result);
	mem_free(r->events);
	arena_release(&r->arena);
	mem_free(r);
	return ok;
}
