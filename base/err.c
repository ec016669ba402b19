#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
	va_list args;

	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return false;
}

bool err_context(struct err *err, const char *format, ...)
{
	char context[sizeof err->text];
	char whole[2 * sizeof err->text + 2];
	va_list args;

	va_start(args, format);
	vsnprintf(context, sizeof context, format, args);
	va_end(args);
	snprintf(whole, sizeof whole, "%s: %s", context, err->text);
	memcpy(err->text, whole, sizeof err->text - 1);
	err->text[sizeof err->text - 1] = '\0';
	return false;
}

bool err_memory(struct err *err, const char *what)
{
	return err_set(err, ERR_MEMORY, "out of memory for %s", what);
}

int err_exit_code(const struct err *err)
{
	switch (err->code) {
	case ERR_NONE: return 0;
	case ERR_MEMORY: return 3;
	default: return 2;
	}
}
