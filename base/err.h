/* A failing environment: file, disk, memory, database, a wrong command line. The frame that meets it sets the text, each
 * caller adds its context in front, and a person reads `calls.pcap: packet 812: bad magic 0x00001234`. Odd traffic is
 * never an err (see parse_status in cursor.h). */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_code {
	ERR_NONE,
	ERR_USAGE, /* the command line or a setting is wrong: exit 2 */
	ERR_IO, /* a file cannot be read or written: exit 2 */
	ERR_FORMAT, /* a file is not what it should be: exit 2 */
	ERR_DATABASE, /* SQLite refused: exit 2 */
	ERR_MEMORY, /* out of memory: exit 3 */
};

struct err {
	enum err_code code;
	char text[512];
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		ERR_NONE, ""                                                                       \
	}

/* Sets code and text; always returns false, so `return err_set(err, ERR_IO, "cannot open '%s'", path);`. */
bool err_set(struct err *err, enum err_code code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the text that is there; always returns false. */
bool err_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* err_set(err, ERR_MEMORY, ...), naming what could not be allocated. */
bool err_memory(struct err *err, const char *what);

/* The exit code for main(). */
int err_exit_code(const struct err *err);

#endif
