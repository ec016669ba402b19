#include "dissectors/sip_grammar.h"

#include "base/arena.h"
#include "base/mem.h"

/* libosip2's headers expect time_t to be known already. */
#include <time.h>

#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>

/* libosip2 keeps lists whose append walks them: what goes in is bounded, or one hostile message costs a second. */
#define MAX_MESSAGE    65536u
#define MAX_HEADERS    256u
#define MAX_LIST_SIGNS 1024u
#define MAX_VALUE      8192u
#define SCRATCH_BYTES  8192u

/* All that libosip2 allocates during one call of ours comes from one arena and goes back at its end: that is faster, and
 * makes harmless what libosip2 forgets to free (a second Content-Type in a body part; most things when memory runs out).
 * Its allocator hooks carry no context, so the arena in use has to be known to the thread; it is NULL between calls. */
static _Thread_local struct arena *scratch;

static void scratch_begin(struct arena *arena)
{
	arena_init(arena, SCRATCH_BYTES);
	scratch = arena;
}

static void scratch_end(struct arena *arena)
{
	scratch = NULL;
	arena_release(arena);
}

/* A block is preceded by its size, for scratch_resize(); 16 octets keep the alignment. */
#define BLOCK_HEAD 16u

static void *scratch_alloc(size_t bytes)
{
	if (!scratch)
		return mem_alloc(bytes);
	if (bytes > SIZE_MAX - BLOCK_HEAD)
		return NULL;
	uint8_t *block = arena_alloc(scratch, bytes + BLOCK_HEAD);
	if (!block)
		return NULL;
	memcpy(block, &bytes, sizeof bytes);
	return block + BLOCK_HEAD;
}

static void *scratch_resize(void *old, size_t bytes)
{
	size_t before;

	if (!scratch)
		return mem_resize(old, bytes);
	void *block = scratch_alloc(bytes);
	if (!block || !old)
		return block;
	memcpy(&before, (uint8_t *)old - BLOCK_HEAD, sizeof before);
	memcpy(block, old, before < bytes ? before : bytes);
	return block;
}

static void scratch_free(void *block)
{
	if (!scratch)
		mem_free(block);
}

static void be_silent(const char *file, int line, osip_trace_level_t level, const char *format,
                      va_list args)
{
	(void)file;
	(void)line;
	(void)level;
	(void)format;
	(void)args;
}

bool sip_grammar_init(void)
{
	/* Its trace goes to stdout unless a function takes it; NULL would switch that back on. */
	osip_trace_initialize_func(TRACE_LEVEL0, be_silent);
	osip_set_allocators(scratch_alloc, scratch_resize, scratch_free);
	return parser_init() == 0;
}

/* Lines up to the empty one, and the signs that make libosip2 append to a list, are counted. */
static bool is_affordable(struct slice message)
{
	unsigned lines = 0, signs = 0;
	struct slice line;

	if (message.n > MAX_MESSAGE)
		return false;
	while (slice_line(&message, &line) && line.n) {
		lines++;
		for (size_t i = 0; i < line.n; i++)
			signs += line.p[i] == ',' || line.p[i] == ';' || line.p[i] == '&';
		if (lines > MAX_HEADERS || signs > MAX_LIST_SIGNS)
			return false;
	}
	return true;
}

static void put(const char *text, char *buf, size_t size)
{
	slice_cstr(slice_str(text), buf, size);
}

/* libosip2 gives some values with their quotes. */
static void put_unquoted(const char *text, char *buf, size_t size)
{
	struct slice s = slice_str(text);

	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = slice_sub(s, 1, s.n - 2);
	slice_cstr(s, buf, size);
}

static void put_tag(osip_from_t *addr, char *buf, size_t size)
{
	osip_generic_param_t *tag = NULL;

	if (addr && osip_from_get_tag(addr, &tag) == 0 && tag)
		put(tag->gvalue, buf, size);
}

static void put_call_id(const osip_call_id_t *id, char *buf, size_t size)
{
	if (!id || !id->number)
		return;
	put(id->number, buf, size);
	if (!id->host)
		return;
	size_t n = strlen(buf);
	if (n + 1 < size) {
		buf[n] = '@';
		put(id->host, buf + n + 1, size - n - 1);
	}
}

static void put_branch(const osip_message_t *sip, char *buf, size_t size)
{
	osip_generic_param_t *branch = NULL;
	osip_via_t *via = osip_list_get(&sip->vias, 0);

	if (via && osip_via_param_get_byname(via, "branch", &branch) == 0 && branch)
		put(branch->gvalue, buf, size);
}

