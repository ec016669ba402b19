/* What scenarios need beside messages: media, the twin, authentication, routes. */
#include "sim/scenario/lint_rules.h"

static void look_for_sdp(struct lint *l, const struct step *step, const struct template *t,
                         void *context)
{
	bool *found = context;
	(void)l;

	for (unsigned i = 0; step && t->is_message && i < t->piece_count; i++)
		*found |= t->pieces[i].keyword == KEYWORD_TEXT &&
		          slice_find_str(t->pieces[i].text, "\nm=") != SLICE_NPOS;
	/* SDP may come out of a variable or a file. */
	*found |= t->is_message &&
	          (template_has(t, KEYWORD_VARIABLE) || template_has(t, KEYWORD_FILE) ||
	           template_has(t, KEYWORD_FIELD) || template_has(t, KEYWORD_GENERIC));
}

void lint_media_without_sdp(struct lint *l)
{
	bool sdp = false;

	if (!l->s->has_media)
		return;
	lint_templates(l, look_for_sdp, &sdp);
	for (unsigned i = 0; i < l->s->step_count && !sdp; i++) {
		const struct step *step = &l->s->steps[i];
		for (unsigned k = 0; k < step->action_count; k++)
			if (step->actions[k].kind == ACTION_EXEC_MEDIA)
				lint_say(l, step->actions[k].line,
				         "media is sent, but no message of this scenario has SDP: "
				         "there is no port to send it from");
	}
}

void lint_twin_mix(struct lint *l)
{
	const struct step *named = NULL, *unnamed = NULL;

	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->kind != STEP_SEND_CMD && step->kind != STEP_RECV_CMD)
			continue;
		if (step->peer.n)
			named = step;
		else
			unnamed = step;
	}
	if (named && unnamed)
		lint_say(l, unnamed->line,
		         "a command without dest= or src=, while line %u has one: -3pcc has none, "
		         "-master and -slave need it everywhere",
		         named->line);
}

void lint_authentication(struct lint *l)
{
	const struct step *challenge = NULL;
	bool answers = scenario_has(l->s, KEYWORD_AUTHENTICATION);

	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->kind == STEP_RECV && step->auth)
			challenge = step;
		if (step->kind == STEP_SEND && !challenge &&
		    template_has(step->message, KEYWORD_AUTHENTICATION))
			lint_say(
			        l, step->line,
			        "[authentication] with no <recv auth=\"true\"> before it: there is "
			        "no challenge to answer");
	}
	if (challenge && !answers)
		lint_say(l, challenge->line,
		         "auth=\"true\" keeps the challenge, but no message has [authentication]");
}

static bool asks_for_routes(const struct template *t)
{
	return template_has(t, KEYWORD_ROUTES) || template_has(t, KEYWORD_NEXT_URL);
}

static const struct step *keeps_routes(const struct scenario *s)
{
	for (unsigned i = 0; i < s->step_count; i++)
		if (s->steps[i].rrs)
			return &s->steps[i];
	return NULL;
}

void lint_routes(struct lint *l)
{
	if (keeps_routes(l->s))
		return;
	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->kind == STEP_SEND && asks_for_routes(step->message))
			lint_say(l, step->line,
			         "[routes] and [next_url] stay empty: no <recv> has rrs=\"true\"");
	}
}

void lint_routes_unused(struct lint *l)
{
	const struct step *kept = keeps_routes(l->s);

	if (kept && !scenario_has(l->s, KEYWORD_ROUTES) && !scenario_has(l->s, KEYWORD_NEXT_URL))
		lint_say(
		        l, kept->line,
		        "rrs=\"true\" keeps the routes, but no message has [routes] or [next_url]");
}
