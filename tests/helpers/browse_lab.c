#include "tests/helpers/browse_lab.h"

#include "reports/browse/keys.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>

static bool save(void *context, struct records *r, const int64_t *calls, size_t count,
                 const char *path, uint64_t *packets, struct err *err)
{
	struct browse_lab *lab = context;
	int n = snprintf(lab->saved, sizeof lab->saved, "%s:", path);

	(void)r;
	if (lab->refusal)
		return err_set(err, ERR_IO, "%s", lab->refusal);
	for (size_t i = 0; i < count && n > 0 && (size_t)n < sizeof lab->saved; i++)
		n += snprintf(lab->saved + n, sizeof lab->saved - (size_t)n, " %" PRId64, calls[i]);
	*packets = 42;
	return true;
}

static bool save_text(void *context, const struct text *text, const char *path, struct err *err)
{
	struct browse_lab *lab = context;

	(void)err;
	snprintf(lab->saved, sizeof lab->saved, "%s: %.60s", path, text_cstr(text));
	return true;
}

static bool text_of(void *context, int64_t id, struct text *out, struct err *err)
{
	(void)context;
	if (id == 7)
		return true; /* not in the captures any more */
	text_addf(out,
	          "OPTIONS sip:%" PRId64 " SIP/2.0\r\nX-Number: %" PRId64
	          "\r\nTo: <sip:bob>\r\n\r\nbody\x1b[2J\r\n",
	          id, id);
	return !out->failed || err_memory(err, "a text");
}

static const struct message_texts *texts(void *context, bool now, struct err *err)
{
	struct browse_lab *lab = context;

	(void)err;
	lab->texts_at_hand |= now;
	return lab->texts_at_hand ? &lab->texts : NULL;
}

/* Findings of call 1, one of its stream, one of no call; two registrations. */
static bool fill(struct store *s, struct err *err)
{
	const struct record_finding findings[] = {
		{ .id = 1,
		  .run_id = 1,
		  .rule = SLICE_LIT("B1"),
		  .name = SLICE_LIT("packet-loss"),
		  .severity = SLICE_LIT("warning"),
		  .confidence = SLICE_LIT("high"),
		  .call_id = 1,
		  .dialog_id = RECORD_NULL,
		  .stream_id = 1,
		  .first_us = SAMPLE_START_US,
		  .text = SLICE_LIT("1.15 % of the RTP did not come"),
		  .suggestion = SLICE_LIT("find the hop"),
		  .evidence = SLICE_LIT("{\"lost\": 4}"),
		  .downgraded = SLICE_LIT("the capture began late"),
		  .noun = SLICE_LIT("streams"),
		  .occurrences = 1,
		  .calls = 1,
		  .capture_id = RECORD_NULL,
		  .last_capture_id = RECORD_NULL },
		{ .id = 2,
		  .run_id = 1,
		  .rule = SLICE_LIT("A1"),
		  .name = SLICE_LIT("one-way-audio"),
		  .severity = SLICE_LIT("error"),
		  .confidence = SLICE_LIT("high"),
		  .call_id = 1,
		  .dialog_id = RECORD_NULL,
		  .stream_id = RECORD_NULL,
		  .first_us = SAMPLE_START_US,
		  .text = SLICE_LIT("bob sent no audio: alice hears nothing \x1b[2J"),
		  .suggestion = SLICE_LIT("open the UDP range in the firewall"),
		  .evidence = SLICE_LIT("{\"sent\": 0}"),
		  .noun = SLICE_LIT("calls"),
		  .occurrences = 1,
		  .calls = 1,

		  .capture_id = RECORD_NULL,
		  .last_capture_id = RECORD_NULL },
		{ .id = 3,
		  .run_id = 1,
		  .rule = SLICE_LIT("G4"),
		  .name = SLICE_LIT("flood"),
		  .severity = SLICE_LIT("warning"),
		  .confidence = SLICE_LIT("low"),
		  .call_id = RECORD_NULL,
		  .dialog_id = RECORD_NULL,
		  .stream_id = RECORD_NULL,
		  .first_us = RECORD_NULL,
		  .text = SLICE_LIT("101 REGISTERs a second"),
		  .suggestion = SLICE_LIT("limit the rate"),
		  .evidence = SLICE_LIT("{}"),
		  .noun = SLICE_LIT("registrations"),
		  .occurrences = 5,
		  .calls = 0,
		  .capture_id = RECORD_NULL,
		  .last_capture_id = RECORD_NULL },
	};
	const struct record_occurrence occurrences[] = {
		{ 1, 1, RECORD_NULL, 1, RECORD_NULL, RECORD_NULL, 1, 2, 0, 0,
		  SLICE_LIT("1.15 % of the RTP did not come: 4 of 349 packets"),
		  SLICE_LIT("{\"lost\": 4}") },
		{ 2, 1, RECORD_NULL, RECORD_NULL, RECORD_NULL, RECORD_NULL, 1, 2, 0, 0,
		  SLICE_LIT("bob sent no audio: alice hears nothing \x1b[2J"),
		  SLICE_LIT("{\"sent\": 0}") },
		{ 3, RECORD_NULL, RECORD_NULL, RECORD_NULL, RECORD_NULL, RECORD_NULL, 1, 2, 0, 0,
		  SLICE_LIT("101 REGISTERs a second"), SLICE_LIT("{}") },
	};
	struct record_registration r = { .id = 1,
		                         .run_id = 1,
		                         .aor = SLICE_LIT("sip:alice@x"),
		                         .contact = SLICE_LIT("sip:alice@192.0.2.1"),
		                         .registrar = SLICE_LIT("x"),
		                         .time_us = SAMPLE_START_US,
		                         .outcome = SLICE_LIT("registered"),
		                         .final_status = 200,
		                         .challenges = 1,
		                         .expires_s = 600,
		                         .user_agent = SLICE_LIT("Phone 7"),
		                         .src = SLICE_LIT("192.0.2.1:5060"),
		                         .dst = SLICE_LIT("192.0.2.2:5060"),
		                         .transport = SLICE_LIT("UDP"),
		                         .delay_ms = 45,
		                         .ended_us = RECORD_NULL,
		                         .transaction_id = RECORD_NULL,
		                         .capture_id = RECORD_NULL };
	bool ok = true;

	for (size_t i = 0; i < 3; i++)
		ok = ok && store_finding(s, &findings[i], err) &&
		     store_occurrence(s, &occurrences[i], err);
	ok = ok && store_registration(s, &r, err);
	r.id = 2;
	r.aor = SLICE_LIT("sip:bob@x\xff");
	r.outcome = SLICE_LIT("rejected");
	r.final_status = 403;
	return ok && store_registration(s, &r, err);
}

