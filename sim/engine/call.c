/* A call: what it is made of, and what it gives back. How it runs is in run.c, how it ends in ends.c. */
#include "sim/engine/call.h"

#include "base/mem.h"

static struct kept *make_call_id(struct station *s, uint64_t number)
{
	struct text *out = &s->scratch[s->depth++ % (RENDER_DEPTH - 1)];
	const char *format = s->config->call_id_format ? s->config->call_id_format : "%u-%p@%s";
	char address[IP_ADDR_TEXT];
	uint64_t a = random_next(&s->random), b = random_next(&s->random);

	text_reset(out);
	switch (s->config->call_id_kind) {
	case CALL_ID_UUID:
		text_addf(out, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		          (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		          (unsigned)(b >> 48 & 0x3fff) | 0x8000,
		          (unsigned long long)(b & 0xffffffffffff));
		break;
	case CALL_ID_UUID_COMPACT:
		text_addf(out, "%08x%04x4%03x%04x%012llx", (unsigned)(a >> 32),
		          (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		          (unsigned)(b >> 48 & 0x3fff) | 0x8000,
		          (unsigned long long)(b & 0xffffffffffff));
		break;
	case CALL_ID_RANDOM:
		text_addf(out, "%016llx%08x", (unsigned long long)a, (unsigned)b);
		break;
	case CALL_ID_TIMESTAMP:
		text_addf(out, "%lld-%llu", (long long)(s->loop->now_ns / NS_PER_US),
		          (unsigned long long)number);
		break;
	case CALL_ID_TEXT:
		for (const char *f = format; *f; f++) {
			if (f[0] != '%' || !f[1]) {
				text_add(out, slice_of(f, 1));
				continue;
			}
			switch (*++f) {
			case 'u': text_addf(out, "%llu", (unsigned long long)number); break;
			case 'p': text_addf(out, "%lld", (long long)s->config->process_id); break;
			case 's':
				text_add(out,
				         slice_of(address, ip_addr_format(s->transport->local.addr,
				                                          address)));
				break;
			default: text_add(out, slice_of(f, 1)); break;
			}
		}
	}
	return out->failed ? NULL : kept_new(&s->kept, slice_of(text_cstr(out), out->n));
}

static struct call_extra *make_extra(struct call *c)
{
	return c->extra ? c->extra : (c->extra = mem_zalloc(sizeof *c->extra));
}

/* Each injection file gives a new call a line. */
static bool take_lines(struct call *c)
{
	struct injection *injection = c->station->setup.injection;
	size_t files = injection ? injection_files(injection) : 0;

	if (!files)
		return true;
	struct call_extra *x = make_extra(c);
	if (!x || !(x->lines = mem_alloc(files * sizeof *x->lines)))
		return false;
	for (size_t i = 0; i < files; i++)
		x->lines[i] = injection_line(injection, i, c->user);
	return true;
}

static uint64_t take_number(struct station *s)
{
	return atomic_fetch_add(&s->setup.control->calls_opened, 1) + 1;
}

struct call *call_new(struct station *s, struct play *play, struct slice call_id,
                      int64_t intended_ns, enum scenario_role role)
{
	struct call *c = pool_alloc(&play->calls, play->call_octets);

	if (!c)
		return NULL;
	memset(c, 0, play->call_octets);
	c->station = s;
	c->play = play;
	c->number = play->is_main ? take_number(s) : ++play->counters->calls_in;
	c->call_id = call_id.p ? kept_new(&s->kept, call_id) : make_call_id(s, c->number);
	if (!c->call_id) {
		pool_free(&play->calls, c, play->call_octets);
		return NULL;
	}
	c->role = (uint8_t)role;
	c->timer.fire = call_timer;
	c->resend.fire = call_resend;
	c->started_ns = s->loop->now_ns;
	c->intended_ns = intended_ns;
	c->sent_step = c->failed_step = c->invite_step = -1;
	c->peer = role == SCENARIO_CLIENT ? s->config->target : (struct endpoint){ 0 };
	c->cseq = s->config->base_cseq ? s->config->base_cseq - 1 : 0;
	for (unsigned i = 0; i < play->scenario->rtd_count; i++)
		call_rtd(c)[i] = intended_ns;
	c->key = station_key(s, kept_slice(c->call_id));
	list_append(&s->live, &c->node);
	s->live_count++;
	bool story = s->setup.trace && s->setup.trace->keep_story;
	if (!table_put(&s->calls, c->key, c) || !take_lines(c) || (story && !make_extra(c))) {
		c->in_table = true;
		call_release(c);
		return NULL;
	}
	c->in_table = true;
	return c;
}

struct call_extra *call_extra(struct call *c)
{
	if (!make_extra(c))
		call_fail(c, FAILURE_INTERNAL, "out of memory");
	return c->extra;
}

static void release_extra(struct call *c)
{
	struct call_extra *x = c->extra;
	struct kept_pools *k = &c->station->kept;

	if (!x)
		return;
	if (x->is_resolving)
		resolver_cancel(c->station->resolver, &x->resolving);
	kept_free(k, x->routes);
	kept_free(k, x->next_url);
	kept_free(k, x->challenge);
	text_release(&x->story);
	mem_free(x->lines);
	mem_free(x);
}

void call_release(struct call *c)
{
	struct station *s = c->station;
	struct kept_pools *k = &s->kept;

	if (s->last_of == c->received)
		s->last_of = NULL;
	if (c->state == CALL_CONGESTED)
		s->congested--;
	if (c->state == CALL_CLOSING)
		s->closing_count--;
	else
		s->live_count--;
	wheel_cancel(&s->loop->wheel, &c->timer);
	wheel_cancel(&s->loop->wheel, &c->resend);
	if (c->in_table)
		table_remove(&s->calls, c->key, c);
	list_remove(&c->node);
	if (c->media)
		media_call_free(c->media, NULL);
	values_release(c);
	release_extra(c);
	channel_release(c->channel);
	kept_free(k, c->call_id);
	kept_free(k, c->sent);
	kept_free(k, c->received);
	kept_free(k, c->peer_tag);
	pool_free(&c->play->calls, c, c->play->call_octets);
}

size_t call_octets(const struct call *c)
{
	return c->play->call_octets + (c->extra ? sizeof *c->extra : 0);
}

struct traced_call call_traced(const struct call *c)
{
	return (struct traced_call){ c->number, kept_slice(c->call_id), c->started_ns, c->step };
}
