#include "sim/engine/keywords.h"

#include "sim/scenario/sipp_xml.h"

#include <stdio.h>
#include <time.h>

static struct endpoint remote_of(const struct call *c)
{
	return c->peer.port ? c->peer : c->station->config->target;
}

static void add_address(struct text *out, struct ip_addr a, bool brackets)
{
	char buf[IP_ADDR_TEXT];
	size_t n = ip_addr_format(a, buf);

	if (brackets && !ip_addr_is_v4(a))
		text_addf(out, "[%s]", buf);
	else
		text_add(out, slice_of(buf, n));
}

static void add_port(struct text *out, int port)
{
	render_number(out, port > 0 ? (uint64_t)port : 0);
}

static struct endpoint local_of(const struct call *c)
{
	return c->channel ? c->channel->local : c->station->transport->local;
}

static struct media_call *media_of(struct call *c, const char **why)
{
	struct err err = ERR_INIT;
	struct media_call *m = call_media(c, &err);

	if (!m)
		*why = "no media port could be had";
	return m;
}

static bool media_port(struct call *c, const struct piece *p, struct text *out, const char **why)
{
	struct station *s = c->station;
	bool per_call = p->keyword != KEYWORD_MEDIA_PORT || station_media_port_per_call(s);
	int port = s->config->media.media_port;

	if (per_call && s->media) {
		struct media_call *m = media_of(c, why);
		if (!m)
			return false;
		port = p->keyword == KEYWORD_AUTO_MEDIA_PORT ? media_call_auto_port(m)
		       : p->keyword == KEYWORD_RTPSTREAM_VIDEO_PORT
		               ? media_call_port(m, MEDIA_VIDEO)
		               : media_call_port(m, MEDIA_AUDIO);
		if (!port) {
			*why = media_call_why(m);
			return false;
		}
	}
	add_port(out, port + p->offset);
	return true;
}

/* What -cid_str says: %u call number, %p process, %s address, %% itself. */
static void call_id(const struct call *c, const struct piece *p, struct text *out)
{
	if (p->text.p && p->text.n) {
		text_add(out, p->text);
		text_add(out, SLICE_LIT("///"));
	}
	text_add(out, kept_slice(c->call_id));
}

static void branch(const struct call *c, int step, const struct piece *p, struct text *out)
{
	text_add(out, SLICE_LIT("z9hG4bK-"));
	render_number(out, (uint64_t)c->station->config->process_id);
	text_add(out, SLICE_LIT("-"));
	render_number(out, c->number);
	text_add(out, SLICE_LIT("-"));
	render_number(out, (uint64_t)(step + p->offset < 0 ? 0 : step + p->offset));
}

