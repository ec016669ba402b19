#include "reports/html/html_report.h"

#include "base/mem.h"
#include "reports/html/call_pages.h"
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

#define PROGRESS_EVERY 256

static bool has(const struct numbers *v, int64_t value)
{
	size_t low = 0, high = v->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (v->v[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->n && v->v[low] == value;
}

bool work_has_page(const struct work *w, int64_t call_id)
{
	return has(&w->chosen, call_id);
}

void work_begin_page(struct work *w, const char *title, const char *section, const char *root)
{
	text_reset(&w->out);
	html_begin(&w->out, &(struct html_head){
	                            .title = slice_str(title),
	                            .root = root,
	                            .section = section,
	                    });
}

bool work_write_page(struct work *w, const char *name, struct err *err)
{
	html_end(&w->out);
	return html_folder_write(&w->folder, name, &w->out, err);
}

static const char *call_path(struct work *w, int64_t call_id)
{
	text_reset(&w->name);
	html_add_call_path(&w->name, call_id);
	return text_cstr(&w->name);
}

static const char *audio_path(struct work *w, int64_t call_id)
{
	text_reset(&w->name);
	html_add_audio_path(&w->name, call_id);
	return text_cstr(&w->name);
}

/* The sound goes where the page expects it. */
static bool write_audio(struct work *w, int64_t call_id, bool *there, struct err *err)
{
	struct text path;
	bool none = false;

	*there = false;
	if (!w->options->audio)
		return true;
	text_init(&path);
	bool ok = html_folder_claim(&w->folder, audio_path(w, call_id), &path, err) &&
	          w->options->audio(w->options->audio_context, call_id, text_cstr(&path), &none,
	                            err) &&
	          (none || html_folder_count(&w->folder, audio_path(w, call_id), err));
	text_release(&path);
	*there = ok && !none;
	return ok;
}

static bool write_call(struct work *w, struct call_pages *pages, int64_t call_id, struct err *err)
{
	bool drawn = !w->plots_absent && has(&w->drawn, call_id), audio;

	if (!write_audio(w, call_id, &audio, err))
		return false;
	text_reset(&w->out);
	if (!call_pages_add(pages, call_id, drawn, audio, &w->out, err) ||
	    !html_folder_write(&w->folder, call_path(w, call_id), &w->out, err))
		return err_context(err, "call %" PRId64, call_id);
	w->outcome->pages++;
	return true;
}

static bool write_calls(struct work *w, struct err *err)
{
	bool ok = true;

	if (!w->chosen.n)
		return true;
	struct call_pages *pages =
	        call_pages_new(w->records, w->options, w->plots_absent ? NULL : w->plots, err);
	if (!pages)
		return false;
	for (size_t i = 0; ok && i < w->chosen.n; i++) {
		ok = write_call(w, pages, w->chosen.v[i], err);
		if (w->options->progress && i % PROGRESS_EVERY == 0)
			w->options->progress(w->options->progress_context, (int64_t)i,
			                     (int64_t)w->chosen.n);
	}
	call_pages_free(pages);
	if (ok && w->options->progress)
		w->options->progress(w->options->progress_context, (int64_t)w->chosen.n,
		                     (int64_t)w->chosen.n);
	return ok;
}

static bool read_all(struct work *w, struct err *err)
{
	return summary_read(&w->summary, w->records, err) &&
	       rows_int(w->records, "SELECT count(*) FROM findings", 0, &w->findings, err) &&
	       rows_int(w->records, "SELECT count(*) FROM sim_intervals", 0, &w->simulations,
	                err) &&
	       chosen_calls(w, err) && buckets_read(&w->buckets, w->records, err) &&
	       quantities_read(w, err);
}

/* Pages of calls are written before it is known what gnuplot does. */
static bool fill_plots(struct work *w, struct err *err)
{
	bool ok = true;

	for (size_t i = 0; ok && w->plots_absent && i < w->drawn.n; i++)
		ok = call_plots_fill(&w->folder, w->drawn.v[i], &w->out, err);
	return ok;
}

/* Drawing comes last of all: calls' pages have plots too. */
static bool write_all(struct work *w, struct err *err)
{
	if (!html_folder_assets(&w->folder, err) ||
	    !html_folder_claim_folder(&w->folder, "plots", err))
		return false;
	struct plots *plots = plots_new(w->folder.path, &w->plots_absent, err);
	if (!plots)
		return false;
	w->plots = plots;
	bool ok = write_calls(w, err);
	ok = ok && overview_plot(w, err) && plots_draw(plots, &w->plots_absent, err) &&
	     html_folder_count(&w->folder, "plots/", err) && fill_plots(w, err) &&
	     findings_write(w, err) && figures_write(w, err) && calls_index_write(w, err) &&
	     overview_write(w, err);
	if (ok && w->plots_absent) {
		snprintf(w->outcome->why, sizeof w->outcome->why, "%s", w->plots_absent);
		w->outcome->plots_absent = w->outcome->why;
	}
	plots_free(plots);
	return ok;
}

static void work_release(struct work *w)
{
	html_folder_release(&w->folder);
	numbers_release(&w->chosen);
	numbers_release(&w->drawn);
	for (size_t i = 0; i < QUANTITIES; i++)
		numbers_release(&w->quantities[i]);
	text_release(&w->out);
	text_release(&w->name);
	mem_free(w);
}

bool html_report(struct records *r, const char *folder, const struct html_options *options,
                 struct html_outcome *outcome, struct err *err)
{
	struct work *w = mem_zalloc(sizeof *w);

	*outcome = (struct html_outcome){ 0 };
	if (!w)
		return err_memory(err, "the report");
	w->records = r;
	w->options = options;
	w->outcome = outcome;
	text_init(&w->out);
	text_init(&w->name);
	text_addf(&w->name, "%*s", HTML_NAME_MAX, ""); /* room for every name there is */
	if (w->name.failed) {
		mem_free(w);
		return err_memory(err, "the report");
	}
	/* What is wrong with the database is said before the folder is touched. */
	bool ok = read_all(w, err);
	if (!ok)
		w->folder = (struct html_folder){ .fd = -1, .mark = -1, .directory = -1 };
	ok = ok && html_folder_open(&w->folder, folder, err) && write_all(w, err);
	outcome->calls = w->summary.calls;
	outcome->files = w->folder.files;
	outcome->octets = w->folder.octets;
	work_release(w);
	return ok;
}
