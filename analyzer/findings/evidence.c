#include "analyzer/findings/evidence.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void evidence_init(struct evidence *e)
{
	*e = (struct evidence){ 0 };
	text_init(&e->text);
}

void evidence_release(struct evidence *e)
{
	text_release(&e->text);
}

void evidence_reset(struct evidence *e)
{
	text_reset(&e->text);
	e->frame_count = 0;
}

static void name_it(struct evidence *e, const char *name)
{
	text_addf(&e->text, "%s\"%s\": ", e->text.n ? ", " : "", name);
}

void evidence_int(struct evidence *e, const char *name, int64_t value)
{
	name_it(e, name);
	text_addf(&e->text, "%" PRId64, value);
}

void evidence_real(struct evidence *e, const char *name, double value)
{
	if (!isfinite(value))
		return;
	name_it(e, name);
	text_addf(&e->text, "%.3f", value);
}

void evidence_text(struct evidence *e, const char *name, struct slice value)
{
	name_it(e, name);
	text_add(&e->text, SLICE_LIT("\""));
	text_add_json(&e->text, value);
	text_add(&e->text, SLICE_LIT("\""));
}

void evidence_frame(struct evidence *e, struct sighting at)
{
	unsigned i = e->frame_count;

	if (!sighting_is_set(at))
		return;
	for (unsigned known = 0; known < e->frame_count; known++)
		if (e->frames[known] == at.frame)
			return;
	if (i == EVIDENCE_MAX_FRAMES) {
		if (at.frame > e->frames[i - 1])
			e->frames[i - 1] = at.frame;
		return;
	}
	for (; i > 0 && e->frames[i - 1] > at.frame; i--)
		e->frames[i] = e->frames[i - 1];
	e->frames[i] = at.frame;
	e->frame_count++;
}

struct slice evidence_json(const struct evidence *e, struct text *out)
{
	text_reset(out);
	text_addf(out, "{%s", text_cstr(&e->text));
	if (e->frame_count)
		text_addf(out, "%s\"frames\": [", e->text.n ? ", " : "");
	for (unsigned i = 0; i < e->frame_count; i++)
		text_addf(out, "%s%" PRIu64, i ? ", " : "", e->frames[i]);
	text_add(out, e->frame_count ? SLICE_LIT("]}") : SLICE_LIT("}"));
	return slice_of(text_cstr(out), out->n);
}
