/* K6: the capture's dates against the Date headers of the hosts (RFC 3261 20.17), and against what can be. */
#include "analyzer/findings/capture_clock.h"

#include "analyzer/calls/event.h"
#include "analyzer/findings/state.h"
#include "base/duration.h"

#define YEAR_2000_S INT64_C(946684800)
#define TOLERANCE_NS                                                                               \
	(86400 * NS_PER_S) /* later than the run: clocks and time zones of two machines */
#define TIME_ZONE_STEP INT64_C(900) /* s: zones differ by quarters of an hour */

/* ---- "Sat, 13 Nov 2010 23:29:00 GMT" ---- */

static bool take_number(struct slice *rest, size_t digits, uint64_t max, int64_t *out)
{
	uint64_t value;

	if (rest->n < digits || !slice_u64(slice_sub(*rest, 0, digits), max, &value))
		return false;
	*rest = slice_from(*rest, digits);
	*out = (int64_t)value;
	return true;
}

static bool take_char(struct slice *rest, char c)
{
	bool there = rest->n && rest->p[0] == (uint8_t)c;

	if (there)
		*rest = slice_from(*rest, 1);
	return there;
}

static bool take_month(struct slice *rest, int64_t *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++) {
		if (!slice_ieq(slice_sub(*rest, 0, 3), slice_of(names + 3 * (size_t)i, 3)))
			continue;
		*rest = slice_from(*rest, 3);
		*out = i + 1;
		return true;
	}
	return false;
}

/* Days since 1970 of a date in the Gregorian calendar: whole years from March on, so that the leap day is a year's last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool date_parse(struct slice text, int64_t *seconds)
{
	int64_t day, month, year, hour, minute, second;
	size_t comma = slice_find(text, ',');

	if (comma == SLICE_NPOS)
		return false;
	text = slice_from(text, comma + 1);
	if (!take_char(&text, ' ') || !take_number(&text, 2, 31, &day) || !take_char(&text, ' ') ||
	    !take_month(&text, &month) || !take_char(&text, ' ') ||
	    !take_number(&text, 4, 9999, &year) || !take_char(&text, ' ') ||
	    !take_number(&text, 2, 23, &hour) || !take_char(&text, ':') ||
	    !take_number(&text, 2, 59, &minute) || !take_char(&text, ':') ||
	    !take_number(&text, 2, 60, &second) || !slice_eq_str(text, " GMT") || year < 1970 ||
	    !day)
		return false;
	*seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}

/* ---- hosts ---- */

/* By address: its Dates less the times of their frames. */
struct dated_host {
	struct lru_node node;
	int64_t least_ns, most_ns;
};

/* Who wrote the Date: a request straight from its sender; of responses only a registrar's, since others come past proxies. */
static bool is_its_own(const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;

	if (!msg->is_request)
		return m->ev->method == SIP_REGISTER;
	return !sip_msg_header(msg, SIP_H_VIA, 1);
}

bool clock_message(struct clock_watch *c, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	struct slice date = sip_msg_value(m->ev->msg, SIP_H_DATE);
	uint64_t hash = hash_mix(o->src.addr.word[0], o->src.addr.word[1]);
	struct dated_host *h;
	int64_t seconds, offset_ns;

	if (!date.p || m->retransmission || !is_its_own(m) || !date_parse(date, &seconds) ||
	    seconds > CLOCK_LATEST_NS / NS_PER_S)
		return true;
	offset_ns = duration_between(o->time_ns, seconds * NS_PER_S);
	h = lru_get(&c->hosts, hash);
	if (!h && lru_full(&c->hosts))
		return true;
	if (!h) {
		h = lru_add(&c->hosts, hash, sizeof *h);
		if (!h)
			return err_memory(c->k->findings->analysis->err, "the findings");
		h->least_ns = h->most_ns = offset_ns;
	}
	h->least_ns = offset_ns < h->least_ns ? offset_ns : h->least_ns;
	h->most_ns = offset_ns > h->most_ns ? offset_ns : h->most_ns;
	return true;
}

