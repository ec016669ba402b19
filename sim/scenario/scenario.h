/* A scenario, compiled: plain data that every worker reads and nobody changes. It comes from SIPp's XML (sipp_xml.h), and knows nothing of
 * sockets, calls or time. What a name refers to is resolved here: labels are step numbers, variables, response times, counters and
 * transactions are indices into the tables below. -1 (or SCENARIO_NONE) is "none" for all of them.
 *
 * A message is a list of pieces: text that stands as it is, and keywords to be filled in for each call (render.h does that). */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "base/arena.h"
#include "dissectors/sip_msg.h"

#include <regex.h>

#define SCENARIO_NONE (-1)

/* --- messages ----------------------------------------------------------------------------------------------------- */

/* What SIPp calls a keyword: [name]. Names in comments where they differ. */
enum keyword {
	KEYWORD_TEXT, /* none: `text` as it stands */
	KEYWORD_SERVICE,
	KEYWORD_REMOTE_HOST,
	KEYWORD_REMOTE_IP,
	KEYWORD_REMOTE_PORT, /* + offset */
	KEYWORD_LOCAL_IP,
	KEYWORD_LOCAL_IP_TYPE, /* 4 or 6 */
	KEYWORD_LOCAL_PORT, /* + offset */
	KEYWORD_SERVER_IP,
	KEYWORD_TRANSPORT,
	KEYWORD_MEDIA_IP,
	KEYWORD_MEDIA_IP_TYPE,
	KEYWORD_MEDIA_PORT, /* + offset */
	KEYWORD_AUTO_MEDIA_PORT, /* + offset */
	KEYWORD_RTPSTREAM_AUDIO_PORT, /* + offset */
	KEYWORD_RTPSTREAM_VIDEO_PORT, /* + offset */
	KEYWORD_CRYPTO, /* any of the SRTP keywords: `text` is its whole name, as cryptotag1audio, cryptokeyparams2video */
	KEYWORD_CALL_ID, /* a prefix and /// in front of it are text */
	KEYWORD_CALL_NUMBER,
	KEYWORD_DYNAMIC_ID,
	KEYWORD_CSEQ, /* + offset */
	KEYWORD_BRANCH, /* offset N: that of the step N back ([branch-N]) */
	KEYWORD_MSG_INDEX,
	KEYWORD_LEN, /* + offset: octets of the body */
	KEYWORD_PID,
	KEYWORD_SIPP_VERSION,
	KEYWORD_CLOCK_TICK, /* ms since the start */
	KEYWORD_TIMESTAMP, /* of now, as people read it */
	KEYWORD_DATE, /* RFC 1123, GMT */
	KEYWORD_USERS,
	KEYWORD_USERID,
	KEYWORD_PEER_TAG_PARAM, /* ;tag=..., or nothing */
	KEYWORD_ROUTES, /* the whole Route: line, or nothing */
	KEYWORD_NEXT_URL,
	KEYWORD_LAST, /* [last_X:] and [last_X]: `text` is X; `with_name` with the colon */
	KEYWORD_LAST_MESSAGE,
	KEYWORD_LAST_CSEQ_NUMBER, /* + offset */
	KEYWORD_LAST_REQUEST_URI,
	KEYWORD_VARIABLE, /* [$name]: `variable` */
	KEYWORD_FIELD, /* [fieldN file= line=]: `field`, `args` */
	KEYWORD_FILE, /* [file name=]: args name */
	KEYWORD_FILL, /* [fill variable= text=] */
	KEYWORD_AUTHENTICATION, /* [authentication username= password= aka_K= aka_OP= aka_AMF=] */
	KEYWORD_TDMMAP,
	KEYWORD_GENERIC, /* a name of -key: `text`; what no -key names is an error before the first packet */
};

struct template;

/* An argument inside of a keyword: a template itself, for [field0] may stand there. */
struct keyword_argument {
	struct slice name;
	const struct template *value;
};

