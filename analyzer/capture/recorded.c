#include "analyzer/capture/recorded.h"

#include "base/mem.h"
#include "reports/records/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

bool recorded_capture_check(const struct recorded_capture *r, struct err *err)
{
	struct stat now;

	if (stat(r->path, &now) != 0)
		return err_set(err, ERR_IO, "cannot open '%s': %s", r->path, strerror(errno));
	if (!S_ISREG(now.st_mode))
		return err_set(err, ERR_USAGE, "'%s' is no regular file and cannot be read again",
		               r->path);
	if (r->bytes != RECORD_NULL && r->bytes != now.st_size)
		return err_set(err, ERR_FORMAT,
		               "%s has changed since it was analyzed: it had %" PRId64
		               " octets and has %" PRId64,
		               r->path, r->bytes, (int64_t)now.st_size);
	return true;
}

/* The records' times lie within what a filter left; the file's own reach at least as far. */
bool recorded_capture_check_times(const struct recorded_capture *r, const struct capture_info *info,
                                  struct err *err)
{
	if (r->first_us == RECORD_NULL ||
	    (info->first_ns != TIME_NONE && clock_us(info->first_ns) <= r->first_us &&
	     clock_us(info->last_ns) >= r->last_us))
		return true;
	return err_set(err, ERR_FORMAT,
	               "%s has changed since it was analyzed: its packets are of another time",
	               r->path);
}

struct capture *recorded_captures_open(const struct recorded_capture *files, size_t count,
                                       struct err *err)
{
	const char **paths = mem_alloc((count + 1) * sizeof *paths);

	if (!paths) {
		err_memory(err, "a capture set");
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		paths[i] = files[i].path;
	struct capture *c = capture_open(paths, count, NULL, err);
	mem_free(paths);
	return c;
}
