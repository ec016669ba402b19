/* What a SIPp command line says where it says nothing. */
#include "sim/sipp/settings.h"

#include "base/mem.h"

#include <string.h>

void sipp_settings_init(struct sipp_settings *s)
{
	memset(s, 0, sizeof *s);
	sim_config_init(&s->config);
	for (size_t i = 0; i < SIPP_LOGS; i++)
		s->logs[i].overwrite = true;
	s->stat_delimiter = ";";
	s->stat_period_ns = 60 * NS_PER_S;
	s->screen_period_ns = NS_PER_S;
	s->rtt_frequency = 200;
	s->rate = 10;
	s->rate_period_ns = NS_PER_S;
	s->rate_scale = 1;
	s->users = -1;
	s->transport = "u1";
	s->max_retransmissions = s->max_invite = s->max_other = -1;
	s->base_cseq = 1;
	s->reconnect_sleep_ns = NS_PER_S;
	s->config.max_reconnect = 3;
	s->config.reconnect_close = true;
	s->config.media.media_port = 6000;
}

void sipp_settings_release(struct sipp_settings *s)
{
	mem_free(s->keys);
	mem_free(s->globals);
	mem_free(s->injection);
	memset(s, 0, sizeof *s);
}
