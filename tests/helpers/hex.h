/* Test bytes written as hex: "a000 0001 ff" (blanks ignored). */
#ifndef TESTS_HELPERS_HEX_H
#define TESTS_HELPERS_HEX_H

#include "base/slice.h"

/* Decodes into buf; aborts the test program on bad hex or lack of room. */
struct slice hex_decode(const char *hex, uint8_t *buf, size_t size);

#endif
