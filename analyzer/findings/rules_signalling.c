/* Family D: signalling failures. */
#include "analyzer/findings/rules.h"

const struct rule rules_signalling[] = {
	{
	        .id = "D1",
	        .name = "auth-loop",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "attempts",
	        .section = "RFC 3261 22.2, RFC 7616",
	        .meaning = "a request is challenged again and again by the same realm although "
	                   "it carries credentials, and never succeeds",
	        .fix = "set the password anew on both sides; compare realm, user name and "
	               "algorithm of the credentials with what the server has",
	        .disproof = "another attempt with the same credentials succeeds",
	        .settings = { { "challenges", "", 3, 2, 20, NULL } },
	},
	{
	        .id = "D2",
	        .name = "challenge-ignored",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "attempts",
	        .section = "RFC 3261 22.2",
	        .meaning = "a challenge (401, 407) is not answered with credentials",
	        .fix = "configure an account for this server on the client; look for "
	               "something between that strips Authorization",
	        .disproof = "the client tries again later, with a new Call-ID, and is let in",
	        .settings = { { "wait", "s", 32, 1, 600, NULL } },
	},
	{
	        .id = "D3",
	        .name = "wrong-username",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "attempts",
	        .section = "RFC 3261 22.4",
	        .meaning = "the user name of refused credentials is neither the user of From nor "
	                   "one that succeeds elsewhere in the capture",
	        .fix = "set the authentication user name on the client (many want the "
	               "number, others an id of its own)",
	        .disproof = "the server knows this user name: then the password is wrong",
	},
	{
	        .id = "D4",
	        .name = "stale-nonce",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "servers",
	        .section = "RFC 3261 22.4, RFC 7616 3.3",
	        .meaning = "a server calls the nonces of too many requests stale, so each of "
	                   "them needs one more round trip",
	        .fix = "lengthen the life of nonces; share their secret between the servers "
	               "of a cluster",
	        .disproof = "the clients keep nonces for hours between requests",
	        .settings = { { "share", "ratio", 0.2, 0, 1, NULL },
	                      { "challenges", "", 3, 1, 1000000, NULL } },
	},
	{
	        .id = "D5",
	        .name = "forbidden",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 21.4.4",
	        .meaning = "a call is refused with 403",
	        .fix = "read the reason; before credentials look at the address lists of the "
	               "server, after them at the permissions of the account",
	        .disproof = "the caller is not meant to be let in",
	},
	{
	        .id = "D6",
	        .name = "number-unknown",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 21.4.5, 21.4.22",
	        .meaning = "a number is not known (404, 604) or not complete (484); whether "
	                   "another spelling of it can be called (numbers of so many "
	                   "digits) is said too",
	        .fix = "compare the number with the dial plan: international prefix, leading "
	               "+, missing digits",
	        .disproof = "the caller misdialled",
	        .settings = { { "digits", "", 7, 5, 15, NULL } },
	},
	{
	        .id = "D7",
	        .name = "no-response",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "calls",
	        .section = "RFC 3261 17.1.1.2, 21.4.9",
	        .meaning = "an INVITE gets no response at all within 64*T1, from the caller's "
	                   "first hop or any behind it, or 408",
	        .fix = "check that the peer is up and the way there (OPTIONS, ping, "
	               "firewall)",
	        .disproof = "a capture at the peer shows its responses: then they are lost on the "
	                    "way back",
	        .settings = { { "copies", "", 4, 2, 11, NULL } },
	},
	{
	        .id = "D8",
	        .name = "callee-unavailable",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "calls",
	        .section = "RFC 3261 21.4.18, 21.4.21",
	        .meaning = "the one who was called is busy or does not answer, or the caller "
	                   "gave up: no fault of the network",
	        .fix = "none in the network: voicemail or forwarding, if the callee wants it",
	        .disproof = "the phone in question was free and did not ring",
	},
	{
	        .id = "D9",
	        .name = "overload",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 21.5.4",
	        .meaning = "a server answers 503 in waves: so many within a window, with "
	                   "Retry-After or as more than this share of its final answers",
	        .fix = "see what limits the server or trunk at that time (sessions, CPU, "
	               "licences); let senders honour Retry-After and fail over; raise the limit "
	               "or balance the load",
	        .disproof = "the 503s come from a proxy whose own next hop fails: then that hop is "
	                    "the one to look at",
	        .settings = { { "responses", "", 5, 1, 1000000, NULL },
	                      { "window", "s", 60, 1, 86400, NULL },
	                      { "ratio", "ratio", 0.05, 0, 1, NULL } },
	},
	{
	        .id = "D10",
	        .name = "retry-after-ignored",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "requests",
	        .section = "RFC 3261 21.5.4, 20.33",
	        .meaning = "a client sends new requests to a server before the Retry-After of its "
	                   "503 is over",
	        .fix = "fix the back-off of the client: it is what turns overload into a storm",
	        .disproof = "several clients share that address (NAT): another one may have sent "
	                    "the new request",
	        .settings = { { "grace", "s", 1, 0, 3600, NULL } },
	},
	{
	        .id = "D11",
	        .name = "server-errors",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 21.5",
	        .meaning = "a server answers 500, 502 or 504 several times within a window",
	        .fix = "read the logs of that server at that time: a crash, its database, its "
	               "gateway",
	        .disproof = "the errors come from behind it: a capture there shows them arriving",
	        .settings = { { "responses", "", 3, 1, 1000000, NULL },
	                      { "window", "s", 60, 1, 86400, NULL } },
	},
	{
	        .id = "D12",
	        .name = "routing-loop",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "calls",
	        .section = "RFC 3261 16.3, 21.4.20, 21.4.21",
	        .meaning = "a 482 or 483, or the same INVITE passes a host more often than this "
	                   "with falling Max-Forwards",
	        .fix = "find the two hosts that route the number to each other, and let one of "
	               "them decide",
	        .disproof = "the request spirals on purpose (its Request-URI changes at each pass) "
	                    "and then reaches its target",
	        .settings = { { "passes", "", 2, 1, 100, NULL } },
	},
	{
	        .id = "D13",
	        .name = "dialog-lost",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 12.2.2",
	        .meaning = "481 to a request within a running dialog: the other side has "
	                   "forgotten the call",
	        .fix = "look for a restart or a failover of that side at that time; share "
	               "dialog state between the servers of a cluster; compare the tags",
	        .disproof = "a BYE that the capture does not show had ended the dialog before",
	},
	{
	        .id = "D14",
	        .name = "glare",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3261 14.1",
	        .meaning = "both sides changed the session at once (491) and it was not tried "
	                   "again in time",
	        .fix = "check the retry timers of both sides: 2.1 to 4 s for the owner of "
	               "the Call-ID, 0 to 2 s for the other one",
	        .disproof = "the user had taken the change back meanwhile",
	        .settings = { { "owner-least", "s", 2.1, 0, 60, NULL },
	                      { "owner-most", "s", 4, 0, 60, NULL },
	                      { "other-most", "s", 2, 0, 60, NULL },
	                      { "slack", "s", 0.5, 0, 10, NULL },
	                      { "wait", "s", 10, 1, 600, NULL } },
	},
	{
	        .id = "D15",
	        .name = "retransmission-storm",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "requests",
	        .section = "RFC 3261 17.1.1.2, 17.1.2.2",
	        .meaning = "more than this share of the requests to a server are copies, or one "
	                   "transaction has more copies than its timers allow",
	        .fix = "see which direction loses: requests that never arrive, or answers (a "
	               "capture on the far side tells); if neither, the server is overloaded or T1 "
	               "too short",
	        .disproof = "the capture point sees every packet twice (mirrored ports): then the "
	                    "copies come within milliseconds",
	        .settings = { { "ratio", "ratio", 0.05, 0, 1, NULL },
	                      { "requests", "", 50, 1, 1000000, NULL },
	                      { "window", "s", 60, 1, 86400, NULL },
	                      { "invite_copies", "", 7, 1, 1000, NULL },
	                      { "other_copies", "", 11, 1, 1000, NULL } },
	},
	{
	        .id = "D16",
	        .name = "response-not-seen",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "requests",
	        .section = "RFC 3261 17.1, RFC 3581",
	        .meaning = "a request is repeated although its response was seen on its way back",
	        .fix = "let the server answer to where the request came from (rport); check "
	               "the NAT or firewall between this point and the sender",
	        .disproof = "a capture at the sender shows the response arriving: then it does "
	                    "not understand it",
	        .settings = { { "copies", "", 2, 1, 20, NULL } },
	},
	{
	        .id = "D17",
	        .name = "missing-ack",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS | RULE_NEEDS_NO_DROPS,
	        .noun = "calls",
	        .section = "RFC 3261 13.3.1.4",
	        .meaning = "the 2xx of an answered call is repeated and never acknowledged",
	        .fix = "follow the ACK hop by hop: Contact of the 2xx, Record-Route, NAT, "
	               "DNS; the call is cut after 64*T1 without it",
	        .disproof = "a capture at the caller shows the ACK leaving: then it is lost "
	                    "between there and here",
	        .settings = { { "copies", "", 3, 1, 20, NULL } },
	},
	{
	        .id = "D18",
	        .name = "ack-misrouted",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS | RULE_NEEDS_NO_DROPS,
	        .noun = "calls",
	        .section = "RFC 3261 12.2.1.1, 16.12",
	        .meaning = "the ACK goes elsewhere than the Contact and the Record-Route of the "
	                   "2xx say, and the 2xx is repeated",
	        .fix = "fix the handling of Record-Route and Route in the caller or the "
	               "proxies between",
	        .disproof = "the far side acknowledges nothing at all: then see missing-ack",
	        .settings = { { "copies", "", 2, 1, 20, NULL } },
	},
	{
	        .id = "D19",
	        .name = "bye-unanswered",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "calls",
	        .section = "RFC 3261 15.1.1",
	        .meaning = "a BYE is repeated until it times out and gets no final response",
	        .fix = "see why the far side is gone: keepalives against NAT, session timers "
	               "against calls that stay up",
	        .disproof = "a capture at the far side shows the response leaving",
	},
	{
	        .id = "D20",
	        .name = "late-bye",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "calls",
	        .section = "RFC 3261 15",
	        .meaning = "the BYE comes long after the last RTP packet of both directions",
	        .fix = "shorten the RTP time-out; use OPTIONS or session timers to find dead "
	               "calls sooner",
	        .disproof = "both sides suppress silence",
	        .settings = { { "silence", "s", 5, 1, 3600, NULL } },
	},
	{
	        .id = "D21",
	        .name = "late-cancel",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "calls",
	        .section = "RFC 3261 9.1, RFC 5407 3.1.2",
	        .meaning = "CANCEL and the answer crossed",
	        .fix = "none if the caller hung up at once; if it happens often, check the "
	               "timers of forking and no-answer",
	        .settings = { { "within", "ms", 500, 0, 32000, NULL } },
	},
	{
	        .id = "D22",
	        .name = "duplicate-answers",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "calls",
	        .section = "RFC 3261 13.2.2.4, 16.7",
	        .meaning = "several forks answered and more than one of them was kept",
	        .fix = "let the caller, or the proxy that forks, send BYE to all but one",
	        .disproof = "it is a conference",
	        .settings = { { "within", "s", 5, 0, 600, NULL } },
	},
	{
	        .id = "D23",
	        .name = "prack-missing",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS | RULE_NEEDS_NO_DROPS,
	        .noun = "calls",
	        .section = "RFC 3262 3",
	        .meaning = "a reliable provisional response is repeated without a PRACK, or "
	                   "100rel is not understood",
	        .fix = "use 100rel on both sides or on none",
	        .disproof = "a capture at the caller shows the PRACK leaving",
	        .settings = { { "copies", "", 3, 1, 20, NULL } },
	},
	{
	        .id = "D24",
	        .name = "interval-too-small",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "attempts",
	        .section = "RFC 4028 6, RFC 3261 21.4.17",
	        .meaning = "an interval is refused as too small again and again (422, 423): "
	                   "Min-SE or Min-Expires is not obeyed",
	        .fix = "raise Session-Expires or the expiry of the client; lower the minimum "
	               "of the server",
	        .disproof = "each refusal comes from another server and asks for more",
	        .settings = { { "refusals", "", 2, 1, 20, NULL } },
	},
	{
	        .id = "D25",
	        .name = "redirect-loop",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "calls",
	        .section = "RFC 3261 8.1.3.4",
	        .meaning = "redirections lead in a circle, or there are too many of them",
	        .fix = "fix the targets of the redirect servers",
	        .disproof = "the target was registered anew in between",
	        .settings = { { "redirects", "", 5, 1, 70, NULL } },
	},
	{
	        .id = "D26",
	        .name = "connect-failure",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "connections",
	        .section = "RFC 9293 3.5, RFC 8446 6",
	        .meaning = "Connections to a SIP port are not made: SYNs without SYN-ACK, SYNs answered with RST, or TLS handshakes that end with a fatal alert, again and again.",
	        .fix = "No SYN-ACK: firewall or a dead host. RST: nothing listens there. TLS alert: compare certificate chain, name, expiry and versions of both sides.",
	        .disproof = "A connection over the same addresses is made at the same time.",
	        .settings = {
	                { "syns", "", 3, 1, 1000, NULL },
	                { "failures", "", 2, 1, 1000, NULL },
	                { .name = "ports", .unit = "", .list = "5060, 5061" },
	        },
	},
};
