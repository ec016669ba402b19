#include "analyzer/streams/vq.h"

#include "analyzer/streams/table.h"

#include <math.h>

/* The metrics of what came from `source` to `target`. */
struct vq_side {
	const struct vq_metrics *metrics;
	const struct vq_end *source, *target;
};

static const struct stream *find_stream(const struct streams *s, const struct vq_side *side)
{
	if (!side->source->has_endpoint || !side->target->has_endpoint || !side->source->has_ssrc)
		return NULL;
	struct flow_key key = { side->source->endpoint.addr, side->target->endpoint.addr,
		                side->source->endpoint.port, side->target->endpoint.port,
		                side->source->ssrc };
	return flow_find(s, flow_hash(&key), &key);
}

static struct slice endpoint_text(const struct vq_end *e, char buf[static ENDPOINT_TEXT])
{
	return e->has_endpoint ? slice_of(buf, endpoint_format(e->endpoint, buf)) : SLICE_NONE;
}

static struct slice one_of(const char *const *names, double value)
{
	const char *name = isnan(value) ? NULL : names[(unsigned)value];

	return name ? slice_str(name) : SLICE_NONE;
}

static void fill_metrics(struct record_rtcp *r, const double *v)
{
	static const char *const plc[] = { NULL, "disabled", "enhanced", "standard" };
	static const char *const buffer[] = { NULL, NULL, "fixed", "adaptive" };

	r->fraction_lost = v[VQ_NETWORK_LOSS] / 100;
	r->xr_discard_ratio = v[VQ_DISCARD] / 100;
	r->xr_burst_density = v[VQ_BURST_DENSITY] / 100;
	r->xr_burst_ms = v[VQ_BURST_MS];
	r->xr_gap_density = v[VQ_GAP_DENSITY] / 100;
	r->xr_gap_ms = v[VQ_GAP_MS];
	r->xr_gmin = isnan(v[VQ_GMIN]) ? RECORD_NULL : (int64_t)v[VQ_GMIN];
	r->rtt_ms = v[VQ_ROUND_TRIP_MS];
	r->xr_end_system_ms = v[VQ_END_SYSTEM_MS];
	r->one_way_ms = v[VQ_ONE_WAY_MS];
	r->jitter_ms = v[VQ_JITTER_MS];
	r->xr_signal_dbm = v[VQ_SIGNAL_DBM];
	r->xr_noise_dbm = v[VQ_NOISE_DBM];
	r->xr_rerl_db = v[VQ_RERL_DB];
	r->xr_r_factor = v[VQ_R_LQ];
	r->xr_ext_r_factor = v[VQ_R_EXT];
	r->xr_mos_lq = v[VQ_MOS_LQ];
	r->xr_mos_cq = v[VQ_MOS_CQ];
	r->xr_plc = one_of(plc, v[VQ_PLC]);
	r->xr_jitter_buffer = one_of(buffer, v[VQ_JB_MODE]);
	r->xr_jb_nominal_ms = v[VQ_JB_NOMINAL_MS];
	r->xr_jb_max_ms = v[VQ_JB_MAX_MS];
	r->xr_jb_abs_max_ms = v[VQ_JB_ABS_MAX_MS];
}

static bool write_side(struct streams *s, struct record_rtcp *r, const struct vq_side *side)
{
	char source[ENDPOINT_TEXT], target[ENDPOINT_TEXT];
	const struct stream *st = find_stream(s, side);

	if (!side->metrics->present)
		return true;
	fill_metrics(r, side->metrics->value);
	r->id = s->a->next_rtcp++;
	r->stream_id = st && st->accepted ? st->cold->id : RECORD_NULL;
	r->source_ssrc = side->source->has_ssrc ? side->source->ssrc : RECORD_NULL;
	r->reporter_ssrc = side->target->has_ssrc ? side->target->ssrc : RECORD_NULL;
	r->source = endpoint_text(side->source, source);
	r->target = endpoint_text(side->target, target);
	return store_rtcp(s->a->store, r, s->a->err);
}

bool vq_take(struct streams *s, struct sighting at, const struct vq_report *report)
{
	struct vq_side local = { &report->of_local, &report->remote, &report->local },
	               remote = { &report->of_remote, &report->local, &report->remote };
	struct record_rtcp r;

	record_rtcp_init(&r);
	r.kind = SLICE_LIT("vq");
	r.time_us = clock_us(at.time_ns);
	r.frame = (int64_t)at.frame;
	r.capture_id = at.capture_id;
	r.sip_call_id = report->call_id.n ? report->call_id : SLICE_NONE;
	return write_side(s, &r, &local) && write_side(s, &r, &remote);
}
