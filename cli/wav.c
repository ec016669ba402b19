#include "cli/wav.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER       44
#define PIECE        2048
#define MAX_CHANNELS 2

int64_t wav_max_samples(unsigned channels)
{
	return (UINT32_MAX - HEADER) / (2 * channels);
}

static uint8_t *put_le(uint8_t *p, uint32_t value, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++)
		*p++ = (uint8_t)(value >> 8 * i);
	return p;
}

static uint8_t *put_tag(uint8_t *p, const char *tag)
{
	memcpy(p, tag, 4);
	return p + 4;
}

static void put_header(FILE *f, unsigned channels, unsigned rate, uint32_t octets)
{
	uint8_t header[HEADER], *p = header;

	p = put_tag(p, "RIFF");
	p = put_le(p, HEADER - 8 + octets, 4);
	p = put_tag(p, "WAVE");
	p = put_tag(p, "fmt ");
	p = put_le(p, 16, 4);
	p = put_le(p, 1, 2); /* PCM */
	p = put_le(p, channels, 2);
	p = put_le(p, rate, 4);
	p = put_le(p, rate * channels * 2, 4);
	p = put_le(p, channels * 2, 2);
	p = put_le(p, 16, 2);
	p = put_tag(p, "data");
	p = put_le(p, octets, 4);
	assert(p == header + HEADER);
	fwrite(header, 1, sizeof header, f);
}

/* Sample by sample, channel by channel. */
static bool put_piece(FILE *f, struct spool *channels, unsigned count, int64_t at, size_t n,
                      struct err *err)
{
	int16_t samples[PIECE];
	uint8_t octets[PIECE * 2 * MAX_CHANNELS];

	for (unsigned c = 0; c < count; c++) {
		if (!spool_read(&channels[c], at, samples, n, err))
			return false;
		for (size_t i = 0; i < n; i++)
			put_le(octets + 2 * (i * count + c), (uint16_t)samples[i], 2);
	}
	return fwrite(octets, 2 * (size_t)count, n, f) == n;
}

static bool put_all(FILE *f, struct spool *channels, unsigned count, unsigned rate, int64_t length,
                    struct err *err)
{
	put_header(f, count, rate, (uint32_t)(length * 2 * count));
	for (int64_t at = 0; at < length; at += PIECE)
		if (!put_piece(f, channels, count, at,
		               length - at < PIECE ? (size_t)(length - at) : PIECE, err))
			return false;
	return fflush(f) == 0 && !ferror(f);
}

/* A device is left alone. */
static void remove_file(const char *path)
{
	struct stat s;

	if (lstat(path, &s) == 0 && S_ISREG(s.st_mode))
		unlink(path);
}

bool wav_write(const char *path, struct spool *channels, unsigned count, unsigned rate,
               int64_t length, struct err *err)
{
	bool is_file = strcmp(path, "-") != 0;
	FILE *f = is_file ? fopen(path, "wbe") : stdout;

	assert(count <= MAX_CHANNELS && length <= wav_max_samples(count));
	if (!f)
		return err_set(err, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
	bool ok = put_all(f, channels, count, rate, length, err);
	int why = errno;
	if (is_file && fclose(f) != 0 && ok) {
		why = errno;
		ok = false;
	}
	if (ok)
		return true;
	if (is_file)
		remove_file(path);
	return err->code != ERR_NONE
	               ? false
	               : err_set(err, ERR_IO, "cannot write '%s': %s", path, strerror(why));
}
