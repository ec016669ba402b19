#include "tests/helpers/hex.h"

#include <ctype.h>
#include <stdlib.h>

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct slice hex_decode(const char *hex, uint8_t *buf, size_t size)
{
	size_t n = 0;
	int high = -1;

	for (; *hex; hex++) {
		if (isspace((unsigned char)*hex))
			continue;
		int value = nibble(*hex);
		if (value < 0 || n == size)
			abort();
		if (high < 0) {
			high = value;
		} else {
			buf[n++] = (uint8_t)(high << 4 | value);
			high = -1;
		}
	}
	if (high >= 0)
		abort();
	return slice_of(buf, n);
}
