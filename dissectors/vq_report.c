#include "dissectors/vq_report.h"

#include "dissectors/mime.h"

#include <math.h>
#include <stdlib.h>

/* RFC 6035 section 4.6.2: where each value stands, and between which bounds it means something. */
static const struct known {
	const char *line, *name;
	enum vq_metric metric;
	double least, most;
} known[] = {
	{ "SessionDesc", "PLC", VQ_PLC, 0, 3 },
	{ "JitterBuffer", "JBA", VQ_JB_MODE, 0, 3 },
	{ "JitterBuffer", "JBN", VQ_JB_NOMINAL_MS, 0, 65535 },
	{ "JitterBuffer", "JBM", VQ_JB_MAX_MS, 0, 65535 },
	{ "JitterBuffer", "JBX", VQ_JB_ABS_MAX_MS, 0, 65535 },
	{ "PacketLoss", "NLR", VQ_NETWORK_LOSS, 0, 100 },
	{ "PacketLoss", "JDR", VQ_DISCARD, 0, 100 },
	{ "BurstGapLoss", "BLD", VQ_BURST_DENSITY, 0, 100 },
	{ "BurstGapLoss", "BD", VQ_BURST_MS, 0, 3.6e6 },
	{ "BurstGapLoss", "GLD", VQ_GAP_DENSITY, 0, 100 },
	{ "BurstGapLoss", "GD", VQ_GAP_MS, 0, 3.6e6 },
	{ "BurstGapLoss", "GMIN", VQ_GMIN, 0, 127 },
	{ "Delay", "RTD", VQ_ROUND_TRIP_MS, 0, 65535 },
	{ "Delay", "ESD", VQ_END_SYSTEM_MS, 0, 65535 },
	{ "Delay", "SOWD", VQ_ONE_WAY_MS, 0, 65535 },
	{ "Delay", "IAJ", VQ_JITTER_MS, 0, 65535 },
	{ "Signal", "SL", VQ_SIGNAL_DBM, -126, 126 },
	{ "Signal", "NL", VQ_NOISE_DBM, -126, 126 },
	{ "Signal", "RERL", VQ_RERL_DB, 0, 126 },
	{ "QualityEst", "RLQ", VQ_R_LQ, 0, 120 },
	{ "QualityEst", "RCQ", VQ_R_CQ, 0, 120 },
	{ "QualityEst", "EXTRI", VQ_R_EXT, 0, 120 },
	{ "QualityEst", "MOSLQ", VQ_MOS_LQ, 1, 5 },
	{ "QualityEst", "MOSCQ", VQ_MOS_CQ, 1, 5 },
};

/* Decimal digits, one point, a sign: no exponents, no infinities. */
static bool read_number(struct slice s, double *out)
{
	char text[24];
	char *end;

	if (!s.n || s.n >= sizeof text)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (strspn(text, "+-.0123456789") != s.n)
		return false;
	*out = strtod(text, &end);
	return *end == '\0';
}

static void read_value(struct slice line, struct slice name, struct slice value,
                       struct vq_metrics *m)
{
	double number;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct known *k = &known[i];
		if (!slice_ieq_str(line, k->line) || !slice_ieq_str(name, k->name))
			continue;
		if (read_number(value, &number) && number >= k->least && number <= k->most)
			m->value[k->metric] = number;
	}
}

/* The next NAME=VALUE of a line; the value may stand in quotes. */
static bool next_pair(struct slice *rest, struct slice *name, struct slice *value)
{
	*rest = slice_trim(*rest);
	size_t at = slice_find(*rest, '=');
	if (at == SLICE_NPOS)
		return false;
	*name = slice_trim(slice_sub(*rest, 0, at));
	*rest = slice_from(*rest, at + 1);
	bool quoted = rest->n && rest->p[0] == '"';
	if (quoted)
		*rest = slice_from(*rest, 1);
	size_t end = 0;
	while (end < rest->n && (quoted ? rest->p[end] != '"' : rest->p[end] > ' '))
		end++;
	*value = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, end + (quoted && end < rest->n));
	return true;
}

/* Hexadecimal, with or without 0x. */
static bool read_ssrc(struct slice s, uint32_t *out)
{
	uint32_t n = 0;

	if (slice_istarts(s, "0x"))
		s = slice_from(s, 2);
	if (!s.n || s.n > 8)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		n = n << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = n;
	return true;
}

static void read_end(struct slice rest, struct vq_end *e)
{
	struct slice name, value;
	bool has_addr = false, has_port = false;
	uint64_t port;

	*e = (struct vq_end){ 0 };
	while (next_pair(&rest, &name, &value)) {
		if (slice_ieq_str(name, "IP")) {
			has_addr = ip_addr_parse(value, &e->endpoint.addr);
		} else if (slice_ieq_str(name, "PORT") && slice_u64(value, 65535, &port)) {
			e->endpoint.port = (uint16_t)port;
			has_port = true;
		} else if (slice_ieq_str(name, "SSRC")) {
			e->has_ssrc = read_ssrc(value, &e->ssrc);
		}
	}
	e->has_endpoint = has_addr && has_port;
}

static bool is_session_report(struct slice name)
{
	return slice_ieq_str(name, "VQSessionReport") || slice_ieq_str(name, "VQIntervalReport") ||
	       slice_ieq_str(name, "VQAlertReport");
}

/* *metrics: those that the lines to come are of; NULL before the first. */
static void read_line(struct slice name, struct slice rest, struct vq_report *out,
                      struct vq_metrics **metrics)
{
	struct slice what, value;

	if (is_session_report(name)) {
		out->kind = slice_trim(rest);
	} else if (slice_ieq_str(name, "CallID")) {
		out->call_id = slice_trim(rest);
	} else if (slice_ieq_str(name, "LocalAddr")) {
		read_end(rest, &out->local);
	} else if (slice_ieq_str(name, "RemoteAddr")) {
		read_end(rest, &out->remote);
	} else if (slice_ieq_str(name, "LocalMetrics")) {
		*metrics = &out->of_local;
		out->of_local.present = true;
	} else if (slice_ieq_str(name, "RemoteMetrics")) {
		*metrics = &out->of_remote;
		out->of_remote.present = true;
	} else if (*metrics) {
		while (next_pair(&rest, &what, &value))
			read_value(name, what, value, *metrics);
	}
}

static void forget(struct vq_metrics *m)
{
	m->present = false;
	for (unsigned i = 0; i < VQ_METRICS; i++)
		m->value[i] = NAN;
}

bool vq_report_parse(struct slice content_type, struct slice body, struct vq_report *out)
{
	struct slice part = mime_part(content_type, body, "application/vq-rtcpxr"), line;
	struct vq_metrics *metrics = NULL;

	*out = (struct vq_report){ 0 };
	forget(&out->of_local);
	forget(&out->of_remote);
	while (slice_line(&part, &line)) {
		size_t at = slice_find(line, ':');
		if (at != SLICE_NPOS)
			read_line(slice_trim(slice_sub(line, 0, at)), slice_from(line, at + 1), out,
			          &metrics);
	}
	return out->of_local.present || out->of_remote.present;
}
