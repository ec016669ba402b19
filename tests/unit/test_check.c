/* reports/check: each kind of assertion against records whose truth is written here, what is wrong in a file, exactness of bounds. */
#include "base/mem.h"
#include "reports/check/bound.h"
#include "reports/check/check.h"
#include "reports/records/store.h"
#include "tests/helpers/sample_records.h"

#include <check.h>
#include <stdio.h>

/* Ten calls to a trunk, 192.0.2.2, and two to another. Calls 1..8 were answered and have two streams each, PCMU (nb) with MOS 4.0 + i/10
 * for caller to callee, and G722 (wb) back; 9 was busy, 10 failed with 503, 11 was cancelled, of 12 only the beginning was seen. */
#define CALLS_IN_ALL 12
#define ANSWERED     8

static struct err err;

static void put_call(struct store *s, int i)
{
	static const char *const outcomes[] = { "busy", "failed", "cancelled", "incomplete" };
	static const int statuses[] = { 486, 503, 487, 0 };
	bool answered = i <= ANSWERED;
	struct record_call c = sample_call(i);
	struct record_dialog d = {
		.id = i,
		.run_id = 1,
		.call_id = i,
		.kind = SLICE_LIT("invite"),
		.forked_from = RECORD_NULL,
		.answer_us = RECORD_NULL,
		.src = SLICE_LIT("192.0.2.1:5060"),
		.dst = i > 10 ? SLICE_LIT("[2001:db8::5]:5060") : SLICE_LIT("192.0.2.2:5060"),
		.caller_user_agent = i % 2 ? SLICE_LIT("Phone 1.0") : SLICE_LIT("Soft 2"),
		.callee_user_agent = SLICE_LIT("PBX")
	};
	char id[32], callee[32];

	snprintf(id, sizeof id, "id-%d", i);
	snprintf(callee, sizeof callee, "49301%02d", i);
	c.sip_call_id = d.sip_call_id = slice_str(id);
	c.caller = SLICE_LIT("1001");
	c.callee = slice_str(callee);
	c.outcome = answered ? SLICE_LIT("answered") : slice_str(outcomes[i - ANSWERED - 1]);
	c.final_status = answered ? 200 : i == 12 ? RECORD_NULL : statuses[i - ANSWERED - 1];
	c.pdd_ms = answered ? 100 * i : (double)NAN;
	c.setup_ms = 0.1; /* of which three are not 0.3, in binary */
	c.talk_ms = answered ? 10000 : (double)NAN;
	c.mos_min = answered ? 4 + i / 10.0 : (double)NAN;
	c.released_by = i == 3 ? SLICE_LIT("callee") : SLICE_LIT("caller");
	ck_assert_msg(store_call(s, &c, &err) && store_dialog(s, &d, &err), "%s", err.text);
}

static void put_stream(struct store *s, int i, bool back)
{
	struct record_stream r = sample_stream(2 * i + back);

	r.call_id = i;
	r.direction = back ? SLICE_LIT("callee_to_caller") : SLICE_LIT("caller_to_callee");
	r.codec = back ? SLICE_LIT("G722") : SLICE_LIT("PCMU");
	r.mos_scale = back ? SLICE_LIT("wb") : SLICE_LIT("nb");
	r.mos_lq = back ? 4.2 : 4 + i / 10.0;
	bool lossy = i == 2 && !back;

	r.packets = lossy ? 98 : 100;
	r.lost = lossy ? 2 : 0;
	r.expected = 100;
	r.loss_ratio = (double)r.lost / 100;
	r.jitter_mean_ms = 2;
	ck_assert_msg(store_stream(s, &r, &err), "%s", err.text);
}

/* Caller of call 1 pressed 1234#. */
static void put_digits(struct store *s)
{
	for (int i = 0; i < 5; i++) {
		struct record_dtmf d = { .id = i + 1,
			                 .call_id = 1,
			                 .stream_id = 2,
			                 .press_id = i + 1,
			                 .time_us = SAMPLE_START_US + i,
			                 .digit = "1234#"[i],
			                 .method = SLICE_LIT("rfc4733"),
			                 .direction = SLICE_LIT("caller_to_callee") };
		ck_assert_msg(store_dtmf(s, &d, &err), "%s", err.text);
	}
}

