#include "sim/scenario/keyword.h"

#include "base/nearest.h"

static const struct keyword_row rows[] = {
	{ "service", KEYWORD_SERVICE, KEYWORD_PLAIN, { 0 }, NULL },
	{ "remote_host", KEYWORD_REMOTE_HOST, KEYWORD_PLAIN, { 0 }, NULL },
	{ "remote_ip", KEYWORD_REMOTE_IP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "remote_port", KEYWORD_REMOTE_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "local_ip", KEYWORD_LOCAL_IP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "local_ip_type", KEYWORD_LOCAL_IP_TYPE, KEYWORD_PLAIN, { 0 }, NULL },
	{ "local_port", KEYWORD_LOCAL_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "server_ip", KEYWORD_SERVER_IP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "transport", KEYWORD_TRANSPORT, KEYWORD_PLAIN, { 0 }, NULL },
	{ "media_ip", KEYWORD_MEDIA_IP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "media_ip_type", KEYWORD_MEDIA_IP_TYPE, KEYWORD_PLAIN, { 0 }, NULL },
	{ "media_port", KEYWORD_MEDIA_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "auto_media_port", KEYWORD_AUTO_MEDIA_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "rtpstream_audio_port", KEYWORD_RTPSTREAM_AUDIO_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "rtpstream_video_port", KEYWORD_RTPSTREAM_VIDEO_PORT, KEYWORD_OFFSET, { 0 }, NULL },
	{ "call_id", KEYWORD_CALL_ID, KEYWORD_PLAIN, { 0 }, NULL },
	{ "call_number", KEYWORD_CALL_NUMBER, KEYWORD_PLAIN, { 0 }, NULL },
	{ "dynamic_id", KEYWORD_DYNAMIC_ID, KEYWORD_PLAIN, { 0 }, NULL },
	{ "cseq", KEYWORD_CSEQ, KEYWORD_OFFSET, { 0 }, NULL },
	{ "branch", KEYWORD_BRANCH, KEYWORD_OFFSET, { 0 }, NULL },
	{ "msg_index", KEYWORD_MSG_INDEX, KEYWORD_PLAIN, { 0 }, NULL },
	{ "len", KEYWORD_LEN, KEYWORD_OFFSET, { 0 }, NULL },
	{ "pid", KEYWORD_PID, KEYWORD_PLAIN, { 0 }, NULL },
	{ "sipp_version", KEYWORD_SIPP_VERSION, KEYWORD_PLAIN, { 0 }, NULL },
	{ "clock_tick", KEYWORD_CLOCK_TICK, KEYWORD_PLAIN, { 0 }, NULL },
	{ "timestamp", KEYWORD_TIMESTAMP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "date", KEYWORD_DATE, KEYWORD_PLAIN, { 0 }, NULL },
	{ "users", KEYWORD_USERS, KEYWORD_PLAIN, { 0 }, NULL },
	{ "userid", KEYWORD_USERID, KEYWORD_PLAIN, { 0 }, NULL },
	{ "peer_tag_param", KEYWORD_PEER_TAG_PARAM, KEYWORD_PLAIN, { 0 }, NULL },
	{ "routes", KEYWORD_ROUTES, KEYWORD_PLAIN, { 0 }, NULL },
	{ "next_url", KEYWORD_NEXT_URL, KEYWORD_PLAIN, { 0 }, NULL },
	{ "last_message", KEYWORD_LAST_MESSAGE, KEYWORD_PLAIN, { 0 }, NULL },
	{ "last_cseq_number", KEYWORD_LAST_CSEQ_NUMBER, KEYWORD_OFFSET, { 0 }, NULL },
	{ "last_Request_URI", KEYWORD_LAST_REQUEST_URI, KEYWORD_PLAIN, { 0 }, NULL },
	{ "tdmmap", KEYWORD_TDMMAP, KEYWORD_PLAIN, { 0 }, NULL },
	{ "file", KEYWORD_FILE, KEYWORD_ARGUMENTS, { "name" }, "name" },
	{ "fill", KEYWORD_FILL, KEYWORD_ARGUMENTS, { "variable", "text" }, "variable" },
	{ "authentication",
	  KEYWORD_AUTHENTICATION,
	  KEYWORD_ARGUMENTS,
	  { "username", "password", "aka_K", "aka_OP", "aka_OPc", "aka_AMF", "aka_SQN" },
	  NULL },
	{ "field", KEYWORD_FIELD, KEYWORD_NUMBERED, { "file", "line" }, NULL },
	{ "last_", KEYWORD_LAST, KEYWORD_PREFIXED, { 0 }, NULL },
	{ "cryptotag", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 }, NULL },
	{ "cryptosuite", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 }, NULL },
	{ "cryptokeyparams", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 }, NULL },
	{ "ueaescm128sha1", KEYWORD_CRYPTO, KEYWORD_PREFIXED, { 0 }, NULL },
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
