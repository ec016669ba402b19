#include "cli/html_report.h"

#include "base/mem.h"
#include "cli/audio_play.h"
#include "cli/message_texts.h"
#include "cli/recorded.h"
#include "cli/wav.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct html_audio {
	struct records *records;
	const struct html_request *request;
	int64_t *calls; /* that are to be heard, ascending */
	size_t count;
	bool mask_digits;
};

/* --- sound ----------------------------------------------------------------------------------------------------- */

/* Calls with streams: those with findings, then those with the lowest scores. */
static const char heard_sql[] =
        "SELECT id FROM (SELECT c.id AS id FROM calls c WHERE c.id IN (SELECT call_id FROM "
        "streams) "
        "ORDER BY c.id NOT IN (SELECT call_id FROM finding_occurrences WHERE call_id IS NOT NULL), "
        "c.mos_min IS NULL, c.mos_min, c.id LIMIT ?1) ORDER BY 1";

static bool choose_calls(struct html_audio *a, struct err *err)
{
	int64_t most =
	        a->request->audio < HTML_DEFAULT_PAGES ? a->request->audio : HTML_DEFAULT_PAGES;
	struct query *q = NULL;

	a->calls = mem_alloc(((size_t)most + 1) * sizeof *a->calls);
	if (!a->calls)
		return err_memory(err, "the calls to hear");
	q = rows_query(a->records, heard_sql, most, err);
	while (q && query_step(q, err))
		a->calls[a->count++] = query_int(q, 0);
	query_free(q);
	return err->code == ERR_NONE;
}

static bool is_chosen(const struct html_audio *a, int64_t call_id)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (a->calls[middle] < call_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->count && a->calls[low] == call_id;
}

/* A call that cannot be heard (its capture is gone, say) has a page all the same. */
static bool hear(void *context, int64_t call_id, const char *path, bool *none, struct err *err)
{
	const struct html_audio *a = context;
	struct audio_play_options options = { .mask_digits = a->mask_digits,
		                              .output = path,
		                              .captures = a->request->captures };
	struct audio_play p;

	*none = true;
	if (!is_chosen(a, call_id))
		return true;
	bool ok = audio_play(&p, a->records, call_id, &options, err);
	if (ok && p.heard_ns) {
		*none = false;
		ok = wav_write(path, p.target.channels, p.target.channel_count, p.target.rate,
		               p.samples, err);
	} else if (!ok && err->code != ERR_MEMORY) {
		*err = (struct err)ERR_INIT;
		ok = true;
	}
	audio_play_release(&p);
	return ok;
}

/* --- progress -------------------------------------------------------------------------------------------------- */

static void show_progress(void *context, int64_t done, int64_t all)
{
	(void)context;
	fprintf(stderr, "\r%" PRId64 " of %" PRId64 " calls%s", done, all,
	        done == all ? "\r\033[K" : "");
	fflush(stderr);
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static bool write_folder(struct records *r, const struct html_request *request,
                         const struct message_file *messages, struct html_outcome *outcome,
                         struct err *err)
{
	struct html_audio audio = { .records = r, .request = request };
	bool shows = !request->quiet && isatty(STDERR_FILENO);
	struct html_options options = {
		.pages = request->pages,
		.plots = request->plots,
		.texts = messages ? message_file_texts(messages) : NULL,
		.audio = request->audio > 0 ? hear : NULL,
		.audio_context = &audio,
		.progress = shows ? show_progress : NULL,
	};
	bool ok = request->audio <= 0 ||
	          (recorded_masking(r, MASK_AS_RECORDED, &audio.mask_digits, err) &&
	           choose_calls(&audio, err));

	ok = ok && html_report(r, request->folder, &options, outcome, err);
	mem_free(audio.calls);
	return ok;
}

bool html_request_run(struct records *r, const struct html_request *request,
                      struct html_outcome *outcome, struct err *err)
{
	struct message_file *messages = NULL;

	if (!request->no_texts) {
		messages = message_file_new(r, request->captures, !request->quiet, err);
		if (!messages)
			return false;
	}
	bool ok = write_folder(r, request, messages, outcome, err);
	const char *absent = messages ? message_file_texts(messages)->absent : "not asked for";
	snprintf(outcome->no_texts, sizeof outcome->no_texts, "%s", absent ? absent : "");
	message_file_free(messages);
	return ok;
}
