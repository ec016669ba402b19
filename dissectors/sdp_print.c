/* A session description as stable text: one line for the origin, one block for each media. */
#include "dissectors/sdp.h"

#include "base/text.h"

static void put(struct text *out, const char *name, struct slice value)
{
	if (!value.p)
		return;
	text_addf(out, "%s", name);
	text_add_terminal(out, value);
}

static void put_format(const struct sdp_format *f, struct text *out)
{
	text_addf(out, "  format: %u", f->payload_type);
	put(out, " ", f->encoding);
	if (f->clock_hz)
		text_addf(out, "/%u", (unsigned)f->clock_hz);
	if (f->channels > 1)
		text_addf(out, "/%u", f->channels);
	put(out, " fmtp ", f->fmtp);
	text_addf(out, "\n");
}

static void put_candidate(struct endpoint e, struct text *out)
{
	char name[ENDPOINT_TEXT];

	endpoint_format(e, name);
	text_addf(out, "  candidate: %s\n", name);
}

/* The key itself stays out of every dump. */
static void put_crypto(const struct sdp_crypto *c, struct text *out)
{
	put(out, "  crypto: ", c->tag);
	put(out, " ", c->suite);
	put(out, " ", c->session_params);
	text_addf(out, "\n");
}

static void put_media(const struct sdp_session_media *m, struct text *out)
{
	put(out, "media: ", m->type);
	text_addf(out, " port %u rtcp %u", m->port, m->rtcp_port);
	put(out, " ", m->protocol);
	put(out, " host ", m->host);
	text_addf(out, "%s %s%s", m->host.p && !m->has_addr ? " (a name)" : "",
	          sdp_direction_name(m->direction), sdp_media_is_hold(m) ? " hold" : "");
	if (m->ptime_ms)
		text_addf(out, " ptime %u", m->ptime_ms);
	if (m->maxptime_ms)
		text_addf(out, " maxptime %u", m->maxptime_ms);
	text_addf(out, "%s%s\n", m->rtcp_mux ? " rtcp-mux" : "",
	          m->has_fingerprint ? " fingerprint" : "");
	for (unsigned i = 0; i < m->format_count; i++)
		put_format(&m->formats[i], out);
	for (unsigned i = 0; i < m->crypto_count; i++)
		put_crypto(&m->crypto[i], out);
	for (unsigned i = 0; i < m->candidate_count; i++)
		put_candidate(m->candidates[i], out);
}

void sdp_print(const struct sdp *sdp, struct text *out)
{
	if (sdp->origin_user.p) {
		put(out, "origin: ", sdp->origin_user);
		put(out, " ", sdp->session_id);
		put(out, " ", sdp->session_version);
		put(out, " ", sdp->origin_host);
		text_addf(out, "\n");
	}
	for (unsigned i = 0; i < sdp->media_count; i++)
		put_media(&sdp->media[i], out);
	if (sdp->too_many)
		text_addf(out, "too many: not all of it was kept\n");
}
