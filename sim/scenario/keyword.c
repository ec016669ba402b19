#include "sim/scenario/keyword.h"

#include "sim/scenario/nearest.h"

static const struct keyword_row rows[] = {
	{ "service", KEYWORD_SERVICE, KEYWORD_PLAIN, { 0 } },
	{ "remote_host", KEYWORD_REMOTE_HOST, KEYWORD_PLAIN, { 0 } },
	{ "remote_ip", KEYWORD_REMOTE_IP, KEYWORD_PLAIN, { 0 } },
	{ "remote_port", KEYWORD_REMOTE_PORT, KEYWORD_OFFSET, { 0 } },
	{ "local_ip", KEYWORD_LOCAL_IP, KEYWORD_PLAIN, { 0 } },
	{ "local_ip_type", KEYWORD_LOCAL_IP_TYPE, KEYWORD_PLAIN, { 0 } },
	{ "local_port", KEYWORD_LOCAL_PORT, KEYWORD_OFFSET, { 0 } },
	{ "server_ip", KEYWORD_SERVER_IP, KEYWORD_PLAIN, { 0 } },
	{ "transport", KEYWORD_TRANSPORT, KEYWORD_PLAIN, { 0 } },
	{ "media_ip", KEYWORD_MEDIA_IP, KEYWORD_PLAIN, { 0 } },
	{ "media_ip_type", KEYWORD_MEDIA_IP_TYPE, KEYWORD_PLAIN, { 0 } },
	{ "media_port", KEYWORD_MEDIA_PORT, KEYWORD_OFFSET, { 0 } },
	{ "auto_media_port", KEYWORD_AUTO_MEDIA_PORT, KEYWORD_OFFSET, { 0 } },
	{ "rtpstream_audio_port", KEYWORD_RTPSTREAM_AUDIO_PORT, KEYWORD_OFFSET, { 0 } },
	{ "rtpstream_video_port", KEYWORD_RTPSTREAM_VIDEO_PORT, KEYWORD_OFFSET, { 0 } },
	{ "call_id", KEYWORD_CALL_ID, KEYWORD_PLAIN, { 0 } },
	{ "call_number", KEYWORD_CALL_NUMBER, KEYWORD_PLAIN, { 0 } },
	{ "dynamic_id", KEYWORD_DYNAMIC_ID, KEYWORD_PLAIN, { 0 } },
	{ "cseq", KEYWORD_CSEQ, KEYWORD_OFFSET, { 0 } },
	{ "branch", KEYWORD_BRANCH, KEYWORD_OFFSET, { 0 } },
	{ "msg_index", KEYWORD_MSG_INDEX, KEYWORD_PLAIN, { 0 } },
	{ "len", KEYWORD_LEN, KEYWORD_OFFSET, { 0 } },
	{ "pid", KEYWORD_PID, KEYWORD_PLAIN, { 0 } },
	{ "sipp_version", KEYWORD_SIPP_VERSION, KEYWORD_PLAIN, { 0 } },
	{ "clock_tick", KEYWORD_CLOCK_TICK, KEYWORD_PLAIN, { 0 } },
	{ "timestamp", KEYWORD_TIMESTAMP, KEYWORD_PLAIN, { 0 } },
	{ "date", KEYWORD_DATE, KEYWORD_PLAIN, { 0 } },
	{ "users", KEYWORD_USERS, KEYWORD_PLAIN, { 0 } },
	{ "userid", KEYWORD_USERID, KEYWORD_PLAIN, { 0 } },
	{ "peer_tag_param", KEYWORD_PEER_TAG_PARAM, KEYWORD_PLAIN, { 0 } },
	{ "routes", KEYWORD_ROUTES, KEYWORD_PLAIN, { 0 } },
	{ "next_url", KEYWORD_NEXT_URL, KEYWORD_PLAIN, { 0 } },
	{ "last_message", KEYWORD_LAST_MESSAGE, KEYWORD_PLAIN, { 0 } },
	{ "last_cseq_number", KEYWORD_LAST_CSEQ_NUMBER, KEYWORD_OFFSET, { 0 } },
	{ "last_Request_URI", KEYWORD_LAST_REQUEST_URI, KEYWORD_PLAIN, { 0 } },
	{ "tdmmap", KEYWORD_TDMMAP, KEYWORD_PLAIN, { 0 } },
	{ "file", KEYWORD_FILE, KEYWORD_ARGUMENTS, { "name" } },
	{ "fill", KEYWORD_FILL, KEYWORD_ARGUMENTS, { "variable", "text" } },
	{ "authentication",
	  KEYWORD_AUTHENTICATION,
	  KEYWORD_ARGUMENTS,
	  { "username", "password", "aka_K", "aka_OP", "aka_AMF" } },
	{ "field", KEYWORD_FIELD, KEYWORD_NUMBERED, { "file", "line" } },
	{ "last_", KEYWORD_LAST, KEYWORD_PREFIXED, { 0 } },
	{ "cryptotag", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 } },
	{ "cryptosuite", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 } },
	{ "cryptokeyparams", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 } },
	{ "ueaescm128sha1", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 } },
};

#define ROWS (sizeof rows / sizeof rows[0])

const struct keyword_row *keyword_named(struct slice name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].shape < KEYWORD_NUMBERED && slice_eq_str(name, rows[i].name))
			return &rows[i];
	return NULL;
}

/* cryptosuiteaescm128sha1801audio: which media it is for stands at the end. */
static bool names_media(struct slice name)
{
	return name.n > 5 && (slice_eq_str(slice_from(name, name.n - 5), "audio") ||
	                      slice_eq_str(slice_from(name, name.n - 5), "video"));
}

const struct keyword_row *keyword_beginning(struct slice name)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct keyword_row *row = &rows[i];
		size_t n = strlen(row->name);
		if (row->shape < KEYWORD_NUMBERED || name.n <= n || !slice_starts(name, row->name))
			continue;
		if (row->keyword == KEYWORD_CRYPTO   ? names_media(name)
		    : row->shape == KEYWORD_NUMBERED ? ascii_is_digit(name.p[n])
		                                     : true)
			return row;
	}
	return NULL;
}

const char *keyword_name(enum keyword keyword)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].keyword == keyword)
			return rows[i].name;
	return keyword == KEYWORD_VARIABLE ? "$" : keyword == KEYWORD_GENERIC ? "key" : "text";
}

const char *keyword_nearest(struct slice name)
{
	struct nearest n = nearest_to(name);

	for (size_t i = 0; i < ROWS; i++)
		nearest_try(&n, rows[i].name);
	return n.best;
}
