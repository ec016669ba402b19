#include "sim/media/crypto.h"

#include "base/base64.h"
#include "base/hash.h"
#include "base/mem.h"
#include "sim/transport/impair.h"

#define LINES     2 /* that keywords can make */
#define MOST_KEYS 8 /* of one m= line; more are not looked at */
#define TAG_TEXT  9 /* RFC 4568 section 4 */

/* A line that keywords make. */
struct made {
	enum sdes_suite suite; /* SDES_SUITES: not asked for yet */
	size_t tag_at; /* where `out` ended when its tag was written, behind the tag; 0: not written */
	uint8_t tag_n;
	uint8_t key[SDES_KEY_MAX];
};

struct said {
	unsigned count;
	struct sdes_key keys[MOST_KEYS];
	bool newer; /* than the other side's: of the two this is the answer, or who offers again */
};

struct media_crypto {
	struct made made[LINES];
	struct said ours, theirs;
	struct sealing *seal, *open;
	const char *problem;
};

static const struct suite {
	const char *keyword;
	enum sdes_suite kind;
} suites[] = {
	{ "aescm128sha180", SDES_AES_CM_128_HMAC_SHA1_80 },
	{ "aescm128sha132", SDES_AES_CM_128_HMAC_SHA1_32 },
	{ "aescm192sha180", SDES_AES_192_CM_HMAC_SHA1_80 },
	{ "aescm192sha132", SDES_AES_192_CM_HMAC_SHA1_32 },
	{ "aescm256sha180", SDES_AES_256_CM_HMAC_SHA1_80 },
	{ "aescm256sha132", SDES_AES_256_CM_HMAC_SHA1_32 },
	{ "nullsha180", SDES_NULL_HMAC_SHA1_80 },
	{ "nullsha132", SDES_NULL_HMAC_SHA1_32 },
};
#define SUITES (sizeof suites / sizeof *suites)

struct media_crypto *media_crypto_new(uint64_t seed)
{
	struct media_crypto *c = mem_zalloc(sizeof *c);

	if (!c)
		return NULL;
	for (unsigned line = 0; line < LINES; line++) {
		c->made[line].suite = SDES_SUITES;
		for (size_t i = 0; i < SDES_KEY_MAX; i++)
			c->made[line].key[i] = (uint8_t)(random_next(&seed) >> 56);
	}
	return c;
}

static void end_sessions(struct media_crypto *c)
{
	sealing_free(c->seal);
	sealing_free(c->open);
	c->seal = c->open = NULL;
}

void media_crypto_free(struct media_crypto *c)
{
	if (!c)
		return;
	end_sessions(c);
	explicit_bzero(c, sizeof *c);
	mem_free(c);
}

/* ---- keywords ---- */

/* "...1audio": *line from 0, *what without it. */
static bool take_place(struct slice keyword, enum media_kind *kind, unsigned *line,
                       struct slice *what)
{
	enum { MEDIA = 5 };
	struct slice media = slice_from(keyword, keyword.n < MEDIA ? 0 : keyword.n - MEDIA);

	if (keyword.n <= MEDIA + 1)
		return false;
	if (slice_eq_str(media, "audio"))
		*kind = MEDIA_AUDIO;
	else if (slice_eq_str(media, "video"))
		*kind = MEDIA_VIDEO;
	else
		return false;
	*line = (unsigned)keyword.p[keyword.n - MEDIA - 1] - '1';
	*what = slice_sub(keyword, 0, keyword.n - MEDIA - 1);
	return *line < LINES;
}

static const struct suite *suite_of(struct slice what)
{
	for (size_t i = 0; i < SUITES; i++)
		if (slice_eq_str(what, suites[i].keyword))
			return &suites[i];
	return NULL;
}

enum keyword_kind { TAG, SUITE, KEY, UNENCRYPTED, NO_KEYWORD };

