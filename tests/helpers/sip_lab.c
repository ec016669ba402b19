#include "tests/helpers/sip_lab.h"

#include "dissectors/sip_grammar.h"
#include "reports/records/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct line {
	double at;
	char way[8], start[32], method[32], branch[64], from_tag[64], to_tag[64];
	unsigned cseq;
	char from[64], uri[64], call[64], sdp[32], sdp_host[32], headers[512], body_type[64],
	        body[256], pad[64], without[16], to[64];
};

static void blanks(char *s)
{
	for (; *s; s++)
		if (*s == '_')
			*s = ' ';
}

static void take_extra(struct line *l, char *extra)
{
	char *at;

	if (!strncmp(extra, "from=", 5)) {
		snprintf(l->from, sizeof l->from, "%s", extra + 5);
	} else if (!strncmp(extra, "uri=", 4)) {
		snprintf(l->uri, sizeof l->uri, "%s", extra + 4);
	} else if (!strncmp(extra, "call=", 5)) {
		snprintf(l->call, sizeof l->call, "%s", extra + 5);
	} else if (!strncmp(extra, "sdp=", 4)) {
		at = strchr(extra, '@');
		if (at)
			*at++ = '\0';
		snprintf(l->sdp, sizeof l->sdp, "%s", extra + 4);
		snprintf(l->sdp_host, sizeof l->sdp_host, "%s", at ? at : "");
	} else if (!strncmp(extra, "h=", 2)) {
		blanks(extra);
		strncat(l->headers, extra + 2, sizeof l->headers - strlen(l->headers) - 3);
		strcat(l->headers, "\r\n");
	} else if (!strncmp(extra, "body=", 5)) {
		at = strchr(extra, ':');
		*at++ = '\0';
		blanks(at);
		snprintf(l->body_type, sizeof l->body_type, "%s", extra + 5);
		snprintf(l->body, sizeof l->body, "%s", at);
	} else if (!strncmp(extra, "without=", 8)) {
		snprintf(l->without, sizeof l->without, "%s", extra + 8);
	} else if (!strncmp(extra, "to=", 3)) {
		snprintf(l->to, sizeof l->to, "%s", extra + 3);
	} else if (!strncmp(extra, "pad=", 4)) {
		snprintf(l->pad, sizeof l->pad, "%s", extra + 4);
	} else {
		fprintf(stderr, "sip_lab: what is '%s'?\n", extra);
		abort();
	}
}

static void parse_line(const char *text, struct line *l)
{
	char copy[1024], *word, *save;
	int used = 0;

	*l = (struct line){ .call = "c1" };
	if (sscanf(text, "%lf %7s %31s %u %31s %63s %63s %63s%n", &l->at, l->way, l->start,
	           &l->cseq, l->method, l->branch, l->from_tag, l->to_tag, &used) != 8) {
		fprintf(stderr, "sip_lab: bad line '%s'\n", text);
		abort();
	}
	snprintf(copy, sizeof copy, "%s", text + used);
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		take_extra(l, word);
}

struct out {
	char *p;
	size_t n, size;
};

static void add(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct out *o, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(o->p + o->n, o->size - o->n, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= o->size - o->n)
		abort();
	o->n += (size_t)n;
}

static void make_body(struct line *l, char sender)
{
	char host[32];

	if (!l->sdp[0])
		return;
	snprintf(host, sizeof host, "192.0.2.%d", sender - 'a' + 1);
	snprintf(l->body_type, sizeof l->body_type, "application/sdp");
	snprintf(l->body, sizeof l->body,
	         "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 4000 RTP/AVP "
	         "0 101\r\n"
	         "a=rtpmap:101 telephone-event/8000\r\na=%s\r\n",
	         host, l->sdp_host[0] ? l->sdp_host : host, l->sdp);
}

static void add_tag(struct out *o, const char *name, const char *user, const char *tag)
{
	add(o, "%s: <sip:%s@example.com>", name, user);
	if (strcmp(tag, "-"))
		add(o, ";tag=%s", tag);
	add(o, "\r\n");
}

