/* A WAV file as sound. */
#include "base/mem.h"
#include "sim/media/files.h"
#include "sim/media/rate.h"
#include "sim/media/source.h"
#include "sim/media/wav.h"

int16_t *sound_file(const struct sound *sound, struct slice file, unsigned rate, size_t *count,
                    struct err *err)
{
	int16_t *samples, *converted = NULL;
	struct wav wav;
	size_t n;

	if (!wav_parse(file, &wav, err)) {
		err_context(err, "'%.*s'", SLICE_ARG(sound->path));
		return NULL;
	}
	samples = wav_samples(&wav, &n);
	if (samples)
		converted = rate_convert(samples, n, wav.rate, rate, count);
	mem_free(samples);
	if (!converted) {
		err_memory(err, "a WAV file");
		return NULL;
	}
	if (sound->duration_ns) {
		size_t most = (size_t)((__int128)sound->duration_ns * rate / 1000000000);
		*count = *count < most ? *count : most;
	}
	return converted;
}
