/* Octets as they stand in a file, and SIPp's patterns. */
#include "base/clock.h"
#include "base/mem.h"
#include "sim/media/source.h"

#include <stdio.h>

static struct source *new_source(const struct raw_form *form, uint32_t count)
{
	struct source *s = mem_zalloc(sizeof *s);

	if (!s)
		return NULL;
	s->count = count;
	s->frame_octets = form->octets;
	s->frame_ticks = form->ticks;
	s->frame_ns = form->ms * NS_PER_MS;
	s->octets = (uint64_t)count * form->octets;
	s->clock_hz = form->clock_hz;
	s->payload_type = -1;
	s->bytes = mem_alloc(s->octets);
	if (!s->bytes) {
		mem_free(s);
		return NULL;
	}
	return s;
}

uint8_t pattern_octet(int pattern)
{
	static const uint8_t octets[] = { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

	return octets[pattern - 1];
}

const struct source *source_of_pattern(struct sources *s, int pattern, const struct raw_form *form,
                                       struct err *err)
{
	const struct source *found;
	struct source *made;
	char key[96];

	snprintf(key, sizeof key, "pattern %d %u %u %u %u", pattern, form->octets, form->ticks,
	         form->ms, form->clock_hz);
	found = sounds_find(s, key);
	if (found)
		return found;
	made = new_source(form, 1);
	if (!made) {
		err_memory(err, "a pattern to send");
		return NULL;
	}
	memset(made->bytes, pattern_octet(pattern), form->octets);
	made->pattern = pattern;
	return sounds_keep(s, key, made, err) ? made : NULL;
}

const struct source *source_of_raw(struct sources *s, struct slice path,
                                   const struct raw_form *form, uint8_t padding, struct err *err)
{
	const struct source *found;
	struct source *made;
	struct slice file;
	char key[512];

	snprintf(key, sizeof key, "raw %u %u %u %u %u %.*s", form->octets, form->ticks, form->ms,
	         form->clock_hz, padding, SLICE_ARG(path));
	found = sounds_find(s, key);
	if (found)
		return found;
	if (!media_files_read(&s->files, path, &file, err))
		return NULL;
	if (!file.n || !form->octets || form->octets > 1400) {
		err_set(err, ERR_FORMAT, "'%.*s' %s", SLICE_ARG(path),
		        file.n ? "cannot be cut into packets of that codec" : "is empty");
		return NULL;
	}
	made = new_source(form, (uint32_t)((file.n + form->octets - 1) / form->octets));
	if (!made) {
		err_memory(err, "a file to send");
		return NULL;
	}
	memset(made->bytes, padding, made->octets);
	memcpy(made->bytes, file.p, file.n);
	return sounds_keep(s, key, made, err) ? made : NULL;
}
