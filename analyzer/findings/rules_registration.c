/* Family G: registration. */
#include "analyzer/findings/rules.h"

const struct rule rules_registration[] = {
	{
	        .id = "G1",
	        .name = "registration-expired",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_NO_DROPS,
	        .noun = "calls",
	        .section = "RFC 3261 10.2.4",
	        .meaning = "a call ends with 480, 404, 408 or without answer before it rings, and "
	                   "the called user's last registration in the capture had run out or "
	                   "had been removed",
	        .fix = "see why the phone did not refresh: shorten the interval it is granted, "
	               "keep "
	               "its NAT binding open",
	        .disproof = "a refresh that went past the capture point",
	},
	{
	        .id = "G2",
	        .name = "registration-flapping",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "accounts",
	        .section = "RFC 3261 10.3",
	        .meaning = "within a window the Contact of one account changes more often than "
	                   "`changes`, or registering succeeds and fails by turns `flips` times; "
	                   "devices that are all bound side by side do not count",
	        .fix = "look for two devices with one account, and for a NAT that gives a new port "
	               "each time",
	        .disproof = "the devices are known, and the registrar keeps all their bindings",
	        .settings = { { "changes", "", 3, 1, 63, NULL },
	                      { "flips", "", 4, 2, 64, NULL },
	                      { "window", "s", 600, 1, 86400, NULL } },
	},
	{
	        .id = "G3",
	        .name = "expiry-unfit",
	        .severity = SEVERITY_INFO,
	        .confidence = CONFIDENCE_HIGH,
	        .noun = "accounts",
	        .section = "RFC 3261 10.2.1.1",
	        .meaning = "the registrar grants less than `least`, which costs it load, or more "
	                   "than `most_behind_nat` to a phone whose Contact is another address "
	                   "than its packets come from, where a binding goes stale long before",
	        .fix = "grant 300 to 600 s behind NAT, or use keep-alives (RFC 5626 4.4)",
	        .disproof = "keep-alives hold the NAT binding open; the Contact names a proxy",
	        .settings = { { "least", "s", 60, 0, 86400, NULL },
	                      { "most_behind_nat", "s", 3600, 0, 4294967295.0, NULL } },
	},
	{
	        .id = "G4",
	        .name = "registration-flood",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "floods",
	        .section = "RFC 3261 10.2",
	        .meaning = "a source sends more than `per_second` REGISTERs within a second; or, "
	                   "after `gap` without any, all together send more than `ratio` times "
	                   "the median, and at least `avalanche`, within a second",
	        .fix = "limit the rate of the source; let phones wait a random time after a power "
	               "or network failure; see what made them all start at once",
	        .disproof = "the source is a proxy that forwards for many phones",
	        .settings = { { "per_second", "", 50, 1, 1000000, NULL },
	                      { "ratio", "", 10, 1, 100000, NULL },
	                      { "gap", "s", 5, 1, 86400, NULL },
	                      { "avalanche", "", 20, 1, 1000000, NULL } },
	},
	{
	        .id = "G5",
	        .name = "brute-force",
	        .severity = SEVERITY_ERROR,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS,
	        .noun = "bursts",
	        .section = "RFC 3261 26.1.1",
	        .meaning =
	                "one address is refused (401, 407, 403) at least `failures` times within "
	                "a window although its REGISTERs carry credentials",
	        .fix = "one user: correct the password in the phone; many users: block the address",
	        .disproof = "many phones behind one NAT after a change of passwords",
	        .settings = { { "failures", "", 10, 2, 64, NULL },
	                      { "window", "s", 60, 1, 86400, NULL } },
	},
};
