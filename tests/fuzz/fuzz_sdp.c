/* One body through the SDP scan, its dump and its helpers. */
#include "base/text.h"
#include "dissectors/sdp.h"

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

static void check_media(struct slice in, const struct sdp_session_media *m)
{
	const struct slice fields[] = { m->type,       m->protocol,     m->host,
		                        m->crypto.tag, m->crypto.suite, m->crypto.key_params };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		inside(in, fields[i]);
	must(m->type.n > 0);
	must(m->format_count <= SDP_MAX_FORMATS && m->candidate_count <= SDP_MAX_CANDIDATES);
	for (unsigned i = 0; i < m->format_count; i++) {
		must(sdp_media_format(m, m->formats[i].payload_type) == &m->formats[i]);
		inside(in, m->formats[i].fmtp);
		must(m->formats[i].payload_type <= 127);
	}
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