static void date(const struct call *c, struct text *out)
{
	time_t seconds = (time_t)(c->station->loop->now_ns / NS_PER_S);
	struct tm tm;
	char buf[64];

	gmtime_r(&seconds, &tm);
	size_t n = strftime(buf, sizeof buf, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	text_add(out, slice_of(buf, n));
}

static void timestamp(const struct call *c, struct text *out)
{
	char buf[40];
	text_add(out,
	         slice_str(clock_format_us(c->station->loop->now_ns / NS_PER_US, buf, sizeof buf)));
}

static const struct keyword_argument *argument(const struct piece *p, const char *name)
{
	for (unsigned i = 0; i < p->argument_count; i++)
		if (slice_ieq_str(p->arguments[i].name, name))
			return &p->arguments[i];
	return NULL;
}

bool keyword_argument_text(struct call *c, const struct piece *p, const char *name,
                           struct slice *out, const char **why)
{
	const struct keyword_argument *a = argument(p, name);

	*out = SLICE_NONE;
	return !a || render_text(c, a->value, out, why);
}

/* --- [fieldN] ----------------------------------------------------------------------------------------------------- */

struct field_template {
	struct slice text;
	const struct template *compiled;
};

static bool same_field(const void *value, const void *key)
{
	return slice_eq(((const struct field_template *)value)->text, *(const struct slice *)key);
}

#define MOST_FIELD_TEMPLATES 65536

/* Fields may hold keywords themselves. Each different text is compiled once; after many thousands all are forgotten. */
static const struct template *field_template(struct station *s, struct slice text)
{
	uint64_t hash = hash_slice(text, 0);
	struct field_template *f = table_get(&s->field_templates, hash, same_field, &text);
	struct err err = ERR_INIT;

	if (f)
		return f->compiled;
	if (s->field_templates.count >= MOST_FIELD_TEMPLATES) {
		table_release(&s->field_templates);
		table_init(&s->field_templates);
		arena_reset(&s->fields.arena);
		s->fields.piece_total = s->setup.scenario->piece_total;
	}
	f = arena_zalloc(&s->fields.arena, sizeof *f);
	if (!f || !arena_keep(&s->fields.arena, text, &f->text))
		return NULL;
	f->compiled = template_compile(&s->fields, f->text, 0, false, &err);
	return f->compiled && table_put(&s->field_templates, hash, f) ? f->compiled : NULL;
}

static uint64_t line_of(struct call *c, size_t file)
{
	struct call_extra *x = c->extra;
	return x && x->lines ? x->lines[file] : 0;
}

bool keyword_field(struct call *c, const struct piece *p, struct text *out,
                   const struct template **more, const char **why)
{
	struct injection *injection = c->station->setup.injection;
	struct slice name, line_text;
	uint64_t line;

	*more = NULL;
	if (!injection) {
		*why = "[field] is asked for, and there is no injection file (-inf)";
		return false;
	}
	if (!keyword_argument_text(c, p, "file", &name, why))
		return false;
	size_t file = injection_file(injection, name);
	if (file == SIZE_MAX) {
		*why = "[field] names an injection file that was not given";
		return false;
	}
	if (!keyword_argument_text(c, p, "line", &line_text, why))
		return false;
	/* A variable that is a number prints with decimals. */
	line_text = slice_sub(slice_trim(line_text), 0, slice_find(slice_trim(line_text), '.'));
	if (!line_text.p || !slice_u64(line_text, UINT64_MAX / 2, &line))
		line = line_of(c, file);
	size_t before = out->n;
	if (!injection_field(injection, file, line, p->field, out) || out->failed)
		return !out->failed;
	struct slice value = slice_of(out->p + before, out->n - before);
	if (slice_find(value, '[') == SLICE_NPOS)
		return true;
	*more = field_template(c->station, value);
	out->n = before;
	*why = "a field of the injection file holds a keyword that cannot be read";
	return *more != NULL;
}

/* --- others ------------------------------------------------------------------------------------------------------- */

static bool fill(struct call *c, const struct piece *p, struct text *out, const char **why)
{
	struct slice text, name;

	if (!keyword_argument_text(c, p, "text", &text, why) ||
	    !keyword_argument_text(c, p, "variable", &name, why))
		return false;
	int variable = p->variable != SCENARIO_NONE ? p->variable
	                                            : scenario_variable(c->play->scenario, name);
	double wanted = variable == SCENARIO_NONE ? 0 : value_number(c, variable);
	size_t n = wanted > 65535 ? 65535 : wanted > 0 ? (size_t)wanted : 0;

	if (!text.n)
		text = SLICE_LIT("X");
	uint8_t octets[256];
	size_t unit = text.n < sizeof octets ? text.n : sizeof octets;
	memcpy(octets, text.p, unit);
	for (; n; n -= n < unit ? n : unit)
		text_add(out, slice_of(octets, n < unit ? n : unit));
	return true;
}

static bool file(struct call *c, const struct piece *p, struct text *out, const char **why)
{
	struct slice name;
	char path[512], buf[4096];

	if (!keyword_argument_text(c, p, "name", &name, why))
		return false;
	FILE *f = fopen(slice_cstr(name, path, sizeof path), "rb");
	if (!f) {
		*why = "the file of [file name=...] cannot be read";
		return false;
	}
	size_t n;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0 && out->n < 65536)
		text_add(out, slice_of(buf, n));
	fclose(f);
	return true;
}

