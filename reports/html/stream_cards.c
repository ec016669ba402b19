/* The RTP streams of a call, a card each: what came, how well, over which time. */
#include "reports/html/stream_cards.h"

#include <inttypes.h>
#include <math.h>

/* Columns of OF_STREAMS, see call_pages.c. */
enum {
	ID = 1,
	DIRECTION,
	SRC,
	DST,
	SSRC,
	PAYLOAD_TYPE,
	CODEC,
	CLOCK_HZ,
	PTIME_MS,
	ENCRYPTED,
	FIRST_US,
	LAST_US,
	PACKETS,
	EXPECTED,
	LOST,
	DUPLICATES,
	REORDERED,
	LATE,
	MAX_DELTA_MS,
	JITTER_MAX,
	JITTER_MEAN,
	JITTER_P95,
	LOSS_RATIO,
	BURST_R,
	LONGEST_LOSS,
	SKEW_PPM,
	R_FACTOR,
	MOS_LQ,
	MOS_CQ,
	MOS_SCALE,
	MOS_ESTIMATED,
	DELAY_MS,
	DELAY_SOURCE,
	SILENCE,
	DSCP,
	ENDED_EARLY,
	SEGMENTS,
	IGNORED,
	BURSTS,
	BURST_DENSITY,
	BURST_MS,
	SUITE,
	KEY,
	AUTHENTICATED,
	FAILED,
	SENDER_REPORTS,
	SENDER_PACKETS,
	RECEIVER_REPORTS,
	FAR_FRACTION,
	FAR_LOST,
	FAR_JITTER,
	RTT_MEAN,
	RTT_MAX,
	BYE_REASON,
	LEVEL,
	ACTIVITY,
	NOISE,
	DEAD_AIR,
	DEAD_AIR_LONGEST,
	CLIPPED,
	UNDECODED
};

/* Narrowband MOS below which ITU-T G.107 Annex B finds many users dissatisfied. */
#define MOS_LOW 3.6

struct card {
	struct text *out;
	struct query *q;
	bool any; /* in the row at hand */
};

static void begin_row(struct card *c, const char *name)
{
	html_lit(c->out, "<dt>");
	text_add(c->out, slice_str(name));
	html_lit(c->out, "<dd>");
	c->any = false;
}

static void end_row(struct card *c)
{
	if (!c->any)
		html_lit(c->out, "<span class=none title=\"not observed\">-</span>");
	html_lit(c->out, "\n");
}

static void next(struct card *c, const char *before)
{
	if (c->any)
		html_lit(c->out, ", ");
	c->any = true;
	text_add(c->out, slice_str(before));
}

/* "BEFORE 12.3 UNIT", where the column is known. */
static void add(struct card *c, const char *before, int column, double scale, unsigned decimals,
                const char *unit)
{
	if (query_is_null(c->q, column))
		return;
	next(c, before);
	html_add_fixed(c->out, query_real(c->q, column) * scale, decimals);
	text_add(c->out, slice_str(unit));
}

/* The same, where it is not 0. */
static void add_if(struct card *c, const char *before, int column, unsigned decimals,
                   const char *unit)
{
	if (!query_is_null(c->q, column) && query_real(c->q, column) != 0)
		add(c, before, column, 1, decimals, unit);
}

static void add_text(struct card *c, const char *before, int column)
{
	if (query_is_null(c->q, column))
		return;
	next(c, before);
	html_add(c->out, query_text(c->q, column));
}

static void add_packets(struct card *c)
{
	begin_row(c, "Packets");
	add(c, "", PACKETS, 1, 0, " of ");
	html_add_int(c->out, query_int(c->q, EXPECTED));
	html_lit(c->out, " expected");
	add(c, "lost ", LOST, 1, 0, "");
	if (!query_is_null(c->q, LOSS_RATIO)) {
		html_lit(c->out, " (");
		html_add_fixed(c->out, 100 * query_real(c->q, LOSS_RATIO), 2);
		html_lit(c->out, " %)");
	}
	if (query_int(c->q, LONGEST_LOSS) > 1)
		add(c, "at most ", LONGEST_LOSS, 1, 0, " in a row");
	add_if(c, "too late ", LATE, 0, "");
	add_if(c, "doubled ", DUPLICATES, 0, "");
	add_if(c, "out of order ", REORDERED, 0, "");
	end_row(c);
	if (query_is_null(c->q, BURSTS) || !query_int(c->q, BURSTS))
		return;
	begin_row(c, "Bursts");
	add(c, "", BURSTS, 1, 0, "");
	add(c, "of ", BURST_MS, 1, 0, " ms on average");
	add(c, "", BURST_DENSITY, 100, 0, " % of their packets lost or late");
	add(c, "burst ratio ", BURST_R, 1, 2, "");
	end_row(c);
}

