#include "analyzer/findings/dead_air.h"

#include "analyzer/findings/audio_call.h"
#include "analyzer/findings/state.h"
#include "base/duration.h"
#include "base/mem.h"

struct dead_air *dead_air_new(struct findings *f)
{
	struct dead_air *d = mem_zalloc(sizeof *d);

	if (!d) {
		err_memory(f->analysis->err, "the findings");
		return NULL;
	}
	draft_init(&d->draft, f);
	d->span_s = rules_number(f->rules, RULE_A3, "span");
	d->same = rules_number(f->rules, RULE_A3, "same");
	return d;
}

void dead_air_free(struct dead_air *d)
{
	if (!d)
		return;
	draft_release(&d->draft);
	mem_free(d);
}

static const struct codec *codec_of(const struct stream *st)
{
	return stream_format(st, st->cold->audio)->codec;
}

static bool is_named(const struct codec *codec, const char *name)
{
	return codec && strcmp(codec->name, name) == 0;
}

/* All payloads alike, and no tone. Of codecs whose frames we do not read, what repeats for so long is no speech. */
static bool says_the_same(const struct dead_air *d, const struct stream *st)
{
	const struct sameness *s = &st->cold->sameness;
	const struct codec *codec = codec_of(st);
	bool alaw = is_named(codec, "PCMA");

	if (sameness_ratio(s) < d->same)
		return false;
	return !(alaw || is_named(codec, "PCMU")) || !sameness_is_loud(s, alaw);
}

/* What was heard for long enough needs no guess. */
static bool was_heard(const struct dead_air *d, const struct stream *st)
{
	const struct stream_heard *h = &st->cold->heard;

	return h->listened && h->sent_ms >= d->span_s * 1e3;
}

static void say_how(struct dead_air *d, const struct stream *st, bool quiet)
{
	const struct sameness *s = &st->cold->sameness;
	const struct stream_heard *h = &st->cold->heard;
	struct draft *t = &d->draft;

	if (quiet) {
		double ratio = h->quiet_ms / h->sent_ms;
		text_addf(&t->text, "%.1f %% of its sound is below -60 dBov", 100 * ratio);
		evidence_real(&t->evidence, "quiet_ratio", ratio);
		evidence_real(&t->evidence, "level_dbov", h->level_dbov);
		return;
	}
	text_addf(&t->text, "%.1f %% of the payloads looked at are the same",
	          100 * sameness_ratio(s));
	if (s->constant)
		text_addf(&t->text, ", 0x%02x throughout", s->octet);
	evidence_real(&t->evidence, "same_ratio", sameness_ratio(s));
	evidence_int(&t->evidence, "payloads_looked_at", s->samples);
}

static bool tell(struct dead_air *d, const struct stream *st, double span_s, bool quiet)
{
	struct draft *t = &d->draft;
	const struct codec *codec = codec_of(st);

	draft_begin(t);
	text_addf(&t->cause, "silence sent by ");
	text_add_address(&t->cause, st->key.src);
	audio_say_endpoint(&t->text, (struct endpoint){ st->key.src, st->key.sport });
	text_addf(&t->text, " sent %" PRIu64 " RTP packets of %s for %.1f s to ", st->taken,
	          codec ? codec->name : "an unknown codec", span_s);
	audio_say_endpoint(&t->text, (struct endpoint){ st->key.dst, st->key.dport });
	text_addf(&t->text, " and no voice in them: ");
	say_how(d, st, quiet);
	evidence_real(&t->evidence, "span_s", span_s);
	evidence_real(&t->evidence, "threshold", d->same);
	return draft_add(t, (struct occurrence){
	                            .rule = RULE_A3,
	                            .call_id = st->media ? st->media->call_id : 0,
	                            .dialog_id = st->media ? st->cold->dialog_id : 0,
	                            .stream_id = st->cold->id,
	                            .certain = quiet,
	                    });
}

/* Whoever holds, or sends nothing while nobody speaks, may be silent. */
bool dead_air_stream(struct dead_air *d, const struct stream *st)
{
	double span_s = audio_seconds(duration_between(st->cold->first_ns, st->last_ns));
	bool heard = was_heard(d, st);
	const struct stream_heard *h = &st->cold->heard;

	if (!audio_is(st) || st->cold->encrypted || span_s < d->span_s ||
	    (st->media && (st->media->held || st->media->was_held)) || audio_pauses(st) ||
	    (heard ? h->quiet_ms < d->same * h->sent_ms : !says_the_same(d, st)))
		return true;
	return tell(d, st, span_s, heard);
}
