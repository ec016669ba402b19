#include "analyzer/streams/secure.h"

#include "analyzer/streams/bind.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#define CANDIDATES       12
#define ROC_GUESSES      16 /* 16 * 65536 packets of 20 ms: almost six hours */
#define ROC_SPAN         UINT64_C(0x10000)
#define OLDER_WATCHED_NS (3 * NS_PER_S)
#define PATIENCE         8 /* packets that nothing opens, before only every 2^n-th is tried */

/* ---- which keys ---- */

static enum party sender_of(const struct stream *st)
{
	return st->cold->receiver == PARTY_CALLEE ? PARTY_CALLER : PARTY_CALLEE;
}

static bool says_keys(const struct media_end *end, enum party party, bool is_video)
{
	return end->party == party && end->is_video == is_video && end->key_count;
}

/* The newest of that party that says keys, one of the stream's dialog first: forks share what the caller said in the first. */
static const struct media_end *newest_of(const struct stream *st, enum party party)
{
	const struct media_end *any = NULL;

	for (const struct media_end *end = st->media ? st->media->ends : NULL; end;
	     end = end->next) {
		if (!says_keys(end, party, st->cold->is_video))
			continue;
		if (end->dialog_id == st->cold->dialog_id)
			return end;
		if (!any)
			any = end;
	}
	return any;
}

static bool same_key(const struct sdes_key *a, const struct sdes_key *b)
{
	return a->suite == b->suite && a->mki_n == b->mki_n &&
	       memcmp(a->key, b->key, a->key_n) == 0;
}

static const struct sdes_key *find_key(const struct media_end *end, const struct sdes_key *key)
{
	for (unsigned i = 0; end && i < end->key_count; i++)
		if (same_key(&end->keys[i], key))
			return &end->keys[i];
	return NULL;
}

/* An answer has one line, an offer may have more: the tags they share are those agreed on. Without an answer, all are. */
static bool is_agreed(const struct sdes_key *key, const struct media_end *receiver)
{
	bool any = false;

	for (unsigned i = 0; receiver && i < receiver->key_count; i++) {
		any = true;
		if (receiver->keys[i].tag == key->tag)
			return true;
	}
	return !any;
}

struct candidates {
	unsigned count;
	const struct sdes_key *keys[CANDIDATES];
};

static void add(struct candidates *c, const struct sdes_key *key)
{
	for (unsigned i = 0; i < c->count; i++)
		if (same_key(c->keys[i], key))
			return;
	if (c->count < CANDIDATES)
		c->keys[c->count++] = key;
}

static void add_all(struct candidates *c, const struct stream *st, enum party party)
{
	for (const struct media_end *end = st->media->ends; end; end = end->next)
		for (unsigned i = 0;
		     says_keys(end, party, st->cold->is_video) && i < end->key_count; i++)
			add(c, &end->keys[i]);
}

/* The one agreed on first, the sender's others, then what he should not use at all. */
static void candidates_of(struct candidates *c, const struct stream *st)
{
	enum party party = sender_of(st);
	const struct media_end *sender = newest_of(st, party),
	                       *receiver = newest_of(st, (enum party)st->cold->receiver);

	c->count = 0;
	for (unsigned i = 0; sender && i < sender->key_count; i++)
		if (is_agreed(&sender->keys[i], receiver))
			add(c, &sender->keys[i]);
	add_all(c, st, party);
	add_all(c, st, (enum party)st->cold->receiver);
}

/* ---- what it means that a key fits ---- */

/* When what an end says became effective: with its answer. TIME_NONE: not yet. */
static int64_t agreed_at(const struct stream *st, const struct media_end *end)
{
	if (end->is_answer)
		return end->said_ns;
	for (const struct media_end *o = st->media->ends; o; o = o->next)
		if (o->party != end->party && o->is_answer && o->said > end->said)
			return o->said_ns;
	return TIME_NONE;
}

static enum key_verdict verdict_of(const struct stream *st, const struct sdes_key *key)
{
	enum party party = sender_of(st);
	const struct media_end *sender = newest_of(st, party),
	                       *receiver = newest_of(st, (enum party)st->cold->receiver);
	const struct sdes_key *said = find_key(sender, key);

	if (key->unauthenticated)
		return KEY_UNKNOWN;
	if (said)
		return is_agreed(said, receiver) ? KEY_FITS : KEY_OTHER_TAG;
	for (const struct media_end *end = st->media->ends; end; end = end->next)
		if (says_keys(end, party, st->cold->is_video) && find_key(end, key))
			return end->dialog_id == sender->dialog_id &&
			                       agreed_at(st, sender) != TIME_NONE
			               ? KEY_OLDER
			               : KEY_FITS;
	return KEY_OF_RECEIVER;
}

/* ---- one packet ---- */