/* {0-3}{99}{5-8}{1-31}: the circuits are handed out in turn by call number. */
static bool tdmmap(const struct call *c, struct text *out, const char **why)
{
	unsigned part[4][2];
	const char *map = c->station->config->tdmmap;
	const char *at = map ? map : "";
	uint64_t n = c->number ? c->number - 1 : 0;

	for (size_t i = 0; i < 4; i++) {
		int used = 0;
		if (sscanf(at, "{%u-%u}%n", &part[i][0], &part[i][1], &used) != 2 || !used) {
			if (sscanf(at, "{%u}%n", &part[i][0], &used) != 1 || !used) {
				*why = "[tdmmap] needs -tdmmap {a-b}{c}{d-e}{f-g}";
				return false;
			}
			part[i][1] = part[i][0];
		}
		at += used;
	}
	unsigned chosen[4];
	for (size_t i = 4; i-- > 0;) {
		uint64_t span = part[i][1] >= part[i][0] ? part[i][1] - part[i][0] + 1 : 1;
		chosen[i] = part[i][0] + (unsigned)(n % span);
		n /= span;
	}
	text_addf(out, "%u.%u.%u/%u", chosen[0], chosen[1], chosen[2], chosen[3]);
	return true;
}

static void dynamic_id(const struct call *c, struct text *out)
{
	const struct sim_config *k = c->station->config;
	int step = k->dynamic_step ? k->dynamic_step : 4;
	int64_t span = (int64_t)k->dynamic_max - k->dynamic_start;
	int64_t n = (int64_t)(c->number ? c->number - 1 : 0) * step;

	text_addf(out, "%lld", (long long)(k->dynamic_start + (span > 0 ? n % (span + 1) : n)));
}

static void peer_tag(const struct call *c, struct text *out)
{
	if (!c->peer_tag)
		return;
	text_add(out, SLICE_LIT(";tag="));
	text_add(out, kept_slice(c->peer_tag));
}

static void routes(const struct call *c, struct text *out, bool *missing)
{
	if (!c->extra || !c->extra->routes) {
		*missing = true;
		return;
	}
	text_add(out, SLICE_LIT("Route: "));
	text_add(out, kept_slice(c->extra->routes));
}

static void users(const struct call *c, struct text *out)
{
	unsigned n = atomic_load(&c->station->setup.control->users);

	/* -1 as in SIPp, where there are none. */
	if (n)
		render_number(out, n);
	else
		text_add(out, SLICE_LIT("-1"));
}

static void clock_tick(const struct call *c, struct text *out)
{
	render_number(out, (uint64_t)(c->station->loop->now_ns / NS_PER_MS) & 0xffffffff);
}

static void last_part(struct call *c, const struct piece *p, struct text *out)
{
	const struct sip_msg *m = call_last(c);

	if (!m)
		return;
	if (p->keyword == KEYWORD_LAST_MESSAGE)
		text_add(out, m->whole);
	else if (p->keyword == KEYWORD_LAST_REQUEST_URI)
		text_add(out, m->is_request ? m->request_uri : sip_msg_value(m, SIP_H_CONTACT));
	else
		render_number(out, (uint64_t)((int64_t)m->cseq + p->offset));
}

static bool crypto(struct call *c, const struct piece *p, struct text *out, const char **why)
{
	struct media_call *m = media_of(c, why);

	if (!m)
		return false;
	if (!media_call_crypto(m, p->text, out)) {
		*why = "this SRTP keyword is not known";
		return false;
	}
	return true;
}

