/* Who is told what. */
#include "analyzer/findings/families.h"
#include "analyzer/findings/state.h"

bool families_new(struct findings *f)
{
	(void)f;
	return true;
}

void families_free(struct findings *f)
{
	(void)f;
}

bool families_finish(struct findings *f)
{
	(void)f;
	return true;
}

bool findings_message(struct findings *f, const struct seen_message *m)
{
	(void)f, (void)m;
	return true;
}

bool findings_leg(struct findings *f, const struct leg *leg)
{
	if (!f)
		return true;
	view_leg(f, leg);
	return true;
}

bool findings_transaction(struct findings *f, const struct transaction *t)
{
	(void)f, (void)t;
	return true;
}

bool findings_registration(struct findings *f, const struct record_registration *r)
{
	(void)f, (void)r;
	return true;
}

bool findings_segment(struct findings *f, const struct seen_segment *s)
{
	(void)f, (void)s;
	return true;
}

bool findings_junk(struct findings *f, const struct seen_junk *j)
{
	(void)f, (void)j;
	return true;
}