/* The whole datagram again. Absent: not all of it was captured, or it is a copy that waited. */
static struct slice datagram_of(const struct stream *st, const struct rtp_packet *rtp,
                                size_t octets)
{
	size_t before = 12 + 4u * rtp->csrc_count;

	if (rtp->extension.p)
		before += 4 + rtp->extension.n;
	if (!rtp->payload.p || octets != rtp->payload.n || rtp == &st->cold->waiting.rtp)
		return SLICE_NONE;
	return slice_of(rtp->payload.p - before, before + rtp->payload.n + rtp->padding);
}

struct attempt {
	struct stream *st;
	struct stream_secure *s;
	struct slice datagram, clear;
	uint16_t seq;
	int64_t number;
};

static bool open_at(struct attempt *t, struct unprotect *session, uint64_t roc)
{
	uint64_t index = roc * ROC_SPAN + t->seq;

	if (!unprotect_rtp(session, t->datagram, index, &t->clear))
		return false;
	t->s->index = index;
	t->s->number = t->number;
	return true;
}

/* Where it should be, from the newest one opened. Extended numbers are a multiple of 65536 apart from indexes within a segment. */
static uint64_t expected_roc(const struct attempt *t)
{
	int64_t index = (int64_t)t->s->index + (t->number - t->s->number);

	return index > 0 ? (uint64_t)index / ROC_SPAN : 0;
}

static bool open_by(struct attempt *t, struct unprotect *session)
{
	uint64_t expected = expected_roc(t), before = t->s->index / ROC_SPAN;

	if (!t->s->authenticated) {
		for (uint64_t roc = 0; roc < ROC_GUESSES; roc++)
			if (open_at(t, session, roc))
				return true;
		return false;
	}
	return open_at(t, session, expected) || open_at(t, session, expected + 1) ||
	       (expected && open_at(t, session, expected - 1)) ||
	       (before != expected && open_at(t, session, before)) ||
	       (expected > 1 && open_at(t, session, 0));
}

static bool open_any(struct attempt *t, struct unprotect_library *library)
{
	struct candidates c;

	candidates_of(&c, t->st);
	for (unsigned i = 0; i < c.count; i++) {
		struct unprotect *session = unprotect_new(library, c.keys[i], t->st->key.ssrc);
		if (session && open_by(t, session)) {
			unprotect_free(t->s->session);
			t->s->session = session;
			t->s->suite = c.keys[i]->suite;
			return true;
		}
		unprotect_free(session);
	}
	if (!t->s->session && c.count)
		t->s->suite = c.keys[0]->suite;
	return false;
}

/* libsrtp2 derives the keys of AES-192 not as RFC 6188 says (its issue 763; Debian 12 has 2.5.0): it opens only what libsrtp2 sealed, and
 * that it does not says nothing. */
static bool is_doubtful(enum sdes_suite suite)
{
	return suite == SDES_AES_192_CM_HMAC_SHA1_80 || suite == SDES_AES_192_CM_HMAC_SHA1_32;
}

static void note_failure(struct stream_secure *s, struct sighting at)
{
	if (!s->failed++)
		s->first_failed = at;
	s->last_failed = at;
	if (++s->in_row < PATIENCE && !s->checks)
		s->checks = 1; /* until it is plain that none fits */
	if (s->in_row == PATIENCE && !is_doubtful(s->suite))
		s->verdict = KEY_MISMATCH;
}

/* Checked until the new key comes, or it is plain that it does not. */
static void note_older(struct stream_secure *s, struct sighting at)
{
	if (!s->older++)
		s->first_older = at;
	s->last_older = at;
	if (duration_between(s->first_older.time_ns, at.time_ns) < OLDER_WATCHED_NS)
		s->checks = 1;
}

static void note_opened(struct attempt *t, struct sighting at)
{
	struct stream_secure *s = t->s;

	s->authenticated++;
	s->in_row = 0;
	s->verdict = verdict_of(t->st, unprotect_key(s->session));
	if (s->verdict == KEY_OLDER)
		note_older(s, at);
	else
		s->older = 0;
}

/* Where nothing opens anything, less and less is tried. */
static bool is_wanted(const struct stream *st, const struct stream_secure *s,
                      const struct analysis *a)
{
	bool asked = a->audio || s->checks || st->guessing || st->role == PAYLOAD_ROLE_EVENT ||
	             st->role == PAYLOAD_ROLE_REDUNDANT;
	bool patient = s->in_row < PATIENCE || !(s->in_row & (s->in_row - 1));

	return asked && patient && st->role != PAYLOAD_ROLE_VIDEO;
}

static struct stream_secure *secure_of(struct stream *st, struct analysis *a)
{
	struct stream_secure *s = st->cold->secure;

	if (s)
		return s;
	s = st->cold->secure = mem_zalloc(sizeof *s);
	if (!s) {
		err_memory(a->err, "an SRTP stream");
		return NULL;
	}
	s->suite = SDES_SUITES;
	s->checks = SECURE_CHECKS;
	return s;
}

