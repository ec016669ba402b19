#include "reports/browse/hits.h"

#include "base/mem.h"
#include "reports/findings.h"

#include <stdlib.h>

/* --- findings ---------------------------------------------------------------------------------------------------- */

static bool keep_finding(struct hits *h, struct query *q, size_t *room, struct err *err)
{
	if (h->finding_count == *room) {
		*room = *room ? 2 * *room : 64;
		void *grown = mem_resize(h->findings, *room * sizeof *h->findings);
		if (!grown)
			return err_memory(err, "the findings");
		h->findings = grown;
	}
	struct hit_finding *f = &h->findings[h->finding_count++];
	f->id = query_int(q, 0);
	return (arena_keep(&h->arena, query_text(q, 1), &f->rule) &&
	        arena_keep(&h->arena, query_text(q, 2), &f->severity)) ||
	       err_memory(err, "the findings");
}

static bool load_findings(struct hits *h, struct records *r, struct err *err)
{
	struct query *q = rows_query(r, "SELECT id, rule, severity FROM findings f ORDER BY id",
	                             RECORD_NULL, err);
	size_t room = 0;
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = keep_finding(h, q, &room, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* --- occurrences ------------------------------------------------------------------------------------------------- */

#define HITS_SQL(column)                                                                           \
	"SELECT o." column ", g.place, g.number, o.rowid FROM finding_occurrences o JOIN (SELECT " \
	"f.id, row_number() OVER (ORDER BY f.id) - 1 AS number, row_number() OVER (ORDER "         \
	"BY " FINDINGS_HEADLINE_ORDER ", f.id) AS place FROM findings f) g ON g.id = "             \
	"o.finding_id WHERE o." column " IS NOT NULL"

static const char *const hits_sql[HITS_KINDS] = { HITS_SQL("call_id"), HITS_SQL("stream_id") };

static bool keep_hit(struct hits *h, struct query *q, struct err *err)
{
	if (h->count == HITS_MAX) {
		h->more++;
		return true;
	}
	if (h->count == h->room) {
		size_t room = h->room ? 2 * h->room : 1024;
		void *grown = mem_resize(h->all, room * sizeof *h->all);
		if (!grown)
			return err_memory(err, "the findings of calls");
		h->all = grown;
		h->room = room;
	}
	h->all[h->count++] = (struct hit){ .of = query_int(q, 0),
		                           .rank = (uint32_t)query_int(q, 1),
		                           .finding = (uint32_t)query_int(q, 2),
		                           .row = query_int(q, 3) };
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void keep_each_once(struct hits *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->count; i++)
		if (!n || h->all[n - 1].of != h->all[i].of || h->all[n - 1].rank != h->all[i].rank)
			h->all[n++] = h->all[i];
	h->count = n;
}

bool hits_load(struct hits *h, struct records *r, enum hits_of of, struct err *err)
{
	*h = (struct hits){ .count = 0 };
	arena_init(&h->arena, 4096);
	if (!load_findings(h, r, err))
		return false;
	struct query *q = rows_query(r, hits_sql[of], RECORD_NULL, err);
	bool ok = q != NULL;
	while (ok && query_step(q, err))
		ok = keep_hit(h, q, err);
	query_free(q);
	if (h->count)
		qsort(h->all, h->count, sizeof *h->all, compare);
	keep_each_once(h);
	return ok && err->code == ERR_NONE;
}

void hits_release(struct hits *h)
{
	mem_free(h->all);
	mem_free(h->findings);
	arena_release(&h->arena);
	*h = (struct hits){ .count = 0 };
}

const struct hit *hits_find(const struct hits *h, int64_t of, size_t *count)
{
	size_t low = 0, high = h->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (h->all[middle].of < of)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < h->count && h->all[low + *count].of == of;)
		++*count;
	return h->all ? h->all + low : NULL;
}
