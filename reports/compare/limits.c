/* The least differences that matter, as people set them: in a file, or one on the command line. */
#include "base/yaml.h"
#include "reports/compare/metric.h"

#include <math.h>
#include <stdlib.h>

#define NAMES_ROOM 24

/* Every name that a limit has, once; the last is NULL. */
static void all_names(const char *names[NAMES_ROOM])
{
	size_t n = 0;

	for (int m = 0; m < METRIC_MEDIA + MEDIA_METRICS; m++)
		names[n++] = metric_kind((enum metric)m)->name;
	names[n++] = "mos_lq";
	for (int s = 0; s < SHARES; s++)
		names[n++] = share_names[s];
	names[n++] = "alpha";
	names[n] = NULL;
}

static bool is_valid(double value, double most)
{
	return value >= 0 && value <= most; /* and no NAN */
}

/* NAN: as it is. False: no such name, or no such value of it. */
static bool set_limit(struct compare_limits *l, struct slice name, double absolute, double relative)
{
	bool known = false;

	if ((!isnan(absolute) && !is_valid(absolute, 1e9)) ||
	    (!isnan(relative) && !is_valid(relative, 100)))
		return false;
	for (int s = 0; s < SHARES; s++)
		if (slice_eq_str(name, share_names[s]) && is_valid(absolute, 1) &&
		    isnan(relative)) {
			l->shares[s] = absolute;
			return true;
		}
	if (slice_eq_str(name, "alpha") && is_valid(absolute, 0.5) && absolute > 0 &&
	    isnan(relative)) {
		l->alpha = absolute;
		return true;
	}
	for (int m = 0; m < METRICS; m++) {
		const char *own = metric_kind((enum metric)m)->name;
		bool of_any_scale =
		        slice_eq_str(name, "mos_lq") && slice_starts(slice_str(own), "mos_lq_");
		if (!of_any_scale && !slice_eq_str(name, own))
			continue;
		known = true;
		/* Who gives one of them means that one alone. */
		l->metrics[m] = (struct limit){ isnan(absolute) ? 0 : absolute,
			                        isnan(relative) ? 0 : relative };
	}
	return known;
}

/* ---- in a file ---- */

static bool wrong_value(const struct yaml *y, const struct yaml_node *n, struct err *err)
{
	return yaml_wrong(
	        y, n, err,
	        "'%.*s' is no limit: give a number in the records' unit (ms, a ratio "
	        "from 0 to 1, MOS), or {absolute: N, relative: 0.1} of a metric; alpha is "
	        "between 0 and 0.5",
	        SLICE_ARG(n->key));
}

static bool read_limit(struct compare_limits *l, const struct yaml *y, const struct yaml_node *n,
                       struct err *err)
{
	static const char *const keys[] = { "absolute", "relative", NULL };
	double absolute = NAN, relative = NAN;

	if (n->kind == YAML_SCALAR) {
		if (!yaml_real(n, &absolute) || !set_limit(l, n->key, absolute, NAN))
			return wrong_value(y, n, err);
		return true;
	}
	if (n->kind != YAML_MAPPING)
		return wrong_value(y, n, err);
	if (!yaml_only(y, n, keys, err))
		return false;
	const struct yaml_node *a = yaml_get(n, "absolute"), *r = yaml_get(n, "relative");
	if ((a && !yaml_real(a, &absolute)) || (r && !yaml_real(r, &relative)) || (!a && !r) ||
	    !set_limit(l, n->key, absolute, relative))
		return wrong_value(y, n, err);
	return true;
}

bool limits_read(struct compare_limits *l, const char *path, struct err *err)
{
	const char *names[NAMES_ROOM];
	struct yaml *y = yaml_read(path, err);
	const struct yaml_node *root = y ? yaml_root(y) : NULL;
	bool ok = y != NULL;

	all_names(names);
	if (ok && root && root->kind != YAML_MAPPING)
		ok = yaml_wrong(y, root, err, "limits are lines of NAME: VALUE, as 'mos_lq: 0.2'");
	if (ok && root)
		ok = yaml_only(y, root, names, err);
	for (const struct yaml_node *n = ok && root ? root->first : NULL; ok && n; n = n->next)
		ok = read_limit(l, y, n, err);
	yaml_close(y);
	return ok;
}

/* ---- on the command line ---- */

static bool read_value(struct slice text, double *absolute, double *relative)
{
	char buf[32], *end;

	if (!text.n || text.n >= sizeof buf)
		return false;
	double value = strtod(slice_cstr(text, buf, sizeof buf), &end);
	if (end == buf || (*end && strcmp(end, "%") != 0))
		return false;
	if (*end == '%')
		*relative = value / 100;
	else
		*absolute = value;
	return true;
}

bool limits_set(struct compare_limits *l, const char *setting, struct err *err)
{
	struct slice text = slice_str(setting), rest, value;
	size_t equals = slice_find(text, '=');
	double absolute = NAN, relative = NAN;
	bool ok = equals != SLICE_NPOS;

	rest = ok ? slice_from(text, equals + 1) : SLICE_NONE;
	while (ok && slice_split(&rest, ',', &value))
		ok = read_value(value, &absolute, &relative);
	ok = ok && !(isnan(absolute) && isnan(relative));
	if (ok && set_limit(l, slice_sub(text, 0, equals), absolute, relative))
		return true;
	return err_set(err, ERR_USAGE,
	               "'%s' is no limit: give NAME=VALUE as 'mos_lq=0.2', 'pdd_ms=50', "
	               "'pdd_ms=20%%' or 'loss_ratio=0.005'; names: trying_ms pdd_ms setup_ms "
	               "talk_ms disconnect_ms register_ms mos_lq loss_ratio late_ratio "
	               "jitter_mean_ms jitter_p95_ms burst_r outcome status finding registrations",
	               setting);
}
