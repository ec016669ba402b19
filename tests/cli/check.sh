#!/bin/sh
# `milliwatt check` as a CI job meets it: the example of docs/expectations.md, exit codes, forms, captures, headers. Usage: check.sh BINARY
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
call=fixtures/baseline-call/capture.pcap

# expect NAME EXIT-CODE PATTERN COMMAND...: stdout and stderr together must match the pattern.
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" -eq "$code" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$work/out"; }; then
		echo "ok - check $name"
		passed=$((passed + 1))
	else
		echo "not ok - check $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 40 "$work/out"
		failed=$((failed + 1))
	fi
}

# judge NAME EXIT-CODE PATTERN YAML [OPTION...]: of $db.
judge() {
	name=$1 code=$2 pattern=$3
	printf '%b' "$4" >"$work/e.yaml"
	shift 4
	expect "$name" "$code" "$pattern" "$binary" check "$db" --expect "$work/e.yaml" "$@"
}

# valid NAME FILE: JUnit as the schemas of CI systems want it.
valid() {
	expect "$1 is valid JUnit" 0 "" xmllint --noout --schema tests/junit/junit.xsd "$2"
}

db=$work/night.db
"$binary" sim --virtual --calls 50 --hold 12s --media speech --digits '1234#' --record "$db" -q || exit 1
"$binary" analyze -q -o "$work/call.db" "$call" || exit 1

# The example of the docs is what it says it is.
sed -n '/^```yaml$/,/^```$/p' docs/expectations.md | sed '1d;$d' >"$work/example.yaml"
expect "the example of the docs" 0 "^[3-9][0-9] assertions: [0-9]+ hold$" "$binary" check "$db" --expect "$work/example.yaml" --junit "$work/example.xml" --markdown "$work/example.md"
valid "the example" "$work/example.xml"
expect "its Markdown" 0 "^## trunks, every night$" cat "$work/example.md"
# It is no accident: of other calls it does not hold.
expect "the example of a bad night" 2 "FAILED  totals: digits >= 5" "$binary" check "$work/call.db" --expect "$work/example.yaml"

# Every name of the tables of the docs is one.
fields() { # section, first words of its line in the docs
	sed -n "/^- \*\*of $2\*\*/,/^\(- \*\*of .*\)\{0,1\}$/p" docs/expectations.md | sed '1!{/^- \*\*of/,$d}' | grep -o '`[a-z][a-z0-9_]*`' | tr -d '`' | grep -vE '^(_wb|_fb|header|where)$' | sort -u |
		while read -r field; do echo "  - where: {$field: none}"; done >"$work/fields"
	[ -s "$work/fields" ] && { echo "$1:"; cat "$work/fields"; } >"$work/fields.yaml"
	expect "the documented fields of $1" 0 "" "$binary" check "$db" --expect "$work/fields.yaml"
}
fields calls calls
fields streams streams
fields registrations registrations
fields simulation simulation

judge "one that holds" 0 '^ok      totals: calls = 50  \(50\)$' 'calls: 50'
judge "one that falls short" 1 '^FAILED  totals: calls = 51$' 'calls: 51'
judge "one that cannot be judged" 2 '^ERROR   totals: mos_lq_wb.p05 >= 3$' '- mos_lq_wb.p05 >= 3'
judge "both: not judged is worse" 2 '1 falls short, 1 could not be judged' '- mos_lq_wb.p05 >= 3\n- calls = 1'
judge "whom to blame" 1 'call 1: caller -> service, answered 200, talk_ms 12000 ms' 'calls: {each: {talk_ms: <= 11s}}'
judge "and how to see it" 1 'to see it: milliwatt show .*/night.db 1$' 'calls: {each: {talk_ms: <= 11s}}'
judge "where it stands" 1 'e.yaml:2$' '# first\ncalls: 1'
judge "quiet" 1 '' 'calls: 1' -q
[ -s "$work/out" ] && { echo "not ok - check quiet says something"; failed=$((failed + 1)); }
judge "json" 1 '"exit_code": 1' 'calls: 1' --json
judge "json into a file" 1 '' 'calls: 1' --json -o "$work/v.json"
expect "json is JSON" 0 "" perl -MJSON::PP -0777 -e 'decode_json(<>)' "$work/v.json"
judge "into a file" 1 '' 'calls: 1' -o "$work/verdicts.txt"
expect "the file" 0 '^FAILED  totals: calls = 1$' cat "$work/verdicts.txt"
judge "JUnit of failures" 2 '' '- mos_lq_wb.p05 >= 3\n- calls = 1\n- calls = 50' -q --junit "$work/j.xml"
valid "one of each" "$work/j.xml"
expect "what JUnit says" 0 'tests="3" failures="1" errors="1" skipped="0"' cat "$work/j.xml"