bool keyword_render(struct call *c, int step, const struct piece *p, struct text *out,
                    bool *missing, const char **why)
{
	switch (p->keyword) {
	case KEYWORD_TEXT: text_add(out, p->text); break;
	case KEYWORD_SERVICE: text_add(out, slice_str(c->station->config->service)); break;
	case KEYWORD_REMOTE_HOST:
	case KEYWORD_REMOTE_IP: add_address(out, remote_of(c).addr, true); break;
	case KEYWORD_REMOTE_PORT: add_port(out, remote_of(c).port + p->offset); break;
	case KEYWORD_LOCAL_IP:
	case KEYWORD_SERVER_IP: add_address(out, local_of(c).addr, true); break;
	case KEYWORD_LOCAL_IP_TYPE: add_port(out, ip_addr_is_v4(local_of(c).addr) ? 4 : 6); break;
	case KEYWORD_LOCAL_PORT: add_port(out, local_of(c).port + p->offset); break;
	case KEYWORD_TRANSPORT:
		text_add(out, slice_str(transport_name(c->station->config->transport)));
		break;
	case KEYWORD_MEDIA_IP: add_address(out, local_of(c).addr, false); break;
	case KEYWORD_MEDIA_IP_TYPE: add_port(out, ip_addr_is_v4(local_of(c).addr) ? 4 : 6); break;
	case KEYWORD_MEDIA_PORT:
	case KEYWORD_AUTO_MEDIA_PORT:
	case KEYWORD_RTPSTREAM_AUDIO_PORT:
	case KEYWORD_RTPSTREAM_VIDEO_PORT: return media_port(c, p, out, why);
	case KEYWORD_CRYPTO: return crypto(c, p, out, why);
	case KEYWORD_CALL_ID: call_id(c, p, out); break;
	case KEYWORD_CALL_NUMBER: render_number(out, c->number); break;
	case KEYWORD_DYNAMIC_ID: dynamic_id(c, out); break;
	case KEYWORD_CSEQ: render_number(out, (uint64_t)((int64_t)c->cseq + p->offset)); break;
	case KEYWORD_BRANCH: branch(c, step, p, out); break;
	case KEYWORD_MSG_INDEX: render_number(out, (uint64_t)(step < 0 ? 0 : step)); break;
	case KEYWORD_PID: render_number(out, (uint64_t)c->station->config->process_id); break;
	case KEYWORD_SIPP_VERSION: text_add(out, SLICE_LIT("milliwatt-" MILLIWATT_VERSION)); break;
	case KEYWORD_CLOCK_TICK: clock_tick(c, out); break;
	case KEYWORD_TIMESTAMP: timestamp(c, out); break;
	case KEYWORD_DATE: date(c, out); break;
	case KEYWORD_USERS: users(c, out); break;
	case KEYWORD_USERID: render_number(out, c->user); break;
	case KEYWORD_PEER_TAG_PARAM: peer_tag(c, out); break;
	case KEYWORD_ROUTES: routes(c, out, missing); break;
	case KEYWORD_NEXT_URL:
		if (c->extra)
			text_add(out, kept_slice(c->extra->next_url));
		break;
	case KEYWORD_LAST: render_last(c, p, out, missing); break;
	case KEYWORD_LAST_MESSAGE:
	case KEYWORD_LAST_CSEQ_NUMBER:
	case KEYWORD_LAST_REQUEST_URI: last_part(c, p, out); break;
	case KEYWORD_VARIABLE: value_text(c, p->variable, out); break;
	case KEYWORD_FILE: return file(c, p, out, why);
	case KEYWORD_FILL: return fill(c, p, out, why);
	case KEYWORD_TDMMAP: return tdmmap(c, out, why);
	case KEYWORD_GENERIC:
		*why = "a keyword that no -key gives a value";
		return station_generic(c->station, p->text, out);
	case KEYWORD_FIELD:
	case KEYWORD_LEN:
	case KEYWORD_AUTHENTICATION: break; /* render.c does these */
	}
	return true;
}
