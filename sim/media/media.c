/* The door: one machine per worker. */
#include "sim/media/machine.h"

#include "base/mem.h"

#define SHARED_TRIES 64
#define SHARED_STEP  4 /* between the shared ports of two workers, and of two tries */

/* --- ports that calls share --------------------------------------------------------------------------------------- */

static struct ip_addr media_address(const struct sim_config *config)
{
	return ip_addr_is_any(config->media.address) ? config->local.addr : config->media.address;
}

/* The first that is free, by workers' turns: audio, and video 2 above, which need not be free. */
static void open_shared(struct media *m)
{
	unsigned step = SHARED_STEP * (m->config->workers ? m->config->workers : 1);
	unsigned port = m->config->media.media_port + SHARED_STEP * m->worker;
	struct err err = ERR_INIT;

	m->shared_tried = true;
	for (int tries = 0; tries < SHARED_TRIES && port < 65000 && !m->shared[0]; tries++) {
		struct endpoint at = { media_address(m->config), (uint16_t)port };
		bool taken;

		m->shared[0] = port_open(m, at, &taken, &err);
		if (!m->shared[0] && !taken)
			return;
		at.port = (uint16_t)(port + 2);
		if (m->shared[0])
			m->shared[1] = port_open(m, at, NULL, &err);
		port += step;
	}
}

struct media_port *shared_port_of_kind(struct media *m, bool video)
{
	if (!m->shared_tried)
		open_shared(m);
	return m->shared[video];
}

struct media_port *shared_port(struct media *m, uint16_t port)
{
	uint16_t first = media_shared_port(m);

	if (!first || (port != first && port != first + 2))
		return NULL;
	return m->shared[port != first];
}

uint16_t media_shared_port(struct media *m)
{
	struct media_port *p = shared_port_of_kind(m, false);

	return p ? p->local.port : 0;
}

void shared_arrived(struct media_port *p, struct endpoint from, struct slice bytes)
{
	struct media *m = p->media;
	struct rtp_packet packet;

	if (m->echo && port_send(p, from, bytes))
		m->counts.echoed++;
	if (rtp_parse(bytes, &packet) != PARSE_OK)
		return;
	m->counts.rtp_received++;
	m->counts.rtp_octets_received += bytes.n;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void init_pools(struct media *m)
{
	pool_init(&m->calls, sizeof(struct media_call));
	pool_init(&m->flows, sizeof(struct media_flow));
	pool_init(&m->ports, sizeof(struct media_port));
	pool_init(&m->delayed, delayed_octets());
	pool_init(&m->reports, rtcp_octets());
}

struct media *media_new(const struct sim_config *config, const struct scenario *scenario,
                        struct loop *loop, struct media_network *network, struct tap *tap,
                        unsigned worker, struct err *err)
{
	struct media *m = mem_zalloc(sizeof *m);

	if (!m) {
		err_memory(err, "media");
		return NULL;
	}
	m->config = config;
	m->loop = loop;
	m->network = network;
	m->tap = tap;
	m->worker = worker;
	m->echo = config->media.echo;
	m->impaired = impair_wanted(&config->media.impair);
	m->counts.late = &m->late;
	latency_init(&m->late);
	init_pools(m);
	sounds_init(&m->sources, scenario ? scenario->file : SLICE_NONE);
	if (!port_pool_init(&m->port_pool, config->media.port_min, config->media.port_max, worker,
	                    config->workers)) {
		media_free(m);
		err_memory(err, "media ports");
		return NULL;
	}
	if (config->media.echo && !media_shared_port(m)) {
		err_set(err, ERR_IO, "no port from %u on is free for the echo of RTP",
		        config->media.media_port);
		media_free(m);
		return NULL;
	}
	if (!media_preload(m, scenario, err)) {
		media_free(m);
		return NULL;
	}
	return m;
}

void media_echo(struct media *m, bool on)
{
	m->echo = on;
}

void media_free(struct media *m)
{
	if (!m)
		return;
	port_close(m->shared[0]);
	port_close(m->shared[1]);
	sounds_release(&m->sources);
	port_pool_release(&m->port_pool);
	pool_release(&m->calls);
	pool_release(&m->flows);
	pool_release(&m->ports);
	pool_release(&m->delayed);
	pool_release(&m->reports);
	mem_free(m);
}

const struct media_counts *media_counts(const struct media *m)
{
	return &m->counts;
}
