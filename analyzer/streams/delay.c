#include "analyzer/streams/delay.h"

#include <math.h>

void delay_rtcp(struct delay *d, double rtt_ms)
{
	d->rtt_sum_ms += rtt_ms;
	d->rtt_count++;
}

double delay_rtcp_mean_ms(const struct delay *d)
{
	return d->rtt_count ? d->rtt_sum_ms / (double)d->rtt_count : (double)NAN;
}

void delay_xr(struct delay *d, double rtt_ms, double end_system_ms)
{
	if (isnan(rtt_ms) || isnan(end_system_ms))
		return;
	d->xr_sum_ms += rtt_ms / 2 + end_system_ms;
	d->xr_count++;
}

double delay_ms(const struct delay *d, const struct media_settings *settings, double processing_ms,
                struct slice *source)
{
	if (d->xr_count) {
		*source = SLICE_LIT("xr");
		return d->xr_sum_ms / (double)d->xr_count;
	}
	if (d->rtt_count) {
		*source = SLICE_LIT("rtcp");
		return delay_rtcp_mean_ms(d) / 2 + processing_ms;
	}
	*source = settings->has_delay ? SLICE_LIT("configured") : SLICE_LIT("assumed");
	return processing_ms + (settings->has_delay ? settings->delay_ms : 0);
}