static enum keyword_kind kind_of(struct slice what, const struct suite **suite)
{
	*suite = NULL;
	if (slice_eq_str(what, "cryptotag"))
		return TAG;
	if (slice_eq_str(what, "cryptokeyparams"))
		return KEY;
	if (slice_starts(what, "cryptosuite"))
		return (*suite = suite_of(slice_from(what, 11))) ? SUITE : NO_KEYWORD;
	return slice_eq_str(what, "ueaescm128sha180") || slice_eq_str(what, "ueaescm128sha132")
	               ? UNENCRYPTED
	               : NO_KEYWORD;
}

bool media_crypto_kind(struct slice keyword, enum media_kind *kind)
{
	const struct suite *suite;
	struct slice what;
	unsigned line;

	return take_place(keyword, kind, &line, &what) && kind_of(what, &suite) != NO_KEYWORD;
}

/* Theirs came after ours, or ours is not there: what we write now answers it. */
static bool is_answer(const struct media_crypto *c)
{
	return c->theirs.count && c->theirs.newer;
}

static void add_tag(const struct media_crypto *c, unsigned line, struct made *m, struct text *out)
{
	uint32_t tag = line + 1;
	size_t before = out->n;

	if (is_answer(c) && line < c->theirs.count)
		tag = c->theirs.keys[line].tag;
	text_addf(out, "%u", tag);
	m->tag_at = out->n;
	m->tag_n = (uint8_t)(out->n - before);
}

/* Does `out` still hold the line's tag, with nothing but a blank behind it? Else it is another text than the tag was added to. */
static bool is_behind_tag(const struct made *m, const struct text *out)
{
	if (!m->tag_at || out->n <= m->tag_at || out->failed)
		return false;
	for (size_t i = m->tag_at; i < out->n; i++)
		if (out->p[i] != ' ')
			return false;
	for (size_t i = m->tag_at - m->tag_n; i < m->tag_at; i++)
		if (!ascii_is_digit((uint8_t)out->p[i]))
			return false;
	return true;
}

static void set_tag_right(const struct media_crypto *c, const struct made *m,
                          const struct suite *suite, struct text *out)
{
	const struct said *theirs = &c->theirs;
	struct slice blanks = slice_of(out->p + m->tag_at, out->n - m->tag_at);
	char behind[TAG_TEXT + 2];

	if (blanks.n > TAG_TEXT)
		return;
	slice_cstr(blanks, behind, sizeof behind);
	for (unsigned i = 0; i < theirs->count; i++) {
		if (theirs->keys[i].suite != suite->kind)
			continue;
		out->n = m->tag_at - m->tag_n;
		text_addf(out, "%u%s", theirs->keys[i].tag, behind);
		return;
	}
}

static void add_suite(struct media_crypto *c, struct made *m, const struct suite *suite,
                      struct text *out)
{
	if (is_answer(c) && is_behind_tag(m, out))
		set_tag_right(c, m, suite, out);
	m->suite = suite->kind;
	text_add(out, slice_str(sdes_suite_name(suite->kind)));
}

/* As long as the suite's: 30 octets where the scenario wrote the suite itself. */
static size_t key_octets(const struct made *m)
{
	switch (m->suite) {
	case SDES_AES_192_CM_HMAC_SHA1_80:
	case SDES_AES_192_CM_HMAC_SHA1_32: return 38;
	case SDES_AES_256_CM_HMAC_SHA1_80:
	case SDES_AES_256_CM_HMAC_SHA1_32: return 46;
	default: return 30;
	}
}

static void add_key(const struct made *m, struct text *out)
{
	char text[BASE64_LENGTH(SDES_KEY_MAX)];
	size_t n = base64_encode(slice_of(m->key, key_octets(m)), text);

	text_add(out, slice_of(text, n));
	explicit_bzero(text, sizeof text);
}

bool media_crypto_keyword(struct media_crypto *c, struct slice keyword, struct text *out)
{
	const struct suite *suite;
	enum media_kind kind;
	struct slice what;
	unsigned line;

	if (!take_place(keyword, &kind, &line, &what))
		return false;
	switch (kind_of(what, &suite)) {
	case TAG: add_tag(c, line, &c->made[line], out); return true;
	case SUITE: add_suite(c, &c->made[line], suite, out); return true;
	case KEY: add_key(&c->made[line], out); return true;
	case UNENCRYPTED: text_add(out, SLICE_LIT("UNENCRYPTED_SRTP")); return true;
	case NO_KEYWORD: break;
	}
	return false;
}

