/* SRTP in recipes: keys in SDP, streams and RTCP encrypted with them. */
#include "tests/helpers/recipe_parts.h"

static void read_mki(struct recipe *r, struct slice hex, struct seal *seal)
{
	if (hex.n % 2 || hex.n > 2 * SEAL_MKI_MAX) {
		recipe_fail(r, "'%.*s' is no MKI", SLICE_ARG(hex));
		return;
	}
	seal->mki_n = hex.n / 2;
	for (size_t i = 0; i < seal->mki_n; i++) {
		uint64_t octet = 0;
		for (size_t k = 2 * i; k < 2 * i + 2; k++) {
			uint8_t c = ascii_lower(hex.p[k]);
			octet = octet << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
		}
		seal->mki[i] = (uint8_t)octet;
	}
}

static struct seal *make_seal(struct recipe *r, struct slice suite, struct slice key)
{
	struct seal *seal = recipe_alloc(r, sizeof *seal);

	if (!seal_init(seal, suite, key))
		recipe_fail(r, "'%.*s' is no key of '%.*s'", SLICE_ARG(key), SLICE_ARG(suite));
	return seal;
}

/* srtp=SUITE key=BASE64 mki=HEX unencrypted unauthenticated */
struct seal *recipe_seal(struct recipe *r, struct args *a)
{
	struct slice suite = args_text(a, "srtp"), mki = args_text(a, "mki");

	if (!suite.p)
		return NULL;
	struct seal *seal = make_seal(r, suite, args_text(a, "key"));
	seal->clear = args_flag(a, "unencrypted");
	seal->unauthenticated = args_flag(a, "unauthenticated");
	if (mki.p)
		read_mki(r, mki, seal);
	return seal;
}

/* key-at=N:BASE64: another key of the suite from packet N on; roc=N, roc-at=N:ROC */
void recipe_seal_stream(struct recipe *r, struct args *a, struct rtp_stream *s)
{
	struct slice suite = SLICE_NONE, later;

	for (unsigned i = 0; i < a->named_count; i++)
		if (slice_eq_str(a->named[i].key, "srtp"))
			suite = a->named[i].value;
	s->seal = recipe_seal(r, a);
	s->roc = (uint32_t)args_whole(r, a, "roc", 0, UINT32_MAX);
	later = args_text(a, "key-at");
	if (!s->seal || !later.p || r->failed)
		return;
	size_t colon = slice_find(later, ':');
	s->next_seal_from = (unsigned)recipe_whole(r, slice_sub(later, 0, colon), s->count);
	s->next_seal = make_seal(r, suite, slice_from(later, colon + 1));
	s->next_seal->mki_n = s->seal->mki_n;
	memcpy(s->next_seal->mki, s->seal->mki, sizeof s->seal->mki);
}

struct slice recipe_sealed(struct recipe *r, const struct rtp_stream *s, unsigned i, uint32_t roc,
                           struct slice packet)
{
	const struct seal *seal = s->next_seal && i >= s->next_seal_from ? s->next_seal : s->seal;

	if (!seal)
		return packet;
	uint8_t *bytes = recipe_alloc(r, packet.n + SEAL_OVERHEAD);
	memcpy(bytes, packet.p, packet.n);
	return slice_of(bytes, seal_rtp(seal, roc, bytes, packet.n));
}

/* Lines a=crypto: those of this SDP, else of the session's party. "none" among them: none. */
void recipe_read_crypto(struct args *a, const char *key, struct crypto_lines *out)
{
	struct slice line;

	while ((line = args_text(a, key)).p) {
		if (slice_eq_str(line, "none"))
			out->none = true;
		else if (out->count < RECIPE_MAX_CRYPTO)
			out->line[out->count++] = line;
	}
}

void recipe_add_crypto(const struct crypto_lines *c, struct text *out)
{
	for (unsigned i = 0; i < c->count; i++)
		text_addf(out, "a=crypto:%.*s\r\n", SLICE_ARG(c->line[i]));
}
