#!/bin/sh
# milliwatt suite as CI meets it: the examples of docs/ci against our own user agent server, and everything that can go wrong in a night.
# Usage: run.sh BINARY FAST-BINARY (the example is run by the latter: real time waits for no sanitizer)
set -u
binary=$(realpath "$1")
fast=$(realpath "$2")
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
passed=0 failed=0
# All that the suites start have this in their environment, so that what is left over can be found.
MILLIWATT_SUITE_TEST=$work
export MILLIWATT_SUITE_TEST
unset PBX NIGHTS GITHUB_STEP_SUMMARY CI
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# check NAME COMMAND...: it must succeed.
check() {
	name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok - suite $name"
		passed=$((passed + 1))
	else
		echo "not ok - suite $name: $*"
		head -n 20 "$work/said"
		failed=$((failed + 1))
	fi
}

# suite NAME EXIT-CODE PATTERN ARGUMENT...: what it prints must match the pattern (an extended regular expression).
suite() {
	name=$1 code=$2 pattern=$3
	shift 3
	timeout 120 "$binary" suite "$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" -eq "$code" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$work/out"; }; then
		echo "ok - suite $name"
		passed=$((passed + 1))
	else
		echo "not ok - suite $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 30 "$work/out"
		failed=$((failed + 1))
	fi
}

# leftovers VALUE: what has it in its environment and is still there.
leftovers() {
	for process in /proc/[0-9]*; do
		{
			tr '\0' '\n' <"$process/environ" | grep -qx "MILLIWATT_SUITE_TEST=$1" &&
				tr '\0' ' ' <"$process/cmdline" | grep -E '^(milliwatt|sleep|perl|/proc/self/exe) '
		} 2>/dev/null
	done
}
none_left() { [ -z "$(leftovers "$1")" ] || { leftovers "$1"; false; }; }
valid_junit() { xmllint --noout --schema "$here/tests/junit/junit.xsd" "$1"; }
json() { perl -MJSON::PP -0777 -ne "\$_ = JSON::PP->new->decode(\$_); exit !($2)" "$1"; }
sql() { sqlite3 "$1" "$2"; }
same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; false; }; }

# ---- those that wait run beside the others -----------------------------------------------------------------------

# A target that says nothing, and one that does not want to end.
cat >hang.yaml <<'YAML'
background:
  deaf:
    port: auto
    command: [perl, -MIO::Socket::INET, -e, "my $s = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '${deaf.address}') or die; sleep 99"]
  stubborn: {command: [perl, -e, "$SIG{TERM} = 'IGNORE'; sleep 1 while 1"]}
cases:
  - name: a target that says nothing
    timeout: 2s
    sim: {target: "${deaf.address}", calls: 1}
YAML
"$binary" suite -o hang-report hang.yaml >hang.out 2>&1 &
hang=$!

# Told to stop: what there is is reported, nothing is left.
cat >stop.yaml <<'YAML'
targets: {uas: "${server.address}"}
background: {server: {port: auto, sim: {scenario: uas}}}
cases:
  - {name: quick, virtual: {calls: 1}}
  - {name: long, sim: {target: uas, rate: 2, calls: 1000}}
  - {name: never begun, sim: {target: uas, calls: 1}}
YAML
{
	"$binary" suite -o stop-report stop.yaml >stop.out 2>&1 &
	stop=$!
	for _ in $(seq 100); do
		[ ! -e stop-report/cases/long/run.log ] || break
		sleep 0.1
	done
	sleep 0.3
	kill -TERM "$stop"
	wait "$stop"
	echo $? >stop.code
} &
stopping=$!

# A simulator that dies takes nothing along.
cat >crash.yaml <<'YAML'
targets: {uas: "${server.address}"}
background: {server: {port: auto, sim: {scenario: uas}}}
defaults: {html: none}
cases:
  - {name: dies, sim: {target: uas, rate: 2, calls: 1000}}
  - {name: lives, virtual: {calls: 1}}
YAML
{
	"$binary" suite -o crash-report crash.yaml >crash.out 2>&1 &
	crash=$!
	for _ in $(seq 100); do
		victim=$(grep -alE "$work/crash-report/cases/dies/run[.]db" /proc/[0-9]*/cmdline 2>/dev/null | sed -n '1s|/proc/\([0-9]*\)/cmdline|\1|p')
		[ -z "$victim" ] || break
		sleep 0.1
	done
	sleep 0.3
	kill -KILL "$victim"
	wait "$crash"
	echo $? >crash.code
} &
crashing=$!

