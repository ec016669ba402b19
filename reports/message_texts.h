/* Reports know the records alone; what a SIP message said stands in the captures. Whoever can read those (cli/message_texts.c) gives the
 * texts through this door; without it pages say where the text is to be found. */
#ifndef REPORTS_MESSAGE_TEXTS_H
#define REPORTS_MESSAGE_TEXTS_H

#include "base/err.h"
#include "base/text.h"

/* Longer messages are cut, and say so. */
#define MESSAGE_TEXT_MAX 16384

struct message_texts {
	void *context;
	/* Appends the octets of message `id` (messages.id) as they were captured; nothing where they cannot be had. False: err. */
	bool (*of)(void *context, int64_t id, struct text *out, struct err *err);
	const char *
	        absent; /* why there are none at all: 'the capture trunk.pcap is not there any more'; NULL: there are */
	const char *missing; /* why single messages may have none; NULL: no reason is known */
};

#endif
