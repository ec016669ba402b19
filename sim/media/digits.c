/* Digits over what is played. */
#include "sim/media/machine.h"

void digits_step(struct sender *s)
{
	s->digits_due_ns = INT64_MAX;
}

bool digits_sounding(const struct sender *s)
{
	return s->digits != NULL;
}

void digits_resume(struct sender *s)
{
	s->digits_due_ns = INT64_MAX;
}

int64_t digits_remaining_ns(const struct sender *s)
{
	(void)s;
	return 0;
}

void digits_free(struct sender *s)
{
	s->digits = NULL;
}