# ---- the example, by the line of the GitHub workflow ---------------------------------------------------------------

mkdir -p bin docs
ln -s "$fast" bin/milliwatt
cp -r "$here/docs/ci" docs/ci
line=$(sed -n 's/^ *run: \(milliwatt suite .*\)$/\1/p' docs/ci/github-actions.yml)
gitlab=$(sed -n 's/^ *- \(milliwatt suite .*\)$/\1/p' docs/ci/gitlab-ci.yml)
check "the workflows have one line that runs it" test -n "$line" -a -n "$gitlab"
check "GitLab's is the same without GitHub's summary" same "$(echo "$line" | sed 's/ --summary "\$GITHUB_STEP_SUMMARY"//')" "$gitlab"
echo "# before" >job-summary.md
# A machine that is busy with other tests may be the limit itself, which the suite says by 2: then once more.
for _ in 1 2 3; do
	PATH="$work/bin:$PATH" GITHUB_STEP_SUMMARY="$work/job-summary.md" NIGHTS="$work/nights" MILLIWATT_SUITE_TEST=nightly-$work sh -c "$line" >nightly.out 2>&1
	code=$?
	[ "$code" -eq 2 ] && grep -q "this machine, not the target, was the limit" nightly-report/summary.md || break
	rm -rf nights
	echo "# before" >job-summary.md
done
check "the nightly example ends with 1: one case falls short on purpose" same "$code" 1
check "and says which" grep -qE '^SHORT one in five packets lost: ' nightly.out
night=nightly-report
evidence=$night/evidence/one-in-five-packets-lost
check "four of five hold" grep -qE '^nightly: 4 of 5 cases hold, 1 falls short(, [0-9] only when run again)?; ' nightly.out
check "JUnit is valid" valid_junit $night/junit.xml
check "JUnit has a testsuite for each case and the background" \
	same "$(xmllint --xpath 'count(//testsuite)' $night/junit.xml)" 6
check "JUnit says that the simulator ran" \
	same "$(xmllint --xpath 'count(//testcase[@name="the simulator ran"])' $night/junit.xml)" 5
check "JUnit has one failure alone" same "$(xmllint --xpath 'count(//failure)|count(//error)' $night/junit.xml 2>/dev/null ||
	xmllint --xpath 'count(//failure) + count(//error)' $night/junit.xml)" 1
check "suite.json says the same" json $night/suite.json \
	'$_->{exit_code} == 1 && $_->{hold} == 4 && $_->{fall_short} == 1 && @{$_->{cases}} == 5 && $_->{cases}[4]{result} eq "falls_short"'
check "the job's summary was appended to" grep -q '^# before$' job-summary.md
check "and names the case" grep -q 'falls short | one in five packets lost' job-summary.md
check "the index links to pages" grep -q 'href="cases/reference/html/index.html"' $night/index.html
check "which are there" test -s $night/cases/reference/html/index.html
check "and to the evidence" grep -q 'href="evidence/one-in-five-packets-lost/"' $night/index.html
check "only the case that falls short has any" json $night/suite.json \
	'!grep { $_->{result} eq "holds" && !$_->{flaky} && $_->{evidence} } @{$_->{cases}}'
check "the reference was kept for the next night" same "$(ls nights/reference | wc -l)" 1
check "no process is left" none_left "nightly-$work"

# ---- the bundle opens ------------------------------------------------------------------------------------------------

for file in README.md verdicts.txt verdicts.json commands.txt environment.txt findings.txt run.log calls.pcapng calls.db html/index.html; do
	check "evidence: $file" test -s "$evidence/$file"
done
ids=$(sql "$evidence/calls.db" "SELECT sip_call_id FROM calls ORDER BY 1")
check "five calls are in it" same "$(echo "$ids" | wc -l)" 5
run=$night/cases/one-in-five-packets-lost/run.db
facts="SELECT sip_call_id, outcome, final_status, leg_count, (SELECT group_concat(lost || '/' || expected || ' ' || mos_lq, '; ') FROM (SELECT * FROM streams s
	WHERE s.call_id = c.id ORDER BY direction)) FROM calls c WHERE sip_call_id IN ('$(echo "$ids" | sed "s/$/', '/" | tr -d '\n')') ORDER BY 1"
