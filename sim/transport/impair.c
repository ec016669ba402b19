#include "sim/transport/impair.h"

#include "base/slice.h"

#include <math.h>
#include <stdlib.h>

#define MOST_DELAY_NS   (60 * NS_PER_S)
#define MOST_DRIFT_PPM  100000.0
#define FIRST_GAP_NS    (20 * NS_PER_MS) /* until two packets came */
#define LEAST_HOLD_NS   NS_PER_MS
#define MOST_HOLD_NS    NS_PER_S
#define JITTER_REACH    4 /* standard deviations: hardly one packet in 30,000 lies beyond */
#define MOST_VALUE_TEXT 64

/* ---- said in text ---- */

enum quantity { SHARE, TIME, PPM, ELLIOTT };

static const struct {
	const char *name;
	enum quantity quantity;
	size_t offset;
} settings[] = {
	{ "loss", SHARE, offsetof(struct impair_config, loss) },
	{ "ge", ELLIOTT, offsetof(struct impair_config, ge_p) },
	{ "delay", TIME, offsetof(struct impair_config, delay_ns) },
	{ "jitter", TIME, offsetof(struct impair_config, jitter_ns) },
	{ "reorder", SHARE, offsetof(struct impair_config, reorder) },
	{ "duplicate", SHARE, offsetof(struct impair_config, duplicate) },
	{ "drift", PPM, offsetof(struct impair_config, drift_ppm) },
};
#define SETTINGS (sizeof settings / sizeof *settings)

/* The number at the front; *unit: what stands behind it. */
static bool take_number(struct slice text, double *value, struct slice *unit)
{
	char copy[MOST_VALUE_TEXT], *end = slice_cstr(text, copy, sizeof copy);

	*value = 0;
	if (!strpbrk(copy, "xXnN")) /* no hexadecimal, no inf, no nan */
		*value = strtod(copy, &end);
	*unit = slice_trim(slice_from(text, (size_t)(end - copy)));
	return end != copy && isfinite(*value);
}

static bool take_share(const char *name, struct slice text, double *out, struct err *err)
{
	struct slice unit;
	double value;
	bool ok = take_number(text, &value, &unit);

	if (ok && slice_eq_str(unit, "%"))
		value /= 100;
	else if (ok && !unit.n && value > 1 && value <= 100)
		return err_set(err, ERR_USAGE,
		               "%s=%.*s: a share is written as a percentage (%s=%.*s%%) or below 1",
		               name, SLICE_ARG(text), name, SLICE_ARG(text));
	else if (unit.n)
		ok = false;
	if (!ok || !(value >= 0 && value <= 1))
		return err_set(err, ERR_USAGE,
		               "%s=%.*s: a share is from 0%% to 100%%, as 2%% or 0.02", name,
		               SLICE_ARG(text));
	*out = value;
	return true;
}

static bool take_time(const char *name, struct slice text, int64_t *out, struct err *err)
{
	struct slice unit = SLICE_NONE;
	double value, scale = 0;
	bool ok = take_number(text, &value, &unit);

	if (slice_ieq_str(unit, "us"))
		scale = (double)NS_PER_US;
	else if (slice_ieq_str(unit, "ms"))
		scale = (double)NS_PER_MS;
	else if (slice_ieq_str(unit, "s"))
		scale = (double)NS_PER_S;
	else if (ok && value == 0 && !unit.n)
		scale = 1;
	if (!ok || scale == 0 || !(value >= 0 && value * scale <= (double)MOST_DELAY_NS))
		return err_set(
		        err, ERR_USAGE,
		        "%s=%.*s: a time has a unit (us, ms or s) and is at most 60 s, as %s=20ms",
		        name, SLICE_ARG(text), name);
	*out = llround(value * scale);
	return true;
}

static bool take_ppm(const char *name, struct slice text, double *out, struct err *err)
{
	struct slice unit = SLICE_NONE;

	if (!take_number(text, out, &unit) || (unit.n && !slice_ieq_str(unit, "ppm")) ||
	    fabs(*out) > MOST_DRIFT_PPM)
		return err_set(err, ERR_USAGE,
		               "%s=%.*s: a clock's drift is in parts per million, at most "
		               "100000ppm; 50ppm runs fast, -50ppm slow",
		               name, SLICE_ARG(text));
	return true;
}

static bool take_elliott(struct slice text, struct impair_config *c, struct err *err)
{
	double *to[] = { &c->ge_p, &c->ge_r, &c->ge_h, &c->ge_k };
	struct slice rest = text, part;
	unsigned n = 0;

	c->ge_h = 0;
	c->ge_k = 1;
	for (; slice_split(&rest, ':', &part); n++)
		if (n < 4 && !take_share("ge", slice_trim(part), to[n], err))
			return err_context(err, "ge=%.*s", SLICE_ARG(text));
	if (n < 2 || n > 4 || (c->ge_p > 0 && c->ge_r == 0))
		return err_set(err, ERR_USAGE,
		               "ge=%.*s: Gilbert-Elliott is p:r or p:r:h:k: into a burst with p, "
		               "out of it with r (above 0), as ge=1%%:30%%",
		               SLICE_ARG(text));
	return true;
}

static bool take_value(unsigned s, struct slice text, struct impair_config *c, struct err *err)
{
	const char *name = settings[s].name;
	void *to = (char *)c + settings[s].offset;

	if (text.n >= MOST_VALUE_TEXT)
		return err_set(err, ERR_USAGE, "%s=%.20s...: too long for a number", name,
		               (const char *)text.p);
	switch (settings[s].quantity) {
	case SHARE: return take_share(name, text, to, err);
	case TIME: return take_time(name, text, to, err);
	case PPM: return take_ppm(name, text, to, err);
	case ELLIOTT: return take_elliott(text, c, err);
	}
	return false;
}

