/* The messages and the legs of a call, for queries of whoever shows or exports it. */
#ifndef REPORTS_CALL_MESSAGES_H
#define REPORTS_CALL_MESSAGES_H

/* The messages of call ?1 as table "m". There is no index over messages: those of a dialog lie between its first and its last, among those of
 * other calls of that time; late copies (retransmissions after the end, ended.h) follow for at most 64 s, in order of arrival. */
#define WITH_CALL_MESSAGES                                                                         \
	"WITH mine AS MATERIALIZED (SELECT id, coalesce(first_message, 0) AS first, "              \
	"coalesce(last_message, first_message, 0) AS last FROM dialogs WHERE call_id = ?1), "      \
	"over AS MATERIALIZED (SELECT id FROM messages WHERE id > (SELECT max(last) FROM mine) "   \
	"AND time_us > (SELECT last_us + 64000000 FROM calls WHERE id = ?1) ORDER BY id LIMIT "    \
	"1), "                                                                                     \
	"m AS (SELECT * FROM messages WHERE id >= (SELECT min(first) FROM mine) "                  \
	"AND id < coalesce((SELECT id FROM over), 9223372036854775807) AND dialog_id IN (SELECT "  \
	"id FROM mine)) "

/* The legs of call ?1 as table "leg": each dialog's leg, numbered from 1 in order of time. Dialogs of one attempt (Call-ID and From-tag)
 * are one leg. For a WITH. */
#define LEGS LEGS_WHERE("WHERE call_id = ?1 ")
/* The same of all calls, with their call_id. */
#define LEGS_OF_ALL LEGS_WHERE("WHERE call_id IS NOT NULL ")

#define LEGS_WHERE(where)                                                                          \
	"leg AS MATERIALIZED (SELECT call_id, id, dense_rank() OVER (PARTITION BY call_id ORDER "  \
	"BY first_us, first_id) AS n FROM (SELECT call_id, id, min(start_us) OVER same AS "        \
	"first_us, min(id) OVER same AS first_id FROM dialogs " where                              \
	"WINDOW same AS (PARTITION BY call_id, sip_call_id, from_tag))) "

#endif
