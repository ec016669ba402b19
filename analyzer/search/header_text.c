#include "analyzer/search/header_text.h"

#include "analyzer/search/sip_messages.h"
#include "base/mem.h"
#include "dissectors/sip_msg.h"

struct search {
	const char *text;
	header_hit_fn *hit;
	void *context;
	struct sip_msg msg; /* large, so it lives here and not on the stack */
};

/* From the start line to the empty line. */
static struct slice head_of(const struct sip_msg *msg)
{
	size_t body = msg->body.p ? (size_t)(msg->body.p - msg->whole.p) : msg->whole.n;

	return slice_sub(msg->whole, 0, body);
}

static bool look(void *context, const struct sip_found *found)
{
	struct search *s = context;

	/* The text is rarer than messages: it is looked for before anything is parsed. */
	if (slice_ifind_str(found->bytes, s->text) == SLICE_NPOS ||
	    sip_msg_parse(found->bytes, &s->msg) != PARSE_OK ||
	    slice_ifind_str(head_of(&s->msg), s->text) == SLICE_NPOS)
		return true;
	struct header_hit hit = { found->file, found->frame, s->msg.call_id };
	return s->hit(s->context, &hit);
}

bool header_text_search(const struct recorded_capture *files, size_t count, const char *text,
                        header_hit_fn *hit, void *context, struct err *err)
{
	struct search *s = mem_zalloc(sizeof *s);

	if (!s)
		return err_memory(err, "a search");
	s->text = text;
	s->hit = hit;
	s->context = context;
	bool ok = sip_messages_read(files, count, false, look, s, err);
	mem_free(s);
	return ok;
}
