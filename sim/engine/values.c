/* Variables: of the call in its own block, the others behind a lock. Set means: a text (even an empty one), a number that is not 0, true. */
#include "sim/engine/values.h"

#include "base/mem.h"
#include "sim/engine/keywords.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct shared_values {
	pthread_mutex_t lock;
	unsigned globals, user_variables, users;
	struct shared_value *global;
	struct shared_value *user; /* [user - 1][variable] */
};

static bool set_globals(struct shared_values *v, const struct sim_config *config,
                        const struct scenario *scenario, struct err *err)
{
	for (size_t i = 0; i < config->global_count; i++) {
		const struct key_value *set = &config->globals[i];
		int index = scenario_variable(scenario, slice_str(set->key));
		if (index == SCENARIO_NONE || scenario->variables[index].scope != VARIABLE_GLOBAL)
			return err_set(err, ERR_USAGE,
			               "-set %s: the scenario has no global variable of this name "
			               "(<Global variables=\"%s\"/>)",
			               set->key, set->key);
		struct shared_value *value = &v->global[scenario->variables[index].slot];
		char *end;
		value->number = strtod(set->value, &end);
		value->kind = *end == '\0' && end != set->value ? VALUE_NUMBER : VALUE_TEXT;
		value->n = strlen(set->value);
		mem_free(value->text);
		value->text = mem_alloc(value->n + 1);
		if (!value->text)
			return err_memory(err, "global variables");
		memcpy(value->text, set->value, value->n + 1);
	}
	return true;
}

struct shared_values *shared_values_new(const struct sim_config *config,
                                        const struct scenario *scenario, struct err *err)
{
	struct shared_values *v = mem_zalloc(sizeof *v);

	if (!v) {
		err_memory(err, "variables");
		return NULL;
	}
	pthread_mutex_init(&v->lock, NULL);
	v->globals = scenario->global_variables;
	v->user_variables = scenario->user_variables;
	v->global = mem_zalloc((v->globals + 1) * sizeof *v->global);
	if (!v->global)
		err_memory(err, "variables");
	if (!v->global || !set_globals(v, config, scenario, err)) {
		shared_values_free(v);
		return NULL;
	}
	return v;
}

static void release_values(struct shared_value *values, size_t count)
{
	for (size_t i = 0; values && i < count; i++)
		mem_free(values[i].text);
	mem_free(values);
}

void shared_values_free(struct shared_values *v)
{
	if (!v)
		return;
	release_values(v->global, v->globals);
	release_values(v->user, (size_t)v->users * v->user_variables);
	pthread_mutex_destroy(&v->lock);
	mem_free(v);
}

static struct shared_value *of_user(struct shared_values *v, int slot, unsigned user)
{
	if (user == 0)
		user = 1;
	if (user > VALUES_MOST_USERS)
		return NULL;
	if (user > v->users) {
		unsigned users = user < 64 ? 64 : user * 2;
		size_t old = (size_t)v->users * v->user_variables,
		       count = (size_t)users * v->user_variables;
		struct shared_value *grown = mem_resize(v->user, count * sizeof *grown);
		if (!grown)
			return NULL;
		memset(grown + old, 0, (count - old) * sizeof *grown);
		v->user = grown;
		v->users = users;
	}
	return &v->user[(size_t)(user - 1) * v->user_variables + (size_t)slot];
}

struct shared_value *shared_lock(struct shared_values *v, const struct variable *variable,
                                 unsigned user)
{
	pthread_mutex_lock(&v->lock);
	return variable->scope == VARIABLE_GLOBAL ? &v->global[variable->slot]
	                                          : of_user(v, variable->slot, user);
}

void shared_unlock(struct shared_values *v)
{
	pthread_mutex_unlock(&v->lock);
}

/* --- one variable ------------------------------------------------------------------------------------------------- */

static const struct variable *variable_of(const struct call *c, int variable)
{
	return &c->play->scenario->variables[variable];
}

static struct value *own(const struct call *c, int variable)
{
	const struct variable *v = variable_of(c, variable);
	return v->scope == VARIABLE_CALL ? &call_values(c)[v->slot] : NULL;
}

