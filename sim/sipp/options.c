/* Walks SIPp's command line by the table; what options that do more than set a value do. */
#include "sim/sipp/options.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>

unsigned sipp_option_arity(const struct sipp_option *option)
{
	if (!option->values)
		return 0;
	return strchr(option->values, ' ') ? 2 : 1;
}

const struct sipp_option *sipp_option_find(const char *name)
{
	for (size_t i = 0; i < sipp_option_count; i++)
		if (sipp_option_table[i].name && strcmp(sipp_option_table[i].name, name) == 0)
			return &sipp_option_table[i];
	return NULL;
}

const char *sipp_option_nearest(const char *name)
{
	struct nearest nearest = nearest_to(slice_str(name));

	for (size_t i = 0; i < sipp_option_count; i++)
		if (sipp_option_table[i].name)
			nearest_try(&nearest, sipp_option_table[i].name);
	return nearest.best;
}

static bool list_grow(void **list, size_t *count, size_t each, struct err *err)
{
	void *grown = mem_resize(*list, (*count + 1) * each);

	if (!grown)
		return err_memory(err, "the command line");
	*list = grown;
	memset((char *)grown + *count * each, 0, each);
	++*count;
	return true;
}

bool sipp_take_key(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                   struct err *err)
{
	bool is_key = option->offset == offsetof(struct sipp_settings, keys);
	struct key_value **list = is_key ? &s->keys : &s->globals;
	size_t *count = is_key ? &s->key_count : &s->global_count;

	if (!list_grow((void **)list, count, sizeof **list, err))
		return false;
	(*list)[*count - 1] = (struct key_value){ values[0], values[1] };
	return true;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* -infindex names a file that an -inf names too, by its path or the last part of it, before or behind it. */
static bool take_index(struct sipp_settings *s, char *const *values, struct err *err)
{
	char *end;
	long field = strtol(values[1], &end, 10);

	if (end == values[1] || *end || field < 0 || field > 65535)
		return err_set(err, ERR_USAGE, "'-infindex %s %s': give the number of a field",
		               values[0], values[1]);
	for (size_t i = 0; i < s->injection_count; i++)
		if (strcmp(last_part(s->injection[i].path), last_part(values[0])) == 0) {
			s->injection[i].index_field = (int)field;
			return true;
		}
	return err_set(err, ERR_USAGE, "'-infindex %s %s': there is no '-inf %s' in front of it",
	               values[0], values[1], values[0]);
}

bool sipp_take_injection(struct sipp_settings *s, const struct sipp_option *option,
                         char *const *values, struct err *err)
{
	if (strcmp(option->name, "infindex") == 0)
		return take_index(s, values, err);
	if (!list_grow((void **)&s->injection, &s->injection_count, sizeof *s->injection, err))
		return false;
	s->injection[s->injection_count - 1] = (struct injection_file_config){ values[0], -1 };
	return true;
}

bool sipp_take_behaviours(struct sipp_settings *s, const struct sipp_option *option,
                          char *const *values, struct err *err)
{
	if (option->values)
		return sipp_behaviours_parse(values[0], &s->config.behaviours, err);
	s->config.behaviours = 0;
	return true;
}

bool sipp_take_port_range(struct sipp_settings *s, const struct sipp_option *option,
                          char *const *values, struct err *err)
{
	struct sipp_option plain = *option;

	plain.kind = OPTION_PORT;
	return sipp_option_set(s, &plain, values, err);
}

bool sipp_take_ask(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                   struct err *err)
{
	(void)err;
	s->ask = option->name[0] == 'v'   ? SIPP_ASK_VERSION
	         : option->name[0] == 's' ? SIPP_ASK_SCENARIO
	                                  : SIPP_ASK_HELP;
	/* -h takes the next word where there is one: parse() gives it. */
	s->ask_about = values[0];
	return true;
}

bool sipp_take_refused(struct sipp_settings *s, const struct sipp_option *option,
                       char *const *values, struct err *err)
{
	(void)s;
	return err_set(err, ERR_USAGE, "'-%s %s': %s", option->name, values[0], option->help);
}

static bool take_transport(struct sipp_settings *s, const char *text, struct err *err)
{
	static const struct {
		const char *name;
		enum sim_transport transport;
		enum sim_sockets sockets;
	} modes[] = {
		{ "u1", SIM_UDP, SOCKETS_ONE },         { "un", SIM_UDP, SOCKETS_PER_CALL },
		{ "ui", SIM_UDP, SOCKETS_PER_ADDRESS }, { "t1", SIM_TCP, SOCKETS_ONE },
		{ "tn", SIM_TCP, SOCKETS_PER_CALL },    { "l1", SIM_TLS, SOCKETS_ONE },
		{ "ln", SIM_TLS, SOCKETS_PER_CALL },
	};

	s->transport = text;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(text, modes[i].name) == 0) {
			s->config.transport = modes[i].transport;
			s->config.sockets = modes[i].sockets;
			return true;
		}
	if (strcmp(text, "s1") == 0 || strcmp(text, "sn") == 0)
		return err_set(err, ERR_USAGE, "'-t %s': SCTP is not supported", text);
	if (strcmp(text, "c1") == 0 || strcmp(text, "cn") == 0)
		return err_set(err, ERR_USAGE,
		               "'-t %s': compression needs a plugin of SIPp's that nobody ships; "
		               "it is not supported",
		               text);
	return err_set(err, ERR_USAGE, "'-t %s': give u1, un, ui, t1, tn, l1 or ln", text);
}

