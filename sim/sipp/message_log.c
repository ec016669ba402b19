/* One message as SIPp's message log and its short log have it. */
#include "sim/sipp/names.h"
#include "sim/sipp/traces.h"

static const char *transport_name(enum sim_transport transport)
{
	return transport == SIM_UDP ? "UDP" : transport == SIM_TCP ? "TCP" : "TLS";
}

void message_log_text(struct text *out, const struct traced_message *m, bool rfc3339)
{
	text_add(out, SLICE_LIT("----------------------------------------------- "));
	sipp_add_message_time(out, m->time_ns, rfc3339);
	if (m->sent)
		text_addf(out, "\n%s message %s (%zu bytes):\n\n", transport_name(m->transport),
		          m->note && strcmp(m->note, "lost") == 0 ? "lost" : "sent", m->bytes.n);
	else
		text_addf(out, "\n%s message received [%zu] bytes :\n\n",
		          transport_name(m->transport), m->bytes.n);
	text_add(out, m->bytes);
	text_add(out, SLICE_LIT("\n"));
}

static bool is_header(struct slice line, const char *name, struct slice *value)
{
	size_t n = strlen(name);

	if (!slice_istarts(line, name) || line.n <= n)
		return false;
	struct slice rest = slice_trim(slice_from(line, n));
	if (!rest.n || rest.p[0] != ':')
		return false;
	*value = slice_trim(slice_from(rest, 1));
	return true;
}

/* Time, S or R, Call-ID, CSeq, first line; between them tabs. */
void short_message_text(struct text *out, const struct traced_message *m, bool rfc3339)
{
	struct slice rest = m->bytes, line = SLICE_NONE, call_id = SLICE_NONE, cseq = SLICE_NONE;
	struct slice first = SLICE_NONE;

	slice_line(&rest, &first);
	while (slice_line(&rest, &line) && line.n) {
		if (!call_id.p && !is_header(line, "Call-ID", &call_id))
			is_header(line, "i", &call_id);
		if (!cseq.p)
			is_header(line, "CSeq", &cseq);
	}
	if (!call_id.p && m->call)
		call_id = m->call->call_id;
	sipp_add_time(out, m->time_ns, rfc3339);
	text_addf(out, "\t%c\t", m->sent ? 'S' : 'R');
	text_add(out, call_id);
	text_add(out, SLICE_LIT("\tCSeq:"));
	text_add(out, cseq);
	text_add(out, SLICE_LIT("\t"));
	text_add(out, first);
	text_add(out, SLICE_LIT("\n"));
}
