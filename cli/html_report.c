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

/* Calls decoded in one reading of the captures: two temporary files each. */
#define HEARD_AT_ONCE 50

struct html_audio {
	struct records *records;
	const struct html_request *request;
	int64_t *calls; /* that are to be heard, ascending */
	size_t count;
	bool mask_digits;
	/* Of calls from number first_play on; those up to `next` were tried. */
	struct audio_play plays[HEARD_AT_ONCE];
	size_t first_play, play_count, next;
	struct err err; /* of these: their voices keep it */
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

/* Its number among those chosen; their count, if it is none of them. */
static size_t place_of(const struct html_audio *a, int64_t call_id)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (a->calls[middle] < call_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->count && a->calls[low] == call_id ? low : a->count;
}

static void release_plays(struct html_audio *a)
{
	for (size_t i = 0; i < a->play_count; i++)
		audio_play_release(&a->plays[i]);
	a->play_count = 0;
}

/* The calls from number `first` of those chosen on, so many at once: one reading of the captures for all of them. */
static bool play_batch(struct html_audio *a, size_t first, const char *path, struct err *err)
{
	struct audio_play_options options = { .mask_digits = a->mask_digits,
		                              .output = path,
		                              .captures = a->request->captures };
	size_t count = a->count - first < HEARD_AT_ONCE ? a->count - first : HEARD_AT_ONCE;

	release_plays(a);
	a->first_play = first;
	for (size_t i = 0; i < count; i++)
		if (!audio_play_prepare(&a->plays[a->play_count++], a->records, a->calls[first + i],
		                        &options, err))
			return false;
	if (!audio_play_read(a->plays, count, a->records, &options, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!audio_play_finish(&a->plays[i]))
			return false;
	return true;
}

/* Calls that cannot be heard (their capture is gone, say) have pages all the same. */
static bool has_play(struct html_audio *a, size_t i, const char *path, struct err *err)
{
	if (i < a->next)
		return i - a->first_play < a->play_count;
	a->next = i + HEARD_AT_ONCE;
	if (play_batch(a, i, path, &a->err))
		return true;
	release_plays(a);
	if (a->err.code == ERR_MEMORY)
		return err_set(err, ERR_MEMORY, "%s", a->err.text);
	a->err = (struct err)ERR_INIT;
	return false;
}

static bool hear(void *context, int64_t call_id, const char *path, bool *none, struct err *err)
{
	struct html_audio *a = context;
	size_t i = place_of(a, call_id);

	*none = true;
	if (i == a->count || !has_play(a, i, path, err))
		return err->code == ERR_NONE;
	struct audio_play *p = &a->plays[i - a->first_play];
	*none = !p->heard_ns;
	return *none || wav_write(path, p->target.channels, p->target.channel_count, p->target.rate,
	                          p->samples, err);
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
	struct html_audio audio = { .records = r, .request = request, .err = ERR_INIT };
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
	release_plays(&audio);
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
