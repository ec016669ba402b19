#include "sim/media/source.h"

#include "base/mem.h"

int16_t *speech_samples(const struct sound *sound, unsigned rate, size_t *count, struct err *err)
{
	return tone_samples(&(struct sound){ .kind = SOUND_TONE,
	                                     .hz = { 500, 0 },
	                                     .level_dbm0 = sound->level_dbm0 },
	                    rate, count, err);
}

int16_t *file_samples(const struct sound *sound, unsigned rate, size_t *count, struct err *err)
{
	(void)rate, (void)count;
	err_set(err, ERR_USAGE, "'%.*s': files cannot be played yet", SLICE_ARG(sound->path));
	return NULL;
}
