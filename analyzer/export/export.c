#include "analyzer/export/export.h"

#include "analyzer/export/mask.h"
#include "analyzer/export/selection.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool check_files(const struct export_job *job, struct err *err)
{
	for (size_t i = 0; i < job->file_count; i++) {
		if (!recorded_capture_check(&job->files[i], err))
			return false;
		if (strcmp(job->output, "-") != 0 && is_same_file(job->files[i].path, job->output))
			return err_set(err, ERR_USAGE,
			               "'%s' is the capture itself: write elsewhere", job->output);
	}
	return true;
}

static bool check_times(const struct export_job *job, const struct capture *c, struct err *err)
{
	for (size_t i = 0; i < job->file_count; i++)
		if (!recorded_capture_check_times(&job->files[i], capture_file(c, i), err))
			return false;
	return true;
}

#define PROGRESS_EVERY 0x10000u

/* One reading of all captures. */
static bool read_captures(const struct export_job *job, export_take *take, void *context,
                          struct err *err)
{
	struct capture *c = recorded_captures_open(job->files, job->file_count, err);
	enum capture_status status = CAPTURE_FAILED;
	struct progress progress;
	struct packet packet;
	uint64_t n = 0;
	bool ok = c != NULL;

	progress_init(&progress, job->progress);
	while (ok && (status = capture_next(c, &packet, err)) == CAPTURE_PACKET) {
		ok = take(context, &packet);
		if (++n % PROGRESS_EVERY == 0)
			progress_update(&progress, c, n);
	}
	progress_done(&progress);
	ok = ok && status == CAPTURE_END && check_times(job, c, err);
	capture_close(c);
	return ok;
}

/* First reading. */
struct learning {
	struct selection *selection;
	bool nanoseconds; /* some time has them */
	struct err *err;
};

static bool learn_packet(void *context, const struct packet *packet)
{
	struct learning *l = context;

	l->nanoseconds |= packet->time_ns % NS_PER_US != 0;
	return selection_learn(l->selection, packet, l->err);
}

static bool learn(struct selection *s, bool *nanoseconds, struct err *err)
{
	struct learning l = { .selection = s, .err = err };
	bool ok = read_captures(s->job, learn_packet, &l, err) && selection_settle(s, err);

	*nanoseconds = l.nanoseconds;
	return ok;
}

/* Second reading. */
struct giving {
	const struct selection *selection;
	export_take *take;
	void *context;
};

static bool give_packet(void *context, const struct packet *packet)
{
	const struct giving *g = context;

	return !selection_wants(g->selection, packet) || g->take(g->context, packet);
}

struct copying {
	const struct selection *selection;
	struct capture_writer *writer;
	struct mask *mask;
	struct export_result *result;
	struct err *err;
};

static bool copy_packet(void *context, const struct packet *packet)
{
	struct copying *c = context;
	struct packet out = *packet;

	if (c->result->format != CAPTURE_FILE_PCAPNG &&
	    packet->link_type != c->selection->link_type)
		return err_set(c->err, ERR_FORMAT,
		               "the call's packets are of several link types, which a pcap "
		               "file cannot hold: --pcapng can");
	c->result->packets++;
	if ((c->selection->job->mask || c->selection->job->mask_credentials) &&
	    !mask_packet(c->mask, &out, c->err))
		return false;
	return capture_writer_put(c->writer, &out, c->err);
}

static bool copy(const struct selection *s, struct capture_writer *w, struct export_result *result,
                 struct err *err)
{
	struct mask mask;
	struct copying copying = { s, w, &mask, result, err };
	struct giving giving = { s, copy_packet, &copying };

	mask_init(&mask, s);
	bool ok = read_captures(s->job, give_packet, &giving, err);
	mask_release(&mask);
	return ok;
}

/* A device is left alone. */
static void remove_file(const char *path)
{
	struct stat s;

	if (lstat(path, &s) == 0 && S_ISREG(s.st_mode))
		unlink(path);
}

static bool write_output(const struct selection *s, struct export_result *result, struct err *err)
{
	const char *path = s->job->output;
	struct capture_writer *w = capture_writer_open(path, result->format,
	                                               s->any ? s->link_type : LINK_ETHERNET, err);

	if (!w)
		return false;
	struct err later = ERR_INIT; /* a full disk is told once */
	bool copied = copy(s, w, result, err);
	bool ok = capture_writer_close(w, copied ? err : &later) && copied;
	if (!ok && strcmp(path, "-") != 0)
		remove_file(path);
	return ok;
}

bool export_run(const struct export_job *job, struct export_result *result, struct err *err)
{
	struct selection s;
	bool nanoseconds;

	*result = (struct export_result){ 0 };
	if (!check_files(job, err))
		return false;
	bool ok = selection_init(&s, job, err) && learn(&s, &nanoseconds, err);
	if (ok) {
		result->format = job->pcapng || s.several_link_types ? CAPTURE_FILE_PCAPNG
		                 : nanoseconds                       ? CAPTURE_FILE_PCAP_NS
		                                                     : CAPTURE_FILE_PCAP_US;
		ok = write_output(&s, result, err);
	}
	selection_release(&s);
	return ok;
}

bool export_each(const struct export_job *job, export_take *take, void *context, struct err *err)
{
	struct selection s;
	bool nanoseconds;

	if (!check_files(job, err))
		return false;
	struct giving giving = { &s, take, context };
	bool ok = selection_init(&s, job, err) && learn(&s, &nanoseconds, err) &&
	          read_captures(job, give_packet, &giving, err);
	selection_release(&s);
	return ok;
}
