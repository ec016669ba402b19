#include "cli/browse_doors.h"

#include "cli/export_records.h"
#include "cli/output.h"
#include "reports/rows.h"

#include <stdio.h>

/* Captures up to this are read for what messages said without being asked to: some seconds. */
#define MOST_TEXT_OCTETS (INT64_C(8) << 30)

static void tell_busy(struct browse_setup *s, const char *text)
{
	if (s->busy)
		s->busy(s, text);
}

/* --- saving ------------------------------------------------------------------------------------------------------ */

static bool mask_all(struct export_records *e, struct records *r, const int64_t *calls,
                     size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!export_records_mask(e, r, calls[i], MASK_AS_RECORDED, err))
			return false;
	return true;
}

static bool save(void *context, struct records *r, const int64_t *calls, size_t count,
                 const char *path, uint64_t *packets, struct err *err)
{
	struct browse_setup *s = context;
	struct export_records e;
	struct export_result result = { 0 };

	tell_busy(s, "reading the captures for these packets ...");
	bool ok = export_records_load_calls(&e, r, calls, count, s->captures, true, err) &&
	          mask_all(&e, r, calls, count, err);
	if (ok) {
		e.job.output = path;
		ok = export_run(&e.job, &result, err);
	}
	export_records_release(&e);
	*packets = result.packets;
	return ok;
}

/* "-" would be standard output, on which the screen is drawn. */
static bool save_text(void *context, const struct text *text, const char *path, struct err *err)
{
	(void)context;
	if (strcmp(path, "-") == 0)
		return err_set(err, ERR_USAGE, "give a file's name");
	return output_write(path, text, err);
}

static bool save_calls(void *context, struct records *r, const int64_t *calls, size_t count,
                       const char *path, uint64_t *packets, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return err_set(err, ERR_USAGE, "give a file's name");
	return save(context, r, calls, count, path, packets, err);
}

/* --- what messages said ------------------------------------------------------------------------------------------ */

static void forget_messages(struct browse_setup *s)
{
	message_file_free(s->messages);
	s->messages = NULL;
	s->none.absent = NULL;
}

static bool is_too_much(struct browse_setup *s, struct records *r, struct err *err)
{
	int64_t octets;

	if (!rows_int(r, "SELECT sum(bytes) FROM captures", RECORD_NULL, &octets, err))
		return true;
	if (s->all_texts || octets == RECORD_NULL || octets <= MOST_TEXT_OCTETS)
		return false;
	snprintf(s->why, sizeof s->why,
	         "its captures are %.0f GB, and are read for that only with --texts",
	         (double)octets / 1e9);
	s->none.absent = s->why;
	return true;
}

static const struct message_texts *texts(void *context, bool now, struct err *err)
{
	struct browse_setup *s = context;
	struct records *r = s->browse ? s->browse->records : NULL;

	if (s->messages_of != r)
		forget_messages(s);
	s->messages_of = r;
	if (s->none.absent)
		return &s->none;
	if (!s->messages && (!now || !r))
		return NULL;
	if (!s->messages) {
		if (is_too_much(s, r, err))
			return err->code == ERR_NONE ? &s->none : NULL;
		tell_busy(s, "reading the captures for what the messages said (once) ...");
		s->messages = message_file_new(r, s->captures, false, err);
	}
	return s->messages ? message_file_texts(s->messages) : NULL;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static struct records *reopen(void *context, struct err *err)
{
	const struct browse_setup *s = context;

	return records_open(s->database, err);
}

struct browse_doors browse_doors_of(struct browse_setup *setup)
{
	return (struct browse_doors){
		.context = setup,
		.save = save_calls,
		.save_text = save_text,
		.reopen = setup->database ? reopen : NULL,
		.texts = texts,
	};
}

void browse_setup_release(struct browse_setup *setup)
{
	forget_messages(setup);
}