bool secure_take(struct stream *st, struct analysis *a, const struct rtp_packet *rtp, size_t octets,
                 const struct seq_step *step, struct rtp_packet *clear)
{
	struct stream_secure *s = secure_of(st, a);
	struct unprotect_library *library = &st->cold->owner->unprotect;

	*clear = *rtp;
	st->sealed = true;
	if (!s)
		return false;
	if (!is_wanted(st, s, a)) {
		s->in_row += s->in_row >= PATIENCE;
		return true;
	}
	struct attempt t = {
		st, s, datagram_of(st, rtp, octets), SLICE_NONE, rtp->seq, step->number
	};
	if (!t.datagram.p)
		return true;
	struct sighting at = { a->capture_id, a->frame, st->last_ns };
	s->checks -= s->checks > 0;
	bool opened = s->session && open_by(&t, s->session);
	if (!opened && !open_any(&t, library)) {
		note_failure(s, at);
		return true;
	}
	note_opened(&t, at);
	st->sealed = rtp_parse(t.clear, clear) != PARSE_OK;
	if (st->sealed)
		*clear = *rtp;
	return true;
}

void secure_renew(struct stream *st)
{
	st->keyed = st->cold->encrypted && newest_of(st, sender_of(st));
	st->sealed = st->cold->encrypted;
	if (st->cold->secure) {
		st->cold->secure->checks = SECURE_CHECKS;
		st->cold->secure->in_row = 0;
	}
}

void secure_release(struct stream *st)
{
	if (!st->cold->secure)
		return;
	unprotect_free(st->cold->secure->session);
	mem_free(st->cold->secure);
	st->cold->secure = NULL;
}

unsigned secure_tag_shown(const struct stream *st)
{
	static const unsigned tags[] = { 4, 10, 16 };
	const struct codec *codec =
	        st->cold->format_count ? stream_format(st, st->cold->audio)->codec : NULL;

	if (!codec || st->taken < SECURE_SHOWN_BY || !st->step_ticks ||
	    (strcmp(codec->name, "PCMU") != 0 && strcmp(codec->name, "PCMA") != 0 &&
	     strcmp(codec->name, "G722") != 0))
		return 0;
	/* ZRTP begins in clear: a few packets without. */
	double spare = (double)st->octets / (double)st->taken - st->step_ticks;
	for (unsigned i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (spare > 0.9 * tags[i] && spare <= tags[i])
			return tags[i];
	return 0;
}

bool secure_record(const struct stream *st, struct analysis *a)
{
	static const char *const verdicts[] = {
		[KEY_UNKNOWN] = "unknown",      [KEY_FITS] = "fits",
		[KEY_OLDER] = "older",          [KEY_OTHER_TAG] = "other_tag",
		[KEY_OF_RECEIVER] = "receiver", [KEY_MISMATCH] = "mismatch",
	};
	const struct stream_secure *s = st->cold->secure;

	if (!s || s->suite == SDES_SUITES)
		return true;
	struct record_stream_srtp row = {
		.stream_id = st->cold->id,
		.suite = slice_str(sdes_suite_name(s->suite)),
		.key = slice_str(verdicts[s->verdict]),
		.authenticated = (int64_t)s->authenticated,
		.failed = (int64_t)s->failed,
		.roc = s->authenticated ? (int64_t)(s->index / ROC_SPAN) : RECORD_NULL,
	};
	return store_stream_srtp(a->store, &row, a->err);
}

/* ---- RTCP ---- */

static bool open_rtcp(struct media_end *end, struct unprotect_library *library,
                      struct slice compound, struct slice *clear)
{
	uint32_t ssrc = load_be32(compound.p + 4);

	if (end->rtcp_session && unprotect_ssrc(end->rtcp_session) == ssrc &&
	    unprotect_rtcp(end->rtcp_session, compound, clear))
		return true;
	for (unsigned i = 0; i < end->key_count; i++) {
		struct unprotect *session = unprotect_new(library, &end->keys[i], ssrc);
		if (session && unprotect_rtcp(session, compound, clear)) {
			unprotect_free(end->rtcp_session);
			end->rtcp_session = session;
			return true;
		}
		unprotect_free(session);
	}
	return false;
}

bool secure_rtcp(struct streams *s, const struct media_end *end, enum party sender,
                 struct slice compound, struct slice *clear)
{
	if (compound.n < 8)
		return false;
	for (struct media_end *e = end->media->ends; e; e = e->next) {
		if (!says_keys(e, sender, end->is_video) || e->rtcp_failures >= PATIENCE)
			continue;
		bool opened = open_rtcp(e, &s->unprotect, compound, clear);
		e->rtcp_failures = (uint8_t)(opened ? 0 : e->rtcp_failures + 1);
		if (opened)
			return true;
	}
	return false;
}
