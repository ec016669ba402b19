/* How long a pause is, or what <sample> draws: distribution="NAME" with its parameters, and SIPp's older ways to say it. */
#include "sim/scenario/compile.h"

static const struct row {
	const char *name;
	enum distribution_kind kind;
	const char *parameters[3];
} rows[] = {
	{ "fixed", DISTRIBUTION_FIXED, { "value" } },
	{ "uniform", DISTRIBUTION_UNIFORM, { "min", "max" } },
	{ "normal", DISTRIBUTION_NORMAL, { "mean", "stdev" } },
	{ "lognormal", DISTRIBUTION_LOGNORMAL, { "mean", "stdev" } },
	{ "exponential", DISTRIBUTION_EXPONENTIAL, { "mean" } },
	{ "weibull", DISTRIBUTION_WEIBULL, { "lambda", "k" } },
	{ "pareto", DISTRIBUTION_PARETO, { "k", "x_m" } },
	{ "gpareto", DISTRIBUTION_GPARETO, { "shape", "scale", "location" } },
	{ "gamma", DISTRIBUTION_GAMMA, { "k", "theta" } },
	{ "negbin", DISTRIBUTION_NEGBIN, { "n", "p" } },
};

#define ROWS (sizeof rows / sizeof rows[0])

static double *parameter(struct distribution *d, unsigned i)
{
	return i == 0 ? &d->a : i == 1 ? &d->b : &d->c;
}

static bool need(struct compile *c, const char *name, const char *distribution, double *out)
{
	if (!xml_value(c->node, name).p)
		return compile_fail(c, c->node->line, "distribution=\"%s\" needs %s=\"...\"",
		                    distribution, name);
	return value_double(c, name, out);
}

static bool by_name(struct compile *c, struct slice name, struct distribution *d)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!slice_eq_str(name, rows[i].name))
			continue;
		d->kind = rows[i].kind;
		for (unsigned k = 0; k < 3 && rows[i].parameters[k]; k++)
			if (!need(c, rows[i].parameters[k], rows[i].name, parameter(d, k)))
				return false;
		return true;
	}
	return compile_fail(
	        c, c->node->line,
	        "distribution=\"%.*s\": fixed, uniform, normal, lognormal, exponential, "
	        "weibull, pareto, gpareto, gamma or negbin",
	        SLICE_ARG(name));
}

/* normal="yes" mean= stdev= of SIPp's older versions. */
static const struct row *by_old_name(const struct xml_node *node)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind != DISTRIBUTION_FIXED && xml_value(node, rows[i].name).p)
			return &rows[i];
	return NULL;
}

bool has_distribution(const struct xml_node *node)
{
	return xml_value(node, "distribution").p || xml_value(node, "min").p ||
	       xml_value(node, "max").p || by_old_name(node);
}

/* What a distribution cannot be drawn from. */
static bool in_range(struct compile *c, const struct distribution *d)
{
	const char *bad = NULL;

	switch (d->kind) {
	case DISTRIBUTION_UNIFORM: bad = d->b < d->a ? "max is less than min" : NULL; break;
	case DISTRIBUTION_NORMAL:
	case DISTRIBUTION_LOGNORMAL: bad = d->b < 0 ? "stdev is negative" : NULL; break;
	case DISTRIBUTION_EXPONENTIAL: bad = d->a <= 0 ? "mean is not positive" : NULL; break;
	case DISTRIBUTION_WEIBULL:
	case DISTRIBUTION_GAMMA:
	case DISTRIBUTION_PARETO:
		bad = d->a <= 0 || d->b <= 0 ? "both parameters are positive" : NULL;
		break;
	case DISTRIBUTION_GPARETO: bad = d->b <= 0 ? "scale is not positive" : NULL; break;
	case DISTRIBUTION_NEGBIN:
		bad = d->a <= 0 || d->b <= 0 || d->b > 1 ? "n is positive, p within 0..1" : NULL;
		break;
	case DISTRIBUTION_FIXED: break;
	}
	return !bad || compile_fail(c, c->node->line, "<%.*s>: %s", SLICE_ARG(c->node->name), bad);
}

bool compile_distribution(struct compile *c, struct distribution *d)
{
	struct slice name = xml_value(c->node, "distribution");
	const struct row *old = by_old_name(c->node);
	bool ok;

	if (name.p)
		ok = by_name(c, slice_trim(name), d);
	else if (old)
		ok = by_name(c, slice_str(old->name), d);
	else
		ok = by_name(c, SLICE_LIT("uniform"), d);
	return ok && in_range(c, d);
}
