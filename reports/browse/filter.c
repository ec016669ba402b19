#include "reports/browse/filter.h"

#include "reports/calls_values.h"
#include "reports/summary.h"

#include <stdio.h>

const char filter_hint[] = "busy 4xx mos<3.5 talk<6s number:+44 finding:A1 peer: trunk: agent: "
                           "caller: callee: from: to: or any text";

enum word {
	WORD_CALLER,
	WORD_CALLEE,
	WORD_NUMBER,
	WORD_PEER,
	WORD_TRUNK,
	WORD_AGENT,
	WORD_STATUS,
	WORD_OUTCOME,
	WORD_FINDING,
	WORD_MOS,
	WORD_TALK,
	WORD_FROM,
	WORD_TO,
	WORDS
};

static const char *const words[WORDS] = { "caller", "callee", "number",  "peer",    "trunk",
	                                  "agent",  "status", "outcome", "finding", "mos",
	                                  "talk",   "from",   "to" };

static bool is_operator(char c)
{
	return c == ':' || c == '=' || c == '<' || c == '>';
}

/* Which word stands before an operator? WORDS: none; `*operator` is then 0. */
static enum word key_of(const char *text, char *operator, const char ** value)
{
	size_t n = 0;

	while (text[n] && !is_operator(text[n]))
		n++;
	*operator= '\0';
	for (unsigned i = 0; i < WORDS && text[n]; i++)
		if (slice_ieq_str(slice_of(text, n), words[i])) {
			*operator= text[n];
			*value = text + n + 1;
			return (enum word)i;
		}
	return WORDS;
}

/* The message of an option, as one about a word of this line: what stands behind "'--mos-below=9': ". */
static bool put_right(const char *word, struct err *err)
{
	struct err cause = *err;
	const char *behind = strstr(cause.text, "': ");

	if (cause.code != ERR_USAGE)
		return false;
	return err_set(err, ERR_USAGE, "%.60s: %s", word, behind ? behind + 3 : cause.text);
}

static bool wrong_operator(const char *word, const char *example, struct err *err)
{
	return err_set(err, ERR_USAGE, "%.60s: write it like %s", word, example);
}

static bool take_talk(struct filter *f, const char *value, char operator, struct err * err)
{
	if (operator== '<')
		return calls_duration("talk", value, &f->calls.max_talk_ms, err);
	return calls_duration("talk", value, &f->calls.min_talk_ms, err);
}

static bool take_value(struct filter *f, enum word w, const char *value, char operator,
                       struct records * r, struct err *err)
{
	struct calls_filter *c = &f->calls;

	switch (w) {
	case WORD_CALLER: c->caller = slice_str(value); return true;
	case WORD_CALLEE: c->callee = slice_str(value); return true;
	case WORD_NUMBER: return calls_number(value, c, err);
	case WORD_PEER: c->peer = slice_str(value); return true;
	case WORD_TRUNK: c->trunk = slice_str(value); return true;
	case WORD_AGENT: c->user_agent = slice_str(value); return true;
	case WORD_STATUS: return calls_status(value, c, err);
	case WORD_OUTCOME: return calls_outcome(value, c, err);
	case WORD_FINDING: c->finding = slice_str(value); return true;
	case WORD_MOS: return calls_mos(value, &c->mos_below, err);
	case WORD_TALK: return take_talk(f, value, operator, err);
	case WORD_FROM: return calls_time("from", value, r, &c->from_us, err);
	default: return calls_time("to", value, r, &c->to_us, err);
	}
}

static bool take_keyed(struct filter *f, enum word w, const char *word, const char *value,
                       char operator, struct records * r, struct err *err)
{
	if (!*value)
		return err_set(err, ERR_USAGE, "%.60s what?", word);
	if (w == WORD_MOS && operator!= '<')
		return wrong_operator(word, "mos<3.5", err);
	if (w == WORD_TALK && operator!= '<' && operator!= '>')
		return wrong_operator(word, "talk<6s or talk>5m", err);
	if (w != WORD_MOS && w != WORD_TALK && operator!= ':' && operator!= '=')
		return wrong_operator(word, "status:486", err);
	return take_value(f, w, value, operator, r, err) || put_right(word, err);
}

/* "486" and "5xx" are a status, other numbers parts of a number. */
static bool is_status(const char *word)
{
	return strlen(word) == 3 && word[0] >= '1' && word[0] <= '6' &&
	       (slice_ieq_str(slice_str(word + 1), "xx") ||
	        (ascii_is_digit((uint8_t)word[1]) && ascii_is_digit((uint8_t)word[2])));
}

static bool take_bare(struct filter *f, const char *word, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (is_status(word))
		return calls_status(word, &f->calls, err);
	if (calls_outcome(word, &f->calls, &ignored))
		return true;
	if (f->calls.text.p)
		return err_set(err, ERR_USAGE,
		               "one free text at a time: put \"%.40s ...\" in quotes, or say "
		               "caller: or callee:",
		               (const char *)f->calls.text.p);
	f->calls.text = slice_str(word);
	return true;
}

static bool take_word(struct filter *f, const char *word, bool quoted, struct records *r,
                      struct err *err)
{
	const char *value = NULL;
	char operator;
	enum word w = quoted ? WORDS : key_of(word, &operator, & value);

	if (quoted) {
		f->calls.text = slice_str(word);
		return true;
	}
	return w == WORDS ? take_bare(f, word, err)
	                  : take_keyed(f, w, word, value, operator, r, err);
}

/* Takes the next word off *text into f->words, quotes away; NULL: there is none. */
static const char *next_word(struct filter *f, const char **text, bool *quoted)
{
	const char *p = *text + strspn(*text, " \t");
	const char *word = f->words + f->n;
	bool inside = false;

	if (!*p)
		return NULL;
	*quoted = *p == '"';
	for (; *p && (inside || (*p != ' ' && *p != '\t')); p++)
		if (*p == '"')
			inside = !inside;
		else
			f->words[f->n++] = *p;
	f->words[f->n++] = '\0';
	*text = p;
	return word;
}

bool filter_parse(struct filter *f, const char *text, struct records *r, struct err *err)
{
	const char *word;
	bool quoted = false;

	f->n = 0;
	calls_filter_init(&f->calls);
	while ((word = next_word(f, &text, &quoted)) != NULL)
		if (!take_word(f, word, quoted, r, err))
			return false;
	return true;
}
