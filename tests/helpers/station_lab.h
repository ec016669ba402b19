/* A bench for a station: one scenario, a transport that only writes down what is sent, simulated time. Messages are put in by hand. */
#ifndef TESTS_HELPERS_STATION_LAB_H
#define TESTS_HELPERS_STATION_LAB_H

#include "base/text.h"
#include "sim/engine/station.h"

#define STATION_LAB_SENT 64

struct station_lab {
	struct err err;
	struct sim_config config;
	struct scenario *scenario;
	struct loop loop;
	struct control control;
	struct counters counters;
	struct shared_values *shared;
	struct station *station;
	struct transport transport; /* writes down */
	struct channel channel;
	enum send_result next_result; /* what sends come to */
	struct trace trace;
	struct truth truth;
	unsigned sent_count; /* of all; the first STATION_LAB_SENT are kept */
	struct text sent[STATION_LAB_SENT];
	struct text log; /* a line for each <log> */
	struct text errors; /* a line for each */
	struct text truths; /* "outcome step failure" for each call that ended */
	struct text message; /* the one being put in */
};

/* The scenario's steps between <scenario> tags. Change lab->config between the two calls. False: err. */
void station_lab_prepare(struct station_lab *lab);
bool station_lab_open(struct station_lab *lab, const char *steps);
void station_lab_release(struct station_lab *lab);

bool station_lab_call(struct station_lab *lab);
void station_lab_pass(struct station_lab *lab, double seconds);
/* A message as it is, "\n" made CRLF where there is no CR. */
void station_lab_put(struct station_lab *lab, const char *message);
void station_lab_put_octets(struct station_lab *lab, struct slice message);
/* The answer to the last request sent (or of message `of`, -1: the last), with this To tag (NULL: none) and further lines ("X: y\n", NULL). */
void station_lab_answer(struct station_lab *lab, int of, int status, const char *to_tag,
                        const char *lines);
/* A request of the caller "a" for Call-ID `call_id`; to_tag NULL: none. */
void station_lab_request(struct station_lab *lab, const char *method, const char *call_id,
                         unsigned cseq, const char *to_tag, const char *branch);
/* The first line of the n-th message sent, "" if there is none; the value of its header. Valid until the next question. */
const char *station_lab_line(struct station_lab *lab, unsigned n);
const char *station_lab_header(struct station_lab *lab, unsigned n, const char *name);

#endif
