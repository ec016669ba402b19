/* The columns of a ladder: which ends there are, who stands left of whom, what they are called. */
#include "reports/ladder_internal.h"

/* Time (12), frame (8) and the blanks behind each; the leg (3) where there are several. */
#define LEFT_WIDTH 22u
/* "407 INVITE" still fits on an arrow. */
#define MIN_GAP 15u
#define MAX_GAP 44u

/* "192.0.2.1" of "192.0.2.1:5060", "2001:db8::1" of "[2001:db8::1]:5060", a bare address as it is. */
static struct slice address_of(struct slice endpoint)
{
	size_t close = slice_find(endpoint, ']');
	size_t first = slice_find(endpoint, ':');

	if (endpoint.n && endpoint.p[0] == '[' && close != SLICE_NPOS)
		return slice_sub(endpoint, 1, close - 1);
	if (first != SLICE_NPOS && slice_find(slice_from(endpoint, first + 1), ':') == SLICE_NPOS)
		return slice_sub(endpoint, 0, first);
	return endpoint;
}

static bool find_column(const struct ladder *l, struct slice name, unsigned *index)
{
	for (*index = 0; *index < l->column_count; ++*index)
		if (slice_eq(l->columns[*index], name))
			return true;
	return false;
}

/* Media goes to the SIP end of its party if that has the same address, else to the first end that has. */
static bool find_media_column(const struct ladder *l, struct slice address, struct slice sip_end,
                              unsigned *index)
{
	if (!address.p) /* a digit by INFO has no stream */
		return sip_end.p && find_column(l, sip_end, index);
	if (sip_end.p && slice_eq(address_of(sip_end), address) && find_column(l, sip_end, index))
		return true;
	for (*index = 0; *index < l->column_count; ++*index)
		if (slice_eq(address_of(l->columns[*index]), address))
			return true;
	return false;
}

static bool add_column(struct ladder *l, struct slice name, struct err *err)
{
	if (l->column_count == LADDER_MAX_COLUMNS)
		return true;
	if (l->column_count == LADDER_MAX_COLUMNS - 1)
		name = SLICE_LIT("others");
	if (!arena_keep(&l->arena, name.p ? name : SLICE_LIT("?"), &l->columns[l->column_count]))
		return err_memory(err, "a ladder");
	l->column_count++;
	return true;
}

/* The column of an event's end; the last one, "others", for what has no column of its own. */
bool ladder_column_of(const struct ladder *l, struct query *q, int which, unsigned *index)
{
	struct slice end = query_text(q, which);
	bool found = query_int(q, COL_KIND) == 0
	                     ? find_column(l, end, index)
	                     : find_media_column(
	                               l, end, query_text(q, which - COL_SRC + COL_SIP_SRC), index);

	if (!found)
		*index = l->column_count - 1;
	return found;
}

bool ladder_collect_columns(struct ladder *l, const char *with, const char *events, struct err *err)
{
	struct text sql;
	text_init(&sql);
	text_addf(&sql, "%s%s ORDER BY 1, 2, 3 LIMIT %d", with, events, LADDER_MAX_EVENTS);
	struct query *q =
	        sql.failed ? NULL : rows_query(l->records, text_cstr(&sql), l->call_id, err);
	bool ok = q != NULL || (sql.failed && err_memory(err, "a query"));
	unsigned index;

	while (ok && query_step(q, err))
		for (int which = COL_SRC; which <= COL_DST && ok; which++)
			if (query_text(q, which).p && !ladder_column_of(l, q, which, &index))
				ok = add_column(l, query_text(q, which), err);
	query_free(q);
	text_release(&sql);
	return ok && err->code == ERR_NONE;
}

/* --- order ----------------------------------------------------------------------------------------------------- */

/* bit j of after[i]: column j lies behind column i, by INVITEs that went from i, perhaps over others, to j. */
static void add_hop(uint64_t *after, unsigned count, unsigned from, unsigned to)
{
	if (from == to || after[to] >> from & 1)
		return; /* a re-INVITE from the callee's side, or a loop: who called first decides */
	uint64_t behind = after[to] | UINT64_C(1) << to;
	for (unsigned i = 0; i < count; i++)
		if (i == from || after[i] >> from & 1)
			after[i] |= behind;
}