check "the slice analyzed gives the calls of the run" same "$(sql "$evidence/calls.db" "$facts")" "$(sql "$run" "$facts")"
"$binary" analyze -q --no-payload-join --mask-dtmf -o again.db "$evidence/calls.pcapng"
check "and so it does once more" same "$(sql again.db "$facts")" "$(sql "$run" "$facts")"
check "a ladder of each" same "$(grep -l 'INVITE' "$evidence"/call-*.txt | wc -l)" 5
check "rows of each" same "$(for f in "$evidence"/call-*.json; do json "$f" '$_->{call}' && echo "$f"; done | wc -l)" 5
check "digits are x in the records" same "$(sql "$evidence/calls.db" "SELECT group_concat(DISTINCT digit) FROM dtmf")" ""
check "and in the rows" sh -c "! grep -q '\"digits\": \"[0-9]' $evidence/call-*.json"
check "the run itself has them" same "$(sql "$run" "SELECT DISTINCT digits FROM call_digits")" 42
command=$(grep '^cd ' "$evidence/commands.txt" | sed 's/ --record .*//; s/--target [^ ]*/--virtual/; s/--transport udp//')
check "its command runs" sh -c "PATH=$work/bin:\$PATH; $command -q; test \$? -le 1"

# ---- the next nights -------------------------------------------------------------------------------------------------

suite "the reference again" 0 "reference: .*" --only reference -o again-report docs/ci/nightly.yaml
cat >nights.yaml <<'YAML'
suite: nights
cases:
  - name: trunk
    virtual: {calls: 150, rate: 50, hold: 3s, media: speech, impair-media: "loss=${LOSS:-1}%", seed: "${SEED:-1}"}
    record-capture: false
    html: none
    baseline: kept
    keep: 2
YAML
for seed in 1 2 3; do
	SEED=$seed suite "night $seed holds" 0 "1 of 1 case holds" nights.yaml
done
check "two nights are kept" same "$(ls kept | wc -l)" 2
before=$(ls kept)
LOSS=9 suite "a night that is worse" 1 "SHORT trunk" nights.yaml
check "is not kept" same "$(ls kept)" "$before"
check "its comparison is a page" test -s nights-report/cases/trunk/compare.html
check "and says where" grep -qE 'FAILED +baseline' nights-report/evidence/trunk/verdicts.txt
check "without a capture the bundle says why" grep -q "There is no capture of these calls: the case says 'record-capture: false'" \
	nights-report/evidence/trunk/README.md

# ---- cases that need, repeat, fail as expected ---------------------------------------------------------------------

