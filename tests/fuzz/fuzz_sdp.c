/* One body through the SDP scan, its dump and its helpers. */
#include "base/text.h"
#include "dissectors/sdes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct slice in, struct slice s)
{
	if (s.p)
		must(s.p >= in.p && s.p + s.n <= in.p + in.n);
}

static void check_crypto(struct slice in, const struct sdp_crypto *c)
{
	struct sdes_key keys[4];
	unsigned n = sdes_keys(c, keys, 4);

	inside(in, c->tag);
	inside(in, c->suite);
	inside(in, c->key_params);
	inside(in, c->session_params);
	must(c->key_params.n && n <= 4);
	for (unsigned i = 0; i < n; i++)
		must(keys[i].suite == sdes_suite(c->suite) && keys[i].key_n <= SDES_KEY_MAX &&
		     keys[i].tag <= 999999999 && keys[i].mki_n <= SDES_MKI_MAX);
}

static void check_media(struct slice in, const struct sdp_session_media *m)
{
	const struct slice fields[] = { m->type, m->protocol, m->host };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		inside(in, fields[i]);
	must(m->type.n > 0);
	must(m->format_count <= SDP_MAX_FORMATS && m->candidate_count <= SDP_MAX_CANDIDATES);
	for (unsigned i = 0; i < m->format_count; i++) {
		must(sdp_media_format(m, m->formats[i].payload_type) == &m->formats[i]);
		inside(in, m->formats[i].fmtp);
		must(m->formats[i].payload_type <= 127);
	}
	must(m->crypto_count <= SDP_MAX_CRYPTO);
	for (unsigned i = 0; i < m->crypto_count; i++)
		check_crypto(in, &m->crypto[i]);
	must(!m->rtcp_mux || m->rtcp_port == m->port);
	must(m->ptime_ms <= 60000 && m->maxptime_ms <= 60000);
	(void)sdp_media_is_hold(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp sdp;
	struct slice in = slice_of(data, size);
	struct text t;

	enum parse_status status = sdp_parse(in, &sdp);
	must(status == PARSE_OK || (status == PARSE_NOT_MINE && sdp.media_count == 0));
	must(sdp.media_count <= SDP_MAX_MEDIA);
	inside(in, sdp.origin_user);
	inside(in, sdp.origin_host);
	for (unsigned i = 0; i < sdp.media_count; i++)
		check_media(in, &sdp.media[i]);
	text_init(&t);
	sdp_print(&sdp, &t);
	for (size_t i = 0; i < t.n; i++)
		must((uint8_t)t.p[i] >= ' ' || t.p[i] == '\n');
	text_release(&t);
	return 0;
}