/* Callers left of whom they call, a host that passes calls on between both; else as they first appear. */
static void sort_columns(struct ladder *l, const uint64_t *after)
{
	struct slice sorted[LADDER_MAX_COLUMNS];
	uint64_t left = l->column_count == 64 ? UINT64_MAX : (UINT64_C(1) << l->column_count) - 1;

	for (unsigned n = 0; n < l->column_count; n++) {
		for (unsigned i = 0; i < l->column_count; i++) {
			bool has_before = false;
			for (unsigned j = 0; j < l->column_count; j++)
				has_before |= (left >> j & 1) && (after[j] >> i & 1);
			if ((left >> i & 1) && !has_before) {
				sorted[n] = l->columns[i];
				left &= ~(UINT64_C(1) << i);
				break;
			}
		}
	}
	memcpy(l->columns, sorted, l->column_count * sizeof *sorted);
}

bool ladder_order_columns(struct ladder *l, const char *hops, struct err *err)
{
	uint64_t after[LADDER_MAX_COLUMNS] = { 0 };
	struct query *q = rows_query(l->records, hops, l->call_id, err);
	unsigned from, to;

	if (!q)
		return false;
	while (query_step(q, err))
		if (find_column(l, query_text(q, 0), &from) &&
		    find_column(l, query_text(q, 1), &to))
			add_hop(after, l->column_count, from, to);
	query_free(q);
	if (l->column_count < LADDER_MAX_COLUMNS) /* the last one is "others" then */
		sort_columns(l, after);
	return err->code == ERR_NONE;
}

/* --- names ----------------------------------------------------------------------------------------------------- */

/* The address alone, if no other column has the same one. */
static struct slice short_name(const struct ladder *l, unsigned index)
{
	struct slice address = address_of(l->columns[index]);

	for (unsigned i = 0; i < l->column_count; i++)
		if (i != index && slice_eq(address_of(l->columns[i]), address))
			return l->columns[index];
	return address;
}

void ladder_column_name(const struct ladder *l, unsigned index, struct text *out)
{
	if (l->names == LADDER_NAMES_WHOLE)
		text_add_terminal(out, l->columns[index]);
	else if (l->names == LADDER_NAMES_SHORT)
		text_add_terminal(out, short_name(l, index));
	else if (index < 26)
		text_addf(out, "%c", 'A' + (int)index);
	else
		text_addf(out, "%c%u", 'A' + (int)index % 26, index / 26 + 1);
}

/* Room between lifelines so that all names stand beside each other; the last one stands to the right of its lifeline. */
static bool names_fit(struct ladder *l, unsigned room, unsigned gaps)
{
	unsigned longest = 0;

	for (unsigned i = 0; i < l->column_count; i++) {
		text_reset(&l->scratch);
		ladder_column_name(l, i, &l->scratch);
		size_t width = rows_width(ladder_scratch(l));
		longest = width > longest ? (unsigned)(width < room ? width : room) : longest;
	}
	l->gap = (room - longest) / gaps;
	return l->gap >= MIN_GAP && l->gap >= longest + 2;
}

/* Decides between lifelines with names, with short names, with letters, and a plain list. */
void ladder_lay_out(struct ladder *l)
{
	unsigned gaps = l->column_count > 1 ? l->column_count - 1 : 1;

	l->left = l->legs > 1 ? LEFT_WIDTH + 4 : LEFT_WIDTH;
	unsigned room = l->width - l->left - 2;
	l->names = LADDER_NAMES_WHOLE;
	if (!names_fit(l, room, gaps)) {
		l->names = LADDER_NAMES_SHORT;
		if (!names_fit(l, room, gaps)) {
			l->names = LADDER_NAMES_LETTERS;
			l->gap = room / gaps;
		}
	}
	l->gap = l->gap > MAX_GAP ? MAX_GAP : l->gap;
	l->compact = l->gap < MIN_GAP;
}

void ladder_print_legend(struct ladder *l)
{
	struct ladder_row row;

	for (unsigned i = 0; i < l->column_count && l->names == LADDER_NAMES_LETTERS; i++) {
		text_addf(l->out, "  ");
		ladder_column_name(l, i, l->out);
		text_addf(l->out, " = ");
		text_add_terminal(l->out, l->columns[i]);
		text_addf(l->out, "\n");
	}
	if (l->names == LADDER_NAMES_LETTERS)
		text_addf(l->out, "\n");
	ladder_row_init(&row, l->width);
	ladder_row_put(&row, 8, l->width, SLICE_LIT("time"));
	ladder_row_put(&row, 16, l->width, SLICE_LIT("frame"));
	if (l->legs > 1)
		ladder_row_put(&row, 22, l->width, SLICE_LIT("leg"));
	for (unsigned i = 0; i < l->column_count && !l->compact; i++) {
		text_reset(&l->scratch);
		ladder_column_name(l, i, &l->scratch);
		ladder_row_put(&row, ladder_lifeline(l, i), l->width, ladder_scratch(l));
	}
	ladder_row_print(&row, l->out);
}
