#include "analyzer/export/export.h"

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

/* First reading. */
static bool learn(struct selection *s, bool *nanoseconds, struct err *err)
{
	struct capture *c = recorded_captures_open(s->job->files, s->job->file_count, err);
	enum capture_status status = CAPTURE_FAILED;
	struct packet packet;
	bool ok = c != NULL;

	*nanoseconds = false;
	while (ok && (status = capture_next(c, &packet, err)) == CAPTURE_PACKET) {
		*nanoseconds |= packet.time_ns % NS_PER_US != 0;
		ok = selection_learn(s, &packet, err);
	}
	ok = ok && status == CAPTURE_END && check_times(s->job, c, err);
	capture_close(c);
	return ok;
}

/* Second reading. */
static bool copy(const struct selection *s, struct capture_writer *w, struct export_result *result,
                 struct err *err)
{
	struct capture *c = recorded_captures_open(s->job->files, s->job->file_count, err);
	enum capture_status status = CAPTURE_FAILED;
	struct packet packet;
	bool ok = c != NULL;

	while (ok && (status = capture_next(c, &packet, err)) == CAPTURE_PACKET) {
		if (!selection_wants(s, &packet))
			continue;
		if (result->format != CAPTURE_FILE_PCAPNG && packet.link_type != s->link_type)
			ok = err_set(err, ERR_FORMAT,
			             "the call's packets are of several link types, which a pcap "
			             "file cannot hold: --pcapng can");
		ok = ok && capture_writer_put(w, &packet, err);
		result->packets++;
	}
	capture_close(c);
	return ok && status == CAPTURE_END;
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
		unlink(path);
	return ok;
}

bool export_run(const struct export_job *job, struct export_result *result, struct err *err)
{
	struct selection s;
	bool nanoseconds;

	*result = (struct export_result){ 0 };
	if (!check_files(job, err))
		return false;
	bool ok = selection_init(&s, job, err) && learn(&s, &nanoseconds, err) &&
	          selection_settle(&s, err);
	if (ok) {
		result->format = job->pcapng || s.several_link_types ? CAPTURE_FILE_PCAPNG
		                 : nanoseconds                       ? CAPTURE_FILE_PCAP_NS
		                                                     : CAPTURE_FILE_PCAP_US;
		ok = write_output(&s, result, err);
	}
	selection_release(&s);
	return ok;
}