static bool take_setting(struct slice item, unsigned *seen, struct impair_config *c,
                         struct err *err)
{
	size_t equals = slice_find(item, '=');
	struct slice name =
	        equals == SLICE_NPOS ? SLICE_LIT("loss") : slice_trim(slice_sub(item, 0, equals));
	struct slice value = slice_trim(slice_from(item, equals == SLICE_NPOS ? 0 : equals + 1));

	for (unsigned s = 0; s < SETTINGS; s++) {
		if (!slice_ieq_str(name, settings[s].name))
			continue;
		if (*seen & 1u << s)
			return err_set(err, ERR_USAGE, "%s is said twice", settings[s].name);
		*seen |= 1u << s;
		return take_value(s, value, c, err);
	}
	return err_set(err, ERR_USAGE,
	               "'%.*s' is no impairment: loss, ge, delay, jitter, reorder, duplicate and "
	               "drift are, as loss=2%%,jitter=10ms",
	               (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
}

bool impair_parse(const char *text, struct impair_config *out, struct err *err)
{
	struct slice rest = slice_str(text), item;
	unsigned seen = 0;

	*out = (struct impair_config){ .ge_k = 1 };
	while (slice_split(&rest, ',', &item)) {
		item = slice_trim(item);
		if (!item.n)
			return err_set(err, ERR_USAGE,
			               "'%s': there is nothing between two commas or at all; as "
			               "loss=2%%,jitter=10ms",
			               text);
		if (!take_setting(item, &seen, out, err))
			return false;
	}
	return true;
}

bool impair_wanted(const struct impair_config *c)
{
	return c->loss > 0 || c->ge_p > 0 || c->delay_ns > 0 || c->jitter_ns > 0 ||
	       c->reorder > 0 || c->duplicate > 0 || c->drift_ppm != 0;
}

/* ---- what happens ---- */

void impair_init(struct impair *i, const struct impair_config *c, uint64_t seed)
{
	*i = (struct impair){ .config = *c, .state = seed, .gap_ns = FIRST_GAP_NS };
}

/* What one packet draws, always all of it: another setting switched on changes nothing of the others' luck. */
struct luck {
	double loss, change, burst_loss, reorder, duplicate, radius, angle;
	unsigned places; /* how many may overtake it, 1 to 3 */
};

static struct luck draw(struct impair *i)
{
	uint64_t state = random_next(&i->state);
	struct luck l;

	l.loss = random_unit(&state);
	l.change = random_unit(&state);
	l.burst_loss = random_unit(&state);
	l.reorder = random_unit(&state);
	l.duplicate = random_unit(&state);
	l.radius = random_unit(&state);
	l.angle = random_unit(&state);
	l.places = 1 + (unsigned)(random_unit(&state) * 3);
	return l;
}

static bool is_lost(struct impair *i, const struct luck *l)
{
	const struct impair_config *c = &i->config;

	if (c->ge_p > 0) {
		i->bad = i->bad ? l->change >= c->ge_r : l->change < c->ge_p;
		if (l->burst_loss >= (i->bad ? c->ge_h : c->ge_k))
			return true;
	}
	return l->loss < c->loss;
}

/* Box and Muller's transform: normal, of mean 0 and deviation 1. */
static double normal(const struct luck *l)
{
	return sqrt(-2 * log1p(-l->radius)) * cos(2 * 3.14159265358979323846 * l->angle);
}

/* The gap between packets as who overtakes needs it: smoothed, for jitter of the sender would else hold one back for nothing. */
static void note_gap(struct impair *i, int64_t now_ns)
{
	if (i->begun)
		i->gap_ns += (now_ns - i->last_now_ns - i->gap_ns) / 8;
	i->begun = true;
	i->last_now_ns = now_ns;
}

/* Beyond what jitter may do to the next ones, and then past as many as it lost places to. */
static int64_t held_until(const struct impair *i, int64_t now_ns, unsigned places)
{
	int64_t hold = i->gap_ns * places + i->gap_ns / 2;

	if (hold > MOST_HOLD_NS)
		hold = MOST_HOLD_NS;
	if (hold < LEAST_HOLD_NS)
		hold = LEAST_HOLD_NS;
	return now_ns + i->config.delay_ns + JITTER_REACH * i->config.jitter_ns + hold;
}

static int64_t in_order(struct impair *i, int64_t now_ns, const struct luck *l)
{
	int64_t delay = i->config.delay_ns;

	if (i->config.jitter_ns)
		delay += llround((double)i->config.jitter_ns * normal(l));
	int64_t out = delay > 0 ? now_ns + delay : now_ns;
	if (i->last_out_ns > out)
		out = i->last_out_ns;
	i->last_out_ns = out;
	return out;
}

void impair_packet(struct impair *i, int64_t now_ns, struct impair_fate *out)
{
	struct luck l = draw(i);

	if (!i->begun)
		i->last_out_ns = now_ns;
	note_gap(i, now_ns);
	out->drop = is_lost(i, &l);
	out->copies = 0;
	out->out_ns[0] = out->out_ns[1] = now_ns;
	if (out->drop)
		return;
	out->copies = l.duplicate < i->config.duplicate ? 2 : 1;
	out->out_ns[0] = l.reorder < i->config.reorder ? held_until(i, now_ns, l.places)
	                                               : in_order(i, now_ns, &l);
	out->out_ns[1] = out->out_ns[0];
}