static bool tell(struct clock_watch *c, struct sighting first, struct sighting last)
{
	text_addf(&c->k->draft.cause, "the capture's clock is wrong");
	evidence_frame(&c->k->draft.evidence, first);
	return capture_tell(c->k, RULE_K6, first, last, NULL, false);
}

static bool tell_offset(struct clock_watch *c, const struct capture_view *view, struct alike best,
                        size_t hosts)
{
	struct draft *d = &c->k->draft;
	double s = best.value < 0 ? -best.value : best.value;
	int64_t whole = (int64_t)(s + 1), rest = whole % TIME_ZONE_STEP;

	draft_begin(d);
	text_addf(&d->text,
	          "By the Date headers of %zu of %zu hosts the capture's clock is %.0f s %s",
	          best.n, hosts, s, best.value < 0 ? "fast" : "slow");
	if (whole >= TIME_ZONE_STEP && rest <= 2)
		text_addf(&d->text, ", quarters of an hour: its time zone is wrong");
	evidence_int(&d->evidence, "hosts_alike", (int64_t)best.n);
	evidence_int(&d->evidence, "hosts", (int64_t)hosts);
	evidence_real(&d->evidence, "offset_s", best.value);
	evidence_real(&d->evidence, "threshold_s", draft_number(d, RULE_K6, "offset"));
	return tell(c, c->k->first, view->last);
}

static bool judge_hosts(struct clock_watch *c, const struct capture_view *view)
{
	struct draft *d = &c->k->draft;
	double offsets[CAPTURE_MAX_HOSTS], most = draft_number(d, RULE_K6, "offset");
	size_t n = 0, hosts = 0;
	struct dated_host *h;

	for (; (h = lru_first(&c->hosts)); lru_drop(&c->hosts, h)) {
		double spread = (double)(h->most_ns - h->least_ns) / 1e9;
		hosts++;
		/* Half a second more: a Date has whole seconds, cut off. */
		if (spread <= most)
			offsets[n++] = (double)h->least_ns / 2e9 + (double)h->most_ns / 2e9 + 0.5;
	}
	struct alike best = clock_alike(offsets, n, most);
	double size = best.value < 0 ? -best.value : best.value;
	if ((double)best.n < draft_number(d, RULE_K6, "hosts") || 2 * best.n <= hosts ||
	    size <= most)
		return true;
	return tell_offset(c, view, best, hosts);
}

/* ---- what cannot be ---- */

void date_times(struct clock_watch *c, struct sighting at)
{
	if (at.time_ns < YEAR_2000_S * NS_PER_S && !sighting_is_set(c->too_early))
		c->too_early = at;
	if (!sighting_is_set(c->latest) || at.time_ns > c->latest.time_ns)
		c->latest = at;
}

static bool tell_date(struct clock_watch *c, struct sighting at, const char *what)
{
	struct draft *d = &c->k->draft;
	char moment[40];

	draft_begin(d);
	clock_format_us(clock_us(at.time_ns), moment, sizeof moment);
	text_addf(&d->text, "Frame %" PRIu64 " was captured on %.10s, %s", at.frame, moment, what);
	evidence_text(&d->evidence, "date", slice_sub(slice_str(moment), 0, 10));
	return tell(c, at, at);
}

bool date_finish(struct clock_watch *c, const struct capture_view *view)
{
	if (sighting_is_set(view->last))
		date_times(c, view->last);
	if (sighting_is_set(c->too_early) &&
	    !tell_date(c, c->too_early, "long before it can have been"))
		return false;
	if (view->started_ns && c->latest.time_ns > view->started_ns + TOLERANCE_NS &&
	    sighting_is_set(c->latest) && !tell_date(c, c->latest, "which is still to come"))
		return false;
	return judge_hosts(c, view);
}