static void put_rules(struct store *s)
{
	static const struct {
		const char *rule, *name, *severity;
		bool enabled;
	} rules[] = { { "A1", "one-way-audio", "error", true },
		      { "B1", "packet-loss", "warning", true },
		      { "D1", "auth-loop", "error", false } };
	struct record_finding f = { .id = 1,
		                    .run_id = 1,
		                    .rule = SLICE_LIT("B1"),
		                    .name = SLICE_LIT("packet-loss"),
		                    .severity = SLICE_LIT("warning"),
		                    .confidence = SLICE_LIT("medium"),
		                    .text = SLICE_LIT("x"),
		                    .noun = SLICE_LIT("streams"),
		                    .occurrences = 2 };

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct record_rule r = { .run_id = 1,
			                 .rule = slice_str(rules[i].rule),
			                 .name = slice_str(rules[i].name),
			                 .severity = slice_str(rules[i].severity),
			                 .enabled = rules[i].enabled,
			                 .section = SLICE_LIT("RFC 3261"),
			                 .meaning = SLICE_LIT("m") };
		ck_assert(store_rule(s, &r, &err));
	}
	ck_assert(store_finding(s, &f, &err));
	for (int i = 0; i < 2; i++) {
		struct record_occurrence o = { .finding_id = 1,
			                       .call_id = 2 + i,
			                       .text = SLICE_LIT("2 % lost") };
		ck_assert(store_occurrence(s, &o, &err));
	}
}

static struct store *make_store(bool finished)
{
	err = (struct err)ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	for (int i = 1; i <= CALLS_IN_ALL; i++)
		put_call(s, i);
	for (int i = 1; i <= ANSWERED; i++) {
		put_stream(s, i, false);
		put_stream(s, i, true);
	}
	put_digits(s);
	put_rules(s);
	ck_assert_msg(store_join(s, &err) && store_kpi(s, 1, &err), "%s", err.text);
	if (!finished)
		ck_assert(store_incomplete(s, SLICE_LIT("the disk was full"), &err));
	ck_assert(store_finish(s, SAMPLE_START_US + 20000000, &err));
	return s;
}

/* One line for each verdict, as a person would note it: result, name, what was found, the first one to blame, why. */
static void show(const struct verdicts *v, struct text *out)
{
	static const char *const words[] = { "ok", "FAILED", "ERROR", "skipped" };

	for (const struct verdict *one = v->first; one; one = one->next) {
		text_addf(out, "%s%s %.*s", one == v->first ? "" : "\n", words[one->result],
		          SLICE_ARG(one->name));
		if (one->actual.p)
			text_addf(out, ": %.*s", SLICE_ARG(one->actual));
		if (one->blame)
			text_addf(out, ": %d, %d %.*s", (int)one->blame_count,
			          (int)one->blame->call_id, SLICE_ARG(one->blame->text));
		if (one->note.p)
			text_addf(out, "; %.*s", SLICE_ARG(one->note));
	}
}

/* What comes of a text in YAML: the verdicts, or the error. */
static void judge(struct records *r, const char *yaml, struct text *out)
{
	struct verdicts v;

	err = (struct err)ERR_INIT;
	verdicts_init(&v, "test", NULL);
	struct yaml *file = yaml_parse(slice_str(yaml), "f", &err);
	if (file && check_records(r, file, yaml_root(file), &v, &err))
		show(&v, out);
	else
		text_addf(out, "%s", err.text);
	yaml_close(file);
	verdicts_release(&v);
}

