/* D9 to D12 and D15 by recipe: thresholds, windows and settings that the fixtures do not show. */
#include "tests/helpers/finding_lab.h"

#include <check.h>

Suite *suite_overload(void);

#define HOSTS                                                                                      \
	"file pcap-us ethernet\nhost gw 192.0.2.10\nhost gw2 192.0.2.11\nhost p 203.0.113.9\n"     \
	"host t 198.51.100.1\nhost t2 198.51.100.2\n"
/* So many requests, each refused after 0.1 s. */
#define REFUSED(n, every, method, status, path)                                                    \
	"repeat " n " every=" every "\nsession b${i} from=gw to=t" path "\nrequest b${i} " method  \
	"\nat +0.1\nreply b${i} " status "\nend\n"
#define SERVED(n)                                                                                  \
	"repeat " n " every=0.1\nsession o${i} from=gw to=t\nrequest o${i} OPTIONS\nat +0.02\n"    \
	"reply o${i} 200\nend\n"
#define COPIED(n)                                                                                  \
	"at 20\nrepeat " n " every=1\nsession c${i} from=gw to=t\nrequest c${i} OPTIONS\nat "      \
	"+0.1\nagain c${i}\nat +0.1\nreply c${i} 200\nend\n"
/* A 503, and a new request so many seconds later. */
#define SENT_AWAY(header, later, from, to)                                                         \
	HOSTS "session a from=gw to=t\nrequest a INVITE\nat 0.1\nreply a 503 header=\"" header     \
	      "\" acked\nat " later "\nsession b from=" from " to=" to "\nrequest b INVITE\n"
#define ERRORS(first, second, third)                                                               \
	HOSTS "session a from=gw to=t\nsession b from=gw to=t\nsession c from=gw to=t\n"           \
	      "request a INVITE\nat 0.1\nreply a " first                                           \
	      " acked\nat 10\nrequest b INVITE\nat 10.1\nreply b " second                          \
	      " acked\nat 20\nrequest c INVITE\nat 20.1\nreply c " third " acked\n"
#define AGAIN(n, method)                                                                           \
	HOSTS "session s from=gw to=t\nrequest s " method "\nrepeat " n                            \
	      " every=1\nat +1\nagain s\nend\n"
#define LOOP "session l from=gw to=t2 through=p,t,p,t,p\nrequest l INVITE\n"