void value_get(struct call *c, int variable, struct value_view *out)
{
	struct station *s = c->station;
	const struct value *value = own(c, variable);

	*out = (struct value_view){ VALUE_NONE, SLICE_NONE, 0 };
	if (value) {
		out->kind = value->kind;
		if (value->kind == VALUE_TEXT)
			out->text = kept_slice(value->as.text);
		else
			out->number =
			        value->kind == VALUE_BOOL ? value->as.truth : value->as.number;
		return;
	}
	struct shared_value *shared =
	        shared_lock(s->setup.shared, variable_of(c, variable), c->user);
	if (shared) {
		struct text *copy = &s->scratch[s->depth++ % (RENDER_DEPTH - 1)];
		text_reset(copy);
		if (shared->kind == VALUE_TEXT)
			text_add(copy, slice_of(shared->text, shared->n));
		*out = (struct value_view){ shared->kind, slice_of(text_cstr(copy), copy->n),
			                    shared->number };
	}
	shared_unlock(s->setup.shared);
}

bool value_is_set(struct call *c, int variable)
{
	struct value_view v;

	value_get(c, variable, &v);
	return v.kind == VALUE_TEXT || (v.kind != VALUE_NONE && v.number != 0);
}

double value_number(struct call *c, int variable)
{
	struct value_view v;
	char buf[64];

	value_get(c, variable, &v);
	return v.kind == VALUE_TEXT ? strtod(slice_cstr(v.text, buf, sizeof buf), NULL) : v.number;
}

/* A number prints as C's %lf does: scenarios rely on "3.000000". */
void value_text(struct call *c, int variable, struct text *out)
{
	struct value_view v;

	value_get(c, variable, &v);
	if (v.kind == VALUE_TEXT)
		text_add(out, v.text);
	else if (v.kind == VALUE_NUMBER)
		text_addf(out, "%f", v.number);
	else if (v.kind == VALUE_BOOL)
		text_add(out, v.number != 0 ? SLICE_LIT("true") : SLICE_LIT("false"));
}

static void forget(struct call *c, struct value *value)
{
	if (value->kind == VALUE_TEXT)
		kept_free(&c->station->kept, value->as.text);
	value->kind = VALUE_NONE;
}

static bool share(struct call *c, int variable, enum value_kind kind, struct slice text,
                  double number)
{
	struct shared_values *shared = c->station->setup.shared;
	struct shared_value *v = shared_lock(shared, variable_of(c, variable), c->user);
	char *copy = v && kind == VALUE_TEXT ? mem_alloc(text.n + 1) : NULL;
	bool ok = v && (kind != VALUE_TEXT || copy);

	if (ok) {
		if (copy && text.n)
			memcpy(copy, text.p, text.n);
		mem_free(v->text);
		*v = (struct shared_value){ kind, copy, text.n, number };
	}
	shared_unlock(shared);
	return ok;
}

bool value_set_text(struct call *c, int variable, struct slice text)
{
	struct value *value = own(c, variable);

	if (!value)
		return share(c, variable, VALUE_TEXT, text, 0);
	struct kept *copy = kept_new(&c->station->kept, text);
	if (!copy)
		return false;
	forget(c, value);
	value->kind = VALUE_TEXT;
	value->as.text = copy;
	return true;
}

void value_set_number(struct call *c, int variable, double number)
{
	struct value *value = own(c, variable);

	if (!value) {
		share(c, variable, VALUE_NUMBER, SLICE_NONE, number);
		return;
	}
	forget(c, value);
	value->kind = VALUE_NUMBER;
	value->as.number = number;
}

void value_set_bool(struct call *c, int variable, bool truth)
{
	struct value *value = own(c, variable);

	if (!value) {
		share(c, variable, VALUE_BOOL, SLICE_NONE, truth);
		return;
	}
	forget(c, value);
	value->kind = VALUE_BOOL;
	value->as.truth = truth;
}

void value_clear(struct call *c, int variable)
{
	struct value *value = own(c, variable);

	if (value)
		forget(c, value);
	else
		share(c, variable, VALUE_NONE, SLICE_NONE, 0);
}

void values_release(struct call *c)
{
	for (unsigned i = 0; i < c->play->scenario->call_variables; i++)
		forget(c, &call_values(c)[i]);
}
