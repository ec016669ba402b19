/* The data of all calls as report.js takes them: JSON in a script element that is no script (type application/json). No '<' stands in it, so
 * nothing ends it but its end.
 *
 *   {"began": ms since 1970, "database": "trunk.db", "outcomes": ["answered", ...],
 *    "findings": {"7": ["D8", "info", "137 calls: 486: busy", "findings/7.html"], ...},
 *    "calls": [[number, ms since `began`, caller, callee, Call-ID, outcome, status, pdd ms, setup ms, talk s, mos, trunks, findings,
 *               has a page], ...],
 *    "trunks": ["192.0.2.1", ...]}
 *
 * Absent values are null; trunks are places in `trunks` (-1: none of these), findings are numbers; without any, 0 stands for the array. */
#ifndef REPORTS_HTML_CALLS_DATA_H
#define REPORTS_HTML_CALLS_DATA_H

#include "base/arena.h"
#include "base/table.h"
#include "reports/html/report_parts.h"

/* Calls by way of further ones are found by their texts only. */
#define CALLS_DATA_TRUNKS 4096

struct calls_data {
	struct text json;
	struct table trunks;
	struct arena arena;
	struct text trunk_names; /* the array's inside */
	bool any;
};

/* A call as the list has it: what calls_index.c reads in one pass. */
struct call_line {
	int64_t id, start_us, status;
	struct slice caller, callee, sip_call_id, outcome;
	double pdd_ms, setup_ms, talk_ms, mos;
	bool has_page;
};

void calls_data_init(struct calls_data *d);
void calls_data_release(struct calls_data *d);
bool calls_data_begin(struct calls_data *d, struct work *w, struct err *err);
/* A call, then its trunks, then its findings, then its end. */
void calls_data_add_call(struct calls_data *d, struct work *w, const struct call_line *c);
/* `address`: of a leg; the `nth` of this call, from 0. */
bool calls_data_add_trunk(struct calls_data *d, struct slice address, size_t nth, struct err *err);
void calls_data_add_finding(struct calls_data *d, int64_t id, size_t nth);
void calls_data_end_list(struct calls_data *d, size_t count);
void calls_data_end_call(struct calls_data *d, const struct call_line *c);
/* Gives the whole. */
bool calls_data_end(struct calls_data *d, struct err *err);

#endif