static struct endpoint host(char name)
{
	uint8_t v4[4] = { 192, 0, 2, (uint8_t)(name - 'a' + 1) };
	return (struct endpoint){ ip_addr_v4(v4), 5060 };
}

size_t sip_lab_message(const char *text, struct sip_origin *origin, char *buf, size_t size)
{
	struct out o = { buf, 0, size };
	struct line l;
	bool request;

	parse_line(text, &l);
	request = !(l.start[0] >= '0' && l.start[0] <= '9');
	make_body(&l, l.way[0]);
	if (request)
		add(&o, "%s sip:%s%s SIP/2.0\r\n", l.start,
		    l.uri[0]  ? l.uri
		    : l.to[0] ? l.to
		              : "bob",
		    strchr(l.uri, '@') ? "" : "@example.com");
	else
		add(&o, "SIP/2.0 %s Phrase\r\n", l.start);
	if (strcmp(l.without, "Via")) {
		add(&o, "Via: SIP/2.0/UDP 192.0.2.%d:5060",
		    (request ? l.way[0] : l.way[2]) - 'a' + 1);
		if (strcmp(l.branch, "-"))
			add(&o, ";branch=z9hG4bK%s", l.branch);
		add(&o, "\r\n");
	}
	add_tag(&o, "From", l.from[0] ? l.from : "alice", l.from_tag);
	add_tag(&o, "To", l.to[0] ? l.to : "bob", l.to_tag);
	add(&o, "Call-ID: %s\r\n", l.call);
	if (strcmp(l.without, "CSeq"))
		add(&o, "CSeq: %u %s\r\n", l.cseq, l.method);
	if (strcmp(l.without, "Contact"))
		add(&o, "Contact: <sip:%c@192.0.2.%d>\r\n", l.way[0], l.way[0] - 'a' + 1);
	add(&o, "User-Agent: phone-%c\r\n%s", l.way[0], l.headers);
	if (l.pad[0])
		add(&o, "X-Pad: %s\r\n", l.pad);
	if (l.body[0])
		add(&o, "Content-Type: %s\r\n", l.body_type);
	add(&o, "Content-Length: %zu\r\n\r\n%s", strlen(l.body), l.body);
	*origin = (struct sip_origin){
		.capture_id = 1,
		.time_ns = SIP_LAB_START_S * NS_PER_S + (int64_t)(l.at * 1e6 + 0.5) * NS_PER_US,
		.src = host(l.way[0]),
		.dst = host(l.way[2]),
		.transport = "UDP",
	};
	return o.n;
}

bool sip_lab_init(struct sip_lab *lab)
{
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("lab"),
		                  .version = SLICE_LIT("0"),
		                  .started_us = 1,
		                  .finished_us = RECORD_NULL };
	struct record_capture capture = { .id = 1,
		                          .run_id = 1,
		                          .path = SLICE_LIT("lab"),
		                          .format = SLICE_LIT("lab"),
		                          .first_us = RECORD_NULL,
		                          .last_us = RECORD_NULL };
	struct analysis *a = &lab->analysis;

	sip_grammar_init();
	*lab = (struct sip_lab){ 0 };
	text_init(&lab->rows);
	*a = (struct analysis){ .run_id = 1,
		                .err = &lab->err,
		                .interval_ns = 5 * NS_PER_S,
		                .next_call = 1,
		                .next_dialog = 1,
		                .next_transaction = 1,
		                .next_message = 1,
		                .next_stream = 1,
		                .next_rtcp = 1,
		                .next_dtmf = 1,
		                .next_registration = 1,
		                .next_subscription = 1,
		                .next_transfer = 1,
		                .now_ns = SIP_LAB_START_S * NS_PER_S };
	timers_init(&a->timers);
	lab->store = a->store = store_create(NULL, &run, &lab->err);
	if (!lab->store || !store_capture(lab->store, &capture, &lab->err))
		return false;
	rules_init(&lab->rules);
	a->findings = findings_new(a, &lab->rules);
	if (!a->findings)
		return false;
	lab->streams = streams_new(a);
	lab->calls = lab->streams ? calls_new(a, lab->streams) : NULL;
	return lab->calls != NULL;
}

