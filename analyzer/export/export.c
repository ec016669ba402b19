#include "analyzer/export/export.h"

#include "analyzer/export/selection.h"
#include "base/mem.h"
#include "reports/records/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check_file(const struct export_file *f, const char *output, struct err *err)
{
	struct stat now, target;

	if (stat(f->path, &now) != 0)
		return err_set(err, ERR_IO, "cannot open '%s': %s", f->path, strerror(errno));
	if (!S_ISREG(now.st_mode))
		return err_set(err, ERR_USAGE,
		               "'%s' is not a file, and can be read only once: there is nothing to "
		               "export from",
		               f->path);
	if (f->bytes != RECORD_NULL && f->bytes != now.st_size)
		return err_set(err, ERR_FORMAT,
		               "%s has changed since it was analyzed: it had %" PRId64
		               " octets and has %" PRId64,
		               f->path, f->bytes, (int64_t)now.st_size);
	if (strcmp(output, "-") != 0 && stat(output, &target) == 0 && target.st_dev == now.st_dev &&
	    target.st_ino == now.st_ino)
		return err_set(err, ERR_USAGE, "'%s' is the capture itself: write elsewhere",
		               output);
	return true;
}

static struct capture *open_captures(const struct export_job *job, struct err *err)
{
	const char **paths = mem_alloc((job->file_count + 1) * sizeof *paths);

	if (!paths) {
		err_memory(err, "a capture set");
		return NULL;
	}
	for (size_t i = 0; i < job->file_count; i++)
		paths[i] = job->files[i].path;
	struct capture *c = capture_open(paths, job->file_count, NULL, err);
	mem_free(paths);
	return c;
}

/* The records' times lie within what a filter left; the file's own lie no closer. */
static bool check_times(const struct export_job *job, const struct capture *c, struct err *err)
{
	for (size_t i = 0; i < job->file_count; i++) {
		const struct capture_info *info = capture_file(c, i);
		const struct export_file *f = &job->files[i];
		if (f->first_us == RECORD_NULL)
			continue;
		if (info->first_ns == TIME_NONE || clock_us(info->first_ns) > f->first_us ||
		    clock_us(info->last_ns) < f->last_us)
			return err_set(err, ERR_FORMAT,
			               "%s has changed since it was analyzed: its packets are of "
			               "another time",
			               f->path);
	}
	return true;
}

/* First reading. */
static bool learn(struct selection *s, bool *nanoseconds, struct err *err)
{
	struct capture *c = open_captures(s->job, err);
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
	struct capture *c = open_captures(s->job, err);
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
	for (size_t i = 0; i < job->file_count; i++)
		if (!check_file(&job->files[i], job->output, err))
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
