#include "analyzer/findings/draft.h"

#include "analyzer/calls/leg.h"

void draft_init(struct draft *d, struct findings *f)
{
	d->home = f;
	text_init(&d->cause);
	text_init(&d->text);
	evidence_init(&d->evidence);
}

void draft_release(struct draft *d)
{
	text_release(&d->cause);
	text_release(&d->text);
	evidence_release(&d->evidence);
}

void draft_begin(struct draft *d)
{
	text_reset(&d->cause);
	text_reset(&d->text);
	evidence_reset(&d->evidence);
}

static struct slice slice_of_text(const struct text *t)
{
	return slice_of(text_cstr(t), t->n);
}

bool draft_add(struct draft *d, struct occurrence o)
{
	if (d->cause.failed || d->text.failed || d->evidence.text.failed)
		return err_memory(findings_analysis(d->home)->err, "the findings");
	o.cause = slice_of_text(&d->cause);
	o.text = slice_of_text(&d->text);
	o.evidence = &d->evidence;
	return findings_add(d->home, &o);
}

void draft_place(const struct leg *leg, struct occurrence *o)
{
	o->call_id = leg->kind == LEG_INVITE ? leg->media.call_id : 0;
	if (!o->dialog_id)
		o->dialog_id = leg->winner ? leg->winner->id : leg->first.id;
	if (!o->weak && leg->start_ns == TIME_NONE)
		o->weak = "the call began before the capture";
}

bool draft_add_leg(struct draft *d, const struct leg *leg, struct occurrence o)
{
	draft_place(leg, &o);
	return draft_add(d, o);
}

double draft_number(const struct draft *d, enum rule_id id, const char *setting)
{
	return rules_number(findings_rules(d->home), id, setting);
}

int64_t draft_now(const struct draft *d)
{
	return findings_analysis(d->home)->now_ns;
}

bool draft_enabled(const struct draft *d, enum rule_id id)
{
	return findings_enabled(findings_rules(d->home), id);
}

struct ip_addr leg_address(const struct leg *leg, bool caller)
{
	return caller ? leg->src.addr : leg->dst.addr;
}

void text_add_address(struct text *t, struct ip_addr a)
{
	char buf[IP_ADDR_TEXT];

	text_add(t, slice_of(buf, ip_addr_format(a, buf)));
}

void text_add_endpoint(struct text *t, struct endpoint e)
{
	char buf[ENDPOINT_TEXT];

	text_add(t, slice_of(buf, endpoint_format(e, buf)));
}

void text_add_quoted(struct text *t, struct slice value)
{
	text_add(t, SLICE_LIT("\""));
	text_add_terminal(t, value);
	text_add(t, SLICE_LIT("\""));
}
