#include "sim/config.h"

#include <unistd.h>

/* Where SIPp has a default of its own that people see, it is that one. */
void sim_config_init(struct sim_config *c)
{
	*c = (struct sim_config){
		.service = "service",
		.transport = SIM_UDP,
		.sockets = SOCKETS_ONE,
		.max_sockets = 50000,
		.max_reconnect = 3,
		.reconnect_sleep_ms = 1000,
		.reconnect_close = true,
		.workers = 1,
		.pin_workers = true,
		.seed = 1,
		.pace = {
			.kind = PACE_CONSTANT,
			.rate = 10,
			.search_precision = 0.02,
			.search_window_ns = 5 * NS_PER_S,
		},
		.behaviours = BEHAVIOUR_ALL,
		.base_cseq = 1,
		.call_id_kind = CALL_ID_TEXT,
		.t1_ns = 500 * NS_PER_MS,
		.t2_ns = 4 * NS_PER_S,
		.max_retransmissions = -1,
		.max_invite_retransmissions = -1,
		.dead_call_wait_ns = 33 * NS_PER_S,
		.dynamic_start = 10,
		.dynamic_max = 12000,
		.dynamic_step = 4,
		.media = {
			.port_min = 6000,
			.port_max = 65535,
			.media_port = 6000,
			.payload_type = 8,
			.audio_tolerance = 1.0,
			.video_tolerance = 1.0,
			.measure = true,
		},
		.process_id = getpid(),
		.timer_resolution_ms = 10,
	};
}
