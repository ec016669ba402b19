/* H1 to H7 and H9 by recipe: thresholds, windows and settings that the fixtures do not show. */
#include "tests/helpers/finding_lab.h"

#include <check.h>

Suite *suite_attack(void);

#define HOSTS                                                                                      \
	"file pcap-us ethernet\nhost x 203.0.113.66\nhost y 203.0.114.67\nhost pbx 198.51.100.1\n"
#define ONE(options, request) HOSTS "session a from=x to=pbx " options "\nrequest a " request "\n"
/* So many requests without an answer, so far apart. */
#define OPENED(n, every, method, options)                                                          \
	"repeat " n " every=" every "\nsession a${i} from=x to=pbx " options                       \
	"\nrequest a${i} " method "\nend\n"
#define REFUSED(n, every, method, status, options)                                                 \
	"repeat " n " every=" every "\nsession a${i} from=x to=pbx " options                       \
	"\nrequest a${i} " method "\nat +0.05\nreply a${i} " status "\nend\n"
#define CALLS(n, every, options)                                                                   \
	HOSTS "repeat " n " every=" every "\ncall a${i} from=x to=pbx media=none setup=0.5 "       \
	      "caller=5000 " options "\nend\n"
/* Gone after a ring. */
#define WANGIRI(caller, ringing)                                                                   \
	HOSTS "repeat 3 every=8\nsession w${i} from=x to=pbx caller=" caller " callee=90${i*20}\n" \
	      "request w${i} INVITE\nat +0.5\nreply w${i} 180\nat +" ringing                       \
	      "\nrequest w${i} CANCEL\nreply w${i} 200 to=CANCEL\nreply w${i} 487 to=INVITE "      \
	      "acked\nend\n"
#define DIALLED(first, second, third)                                                              \
	HOSTS "session a from=x to=pbx callee=" first "\nsession b from=x to=pbx callee=" second   \
	      "\nsession c from=x to=pbx callee=" third                                            \
	      "\nrequest a INVITE\nat 10\nrequest b INVITE\nat 20\nrequest c INVITE\n"
#define CALL_AT(time) HOSTS "at " time "\ncall a from=x to=pbx callee=bob media=none\n"
#define OFFICE        "H9.from_hour = 8\nH9.to_hour = 18\n"
#define OFF_HOURS     "H9|calls outside business hours from 203.0.113.66|1|low"
#define REGISTERS(host, name, at)                                                                  \
	"at " at "\nsession " name " from=" host " to=pbx caller=alice\nrequest " name             \
	" REGISTER expires=7200\nat +0.1\nreply " name " 200\n"
#define V6                                                                                         \
	"file pcap-us ethernet\nhost a 2001:db8::1\nhost b 2001:db8:1::1\nhost c 2001:db9::1\n"    \
	"host pbx 2001:db8::99\n"