static const struct finding_case cases[] = {
	{ "D9: five within a minute", HOSTS REFUSED("5", "5", "INVITE", "503 acked", ""), NULL,
	  "D9|503 from 198.51.100.1|5|medium" },
	{ "D9: four are no wave",
	  HOSTS REFUSED("4", "5", "INVITE", "503 header=\"Retry-After: 1\" acked", ""), NULL, "" },
	{ "D9: four, if so set", HOSTS REFUSED("4", "5", "INVITE", "503 acked", ""),
	  "D9.responses = 4\n", "D9|503 from 198.51.100.1|4|medium" },
	{ "D9: five in 80 s", HOSTS REFUSED("5", "20", "INVITE", "503 acked", ""), NULL, "" },
	{ "D9: a longer window", HOSTS REFUSED("5", "20", "INVITE", "503 acked", ""),
	  "D9.window = 100\n", "D9|503 from 198.51.100.1|5|medium" },
	{ "D9: five of 105 answers",
	  HOSTS SERVED("100") "at 11\n" REFUSED("5", "5", "INVITE", "503 acked", ""), NULL, "" },
	{ "D9: a smaller share is asked for",
	  HOSTS SERVED("100") "at 11\n" REFUSED("5", "5", "INVITE", "503 acked", ""),
	  "D9.ratio = 0.04\n", "D9|503 from 198.51.100.1|5|medium" },
	{ "D9: Retry-After counts whatever the share",
	  HOSTS SERVED("100") "at 11\n" REFUSED("5", "5", "INVITE",
	                                        "503 header=\"Retry-After: 1\" acked", ""),
	  NULL, "D9|503 from 198.51.100.1|5|medium" },
	{ "D9: requests are no calls", HOSTS REFUSED("5", "5", "OPTIONS", "503", ""), NULL,
	  "D9|503 to requests other than INVITE from 198.51.100.1|5|medium" },
	{ "D9: the proxy only passes it on",
	  HOSTS REFUSED("5", "5", "INVITE", "503 acked", " through=p"), NULL,
	  "D9|503 from 198.51.100.1|5|medium" },
	{ "D9: another refusal", HOSTS REFUSED("9", "2", "INVITE", "486 acked", ""), NULL, "" },
	{ "D9: switched off", HOSTS REFUSED("5", "5", "INVITE", "503 acked", ""), "D9 = off\n",
	  "" },

	{ "D10: long before", SENT_AWAY("Retry-After: 30", "10", "gw", "t"), NULL,
	  "D10|Retry-After of 198.51.100.1 ignored by 192.0.2.10|1|high" },
	{ "D10: a comment and parameters",
	  SENT_AWAY("Retry-After: 30 (full);duration=60", "10", "gw", "t"), NULL,
	  "D10|Retry-After of 198.51.100.1 ignored by 192.0.2.10|1|high" },
	{ "D10: 0.6 s before is within the grace", SENT_AWAY("Retry-After: 30", "29.5", "gw", "t"),
	  NULL, "" },
	{ "D10: without grace", SENT_AWAY("Retry-After: 30", "29.5", "gw", "t"), "D10.grace = 0\n",
	  "D10|Retry-After of 198.51.100.1 ignored by 192.0.2.10|1|high" },
	{ "D10: afterwards", SENT_AWAY("Retry-After: 30", "31", "gw", "t"), NULL, "" },
	{ "D10: no number", SENT_AWAY("Retry-After: soon", "10", "gw", "t"), NULL, "" },
	{ "D10: none", SENT_AWAY("X-Retry-After: 30", "10", "gw", "t"), NULL, "" },
	{ "D10: another server", SENT_AWAY("Retry-After: 30", "10", "gw", "t2"), NULL, "" },
	{ "D10: another client", SENT_AWAY("Retry-After: 30", "10", "gw2", "t"), NULL, "" },

	{ "D11: three of three kinds", ERRORS("500", "502", "504"), NULL,
	  "D11|server errors from 198.51.100.1|3|medium" },
	{ "D11: two, and one that says no", ERRORS("500", "501", "504"), NULL, "" },
	{ "D11: two, and one of D9", ERRORS("500", "503", "500"), NULL, "" },
	{ "D11: two, if so set", ERRORS("500", "486", "504"), "D11.responses = 2\n",
	  "D11|server errors from 198.51.100.1|2|medium" },
	{ "D11: a short window", ERRORS("500", "502", "504"), "D11.window = 15\n", "" },

	{ "D12: 482", HOSTS REFUSED("1", "1", "INVITE", "482 acked", ""), NULL,
	  "D12|482 from 198.51.100.1|1|high" },
	{ "D12: one 483 past a proxy", HOSTS REFUSED("1", "1", "INVITE", "483 acked", " through=p"),
	  NULL, "D12|483 from 198.51.100.1|1|high" },
	{ "D12: three passes", HOSTS LOOP, NULL,
	  "D12|the same INVITE passes 203.0.113.9 again and again|1|high" },
	{ "D12: three are allowed", HOSTS LOOP, "D12.passes = 3\n", "" },
	{ "D12: copies are no passes", AGAIN("5", "INVITE"), NULL, "" },

	{ "D15: 3 of 50", HOSTS SERVED("44") COPIED("3"), NULL,
	  "D15|copies among the requests to 198.51.100.1|1|medium" },
	{ "D15: 3 of 49 are too few to tell", HOSTS SERVED("43") COPIED("3"), NULL, "" },
	{ "D15: 3 of 50, and 6 % are allowed", HOSTS SERVED("44") COPIED("3"), "D15.ratio = 0.06\n",
	  "" },
	{ "D15: an INVITE eight times", AGAIN("7", "INVITE"), NULL,
	  "D15|more copies of INVITE to 198.51.100.1 than timers allow|1|medium" },
	{ "D15: seven times", AGAIN("6", "INVITE"), NULL, "" },
	{ "D15: sixteen times are one finding", AGAIN("15", "INVITE"), NULL,
	  "D15|more copies of INVITE to 198.51.100.1 than timers allow|1|medium" },
	{ "D15: OPTIONS twelve times", AGAIN("11", "OPTIONS"), NULL,
	  "D15|more copies of OPTIONS to 198.51.100.1 than timers allow|1|medium" },
	{ "D15: eleven times", AGAIN("10", "OPTIONS"), NULL, "" },
	{ "D15: twelve, if so set", AGAIN("11", "OPTIONS"), "D15.other_copies = 12\n", "" },
};

#define COUNT(table) (int)(sizeof table / sizeof table[0])

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
	finding_lab_check(&dir, &cases[_i], "rule IN ('D9', 'D10', 'D11', 'D12', 'D15')");
}
END_TEST

/* All of them in one capture. */
static const struct finding_case everything = {
	"everything",
	HOSTS REFUSED("2", "5", "INVITE", "503 header=\"Retry-After: 9\" acked", "") LOOP
	"session e from=gw to=t2\nrequest e INVITE\nat 20.1\nreply e 500 acked\n"
	"at 30\nsession s from=gw to=t2\nrequest s OPTIONS\nat 31\nagain s\n",
	"D9.responses = 2\nD11.responses = 1\nD15.requests = 2\nD15.other_copies = 1\n",
	"D10|Retry-After of 198.51.100.1 ignored by 192.0.2.10|1|high\n"
	"D11|server errors from 198.51.100.2|1|medium\n"
	"D12|the same INVITE passes 203.0.113.9 again and again|1|high\n"
	"D15|copies among the requests to 198.51.100.2|1|medium\n"
	"D15|more copies of OPTIONS to 198.51.100.2 than timers allow|1|medium\n"
	"D9|503 from 198.51.100.1|2|medium",
};

START_TEST(memory_runs_out)
{
	finding_lab_check(&dir, &everything, "rule IN ('D9', 'D10', 'D11', 'D12', 'D15')");
	finding_lab_without_memory(&dir, &everything);
}
END_TEST

Suite *suite_overload(void)
{
	Suite *s = suite_create("overload");
	TCase *tc = tcase_create("overload");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, by_recipe, 0, COUNT(cases));
	tcase_add_test(tc, memory_runs_out);
	suite_add_tcase(s, tc);
	return s;
}