static bool take_call_id_kind(struct sipp_settings *s, const char *text, struct err *err)
{
	static const char *const kinds[] = { [CALL_ID_TEXT] = "default",
		                             [CALL_ID_UUID] = "uuid",
		                             [CALL_ID_UUID_COMPACT] = "uuid-compact",
		                             [CALL_ID_RANDOM] = "random",
		                             [CALL_ID_TIMESTAMP] = "timestamp" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(text, kinds[i]) == 0) {
			s->config.call_id_kind = (enum call_id_kind)i;
			return true;
		}
	return err_set(err, ERR_USAGE,
	               "'-cid_type %s': give default, uuid, uuid-compact, random or timestamp",
	               text);
}

bool sipp_take_choice(struct sipp_settings *s, const struct sipp_option *option,
                      char *const *values, struct err *err)
{
	if (strcmp(option->name, "t") == 0)
		return take_transport(s, values[0], err);
	if (strcmp(option->name, "cid_type") == 0)
		return take_call_id_kind(s, values[0], err);
	s->config.loose_retransmission_check = strcmp(values[0], "loose") == 0;
	if (!s->config.loose_retransmission_check && strcmp(values[0], "full") != 0)
		return err_set(err, ERR_USAGE, "'-rtcheck %s': give full or loose", values[0]);
	return true;
}

static bool unknown(const char *given, const char *name, struct err *err)
{
	const char *nearest = sipp_option_nearest(name);

	return err_set(err, ERR_USAGE, "no option '%s'%s%s%s; 'milliwatt sipp -h' lists all", given,
	               nearest ? "; did you mean '-" : "", nearest ? nearest : "",
	               nearest ? "'?" : "");
}

bool sipp_options_parse(int argc, char *const *argv, struct sipp_settings *s, struct err *err)
{
	static char *const nothing[2] = { NULL, NULL };

	for (int i = 1; i < argc && s->ask == SIPP_ASK_NOTHING; i++) {
		const char *name = argv[i];
		if (name[0] != '-') {
			s->config.target_text = name;
			continue;
		}
		name += name[1] == '-' ? 2 : 1;
		const struct sipp_option *option = sipp_option_find(name);
		if (!option)
			return unknown(argv[i], name, err);
		int arity = (int)sipp_option_arity(option);
		if (i + arity >= argc)
			return err_set(err, ERR_USAGE, "'%s' needs %s behind it", argv[i],
			               option->values);
		bool about = option->take == sipp_take_ask && i + 1 < argc;
		if (!sipp_option_set(s, option, arity || about ? argv + i + 1 : nothing, err))
			return false;
		i += arity;
	}
	return true;
}
