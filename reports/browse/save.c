/* Saving calls to a capture file: asks for its name, asks again where there is one, and lets the outside write it. */
#include "reports/browse/view.h"

#include <inttypes.h>
#include <stdio.h>

void browse_ask_save(struct browse *b, const int64_t *calls, size_t count)
{
	char name[64];

	if (!b->doors->save) {
		browse_say(b, "captures cannot be written here");
		return;
	}
	if (count == 1)
		snprintf(name, sizeof name, "call-%" PRId64 ".pcap", calls[0]);
	else
		snprintf(name, sizeof name, "%zu-calls.pcap", count);
	browse_ask(b, PROMPT_SAVE,
	           "Save to:", "a capture file of these calls: SIP, RTP and RTCP, in time order",
	           name);
}

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool browse_answer_save(struct browse *b, enum prompt_kind kind, const int64_t *calls, size_t count,
                        const char *path, struct err *err)
{
	uint64_t packets = 0;

	if (!path[0]) {
		browse_say(b, "nothing was saved");
		return true;
	}
	if (kind == PROMPT_SAVE && is_there(path)) {
		browse_ask(b, PROMPT_REPLACE,
		           "Replace:", "there is such a file: Enter replaces it, Esc leaves it",
		           path);
		return true;
	}
	if (!b->doors->save(b->doors->context, b->records, calls, count, path, &packets, err))
		return false;
	browse_say(b, "%s: %" PRIu64 " packets of %zu call%s", path, packets, count,
	           count == 1 ? "" : "s");
	return true;
}
