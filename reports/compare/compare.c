/* Databases into a comparison. */
#include "reports/compare/compare.h"

#include "base/mem.h"
#include "reports/compare/rows.h"

static const char *name_of(const struct records *r, const char *given, const char *otherwise)
{
	const char *path = given ? given : records_path(r);

	return path ? path : otherwise;
}

static bool load_base(struct comparison *c, struct records *base,
                      const struct compare_options *options, struct err *err)
{
	struct population *p = &c->sides[0];

	if (base) {
		text_addf(&c->base_name, "%s", name_of(base, options->base_name, "baseline"));
		return population_load(p, base, err) && population_settle(p, err);
	}
	for (size_t i = 0; i < options->baseline_count; i++)
		if (!population_load(p, options->baselines[i], err))
			return false;
	text_addf(&c->base_name, "%zu baselines as one", options->baseline_count);
	return population_settle(p, err);
}

static bool compare(struct comparison *c, struct records *base, struct records *tonight,
                    const struct compare_options *options, struct err *err)
{
	struct population *p = &c->sides[1];

	if (!load_base(c, base, options, err) || !population_load(p, tonight, err) ||
	    !population_settle(p, err))
		return false;
	if (c->base_name.failed)
		return err_memory(err, "what is compared");
	c->names[0] = text_cstr(&c->base_name);
	return rows_collect(c, err) && rows_measure(c, err) &&
	       rows_learn(c, options->baselines, options->baseline_count, err) &&
	       rows_judge(c, err) && rows_show(c, tonight, err);
}

/* What only the making of it needs. */
static void drop_frames(struct comparison *c)
{
	for (unsigned side = 0; side < 2; side++) {
		population_release(&c->sides[side]);
		gathering_release(&c->gathered[side]);
	}
}

static bool keep_tonights_name(struct comparison *c, const char *name, struct err *err)
{
	char *copy = arena_alloc(&c->arena, strlen(name) + 1);

	if (!copy)
		return err_memory(err, "what is compared");
	c->names[1] = strcpy(copy, name);
	return true;
}

struct comparison *comparison_new(struct records *base, struct records *tonight,
                                  const struct compare_options *options, struct err *err)
{
	struct comparison *c = mem_zalloc(sizeof *c);

	if (!c) {
		err_memory(err, "what is compared");
		return NULL;
	}
	limits_init(&c->limits);
	if (options->limits)
		c->limits = *options->limits;
	if (options->alpha > 0)
		c->limits.alpha = options->alpha;
	vocabulary_init(&c->vocabulary);
	population_init(&c->sides[0], &c->vocabulary);
	population_init(&c->sides[1], &c->vocabulary);
	arena_init(&c->arena, 16384);
	text_init(&c->base_name);
	const char *name = name_of(tonight, options->tonight_name, "tonight");
	if (!keep_tonights_name(c, name, err) || !compare(c, base, tonight, options, err)) {
		comparison_free(c);
		return NULL;
	}
	drop_frames(c);
	return c;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	drop_frames(c);
	vocabulary_release(&c->vocabulary);
	arena_release(&c->arena);
	text_release(&c->base_name);
	mem_free(c->rows);
	mem_free(c);
}
