#include "cli/call_text.h"

#include "analyzer/search/header_text.h"
#include "cli/recorded.h"
#include "reports/rows.h"

#include <inttypes.h>

/* Hits as a JSON array of [capture, frame, Call-ID]: that goes into a query as one value. */
struct hits {
	struct text json;
	const int64_t *capture_ids;
	uint64_t count;
	struct err *err;
};

static bool add_hit(void *context, const struct header_hit *hit)
{
	struct hits *h = context;

	if (!hit->call_id.p)
		return true; /* it belongs to no call */
	if (h->count == CALL_TEXT_MAX_HITS)
		return err_set(h->err, ERR_USAGE,
		               "more than %d messages have this text; say more of it",
		               CALL_TEXT_MAX_HITS);
	text_addf(&h->json, "%s[%" PRId64 ",%" PRIu64 ",\"", h->count++ ? "," : "[",
	          h->capture_ids[hit->file], hit->frame);
	text_add_json(&h->json, hit->call_id);
	text_addf(&h->json, "\"]");
	return !h->json.failed || err_memory(h->err, "what a search found");
}

static bool calls_of(struct records *r, const struct hits *h, struct text *ids, struct err *err)
{
	struct query *q = query_new(
	        r, err,
	        "SELECT DISTINCT d.call_id FROM messages m JOIN dialogs d ON d.id = m.dialog_id "
	        "WHERE d.call_id IS NOT NULL AND (m.capture_id, m.frame, m.sip_call_id) IN "
	        "(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)) ORDER BY 1");

	if (!q)
		return false;
	query_bind_text(q, 1, h->count ? slice_of(h->json.p, h->json.n) : SLICE_LIT("[]"));
	text_addf(ids, "[");
	for (bool first = true; query_step(q, err); first = false)
		text_addf(ids, "%s%" PRId64, first ? "" : ",", query_int(q, 0));
	text_addf(ids, "]");
	return rows_end(q, ids, err);
}

static bool search(struct records *r, const struct recorded_files *files, const char *text,
                   struct text *ids, struct err *err)
{
	struct hits h = { .capture_ids = files->ids, .err = err };

	for (size_t i = 0; i < files->count; i++)
		if (!recorded_file_is_there(&files->files[i], err))
			return false;
	text_init(&h.json);
	bool ok = header_text_search(files->files, files->count, text, add_hit, &h, err);
	if (ok && h.count)
		text_addf(&h.json, "]");
	ok = ok &&
	     (h.json.failed ? err_memory(err, "what a search found") : calls_of(r, &h, ids, err));
	text_release(&h.json);
	return ok;
}

bool call_text_ids(struct records *r, const char *text, const char *directory, struct text *ids,
                   struct err *err)
{
	struct recorded_files files;
	bool ok =
	        recorded_files_load(&files, r, directory, err) && search(r, &files, text, ids, err);

	recorded_files_release(&files);
	return ok;
}