void sip_lab_release(struct sip_lab *lab)
{
	calls_free(lab->calls);
	findings_free(lab->analysis.findings);
	rules_release(&lab->rules);
	streams_free(lab->streams);
	timers_release(&lab->analysis.timers);
	store_free(lab->store);
	text_release(&lab->rows);
}

static bool pass_to(struct sip_lab *lab, int64_t now_ns)
{
	struct analysis *a = &lab->analysis;

	/* In steps, as packets would let it pass: a timer may arm itself again. */
	while (timers_next(&a->timers) <= now_ns && !a->failed) {
		int64_t due = timers_next(&a->timers);
		if (due > a->now_ns)
			a->now_ns = due;
		timers_advance(&a->timers, a->now_ns, a);
	}
	if (now_ns > a->now_ns)
		a->now_ns = now_ns;
	return !a->failed;
}

bool sip_lab_pass(struct sip_lab *lab, double s)
{
	return pass_to(lab, SIP_LAB_START_S * NS_PER_S + (int64_t)(s * 1e6) * NS_PER_US);
}

static bool feed_line(struct sip_lab *lab, const char *line)
{
	static struct sip_msg msg; /* large; tests run one after the other */
	char buf[4096];
	struct sip_origin origin;
	size_t n = sip_lab_message(line, &origin, buf, sizeof buf);

	if (sip_msg_parse(slice_of(buf, n), &msg) != PARSE_OK)
		abort();
	origin.frame = ++lab->frame;
	if (!pass_to(lab, origin.time_ns) || !calls_message(lab->calls, &origin, &msg))
		return false;
	if (!lab->unchecked && !calls_check(lab->calls))
		abort();
	return true;
}

bool sip_lab_feed(struct sip_lab *lab, const char *lines)
{
	struct slice rest = slice_str(lines), line;
	char text[1024];

	while (slice_line(&rest, &line)) {
		line = slice_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		if (!feed_line(lab, slice_cstr(line, text, sizeof text)))
			return false;
	}
	return true;
}

bool sip_lab_rules(struct sip_lab *lab, const char *lines)
{
	struct analysis *a = &lab->analysis;

	findings_free(a->findings);
	a->findings = NULL;
	if (!rules_parse(&lab->rules, slice_str(lines), "lab", &lab->err))
		return false;
	a->findings = findings_new(a, &lab->rules);
	return a->findings != NULL;
}

bool sip_lab_finish(struct sip_lab *lab)
{
	return sip_lab_finish_view(lab, &(struct capture_view){ 0 });
}

bool sip_lab_finish_view(struct sip_lab *lab, const struct capture_view *view)
{
	return calls_finish(lab->calls) && streams_finish(lab->streams) &&
	       findings_finish(lab->analysis.findings, view) && store_join(lab->store, &lab->err) &&
	       store_finish(lab->store, RECORD_NULL, &lab->err);
}

const char *sip_lab_rows(struct sip_lab *lab, const char *sql)
{
	struct records *records = records_of(store_handle(lab->store), &lab->err);
	struct query *q = records ? query_new(records, &lab->err, sql) : NULL;

	if (!q) {
		fprintf(stderr, "sip_lab: %s\n", lab->err.text);
		abort();
	}
	text_reset(&lab->rows);
	while (query_step(q, &lab->err)) {
		text_add(&lab->rows, lab->rows.n ? SLICE_LIT("\n") : SLICE_LIT(""));
		for (int i = 0; i < query_columns(q); i++) {
			struct slice value =
			        query_is_null(q, i) ? SLICE_LIT("-") : query_text(q, i);
			text_add(&lab->rows, i ? SLICE_LIT("|") : SLICE_LIT(""));
			text_add(&lab->rows, value);
		}
	}
	query_free(q);
	records_close(records);
	return text_cstr(&lab->rows);
}
