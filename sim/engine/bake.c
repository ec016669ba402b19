/* Templates made ready for one station: what is the same in all its messages becomes text, neighbours grow together, and filling in a message
 * is left with the few pieces that change from call to call. */
#include "sim/engine/keywords.h"

#include <stdio.h>

bool station_media_port_per_call(const struct station *s)
{
	const struct media_config *m = &s->config->media;
	return m->port_per_call || m->play || m->digits || s->setup.scenario->has_own_media;
}

static struct ip_addr media_address(const struct station *s)
{
	struct ip_addr a = s->config->media.address;
	return ip_addr_is_any(a) ? s->transport->local.addr : a;
}

static bool add_address(struct text *out, struct ip_addr a)
{
	char buf[IP_ADDR_TEXT];
	size_t n = ip_addr_format(a, buf);

	/* In a URI and in Via an IPv6 address has brackets (RFC 3261 25.1). */
	if (ip_addr_is_v4(a))
		text_add(out, slice_of(buf, n));
	else
		text_addf(out, "[%s]", buf);
	return true;
}

static bool add_type(struct text *out, struct ip_addr a)
{
	text_add(out, ip_addr_is_v4(a) ? SLICE_LIT("4") : SLICE_LIT("6"));
	return true;
}

/* SDP wants it without brackets (RFC 8866 9). */
static bool add_bare(struct text *out, struct ip_addr a)
{
	char buf[IP_ADDR_TEXT];
	text_add(out, slice_of(buf, ip_addr_format(a, buf)));
	return true;
}

const char *transport_name(enum sim_transport t)
{
	static const char *const names[] = { "UDP", "TCP", "TLS" };
	return names[t];
}

bool station_generic(const struct station *s, struct slice name, struct text *out)
{
	for (size_t i = 0; i < s->config->key_count; i++)
		if (slice_eq_str(name, s->config->keys[i].key)) {
			text_add(out, slice_str(s->config->keys[i].value));
			return true;
		}
	return false;
}

/* True for a target that never changes: a client's, unless a <setdest> may move it. */
static bool has_target(const struct station *s)
{
	return s->config->target.port != 0;
}

static bool remote_constant(const struct station *s, const struct piece *p, struct text *out)
{
	if (!has_target(s))
		return false;
	if (p->keyword == KEYWORD_REMOTE_IP)
		return add_address(out, s->config->target.addr);
	if (p->keyword == KEYWORD_REMOTE_PORT) {
		text_addf(out, "%d", s->config->target.port + p->offset);
		return true;
	}
	const char *host = s->config->target_text;
	if (!host)
		return add_address(out, s->config->target.addr);
	const char *colon = strrchr(host, ':');
	bool has_port = colon && !strchr(colon, ']') && strchr(host, ':') == colon;
	text_add(out,
	         slice_of(host, colon && (has_port || colon[-1] == ']') ? (size_t)(colon - host)
	                                                                : strlen(host)));
	return true;
}

/* Adds the text of a piece that is the same in every call of this station; false: it is not. */
static bool constant(const struct station *s, const struct piece *p, struct text *out)
{
	const struct sim_config *config = s->config;
	bool one_socket = config->sockets == SOCKETS_ONE && config->transport == SIM_UDP;

	switch (p->keyword) {
	case KEYWORD_TEXT: text_add(out, p->text); return true;
	case KEYWORD_SERVICE: text_add(out, slice_str(config->service)); return true;
	case KEYWORD_REMOTE_HOST:
	case KEYWORD_REMOTE_IP:
	case KEYWORD_REMOTE_PORT: return remote_constant(s, p, out);
	case KEYWORD_LOCAL_IP:
		return config->sockets != SOCKETS_PER_ADDRESS &&
		       add_address(out, s->transport->local.addr);
	case KEYWORD_LOCAL_IP_TYPE: return add_type(out, s->transport->local.addr);
	case KEYWORD_SERVER_IP: return add_address(out, s->transport->local.addr);
	case KEYWORD_LOCAL_PORT:
		if (one_socket)
			text_addf(out, "%d", s->transport->local.port + p->offset);
		return one_socket;
	case KEYWORD_TRANSPORT:
		text_add(out, slice_str(transport_name(config->transport)));
		return true;
	case KEYWORD_MEDIA_IP: return add_bare(out, media_address(s));
	case KEYWORD_MEDIA_IP_TYPE: return add_type(out, media_address(s));
	case KEYWORD_MEDIA_PORT:
		if (station_media_port_per_call(s))
			return false;
		text_addf(out, "%d",
		          (s->media ? media_shared_port(s->media) : config->media.media_port) +
		                  p->offset);
		return true;
	case KEYWORD_PID: text_addf(out, "%lld", (long long)config->process_id); return true;
	case KEYWORD_SIPP_VERSION:
		text_add(out, SLICE_LIT("milliwatt-" MILLIWATT_VERSION));
		return true;
	case KEYWORD_TDMMAP: return false;
	case KEYWORD_GENERIC: return station_generic(s, p->text, out);
	default: return false;
	}
}

static bool keep_text(struct station *s, struct text *pending, struct piece *out, unsigned *n)
{
	if (!pending->n)
		return true;
	struct piece piece = { .keyword = KEYWORD_TEXT, .variable = SCENARIO_NONE };
	if (!arena_keep(&s->arena, slice_of(pending->p, pending->n), &piece.text))
		return false;
	out[(*n)++] = piece;
	text_reset(pending);
	return true;
}

static bool bake(struct station *s, const struct template *t, struct baked *out, struct err *err)
{
	struct piece *pieces = arena_alloc(&s->arena, (t->piece_count + 1) * sizeof *pieces);
	struct text pending;
	bool ok = pieces != NULL;

	text_init(&pending);
	*out = (struct baked){ .source = t, .pieces = pieces };
	for (unsigned i = 0; ok && i < t->piece_count; i++) {
		/* Where the body begins a piece begins: who signs a body must find it. */
		if (t->body_piece == (int)i && t->pieces[i].keyword == KEYWORD_TEXT) {
			struct slice text = t->pieces[i].text;
			text_add(&pending, slice_sub(text, 0, (size_t)t->body_offset));
			ok = keep_text(s, &pending, pieces, &out->piece_count);
			text_add(&pending, slice_from(text, (size_t)t->body_offset));
			continue;
		}
		if (constant(s, &t->pieces[i], &pending))
			continue;
		ok = keep_text(s, &pending, pieces, &out->piece_count);
		if (ok)
			pieces[out->piece_count++] = t->pieces[i];
	}
	ok = ok && keep_text(s, &pending, pieces, &out->piece_count) && !pending.failed;
	text_release(&pending);
	return ok || err_memory(err, "the messages of the scenario");
}

bool bake_play(struct station *s, struct play *p, struct err *err)
{
	const struct scenario *scenario = p->scenario;
	size_t count = scenario->step_count + scenario->init_count;

	p->messages = arena_zalloc(&s->arena, (count + 1) * sizeof *p->messages);
	if (!p->messages)
		return err_memory(err, "the messages of the scenario");
	for (unsigned i = 0; i < scenario->step_count; i++)
		if (scenario->steps[i].message &&
		    !bake(s, scenario->steps[i].message, &p->messages[i], err))
			return false;
	return true;
}
