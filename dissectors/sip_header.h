/* Single header values, without copying: parameters, name-addr, URI parts, comma lists. Tolerant of folds and LWS anywhere;
 * quoted strings and <> are respected. What needs full grammar (credentials, escapes) goes through sip_grammar.h. */
#ifndef DISSECTORS_SIP_HEADER_H
#define DISSECTORS_SIP_HEADER_H

#include "base/net.h"
#include "base/slice.h"

/* The value of header parameter `name` (after the name-addr and its '>'), unquoted of its double quotes but not unescaped; a
 * parameter without value gives a present, empty slice; absent if it is not there. */
struct slice sip_param(struct slice value, const char *name);

/* The same, for the values that every message has, with what is wrong in all of the value (enum sip_defect, added to *defects): of
 * a Via, and of name-addr or addr-spec, where `name` may be NULL. */
struct slice sip_via_param(struct slice via, const char *name, unsigned *defects);
struct slice sip_address_param(struct slice value, const char *name, unsigned *defects);

/* name-addr or addr-spec: the URI between <> or up to the first ';'. */
struct slice sip_addr_uri(struct slice value);
struct slice sip_addr_display(struct slice value); /* without quotes; absent if none */

/* Parts of sip:user:password@host:port;params?headers, also sips: and tel:. Absent where there is none. */
struct slice sip_uri_scheme(struct slice uri);
struct slice sip_uri_user(struct slice uri); /* for tel: the number */
struct slice sip_uri_host(struct slice uri); /* without port and brackets */
uint16_t sip_uri_port(struct slice uri); /* 0 if not given */
struct slice sip_uri_param(struct slice uri, const char *name);

/* The next element of a comma list, trimmed, empty ones left out; false at the end. */
bool sip_list_next(struct slice *rest, struct slice *item);

/* True if `token` is an element of a comma list (case-insensitive), as in Require: 100rel. */
bool sip_list_has(struct slice value, const char *token);

/* Copies with folds and runs of LWS made one blank, cut at size - 1. Returns the length. */
size_t sip_unfold(struct slice value, char *buf, size_t size);

/* Reason header (RFC 3326): `protocol;cause=n;text="..."`. Gives the first value of this protocol ("Q.850", "SIP") in any of
 * the comma-separated values of `value`; false if there is none. text is absent if not given. */
bool sip_reason(struct slice value, const char *protocol, unsigned *cause, struct slice *text);

#endif