static const struct {
	const char *yaml, *want;
} cases[] = {
	/* numbers of everything */
	{ "calls: 12", "ok calls = 12: 12" },
	{ "- calls >= 12\n- calls < 12", "ok calls >= 12: 12\nFAILED calls < 12: 12" },
	{ "calls: 10..13", "ok calls within 10..13: 12" },
	{ "answered: 8\nbusy: 0",
	  "ok answered = 8: 8\nFAILED busy = 0: 1: 1, 9 1001 -> 4930109, busy 486" },
	{ "answered_ratio: \">= 66.6 %\"", "ok answered_ratio >= 66.6 %: 66.67 % (8 of 12)" },
	{ "answered_ratio: \">= 66.67 %\"",
	  "FAILED answered_ratio >= 66.67 %: 66.667 % (8 of 12): 4, 9 1001 -> 4930109, busy 486; "
	  "1 incomplete or in progress: the capture's edge hides the end" },
	{ "failed_ratio: <= 0.05", "FAILED failed_ratio <= 0.05: 8.333 % (1 of 12): 1, 10 1001 -> "
	                           "4930110, failed 503; 1 incomplete or in progress: the "
	                           "capture's edge hides the end" },
	{ "rtp_lost: 2", "ok rtp_lost = 2: 2" },
	{ "rtp_loss_ratio: <= 0.125 %", "ok rtp_loss_ratio <= 0.125 %: 0.125 %" }, /* 2 of 1600 */
	{ "rtp_loss_ratio: <= 0.1249 %", "FAILED rtp_loss_ratio <= 0.1249 %: 0.125 %: 1, 2 PCMU "
	                                 "192.0.2.1 to 192.0.2.2, 2 of 100 lost" },
	{ "digits: 5", "ok digits = 5: 5" },
	{ "packets_dropped: 0", "ERROR packets_dropped = 0; the captures do not say" },
	{ "totals:\n  - streams == 16\n  - registrations = 0",
	  "ok streams = 16: 16\nok registrations = "
	  "0: 0" },
	/* statistics: nearest rank of eight, 4.1 to 4.8 */
	{ "mos_lq.p05: \">= 4.1\"", "ok mos_lq.p05 >= 4.1: 4.1" },
	{ "mos_lq.p12.5: 4.1", "ok mos_lq.p12.5 = 4.1: 4.1" },
	{ "mos_lq.p13: 4.2", "ok mos_lq.p13 = 4.2: 4.2" },
	{ "mos_lq.median: 4.4\nmos_lq.p100: 4.8",
	  "ok mos_lq.median = 4.4: 4.4\nok mos_lq.p100 = 4.8: "
	  "4.8" },
	{ "mos_lq.min: \">= 4.3\"",
	  "FAILED mos_lq.min >= 4.3: 4.1: 2, 1 1001 -> 4930101, PCMU "
	  "192.0.2.1 to 192.0.2.2, mos_lq 4.1; of 8 streams; 8 more have no "
	  "value of it" },
	{ "mos_lq_wb.mean: 4.2", "ok mos_lq_wb.mean = 4.2: 4.2" },
	{ "mos_lq.count: 8\nmos_lq_fb.count: 0",
	  "ok mos_lq.count = 8: 8\nok mos_lq_fb.count = 0: 0" },
	{ "mos_lq_fb.p05: \">= 3\"",
	  "ERROR mos_lq_fb.p05 >= 3; none of the 16 streams has a value of "
	  "mos_lq_fb: their codecs are of another scale (_wb, _fb), or "
	  "unknown" },
	{ "setup_ms.mean: 0.1", "ok setup_ms.mean = 0.1: 0.1 ms" },
	{ "setup_ms.max: <= 100us", "ok setup_ms.max <= 100us: 0.1 ms" },
	{ "pdd_ms.p95: <= 0.8s", "ok pdd_ms.p95 <= 0.8s: 800 ms" },
	{ "pdd_ms.max: < 800ms", "FAILED pdd_ms.max < 800ms: 800 ms: 1, 8 1001 -> 4930108, "
	                         "answered 200, pdd_ms 800 ms; of 8 "
	                         "calls; 4 more have no value of it" },
	{ "streams.loss_ratio.max: <= 2 %", "ok streams.loss_ratio.max <= 2 %: 2 %" },
	{ "registrations.delay_ms.p95: < 1s", "ERROR registrations.delay_ms.p95 < 1s; there is no "
	                                      "registration in these records" },
	/* outcomes */
	{ "outcomes: {busy: 1, failed: <= 10 %, no_answer: 0}",
	  "ok busy = 1: 1\nok failed <= 10 %: 8.333 % (1 of 12)\nok no_answer = 0: 0" },
	/* single calls */
	{ "calls:\n  - where: {callee: 4930101}\n    each: {outcome: answered, dtmf: \"1234#\", "
	  "mos_min: \">= 4.1\", user_agent: phone*}",
	  "ok each outcome = answered: 1 of 1 calls\nok each dtmf = 1234#: 1 of 1 calls\nok each "
	  "mos_min "
	  ">= 4.1: 1 of 1 calls\nok each user_agent = phone*: 1 of 1 calls" },
	{ "calls:\n  where: {dtmf_caller: \"1*\"}\n  count: 0", "ok count = 0: 0" },
	{ "calls:\n  where: {dtmf_callee: none}\n  count: 12", "ok count = 12: 12" },
	{ "calls:\n  where: {call_id: id-3}\n  each: {released_by: caller}",
	  "FAILED each released_by = caller: 0 of 1 calls: 1, 3 1001 -> 4930103, answered 200, "
	  "released_by callee" },
	{ "calls:\n  where: {final_status: 4xx}\n  each: {final_status: [486, 487]}",
	  "ok each final_status = 486 | 487: 2 of 2 calls" },
	{ "calls:\n  each: {pdd_ms: <= 700}", "FAILED each pdd_ms <= 700: 7 of 12 calls: 5, 8 1001 "
	                                      "-> 4930108, answered 200, pdd_ms 800 ms" },
	{ "calls:\n  each: {pdd_ms: <= 800 or none}",
	  "ok each pdd_ms <= 800 or none: 12 of 12 calls" },
	{ "calls:\n  where: {callee: 999*}\n  each: {outcome: answered}",
	  "FAILED each outcome = answered; no call matches" },
	{ "calls:\n  where: {callee: 999*}\n  may_be_empty: true\n  each: {outcome: answered}",
	  "skipped each outcome = answered; no call matches" },
	{ "calls:\n  where: {callee: 999*}\n  pdd_ms.p95: <= 1",
	  "FAILED pdd_ms.p95 <= 1; no call matches" },
	{ "calls:\n  where: {callee: 999*}\n  none: {outcome: failed}",
	  "FAILED none outcome = failed: 0 of 0 calls; no call matches" },
	{ "calls:\n  none: {outcome: failed, final_status: 503}",
	  "FAILED none outcome = failed, final_status = 503: 1 of 12 calls: 1, 10 1001 -> 4930110, "
	  "failed "
	  "503" },
	{ "calls:\n  - any: {finding: packet-loss, mos_min: < 4.25}\n  - answered >= 8",
	  "ok any finding = packet-loss, mos_min < 4.25: 1 of 12 calls\nok answered >= 8: 8" },
	{ "calls:\n  where: {outcome: \"!= answered\", trunk: 192.0.2.2}\n  count: 2",
	  "ok count = 2: 2" },
	{ "calls:\n  where: {trunk: \"2001:db8::5\"}\n  count: 2", "ok count = 2: 2" },
	{ "calls:\n  where: {codec: g722, finding: B1}\n  count: 2", "ok count = 2: 2" },
	{ "streams:\n  where: {codec: PCMU, loss_ratio: \"> 0\"}\n  each: {lost: 2}",
	  "ok each lost = 2: 1 of 1 streams" },
	{ "simulation: {failed: 0, failed_ratio: 0}",
	  "ok failed = 0: 0\nERROR failed_ratio = 0; there is no simulated call to judge by" },
	/* trunks, key figures */
	{ "kpi: {asr: \">= 0.5\", ABR: 200}",
	  "f:1:27: ABR: '200' is no ratio: those are 0 to 1, or 0 % "
	  "to 100 %" },
	{ "kpi: {ATTEMPTS_MERGED: 11, CUT_START: 1}",
	  "ok ATTEMPTS_MERGED = 11: 11\nok CUT_START = 1: 1" },
	{ "trunks: {\"192.0.2.2\": {calls: 10, mos_lq.min: 4.1, answered_ratio: \">= 81 %\"}}",
	  "ok calls = 10: 10\nok mos_lq.min = 4.1: 4.1\nFAILED answered_ratio >= 81 %: 80 % (8 of "
	  "10): "
	  "2, 9 1001 -> 4930109, busy 486" },
	{ "trunks: {\"192.0.2.77\": {asr: 1}}", "FAILED calls go there; no call went there; the "
	                                        "trunks are listed by 'milliwatt report --kpi "
	                                        "DB'" },
	{ "trunks: {each: {min_calls: 1000, asr: 1}}",
	  "FAILED calls go there; no trunk had that many calls" },
	/* findings */
	{ "findings: {A1: 0, packet-loss: \">= 1\", errors: 0, warnings: 2}",
	  "ok A1 (one-way-audio) = 0: 0\nok B1 (packet-loss) >= 1: 2\nok errors = 0: 0\nok "
	  "warnings = 2: "
	  "2" },
	{ "findings: {confidence: high, B1: 0}", "ok B1 (packet-loss) = 0: 0" },
	{ "findings: {B1: 0}", "FAILED B1 (packet-loss) = 0: 2: 2, 2 B1: 2 % lost" },
	{ "findings: {D1: 0}",
	  "ERROR D1 = 0; D1 (auth-loop) was off in this run: nobody looked for it" },
	{ "findings: {B11: 0}", "f:1:12: there is no rule 'B11'; did you mean 'B1'?" },
	{ "findings: {paket-loss: 0}",
	  "f:1:12: there is no rule 'paket-loss'; did you mean 'packet-loss'?" },
	/* SQL, truth */
	{ "sql: {busy: \"SELECT id AS call_id, callee FROM calls WHERE outcome = 'busy'\"}",
	  "FAILED busy: rows = 0: 1: 1, 9 call_id=9, callee=4930109" },
	{ "sql: {n: {query: SELECT count(*) FROM calls, is: \"> 11\"}}", "ok n: > 11: 12" },
	{ "sql: {n: {query: SELECT callee FROM calls WHERE id = 9, is: 49*}}",
	  "ok n: = 49*: 4930109" },
	{ "sql: {n: {query: SELECT max(pdd_ms) FROM calls WHERE id = 9, is: 1}}",
	  "ERROR n: = 1: ; it gave NULL: nothing was observed" },
	{ "sql: {n: {query: SELECT 1 WHERE 0, is: 1}}",
	  "ERROR n: = 1; it gave no row, and so no value" },
	{ "sql: {n: DELETE FROM calls}",
	  "f:1:7: the SQL of 'n': it must only read: not authorized" },
	{ "truth: equal",
	  "ERROR measured = truth; these records are of no simulation (milliwatt sim "
	  "--record)" },
	/* what is wrong in a file */
	{ "",
	  "f: it expects nothing; 'milliwatt check --print-template DB' writes one to start from" },
	{ "cals: 1", "f:1:1: there is no such number or section: 'cals'; did you mean 'calls'?" },
	{ "findngs: {A1: 0}", "f:1:1: there is no section 'findngs'; did you mean 'findings'?" },
	{ "pdd_ms.p59x: 1",
	  "f:1:1: which number of pdd_ms? pdd_ms.p95 (or another percentile), .min, "
	  ".max, .mean, .median, .sum or .count" },
	{ "pd_ms.p95: 1", "f:1:1: there is no such number or section: 'pd_ms.p95'; did you mean "
	                  "'pdd_ms'?" },
	{ "mos_min.p05: 3",
	  "f:1:1: mos_min has no statistics: narrowband and wideband MOS are never "
	  "mixed; take mos_lq (narrowband), mos_lq_wb or mos_lq_fb, which are of "
	  "streams" },
	{ "caller.p05: 3", "f:1:1: caller is no number: there are no statistics of it; 'where' and "
	                   "'each' can ask for it" },
	{ "calls: many",
	  "f:1:8: calls: 'many' is not understood; write a number, as in '>= 1000', '0' "
	  "or '990..1010'" },
	{ "calls: 5s",
	  "f:1:8: calls: '5s' is not understood; write a number, as in '>= 1000', '0' or "
	  "'990..1010'" },
	{ "answered_ratio: \">= 98\"",
	  "f:1:17: answered_ratio: '98' is no ratio: those are 0 to 1, or 0 % "
	  "to 100 %" },
	{ "- calls", "f:1:3: 'calls' asserts nothing; write it as 'mos_lq.p05 >= 3.8'" },
	{ "calls:", "f:1:1: 'calls' has no bound; write for instance 'calls: 0'" },
	{ "calls: {each: {callee: \">= 5\"}}",
	  "f:1:24: callee: '>=' is for numbers; words are equal (=) "
	  "or not (!=)" },
	{ "calls: {each: {calee: 5}}",
	  "f:1:16: there is no field 'calee'; did you mean 'callee'?" },
	{ "calls: {wher: {callee: 5}}",
	  "f:1:15: of 'wher' a bound is expected here, not a mapping" },
	{ "calls: {where: {final_status: 4x}}", "f:1:31: final_status: '4x' is not understood; "
	                                        "write a status, as in '200', '4xx', '480 | 486' "
	                                        "or '< 500'" },
	{ "calls: {where: {transferred: maybe}}",
	  "f:1:30: transferred: 'maybe' is not understood; write true or false" },
	{ "calls: {where: {header: \"X: 1\"}, count: 1}",
	  "f:1:17: headers are in the captures, which are not at hand here" },
	{ "calls: 5..3", "f:1:8: calls: '5..3' is empty: the first is the greater" },
	{ "outcomes: {bussy: 0}", "f:1:12: there is no outcome 'bussy'; did you mean 'busy'?" },
	{ "outcomes: {pdd_ms.p95: 0}", "f:1:12: there is no outcome 'pdd_ms.p95'" },
	{ "kpi: {ASRR: 0}", "f:1:7: there is no key figure 'ASRR'; did you mean 'ASR'?" },
	{ "kpi: {ASR: high}",
	  "f:1:12: ASR: 'high' is not understood; write a number, as in '>= 3.8', '< "
	  "30' or '3.8..4.5'" },
	{ "truth: near",
	  "f:1:8: truth: equal, and nothing else: what was measured is what the simulator "
	  "meant" },
	{ "incomplete: yes\ncalls: 1", "f:1:13: incomplete: allowed, or nothing" },
	{ "sql: {n: {query: SELECT 1}}",
	  "f:1:7: 'n' needs a query, and either 'is' (its value) or 'rows' "
	  "(how many)" },
	{ "sql: {n: {qery: SELECT 1, is: 1}}",
	  "f:1:11: unknown key 'qery'; did you mean 'query'?" },
	{ "trunks: [1]", "f:1:9: trunks: {\"192.0.2.1\": {ASR: \">= 50 %\"}, each: {...}}" },
	{ "- [calls = 1]", "f:1:3: a list in a list: write the assertions one below the other" },
	/* the whole file is read before anything is judged */
	{ "calls: 12\nstreams: {each: {codec: 1, x: 2}}", "f:2:28: there is no field 'x'" },
};

