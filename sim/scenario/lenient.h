/* What SIPp's own reader accepts as XML, made into XML that a strict parser accepts: line for line the same, so that line numbers stay.
 *
 * Repaired: backslash escapes in attributes (\" \\ \n \r \t), commas and missing blanks between attributes, values without quotation marks,
 * attributes given twice (the first counts), a raw & or <, a comment with -- inside, whatever stands behind the root element. Passed over: the
 * XML declaration, DOCTYPE with its internal subset, comments. An entity that only a DTD could explain stays as it is written.
 * Octets are not looked at: the result is to be read as ISO-8859-1. */
#ifndef SIM_SCENARIO_LENIENT_H
#define SIM_SCENARIO_LENIENT_H

#include "base/err.h"
#include "base/text.h"
#include "sim/scenario/sipp_xml.h"

/* Attributes of one element; more are an error. */
#define LENIENT_MAX_ATTRIBUTES 64

/* Appends to `out`. `notes` may be NULL. False: err, "FILE:LINE: ..." */
bool lenient_xml(struct slice xml, const char *file, struct text *out, struct scenario_notes *notes,
                 struct err *err);

#endif
