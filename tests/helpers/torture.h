/* The messages of RFC 4475 from $CAPTURES/torture/rfc4475, byte for byte. */
#ifndef TESTS_HELPERS_TORTURE_H
#define TESTS_HELPERS_TORTURE_H

#include "base/slice.h"

#define TORTURE_MAX 8192

/* Reads NAME.dat into buf. Absent, with a line on stdout, if CAPTURES is not set; aborts if it is and the file is missing. */
struct slice torture_read(const char *name, uint8_t buf[static TORTURE_MAX]);

#endif