START_TEST(assertions)
{
	struct store *s = make_store(true);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	judge(r, cases[_i].yaml, &out);
	ck_assert_str_eq(text_cstr(&out), cases[_i].want);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* A run that did not end is said first, and held against it. */
START_TEST(incomplete_runs)
{
	struct store *s = make_store(false);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	judge(r, "calls: 12", &out);
	ck_assert_str_eq(text_cstr(&out),
	                 "FAILED every run is complete: 1 run(s) are not; the disk was full; these "
	                 "records show less than there was ('incomplete: allowed' takes them "
	                 "nevertheless)\nok calls = 12: 12");
	text_reset(&out);
	judge(r, "{incomplete: allowed, calls: 12}", &out);
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "skipped every run is complete"));
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static const struct {
	enum value_kind kind;
	const char *bound;
	double value;
	bool holds;
} bounds[] = {
	{ KIND_RATIO, ">= 98 %", 49.0 / 50, true },
	{ KIND_RATIO, ">= 98%", 0.98, true },
	{ KIND_RATIO, "> 98 %", 0.98, false },
	{ KIND_RATIO, "<= 0.1", 1.0 / 10, true },
	{ KIND_RATIO, "= 33.3 %", 333.0 / 1000, true },
	{ KIND_RATIO, "< 100 %", 999999.0 / 1000000, true },
	{ KIND_MS, "<= 2.5s", 2500, true },
	{ KIND_MS, "<= 0.1", 0.1, true },
	{ KIND_MS, "<= 300us", 0.3, true },
	{ KIND_MS, "< 1 min", 59999.999, true },
	{ KIND_SECONDS, "= 100 ms", 0.1, true },
	{ KIND_SECONDS, ">= 1h", 3600, true },
	{ KIND_NUMBER, ">= 3.8", 3.7999999, false },
	{ KIND_NUMBER, "!= 1", 1, false },
	{ KIND_NUMBER, "-5..5", -5, true },
	{ KIND_NUMBER, "> -0.5", -0.5, false },
	{ KIND_COUNT, "<= 3", 3, true },
	{ KIND_COUNT, "\xE2\x89\xA4 3", 4, false }, /* the sign itself */
	{ KIND_COUNT, "0", NAN, false },
	{ KIND_COUNT, "0 or none", NAN, true },
	{ KIND_COUNT, "none", NAN, true },
	{ KIND_COUNT, "none", 0, false },
	{ KIND_COUNT, "!= none", 0, true },
	{ KIND_STATUS, "4xx | 503", 486, true },
	{ KIND_STATUS, "4xx | 503", 503, true },
	{ KIND_STATUS, "!= 4xx", 486, false },
	{ KIND_STATUS, "< 500", 486, true },
	{ KIND_FLAG, "yes", 1, true },
	{ KIND_FLAG, "false", 1, false },
};