/* ---- what both sides said ---- */

/* The first key of each line: further ones are for key changes by MKI. */
static void read_keys(struct said *s, const struct sdp_session_media *line)
{
	explicit_bzero(s, sizeof *s);
	for (unsigned i = 0; i < line->crypto_count && s->count < MOST_KEYS; i++)
		if (sdes_keys(&line->crypto[i], &s->keys[s->count], 1))
			s->count++;
}

static bool fits(const struct sdes_key *a, const struct sdes_key *b, bool by_tag)
{
	return a->suite == b->suite && (!by_tag || a->tag == b->tag);
}

/* RFC 4568 section 5.1.2: the answer takes one line by its tag. Who answers with a tag of his own is met too: by the suite. */
static bool choose(const struct media_crypto *c, const struct sdes_key **ours,
                   const struct sdes_key **theirs)
{
	for (int by_tag = 1; by_tag >= 0; by_tag--)
		for (unsigned t = 0; t < c->theirs.count; t++)
			for (unsigned o = 0; o < c->ours.count; o++) {
				*ours = &c->ours.keys[o];
				*theirs = &c->theirs.keys[t];
				if (fits(*ours, *theirs, by_tag))
					return true;
			}
	return false;
}

static bool same_key(const struct sealing *s, const struct sdes_key *key)
{
	const struct sdes_key *k = s ? sealing_key(s) : NULL;

	return k && k->suite == key->suite && k->key_n == key->key_n && k->mki_n == key->mki_n &&
	       k->clear_rtp == key->clear_rtp && k->clear_rtcp == key->clear_rtcp &&
	       k->unauthenticated == key->unauthenticated &&
	       memcmp(k->key, key->key, key->key_n) == 0;
}

/* A key that stays keeps its session, and so its rollover counter. */
static bool use_key(struct sealing **s, const struct sdes_key *key, bool ours)
{
	if (same_key(*s, key))
		return true;
	sealing_free(*s);
	*s = sealing_new(key, ours);
	return *s != NULL;
}

static bool negotiate(struct media_crypto *c)
{
	const struct sdes_key *ours, *theirs;

	c->problem = NULL;
	if (!c->ours.count || !c->theirs.count) {
		end_sessions(c);
		return true;
	}
	if (!choose(c, &ours, &theirs)) {
		end_sessions(c);
		c->problem = "no suite of their a=crypto lines is one of ours";
		return true;
	}
	if (use_key(&c->open, theirs, false) && use_key(&c->seal, ours, true))
		return true;
	c->problem = ours->mki_n ? "our a=crypto line has an MKI, which is not sent"
	                         : "no SRTP session can be made";
	return ours->mki_n != 0;
}

bool media_crypto_sdp(struct media_crypto *c, const struct sdp_session_media *line, bool ours)
{
	struct said *said = ours ? &c->ours : &c->theirs;

	read_keys(said, line);
	c->ours.newer = ours;
	c->theirs.newer = !ours;
	return negotiate(c);
}

bool media_crypto_is_on(const struct media_crypto *c)
{
	return c->ours.count && c->theirs.count;
}

const char *media_crypto_problem(const struct media_crypto *c)
{
	return c->problem;
}

/* ---- packets ---- */

bool media_crypto_seal(struct media_crypto *c, bool rtcp, uint8_t *packet, size_t *n)
{
	if (!c->seal)
		return false;
	return rtcp ? sealing_rtcp(c->seal, packet, n) : sealing_rtp(c->seal, packet, n);
}

bool media_crypto_open(struct media_crypto *c, bool rtcp, uint8_t *packet, size_t *n)
{
	if (!c->open)
		return false;
	return rtcp ? sealing_rtcp(c->open, packet, n) : sealing_rtp(c->open, packet, n);
}
