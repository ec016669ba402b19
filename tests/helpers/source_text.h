/* What a capture file in memory gives, as text to compare: a line a packet,
 *
 *   FRAME TIME_NS CAPTURED/ORIGINAL link LINK_TYPE if INTERFACE @OFFSET FIRST_OCTETS
 *
 * then "skipped N" if there were any, and "end", "damaged OCTETS: TEXT", or "error TEXT". */
#ifndef TESTS_HELPERS_SOURCE_TEXT_H
#define TESTS_HELPERS_SOURCE_TEXT_H

#include "analyzer/capture/source.h"
#include "base/text.h"

void packet_text(struct text *out, const struct packet *p);
void source_text(struct text *out, struct slice octets, enum capture_reader reader);

#endif
