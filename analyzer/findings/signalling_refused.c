/* Registrations refused in a row: a phone with a wrong password begins a new attempt after each refusal, so no attempt alone is a loop. */
#include "analyzer/findings/signalling.h"
#include "base/mem.h"

struct row {
	uint64_t who; /* 0: free */
	unsigned challenges;
	struct sighting first;
};

struct refused {
	struct row rows[SIGNALLING_MAX_REFUSED];
	size_t next; /* the one to go when all are taken */
	size_t count;
};

struct refused *refused_new(void)
{
	return mem_zalloc(sizeof(struct refused));
}

void refused_free(struct refused *r)
{
	mem_free(r);
}

static uint64_t who_is(const struct record_registration *r)
{
	return hash_slice(r->username, hash_slice(r->src, hash_slice(r->dst, 7))) | 1;
}

static struct row *find(struct refused *r, uint64_t who)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->rows[i].who == who)
			return &r->rows[i];
	return NULL;
}

static struct row *take(struct refused *r, uint64_t who, struct sighting first)
{
	struct row *row = &r->rows[r->next];

	r->next = (r->next + 1) % SIGNALLING_MAX_REFUSED;
	if (r->count < SIGNALLING_MAX_REFUSED)
		r->count++;
	*row = (struct row){ .who = who, .first = first };
	return row;
}

unsigned refused_in_a_row(struct refused *r, const struct record_registration *reg,
                          struct sighting *first)
{
	bool is_refused = reg->username.n && slice_eq_str(reg->outcome, "unauthorized");

	if (!is_refused && (r->count == 0 || reg->final_status / 100 != 2))
		return 0;
	uint64_t who = who_is(reg);
	struct row *row = find(r, who);
	if (!is_refused) {
		if (row)
			row->challenges = 0;
		return 0;
	}
	if (!row)
		row = take(r, who, *first);
	if (row->challenges == 0)
		row->first = *first;
	row->challenges += reg->challenges > 0 ? (unsigned)reg->challenges : 0;
	*first = row->first;
	return row->challenges;
}
