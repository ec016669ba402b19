/* --metrics ADDR:PORT: what Prometheus asks for, over HTTP/1.0. Runs on the main thread between its ticks, never blocks, and answers every
 * request alike: at most METRICS_CLIENTS at once, each with METRICS_REQUEST octets of request, and METRICS_PATIENCE_NS. */
#ifndef CLI_SIM_METRICS_H
#define CLI_SIM_METRICS_H

#include "base/err.h"
#include "base/text.h"
#include "sim/sim.h"

#define METRICS_CLIENTS     8
#define METRICS_REQUEST     4096
#define METRICS_PATIENCE_NS (5 * NS_PER_S)

struct metrics;

/* NULL: err. */
struct metrics *metrics_open(const char *address, struct err *err);
void metrics_close(struct metrics *m); /* NULL allowed */
/* Answers who has asked. */
void metrics_serve(struct metrics *m, const struct sim_reading *reading);

/* The text format, version 0.0.4. */
void metrics_text(const struct sim_reading *reading, struct text *out);

#endif
