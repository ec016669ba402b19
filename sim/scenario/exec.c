/* <exec ...>: commands to the shell, to ourselves, to media. */
#include "sim/scenario/compile.h"

static bool int_cmd(struct compile *c, struct action *a, struct slice value)
{
	static const char *const commands[] = { "stop_now", "stop_gracefully", "stop_call" };

	a->kind = ACTION_EXEC_INT_CMD;
	for (unsigned i = 0; i < 3; i++)
		if (slice_eq_str(slice_trim(value), commands[i])) {
			a->int_cmd = (enum int_cmd)i;
			return true;
		}
	return compile_fail(c, a->line, "int_cmd=\"%.*s\": stop_now, stop_gracefully or stop_call",
	                    SLICE_ARG(value));
}

static const struct row {
	const char *attribute;
	enum media_verb verb;
} verbs[] = {
	{ "play_pcap_audio", MEDIA_PLAY_PCAP_AUDIO },
	{ "play_pcap_video", MEDIA_PLAY_PCAP_VIDEO },
	{ "play_pcap_image", MEDIA_PLAY_PCAP_IMAGE },
	{ "play_dtmf", MEDIA_PLAY_DTMF },
	{ "rtp_stream", MEDIA_RTP_STREAM },
	{ "rtp_echo", MEDIA_RTP_ECHO },
	{ "play", MEDIA_PLAY },
	{ "digits", MEDIA_DIGITS },
	{ "stop", MEDIA_STOP },
};

bool compile_exec(struct compile *c, struct action *a)
{
	struct slice value = xml_value(c->node, "int_cmd");

	if (value.p)
		return int_cmd(c, a, value);
	if (xml_value(c->node, "command").p) {
		a->kind = ACTION_EXEC_COMMAND;
		c->s->has_commands = true;
		return compile_text(c, "command", &a->text);
	}
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (!xml_value(c->node, verbs[i].attribute).p)
			continue;
		a->kind = ACTION_EXEC_MEDIA;
		a->media = verbs[i].verb;
		c->s->has_media = true;
		return compile_text(c, verbs[i].attribute, &a->text);
	}
	return compile_fail(c, a->line,
	                    "<exec> needs command=, int_cmd=, play_pcap_audio=, rtp_stream=, "
	                    "play_dtmf=, rtp_echo=, play=, digits= or stop=");
}