START_TEST(bounds_of_numbers)
{
	struct arena arena;
	struct bound b;

	err = (struct err)ERR_INIT;
	arena_init(&arena, 256);
	ck_assert_msg(bound_parse(&b, bounds[_i].kind, slice_str(bounds[_i].bound), &arena, &err),
	              "%s", err.text);
	ck_assert_int_eq(bound_holds(&b, bounds[_i].value), bounds[_i].holds);
	arena_release(&arena);
}
END_TEST

static const struct {
	enum value_kind kind;
	const char *bound, *value;
	bool holds;
} words[] = {
	{ KIND_TEXT, "answered", "answered", true },
	{ KIND_TEXT, "answered", "Answered", true },
	{ KIND_TEXT, "busy | failed", "failed", true },
	{ KIND_TEXT, "!= busy | failed", "failed", false },
	{ KIND_TEXT, "+49*", "+4930", true },
	{ KIND_TEXT, "+49*", "0049", false },
	{ KIND_TEXT, "*a*b*", "xaxxbx", true },
	{ KIND_TEXT, "*a*b", "xaxxbx", false },
	{ KIND_TEXT, "?", "", false },
	{ KIND_TEXT, "*", "", true },
	{ KIND_TEXT, "B1",
	  "A1\x1F"
	  "B1",
	  true },
	{ KIND_TEXT, "!= B1",
	  "A1\x1F"
	  "B1",
	  false },
	{ KIND_TEXT, "none", NULL, true },
	{ KIND_TEXT, "x", NULL, false },
	{ KIND_TEXT, "!= x", NULL, false },
	{ KIND_TEXT, "!= x or none", NULL, true },
	{ KIND_DIGITS, "*9", "*9", true },
	{ KIND_DIGITS, "*9", "119", false },
	{ KIND_DIGITS, "12a", "12A", true },
};

