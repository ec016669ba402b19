/* Many integers in ascending order, in time that grows with their number only. */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when out of memory; the values are then as they were. */
bool sort_int64(int64_t *values, size_t n);

#endif
