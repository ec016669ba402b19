/* REFER (RFC 3515, 5589): who is sent where, what NOTIFY said of it, and which INVITE followed. One row of `transfers` each, and one for
 * an INVITE with Replaces (RFC 3891) or Join (RFC 3911) that no REFER explains. */
#ifndef ANALYZER_JOINING_TRANSFER_H
#define ANALYZER_JOINING_TRANSFER_H

#include "analyzer/calls/event.h"
#include "base/list.h"

#define TRANSFER_WAIT_NS     (5 * NS_PER_S) /* for the INVITE that it asks for */
#define TRANSFER_HOSTS       3 /* of the REFER's hops; more are not remembered */
#define TRANSFER_MAX_OPEN    1024 /* that wait; beyond, the oldest waits no more */
#define TRANSFER_MAX_PER_LEG 32 /* beyond, further ones are not recorded */

struct call;
struct dialog;
struct leg;

struct transfer {
	struct list_node waiting; /* first: the list leads back to it */
	struct transfer *next; /* of its leg, newest first */
	struct leg *leg;
	uint32_t number; /* from 1, in order of coming */
	uint32_t cseq;
	int64_t dialog_id, time_ns, end_ns, since_evict_ns;
	uint16_t status, notify_status; /* 0: none */
	bool by_caller;
	unsigned host_count;
	struct ip_addr hosts[TRANSFER_HOSTS]; /* where it went */
	struct slice refer_to, referred_by,
	        referrer; /* URIs, the leg's; referrer: who sends it, by From or To */
	struct slice replaces; /* the value of Replaces in Refer-To, unescaped */
};

/* A REFER, a NOTIFY or an answer to one of them. False: environment failed. */
bool transfer_message(struct leg *leg, const struct dialog *d, const struct event *ev);

/* An INVITE opens this leg: does a REFER explain it? */
bool transfer_invite(struct leg *leg, const struct event *ev);

/* The leg is going. */
void transfer_free_all(struct leg *leg);

/* Their rows. call_id: RECORD_NULL where there is no call. */
bool transfer_write_rows(const struct call *call, int64_t call_id);

/* The leg took over another one, by Replaces, and was answered. */
bool transfer_is_takeover(const struct leg *leg);

#endif
