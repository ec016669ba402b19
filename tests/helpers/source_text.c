#include "tests/helpers/source_text.h"

#include <inttypes.h>

void packet_text(struct text *out, const struct packet *p)
{
	text_addf(out,
	          "%" PRIu64 " %" PRId64 " %zu/%" PRIu32 " link %" PRIu32 " if %" PRIu32
	          " @%" PRId64,
	          p->frame, p->time_ns, p->data.n, p->original_length, p->link_type, p->interface,
	          p->offset);
	text_addf(out, "%s", p->data.n ? " " : "");
	for (size_t i = 0; i < p->data.n && i < 4; i++)
		text_addf(out, "%02x", p->data.p[i]);
	text_addf(out, "\n");
}

static void end_text(struct text *out, const struct capture_info *info)
{
	if (info->skipped_packets > 0)
		text_addf(out, "skipped %" PRIu64 "\n", info->skipped_packets);
	if (info->damaged_bytes > 0)
		text_addf(out, "damaged %" PRId64 ": %s\n", info->damaged_bytes, info->damage);
	else
		text_addf(out, "end\n");
}

void source_text(struct text *out, struct slice octets, enum capture_reader reader)
{
	struct source s;
	struct packet p;
	struct err err = ERR_INIT;
	enum capture_status status = CAPTURE_FAILED;

	source_init(&s, "test", 0, reader, INPUT_BUFFER_BYTES);
	if (source_open_memory(&s, octets, &err))
		while ((status = source_next(&s, NULL, &p, &err)) == CAPTURE_PACKET) {
			source_check(&s);
			packet_text(out, &p);
		}
	if (status == CAPTURE_FAILED)
		text_addf(out, "error %s\n", err.text);
	else
		end_text(out, &s.info);
	source_close(&s);
}
