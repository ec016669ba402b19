/* The Contact values of a REGISTER or its answer (RFC 3261 10.2, 10.3): bindings, each with a key that makes two values the same
 * binding, and how long it is to last. Slices borrow from the message. */
#ifndef DISSECTORS_SIP_CONTACTS_H
#define DISSECTORS_SIP_CONTACTS_H

#include "dissectors/sip_msg.h"

#define SIP_CONTACTS_MAX 32 /* more are counted, not kept */

struct sip_contact {
	uint64_t
	        key; /* of +sip.instance and reg-id where both are there (RFC 5626 6), else of the URI */
	struct slice uri;
	bool has_expires;
	uint32_t expires_s; /* of the `expires` parameter; 2^32 - 1 where it is more */
};

struct sip_contacts {
	unsigned count; /* all, `*` not among them */
	unsigned kept; /* in `item` */
	bool star; /* `*`: all of them */
	struct sip_contact item[SIP_CONTACTS_MAX];
};

void sip_contacts(const struct sip_msg *msg, struct sip_contacts *out);

/* The one with this key; else the one whose URI has the same user, host and port as `uri` (registrars and proxies change
 * parameters); NULL if there is none. */
const struct sip_contact *sip_contacts_find(const struct sip_contacts *contacts, uint64_t key,
                                            struct slice uri);

/* Same user (case counts), host and port: the URI without what is changed on the way. */
bool sip_uri_same_place(struct slice a, struct slice b);

/* Leading digits as seconds, as in Expires; false if there are none, *out stays as it
 * is then. Values beyond 2^32 - 1 are that (RFC 3261 20.19). */
bool sip_seconds(struct slice value, uint32_t *out);

/* `scheme:user@host:port`, without parameters and headers: an address of record as a slice of `uri`. */
struct slice sip_uri_plain(struct slice uri);

#endif