static void read_message(const osip_message_t *sip, struct sip_grammar_message *out)
{
	out->is_request = sip->sip_method != NULL;
	out->status = sip->status_code;
	put(sip->sip_method, out->method, sizeof out->method);
	put_call_id(sip->call_id, out->call_id, sizeof out->call_id);
	put_tag(sip->from, out->from_tag, sizeof out->from_tag);
	put_tag(sip->to, out->to_tag, sizeof out->to_tag);
	if (sip->cseq) {
		put(sip->cseq->number, out->cseq, sizeof out->cseq);
		put(sip->cseq->method, out->cseq_method, sizeof out->cseq_method);
	}
	put_branch(sip, out->branch, sizeof out->branch);
	if (sip->content_length && sip->content_length->value)
		out->content_length = osip_atoi(sip->content_length->value);
}

bool sip_grammar_message(struct slice message, struct sip_grammar_message *out)
{
	osip_message_t *sip = NULL;
	struct arena arena;

	*out = (struct sip_grammar_message){ .content_length = -1 };
	if (!message.n || !is_affordable(message))
		return false;
	scratch_begin(&arena);
	bool ok = osip_message_init(&sip) == 0 &&
	          osip_message_parse(sip, (const char *)message.p, message.n) == 0;
	if (ok)
		read_message(sip, out);
	scratch_end(&arena);
	return ok;
}

/* A value as a C string in the scratch arena, folds made blanks; NULL if it is too large, holds a NUL, or memory is out. */
static char *as_string(struct slice value)
{
	if (!value.n || value.n > MAX_VALUE || slice_find(value, 0) != SLICE_NPOS)
		return NULL;
	char *text = scratch_alloc(value.n + 1);
	if (!text)
		return NULL;
	slice_cstr(value, text, value.n + 1);
	for (char *c = text; *c; c++)
		if (*c == '\r' || *c == '\n')
			*c = ' ';
	return text;
}

bool sip_grammar_uri(struct slice uri, struct sip_grammar_uri *out)
{
	osip_uri_t *parsed = NULL;
	struct arena arena;

	memset(out, 0, sizeof *out);
	scratch_begin(&arena);
	char *text = as_string(uri);
	bool ok = text && osip_uri_init(&parsed) == 0 && osip_uri_parse(parsed, text) == 0;
	if (ok) {
		put(parsed->scheme, out->scheme, sizeof out->scheme);
		put(parsed->username, out->user, sizeof out->user);
		put(parsed->host, out->host, sizeof out->host);
		put(parsed->port, out->port, sizeof out->port);
	}
	scratch_end(&arena);
	return ok;
}

bool sip_grammar_authorization(struct slice value, struct sip_grammar_auth *out)
{
	osip_authorization_t *auth = NULL;
	struct arena arena;

	memset(out, 0, sizeof *out);
	scratch_begin(&arena);
	char *text = as_string(value);
	bool ok = text && osip_authorization_init(&auth) == 0 &&
	          osip_authorization_parse(auth, text) == 0;
	if (ok) {
		put(auth->auth_type, out->scheme, sizeof out->scheme);
		put_unquoted(auth->username, out->username, sizeof out->username);
		put_unquoted(auth->realm, out->realm, sizeof out->realm);
		put_unquoted(auth->nonce, out->nonce, sizeof out->nonce);
		put_unquoted(auth->uri, out->uri, sizeof out->uri);
		put_unquoted(auth->algorithm, out->algorithm, sizeof out->algorithm);
		put_unquoted(auth->message_qop, out->qop, sizeof out->qop);
	}
	scratch_end(&arena);
	return ok;
}

bool sip_grammar_challenge(struct slice value, struct sip_grammar_auth *out)
{
	osip_www_authenticate_t *auth = NULL;
	struct arena arena;

	memset(out, 0, sizeof *out);
	scratch_begin(&arena);
	char *text = as_string(value);
	bool ok = text && osip_www_authenticate_init(&auth) == 0 &&
	          osip_www_authenticate_parse(auth, text) == 0;
	if (ok) {
		put(auth->auth_type, out->scheme, sizeof out->scheme);
		put_unquoted(auth->realm, out->realm, sizeof out->realm);
		put_unquoted(auth->nonce, out->nonce, sizeof out->nonce);
		put_unquoted(auth->algorithm, out->algorithm, sizeof out->algorithm);
		put_unquoted(auth->qop_options, out->qop, sizeof out->qop);
		char stale[8] = "";
		put_unquoted(auth->stale, stale, sizeof stale);
		out->stale = slice_ieq_str(slice_str(stale), "true");
	}
	scratch_end(&arena);
	return ok;
}