static void add_quality(struct card *c)
{
	begin_row(c, "MOS");
	add(c, "listening ", MOS_LQ, 1, 2, "");
	add(c, "conversation ", MOS_CQ, 1, 2, "");
	if (c->any && !query_is_null(c->q, MOS_SCALE)) {
		struct slice scale = query_text(c->q, MOS_SCALE);
		text_addf(c->out, ", %s",
		          slice_eq_str(scale, "nb")   ? "narrowband scale"
		          : slice_eq_str(scale, "wb") ? "wideband scale"
		                                      : "fullband scale");
	}
	if (c->any && query_int(c->q, MOS_ESTIMATED) == 1)
		html_lit(c->out, ", estimated: its codec has no ITU impairment values");
	add(c, "R ", R_FACTOR, 1, 1, "");
	end_row(c);
	begin_row(c, "Jitter");
	add(c, "mean ", JITTER_MEAN, 1, 1, " ms");
	add(c, "95 % ", JITTER_P95, 1, 1, " ms");
	add(c, "most ", JITTER_MAX, 1, 1, " ms");
	add(c, "longest pause ", MAX_DELTA_MS, 1, 0, " ms");
	end_row(c);
	begin_row(c, "Delay");
	add(c, "", DELAY_MS, 1, 0, " ms one way");
	if (!query_is_null(c->q, DELAY_SOURCE)) {
		struct slice from = query_text(c->q, DELAY_SOURCE);
		text_addf(c->out, "%s", c->any ? " (" : "(");
		if (slice_eq_str(from, "assumed"))
			html_lit(c->out, "network unknown");
		else if (slice_eq_str(from, "configured"))
			html_lit(c->out, "the network's share as configured");
		else {
			html_lit(c->out, "the network's share from ");
			html_add(c->out, from);
		}
		html_lit(c->out, ")");
		c->any = true;
	}
	end_row(c);
}

static void add_coding(struct card *c)
{
	begin_row(c, "Coding");
	add_text(c, "", CODEC);
	add(c, "payload type ", PAYLOAD_TYPE, 1, 0, "");
	add(c, "", CLOCK_HZ, 1, 0, " Hz");
	add(c, "", PTIME_MS, 1, 0, " ms a packet");
	add(c, "DSCP ", DSCP, 1, 0, "");
	next(c, "SSRC ");
	text_addf(c->out, "0x%08" PRIx64, (uint64_t)query_int(c->q, SSRC) & 0xffffffffu);
	add(c, "clock skew ", SKEW_PPM, 1, 0, " ppm");
	if (query_real(c->q, SILENCE) > 0.005)
		add(c, "", SILENCE, 100, 0, " % silence");
	if (query_int(c->q, SEGMENTS) > 1)
		add(c, "", SEGMENTS, 1, 0, " segments");
	add_if(c, "", IGNORED, 0, " stray packets");
	end_row(c);
}

static void add_srtp(struct card *c)
{
	if (query_int(c->q, ENCRYPTED) != 1 && query_is_null(c->q, SUITE))
		return;
	begin_row(c, "SRTP");
	add_text(c, "", SUITE);
	add_text(c, "key ", KEY);
	add(c, "", AUTHENTICATED, 1, 0, " packets authenticated");
	add_if(c, "", FAILED, 0, " that no key opened");
	if (!c->any)
		next(c, "encrypted, its keys are not known");
	end_row(c);
}