START_TEST(bounds_of_words)
{
	struct arena arena;
	struct bound b;

	err = (struct err)ERR_INIT;
	arena_init(&arena, 256);
	ck_assert_msg(bound_parse(&b, words[_i].kind, slice_str(words[_i].bound), &arena, &err),
	              "%s", err.text);
	ck_assert_int_eq(bound_holds_text(&b, slice_str(words[_i].value)), words[_i].holds);
	arena_release(&arena);
}
END_TEST

/* As many digits as it takes to see why. */
START_TEST(values_beside_bounds)
{
	static const struct {
		enum value_kind kind;
		double value;
		const char *bound, *want;
	} shown[] = {
		{ KIND_NUMBER, 3.79999, ">= 3.8", "3.79999" },
		{ KIND_NUMBER, 3.41234, ">= 3.8", "3.412" },
		{ KIND_RATIO, 0.97999, ">= 98 %", "97.999 %" },
		{ KIND_MS, 2500.0001, "<= 2.5s", "2500.0001 ms" },
		{ KIND_COUNT, 1234567, ">= 1", "1234567" },
		{ KIND_MS, 1234567.89, "<= 1", "1234568 ms" },
		{ KIND_NUMBER, NAN, ">= 1", "none" },
	};
	struct arena arena;
	struct text out;
	struct bound b;

	err = (struct err)ERR_INIT;
	arena_init(&arena, 256);
	text_init(&out);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		ck_assert(bound_parse(&b, shown[i].kind, slice_str(shown[i].bound), &arena, &err));
		text_reset(&out);
		bound_add_value(&out, shown[i].kind, shown[i].value, &b);
		ck_assert_str_eq(text_cstr(&out), shown[i].want);
	}
	text_release(&out);
	arena_release(&arena);
}
END_TEST