static const struct finding_case cases[] = {
	{ "H1: in From", ONE("caller=SIPVicious", "OPTIONS"), NULL,
	  "H1|sipvicious in requests|1|high" },
	{ "H1: in the Call-ID", ONE("id=sipcli-17", "OPTIONS"), NULL,
	  "H1|sipcli in requests|1|high" },
	{ "H1: half of a name", ONE("caller=vicious", "OPTIONS"), NULL, "" },
	{ "H1: who is asked for is not who asks", ONE("callee=sipvicious", "OPTIONS"), NULL, "" },
	{ "H1: words of our own, in the User-Agent of every recipe", ONE("", "OPTIONS"),
	  "H1.agents = x9, watt Craft\n", "H1|watt Craft in requests|1|high" },
	{ "H1: no words", ONE("caller=sipvicious", "OPTIONS"), "H1.agents =\n", "" },
	{ "H1: once a source",
	  HOSTS OPENED("3", "9", "OPTIONS", "caller=sipcli") "at 40\nsession b from=y to=pbx "
	                                                     "caller=sipcli\nrequest b OPTIONS\n",
	  NULL, "H1|sipcli in requests|2|high" },
	{ "H1: its 16th request",
	  HOSTS OPENED("15", "9", "OPTIONS", "") "at 200\nsession b from=x to=pbx "
	                                         "caller=sipcli\nrequest b OPTIONS\n",
	  NULL, "H1|sipcli in requests|1|high" },
	{ "H1: its 17th is not looked at",
	  HOSTS OPENED("16", "9", "OPTIONS", "") "at 200\nsession b from=x to=pbx "
	                                         "caller=sipcli\nrequest b OPTIONS\n",
	  NULL, "" },

	{ "H1: a capture that cuts messages",
	  "file pcap-us ethernet snaplen=500\nhost x 203.0.113.66\nhost pbx 198.51.100.1\nsession "
	  "a from=x to=pbx caller=sipcli\nrequest a OPTIONS pad=600\n",
	  NULL, "H1|sipcli in requests|1|low" },

	{ "H2: five users", HOSTS REFUSED("5", "1", "INVITE", "404 acked", "callee=u${i}"), NULL,
	  "H2|scans without success|1|medium" },
	{ "H2: four", HOSTS REFUSED("4", "1", "INVITE", "404 acked", "callee=u${i}"), NULL, "" },
	{ "H2: four, if so set", HOSTS REFUSED("4", "1", "INVITE", "404 acked", "callee=u${i}"),
	  "H2.users = 4\n", "H2|scans without success|1|medium" },
	{ "H2: in no hurry", HOSTS REFUSED("5", "2", "INVITE", "404 acked", "callee=u${i}"), NULL,
	  "" },
	{ "H2: ten requests to one user", HOSTS OPENED("10", "0.5", "OPTIONS", "callee=u"), NULL,
	  "H2|scans without success|1|medium" },
	{ "H2: nine", HOSTS OPENED("9", "0.5", "OPTIONS", "callee=u"), NULL, "" },
	{ "H2: one of them succeeds",
	  HOSTS REFUSED("5", "1", "INVITE", "404 acked",
	                "callee=u${i}") "at 90\nsession b from=x "
	                                "to=pbx\nrequest b "
	                                "OPTIONS\nat 90.1\nreply b "
	                                "200\n",
	  NULL, "" },
	{ "H2: 100 is no success", HOSTS REFUSED("5", "1", "INVITE", "100", "callee=u${i}"), NULL,
	  "H2|scans without success|1|medium" },

	{ "H3: three, if so set", HOSTS REFUSED("3", "9", "REGISTER", "200", "caller=u${i}"),
	  "H3.accounts = 3\n", "H3|many accounts registered from 203.0.113.66|1|medium" },
	{ "H3: the same one", HOSTS REFUSED("3", "9", "REGISTER", "200", "caller=u"),
	  "H3.accounts = 2\n", "" },
	{ "H3: refused", HOSTS REFUSED("3", "9", "REGISTER", "403", "caller=u${i}"),
	  "H3.accounts = 3\n", "" },
	{ "H3: over a longer time", HOSTS REFUSED("3", "40", "REGISTER", "200", "caller=u${i}"),
	  "H3.accounts = 3\n", "" },

	{ "H4: more than five",
	  HOSTS REFUSED("6", "9", "INVITE", "486 acked", "callee=${i*20+100}"), "H4.calls = 5\n",
	  "H4|calls in bursts from 203.0.113.66|1|low" },
	{ "H4: no more than six",
	  HOSTS REFUSED("6", "9", "INVITE", "486 acked", "callee=${i*20+100}"), "H4.calls = 6\n",
	  "" },
	{ "H4: tries of one call count once",
	  HOSTS "repeat 4 every=9\nsession a${i} from=x to=pbx callee=${i*20+100}\nrequest a${i} "
	        "INVITE\nat +0.1\nreply a${i} 407 acked\nat +0.2\nrequest a${i} INVITE auth\nat "
	        "+0.3\nreply a${i} 486 acked\nend\n",
	  "H4.calls = 5\n", "" },
	{ "H4: told once in a window",
	  HOSTS REFUSED("9", "6", "INVITE", "486 acked", "callee=${i*20+100}"), "H4.calls = 5\n",
	  "H4|calls in bursts from 203.0.113.66|1|low" },

	{ "H5: with 00", CALLS("1", "1", "callee=00252900100200"), NULL,
	  "H5|first call of an account to +252|1|low" },
	{ "H5: with 011", CALLS("1", "1", "callee=011252900100200"), NULL,
	  "H5|first call of an account to +252|1|low" },
	{ "H5: a national number", CALLS("1", "1", "callee=252900100200"), NULL, "" },
	{ "H5: digits and letters", CALLS("1", "1", "callee=+252call"), NULL, "" },
	{ "H5: the second one is not the first", CALLS("2", "20", "callee=+25290010020${i}"), NULL,
	  "H5|first call of an account to +252|1|low" },
	{ "H5: the longest prefix", CALLS("1", "1", "callee=+44900100200"),
	  "H5.prefixes = 4, 449, 44, 4491\n", "H5|first call of an account to +449|1|low" },
	{ "H5: two at once, if so set", CALLS("2", "3", "callee=+2529001002${i*20}"),
	  "H5.concurrent = 2\n",
	  "H5|first call of an account to +252|1|low\nH5|several calls at once to +252|1|low" },
	{ "H5: two, one after the other", CALLS("2", "15", "callee=+2529001002${i*20}"),
	  "H5.concurrent = 2\n", "H5|first call of an account to +252|1|low" },

	{ "H6: three short ones", CALLS("3", "8", "duration=1 callee=4916000${i*20}"), NULL,
	  "H6|short answered calls from 203.0.113.66|1|medium" },
	{ "H6: two", CALLS("2", "8", "duration=1 callee=4916000${i*20}"), NULL, "" },
	{ "H6: two, if so set", CALLS("2", "8", "duration=1 callee=4916000${i*20}"),
	  "H6.calls = 2\n", "H6|short answered calls from 203.0.113.66|1|medium" },
	{ "H6: not so short", CALLS("3", "8", "duration=4 callee=4916000${i*20}"), NULL, "" },
	{ "H6: 4 s are short, if so set", CALLS("3", "8", "duration=4 callee=4916000${i*20}"),
	  "H6.seconds = 5\n", "H6|short answered calls from 203.0.113.66|1|medium" },
	{ "H6: in no hurry", CALLS("3", "50", "duration=1 callee=4916000${i*20}"), NULL, "" },
	{ "H6: to other prefixes", CALLS("3", "8", "duration=1 callee=49${i}6000${i*20}"), NULL,
	  "" },
	{ "H6: shorter prefixes", CALLS("3", "8", "duration=1 callee=49${i}6000${i*20}"),
	  "H6.digits = 2\n", "H6|short answered calls from 203.0.113.66|1|medium" },
	{ "H6: names", CALLS("3", "8", "duration=1 callee=reception"), NULL, "" },
	{ "H6: wangiri, upwards", WANGIRI("${i+7000}", "2"), NULL,
	  "H6|one ring and gone, by numbers in sequence, from 203.0.113.66|1|medium" },
	{ "H6: every second number", WANGIRI("${i*2}000", "2"), NULL, "" },
	{ "H6: it rings longer", WANGIRI("${i+7000}", "6"), NULL, "" },

	{ "H7: with a +", DIALLED("+44100", "+44101", "+44102"), NULL,
	  "H7|consecutive numbers|1|medium" },
	{ "H7: downwards", DIALLED("4002", "4001", "4000"), NULL, "" },
	{ "H7: names with digits", DIALLED("a4000", "a4001", "a4002"), NULL, "" },
	{ "H7: extensions of two digits", DIALLED("40", "41", "42"), NULL, "" },
	{ "H7: four are asked for", DIALLED("4000", "4001", "4002"), "H7.numbers = 4\n", "" },
	{ "H7: a short window", DIALLED("4000", "4001", "4002"), "H7.window = 15\n", "" },
	{ "H7: one of them twice",
	  DIALLED("4000", "4001", "4001") "at 30\nsession d from=x to=pbx callee=4002\n"
	                                  "request d INVITE\n",
	  NULL, "H7|consecutive numbers|1|medium" },

	/* The capture begins on a Thursday at 00:00 UTC. */
	{ "H9: every hour is a business hour", CALL_AT("0"), NULL, "" },
	{ "H9: midnight", CALL_AT("0"), OFFICE, OFF_HOURS },
	{ "H9: 07:59:59", CALL_AT("28799"), OFFICE, OFF_HOURS },
	{ "H9: 08:00", CALL_AT("28800"), OFFICE, "" },
	{ "H9: 17:59:59", CALL_AT("64799"), OFFICE, "" },
	{ "H9: 18:00", CALL_AT("64800"), OFFICE, OFF_HOURS },
	{ "H9: midnight is nine in Tokyo", CALL_AT("0"), OFFICE "H9.utc_offset = 9\n", "" },
	{ "H9: noon is four at the Pacific", CALL_AT("43200"), OFFICE "H9.utc_offset = -8\n",
	  OFF_HOURS },
	{ "H9: 02:35 is 08:05 in India", CALL_AT("9300"), OFFICE "H9.utc_offset = 5.5\n", "" },
	{ "H9: a night shift, at 23:00", CALL_AT("82800"), "H9.from_hour = 22\nH9.to_hour = 6\n",
	  "" },
	{ "H9: a night shift, at 05:00", CALL_AT("18000"), "H9.from_hour = 22\nH9.to_hour = 6\n",
	  "" },
	{ "H9: a night shift, at noon", CALL_AT("43200"), "H9.from_hour = 22\nH9.to_hour = 6\n",
	  OFF_HOURS },
	{ "H9: Friday", CALL_AT("129600"), "H9.weekend = 0\n", "" },
	{ "H9: Saturday", CALL_AT("216000"), "H9.weekend = 0\n", OFF_HOURS },
	{ "H9: Sunday", CALL_AT("302400"), "H9.weekend = 0\n", OFF_HOURS },
	{ "H9: Monday", CALL_AT("388800"), "H9.weekend = 0\n", "" },
	{ "H9: Friday evening is Saturday in Tokyo", CALL_AT("162000"),
	  "H9.weekend = 0\nH9.utc_offset = 9\n", OFF_HOURS },
	{ "H9: another /16",
	  HOSTS "host z 192.0.2.1\n" REGISTERS("x", "a", "0") REGISTERS("z", "b", "60"), NULL,
	  "H9|an account registers from another network|1|low" },
	{ "H9: the same /16", HOSTS REGISTERS("x", "a", "0") REGISTERS("y", "b", "60"), NULL, "" },
	{ "H9: another /16, long after",
	  HOSTS "host z 192.0.2.1\n" REGISTERS("x", "a", "0") REGISTERS("z", "b", "60"),
	  "H9.window = 30\n", "" },
	{ "H9: another /32", V6 REGISTERS("a", "r", "0") REGISTERS("c", "s", "60"), NULL,
	  "H9|an account registers from another network|1|low" },
	{ "H9: the same /32", V6 REGISTERS("a", "r", "0") REGISTERS("b", "s", "60"), NULL, "" },
};

