/* Digits in the making, one after the other over what is played.
 *
 *   tick       0     1     2     3     4     5     6 ...   next
 *   events    E1    E2    E3    E4   E5end E5end E5end     E1       duration grows, timestamp stands (RFC 4733 section 2.5.1.2)
 *   audio      .     .     .     .     .     a     a   a    .       suspended while the digit sounds
 *
 * The last packet is sent three times in all, a tick apart where the gap has room for it, else at once (section 2.5.1.4). */
#include "sim/media/digits.h"

#include "base/mem.h"
#include "sim/media/machine.h"

#define NEVER       INT64_MAX
#define EVENT_LEVEL 10 /* -dBm0 */
#define TONE_LEVEL  (-10.0)
#define COPIES      2 /* of the last packet */
#define LONGEST                                                                                    \
	0xffff /* units that one report can say; longer digits are segments (section 2.5.1.3) */

struct digits {
	struct digits *next; /* to be sent after these */
	struct digits_order order;
	uint8_t event_type;
	unsigned at; /* which one */
	unsigned tick, ticks, gap_ticks; /* of this one; ticks: while it sounds */
	int64_t step_ns;
	uint32_t step_units, clock_hz;
	bool sounding;
	uint32_t timestamp, segment; /* of the report; units in segments before this one */
	const struct source *tones[DIGITS_MAX]; /* in-band: each one's sound */
	uint8_t tone_type;
};

/* --- RFC 4733 ----------------------------------------------------------------------------------------------------- */

static uint8_t event_of(char digit)
{
	const char *all = "0123456789*#ABCD";

	return (uint8_t)(strchr(all, digit) - all);
}

static void send_report(struct sender *s, const struct digits *d, bool end, uint32_t duration)
{
	uint8_t payload[4] = { event_of(d->order.text[d->at]),
		               (uint8_t)((end ? 0x80 : 0) | EVENT_LEVEL), (uint8_t)(duration >> 8),
		               (uint8_t)duration };

	sender_packet(s, d->event_type, d->tick == 0, d->timestamp, slice_of(payload, 4));
}

static uint32_t whole_units(const struct digits *d)
{
	return (uint32_t)((uint64_t)d->order.ms * d->clock_hz / 1000);
}

static void report_step(struct sender *s, struct digits *d)
{
	uint32_t whole = whole_units(d), units = (d->tick + 1) * d->step_units;
	bool end = d->tick + 1 >= d->ticks;

	if (end || units > whole)
		units = whole;
	if (d->tick == 0) {
		d->timestamp = sender_timestamp(s, s->digits_due_ns);
		d->segment = 0;
	}
	while (units - d->segment > LONGEST) {
		send_report(s, d, false, LONGEST);
		d->segment += LONGEST;
		d->timestamp += LONGEST;
	}
	send_report(s, d, end, units - d->segment);
	if (end && d->tick + 1 == d->ticks && d->gap_ticks < COPIES)
		for (int i = 0; i < COPIES; i++)
			send_report(s, d, true, units - d->segment);
}

/* --- in-band ------------------------------------------------------------------------------------------------------ */

static bool tone_of(struct media_call *c, const struct digits *d, char digit,
                    const struct source_form *form, const struct source **out, struct err *err)
{
	static const double rows[] = { 697, 770, 852, 941 };
	static const double columns[] = { 1209, 1336, 1477, 1633 };
	const char *keys = "123A456B789C*0#D";
	size_t key = (size_t)(strchr(keys, digit) - keys);
	struct sound sound = { .kind = SOUND_TONE,
		               .hz = { rows[key / 4], columns[key % 4] },
		               .level_dbm0 = TONE_LEVEL,
		               .duration_ns = d->order.ms * NS_PER_MS };

	*out = source_of_sound(&c->media->sources, &sound, form, err);
	return *out != NULL;
}

static bool make_tones(struct media_call *c, struct digits *d, struct err *err)
{
	struct source_form form;
	int payload_type;

	if (!play_form(c->flows[MEDIA_AUDIO], &form, &payload_type, err))
		return false;
	for (unsigned i = 0; d->order.text[i]; i++)
		if (!tone_of(c, d, d->order.text[i], &form, &d->tones[i], err))
			return false;
	d->tone_type = (uint8_t)payload_type;
	d->clock_hz = form.clock_hz;
	d->step_ns = d->tones[0]->frame_ns;
	return true;
}

static void tone_step(struct sender *s, const struct digits *d)
{
	const struct source *tone = d->tones[d->at];
	uint32_t frame = d->tick < tone->count ? d->tick : tone->count - 1;

	sender_packet(
	        s, d->tone_type, s->marker, sender_timestamp(s, s->digits_due_ns),
	        slice_of(tone->bytes + (size_t)frame * tone->frame_octets, tone->frame_octets));
	s->marker = false;
}

/* --- one step ----------------------------------------------------------------------------------------------------- */

static void remember(struct media_call *c, char digit)
{
	if (c->digit_count + 1u < sizeof c->digits)
		c->digits[c->digit_count++] = digit;
}

