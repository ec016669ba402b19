/* Any datagram as RTCP. Held: each step shortens the compound by whole words, slices stay inside, counts stay in their bounds, and
 * what rtcp_plausible() lets through has a first packet that parses or was encrypted or lies in its body only. */
#include "dissectors/rtcp.h"

#include <stdlib.h>

#define HOLD(condition) ((condition) ? (void)0 : abort())

static void check_packet(const struct rtcp_packet *p, struct slice whole)
{
	HOLD(p->type >= 192 && p->type <= 213);
	HOLD(p->block_count <= RTCP_MAX_BLOCKS && p->metrics_count <= 4);
	for (unsigned i = 0; i < p->block_count; i++)
		HOLD(p->blocks[i].cumulative_lost >= -0x800000 &&
		     p->blocks[i].cumulative_lost <= 0x7fffff);
	if (p->cname.p)
		HOLD(p->cname.p > whole.p && p->cname.p + p->cname.n <= whole.p + whole.n);
	if (p->encrypted)
		HOLD(p->block_count == 0 && p->metrics_count == 0 && !p->cname.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice whole = slice_of(data, size), rest = whole;
	struct rtcp_packet p;
	enum parse_status status;
	bool plausible = rtcp_plausible(whole), encrypted = rtcp_encrypted(whole);
	size_t before = rest.n;

	while ((status = rtcp_next(&rest, &p)) == PARSE_OK) {
		check_packet(&p, whole);
		HOLD(rest.n < before && rest.p + rest.n == whole.p + whole.n);
		HOLD(rest.n == 0 || (before - rest.n) % 4 == 0);
		HOLD(!p.encrypted || rest.n == 0);
		HOLD(p.encrypted || !encrypted);
		before = rest.n;
	}
	HOLD(rest.n == before);
	HOLD(status == PARSE_NOT_MINE || status == PARSE_BAD);
	if (plausible)
		HOLD(size >= 8 && data[0] >> 6 == 2 && (rest.n < size || status == PARSE_BAD));
	return 0;
}