static void add_rtcp(struct card *c)
{
	if (query_is_null(c->q, SENDER_REPORTS))
		return;
	begin_row(c, "RTCP");
	add(c, "sender reports ", SENDER_REPORTS, 1, 0, "");
	add(c, "it sent ", SENDER_PACKETS, 1, 0, " packets");
	add(c, "receiver reports ", RECEIVER_REPORTS, 1, 0, "");
	add(c, "the receiver lost ", FAR_LOST, 1, 0, "");
	add(c, "at worst ", FAR_FRACTION, 100, 1, " %");
	add(c, "its jitter at most ", FAR_JITTER, 1, 1, " ms");
	add(c, "round trip ", RTT_MEAN, 1, 0, " ms");
	add(c, "at most ", RTT_MAX, 1, 0, " ms");
	add_text(c, "BYE: ", BYE_REASON);
	end_row(c);
}

static void add_heard(struct card *c)
{
	if (query_is_null(c->q, LEVEL) && query_is_null(c->q, UNDECODED))
		return;
	begin_row(c, "Heard");
	add(c, "speech ", LEVEL, 1, 1, " dBov");
	add(c, "active ", ACTIVITY, 100, 0, " %");
	add(c, "noise ", NOISE, 1, 1, " dBov");
	if (query_int(c->q, DEAD_AIR) > 0)
		add(c, "dead air up to ", DEAD_AIR_LONGEST, 1e-3, 1, " s");
	if (!query_is_null(c->q, CLIPPED) && query_real(c->q, CLIPPED) > 0.001)
		add(c, "clipped ", CLIPPED, 100, 2, " %");
	add_text(c, "not all: ", UNDECODED);
	end_row(c);
}

static void add_title(struct call_page *p, struct card *c)
{
	struct text *out = p->out;
	struct slice direction = query_text(c->q, DIRECTION);
	double mos = query_real(c->q, MOS_LQ);

	html_lit(out, "<article id=s");
	html_add_int(out, query_int(c->q, ID));
	html_lit(out, "><h3>Stream ");
	html_add_int(out, query_int(c->q, ID));
	if (direction.p)
		text_addf(out, ", %s",
		          slice_eq_str(direction, "caller_to_callee") ? "of the caller"
		                                                      : "of the callee");
	if (slice_eq_str(query_text(c->q, MOS_SCALE), "nb") && mos < MOS_LOW)
		html_lit(out, " <span class=\"badge bad\">low MOS</span>");
	if (query_int(c->q, ENDED_EARLY) == 1)
		html_lit(out, " <span class=\"badge warn\">ended early</span>");
	html_lit(out, "</h3>\n<p><code>");
	html_add(out, query_text(c->q, SRC));
	html_lit(out, " \xE2\x86\x92 ");
	html_add(out, query_text(c->q, DST));
	html_lit(out, "</code>");
	call_add_moment(p, ", from ", query_int(c->q, FIRST_US));
	html_lit(out, " for ");
	rows_add_duration(out, query_int(c->q, LAST_US) - query_int(c->q, FIRST_US));
	html_lit(out, "</p>\n");
}

static void add_card(struct call_page *p, struct query *q)
{
	struct card c = { .out = p->out, .q = q };

	add_title(p, &c);
	html_lit(p->out, "<dl class=kv>\n");
	add_packets(&c);
	add_quality(&c);
	add_coding(&c);
	add_srtp(&c);
	add_rtcp(&c);
	add_heard(&c);
	html_lit(p->out, "</dl>\n");
	stream_curves_add(p, query_int(q, ID));
	html_lit(p->out, "</article>\n");
}

bool call_page_streams(struct call_page *p, struct err *err)
{
	int64_t count = 0, more = 0, last = RECORD_NULL;
	struct query *q;

	while (call_page_row(p, OF_STREAMS, &q, err)) {
		if (query_int(q, ID) == last)
			continue; /* two rows about its keys */
		last = query_int(q, ID);
		if (count == CALL_PAGE_MAX_STREAMS) {
			more++;
			continue;
		}
		if (!count++) {
			call_begin_section(p, "streams", "Streams");
			html_lit(p->out, "<div class=grid>\n");
		}
		add_card(p, q);
	}
	if (!count)
		return err->code == ERR_NONE;
	html_lit(p->out, "</div>\n");
	if (!stream_plots_add(p, err))
		return false;
	call_add_more(p, more, "streams");
	call_end_section(p);
	return err->code == ERR_NONE;
}