static void begin_digit(struct sender *s, struct digits *d)
{
	struct media_call *c = s->flow->call;
	char digit = d->order.text[d->at];

	if (d->order.method != DIGITS_INFO)
		remember(c, digit);
	else if (c->send_info(c->info_context, digit, d->order.ms))
		remember(c, digit);
}

static void sound_step(struct sender *s, struct digits *d)
{
	bool copies = d->tick < d->ticks + COPIES && d->gap_ticks >= COPIES;

	d->sounding = d->tick < d->ticks && d->order.method != DIGITS_INFO;
	if (d->order.method == DIGITS_RFC4733 && (d->sounding || copies))
		report_step(s, d);
	else if (d->order.method == DIGITS_INBAND && d->sounding)
		tone_step(s, d);
}

/* The stream's clock is moved on by what is played; where nothing is, by the digits. */
static void move_clock(struct sender *s, const struct digits *d)
{
	if (s->source_due_ns != NEVER || s->digits_due_ns < s->anchor_ns)
		return;
	s->anchor_ns = s->digits_due_ns + d->step_ns;
	s->timestamp = s->timestamp + d->step_units;
}

static void take_off(struct sender *s)
{
	struct digits *done = s->digits;

	s->digits = done->next;
	mem_free(done);
}

void digits_step(struct sender *s)
{
	struct digits *d = s->digits;

	if (d->tick == 0)
		begin_digit(s, d);
	sound_step(s, d);
	move_clock(s, d);
	s->digits_due_ns += d->step_ns;
	if (++d->tick < d->ticks + d->gap_ticks)
		return;
	d->tick = 0;
	if (!d->order.text[++d->at])
		take_off(s);
	if (!s->digits)
		s->digits_due_ns = NEVER;
}

bool digits_sounding(const struct sender *s)
{
	return s->digits && s->digits->sounding;
}

bool digits_need_media(const struct sender *s)
{
	return s->digits && s->digits->order.method != DIGITS_INFO;
}

void digits_resume(struct sender *s)
{
	const struct digits *d = s->digits;

	if (s->source_due_ns == NEVER)
		sender_catch_up(s, d->step_ns, d->step_units);
	s->digits_due_ns = s->anchor_ns;
}

int64_t digits_remaining_ns(const struct sender *s)
{
	int64_t ns = 0;

	for (const struct digits *d = s->digits; d; d = d->next) {
		unsigned left = (unsigned)strlen(d->order.text) - d->at;
		ns += ((int64_t)left * (d->ticks + d->gap_ticks) - d->tick) * d->step_ns;
	}
	return ns;
}

void digits_free(struct sender *s)
{
	while (s->digits)
		take_off(s);
	s->digits_due_ns = NEVER;
}

/* --- the order ---------------------------------------------------------------------------------------------------- */

static unsigned ticks_of(unsigned ms, int64_t step_ns)
{
	return (unsigned)((ms * NS_PER_MS + step_ns - 1) / step_ns);
}

static bool prepare(struct media_flow *f, struct digits *d, struct err *err)
{
	struct media_call *c = f->call;
	uint8_t agreed = media_flow_event_type(f);

	d->step_ns = 20 * NS_PER_MS;
	d->clock_hz = f->sender.clock_hz;
	d->event_type = agreed != 255 ? agreed : d->order.event_type;
	if (d->order.method == DIGITS_AGREED)
		d->order.method = agreed != 255 ? DIGITS_RFC4733 : DIGITS_INBAND;
	if (d->order.method == DIGITS_RFC4733 && d->event_type == 255)
		return err_set(err, ERR_USAGE,
		               "digits cannot be sent by RFC 4733: SDP offers no telephone-event "
		               "(method=inband or info can)");
	if (d->order.method == DIGITS_INFO && !c->send_info)
		return err_set(err, ERR_USAGE, "digits cannot be sent by INFO here");
	if (d->order.method == DIGITS_INBAND && !make_tones(c, d, err))
		return false;
	if (d->order.method != DIGITS_INFO && !media_flow_open(f, err))
		return false;
	d->step_units = (uint32_t)((uint64_t)d->step_ns * d->clock_hz / NS_PER_S);
	d->ticks = ticks_of(d->order.ms, d->step_ns);
	/* The shortest has a beginning and an end, too: its first packet is never its last. */
	if (d->order.method == DIGITS_RFC4733 && d->ticks < 2)
		d->ticks = 2;
	unsigned all = ticks_of(d->order.ms + d->order.gap_ms, d->step_ns);
	d->gap_ticks = all > d->ticks ? all - d->ticks : 0;
	return true;
}

bool digits_act(struct media_call *c, const struct digits_order *order, struct err *err)
{
	struct media_flow *f = media_flow_of(c, MEDIA_AUDIO, err);
	struct digits *d = f ? mem_zalloc(sizeof *d) : NULL, **end;

	if (!f)
		return false;
	if (!d)
		return err_memory(err, "digits to send");
	d->order = *order;
	if (!prepare(f, d, err)) {
		mem_free(d);
		return false;
	}
	for (end = &f->sender.digits; *end; end = &(*end)->next)
		;
	*end = d;
	sender_update(&f->sender);
	return true;
}
