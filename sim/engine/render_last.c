/* [last_*]: out of the last message the call received. */
#include "sim/engine/call.h"

const struct sip_msg *call_last(struct call *c)
{
	struct station *s = c->station;

	if (s->msg_valid)
		return &s->msg;
	if (!c->received)
		return NULL;
	if (s->last_of != c->received) {
		if (sip_msg_parse(kept_slice(c->received), &s->last) != PARSE_OK)
			return NULL;
		s->last_of = c->received;
	}
	return &s->last;
}

static bool named(const struct sip_header *h, enum sip_header_id id, struct slice name)
{
	return id != SIP_H_OTHER ? h->id == id : slice_ieq(h->name, name);
}

/* Several headers of one name become one with commas (RFC 3261 7.3.1); those of digest may not be joined, the first stands for them. */
void render_last(struct call *c, const struct piece *piece, struct text *out, bool *missing)
{
	const struct sip_msg *m = call_last(c);
	enum sip_header_id id = sip_header_id_of(piece->text);
	bool first = true;

	for (unsigned i = 0; m && i < m->header_count; i++) {
		const struct sip_header *h = &m->headers[i];
		if (!named(h, id, piece->text))
			continue;
		if (!first) {
			text_add(out, SLICE_LIT(", "));
		} else {
			text_add(out, piece->text);
			text_add(out, SLICE_LIT(": "));
		}
		text_add(out, h->value);
		first = false;
	}
	*missing = first && piece->with_name;
}
