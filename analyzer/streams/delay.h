/* How long speech takes from mouth to ear, as far as anything told: ITU-T G.107's Ta.
 *
 *   'xr'          half the round trip and the end system delay that the receiver itself reports (RFC 3611 section 4.7.3: encoding
 *                 at one end, jitter buffer and decoding at the other; both ends are taken to be alike)
 *   'rtcp'        half the round trip of sender and receiver reports, with our jitter buffer, packet time and look-ahead
 *   'configured'  the network's one-way delay as the user gave it, with the same
 *   'assumed'     only those: a lower bound
 *
 * RFC 3550's round trip is seen from where we watch; half of it is the best there is for the way to the receiver. */
#ifndef ANALYZER_STREAMS_DELAY_H
#define ANALYZER_STREAMS_DELAY_H

#include "analyzer/media_settings.h"

/* All zero: nothing measured. */
struct delay {
	double rtt_sum_ms, xr_sum_ms;
	uint64_t rtt_count, xr_count;
};

void delay_rtcp(struct delay *d, double rtt_ms);
/* The mean of those, NAN if there were none. */
double delay_rtcp_mean_ms(const struct delay *d);
/* Either may be NAN: not reported. Of no use without the end system's. */
void delay_xr(struct delay *d, double rtt_ms, double end_system_ms);

/* processing_ms: our jitter buffer, packet time and look-ahead. *source: see above. */
double delay_ms(const struct delay *d, const struct media_settings *settings, double processing_ms,
                struct slice *source);

#endif
