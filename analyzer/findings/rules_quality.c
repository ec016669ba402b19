/* Family B: media quality. */
#include "analyzer/findings/rules.h"

const struct rule rules_quality[] = {
	{
	        .id = "B1",
	        .name = "packet-loss",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_NO_DROPS,
	        .noun = "streams",
	        .section = "RFC 3550 A.3",
	        .meaning = "part of a stream of some length never came, spread over the whole of "
	                   "it",
	        .fix = "find the hop: compare captures from both ends, look at queues, radio "
	               "links, duplex errors; mark voice for priority",
	        .disproof = "the capture lost the packets itself (K1): the receiver reports less "
	                    "loss by RTCP",
	        .settings = { { "loss", "ratio", 0.01, 0, 1, NULL },
	                      { "bad", "ratio", 0.03, 0, 1, NULL },
	                      { "burst-r", "", 1.5, 1, 100, NULL },
	                      { "packets", "", 50, 2, 1000000, NULL },
	                      { "least", "", 3, 1, 1000000, NULL } },
	},
	{
	        .id = "B2",
	        .name = "loss-burst",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_NO_DROPS,
	        .noun = "streams",
	        .section = "RFC 3611 4.7.2",
	        .meaning = "several packets in a row never came: a drop-out that no concealment "
	                   "hides",
	        .fix = "look at what happened in the network at that moment: a route that "
	               "flapped, a roaming phone, a policer, spanning tree",
	        .disproof = "the capture lost the packets itself (K1), or many streams share the "
	                    "gap (K13)",
	        .settings = { { "run", "", 5, 2, 3000, NULL },
	                      { "length", "ms", 100, 20, 60000, NULL } },
	},
	{
	        .id = "B3",
	        .name = "jitter",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_HIGH,
	        .needs = RULE_NEEDS_STEADY_CLOCK,
	        .noun = "streams",
	        .section = "RFC 3550 6.4.1",
	        .meaning = "packets come later than a jitter buffer of the usual depth waits: "
	                   "throughout, or within one second",
	        .fix = "give voice its own queue, look for a full uplink or a busy host; a "
	               "deeper or adaptive jitter buffer hides it at the price of delay",
	        .disproof = "the clock of the capture was set meanwhile (K7), or its times are "
	                    "coarse (K9)",
	        .settings = { { "late", "ratio", 0.02, 0, 1, NULL },
	                      { "second", "ratio", 0.05, 0, 1, NULL } },
	},
	{
	        .id = "B4",
	        .name = "periodic-stalls",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "operational practice",
	        .meaning = "packets are held up again and again at the same distance in time",
	        .fix = "find what has this period: a WLAN scan, a timer job, ARP, a log that "
	               "is flushed",
	        .disproof = "stalls at random, at this distance by chance: a longer capture tells",
	        .settings = { { "repeats", "", 5, 3, 60, NULL },
	                      { "shortest", "s", 1, 0.4, 3600, NULL },
	                      { "longest", "s", 120, 1, 3600, NULL },
	                      { "tolerance", "ratio", 0.1, 0.001, 0.5, NULL } },
	},
	{
	        .id = "B5",
	        .name = "clock-skew",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 3550 6.4.1",
	        .meaning = "the sender's media clock runs faster or slower than the capture's, "
	                   "steadily, over a minute or more",
	        .fix = "use a device with a proper oscillator; a virtual machine needs a media"
	               " clock of its own; more than 1 % is a wrong sample rate",
	        .disproof = "it is the capture's clock: all senders are off alike (K8)",
	        .settings = { { "ppm", "", 100, 1, 1000000, NULL },
	                      { "residual", "ms", 10, 0.1, 1000, NULL } },
	},
	{
	        .id = "B6",
	        .name = "timestamp-clock",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "streams",
	        .section = "RFC 3551 4.1",
	        .meaning = "timestamps grow by another number a packet than the packets' own "
	                   "distance and the codec's clock make",
	        .fix = "set the rtpmap clock of this codec right at the sender: Opus counts at"
	               " 48000, G.722 at 8000; firmware",
	        .disproof = "a sender that sends slower or faster than real time, as some players "
	                    "do",
	        .settings = { { "factor", "", 1.4, 1.05, 100, NULL } },
	},
	{
	        .id = "B7",
	        .name = "out-of-order",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 3550 A.1",
	        .meaning = "packets came behind ones with later sequence numbers",
	        .fix = "balance load per flow, not per packet; look for two active paths",
	        .disproof = "the capture point mixes two interfaces without order (K12)",
	        .settings = { { "reordered", "ratio", 0.005, 0, 1, NULL } },
	},
	{
	        .id = "B8",
	        .name = "network-copies",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 3550 A.1",
	        .meaning =
	                "packets come twice that a mirror port did not copy: other datagrams, or "
	                "later ones",
	        .fix = "look for a loop, a redundancy scheme, two active paths of a pair of "
	               "switches",
	        .disproof = "the capture has two taps on one path (K4)",
	        .settings = { { "copies", "ratio", 0.01, 0, 1, NULL } },
	},
	{
	        .id = "B9",
	        .name = "sent-in-groups",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 3551 4.2",
	        .meaning = "packets come in groups, complete and in order: the sender sends them "
	                   "so",
	        .fix = "look at the sending host: a busy processor, a timer of 60 ms, a "
	               "virtual machine without its share",
	        .disproof = "a network element that holds packets back and lets them go together",
	        .settings = { { "grouped", "ratio", 0.3, 0.01, 1, NULL } },
	},
	{
	        .id = "B10",
	        .name = "silence-suppression",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 3551 4.1",
	        .meaning = "for part of the time nothing is sent, and no comfort noise stands for "
	                   "it",
	        .fix = "turn voice activity detection off, or comfort noise on, at the sender",
	        .settings = { { "silent", "ratio", 0.1, 0.01, 1, NULL } },
	},
	{
	        .id = "B11",
	        .name = "comfort-noise-unasked",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_WHOLE_MESSAGES,
	        .noun = "streams",
	        .section = "RFC 3389 4",
	        .meaning =
	                "comfort noise comes to a party whose SDP does not list its payload type",
	        .fix = "let both sides offer CN (payload type 13), or turn silence suppression off",
	        .disproof = "an SDP that lists it was not captured",
	        .settings = { { "packets", "", 3, 1, 1000000, NULL } },
	},
	{
	        .id = "B12",
	        .name = "dscp",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "streams",
	        .section = "RFC 4594 4.1",
	        .meaning = "audio without the mark that gets it priority, while others have it",
	        .fix = "mark at the sender or at the trusted edge, and keep the mark on the "
	               "way; the marks looked for are a setting",
	        .settings = { { .name = "marks", .list = "46" }, { "always", "", 0, 0, 1, NULL } },
	},
	{
	        .id = "B13",
	        .name = "high-delay",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3550 6.4.1",
	        .meaning =
	                "half of the round trips that RTCP tells, on both sides of the capture, "
	                "and a "
	                "jitter buffer come to more than the one-way delay people talk well with "
	                "(ITU-T G.114)",
	        .fix = "look for the long way: a media relay on another continent, a satellite "
	               "hop, a "
	               "queue that is full; make jitter buffers adaptive",
	        .disproof = "an endpoint that reports a wrong DLSR makes round trips up: compare "
	                    "with ping",
	        .settings = { { "long", "ms", 150, 1, 10000, NULL },
	                      { "very-long", "ms", 300, 1, 10000, NULL },
	                      { "buffer", "ms", 60, 0, 1000, NULL } },
	},
	{
	        .id = "B14",
	        .name = "rtcp-disagrees",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_NO_DROPS,
	        .noun = "streams",
	        .section = "RFC 3550 6.4.1",
	        .meaning =
	                "between two reports the receiver lost much of a stream of which little is "
	                "missing here, or the other way round",
	        .fix = "lost behind the capture point: capture closer to the receiver, look at the "
	               "last "
	               "hop; missing here only: the capture lost packets, see its drop counters",
	        .disproof = "some endpoints count what their jitter buffer discards as lost",
	        .settings = { { "much", "ratio", 0.02, 0, 1, NULL },
	                      { "little", "ratio", 0.002, 0, 1, NULL },
	                      { "reports", "", 1, 1, 1000, NULL } },
	},
	{
	        .id = "B15",
	        .name = "short-packets",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "streams",
	        .section = "RFC 3551 4.2",
	        .meaning = "packets of so short a time that headers outweigh the sound",
	        .fix = "set the packet time to 20 or 30 ms where delay allows it",
	        .settings = { { "ptime", "ms", 10, 1, 30, NULL } },
	},
};
