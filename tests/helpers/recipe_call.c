/* Whole calls in one line, and single messages written out in full. */
#include "tests/helpers/recipe_parts.h"

/* --- whole calls, as RFC 3665 3.1 draws them ------------------------------------------------------------------------- */

void recipe_act(struct recipe *r, struct session *s, int64_t at_ns, bool is_reply, const char *what)
{
	struct args *a = recipe_alloc(r, sizeof(*a));
	int64_t now = r->now_ns;

	if (r->failed || !args_parse(r, slice_str(what), a))
		return;
	r->now_ns = at_ns;
	struct slice first = args_word_if_any(a);
	if (is_reply)
		recipe_reply(r, s, (unsigned)recipe_whole(r, first, 699), a);
	else
		recipe_request(r, s, first, a);
	r->now_ns = now;
}

static void talk(struct recipe *r, const struct session *s, int64_t answer_ns, int64_t duration_ns,
                 struct slice media)
{
	struct slice rest = s->codecs, codec;
	int64_t ptime_ns = (int64_t)s->ptime_ms * NS_PER_MS;
	unsigned count = duration_ns / ptime_ns > 2 ? (unsigned)(duration_ns / ptime_ns - 2) : 0;

	slice_split(&rest, ',', &codec);
	if (!slice_eq_str(media, "callee") && !slice_eq_str(media, "none"))
		recipe_stream_plain(r, s->media[CALLER], s->media[CALLEE],
		                    answer_ns + 20 * NS_PER_MS, codec, s->ptime_ms, count);
	if (!slice_eq_str(media, "caller") && !slice_eq_str(media, "none"))
		recipe_stream_plain(r, s->media[CALLEE], s->media[CALLER],
		                    answer_ns + 25 * NS_PER_MS, codec, s->ptime_ms, count);
}

static void answered(struct recipe *r, struct args *a, struct session *s, int64_t answer_ns,
                     bool open)
{
	int64_t duration_ns = args_seconds(r, a, "duration", 10 * NS_PER_S);
	struct slice media = args_text(a, "media");
	bool callee = slice_eq_str(args_text(a, "by"), "callee");

	recipe_act(r, s, answer_ns, true, "200 sdp");
	recipe_act(r, s, answer_ns + 10 * NS_PER_MS, false, "ACK");
	if (!r->failed)
		talk(r, s, answer_ns, duration_ns, media);
	if (open)
		return;
	recipe_act(r, s, answer_ns + duration_ns, false, callee ? "BYE by=callee" : "BYE");
	recipe_act(r, s, answer_ns + duration_ns + 20 * NS_PER_MS, true, "200");
}

void directive_call(struct recipe *r, struct args *a)
{
	int64_t start = r->now_ns;
	bool open = args_flag(a, "open");
	struct session *s = recipe_add_session(r, a, false);
	int64_t ring = args_seconds(r, a, "ring", 100 * NS_PER_MS),
	        setup = args_seconds(r, a, "setup", 500 * NS_PER_MS);
	struct slice rejected = args_text(a, "rejected");
	if (r->failed)
		return;
	recipe_act(r, s, start, false, "INVITE sdp");
	recipe_act(r, s, start + 5 * NS_PER_MS, true, "100");
	if (ring > 0)
		recipe_act(r, s, start + ring, true, "180");
	if (rejected.p) {
		recipe_act(r, s, start + setup, true,
		           (const char *)recipe_printf(r, "%.*s%c", SLICE_ARG(rejected), 0).p);
		recipe_act(r, s, start + setup + 10 * NS_PER_MS, false, "ACK");
	} else {
		answered(r, a, s, start + setup, open);
	}
}

/* --- messages written out in full ----------------------------------------------------------------------------------- */

/* "${c1.id}", "${c1.caller-tag}", "${c1.callee-tag}" */
static bool session_variable(struct recipe *r, struct slice name, size_t dot, struct text *out)
{
	struct session *s = recipe_session_if_any(r, slice_sub(name, 0, dot));
	struct slice what = slice_from(name, dot + 1);

	if (!s)
		return false;
	if (slice_eq_str(what, "id"))
		text_add(out, s->call_id);
	else if (slice_eq_str(what, "caller-tag"))
		text_add(out, s->tag[CALLER]);
	else if (slice_eq_str(what, "callee-tag"))
		text_add(out, s->tag[CALLEE]);
	else
		return false;
	return true;
}

/* "${alice}" is the host's address, "${alice.sip}" its address:port. */
static void add_variable(struct recipe *r, struct slice name, struct text *out)
{
	size_t dot = slice_find(name, '.');

	if (dot != SLICE_NPOS && session_variable(r, name, dot, out))
		return;
	struct host *h = recipe_host(r, slice_sub(name, 0, dot == SLICE_NPOS ? name.n : dot));
	char buf[IP_ADDR_TEXT];

	if (!h)
		return;
	if (dot != SLICE_NPOS)
		recipe_add_host_port(out, h);
	else
		text_add(out, slice_of(buf, ip_addr_format(h->addr, buf)));
}

static void add_expanded(struct recipe *r, struct slice line, struct text *out)
{
	size_t at, end;

	while ((at = slice_find_str(line, "${")) != SLICE_NPOS) {
		text_add(out, slice_sub(line, 0, at));
		line = slice_from(line, at + 2);
		end = slice_find(line, '}');
		if (end == SLICE_NPOS) {
			recipe_fail(r, "'${' is not closed");
			return;
		}
		add_variable(r, slice_sub(line, 0, end), out);
		line = slice_from(line, end + 1);
	}
	text_add(out, line);
}

struct slice recipe_expand(struct recipe *r, struct slice text)
{
	struct text out;

	text_init(&out);
	add_expanded(r, text, &out);
	struct slice kept = recipe_keep(r, slice_of(text_cstr(&out), out.n));
	text_release(&out);
	return kept;
}

/* Headers and body with CRLF (or LF), Content-Length put in where the text has none. */
static struct slice raw_message(struct recipe *r, struct slice text)
{
	struct text head, body;
	struct slice line;
	bool in_body = false, has_length = false;
	const char *eol = r->lf_only ? "\n" : "\r\n";

	text_init(&head);
	text_init(&body);
	while (slice_line(&text, &line)) {
		if (!in_body && line.n == 0) {
			in_body = true;
			continue;
		}
		has_length |= !in_body && slice_istarts(line, "Content-Length");
		add_expanded(r, line, in_body ? &body : &head);
		text_addf(in_body ? &body : &head, "%s", eol);
	}
	if (!has_length)
		text_addf(&head, "Content-Length: %zu%s", body.n, eol);
	text_addf(&head, "%s", eol);
	text_add(&head, slice_of(text_cstr(&body), body.n));
	struct slice kept = recipe_keep(r, slice_of(text_cstr(&head), head.n));
	text_release(&head);
	text_release(&body);
	return kept;
}

void directive_sip(struct recipe *r, struct args *a)
{
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "the sender"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "the receiver"));
	struct slice over = args_text(a, "over");
	struct tcp_link *t = over.p ? recipe_tcp_link(r, over) : NULL;

	if (!a->text.p)
		recipe_fail(r, "the message is missing: end the line with <<END");
	if (r->failed)
		return;
	struct slice message = raw_message(r, a->text);
	if (t)
		recipe_tcp_write(r, t, src.addr, message);
	else
		recipe_udp(r, r->now_ns, src, dst, message);
}