static struct store *make_store(const char *path, struct err *err)
{
	struct store *s = sample_create(path, err);

	if (s && sample_fill(s, err) && fill(s, err) && store_kpi(s, 1, err) &&
	    store_finish(s, SAMPLE_START_US + 20000000, err))
		return s;
	store_free(s);
	return NULL;
}

void browse_lab_write(const char *path)
{
	struct err err = ERR_INIT;
	struct store *s = make_store(path, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	store_free(s);
}

static struct records *reopen(void *context, struct err *err)
{
	const struct browse_lab *lab = context;

	return records_open(lab->path, err);
}

void browse_lab_open(struct browse_lab *lab, unsigned rows, unsigned columns, bool ascii)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	*lab = (struct browse_lab){ .rows = rows, .columns = columns };
	lab->texts = (struct message_texts){ .context = lab, .of = text_of };
	lab->doors = (struct browse_doors){
		.context = lab, .save = save, .save_text = save_text, .texts = texts
	};
	text_init(&lab->picture);
	lab->store = make_store(NULL, &err);
	ck_assert_msg(lab->store != NULL, "%s", err.text);
	lab->records = records_of(store_handle(lab->store), &err);
	ck_assert_msg(lab->records && browse_open(&lab->browse, lab->records, "sample.db", "",
	                                          &lab->doors, !ascii, &err),
	              "%s", err.text);
}

void browse_lab_open_file(struct browse_lab *lab, const char *path)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	*lab = (struct browse_lab){ .rows = 24, .columns = 80, .path = path };
	lab->doors = (struct browse_doors){ .context = lab, .reopen = reopen };
	text_init(&lab->picture);
	lab->records = records_open(path, &err);
	ck_assert_msg(lab->records && browse_open(&lab->browse, lab->records, path, "", &lab->doors,
	                                          true, &err),
	              "%s", err.text);
}

void browse_lab_close(struct browse_lab *lab)
{
	browse_release(&lab->browse);
	records_close(lab->records);
	store_free(lab->store);
	text_release(&lab->picture);
}

/* By its name; a character is its own. */
static int key_named(struct slice name)
{
	struct text one;
	int found = 0;

	if (name.n == 1)
		return name.p[0];
	text_init(&one);
	for (int key = 1; key < KEYS_LAST && !found; key == 127 ? key = KEYS_UP : key++) {
		text_reset(&one);
		keys_name(key, &one);
		if (slice_eq_str(name, text_cstr(&one)))
			found = key;
	}
	text_release(&one);
	ck_assert_msg(found, "no key is called '%.*s'", SLICE_ARG(name));
	return found;
}

void browse_lab_keys(struct browse_lab *lab, const char *keys)
{
	struct slice rest = slice_str(keys), word;

	while (slice_split(&rest, ' ', &word)) {
		if (slice_starts(word, "type:"))
			for (word = slice_from(word, 5); word.n; word = slice_from(word, 1))
				browse_key(&lab->browse, word.p[0]);
		else if (word.n)
			browse_key(&lab->browse, key_named(word));
		browse_lab_picture(lab); /* pages are built while drawing */
	}
}

const char *browse_lab_picture(struct browse_lab *lab)
{
	struct err err = ERR_INIT;

	ck_assert_msg(browse_draw(&lab->browse, lab->rows, lab->columns, &err), "%s", err.text);
	text_reset(&lab->picture);
	cells_dump(&lab->browse.cells, &lab->picture);
	return text_cstr(&lab->picture);
}

const char *browse_lab_row(struct browse_lab *lab, unsigned row, char *buf, size_t size)
{
	struct slice rest = slice_str(browse_lab_picture(lab)), line = SLICE_NONE;

	for (unsigned i = 0; i <= row; i++)
		if (!slice_split(&rest, '\n', &line))
			line = SLICE_NONE;
	return slice_cstr(line, buf, size);
}
