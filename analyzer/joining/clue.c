#include "analyzer/joining/clue.h"

#include "analyzer/calls/call.h"
#include "base/hash.h"

void clues_init(struct clues *cs)
{
	table_init(&cs->table);
	pool_init(&cs->pool, sizeof(struct clue));
	pool_init(&cs->uses, sizeof(struct clue_use));
}

void clues_release(struct clues *cs)
{
	table_release(&cs->table);
	pool_release(&cs->pool);
	pool_release(&cs->uses);
}

struct key {
	enum clue_reason reason;
	struct slice text;
};

/* Values that differ only behind what is kept of them still differ in their hash. */
static bool equal(const void *value, const void *wanted)
{
	const struct clue *clue = value;
	const struct key *key = wanted;

	return clue->reason == key->reason &&
	       slice_eq(slice_of(clue->text, clue->text_n), key->text);
}

static uint64_t hash_of(enum clue_reason reason, struct slice value)
{
	return hash_slice(value, (uint64_t)reason + 1);
}

struct clue *clue_find(const struct clues *cs, enum clue_reason reason, struct slice value)
{
	struct key key = { reason, slice_sub(value, 0, CLUE_MAX_TEXT) };

	return cs->table.count ? table_get(&cs->table, hash_of(reason, value), equal, &key) : NULL;
}

static struct clue *clue_new(struct clues *cs, enum clue_reason reason, struct slice text)
{
	struct clue *clue = pool_alloc(&cs->pool, sizeof *clue);

	if (!clue)
		return NULL;
	text = slice_sub(text, 0, CLUE_MAX_TEXT);
	clue->uses = NULL;
	clue->hash = clue->count = 0;
	clue->reason = reason;
	clue->in_table = clue->is_void = false;
	clue->text_n = (uint8_t)text.n;
	if (text.n)
		memcpy(clue->text, text.p, text.n);
	return clue;
}

static void release_unused(struct clues *cs, struct clue *clue)
{
	if (clue->count)
		return;
	if (clue->in_table)
		table_remove(&cs->table, clue->hash, clue);
	pool_free(&cs->pool, clue, sizeof *clue);
}

static bool carries(const struct leg *leg, const struct clue *clue)
{
	for (const struct clue_use *u = leg->clues; u; u = u->next_of_leg)
		if (u->clue == clue)
			return true;
	return false;
}

bool clue_add(struct clues *cs, struct clue *clue, struct leg *leg)
{
	struct clue_use *use;

	if (carries(leg, clue) || clue->is_void)
		return true;
	use = pool_alloc(&cs->uses, sizeof *use);
	if (!use)
		return false;
	*use = (struct clue_use){ clue, leg, clue->uses, leg->clues };
	clue->uses = leg->clues = use;
	clue->is_void = ++clue->count > CALL_MAX_LEGS;
	return true;
}

bool clue_carry(struct clues *cs, enum clue_reason reason, struct slice value, struct leg *leg,
                struct clue **out)
{
	struct clue *clue = clue_find(cs, reason, value);

	if (!clue) {
		clue = clue_new(cs, reason, value);
		if (!clue)
			return false;
		clue->hash = hash_of(reason, value);
		clue->in_table = table_put(&cs->table, clue->hash, clue);
	}
	*out = clue;
	if (clue->in_table && clue_add(cs, clue, leg))
		return true;
	release_unused(cs, clue);
	return false;
}

static bool tied(const struct leg *leg, const struct leg *other, enum clue_reason reason)
{
	for (const struct clue_use *u = leg->clues; u; u = u->next_of_leg)
		if (u->clue->reason == reason && !u->clue->in_table && carries(other, u->clue))
			return true;
	return false;
}

bool clue_tie(struct clues *cs, enum clue_reason reason, struct slice detail, struct leg *leg,
              struct leg *other)
{
	struct clue *clue;

	if (leg == other || tied(leg, other, reason))
		return true;
	clue = clue_new(cs, reason, detail);
	if (!clue)
		return false;
	bool ok = clue_add(cs, clue, leg) && clue_add(cs, clue, other);
	release_unused(cs, clue);
	return ok;
}

static void leave(struct clues *cs, struct clue_use *use)
{
	struct clue *clue = use->clue;
	struct clue_use **link = &clue->uses;

	while (*link != use)
		link = &(*link)->next_of_clue;
	*link = use->next_of_clue;
	clue->count--;
	release_unused(cs, clue);
	pool_free(&cs->uses, use, sizeof *use);
}

void clue_leave_all(struct clues *cs, struct leg *leg)
{
	while (leg->clues) {
		struct clue_use *use = leg->clues;
		leg->clues = use->next_of_leg;
		leave(cs, use);
	}
}

static const struct {
	const char *name;
	int score;
} reasons[CLUE_REASONS] = {
	[CLUE_REPLACES] = { "replaces", 95 }, [CLUE_JOIN] = { "join", 95 },
	[CLUE_REFER] = { "refer", 95 },       [CLUE_SESSION_ID] = { "session-id", 100 },
	[CLUE_X_CID] = { "x-cid", 100 },      [CLUE_ICID] = { "icid", 95 },
	[CLUE_CALL_ID] = { "call-id", 90 },   [CLUE_MEDIA] = { "media", 80 },
	[CLUE_PAYLOAD] = { "payload", 80 },   [CLUE_DIGITS] = { "digits", 50 },
};

const char *clue_reason_name(enum clue_reason reason)
{
	return reasons[reason].name;
}

int clue_score(enum clue_reason reason)
{
	return reasons[reason].score;
}
