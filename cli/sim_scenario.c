#include "cli/sim_scenario.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/scenario/sipp_xml.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static bool unknown_name(const char *name, struct err *err)
{
	struct text names;
	const char *builtin;

	text_init(&names);
	for (size_t i = 0; (builtin = builtin_scenario_name(i, NULL)); i++)
		text_addf(&names, "%s%s", i ? ", " : "", builtin);
	err_set(err, ERR_USAGE, "scenario '%s': %s; the built-in ones are %s", name,
	        strerror(ENOENT), text_cstr(&names));
	text_release(&names);
	return false;
}

static void tell(const char *name, const struct scenario_notes *notes)
{
	struct text line;

	text_init(&line);
	for (size_t i = 0; i < notes->count; i++)
		if (notes->all[i].loud) {
			text_reset(&line);
			text_add_terminal(&line, slice_str(notes->all[i].text));
			fprintf(stderr, "milliwatt sim: warning: %s:%u: %s\n", name,
			        notes->all[i].line, text_cstr(&line));
		}
	text_release(&line);
}

struct scenario *sim_scenario_load(const char *name, const struct sim_config *config,
                                   struct err *err)
{
	struct scenario_notes notes = { 0 };
	struct scenario_setting setting = { .key_count = config->key_count, .notes = &notes };
	struct slice *keys = mem_alloc((config->key_count + 1) * sizeof *keys);
	const char *text = strchr(name, '/') ? NULL : builtin_scenario(name);
	struct scenario *s = NULL;

	if (!keys) {
		err_memory(err, "the scenario");
		return NULL;
	}
	for (size_t i = 0; i < config->key_count; i++)
		keys[i] = slice_str(config->keys[i].key);
	setting.keys = keys;
	if (text)
		s = sipp_xml_parse(slice_str(text), name, &setting, err);
	else if (access(name, F_OK) != 0)
		unknown_name(name, err);
	else
		s = sipp_xml_read(name, &setting, err);
	if (s)
		tell(name, &notes);
	mem_free(notes.all);
	mem_free(keys);
	return s;
}
