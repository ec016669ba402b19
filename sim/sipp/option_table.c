/* Every option of SIPp 3.6 and 3.7: names, kinds and defaults are SIPp's, the words are ours. */
#include "sim/sipp/options.h"

#include <stddef.h>

#define AT(member) offsetof(struct sipp_settings, member)
#define HEADING(text)                                                                              \
	{                                                                                          \
		NULL, OPTION_HEADING, 0, NULL, text, NULL                                          \
	}
#define OPTION(name, kind, member, v, h)                                                           \
	{                                                                                          \
		name, OPTION_##kind, AT(member), v, h, NULL                                        \
	}
#define FLAG(name, member, h)                                                                      \
	{                                                                                          \
		name, OPTION_FLAG, AT(member), NULL, h, NULL                                       \
	}
#define TAKEN(name, member, take, v, h)                                                            \
	{                                                                                          \
		name, OPTION_CALL, AT(member), v, h, sipp_take_##take                              \
	}
/* clang-format off */
#define LOG(trace_name, file_name, overwrite_name, i, h) \
	FLAG(trace_name, logs[i].wanted, h), \
	OPTION(file_name, STRING, logs[i].path, "FILE", "... into this file"), \
	OPTION(overwrite_name, BOOL, logs[i].overwrite, "BOOL", "... begin it anew; false: go on at its end (true)")