/* What it writes holds of what it was written from. */
START_TEST(templates_hold)
{
	struct store *s = _i ? sample_store(NULL, &err) : make_store(true);
	struct records *r = records_of(store_handle(s), &err);
	struct text template, out;

	err = (struct err)ERR_INIT;
	text_init(&template);
	text_init(&out);
	ck_assert_msg(check_template(r, &template, &err), "%s", err.text);
	judge(r, text_cstr(&template), &out);
	ck_assert_msg(err.code == ERR_NONE && !strstr(text_cstr(&out), "FAILED") &&
	                      !strstr(text_cstr(&out), "ERROR"),
	              "%s\n%s", text_cstr(&template), text_cstr(&out));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "ok calls >= "));
	text_release(&template);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static const char everything[] =
        "calls: 12\nmos_lq.p05: \">= 5\"\nanswered_ratio: 1\nrtp_lost: 0\noutcomes: {busy: 0}\n"
        "calls_one_way: 0\nfindings: {B1: 0}\nkpi: {ATTEMPTS_MERGED: 1}\n"
        "trunks: {\"192.0.2.2\": {calls: 1}, each: {ATTEMPTS_MERGED: 1}}\n"
        "streams:\n  - where: {codec: [PCMU, PCMA], caller: \"1*\"}\n    name: x\n    each: {lost: "
        "0}\n"
        "    none: {lost: 2}\n    any: {lost: 2}\n"
        "sql: {a: SELECT 1, b: {query: SELECT 1, is: 2}}\n";

