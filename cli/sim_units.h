/* Values of options as people write them: times and rates with units, numbers with k and M, addresses with ports. Each returns false for
 * what is none of its kind; who asks says what was expected. */
#ifndef CLI_SIM_UNITS_H
#define CLI_SIM_UNITS_H

#include "base/err.h"
#include "base/net.h"

/* "250us", "20ms", "3s", "1.5m", "2h", "1m30s"; a bare number is seconds. Up to ten years. */
bool units_duration(const char *text, int64_t *ns);
/* "200", "200/s", "90/m", "1000/h", "2k/s": per second. Up to a hundred million. */
bool units_rate(const char *text, double *per_second);
/* "10000", "10k", "1.5M"; whole in the end, up to 10^15. */
bool units_count(const char *text, uint64_t *count);
/* "192.0.2.1", "192.0.2.1:5070", "[2001:db8::1]:5070", "2001:db8::1", ":5070" (any address). No port: 0. */
bool units_endpoint(const char *text, struct endpoint *out);

/* "1 ms", "2.5 s", "1 min 30 s": as a sentence says it. */
#define UNITS_TEXT 40
const char *units_say_duration(int64_t ns, char buf[static UNITS_TEXT]);
/* "1,234,567" */
const char *units_say_count(uint64_t n, char buf[static UNITS_TEXT]);

#endif
