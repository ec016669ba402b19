#include "tests/helpers/station_lab.h"

#include "sim/scenario/sipp_xml.h"

#include <stdio.h>

/* --- a transport that writes down --------------------------------------------------------------------------------- */

static struct station_lab *lab_of(struct transport *t)
{
	return (struct station_lab *)(void *)((char *)t - offsetof(struct station_lab, transport));
}

static struct channel *open_channel(struct transport *t, struct endpoint remote,
                                    struct ip_addr local, struct err *err)
{
	(void)remote;
	(void)local;
	(void)err;
	return channel_keep(&lab_of(t)->channel);
}

static enum send_result send_message(struct channel *c, struct endpoint to, struct slice bytes)
{
	struct station_lab *lab = lab_of(c->transport);

	(void)to;
	if (lab->next_result != SEND_DONE)
		return lab->next_result;
	if (lab->sent_count < STATION_LAB_SENT) {
		text_reset(&lab->sent[lab->sent_count]);
		text_add(&lab->sent[lab->sent_count], bytes);
	}
	lab->sent_count++;
	return SEND_DONE;
}

static void flush(struct transport *t)
{
	(void)t;
}

static void release(struct channel *c)
{
	(void)c;
}

static const struct transport_ops ops = {
	open_channel, send_message, flush, release, release, flush
};

/* --- what is told ------------------------------------------------------------------------------------------------- */

static void hear_log(void *context, int64_t time_ns, const struct traced_call *call,
                     struct slice text)
{
	struct station_lab *lab = context;

	(void)time_ns;
	(void)call;
	text_add(&lab->log, text);
	text_add(&lab->log, SLICE_LIT("\n"));
}

static void hear_error(void *context, int64_t time_ns, const struct traced_call *call,
                       struct slice text)
{
	struct station_lab *lab = context;

	(void)time_ns;
	(void)call;
	text_add(&lab->errors, text);
	text_add(&lab->errors, SLICE_LIT("\n"));
}

static void hear_truth(void *context, unsigned worker, const struct truth_call *call)
{
	struct station_lab *lab = context;

	(void)worker;
	text_addf(&lab->truths, "%s %d %s\n", call->outcome, call->failed_step,
	          call_failure_name(call->failure));
}

/* --- the bench ---------------------------------------------------------------------------------------------------- */

void station_lab_prepare(struct station_lab *lab)
{
	static const uint8_t target[4] = { 192, 0, 2, 20 }, local[4] = { 192, 0, 2, 10 };

	*lab = (struct station_lab){ 0 };
	sim_config_init(&lab->config);
	lab->config.target = (struct endpoint){ ip_addr_v4(target), 5060 };
	lab->config.local = (struct endpoint){ ip_addr_v4(local), 5060 };
	lab->config.process_id = 1;
	lab->config.virtual_time = true;
	lab->config.seed = 1;
	lab->trace = (struct trace){ .context = lab, .log = hear_log, .error = hear_error };
	lab->truth = (struct truth){ lab, hear_truth };
}

bool station_lab_open(struct station_lab *lab, const char *steps)
{
	struct scenario_setting setting = { .any_key = true };
	struct text xml;

	text_init(&xml);
	text_addf(&xml, "<?xml version=\"1.0\"?>\n<scenario name=\"lab\">\n%s\n</scenario>\n",
	          steps);
	lab->scenario =
	        xml.failed ? NULL
	                   : sipp_xml_parse(slice_of(xml.p, xml.n), "lab.xml", &setting, &lab->err);
	text_release(&xml);
	if (!lab->scenario ||
	    !loop_init(&lab->loop, true, INT64_C(1700000000) * NS_PER_S, &lab->err))
		return false;
	control_init(&lab->control, -1, 0, 0);
	if (!counters_init(&lab->counters, lab->scenario))
		return err_memory(&lab->err, "counters");
	lab->shared = shared_values_new(&lab->config, lab->scenario, &lab->err);
	if (!lab->shared)
		return false;
	struct station_setup setup = {
		.config = &lab->config,
		.scenario = lab->scenario,
		.loop = &lab->loop,
		.control = &lab->control,
		.shared = lab->shared,
		.counters = &lab->counters,
		.trace = &lab->trace,
		.truth = &lab->truth,
	};
	lab->station = station_new(&setup, &lab->err);
	if (!lab->station)
		return false;
	lab->transport = (struct transport){
		.ops = &ops,
		.loop = &lab->loop,
		.config = &lab->config,
		.events = station_events(lab->station),
		.local = lab->config.local,
	};
	lab->channel = (struct channel){ .transport = &lab->transport,
		                         .local = lab->config.local,
		                         .references = 1,
		                         .shared = true };
	return station_transport(lab->station, &lab->transport, &lab->err);
}