struct piece {
	enum keyword keyword;
	struct slice text;
	int offset; /* of [name+N], [name-N] */
	int variable; /* index; SCENARIO_NONE */
	int field; /* of [fieldN] */
	bool with_name;
	/* A keyword of any kind alone in its line: where it gives nothing, the line goes; where its value ends with a line end, the blanks and line ends
	 * behind it go, as with SIPp. */
	bool whole_line;
	unsigned argument_count;
	const struct keyword_argument *arguments;
};

struct template
{
	unsigned piece_count;
	const struct piece *pieces;
	unsigned line; /* of the file, where its text begins */
	/* Where it is a message: */
	bool is_message;
	bool has_len; /* contains [len] */
	bool uses_last; /* any KEYWORD_LAST*, KEYWORD_PEER_TAG_PARAM excluded */
	/* Where the body begins, behind the empty line, be there octets or not: index of a text piece, and octet in it (its length: the body begins
	 * with the next piece). -1: no empty line, or a keyword's value makes it. */
	int body_piece, body_offset;
	enum sip_method method; /* of a request */
	struct slice
	        method_name; /* of a request; absent for a response or where a keyword makes it */
	int status; /* of a response; 0: a request, or where a keyword makes it */
	bool is_response;
};

/* --- variables ---------------------------------------------------------------------------------------------------- */

enum variable_scope { VARIABLE_CALL, VARIABLE_USER, VARIABLE_GLOBAL };

struct variable {
	struct slice name;
	enum variable_scope scope;
	int slot; /* within its scope */
	unsigned first_line, uses; /* for lint */
	bool referred; /* by <Reference>: meant to be there */
};

/* --- actions ------------------------------------------------------------------------------------------------------ */

enum action_kind {
	ACTION_EREG,
	ACTION_LOG,
	ACTION_WARNING,
	ACTION_ERROR,
	ACTION_ASSIGN, /* double */
	ACTION_ADD,
	ACTION_SUBTRACT,
	ACTION_MULTIPLY,
	ACTION_DIVIDE,
	ACTION_ASSIGNSTR,
	ACTION_TODOUBLE,
	ACTION_TEST,
	ACTION_STRCMP,
	ACTION_TRIM,
	ACTION_URLENCODE,
	ACTION_URLDECODE,
	ACTION_SAMPLE,
	ACTION_GETTIMEOFDAY,
	ACTION_VERIFYAUTH,
	ACTION_LOOKUP,
	ACTION_INSERT,
	ACTION_REPLACE,
	ACTION_INDEX,
	ACTION_JUMP,
	ACTION_PAUSERESTORE,
	ACTION_SETDEST,
	ACTION_CLOSECON,
	ACTION_RTP_ECHO, /* <rtp_echo value=>: 0 off */
	ACTION_EXEC_COMMAND,
	ACTION_EXEC_INT_CMD,
	ACTION_EXEC_MEDIA, /* play_pcap_*, rtp_stream, rtp_echo=, play_dtmf, and ours: media kind and a template (media.h) */
};

enum ereg_where { EREG_MSG, EREG_HDR, EREG_BODY, EREG_VAR };
enum compare {
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_GREATER,
	COMPARE_LESS,
	COMPARE_GREATER_EQUAL,
	COMPARE_LESS_EQUAL
};
enum int_cmd { INT_CMD_STOP_NOW, INT_CMD_STOP_GRACEFULLY, INT_CMD_STOP_CALL };

enum media_verb {
	MEDIA_PLAY_PCAP_AUDIO,
	MEDIA_PLAY_PCAP_VIDEO,
	MEDIA_PLAY_PCAP_IMAGE,
	MEDIA_PLAY_DTMF, /* digits[,ms] */
	MEDIA_RTP_STREAM, /* SIPp's little language: file,..., pause, resume, apattern ... */
	MEDIA_RTP_ECHO, /* startaudio,pt,name ... */
	MEDIA_PLAY, /* ours: wav:FILE | tone:HZ | speech | silence, with ,codec=,loops=,ptime= */
	MEDIA_DIGITS, /* ours: digits[,method=rfc4733|inband|info][,ms=][,gap=] */
	MEDIA_STOP, /* ours: what is being sent stops */
};