#define COUNT(table) (int)(sizeof table / sizeof table[0])
#define THESE        "rule IN ('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H9')"

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

START_TEST(by_recipe)
{
	finding_lab_check(&dir, &cases[_i], THESE);
}
END_TEST

/* All of them in one capture, by low thresholds. */
static const struct finding_case everything = {
	"everything",
	HOSTS "host z 192.0.2.1\nhost w 192.0.2.2\nrepeat 2 every=1\nsession s${i} from=w to=pbx "
	      "caller=sipcli\nrequest s${i} OPTIONS\nend\nrepeat 2 every=1\nsession r${i} from=x "
	      "to=pbx caller=u${i}\nrequest r${i} REGISTER expires=7200\nat +0.1\nreply r${i} "
	      "200\nend\nat 10\nsession m from=z to=pbx caller=u1\nrequest m REGISTER "
	      "expires=7200\nat 10.1\nreply m 200\nat 20\nrepeat 3 every=3\ncall c${i} from=x "
	      "to=pbx callee=+25290010020${i} media=none duration=1 setup=0.5\nend\n",
	"H2.requests = 2\nH3.accounts = 2\nH4.calls = 2\nH4.least = 2\nH6.calls = 3\n" OFFICE,
	"H1|sipcli in requests|1|high\nH2|scans without success|1|medium\n"
	"H3|many accounts registered from 203.0.113.66|1|medium\n"
	"H4|calls in bursts from 203.0.113.66|1|low\nH5|first call of an account to +252|1|low\n"
	"H6|short answered calls from 203.0.113.66|1|medium\nH7|consecutive numbers|1|medium\n"
	"H9|an account registers from another network|1|low\n"
	"H9|calls outside business hours from 203.0.113.66|3|low",
};

START_TEST(memory_runs_out)
{
	finding_lab_check(&dir, &everything, THESE);
	finding_lab_without_memory(&dir, &everything);
}
END_TEST

Suite *suite_attack(void)
{
	Suite *s = suite_create("attack");
	TCase *tc = tcase_create("attack");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, by_recipe, 0, COUNT(cases));
	tcase_add_test(tc, memory_runs_out);
	suite_add_tcase(s, tc);
	return s;
}