const struct sipp_option sipp_option_table[] = {
	HEADING("Scenario"),
	OPTION("sf", STRING, scenario_file, "FILE", "scenario in SIPp's XML"),
	OPTION("sn", STRING, scenario_name, "NAME", "embedded scenario; without -sf and -sn it is uac"),
	TAKEN("sd", ask_about, ask, "NAME", "print an embedded scenario"),
	OPTION("oocsf", STRING, out_of_call_file, "FILE", "scenario for requests that belong to no call"),
	OPTION("oocsn", STRING, out_of_call_name, "NAME", "the same, embedded"),
	OPTION("rxsf", STRING, receive_file, "FILE", "scenario for calls that come in while the main one calls"),
	OPTION("rxsn", STRING, receive_name, "NAME", "the same, embedded"),
	OPTION("rxrn", STRING, receive_name, "NAME", "the same as -rxsn: how SIPp's own table spells it"),

	HEADING("Addresses and transport"),
	TAKEN("t", transport, choice, "MODE", "u1 UDP (default), un a socket per call, ui a socket per address; t1 TCP, tn a connection per call; l1 TLS, ln a connection per call"),
	OPTION("i", STRING, local_address, "ADDR", "our address in messages, and what is bound"),
	OPTION("p", PORT, config.local.port, "PORT", "our port; without it 5060, or the next free one up to 5119"),
	FLAG("bind_local", config.bind_local, "bind to our address only"),
	OPTION("bind_to_device", STRING, config.interface, "NAME", "bind to a network interface"),
	OPTION("ci", STRING, control_address, "ADDR", "address of the control port: 127.0.0.1 without it, so that nobody else steers"),
	OPTION("cp", PORT, control_port, "PORT", "the control port (UDP): 8888, or the next free one up to 8947"),
	OPTION("max_socket", UNSIGNED, config.max_sockets, "N", "sockets at most; calls beyond share them (50000)"),
	OPTION("max_reconnect", INT, config.max_reconnect, "N", "how often a lost connection is made anew (3)"),
	OPTION("reconnect_close", BOOL, config.reconnect_close, "BOOL", "end the calls of a lost connection (true)"),
	OPTION("reconnect_sleep", MS, reconnect_sleep_ns, "TIME", "wait before connecting again (1s)"),
	OPTION("rsa", STRING, sending_address, "HOST[:PORT]", "send everything there, whatever the messages say"),
	OPTION("tls_cert", STRING, config.tls.certificate, "FILE", "our certificate, PEM (cacert.pem)"),
	OPTION("tls_key", STRING, config.tls.key, "FILE", "its key, PEM (cakey.pem)"),
	OPTION("tls_ca", STRING, config.tls.ca, "FILE", "verify the peer against these; without it the peer is not verified, as in SIPp"),
	OPTION("tls_crl", STRING, config.tls.crl, "FILE", "revoked certificates"),
	OPTION("tls_version", STRING, config.tls.version, "VERSION", "1.2 or 1.3"),
	OPTION("multihome", STRING, unused_text, "ADDR", "SCTP only, which is not supported: no effect"),
	OPTION("heartbeat", FLOAT, unused_number, "MS", "the same"),
	OPTION("assocmaxret", FLOAT, unused_number, "N", "the same"),
	OPTION("pathmaxret", FLOAT, unused_number, "N", "the same"),
	OPTION("pmtu", FLOAT, unused_number, "OCTETS", "the same"),
	OPTION("gracefulclose", BOOL, unused_flag, "BOOL", "the same"),

	HEADING("The program"),
	TAKEN("h", ask_about, ask, NULL, "this help; '-h stat': the columns of the statistics file"),
	TAKEN("help", ask_about, ask, NULL, "the same"),
	TAKEN("v", ask_about, ask, NULL, "the version"),
	FLAG("bg", background, "go on in the background: prints the process id, exits with 99"),
	FLAG("nostdin", no_stdin, "read no keys"),
	TAKEN("plugin", unused_text, refused, "FILE", "not supported: plugins are code for SIPp's insides"),
	OPTION("sleep", SECONDS, config.start_delay_ns, "TIME", "wait before the first call"),
	FLAG("skip_rlimit", unused_flag, "no effect: the limit of open files is raised only where sockets need it"),
	OPTION("buff_size", UNSIGNED, config.buffer_bytes, "OCTETS", "socket buffers; without it as much as the system gives"),
	OPTION("sendbuffer_warn", BOOL, unused_flag, "BOOL", "no effect: a full send buffer is waited for"),
	OPTION("lost", FLOAT, config.lost_percent, "PERCENT", "messages to lose on purpose, where the scenario says nothing"),
	TAKEN("key", keys, key, "NAME VALUE", "what [NAME] in messages stands for"),
	TAKEN("set", globals, key, "NAME VALUE", "value of a global variable at the start"),
	OPTION("tdmmap", STRING, config.tdmmap, "MAP", "circuits for [tdmmap]: {0-3}{99}{5-8}{1-31}"),
	OPTION("dynamicStart", INT, config.dynamic_start, "N", "first [dynamic_id]"),
	OPTION("dynamicMax", INT, config.dynamic_max, "N", "largest [dynamic_id]"),
	OPTION("dynamicStep", INT, config.dynamic_step, "N", "from one [dynamic_id] to the next"),

	HEADING("Calls"),
	FLAG("aa", config.answer_in_dialog, "answer INFO, NOTIFY, OPTIONS and UPDATE with 200 where the scenario does not"),
	OPTION("base_cseq", INT, base_cseq, "N", "first [cseq] of a call"),
	OPTION("cid_str", STRING, config.call_id_format, "FORMAT", "Call-ID: %u call number, %p process, %s our address (%u-%p@%s)"),
	TAKEN("cid_type", unused_text, choice, "KIND", "Call-ID: default, uuid, uuid-compact, random, timestamp"),
	OPTION("d", MS, config.pause_ns, "TIME", "length of pauses that name none (0)"),
	OPTION("deadcall_wait", MS, config.dead_call_wait_ns, "TIME", "how long a call that is over is remembered (33s)"),
	OPTION("auth_uri", STRING, config.credentials.auth_uri, "URI", "of authentication; without it that of the target"),
	OPTION("au", STRING, user, "USER", "user of authentication; without it that of -s"),
	OPTION("ap", STRING, password, "PASSWORD", "of authentication (password)"),
	OPTION("s", STRING, config.service, "USER", "user part of the request URI (service)"),
	TAKEN("default_behaviors", config.behaviours, behaviours, "LIST", "what is done unasked: all, none, bye, abortunexp, pingreply, cseq; a '-' in front takes one away"),
	TAKEN("nd", config.behaviours, behaviours, NULL, "do nothing unasked: -default_behaviors none"),
	FLAG("pause_msg_ign", config.pause_ignores_messages, "pass over messages that arrive in a pause"),
	FLAG("callid_slash_ign", config.keep_call_id_slashes, "'///' in a Call-ID is no prefix"),

	HEADING("Injection files"),
	TAKEN("inf", injection, injection, "FILE", "fields for [field0] ...; several are possible"),
	TAKEN("rxinf", injection, injection, "FILE", "fields for -rxsf, by [field0 file=\"FILE\"]"),
	TAKEN("infindex", injection, injection, "FILE FIELD", "index of that file by a field, for <lookup>"),
	OPTION("ip_field", INT, config.ip_field, "FIELD", "where the first file has our address of a call (-t ui)"),

	HEADING("Media"),
	OPTION("mi", STRING, media_address, "ADDR", "our address of media"),
	FLAG("rtp_echo", config.media.echo, "send back what arrives on -mp and the port 2 above"),
	OPTION("mb", FLOAT, unused_number, "OCTETS", "no effect: an echo takes whole packets"),
	OPTION("mp", PORT, config.media.media_port, "PORT", "[media_port] (6000)"),
	TAKEN("min_rtp_port", config.media.port_min, port_range, "PORT", "first port of streams"),
	TAKEN("max_rtp_port", config.media.port_max, port_range, "PORT", "last port of streams"),
	OPTION("rtp_payload", INT, config.media.payload_type, "PT", "payload type where a stream names none (8)"),
	OPTION("rtp_threadtasks", FLOAT, unused_number, "N", "no effect: streams need no threads of their own"),
	OPTION("rtp_buffsize", UNSIGNED, config.media.buffer_bytes, "OCTETS", "socket buffers of media"),
	FLAG("rtpcheck_debug", unused_flag, "no effect: -trace_err says what a check of media found"),
	FLAG("srtpcheck_debug", unused_flag, "the same"),
	OPTION("audiotolerance", FLOAT, config.media.audio_tolerance, "SHARE", "of packets a check of audio may miss, 0 to 1"),
	OPTION("videotolerance", FLOAT, config.media.video_tolerance, "SHARE", "the same of video"),
	FLAG("random_base_ssrc", config.media.random_ssrc, "SSRCs by chance"),

	HEADING("Rate"),
	OPTION("r", FLOAT, rate, "CALLS", "calls in each -rp (10)"),
	OPTION("rp", MS, rate_period_ns, "TIME", "of -r (1s): -r 7 -rp 2s is 7 calls every 2 seconds"),
	OPTION("rate_scale", FLOAT, rate_scale, "N", "what + and - change; * and / ten times as much (1)"),
	OPTION("rate_increase", FLOAT, rate_step, "CALLS", "more calls after each -rate_interval"),
	OPTION("rate_max", FLOAT, rate_max, "CALLS", "end of -rate_increase; then the run ends"),
	OPTION("rate_interval", SECONDS, rate_interval_ns, "TIME", "between two increases (that of -fd)"),
	FLAG("no_rate_quit", no_rate_quit, "stay at -rate_max"),
	OPTION("l", COUNT, config.max_concurrent, "CALLS", "calls at once (3 times rate times duration)"),
	OPTION("m", COUNT, config.max_calls, "CALLS", "end after this many calls"),
	OPTION("users", INT, users, "N", "no rate: this many calls at all times"),

	HEADING("Timeouts and retransmission"),
	OPTION("recv_timeout", MS, config.receive_timeout_ns, "TIME", "for an expected message, where the scenario says nothing"),
	OPTION("send_timeout", MS, config.send_timeout_ns, "TIME", "for a message that cannot be sent"),
	OPTION("timeout", SECONDS, config.max_duration_ns, "TIME", "end the run after this time"),
	FLAG("timeout_error", config.duration_is_error, "... as an error"),
	OPTION("max_retrans", INT, max_retransmissions, "N", "of any request (5 INVITE, 7 others)"),
	OPTION("max_invite_retrans", INT, max_invite, "N", "of INVITE"),
	OPTION("max_non_invite_retrans", INT, max_other, "N", "of others"),
	FLAG("nr", config.no_retransmission, "no retransmission"),
	TAKEN("rtcheck", config.loose_retransmission_check, choice, "HOW", "what counts as a retransmission: full (same octets) or loose"),
	OPTION("T2", MS, config.t2_ns, "TIME", "longest time between retransmissions (4s)"),

	HEADING("Third-party call control"),
	OPTION("3pcc", STRING, config.twin, "ADDR:PORT", "of the twin: connected to where the scenario sends first, else listened at"),
	OPTION("master", STRING, config.master, "NAME", "we are the master, of this name in -slave_cfg"),
	OPTION("slave", STRING, config.slave, "NAME", "we are a slave"),
	OPTION("slave_cfg", STRING, config.slave_cfg, "FILE", "name;address:port of each"),

	HEADING("More than SIPp has"),
	OPTION("record", STRING, record, "DB", "records of every call, as 'milliwatt analyze' makes them, beside what was meant"),
	OPTION("capture", STRING, capture, "FILE", "everything sent and received, as pcapng"),
	OPTION("workers", UNSIGNED, config.workers, "N", "threads, each with calls of its own (1)"),

	HEADING("Accepted without effect (workers need no tuning, and a stall is reported, not punished)"),
	OPTION("timer_resol", MS, timer_resolution_ns, "TIME", "timers are exact to a quarter of a millisecond"),
	OPTION("max_recv_loops", FLOAT, unused_number, "N", "messages are read in batches"),
	OPTION("max_sched_loops", FLOAT, unused_number, "N", "calls run when they are due"),
	OPTION("watchdog_interval", MS, unused_time, "TIME", "stalls are measured always: see the verdict at the end"),
	OPTION("watchdog_reset", MS, unused_time, "TIME", "the same"),
	OPTION("watchdog_minor_threshold", MS, unused_time, "TIME", "the same"),
	OPTION("watchdog_major_threshold", MS, unused_time, "TIME", "the same"),
	OPTION("watchdog_major_maxtriggers", FLOAT, unused_number, "N", "the same: no stall ends the run"),
	OPTION("watchdog_minor_maxtriggers", FLOAT, unused_number, "N", "the same"),

	HEADING("Files and statistics"),
	OPTION("f", SECONDS, screen_period_ns, "TIME", "the screen's period (1s)"),
	FLAG("trace_stat", trace_stat, "statistics as CSV, SCENARIO_PID_.csv; '-h stat' explains them"),
	OPTION("stat_delimiter", STRING, stat_delimiter, "TEXT", "between its fields (;)"),
	OPTION("stf", STRING, stat_path, "FILE", "its name"),
	OPTION("fd", SECONDS, stat_period_ns, "TIME", "its period (60s)"),
	FLAG("periodic_rtd", periodic_rtd, "histograms of each period, not of the whole run"),
	LOG("trace_msg", "message_file", "message_overwrite", SIPP_LOG_MESSAGES, "every message, SCENARIO_PID_messages.log"),
	LOG("trace_shortmsg", "shortmessage_file", "shortmessage_overwrite", SIPP_LOG_SHORT_MESSAGES, "a line for every message, SCENARIO_PID_shortmessages.log"),
	LOG("trace_err", "error_file", "error_overwrite", SIPP_LOG_ERRORS, "what went wrong, SCENARIO_PID_errors.log"),
	LOG("trace_calldebug", "calldebug_file", "calldebug_overwrite", SIPP_LOG_CALL_DEBUG, "the story of calls that failed, SCENARIO_PID_calldebug.log"),
	LOG("trace_screen", "screen_file", "screen_overwrite", SIPP_LOG_SCREENS, "the screens at the end, SCENARIO_PID_screen.log"),
	LOG("trace_logs", "log_file", "log_overwrite", SIPP_LOG_ACTIONS, "what <log> says, SCENARIO_PID_logs.log"),
	FLAG("trace_counts", trace_counts, "counts of each step as CSV, SCENARIO_PID_counts.csv"),
	FLAG("trace_error_codes", trace_error_codes, "status codes nobody expected, SCENARIO_PID_error_codes.csv"),
	FLAG("trace_rtt", trace_rtt, "every response time as CSV, SCENARIO_PID_rtt.csv"),
	OPTION("rtt_freq", UNSIGNED, rtt_frequency, "N", "write them after this many (200)"),
	FLAG("rfc3339", rfc3339, "times in files as 2026-01-31T14:05:06.123456+0000"),
	OPTION("ringbuffer_files", UNSIGNED, ring_files, "N", "rotated messages, errors and call debug files to keep"),
	OPTION("ringbuffer_size", COUNT, ring_bytes, "OCTETS", "size at which they are rotated"),
	OPTION("max_log_size", COUNT, max_log_bytes, "OCTETS", "size at which writing to them ends"),
};
/* clang-format on */

const size_t sipp_option_count = sizeof sipp_option_table / sizeof *sipp_option_table;