enum distribution_kind {
	DISTRIBUTION_FIXED, /* a */
	DISTRIBUTION_UNIFORM, /* a..b */
	DISTRIBUTION_NORMAL, /* mean a, stdev b */
	DISTRIBUTION_LOGNORMAL,
	DISTRIBUTION_EXPONENTIAL, /* mean a */
	DISTRIBUTION_WEIBULL, /* lambda a, k b */
	DISTRIBUTION_PARETO, /* k a, x_m b */
	DISTRIBUTION_GPARETO, /* shape a, scale b, location c */
	DISTRIBUTION_GAMMA, /* k a, theta b */
	DISTRIBUTION_NEGBIN, /* n a, p b */
};

struct distribution {
	enum distribution_kind kind;
	double a, b, c;
};

struct action {
	enum action_kind kind;
	unsigned line; /* of the file */
	/* The result goes to the first of these; of ereg the groups to the others (there may be fewer groups). */
	unsigned variable_count;
	const int *variables;
	/* ereg */
	regex_t *regex; /* compiled */
	struct slice pattern;
	enum ereg_where where;
	struct slice
	        header; /* of EREG_HDR: found by plain search in the raw text; the haystack is the rest of its line */
	int occurrence; /* 1.. */
	bool case_indep, start_line, check_it, check_it_inverse;
	/* operands: a value, or a variable */
	int operand; /* variable, SCENARIO_NONE */
	int operand2; /* variable2 */
	double value;
	enum compare compare;
	const struct template
	        *text; /* message=, value=, command=, username=, key=, host=, media argument ... */
	const struct template *text2; /* password=, port=, line= ... */
	const struct template *text3; /* protocol=, value= of replace and insert */
	struct slice file; /* of lookup, insert, replace, index */
	int field;
	struct distribution distribution;
	enum int_cmd int_cmd;
	enum media_verb media;
};

/* --- steps -------------------------------------------------------------------------------------------------------- */

enum step_kind { STEP_SEND, STEP_RECV, STEP_PAUSE, STEP_NOP, STEP_SEND_CMD, STEP_RECV_CMD };

enum step_optional { OPTIONAL_NO, OPTIONAL_YES, OPTIONAL_GLOBAL };

#define SCENARIO_MAX_RTD      64
#define SCENARIO_MAX_COUNTERS 64

struct step {
	enum step_kind kind;
	unsigned line;
	/* Of all kinds: */
	/* Step to go to (step_count: the end), only if the variable is set (SCENARIO_NONE: always). Of <init>: step of init. */
	int next, test;
	double chance; /* of taking `next`, 0..1; 1 without */
	int condexec; /* run only if the variable is set */
	bool condexec_inverse;
	uint64_t start_rtd, stop_rtd; /* a bit for each */
	uint64_t repeat_rtd; /* those of stop_rtd that go on */
	int counter;
	bool crlf, hide, hiderest;
	struct slice display;
	unsigned action_count;
	const struct action *actions;
	int timeout_ms; /* recv, send: -1 not given */
	int timeout_variable;
	int ontimeout; /* step */
	double lost_percent; /* -1: not given */
	int start_txn, response_txn, ack_txn;
	/* send, sendCmd */
	const struct template *message;
	int retrans_ms; /* T1; 0: none */
	/* recv */
	enum step_optional optional;
	enum sip_method method; /* of a request expected */
	struct slice request; /* as written, or the ERE with regexp_match; absent: a response */
	int response; /* status; 0: a request, or with regexp_match an ERE in `request` on the status code */
	bool is_response;
	bool regexp_match;
	regex_t *regex;
	bool rrs, auth, ignoresdp, advance_state;
	/* pause */
	bool is_timewait;
	bool pause_default; /* bare: the duration of -d */
	struct distribution duration; /* ms */
	int pause_variable;
	bool pause_media; /* ours, media="true": until what is being played is through */
	bool sanity_check;
	/* sendCmd dest=, recvCmd src= */
	struct slice peer;
};

