/* Files that the simulator is to send, of any bytes: its readers of captures and of WAV end in order and stay within the file; what they give can
 * be made ready to send. The same bytes as arguments of media actions are read or refused with a reason. */
#include "base/mem.h"
#include "sim/media/capture_file.h"
#include "sim/media/digits.h"
#include "sim/media/play.h"
#include "sim/media/rate.h"
#include "sim/media/rtp_stream.h"
#include "sim/media/source.h"
#include "sim/media/wav.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_source(const struct source *s, bool raw)
{
	uint64_t octets = 0;

	check(s->count > 0 && s->raw == raw);
	for (uint32_t i = 0; i < s->count; i++) {
		check(s->frames[i].at == octets);
		octets += s->frames[i].octets;
		check(i == 0 || s->frames[i].time_ns >= s->frames[i - 1].time_ns);
	}
	check(octets <= s->octets);
}

static void read_capture(struct slice file)
{
	struct capture_file f;
	struct capture_frame frame;
	size_t left = file.n + 1;

	if (!capture_file_begin(&f, file))
		return;
	while (capture_file_next(&f, &frame)) {
		check(frame.bytes.n == 0 || (frame.bytes.p >= file.p &&
		                             frame.bytes.p + frame.bytes.n <= file.p + file.n));
		check(f.rest.n < left);
		left = f.rest.n;
	}
	for (int raw = 0; raw < 2; raw++) {
		struct err err = ERR_INIT;
		struct source *s = stream_of_capture(file, raw, false, &err);
		check(s || err.code == ERR_FORMAT);
		if (s)
			check_source(s, raw);
		source_free(s);
	}
}

static void read_wav(struct slice file)
{
	struct err err = ERR_INIT;
	struct wav wav;
	size_t count, converted;

	if (!wav_parse(file, &wav, &err)) {
		check(err.code == ERR_FORMAT && err.text[0]);
		return;
	}
	check(wav.data.p >= file.p && wav.data.p + wav.data.n <= file.p + file.n);
	int16_t *samples = wav_samples(&wav, &count);
	check(samples != NULL && count <= wav.data.n);
	if (count < 20000 && wav.rate % 50 == 0) {
		int16_t *out = rate_convert(samples, count, wav.rate, 8000, &converted);
		check(out != NULL);
		mem_free(out);
	}
	mem_free(samples);
}

static void read_arguments(struct slice text)
{
	struct err err = ERR_INIT;
	struct stream_order stream;
	struct digits_order digits;
	struct play play;

	check(play_parse(text, &play, &err) || err.text[0]);
	check(stream_order_parse(text, &stream, &err) || err.text[0]);
	if (digits_parse(text, &digits, &err))
		check(strlen(digits.text) > 0 && strlen(digits.text) <= DIGITS_MAX);
	digits_parse_sipp(text, &digits, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = { data, size };

	read_capture(file);
	read_wav(file);
	read_arguments(file);
	return 0;
}
