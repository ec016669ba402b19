#!/bin/sh
# The forms of `milliwatt report`: JSON against its schema and its page, CSV against SQLite, Markdown against GitHub's reader, JUnit against the common
# schema; which options go together. Usage: run.sh BINARY
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

expect() { # name, exit code, pattern, command...
	name=$1 code=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" -eq "$code" ] && grep -qE -- "$pattern" "$work/out"; then
		echo "ok - forms $name"
		passed=$((passed + 1))
	else
		echo "not ok - forms $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

verify() { # name, command...
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok - forms $name"
		passed=$((passed + 1))
	else
		echo "not ok - forms $name"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

# One of each family of fixtures, and those with rows that few have.
for fixture in hostile-headers baseline-call two-files truncated-file registration-life dtmf-methods opus-clock g722-clock starts-mid-call \
	blind-transfer cancel-races digest-retry rtcp-mux-reports srtp-suites subscription-life loss-1-percent rfc6076-ten-attempts \
	rule-A1-one-way-audio rule-B13-high-delay rule-C8-dtmf-legs rule-D9-overload rule-E2-session-timer-expired rule-F4-sip-alg \
	rule-G2-flapping rule-H1-scanner-signature rule-K5-one-direction; do
	"$binary" analyze -q -o "$work/$fixture.db" fixtures/"$fixture"/*.pcap* >"$work/out" 2>&1 || cat "$work/out"
done
"$binary" analyze -q --audio -o "$work/heard-call.db" fixtures/heard-call/*.pcap* >"$work/out" 2>&1 || cat "$work/out"
"$binary" analyze -q --audio -o "$work/rule-A3-dead-air-heard.db" fixtures/rule-A3-dead-air-heard/*.pcap* >"$work/out" 2>&1 || cat "$work/out"
"$binary" sim --virtual --calls 5 --media tone:1000 --digits 12 --impair-media loss=3% --record "$work/sim-virtual.db" >"$work/out" 2>&1 || cat "$work/out"

# Everything as long and as bad as it can be.
cp "$work/rule-D9-overload.db" "$work/worst.db"
sqlite3 "$work/worst.db" "
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000),
	t(x) AS (SELECT replace(hex(zeroblob(3000)), '00', '|@a <b>' || char(10)))
	INSERT INTO findings (run_id, rule, name, severity, confidence, text, suggestion, noun, occurrences, calls, downgraded)
	SELECT 1, 'D9', x, 'error', 'low', x, x, 'calls', i, i, x FROM n, t WHERE i < 300;
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
	INSERT INTO kpi SELECT 1, 'trunk:' || i || replace(hex(zeroblob(200)), '00', '|\`'), 'ASR', 50, '%', 1, 2 FROM n;"

PERL5LIB=tests/helpers perl tests/forms/forms.pl "$binary" "$work"/*.db >"$work/perl" 2>&1
grep -v '^perl: ' "$work/perl"
counts=$(grep '^perl: ' "$work/perl" || echo 'perl: 0 passed, 1 failed, 0 skipped')
passed=$((passed + $(echo "$counts" | cut -d' ' -f2)))
failed=$((failed + $(echo "$counts" | cut -d' ' -f4)))
skipped=$(echo "$counts" | cut -d' ' -f6)

call=$work/baseline-call.db
d9=$work/rule-D9-overload.db
expect "text: trunks beside each other" 0 '^  198.51.100.1 +12 +50.0 +50.0 +2.0 +100 +100$' "$binary" report "$d9"
expect "text: what was found, and what to do" 0 '^                  do: see what limits the server' "$binary" report "$d9"
expect "junit: an error fails" 0 '<failure .*1 in 6 places' "$binary" report --junit "$d9"
expect "junit: warnings pass" 0 'tests="[0-9]+" failures="0"' "$binary" report --junit "$work/rule-K5-one-direction.db"
expect "junit: what one direction cannot show" 0 '<skipped.*one direction only|the capture shows one direction only' "$binary" report --junit "$work/rule-K5-one-direction.db"
expect "junit: nothing to judge quality by" 0 'there is no RTP in the captures' "$binary" report --junit "$d9"
expect "markdown: the headline" 0 '^\*\*22 calls\*\*, ASR \*\*31.8 %' "$binary" report --markdown "$d9"
expect "markdown: a finding with calls and what to do" 0 '^\| 6 \| \*\*error\*\* \| D9 overload \| 6 calls: 503 from 198.51.100.1, .*raise the limit.*`milliwatt explain ' "$binary" report --markdown "$d9"
expect "csv: no such table" 2 "no table 'nope'; give one of call_audio, .*transfers$" "$binary" report --csv nope -o "$work/nope.csv" "$call"
verify "csv: and no file" test ! -e "$work/nope.csv"
expect "csv: no injection" 2 "no table 'calls\" --'" "$binary" report --csv 'calls" --' "$call"
expect "csv: SQLite's own tables are none" 2 "no table 'sqlite_schema'" "$binary" report --csv sqlite_schema "$call"
expect "csv into a folder" 2 "cannot create" "$binary" report --csv calls -o "$work" "$call"
expect "csv onto a full disk" 2 "cannot write '/dev/full'" "$binary" report --csv calls -o /dev/full "$call"
verify "csv into a file" sh -c "'$binary' report --csv calls -o '$work/c.csv' '$call' && grep -q '^id,run_id,sip_call_id,' '$work/c.csv'"
expect "two forms" 2 "^milliwatt report: --json and --junit are two forms: give one" "$binary" report --json --junit "$call"
expect "two lists" 2 "^milliwatt report: --calls and --kpi: give one" "$binary" report --calls --kpi "$call"
expect "a list as CSV" 2 "'milliwatt calls --csv'" "$binary" report --calls --csv calls "$call"
expect "findings as JSON" 2 "'--csv findings' has them all" "$binary" report --findings --json "$call"
expect "the same form twice" 0 "answered" "$binary" report --text --text "$call"
expect "pages without --html" 2 "--pages is about pages: give --html DIR" "$binary" report --pages 5 "$call"
expect "how many pages?" 2 "'--pages=many': give a number" "$binary" report --html "$work/h" --pages many "$call"
expect "html and --output" 2 "leave --output out" "$binary" report --html "$work/h" -o "$work/x" "$call"
expect "captures that are not read" 2 "--no-texts does not read" "$binary" report --html "$work/h" --no-texts --captures / "$call"
expect "--fail-on of nothing" 2 "give --junit" "$binary" report --fail-on error "$call"
expect "--fail-on what?" 2 "give error or warning" "$binary" report --junit --fail-on info "$call"
verify "no folder was made" test ! -e "$work/h"

# Pages: the one line that says where they are and what is missing. What stands on them is for tests/browser.
pages=$work/outage
cp fixtures/dtmf-and-loss/capture.pcap "$work/moved.pcap"
"$binary" analyze -q -o "$work/moved.db" "$work/moved.pcap" >"$work/out" 2>&1
expect "html: where to open it" 0 "^open $pages/index.html: 1 call, 1 with a page of its own$" "$binary" report --html "$pages" "$work/moved.db"
verify "html: the page of the call, its plots" test -s "$pages/calls/000/1.html" -a -s "$pages/plots/call-1-jitter.svg"
expect "html: into the same folder again" 0 "^open $pages/index.html: " "$binary" report --html "$pages/" --audio=1 --pages 1 "$work/moved.db"
verify "html: a player" test -s "$pages/audio/1.wav"
expect "html: no texts" 0 "; no texts of messages: not asked for$" "$binary" report --html "$pages" --no-texts --plots 0 "$work/moved.db"
verify "html: no plots of calls" sh -c "! ls '$pages'/plots/call-*"
mkdir "$work/elsewhere" && mv "$work/moved.pcap" "$work/elsewhere"
expect "html: captures are gone" 0 "; no texts of messages: .*moved.pcap'.*--captures DIR says where" "$binary" report --html "$pages" "$work/moved.db"
expect "html: they lie elsewhere" 0 "its own$" "$binary" report --html "$pages" --captures "$work/elsewhere" "$work/moved.db"
expect "html: without gnuplot" 0 "; no plots by gnuplot: gnuplot is not installed" env PATH=/nonexistent "$(realpath "$binary")" report --html "$pages" "$work/moved.db"
verify "html: the plots' data all the same" test -s "$pages/plots/jitter.dat" -a ! -e "$pages/plots/jitter.svg"
mkdir "$work/other" && echo mine >"$work/other/thesis.txt"
expect "html: not into other people's folders" 2 "has files in it and is not of a report" "$binary" report --html "$work/other" "$call"
verify "html: which stay as they are" test -s "$work/other/thesis.txt" -a ! -e "$work/other/index.html"

echo "forms: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
