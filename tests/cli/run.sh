#!/bin/sh
# The command line as a person meets it: exit codes, error texts, files left alone. Usage: run.sh BINARY
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
call=fixtures/baseline-call/capture.pcap
full=$(realpath "$binary")

# expect NAME EXIT-CODE PATTERN COMMAND...: stdout and stderr together must match the pattern (an extended regular expression).
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" -eq "$code" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$work/out"; }; then
		echo "ok - cli $name"
		passed=$((passed + 1))
	else
		echo "not ok - cli $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

# verify NAME COMMAND...: the command succeeds.
verify() {
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok - cli $name"
		passed=$((passed + 1))
	else
		echo "not ok - cli $name"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

expect "no command" 2 "Usage: milliwatt" "$binary"
expect "help" 0 "analyze .*read captures" "$binary" --help
expect "version" 0 "^milliwatt [0-9]" "$binary" --version
expect "unknown command" 2 "no command 'anlyze'.*--help" "$binary" anlyze
for command in analyze report calls show export audio explain score lint dump; do
	expect "$command --help" 0 "Usage: milliwatt $command" "$binary" $command --help
	expect "$command without arguments" 2 "^milliwatt $command: " "$binary" $command
	expect "$command with an unknown option" 2 "^milliwatt $command: '--bogus' is not an option.*--help" "$binary" $command --bogus
done

expect "no such file" 2 "^milliwatt analyze: .*no-such.pcap.*No such file" "$binary" analyze no-such.pcap
printf 'hello, this is text\n' >"$work/text.pcap"
expect "a text file" 2 "text.pcap: not a pcap or pcapng capture: it looks like a text file" "$binary" analyze "$work/text.pcap"
verify "one error line only" test "$("$binary" analyze "$work/text.pcap" 2>&1 | wc -l)" -eq 1
: >"$work/empty.pcap"
expect "an empty file" 2 "empty.pcap.*empty" "$binary" analyze "$work/empty.pcap"
mkdir "$work/hollow"
expect "a directory without captures" 2 "hollow.*no capture" "$binary" analyze "$work/hollow"
expect "a bad filter" 2 "filter" "$binary" analyze -o "$work/f.db" -f 'prot 5060' "$call"
expect "a bad interval" 2 "interval" "$binary" analyze --interval 0 "$call"
expect "a bad jitter buffer" 2 "jitter-buffer is none, adaptive or fixed:MS" "$binary" analyze --jitter-buffer deep "$call"
expect "a bad delay" 2 "delay takes 0 to" "$binary" analyze --delay -3 "$call"
expect "a bad reader" 2 "reader" "$binary" analyze --reader fast "$call"
verify "nothing is left behind after errors" sh -c "! ls '$work' | grep -q 'db'"

expect "a summary" 0 "answered" "$binary" analyze -o "$work/call.db" "$call"
expect "quiet prints nothing" 0 "" "$binary" analyze -q -o "$work/call.db" "$call"
verify "quiet printed nothing" test ! -s "$work/out"
expect "a filter" 0 "" "$binary" analyze -q -f udp -o "$work/udp.db" "$call"
expect "json" 0 '"calls"' "$binary" analyze --json -o "$work/call.db" "$call"
cp "$call" "$work/tonight.pcap"
expect "the default database" 0 "tonight.db" "$binary" analyze "$work/tonight.pcap"
verify "is beside the capture" test -f "$work/tonight.db"
expect "our database is replaced" 0 "" "$binary" analyze -q -o "$work/call.db" "$call"
printf 'precious' >"$work/mine.db"
expect "another file is not" 2 "mine.db.*not a Milliwatt database" "$binary" analyze -o "$work/mine.db" "$call"
verify "and stays as it was" sh -c "[ \"\$(cat '$work/mine.db')\" = precious ]"
sqlite3 "$work/other.db" 'CREATE TABLE t (x); INSERT INTO t VALUES (1)'
expect "nor is another SQLite database" 2 "other.db.*not a Milliwatt database" "$binary" analyze -o "$work/other.db" "$call"
expect "a directory that is not there" 2 "nowhere" "$binary" analyze -o "$work/nowhere/x.db" "$call"
expect "the output is the capture" 2 "tonight.pcap.*not a Milliwatt database" "$binary" analyze -o "$work/tonight.pcap" "$work/tonight.pcap"

verify "standard input" sh -c "'$binary' analyze -q -o '$work/stdin.db' - <'$call'"
verify "gives the same calls" sh -c "[ \"\$(sqlite3 '$work/stdin.db' 'SELECT * FROM streams')\" = \"\$(sqlite3 '$work/call.db' 'SELECT * FROM streams')\" ]"
verify "libpcap's reader" sh -c "'$binary' analyze -q --reader libpcap -o '$work/libpcap.db' '$call'"
verify "gives the same streams" sh -c "[ \"\$(sqlite3 '$work/libpcap.db' 'SELECT * FROM streams')\" = \"\$(sqlite3 '$work/call.db' 'SELECT * FROM streams')\" ]"
mkdir "$work/ring"
cp "$call" "$work/ring/b.pcap"
expect "a directory" 0 "" "$binary" analyze -q -o "$work/ring.db" "$work/ring"
verify "finds the call" test "$(sqlite3 "$work/ring.db" 'SELECT count(*) FROM calls')" -eq 1


loss=fixtures/loss-5-percent/capture.pcap
expect "a capture with loss" 0 "" "$binary" analyze -q --intervals 1 -o "$work/loss.db" "$loss"
verify "has rows of one second" test "$(sqlite3 "$work/loss.db" 'SELECT count(*) > 5 AND max(start_us % 1000000) = 0 FROM stream_intervals')" -eq 1
verify "that sum up to its stream" test "$(sqlite3 "$work/loss.db" 'SELECT sum(i.packets) = s.packets AND sum(i.lost) = s.lost FROM stream_intervals i JOIN streams s ON s.id = i.stream_id')" -eq 1
expect "points of a stream" 0 "-15\.78 +loss: 25 of 500" "$binary" explain "$work/loss.db" stream:1
expect "add up" 0 "77\.43 +R as listened to, MOS-LQ 3\.923" "$binary" explain "$work/loss.db" --stream 1
expect "as JSON" 0 '"item": "loss", "points": -15\.78' "$binary" explain --json "$work/loss.db" stream:1
"$binary" explain --json "$work/loss.db" stream:1 >"$work/points.json"
points="readfile('$work/points.json')"
verify "to the recorded R" test "$(sqlite3 "$work/loss.db" "SELECT abs(sum(json_extract(value, '\$.points')) - (SELECT r_factor FROM streams)) < 1e-9 FROM json_each($points, '\$.points')")" -eq 1
expect "of no stream" 2 "no stream 99" "$binary" explain "$work/loss.db" stream:99
expect "of nonsense" 2 "stream's number" "$binary" explain "$work/loss.db" stream:x
expect "a what-if" 0 "Bpl +25\.10 +4\.30" "$binary" score "$work/loss.db" 1 --plc off
expect "scores again" 0 "R listening +77\.43 +42\.13" "$binary" score "$work/loss.db" 1 --plc off
expect "another delay" 0 "delay +80\.0 ms +270\.0 ms" "$binary" score "$work/loss.db" 1 --delay 210 --buffer 40
expect "all calls" 0 "calls below 3\.6 +0 +1" "$binary" score "$work/loss.db" --all --plc off
expect "a call as JSON" 0 '^\[\{"stream_id": 1.*"after".*\]$' "$binary" score --json "$work/loss.db" --call 1 --codec G729
expect "no such codec" 2 "nobody has published an Ie of 'speex'" "$binary" score "$work/loss.db" 1 --codec speex
expect "a bad buffer" 2 "none, adaptive or a depth" "$binary" score "$work/loss.db" 1 --buffer 0
expect "no stream given" 2 "one STREAM, --call N or --all" "$binary" score "$work/loss.db"
expect "another jitter buffer" 0 "" "$binary" analyze -q --jitter-buffer adaptive --delay 30 -o "$work/adaptive.db" "$loss"
verify "is recorded" test "$(sqlite3 "$work/adaptive.db" 'SELECT jitter_buffer || assumed_delay_ms FROM runs')" = adaptive30.0
verify "with the delay given" test "$(sqlite3 "$work/adaptive.db" "SELECT count(*) FROM streams WHERE delay_source = 'configured' AND delay_ms BETWEEN 70 AND 110")" -eq 1

# interrupted NAME SIGNAL EXIT-CODE: of a run that waits for a pipe; the database that was there stays, and nothing else does.
# Whoever started all this may ignore SIGHUP (nohup), and the run would inherit that.
interrupted() {
	name=$1 signal=$2 code=$3
	mkdir -p "$work/pipe"
	rm -f "$work/pipe/in"
	mkfifo "$work/pipe/in"
	cp "$work/call.db" "$work/pipe/x.db"
	env --default-signal=HUP "$binary" analyze -q -o "$work/pipe/x.db" "$work/pipe/in" >"$work/said" 2>&1 &
	pid=$!
	exec 3>"$work/pipe/in"
	head -c 3000 "$call" >&3
	tries=0
	while [ ! -e "$work/pipe/x.db.partial-$pid" ] && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sleep 0.2
	kill -"$signal" "$pid"
	wait "$pid" 2>/dev/null
	got=$?
	exec 3>&-
	if [ "$got" -eq "$code" ] && cmp -s "$work/call.db" "$work/pipe/x.db"; then
		echo "ok - cli $name"
		passed=$((passed + 1))
	else
		echo "not ok - cli $name: exit $got (want $code)"
		cat "$work/said"
		failed=$((failed + 1))
	fi
}

interrupted "SIGTERM ends a run" TERM 143
verify "and says so" grep -q "^milliwatt analyze: interrupted" "$work/said"
verify "and leaves nothing" test "$(ls "$work/pipe" | sort | tr '\n' ' ')" = "in x.db "
interrupted "SIGHUP ends a run" HUP 129
verify "and leaves nothing either" test "$(ls "$work/pipe" | sort | tr '\n' ' ')" = "in x.db "
interrupted "SIGKILL cannot be helped" KILL 137
verify "and leaves its file" test -e "$work/pipe/x.db.partial-$pid"
: >"$work/pipe/x.db.partial-$$"
: >"$work/pipe/y.db.partial-$pid"
: >"$work/pipe/x.db.partial-${pid}x"
expect "the next run" 0 "" "$binary" analyze -q -o "$work/pipe/x.db" "$call"
verify "takes it away" test ! -e "$work/pipe/x.db.partial-$pid"
verify "and no other file" test -e "$work/pipe/x.db.partial-$$" -a -e "$work/pipe/y.db.partial-$pid" -a -e "$work/pipe/x.db.partial-${pid}x"

size=$(wc -c <"$call")
head -c $((size - 100)) "$call" >"$work/cut.pcap"
expect "a truncated file warns" 0 "warning: .*cut.pcap.*[0-9]+.*packets before it" "$binary" analyze -o "$work/cut.db" "$work/cut.pcap"
verify "and says how much" test "$(sqlite3 "$work/cut.db" 'SELECT damaged_bytes > 0 FROM captures')" -eq 1

expect "report" 0 "answered" "$binary" report "$work/call.db"
expect "report --json" 0 '"calls"' "$binary" report --json "$work/call.db"
expect "report --calls" 0 "answered" "$binary" report --calls "$work/call.db"
expect "report --kpi" 0 "ASR +100 % +1 / 1 +Answer-seizure ratio: answered / attempts .ITU-T E.411." "$binary" report --kpi "$work/call.db"
expect "report --kpi --json" 0 '"name": "SER", "value": 100, ' "$binary" report --kpi --json "$work/call.db"
expect "calls" 0 "^     1  20.* answered " "$binary" calls "$work/call.db"
expect "calls as CSV" 0 "^1,2026-" "$binary" calls --csv "$work/call.db"
expect "calls as JSON" 0 '"matched": 1' "$binary" calls --json "$work/call.db"
expect "calls that match" 0 "^     1 " "$binary" calls --status 2xx --outcome answered,busy --min-duration 5s --from 2026-01-01 "$work/call.db"
expect "calls that do not" 1 "^0 of 1 calls" "$binary" calls --status 486 "$work/call.db"
expect "calls by a header" 0 "^     1 " "$binary" calls --text 'max-forwards:' "$work/call.db"
expect "calls by no header" 1 "^0 of 1" "$binary" calls --text 'x-none: such' "$work/call.db"
expect "calls: a bad status" 2 "'--status=ringing': give a code from 100 to 699, or 4xx" "$binary" calls --status ringing "$work/call.db"
expect "calls: a bad outcome" 2 "'--outcome=answered,lost': give one of answered, busy" "$binary" calls --outcome answered,lost "$work/call.db"
expect "calls: a bad duration" 2 "'--min-duration=long': give seconds" "$binary" calls --min-duration long "$work/call.db"
expect "calls: a bad MOS" 2 "'--mos-below=6': a MOS is a number from 1 to 5" "$binary" calls --mos-below 6 "$work/call.db"
expect "calls: a bad number" 2 "'--number=.': give the first digits" "$binary" calls --number + "$work/call.db"
expect "calls: a bad time" 2 "'--to=25:00': give a time .UTC. as 2026-01-31" "$binary" calls --to 25:00 "$work/call.db"
expect "calls: a bad key" 2 "'--sort=size': give one of start, duration" "$binary" calls --sort size "$work/call.db"
expect "calls: a bad limit" 2 "'--limit=0': give a number from 1 on" "$binary" calls --limit 0 "$work/call.db"
expect "report --streams" 0 "^     1 .*192.0.2" "$binary" report --streams "$work/call.db"
expect "report of nothing" 2 "no-such.db" "$binary" report no-such.db
expect "report of a text file" 2 "not a Milliwatt database" "$binary" report "$work/mine.db"
cp "$work/call.db" "$work/newer.db"
sqlite3 "$work/newer.db" 'PRAGMA user_version = 99'
expect "report of a newer database" 2 "newer" "$binary" report "$work/newer.db"
cp "$work/call.db" "$work/older.db"
sqlite3 "$work/older.db" 'PRAGMA user_version = 1'
expect "report of an older database" 2 "older Milliwatt .schema 1.*analyze the capture again" "$binary" report "$work/older.db"
expect "an older database is replaced" 0 "" "$binary" analyze -q -o "$work/older.db" "$call"
expect "show" 0 "INVITE" "$binary" show "$work/call.db" 1
expect "show by Call-ID" 0 "INVITE" "$binary" show "$work/call.db" "$(sqlite3 "$work/call.db" 'SELECT sip_call_id FROM calls')"
expect "show of an unknown call" 2 "no call" "$binary" show "$work/call.db" 999
expect "export" 0 "one.pcap: 1003 packets of call 1" "$binary" export "$work/call.db" 1 -w "$work/one.pcap"
expect "export reads what it wrote" 0 "answered" "$binary" analyze -o "$work/one.db" "$work/one.pcap"
verify "export to a pipe" sh -c "'$binary' export --sip-only '$work/call.db' 1 -w - >'$work/pipe.pcap' && [ \$(wc -c <'$work/pipe.pcap') -lt 5000 ]"
expect "export by its own default is nowhere" 2 "say with -w FILE" "$binary" export "$work/call.db" 1
expect "audio" 0 "call.wav: 9.96 s from 2026-01-01 00:00:00.520 UTC, 8000 Hz, caller left, callee right" \
	"$binary" audio "$work/call.db" 1 -o "$work/call.wav"
verify "audio wrote two channels, the second 5 ms longer" test "$(wc -c <"$work/call.wav")" -eq $((44 + 79720 * 4))
verify "audio to a pipe" sh -c "'$binary' audio '$work/call.db' 1 -o - 2>'$work/pipe.err' >'$work/pipe.wav' && cmp '$work/pipe.wav' '$work/call.wav' && grep -q 'stream 1, PCMU: heard 9.96 s' '$work/pipe.err'"
expect "audio of one stream" 0 "mono +stream 2, PCMU: heard 9.96 s" "$binary" audio "$work/call.db" 1 --stream 2 --rate 16000 -o "$work/one.wav"
verify "audio at another rate is as long" test "$(wc -c <"$work/one.wav")" -eq $((44 + 159360 * 2))
expect "audio of a stream without its call" 0 "one channel" "$binary" audio "$work/call.db" --stream 1 -o "$work/one.wav"
expect "audio of a stream of nobody" 2 "no audio stream 77" "$binary" audio "$work/call.db" 1 --stream 77 -o "$work/no.wav"
expect "audio of a leg that is not there" 2 "leg 3 of the call has no audio stream" "$binary" audio "$work/call.db" 1 --leg 3 -o "$work/no.wav"
expect "audio of an unknown call" 2 "no call '999'" "$binary" audio "$work/call.db" 999 -o "$work/no.wav"
expect "audio by its own default is nowhere" 2 "say with -o FILE" "$binary" audio "$work/call.db" 1
expect "audio at an odd rate" 2 "--rate wants a number from 8000 to 48000, not '7'" "$binary" audio "$work/call.db" 1 --rate 7 -o "$work/no.wav"
expect "audio to nowhere" 2 "cannot write '.*nowhere/x.wav'" "$binary" audio "$work/call.db" 1 -o "$work/nowhere/x.wav"
verify "audio that cannot be is no file" test ! -e "$work/no.wav"
expect "audio over its own capture" 2 "is the capture itself" sh -c "cp '$call' '$work/own.pcap' && '$binary' analyze -q -o '$work/own.db' '$work/own.pcap' && '$binary' audio '$work/own.db' 1 -o '$work/own.pcap'"
"$binary" analyze -q -o "$work/dvi.db" fixtures/dvi4-11025/capture.pcap
expect "audio of a codec that cannot be decoded" 1 "nothing was heard, no file was written" "$binary" audio "$work/dvi.db" 1 -o "$work/no.wav"
expect "audio says which codec and why" 1 "DVI4: nothing heard: no decoder for this codec" "$binary" audio "$work/dvi.db" 1 -o "$work/no.wav"
"$binary" analyze -q -o "$work/busy.db" fixtures/rfc3665-3.9-busy/capture.pcap
expect "audio of a call without media" 1 "no file was written: the call has no audio stream" "$binary" audio "$work/busy.db" 1 -o "$work/no.wav"
editcap -s 100 "$call" "$work/cut.pcap" 2>/dev/null && "$binary" analyze -q -o "$work/cut.db" "$work/cut.pcap"
expect "audio of packets that were cut" 1 "nothing heard: its packets were not captured to their end" "$binary" audio "$work/cut.db" --stream 1 -o "$work/no.wav"
"$binary" analyze -q -o "$work/legs.db" fixtures/b2bua-relayed-rtp/capture.pcap
expect "audio of several legs is of one" 0 "leg 1 of 2" "$binary" audio "$work/legs.db" 1 -o "$work/leg.wav"
expect "audio says what is not in it" 0 "not in it: stream 3 of leg 2" "$binary" audio "$work/legs.db" 1 -o "$work/leg.wav"
expect "audio of the other leg" 0 "leg 2 of 2" "$binary" audio "$work/legs.db" 1 --leg 2 -o "$work/leg.wav"
expect "export of an unknown call" 2 "no call '999'" "$binary" export "$work/call.db" 999 -w "$work/no.pcap"
expect "export to nowhere" 2 "cannot write '.*nowhere/x.pcap'" "$binary" export "$work/call.db" 1 -w "$work/nowhere/x.pcap"
expect "export without its capture" 2 "cannot open 'call.pcap'.*--captures DIR" \
	sh -c "cp '$call' '$work/call.pcap' && cd '$work' && '$full' analyze -q -o moved.db call.pcap && mkdir moved && mv call.pcap moved && '$full' export moved.db 1 -w x.pcap"
expect "export from where it lies now" 0 "1003 packets" "$binary" export --captures "$work/moved" "$work/moved.db" 1 -w "$work/x.pcap"
expect "export of standard input" 2 "made from standard input, which cannot be read again" "$binary" export "$work/stdin.db" 1 -w "$work/x.pcap"
if command -v tshark >/dev/null; then
	for capture in fixtures/baseline-call/capture.pcap fixtures/tcp-framing/capture.pcap fixtures/ipv6-fragments/capture.pcap \
		fixtures/compressed-gz/capture.pcap.gz fixtures/nanosecond-big-endian/capture.pcap fixtures/pcapng-interfaces/capture.pcapng; do
		name=$(basename "$(dirname "$capture")")
		"$binary" analyze -q -o "$work/t.db" "$capture" && "$binary" export "$work/t.db" 1 -w "$work/t.pcap" >/dev/null
		tshark -n -r "$work/t.pcap" -T fields -e sip.Request-Line -e sip.Status-Line -e _ws.malformed 2>"$work/t.err" | tr -s '\t\n' '\n\n' >"$work/t.out"
		verify "tshark reads the export of $name" sh -c "! grep -vE '^Running as user' '$work/t.err' && grep -q '^INVITE' '$work/t.out' &&
			grep -q '^BYE' '$work/t.out' && grep -q 'SIP/2.0 200' '$work/t.out' && ! grep -qi malformed '$work/t.out'"
	done
else
	echo "skipped: tshark is not installed"
fi
# findings DATABASE: one line a finding, with what the rules say of it.
findings() {
	sqlite3 -separator '|' "$1" 'SELECT rule, severity, confidence, cause, occurrences, text, evidence FROM findings ORDER BY id'
}

scenario() { # NAME STEPS: a scenario of these
	printf '<scenario name="t">\n%s\n</scenario>\n' "$2" >"$work/$1.xml"
}
scenario clean '<recv request="MESSAGE" crlf="true"/>'
scenario typo '<recv request="MESSAGE" rss="true"/>'
scenario broken '<nop next="5"/>'
expect "lint: a clean scenario" 0 "clean.xml: server, 1 steps, 0 warnings, 0 notes$" "$binary" lint "$work/clean.xml"
expect "lint: an embedded one, as it was understood" 0 "^   0  send INVITE retrans=500ms  line" "$binary" lint --print uac
expect "lint: a misspelt attribute" 1 "typo.xml:2: warning: <recv rss=...> does nothing: rrs is meant\? \[unknown-attribute\]" "$binary" lint "$work/typo.xml"
expect "lint: what cannot run" 2 "^cannot run: .*broken.xml:2: next=\"5\": there is no <label id=\"5\"/>" "$binary" lint "$work/clean.xml" "$work/broken.xml"
expect "lint: no such file" 2 "cannot open '/nonexistent.xml'" "$binary" lint /nonexistent.xml
expect "lint --rules" 0 "^wait-never-ends +a final response" "$binary" lint --rules
verify "lint --json" sh -c "'$binary' lint --json --print '$work/typo.xml' '$work/broken.xml' >'$work/lint.json'; [ \"\$(sqlite3 :memory: \"SELECT group_concat(json_extract(value, '\$.runs') || json_array_length(value, '\$.notes')) FROM json_each(readfile('$work/lint.json'))\")\" = 11,00 ]"

overload=fixtures/rule-D9-overload/capture.pcap
expect "rules --help" 0 "Usage: milliwatt rules" "$binary" rules --help
expect "rules with an unknown option" 2 "^milliwatt rules: '--bogus' is not an option.*--help" "$binary" rules --bogus
expect "one rule, by name" 0 "^D9 = on" "$binary" rules OverLoad
verify "and no other" test "$(grep -vE '^(#|$)' "$work/out" | cut -c1-2 | sort -u)" = D9
expect "a rule that is none" 2 "^milliwatt rules: no rule 'D99'; 'milliwatt rules' prints them all" "$binary" rules D9 D99
verify "rules as JSON" sh -c "'$binary' rules --json >'$work/rules.json' && [ \"\$(sqlite3 :memory: \"SELECT count(*) = count(json_extract(value, '\$.meaning')) AND count(*) > 50 FROM json_each(readfile('$work/rules.json'))\")\" = 1 ]"
verify "all rules" sh -c "'$binary' rules >'$work/all.rules'"
verify "are a file of rules" sh -c "'$binary' rules --rules '$work/all.rules' >'$work/again.rules'"
verify "with the same settings" cmp "$work/all.rules" "$work/again.rules"
for capture in "$overload" fixtures/rule-G5-brute-force/capture.pcap fixtures/rule-H5-high-risk-prefix/capture.pcap; do
	name=$(basename "$(dirname "$capture")")
	"$binary" analyze -q -o "$work/plain.db" "$capture" && findings "$work/plain.db" >"$work/plain"
	"$binary" analyze -q --rules "$work/all.rules" -o "$work/printed.db" "$capture" && findings "$work/printed.db" >"$work/printed"
	verify "$name: the printed rules find the same" sh -c "[ -s '$work/plain' ] && cmp '$work/plain' '$work/printed'"
done
printf '# a quiet night\noverload = off\n' >"$work/off.rules"
"$binary" analyze -q -o "$work/d9.db" "$overload"
verify "D9 by itself" test "$(findings "$work/d9.db" | cut -d'|' -f1,5 | grep D9)" = "D9|6"
expect "D9 switched off" 0 "" "$binary" analyze -q --rules "$work/off.rules" -o "$work/off.db" "$overload"
verify "is not found" test "$(sqlite3 "$work/off.db" "SELECT count(*) FROM findings WHERE rule = 'D9'")" -eq 0
verify "and the database says that nobody looked" test "$(sqlite3 "$work/off.db" "SELECT group_concat(rule) FROM rules WHERE NOT enabled")" = D9
printf 'D9.responses = 4\n' >"$work/four.rules"
expect "another threshold" 0 "" "$binary" analyze -q --rules "$work/four.rules" -o "$work/four.db" "$overload"
verify "finds another server" test "$(sqlite3 -separator ' ' "$work/four.db" "SELECT count(*), max(cause = '503 from 198.51.100.2') FROM findings WHERE rule = 'D9'")" = "2 1"
verify "and is in the database" test "$(sqlite3 "$work/four.db" "SELECT json_extract(settings, '\$.responses.value') FROM rules WHERE rule = 'D9'")" = 4
printf 'D9 = on\n\nD9.responses = many\n' >"$work/bad.rules"
expect "bad rules" 2 "^milliwatt analyze: .*/bad.rules:3: D9.responses is a number from 1 to 1000000, not 'many'" "$binary" analyze --rules "$work/bad.rules" -o "$work/bad.db" "$overload"
verify "one error line only" test "$(wc -l <"$work/out")" -eq 1
verify "and no database" test ! -e "$work/bad.db"
expect "rules says so as well" 2 "^milliwatt rules: .*/bad.rules:3: " "$binary" rules --rules "$work/bad.rules"
expect "rules that are not there" 2 "no-such.rules.*No such file" "$binary" analyze --rules "$work/no-such.rules" -o "$work/bad.db" "$overload"
number=$(sqlite3 "$work/d9.db" "SELECT id FROM findings WHERE rule = 'D9'")
expect "report --findings" 0 "^ *$number  error    D9  6 calls: 503 from 198.51.100.1" "$binary" report --findings "$work/d9.db"
expect "explain" 0 "^Finding $number: D9 overload, error" "$binary" explain "$work/d9.db" "$number"
expect "explain --json" 0 '"finding": \{.*"rule": "D9"' "$binary" explain --json "$work/d9.db" "$number"
expect "explain what is none" 2 "^milliwatt explain: no finding '999'; 'milliwatt report --findings DB' lists them" "$binary" explain "$work/d9.db" 999
expect "explain without a number" 2 "give a DB and one FINDING" "$binary" explain "$work/d9.db"
expect "explain with two" 2 "give a DB and one FINDING" "$binary" explain "$work/d9.db" 1 2
expect "explain of no database" 2 "no-such.db" "$binary" explain no-such.db 1
expect "show says why" 0 "more: milliwatt explain .*d9.db $number\$" "$binary" show "$work/d9.db" \
	"$(sqlite3 "$work/d9.db" "SELECT min(call_id) FROM finding_occurrences WHERE finding_id = $number")"

for stage in link sip dialogs streams; do
	expect "dump $stage" 0 "." "$binary" dump --stage $stage "$call"
done
expect "dump registrations" 0 "^registration 1 aor=" "$binary" dump --stage registrations fixtures/registration-life/capture.pcap
expect "dump subscriptions" 0 "^subscription 1 kind=" "$binary" dump --stage subscriptions fixtures/subscription-life/capture.pcap
expect "dump of an unknown stage" 2 "no stage 'foo'" "$binary" dump --stage foo "$call"

echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