void station_lab_release(struct station_lab *lab)
{
	station_free(lab->station);
	shared_values_free(lab->shared);
	counters_release(&lab->counters);
	if (lab->loop.virtual_time)
		loop_release(&lab->loop);
	scenario_free(lab->scenario);
	for (unsigned i = 0; i < STATION_LAB_SENT; i++)
		text_release(&lab->sent[i]);
	text_release(&lab->log);
	text_release(&lab->errors);
	text_release(&lab->truths);
	text_release(&lab->message);
}

bool station_lab_call(struct station_lab *lab)
{
	return station_call(lab->station, lab->loop.now_ns, 0);
}

void station_lab_pass(struct station_lab *lab, double seconds)
{
	int64_t until = lab->loop.now_ns + (int64_t)(seconds * NS_PER_S);

	while (lab->loop.now_ns < until)
		loop_turn(&lab->loop, until);
}

static void arrive(struct station_lab *lab)
{
	struct arrival a = {
		.bytes = slice_of(lab->message.p, lab->message.n),
		.from = lab->config.target,
		.local = lab->config.local,
		.channel = &lab->channel,
		.time_ns = lab->loop.now_ns,
	};
	lab->transport.events.message(lab->transport.events.context, &a);
}

void station_lab_put(struct station_lab *lab, const char *message)
{
	text_reset(&lab->message);
	for (const char *p = message; *p; p++) {
		if (*p == '\n' && (p == message || p[-1] != '\r'))
			text_add(&lab->message, SLICE_LIT("\r"));
		text_add(&lab->message, slice_of(p, 1));
	}
	arrive(lab);
}

void station_lab_put_octets(struct station_lab *lab, struct slice message)
{
	text_reset(&lab->message);
	text_add(&lab->message, message);
	arrive(lab);
}

static int last_request(const struct station_lab *lab)
{
	for (int i = (int)(lab->sent_count < STATION_LAB_SENT ? lab->sent_count
	                                                      : STATION_LAB_SENT) -
	             1;
	     i >= 0; i--)
		if (lab->sent[i].n && strncmp(lab->sent[i].p, "SIP/2.0", 7) != 0)
			return i;
	return -1;
}

void station_lab_answer(struct station_lab *lab, int of, int status, const char *to_tag,
                        const char *lines)
{
	static struct sip_msg m;
	int index = of >= 0 ? of : last_request(lab);

	if (index < 0 ||
	    sip_msg_parse(slice_of(lab->sent[index].p, lab->sent[index].n), &m) != PARSE_OK)
		return;
	text_reset(&lab->message);
	text_addf(&lab->message, "SIP/2.0 %d Lab\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s", status,
	          SLICE_ARG(m.via), SLICE_ARG(m.from), SLICE_ARG(m.to));
	if (to_tag && !m.to_tag.p)
		text_addf(&lab->message, ";tag=%s", to_tag);
	text_addf(&lab->message, "\r\nCall-ID: %.*s\r\nCSeq: %u %.*s\r\n", SLICE_ARG(m.call_id),
	          (unsigned)m.cseq, SLICE_ARG(m.cseq_name));
	for (const char *p = lines ? lines : ""; *p; p++)
		text_add(&lab->message, *p == '\n' ? SLICE_LIT("\r\n") : slice_of(p, 1));
	text_add(&lab->message, SLICE_LIT("Content-Length: 0\r\n\r\n"));
	arrive(lab);
}

void station_lab_request(struct station_lab *lab, const char *method, const char *call_id,
                         unsigned cseq, const char *to_tag, const char *branch)
{
	text_reset(&lab->message);
	text_addf(&lab->message,
	          "%s sip:b@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP "
	          "192.0.2.20;branch=z9hG4bK%s\r\nFrom: <sip:a@192.0.2.20>;tag=A\r\n"
	          "To: <sip:b@192.0.2.10>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\nContact: "
	          "<sip:a@192.0.2.20>\r\nContent-Length: 0\r\n\r\n",
	          method, branch, to_tag ? ";tag=" : "", to_tag ? to_tag : "", call_id, cseq,
	          method);
	arrive(lab);
}

const char *station_lab_line(struct station_lab *lab, unsigned n)
{
	static char line[256];

	line[0] = '\0';
	if (n < lab->sent_count && n < STATION_LAB_SENT) {
		struct slice rest = slice_of(lab->sent[n].p, lab->sent[n].n), first;
		if (slice_line(&rest, &first))
			slice_cstr(first, line, sizeof line);
	}
	return line;
}

const char *station_lab_header(struct station_lab *lab, unsigned n, const char *name)
{
	static char value[512];
	static struct sip_msg m;

	value[0] = '\0';
	if (n >= lab->sent_count ||
	    sip_msg_parse(slice_of(lab->sent[n].p, lab->sent[n].n), &m) != PARSE_OK)
		return value;
	for (unsigned i = 0; i < m.header_count; i++)
		if (slice_ieq_str(m.headers[i].name, name))
			return slice_cstr(m.headers[i].value, value, sizeof value);
	return value;
}
