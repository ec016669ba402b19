#include "cli/spool.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 4096

static bool failed(const char *what, struct err *err)
{
	return err_set(err, ERR_IO, "cannot %s a temporary file: %s", what, strerror(errno));
}

bool spool_init(struct spool *s, struct err *err)
{
	*s = (struct spool){ .file = tmpfile() };
	if (!s->file)
		return failed("make", err);
	s->pieces = mem_alloc(SPOOL_HELD * sizeof *s->pieces);
	return s->pieces || err_memory(err, "a channel of sound");
}

void spool_release(struct spool *s)
{
	if (s->file)
		fclose(s->file);
	mem_free(s->pieces);
	s->file = NULL;
	s->pieces = NULL;
}

static bool write_samples(struct spool *s, int64_t at, const int16_t *samples, size_t n,
                          struct err *err)
{
	const char *p = (const char *)samples;
	size_t left = n * sizeof *samples;
	off_t place = (off_t)at * (off_t)sizeof *samples;

	while (left) {
		ssize_t done = pwrite(fileno(s->file), p, left, place);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return failed("write", err);
		p += done;
		left -= (size_t)done;
		place += done;
	}
	return true;
}

static bool flush(struct spool *s, struct err *err)
{
	size_t n = s->held;

	s->held = 0;
	return !n || write_samples(s, s->held_at, s->pieces, n, err);
}

/* One after the other, pieces are written many at once. */
static bool put(struct spool *s, int64_t at, const int16_t *samples, size_t n, struct err *err)
{
	if (at + (int64_t)n > s->length)
		s->length = at + (int64_t)n;
	if ((at != s->held_at + (int64_t)s->held || n > SPOOL_HELD - s->held) && !flush(s, err))
		return false;
	if (n > SPOOL_HELD)
		return write_samples(s, at, samples, n, err);
	if (!s->held)
		s->held_at = at;
	memcpy(s->pieces + s->held, samples, n * sizeof *samples);
	s->held += n;
	return true;
}

bool spool_read(struct spool *s, int64_t at, int16_t *samples, size_t n, struct err *err)
{
	char *p = (char *)samples;
	size_t left = n * sizeof *samples;
	off_t place = (off_t)at * (off_t)sizeof *samples;

	if (!flush(s, err))
		return false;
	while (left) {
		ssize_t done = pread(fileno(s->file), p, left, place);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return failed("read", err);
		if (done == 0)
			break;
		p += done;
		left -= (size_t)done;
		place += done;
	}
	memset(p, 0, left);
	return true;
}

static int16_t sum(int a, int b)
{
	int both = a + b;

	return (int16_t)(both > INT16_MAX ? INT16_MAX : both < INT16_MIN ? INT16_MIN : both);
}

bool spool_mix(struct spool *s, int64_t at, const int16_t *samples, size_t n, struct err *err)
{
	int16_t both[PIECE];

	while (n && at < s->length) {
		size_t count = n < PIECE ? n : PIECE;
		if (!spool_read(s, at, both, count, err))
			return false;
		for (size_t i = 0; i < count; i++)
			both[i] = sum(both[i], samples[i]);
		if (!put(s, at, both, count, err))
			return false;
		at += (int64_t)count;
		samples += count;
		n -= count;
	}
	return !n || put(s, at, samples, n, err);
}

bool spool_mute(struct spool *s, int64_t from, int64_t to, struct err *err)
{
	static const int16_t silence[PIECE];

	from = from > 0 ? from : 0;
	to = to < s->length ? to : s->length;
	for (; from < to; from += PIECE) {
		size_t count = to - from < PIECE ? (size_t)(to - from) : PIECE;
		if (!put(s, from, silence, count, err))
			return false;
	}
	return true;
}
