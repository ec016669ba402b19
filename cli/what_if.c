#include "cli/what_if.h"

#include "analyzer/score/rescore.h"

#include <math.h>

/* ITU-T G.113 App. I, G.711 without concealment and with that of its App. I. */
#define BPL_NO_PLC 4.3
#define BPL_PLC    25.1

static bool is_g711(const struct codec *c)
{
	return slice_ieq_str(slice_str(c->name), "PCMU") ||
	       slice_ieq_str(slice_str(c->name), "PCMA");
}

/* What a trace cut short does not tell is taken to have gone on alike. */
static uint64_t scaled(uint64_t part, const struct rescored *r, int64_t expected)
{
	if (!r->expected || r->expected == (uint64_t)expected)
		return part;
	return (uint64_t)llround((double)part * (double)expected / (double)r->expected);
}

static bool try_buffer(const struct what_if *w, const struct stream_facts *f, double *depth_ms,
                       struct what_if_result *out, struct err *err)
{
	struct what_if_side *after = &out->after;
	struct rescored r;

	if (!rescore(f->trace, (uint64_t)f->expected, w->buffer, &r, err))
		return false;
	after->buffer = w->buffer;
	after->in.late = scaled(r.late, &r, f->expected);
	after->in.burst_r = burst_ratio(&r.burst, r.expected);
	after->bursts = burst_gaps(&r.burst);
	*depth_ms = r.depth_ms;
	out->exact = r.exact && f->complete;
	return true;
}

static void try_codec(const struct what_if *w, const struct stream_facts *f, struct score_input *in)
{
	if (w->codec && w->codec != f->codec)
		in->codec = *w->codec;
	if (w->has_plc && is_g711(&in->codec))
		in->codec.bpl = w->plc ? BPL_PLC : BPL_NO_PLC;
}

bool what_if(const struct what_if *w, const struct stream_facts *f, struct what_if_result *out,
             struct err *err)
{
	const struct codec *codec = w->codec ? w->codec : f->codec;
	struct score_input in = stream_facts_input(f);
	double depth_ms = f->buffer_ms;
	double network_ms = f->delay_ms - f->buffer_ms - stream_facts_packet_ms(f, f->codec);

	*out = (struct what_if_result){
		.before = { .buffer = f->buffer, .in = in, .bursts = f->bursts },
		.after = { .buffer = f->buffer, .in = in, .bursts = f->bursts },
		.exact = true,
	};
	if (w->has_buffer && !try_buffer(w, f, &depth_ms, out, err))
		return false;
	try_codec(w, f, &out->after.in);
	if (w->has_delay)
		network_ms = w->delay_ms;
	out->after.in.delay_ms = network_ms + depth_ms + stream_facts_packet_ms(f, codec);
	if (w->no_bursts)
		out->after.in.burst_r = 1;
	score_of(&out->before.in, &out->before.score);
	score_of(&out->after.in, &out->after.score);
	return true;
}