START_TEST(allocation_n_fails)
{
	struct store *s = make_store(true);
	struct records *r = records_of(store_handle(s), &err);
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct verdicts v;
		struct text out;
		ck_assert_uint_lt(n, 2000);
		err = (struct err)ERR_INIT;
		text_init(&out);
		mem_fail_after(n);
		verdicts_init(&v, "test", NULL);
		struct yaml *file = yaml_parse(slice_str(everything), "f", &err);
		done = file && check_records(r, file, yaml_root(file), &v, &err) &&
		       check_template(r, &out, &err) && verdicts_text(&v, false, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		yaml_close(file);
		verdicts_release(&v);
		text_release(&out);
	}
	records_close(r);
	store_free(s);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_check(void);
Suite *suite_check(void)
{
	Suite *suite = suite_create("check");
	TCase *tcase = tcase_create("check");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, assertions, 0, COUNT(cases));
	tcase_add_test(tcase, incomplete_runs);
	tcase_add_loop_test(tcase, bounds_of_numbers, 0, COUNT(bounds));
	tcase_add_loop_test(tcase, bounds_of_words, 0, COUNT(words));
	tcase_add_test(tcase, values_beside_bounds);
	tcase_add_loop_test(tcase, templates_hold, 0, 2);
	tcase_add_test(tcase, allocation_n_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
