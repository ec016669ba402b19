#include "sim/media/source.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>

/* Of what has no length of its own: whole periods of every tone of whole Hz; several talkspurts. */
#define LOOP_NS   NS_PER_S
#define SPEECH_NS (20 * NS_PER_S)

double level_peak(double dbm0)
{
	return 32768 * pow(10, (dbm0 - 3.14) / 20);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

void sounds_init(struct sources *s, struct slice scenario_path)
{
	table_init(&s->table);
	s->octets = 0;
	media_files_init(&s->files, scenario_path);
}

void source_free(struct source *source)
{
	if (!source)
		return;
	mem_free(source->key);
	mem_free(source->bytes);
	mem_free(source->frames);
	mem_free(source);
}

void sounds_release(struct sources *s)
{
	size_t at = 0;
	struct source *source;

	while ((source = table_next(&s->table, &at)))
		source_free(source);
	table_release(&s->table);
	media_files_release(&s->files);
}

static bool same_key(const void *value, const void *key)
{
	return strcmp(((const struct source *)value)->key, key) == 0;
}

const struct source *sounds_find(const struct sources *s, const char *key)
{
	return table_get(&s->table, hash_slice(slice_str(key), 0), same_key, key);
}

bool sounds_keep(struct sources *s, const char *key, struct source *source, struct err *err)
{
	size_t n = strlen(key) + 1;

	if (s->table.count == SOURCES_MAX || source->octets > SOURCES_MAX_BYTES - s->octets) {
		source_free(source);
		return err_set(err, ERR_USAGE, "more than %d sounds, or 1 GiB of them: reuse them",
		               SOURCES_MAX);
	}
	source->key = mem_alloc(n);
	if (source->key)
		memcpy(source->key, key, n);
	if (!source->key || !table_put(&s->table, hash_slice(slice_str(key), 0), source)) {
		source_free(source);
		return err_memory(err, "a sound");
	}
	s->octets += source->octets;
	return true;
}

/* --- sound into frames -------------------------------------------------------------------------------------------- */

static int16_t *silence_samples(size_t *count, struct err *err)
{
	int16_t *samples = mem_zalloc(*count * sizeof *samples);

	if (!samples)
		err_memory(err, "silence");
	return samples;
}

static int16_t *file_of(struct sources *s, const struct sound *sound, unsigned rate, size_t *count,
                        struct err *err)
{
	struct slice file;

	if (!media_files_read(&s->files, sound->path, &file, err))
		return NULL;
	return sound_file(sound, file, rate, count, err);
}

/* As many samples as it is long; of silence whole frames. */
static int16_t *samples_of(struct sources *s, const struct sound *sound, unsigned rate,
                           size_t frame, size_t *count, struct err *err)
{
	int64_t usual_ns = sound->kind == SOUND_SPEECH ? SPEECH_NS : LOOP_NS;
	int64_t wanted_ns = sound->duration_ns ? sound->duration_ns : usual_ns;

	*count = (size_t)((__int128)wanted_ns * rate / NS_PER_S);
	switch (sound->kind) {
	case SOUND_SILENCE:
		*count = sound->duration_ns ? (*count + frame - 1) / frame * frame : frame;
		return silence_samples(count, err);
	case SOUND_TONE: return sound_tone(sound, rate, count, err);
	case SOUND_SPEECH: return sound_speech(sound, rate, count, err);
	case SOUND_FILE: break;
	}
	return file_of(s, sound, rate, count, err);
}

static bool encode_frames(struct source *source, struct encoder *encoder, const int16_t *samples,
                          size_t count, size_t frame, int16_t *padded)
{
	for (uint32_t i = 0; i < source->count; i++) {
		size_t at = i * frame, n = count - at < frame ? count - at : frame;
		memset(padded, 0, frame * sizeof *padded);
		memcpy(padded, samples + at, n * sizeof *padded);
		encoder_encode(encoder, padded, frame,
		               source->bytes + (size_t)i * source->frame_octets);
	}
	return true;
}

static bool fill(struct source *source, enum media_codec codec, const int16_t *samples,
                 size_t count, size_t frame, struct err *err)
{
	struct encoder *encoder = encoder_new(codec);
	int16_t *padded = mem_alloc(frame * sizeof *padded);
	bool ok;

	source->bytes = mem_alloc(source->octets);
	ok = encoder && padded && source->bytes &&
	     encode_frames(source, encoder, samples, count, frame, padded);
	encoder_free(encoder);
	mem_free(padded);
	return ok || err_memory(err, "a sound to send");
}

static struct source *encode(struct sources *s, const struct sound *sound,
                             const struct source_form *form, struct err *err)
{
	unsigned rate = codec_rate(form->codec, form->clock_hz);
	size_t frame = (size_t)rate * form->ptime_ms / 1000, count;
	size_t octets = codec_octets(form->codec, frame);
	struct source *source;
	int16_t *samples;

	if (!octets || octets > 1400 || (size_t)rate * form->ptime_ms % 1000) {
		err_set(err, ERR_USAGE, "%s cannot be sent in packets of %u ms",
		        codec_name(form->codec), form->ptime_ms);
		return NULL;
	}
	samples = samples_of(s, sound, rate, frame, &count, err);
	if (!samples)
		return NULL;
	source = mem_zalloc(sizeof *source);
	if (!source) {
		mem_free(samples);
		err_memory(err, "a sound to send");
		return NULL;
	}
	source->count = count ? (uint32_t)((count + frame - 1) / frame) : 1;
	source->frame_octets = (uint32_t)octets;
	source->frame_ticks = form->clock_hz * form->ptime_ms / 1000;
	source->frame_ns = form->ptime_ms * NS_PER_MS;
	source->octets = (uint64_t)source->count * octets;
	source->clock_hz = form->clock_hz;
	source->payload_type = -1;
	if (!fill(source, form->codec, samples, count, frame, err)) {
		source_free(source);
		source = NULL;
	}
	mem_free(samples);
	return source;
}

const struct source *source_of_sound(struct sources *s, const struct sound *sound,
                                     const struct source_form *form, struct err *err)
{
	char key[512];
	const struct source *found;
	struct source *made;

	snprintf(key, sizeof key, "sound %d %.3f %.3f %.2f %lld %s %u %u %.*s", (int)sound->kind,
	         sound->hz[0], sound->hz[1], sound->level_dbm0, (long long)sound->duration_ns,
	         codec_name(form->codec), form->clock_hz, form->ptime_ms, SLICE_ARG(sound->path));
	found = sounds_find(s, key);
	if (found)
		return found;
	made = encode(s, sound, form, err);
	return made && sounds_keep(s, key, made, err) ? made : NULL;
}
