/* gzip and zstd for tests: makes compressed files, and reads them the slow way that ours must agree with. */
#ifndef TESTS_HELPERS_COMPRESS_H
#define TESTS_HELPERS_COMPRESS_H

#include "base/slice.h"
#include "base/text.h"

/* Appends one member ("gzip") or frame with a checksum ("zstd"). The compressor is flushed every `flush` octets, which makes many blocks
 * of a short text; SIZE_MAX: never. Failure aborts. */
void compress_by(const char *filter, struct slice octets, size_t flush, struct text *out);

/* Decompresses octet by octet, members and zero padding in a row, and appends what comes out before the end or the first damage. Gives
 * whether the input was sound and complete. */
bool decompress_by(const char *filter, struct slice octets, struct text *out);

#endif