cat >answer.xml <<'XML'
<scenario name="answers"><recv request="INVITE"/><send><![CDATA[SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=1
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send><recv request="ACK"/><recv request="BYE"/><send><![CDATA[SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>
XML
cat >busy.xml <<'XML'
<scenario name="busy"><recv request="INVITE"/><send><![CDATA[SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=1
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send><recv request="ACK"/></scenario>
XML
cp busy.xml peer.xml
cat >manners.yaml <<'YAML'
suite: manners
evidence: {tar: true}
defaults: {html: none}
cases:
  - name: busy
    expected: fail
    tags: [refused, quick]
    virtual: {peer: busy.xml, calls: 3}
  - name: busy and known
    allow-failed-calls: true
    virtual: {peer: busy.xml, calls: 3}
    expect: {busy: 3}
  - name: busy again
    virtual: {peer: busy.xml, calls: 3}
  - name: after that
    needs: busy again
    virtual: {calls: 1}
  - name: somewhere else
    only: MILLIWATT_NOWHERE
    virtual: {calls: 1}
  - name: should fail and does not
    expected: fail
    virtual: {calls: 1}
YAML
suite "manners" 1 "2 of 6 cases hold, 2 fall short, 2 left out" --jobs 3 manners.yaml
check "what needs another is left out" grep -q "^- .* after that: it needs 'busy again', which falls short" out
check "and what is only for elsewhere" grep -q "^- .* somewhere else: MILLIWATT_NOWHERE is not set in the environment" out
check "what should fail has to" grep -q "it falls short, as 'expected: fail' says: all of it holds" out
check "JUnit of it is valid" valid_junit manners-report/junit.xml
check "the archive opens" sh -c 'tar -tf manners-report/evidence/busy-again.tar | grep -q "^busy-again/calls.pcapng$"'
suite "by tag" 0 "1 of 1 case holds" --only quick manners.yaml
suite "by name, with what it needs" 1 "0 of 2 cases hold, 1 falls short, 1 left out" --only "after that" manners.yaml
suite "by a name that is none" 2 "--only nobody: no case has this name or tag" --only nobody manners.yaml
suite "--list" 0 "^virtual +busy  \[refused, quick\]$" --list manners.yaml
suite "--dry-run" 0 "^cd $work && milliwatt sim --virtual --peer busy.xml --calls 3 --record " --dry-run manners.yaml
suite "--check" 0 "manners.yaml: 6 cases, nothing wrong" --check manners.yaml

# The first attempt of this scenario makes the second one succeed.
"$binary" sipp -sd uac | sed '0,/<send/s|<send|<nop><action><exec command="cp answer.xml peer.xml"/></action></nop><send|' >flaky.xml
cat >flaky.yaml <<'YAML'
flaky: "${FLAKY}"
cases:
  - name: second time lucky
    retries: 2
    html: none
    virtual: {scenario: flaky.xml, peer: peer.xml, calls: 1}
YAML
sed 's/"${FLAKY}"/pass/' flaky.yaml >flaky-pass.yaml
sed 's/"${FLAKY}"/fail/' flaky.yaml >flaky-fail.yaml
suite "a flaky case holds" 0 "1 of 1 case holds, 1 only when run again" flaky-pass.yaml
check "but is not passed in silence" grep -q '<skipped' flaky-pass-report/junit.xml
check "the report says what fell short at first" grep -q 'attempt 1 fell short: every call succeeded' flaky-pass-report/suite.json
check "whose evidence is there" test -s flaky-pass-report/evidence/second-time-lucky/calls.pcapng
cp busy.xml peer.xml
suite "where flaky is failed, it falls short" 1 "it holds at the first attempt" flaky-fail.yaml

# ---- what is there already -------------------------------------------------------------------------------------------

cp "$here"/fixtures/digest-retry/capture.pcap auth.pcap
check "credentials are in the capture" grep -aqiE 'response="?[0-9a-f]{8}' auth.pcap
cat >there.yaml <<'YAML'
cases:
  - name: a capture
    capture: {files: "au*.pcap", filter: udp or tcp}
    expect: {calls: 77}
  - name: its records
    needs: []
    database: made.db
    expect: {calls: ">= 0"}
YAML
"$binary" analyze -q -o made.db auth.pcap
suite "captures and databases" 1 "1 of 2 cases holds, 1 falls short" there.yaml
check "nobody can try passwords on the slice" sh -c '! grep -aqiE "response=\"?[0-9a-f]{8}" there-report/evidence/a-capture/calls.pcapng'

for tap in a b; do
	"$binary" sim -q --virtual --calls 20 --rate 20 --hold 2s --media speech --capture tap-$tap.pcapng
done
"$binary" sim -q --virtual --calls 20 --rate 20 --hold 2s --media speech --impair-media loss=4% --capture tap-c.pcapng
cat >taps.yaml <<'YAML'
cases:
  - {name: nothing is lost, compare: {a: tap-a.pcapng, b: tap-b.pcapng, max-loss: 1%}}
  - {name: something is, compare: {a: tap-a.pcapng, b: tap-c.pcapng, max-loss: 1%}}
YAML
suite "two taps" 1 "1 of 2 cases holds, 1 falls short" taps.yaml
check "where something is lost is a page" test -s taps-report/cases/something-is/compare.html

# ---- what is wrong -----------------------------------------------------------------------------------------------------

wrong() { # NAME PATTERN YAML
	printf '%s\n' "$3" >wrong.yaml
	suite "$1" 2 "$2" -o wrong-report wrong.yaml
}
suite "no file" 2 "cannot open 'nowhere.yaml'" nowhere.yaml
suite "no FILE" 2 "give one FILE" --check
suite "an option that is none" 2 "'--bogus' is not an option of it" --bogus
suite "--help teaches" 0 "Exit code: 0 all cases hold" --help
wrong "broken YAML" "wrong.yaml:3:1" 'cases: [
a: {'
wrong "an option of sim that is none" "wrong.yaml:3:.*ratte.*rate" 'cases:
- name: a
  sim: {target: 127.0.0.1, ratte: 5}'
wrong "a value that sim does not take" "a: wrong.yaml:3:.*--rate takes calls per time" 'cases:
- name: a
  sim: {target: 127.0.0.1, rate: fast}'
wrong "an expectation that is none" "wrong.yaml:2:43: .*'answered_ration'" 'cases:
- {name: a, virtual: {calls: 1}, expect: {answered_ration: 1}}'
wrong "a scenario that is not there" "nowhere.xml" 'cases:
- {name: a, virtual: {scenario: ./nowhere.xml}}'
wrong "a scenario that cannot run" "broken.xml" "$(echo '<scenario><send next="7"/>' >broken.xml)cases:
- {name: a, virtual: {scenario: broken.xml}}"
wrong "a capture that is not there" "no file 'nowhere.pcap'" 'cases:
- {name: a, capture: nowhere.pcap}'
wrong "a baseline that is not there" "no file '.*base.db'" 'cases:
- {name: a, virtual: {}, baseline: base.db}'
wrong "a variable that is not set" "MILLIWATT_NOWHERE.* is not set" 'cases:
- {name: a, sim: {target: "${MILLIWATT_NOWHERE}"}}'
wrong "all that is wrong is said at once" "2 things wrong" 'cases:
- {name: a, sim: {target: x, rate: fast}}
- {name: b, capture: nowhere.pcap}'
check "a wrong file runs nothing" test ! -e wrong-report
mkdir precious && touch precious/letter.txt
suite "a folder of somebody else" 2 "has files in it that are not of a suite" -o precious there.yaml
check "stays as it was" test -e precious/letter.txt
wrong "nobody is there" "not one message came back|could not be judged" 'cases:
- {name: a, html: none, sim: {target: "127.0.0.1:9", calls: 2}}'
wrong "a program that is none" "did not stay up: it could not be started" 'background: {x: {command: [/nowhere/program], port: auto}}
cases:
- {name: a, virtual: {}}'
wrong "a server that ends while cases run" "server is gone: SIGSEGV ended it" 'background:
  server: {port: auto, command: [perl, -MIO::Socket::INET, -e, "$s = IO::Socket::INET->new(Proto => q(udp), LocalAddr => q(${server.address})) or die; sleep 1; kill 11, $$; sleep 9"]}
defaults: {html: none}
cases:
- {name: a, sim: {target: "${server.address}", calls: 1, timeout: 2s}}
- {name: b, sim: {target: "${server.address}", calls: 1}}
- {name: c, virtual: {calls: 1}}'
check "who needs it is not run" grep -q "^ERROR b: .*" out
check "who does not is" grep -q "^ok    c: " out

# ---- at the same time --------------------------------------------------------------------------------------------------

cat >jobs.yaml <<'YAML'
targets: {uas: "${server.address}"}
background: {server: {port: auto, sim: {scenario: uas}}}
defaults: {html: none, retries: 3, sim: {target: uas, calls: 4, rate: 2}}
cases:
  - {name: one, sim: {}}
  - {name: two, sim: {}}
  - {name: three, sim: {}}
  - name: a job of SIPp
    sipp: sipp -sn uac ${server.address} -m 4 -r 2 -nostdin
    expect: four.yaml
YAML
echo 'calls: 4' >four.yaml
suite "four at a time" 0 "4 of 4 cases hold" --jobs 4 jobs.yaml
check "SIPp's has records too" grep -qE 'name="calls = 4"' jobs-report/junit.xml
check "take less than one after the other" json jobs-report/suite.json \
	'do { my $sum = 0; $sum += $_->{seconds} * $_->{attempts} for @{$_->{cases}}; $_->{seconds} < $sum }'

# ---- those that waited -------------------------------------------------------------------------------------------------

wait "$stopping"
check "told to stop it ends with 128 + 15" same "$(cat stop.code)" 143
check "and reports what there is" json stop-report/suite.json '$_->{interrupted} && $_->{cases}[0]{result} eq "holds"
	&& $_->{cases}[1]{result} eq "not_judged" && $_->{cases}[2]{result} eq "left_out"'
check "as valid JUnit" valid_junit stop-report/junit.xml
wait "$crashing"
check "a simulator that dies is not judged" same "$(cat crash.code)" 2
check "and it is said what ended it" grep -q "the simulator ran: SIGKILL ended it" crash.out
check "the next case runs" grep -q "^ok    lives" crash.out
wait "$hang"
check "a hang is not judged" same $? 2
check "it was ended when its time was up" grep -qE 'the simulator ran: it was ended after [0-9.]+ s: its time was up' hang.out
check "JUnit says so" valid_junit hang-report/junit.xml
check "no process is left at all" none_left "$work"

echo "suite: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
