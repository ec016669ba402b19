/* Sound at one sampling rate into another: a windowed sinc, once for each sound that is made ready to send. */
#ifndef SIM_MEDIA_RATE_H
#define SIM_MEDIA_RATE_H

#include <stddef.h>
#include <stdint.h>

/* NULL: no memory. mem_free() it. */
int16_t *rate_convert(const int16_t *samples, size_t count, unsigned from, unsigned to,
                      size_t *out_count);

#endif
