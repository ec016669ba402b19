#include "dissectors/sipfrag.h"

#include "dissectors/mime.h"

int sipfrag_status(struct slice content_type, struct slice body)
{
	struct slice fragment = mime_part(content_type, body, "message/sipfrag"), line;
	uint64_t status;

	/* Some write an empty line first. */
	do {
		if (!slice_line(&fragment, &line))
			return 0;
		line = slice_trim(line);
	} while (!line.n);
	/* "SIP/2.0 200 OK"; a fragment may be cut right behind the digits. */
	if (!slice_istarts(line, "SIP/2.0"))
		return 0;
	line = slice_trim(slice_from(line, sizeof "SIP/2.0" - 1));
	if (line.n > 3 && !ascii_is_lws(line.p[3]))
		return 0;
	if (!slice_u64(slice_sub(line, 0, 3), 699, &status) || status < 100)
		return 0;
	return (int)status;
}