judge "a wrong name" 2 "^milliwatt check: .*e.yaml:1:1: there is no .*'cals'; did you mean 'calls'" 'cals: 1'
judge "YAML that is none" 2 '^milliwatt check: .*e.yaml:2:1: ' 'a: [1\n'
judge "a bound that begins with > without quotes" 2 'e.yaml:1:[0-9]+: .*begins with > .*quotes' 'calls: >= 50'
judge "an empty file" 2 'expects nothing.*--print-template' ''
expect "no such file" 2 "cannot open 'nowhere.yaml'" "$binary" check "$db" --expect nowhere.yaml
expect "no such database" 2 "no such file: 'nowhere.db'" "$binary" check nowhere.db --expect "$work/example.yaml"
expect "no expectations" 2 "by which file.*--print-template" "$binary" check "$db"
expect "no database" 2 "give one DB or capture" "$binary" check --expect "$work/example.yaml"
expect "two databases" 2 "not several" "$binary" check "$db" "$db" --expect "$work/example.yaml"
expect "an unknown option" 2 "'--bogus' is not an option.*--help" "$binary" check --bogus
expect "help" 0 "Usage: milliwatt check" "$binary" check --help

# Truth: of calls without digits, with loss on purpose; and where somebody lies.
db=$work/loss.db
"$binary" sim --virtual --calls 10 --hold 5s --media speech --impair-media loss=3%,duplicate=1% --record "$db" -q || exit 1
judge "truth is what was measured" 0 '0 of 20 simulated calls differ' 'truth: equal\nrtp_loss_ratio: "> 1 %"'
sqlite3 "$db" "UPDATE sim_calls SET rtp_dropped = rtp_dropped + 1 WHERE role = 'callee' AND sip_call_id LIKE '3-%'"
judge "truth that is not" 1 'call 3: callee 3-.*: RTP lost [0-9]+, measured [0-9]+$' 'truth: equal'
judge "how many of them" 1 'found 1 of 20 simulated calls differ' 'truth: equal'
db=$work/night.db

# SQL reads, and ends.
judge "SQL that writes" 2 'the SQL of .x.: it must only read' 'sql: {x: DROP TABLE calls}'
judge "SQL that is wrong" 2 'the SQL of .x.: no such column: colour' 'sql: {x: SELECT colour FROM calls}'
judge "SQL with a value" 1 'expected = 51, found 50' 'sql: {x: {query: SELECT count(*) FROM calls, is: 51}}'

# A capture in place of a database, with the analyzer's options; headers are in captures.
db=$call
judge "a capture" 0 'ok      totals: calls = 1 ' 'calls: 1'
judge "a capture, filtered" 0 'ok      totals: streams = 0 ' 'streams: 0' --filter 'port 5060'
judge "without media nothing is said of it" 2 'no RTP was captured' 'mos_lq.p05: 4' --filter 'port 5060'
judge "calls with a header" 0 '1 of 1 calls' 'calls: {where: {header: "CSeq: 1 INVITE"}, each: {outcome: answered}}'
judge "calls without it" 1 'no call matches' 'calls: {where: {header: "X-None: 1"}, each: {outcome: answered}}'
db=fixtures/dtmf-one-digit/capture.pcap
judge "masked digits" 2 'ERROR .*each dtmf = 1$' 'calls: {each: {dtmf: 1}}' --mask-dtmf
judge "calls chosen by masked digits" 2 'the digits are masked' 'calls: {where: {dtmf: 1}, count: 1}' --mask-dtmf
judge "none by masked digits" 2 'the digits are masked' 'calls: {none: {dtmf: 1}}' --mask-dtmf
db=$work/call.db
judge "the analyzer's options are not for databases" 2 "is a database already: --audio" 'calls: 1' --audio
judge "headers of a database" 0 'count = 1' 'calls: {where: {header: "CSeq: 1 INVITE"}, count: 1}'
judge "headers where the captures are gone" 2 'e.yaml:1:.*cannot open.*--captures' 'calls: {where: {header: "CSeq"}, count: 1}' --captures "$work"

# What the template says holds of what it was made from.
for name in night call; do
	db=$work/$name.db
	"$binary" check --print-template "$db" >"$work/template.yaml" 2>"$work/out"
	expect "the template of $name" 0 '^[0-9]+ assertions: [0-9]+ hold$' "$binary" check "$db" --expect "$work/template.yaml"
done
expect "a template is no check" 2 "takes no --expect" "$binary" check --print-template "$db" --expect "$work/template.yaml"

# Nothing of a packet gets out, wherever it goes.
hostile=fixtures/hostile-headers/capture.pcap
printf '%s\n' 'calls: {each: {outcome: nothing, user_agent: none, from_uri: none}}' 'findings: {any: 0}' >"$work/hostile.yaml"
expect "a hostile capture" 1 'FAILED' "$binary" check "$hostile" --expect "$work/hostile.yaml" --junit "$work/hostile.xml" --markdown "$work/hostile.md"
valid "the hostile capture" "$work/hostile.xml"
expect "no markup in its Markdown" 1 "" grep -iE '<(script|img|svg|a|b|i)[ >/]' "$work/hostile.md"

echo "check: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