/* Who opens a call: we by pace, or what arrives. What arrives is a command of the twin where recvCmd comes first (TWIN_RECEIVES_FIRST): such a
 * scenario is a server that needs a target, for it sends (`sends_first`). */
enum scenario_role { SCENARIO_CLIENT, SCENARIO_SERVER };
/* What the twin socket is for (3PCC): which of sendCmd and recvCmd is first. */
enum scenario_twin { TWIN_NONE, TWIN_SENDS_FIRST, TWIN_RECEIVES_FIRST };

enum default_message {
	DEFAULT_3PCC_ABORT,
	DEFAULT_ACK,
	DEFAULT_ACK2,
	DEFAULT_BYE,
	DEFAULT_CANCEL,
	DEFAULT_200,
	DEFAULT_MESSAGES
};

struct named {
	struct slice name;
	unsigned line;
};

struct scenario {
	struct arena arena; /* everything below */
	struct slice name; /* <scenario name=> */
	struct slice
	        file; /* as given: path, or name of the embedded one; what log files are named after */
	enum scenario_role role; /* client: the first message step that counts sends */
	enum scenario_twin twin;
	bool sends_first; /* its first SIP message goes out: needs a target */
	bool sends_cmd, receives_cmd;
	unsigned step_count;
	struct step *steps;
	unsigned init_count; /* <init>: nop steps, run once */
	struct step *init;
	unsigned label_count;
	struct named *labels; /* line = step number */
	unsigned variable_count, call_variables, user_variables, global_variables;
	struct variable *variables;
	unsigned rtd_count; /* [0] is "1", SIPp's default: always there */
	struct named
	        rtd[SCENARIO_MAX_RTD]; /* line: where first named; 0 for "1" that nobody uses */
	unsigned counter_count;
	struct named counters[SCENARIO_MAX_COUNTERS];
	unsigned txn_count;
	struct named *txns;
	unsigned response_bound_count, length_bound_count;
	const unsigned *response_bounds_ms, *length_bounds_ms;
	const struct template *defaults[DEFAULT_MESSAGES]; /* NULL: the built-in one */
	int unexpected_step; /* of label _unexp.main */
	int unexpected_return, unexpected_pause; /* variables _unexp.retaddr, _unexp.pausedaddr */
	/* What it needs, for those who set up: */
	bool has_media, has_srtp, has_auth, has_commands, uses_twin, uses_variables;
	bool has_own_media; /* play, digits, stop: verbs of ours */
	bool uses_auto_media_port, uses_rtpstream_port;
	bool needs_retransmission; /* any retrans= */
	uint64_t default_pauses; /* how many bare pauses: call duration = this x -d */
	/* For the compiler, and for scenario_free(): */
	const struct slice *keys; /* of -key */
	unsigned key_count;
	bool any_key, sealed; /* sealed: compiled; a variable that is not known now is an error */
	unsigned piece_total;
	struct scenario_regex *regexes;
};

void scenario_free(struct scenario *s); /* NULL allowed */

/* Index by name; SCENARIO_NONE. */
int scenario_variable(const struct scenario *s, struct slice name);
int scenario_label(const struct scenario *s, struct slice name);

const char *step_kind_name(enum step_kind kind);
/* "INVITE", "200", "Pause [1000ms]": as a screen or a table row says it. */
struct text;
void step_print(const struct scenario *s, unsigned step, struct text *out);
/* The whole of it as stable text, for tests and `milliwatt lint --print`. */
void scenario_print(const struct scenario *s, struct text *out);

#endif
