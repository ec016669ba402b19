#include "cli/records_input.h"

#include "reports/records/store_file.h"

#include <string.h>

static void warn_damaged(const struct capture_info *info)
{
	analyzer_warn_damaged("analyze", info);
}

static bool open_capture(struct records_input *in, const char *path,
                         const struct analyzer_choice *choice, struct err *err)
{
	const char *const paths[] = { path };
	struct analyze_options run = choice->run;

	run.paths = paths;
	run.path_count = 1;
	run.database = NULL;
	run.command = SLICE_LIT("milliwatt analyze"); /* in memory: nobody sees it */
	run.version = SLICE_LIT(MILLIWATT_VERSION);
	run.damaged = warn_damaged;
	if (!analyze_run(&run, &in->store, NULL, err))
		return false;
	in->records = records_of(store_handle(in->store), err);
	if (in->records)
		return true;
	store_free(in->store);
	in->store = NULL;
	return false;
}

static bool is_capture(const char *path, bool *capture, struct err *err)
{
	enum db_kind kind;
	uint32_t version;

	*capture = true;
	if (strcmp(path, "-") == 0)
		return true;
	if (!db_file_identify(path, &kind, &version, err))
		return false;
	if (kind == DB_ABSENT)
		return err_set(err, ERR_IO, "no such file: '%s'", path);
	*capture = kind != DB_OURS;
	return true;
}

bool records_input_open(struct records_input *in, const char *path,
                        const struct analyzer_choice *choice, struct err *err)
{
	bool capture;

	*in = (struct records_input){ 0 };
	if (!is_capture(path, &capture, err))
		return false;
	if (capture)
		return open_capture(in, path, choice, err);
	if (choice->given)
		return err_set(err, ERR_USAGE,
		               "'%s' is a database already: %s says how a capture is analyzed",
		               path, choice->given);
	in->records = records_open(path, err);
	return in->records != NULL;
}

void records_input_close(struct records_input *in)
{
	records_close(in->records);
	store_free(in->store);
	*in = (struct records_input){ 0 };
}
