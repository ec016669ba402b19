/* Family H: attacks and fraud. */
#include "analyzer/findings/rules.h"

const struct rule rules_attack[] = {
	{
	        .id = "H1",
	        .name = "scanner-signature",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_WHOLE_MESSAGES,
	        .noun = "sources",
	        .section = "RFC 3261 20.41",
	        .meaning = "User-Agent, From or Call-ID of the first requests of a source name a "
	                   "scanner; words are looked for without regard to case",
	        .fix = "drop this source at the edge; see whether it was let in anywhere (H3, H4)",
	        .disproof = "your own monitoring uses such a tool",
	        .settings = { { .name = "agents",
	                        .list = "friendly-scanner, sipvicious, sipcli, sipsak, sundayddr, "
	                                "VaxSIPUserAgent, sip-scan, pplsip, iWar, smap, sipptk" } },
	},
	{
	        .id = "H2",
	        .name = "scanner-behaviour",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS | RULE_NEEDS_NO_DROPS,
	        .noun = "sources",
	        .section = "RFC 3261 26.1",
	        .meaning = "a source opens many requests, or asks for many different users, within "
	                   "a window, and nothing of it ever succeeds or rings",
	        .fix = "limit the rate per source; answer unknown users as known ones; block what "
	               "is not a customer",
	        .disproof = "a gateway whose every call fails looks the same: its address is known "
	                    "to you",
	        .settings = { { "requests", "", 10, 2, 1000000, NULL },
	                      { "users", "", 5, 2, 64, NULL },
	                      { "window", "s", 5, 1, 3600, NULL } },
	},
	{
	        .id = "H3",
	        .name = "account-scan-success",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "sources",
	        .section = "RFC 3261 10.3",
	        .meaning = "many different addresses of record register from one source within a "
	                   "window",
	        .fix = "if it is no office or SBC of yours: change these passwords and block the "
	               "source",
	        .disproof = "an office behind one NAT address, or an SBC, comes up again after a "
	                    "failure",
	        .settings = { { "accounts", "", 10, 2, 64, NULL },
	                      { "window", "s", 60, 1, 3600, NULL } },
	},
	{
	        .id = "H4",
	        .name = "call-burst",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "sources",
	        .section = "RFC 3261 26.1",
	        .meaning = "a source starts more calls within a window than this, or so many times "
	                   "more than it did before",
	        .fix = "if nobody expects it: block the account, change its password, restrict "
	               "international calls",
	        .disproof = "a dialler or trunk works as it should: raise the limit",
	        .settings = { { "calls", "", 100, 2, 1000000, NULL },
	                      { "window", "s", 60, 10, 3600, NULL },
	                      { "factor", "", 5, 1, 1000, NULL },
	                      { "least", "", 6, 2, 1000000, NULL } },
	},
	{
	        .id = "H5",
	        .name = "high-risk-prefix",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_LOW,
	        .noun = "calls",
	        .section = "operational practice",
	        .meaning = "an international call to a prefix that fraud often goes to: the first "
	                   "one of an account, or several at once",
	        .fix = "ask the customer; restrict these destinations to those who need them",
	        .disproof = "the account calls there regularly, which a longer capture shows",
	        .settings = { { .name = "prefixes",
	                        .list = "216, 220, 224, 231, 232, 245, 247, 248, 252, 257, 263, "
	                                "370, 371, 372, 387, 53, 675, 677, 678, 682, 685, 686, "
	                                "870, 881, 882, 883, 960, 979" },
	                      { "concurrent", "", 3, 2, 32, NULL } },
	},
	{
	        .id = "H6",
	        .name = "short-calls",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "operational practice",
	        .meaning = "a source makes several answered calls of a few seconds to one prefix, "
	                   "or gives up after one ring with caller numbers in sequence (wangiri), "
	                   "within a window",
	        .fix = "block the source or the caller numbers; warn those called not to call back",
	        .disproof = "the calls are tests, or an announcement that is meant to be short",
	        .settings = { { "calls", "", 3, 2, 32, NULL },
	                      { "seconds", "s", 3, 0.1, 60, NULL },
	                      { "ring", "s", 5, 0.1, 60, NULL },
	                      { "window", "s", 60, 1, 3600, NULL },
	                      { "digits", "", 6, 1, 15, NULL } },
	},
	{
	        .id = "H7",
	        .name = "sequential-dialling",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "sources",
	        .section = "operational practice",
	        .meaning = "a source calls consecutive numbers within a window",
	        .fix = "a robocaller or war dialler: limit or block the source",
	        .disproof =
	                "a hunt group or an alarm service that works through a block of numbers",
	        .settings = { { "numbers", "", 3, 3, 1000, NULL },
	                      { "window", "s", 60, 1, 3600, NULL } },
	},
	{
	        .id = "H8",
	        .name = "false-answer",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_LOW,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "calls",
	        .section = "RFC 3261 13.3.1.4",
	        .meaning = "answered and billed for some seconds, the caller talks, and nothing "
	                   "ever comes from the callee",
	        .fix = "change the route to this destination and claim the calls back",
	        .disproof = "the capture point does not see the media of that direction, or it is "
	                    "lost on the way (one-way audio): a capture at the callee shows it",
	        .settings = { { "seconds", "s", 3, 0.5, 3600, NULL },
	                      { "packets", "", 50, 1, 1000000, NULL } },
	},
	{
	        .id = "H9",
	        .name = "off-hours",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_LOW,
	        .noun = "calls",
	        .section = "operational practice",
	        .meaning = "calls outside business hours (0 to 24: all hours are, which is the "
	                   "default as a capture does not know yours), or an account that "
	                   "registers from another network (/16, for IPv6 /32) within a window",
	        .fix = "if nobody works then: see what these calls cost; change the password of an "
	               "account that is in two places",
	        .disproof = "a phone that changes between WLAN and mobile network, or a shift that "
	                    "works late",
	        .settings = { { "from_hour", "h", 0, 0, 24, NULL },
	                      { "to_hour", "h", 24, 0, 24, NULL },
	                      { "utc_offset", "h", 0, -14, 14, NULL },
	                      { "weekend", "", 1, 0, 1, NULL },
	                      { "window", "s", 3600, 1, 86400, NULL } },
	},
	{
	        .id = "H10",
	        .name = "digest-weakness",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_WHOLE_MESSAGES,
	        .noun = "servers",
	        .section = "RFC 8760, RFC 7616 5",
	        .meaning = "a challenge without qop, or with MD5 only; one nonce used by several "
	                   "users; credentials in clear over UDP to a public address",
	        .fix = "offer SHA-256 beside MD5 (RFC 8760), ask for qop=auth, use TLS towards the "
	               "Internet",
	        .disproof = "the path is protected below SIP (VPN)",
	},
	{
	        .id = "H11",
	        .name = "rtp-injection",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_LOW,
	        .noun = "calls",
	        .section = "RFC 3550 8.2, RFC 7201",
	        .meaning = "two sources send audio to one end of a call at once for so long, and "
	                   "the second was named in no SDP",
	        .fix = "accept media only from the source that was negotiated (strict RTP), use "
	               "SRTP",
	        .disproof = "the second source is a fork or announcement server of your own, or "
	                    "the same phone behind a NAT that changed its port",
	        .settings = { { "overlap", "s", 1, 0.1, 3600, NULL },
	                      { "packets", "", 50, 2, 1000000, NULL } },
	},
	{
	        .id = "H12",
	        .name = "malformed-flood",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_WHOLE_MESSAGES,
	        .noun = "floods",
	        .section = "RFC 4475",
	        .meaning = "More than a share of all SIP from one source cannot be parsed as it should.",
	        .fix = "Block the source, if it is none of yours; else correct it: defects of its messages say what is wrong.",
	        .disproof = "The messages are sound at their sender: something on the way cuts them.",
	        .settings = {
	                { "messages", "", 20, 1, 1000000, NULL },
	                { "ratio", "ratio", 0.05, 0, 1, NULL },
	        },
	},
};
