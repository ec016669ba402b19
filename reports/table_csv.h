/* A whole table of the database as CSV, row by row: for spreadsheets, and for tools that do not read SQLite. */
#ifndef REPORTS_TABLE_CSV_H
#define REPORTS_TABLE_CSV_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"

/* RFC 4180: CRLF, quotes, a row with the columns' names first. NULL is an empty field, an empty text is "". What a spreadsheet would run as
 * a formula begins with a quote mark ('). Octets that are no UTF-8, and NUL, become U+FFFD; BLOBs are hexadecimal.
 * `write` gets the octets piece by piece. False: there is no such table (err lists those there are, and nothing was written), the database
 * cannot be read, or `write` said so. */
bool table_csv(struct records *r, struct slice table,
               bool (*write)(void *context, struct slice octets, struct err *err), void *context,
               struct err *err);

#endif
