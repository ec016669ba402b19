/* Which element knows which attribute. SIPp passes over what it does not know, typing mistakes included: they are noted here. */
#include "sim/scenario/compile.h"
#include "base/nearest.h"

#define STEP_ATTRIBUTES                                                                            \
	"next", "test", "chance", "condexec", "condexec_inverse", "start_rtd", "rtd",              \
	        "repeat_rtd", "counter", "crlf", "hide", "hiderest", "display"
#define MOST_ATTRIBUTES 40
#define DISTRIBUTION_ATTRIBUTES                                                                    \
	"distribution", "value", "min", "max", "mean", "stdev", "lambda", "k", "x_m", "shape",     \
	        "scale", "location", "theta", "n", "p"

static const struct row {
	const char *element;
	const char *names[MOST_ATTRIBUTES];
} rows[] = {
	{ "scenario", { "name" } },
	{ "send",
	  { STEP_ATTRIBUTES, "retrans", "lost", "start_txn", "ack_txn", "timeout", "ontimeout" } },
	{ "recv",
	  { STEP_ATTRIBUTES, "request", "response", "optional", "timeout", "ontimeout", "rrs",
	    "auth", "lost", "response_txn", "regexp_match", "ignoresdp", "advance_state" } },
	{ "pause",
	  { STEP_ATTRIBUTES, DISTRIBUTION_ATTRIBUTES, "milliseconds", "variable", "sanity_check",
	    "normal", "lognormal", "exponential" } },
	{ "timewait",
	  { STEP_ATTRIBUTES, DISTRIBUTION_ATTRIBUTES, "milliseconds", "variable",
	    "sanity_check" } },
	{ "nop", { STEP_ATTRIBUTES } },
	{ "sendCmd", { STEP_ATTRIBUTES, "dest" } },
	{ "recvCmd", { STEP_ATTRIBUTES, "src", "timeout", "ontimeout" } },
	{ "label", { "id" } },
	{ "init", { 0 } },
	{ "action", { 0 } },
	{ "Global", { "variables" } },
	{ "User", { "variables" } },
	{ "Reference", { "variables" } },
	{ "DefaultMessage", { "id" } },
	{ "ResponseTimeRepartition", { "value" } },
	{ "CallLengthRepartition", { "value" } },
	{ "ereg",
	  { "regexp", "search_in", "header", "variable", "check_it", "check_it_inverse",
	    "assign_to", "occurrence", "occurence", "start_line", "case_indep" } },
	{ "log", { "message" } },
	{ "warning", { "message" } },
	{ "error", { "message" } },
	{ "assign", { "assign_to", "value", "variable" } },
	{ "add", { "assign_to", "value", "variable" } },
	{ "subtract", { "assign_to", "value", "variable" } },
	{ "multiply", { "assign_to", "value", "variable" } },
	{ "divide", { "assign_to", "value", "variable" } },
	{ "assignstr", { "assign_to", "value" } },
	{ "todouble", { "assign_to", "variable" } },
	{ "test",
	  { "assign_to", "variable", "variable2", "compare", "value", "check_it",
	    "check_it_inverse" } },
	{ "strcmp",
	  { "assign_to", "variable", "variable2", "value", "check_it", "check_it_inverse" } },
	{ "trim", { "assign_to", "variable" } },
	{ "urlencode", { "assign_to", "variable" } },
	{ "urldecode", { "assign_to", "variable" } },
	{ "sample", { "assign_to", DISTRIBUTION_ATTRIBUTES } },
	{ "gettimeofday", { "assign_to" } },
	{ "verifyauth", { "assign_to", "username", "password" } },
	{ "lookup", { "assign_to", "file", "key" } },
	{ "insert", { "file", "value" } },
	{ "replace", { "file", "line", "value" } },
	{ "index", { "file", "field", "assign_to" } },
	{ "jump", { "value", "variable" } },
	{ "pauserestore", { "value", "variable" } },
	{ "setdest", { "host", "port", "protocol" } },
	{ "closecon", { 0 } },
	{ "rtp_echo", { "value", "variable" } },
	{ "exec",
	  { "command", "int_cmd", "play_pcap_audio", "play_pcap_video", "play_pcap_image",
	    "play_dtmf", "rtp_stream", "rtp_echo", "play", "digits", "stop" } },
};

static const struct row *row_of(const struct xml_node *node)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (xml_is(node, rows[i].element))
			return &rows[i];
	return NULL;
}

static bool knows(const struct row *row, struct slice name)
{
	for (size_t i = 0; i < MOST_ATTRIBUTES && row->names[i]; i++)
		if (slice_eq_str(name, row->names[i]))
			return true;
	return false;
}

static bool note_unknown(struct compile *c, const struct row *row, struct slice name)
{
	struct nearest near = nearest_to(name);

	for (size_t i = 0; i < MOST_ATTRIBUTES && row->names[i]; i++)
		nearest_try(&near, row->names[i]);
	if (near.best)
		return compile_note(c, c->node->line, NOTE_LOUD, "unknown-attribute",
		                    "<%s %.*s=...> does nothing: %s is meant?", row->element,
		                    SLICE_ARG(name), near.best);
	return compile_note(c, c->node->line, NOTE_QUIET, "unknown-attribute",
	                    "<%s %.*s=...> does nothing: there is no such attribute", row->element,
	                    SLICE_ARG(name));
}

bool compile_attributes(struct compile *c, const struct xml_node *node)
{
	const struct row *row = row_of(node);

	for (unsigned i = 0; row && i < node->attribute_count; i++)
		if (!knows(row, node->attributes[i].name) &&
		    !note_unknown(c, row, node->attributes[i].name))
			return false;
	return true;
}
