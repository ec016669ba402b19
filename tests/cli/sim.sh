#!/bin/sh
# milliwatt sim as a person meets it: options, verdicts, records, virtual time. Usage: sim.sh BINARY
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect NAME EXIT-CODE PATTERN COMMAND...: stdout and stderr together must match the pattern (an extended regular expression).
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	timeout 60 "$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" -eq "$code" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$work/out"; }; then
		echo "ok - sim $name"
		passed=$((passed + 1))
	else
		echo "not ok - sim $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

sim() { "$binary" sim "$@"; }
sql() { sqlite3 "$1" "$2"; }

# --- options
expect "--help teaches" 0 "Examples:" "$binary" sim --help
expect "nothing at all" 2 "whom to call\? --target" "$binary" sim
expect "a stray word" 2 "what is 'uac.xml'\? The scenario is given by --scenario" "$binary" sim uac.xml
expect "an unknown option" 2 "'--bogus' is not an option of it" "$binary" sim --bogus
expect "no such scenario" 2 "scenario 'nowhere': No such file.*built-in ones are .*uac" "$binary" sim --virtual --scenario nowhere
expect "two paces" 2 "--rate and --ramp are two ways to set the pace" "$binary" sim --virtual --rate 5 --ramp 1:2:3s
expect "a bad rate" 2 "--rate takes calls per time: 200" "$binary" sim --virtual --rate fast
expect "a bad ramp" 2 "--ramp takes FROM:TO:TIME, as 10:200:60s, not '10:200'" "$binary" sim --virtual --ramp 10:200
expect "steps downwards" 2 "goes up" "$binary" sim --virtual --steps 10:1:1s:5
expect "a bad time" 2 "--hold takes a time: 250us" "$binary" sim --virtual --hold 3parsecs
expect "a bad count" 2 "--calls takes a whole number" "$binary" sim --virtual --calls 1.5
expect "a bad impairment" 2 "--impair-media" "$binary" sim --virtual --impair-media loose=2%
expect "a bad transport" 2 "udp, tcp or tls" "$binary" sim --virtual --transport sctp
expect "a pace beyond the guard" 2 "more than --max-rate 10" "$binary" sim --virtual --rate 20 --max-rate 10
expect "a pace for who waits" 2 "waits for calls" "$binary" sim --scenario uas --rate 5
expect "a peer in real time" 2 "goes with --virtual" "$binary" sim --target 127.0.0.1 --peer uas
expect "metrics at any address" 2 "--metrics :9100: .*as 127.0.0.1:9100" "$binary" sim --target 127.0.0.1:9 --metrics :9100
expect "a dry run" 0 "Pace +10 to 200 calls a second within 60 s, 1,000 calls" "$binary" sim --target 192.0.2.1 --ramp 10:200:1m --calls 1k --dry-run
expect "which sends nothing" 0 "Nothing was sent" "$binary" sim --target 192.0.2.1 --dry-run
expect "one call where nothing is said" 0 "1 calls" "$binary" sim --target 192.0.2.1 --dry-run

# --- virtual time: records, capture, truth
expect "a virtual run" 0 "Verdict: every call succeeded" "$binary" sim --virtual --calls 200 --rate 100 --hold 2s \
	--media speech --record "$work/run.db" --capture "$work/run.pcapng"
expect "its steps" 0 "^uac\|8\|200\|0\|200$|^Caller\|8\|200\|0\|200$" sqlite3 "$work/run.db" \
	"SELECT scenario, step, label, sent, received FROM sim_steps"
expect "its kind" 0 "^simulation\|1$" sqlite3 "$work/run.db" "SELECT kind, complete FROM runs"
expect "every call twice in truth, once in records" 0 "^400\|200$" sqlite3 "$work/run.db" \
	"SELECT (SELECT count(*) FROM sim_calls), (SELECT count(*) FROM calls WHERE outcome = 'answered')"
"$binary" analyze -q -o "$work/again.db" "$work/run.pcapng"
for table in calls dialogs messages transactions streams stream_intervals rtcp_reports; do
	sql "$work/run.db" "SELECT * FROM $table" >"$work/a"
	sql "$work/again.db" "SELECT * FROM $table" >"$work/b"
	expect "the capture analyzed gives the same $table" 0 "" cmp "$work/a" "$work/b"
done
expect "its capture is one for export" 0 "" "$binary" export "$work/run.db" 7 -w "$work/call.pcapng"
"$binary" sim --virtual --calls 200 --rate 100 --hold 2s --media speech --capture "$work/run2.pcapng" -q
expect "the same again, octet by octet" 0 "" cmp "$work/run.pcapng" "$work/run2.pcapng"
expect "two that play the same" 0 "every call succeeded" "$binary" sim --virtual --calls 2 --rate 50 --hold 3s --media speech \
	--record "$work/two.db" --capture "$work/two.pcapng"
expect "are two in the records" 0 "^2$" sqlite3 "$work/two.db" "SELECT count(*) FROM calls"
"$binary" analyze -q --no-payload-join -o "$work/apart.db" "$work/two.pcapng"
expect "and in their capture, if one says so" 0 "^2$" sqlite3 "$work/apart.db" "SELECT count(*) FROM calls"
expect "over TCP" 0 "every call succeeded" "$binary" sim --virtual --transport tcp --calls 50 --record "$work/tcp.db"
expect "in the records as TCP" 0 "^50\|TCP$" sqlite3 "$work/tcp.db" \
	"SELECT count(*), max(transport) FROM dialogs"
expect "TCP, one connection per call" 0 "every call succeeded" "$binary" sim --virtual --transport tcp --sockets call --calls 50
expect "UDP, one socket per call" 0 "every call succeeded" "$binary" sim --virtual --sockets call --calls 50
expect "lost messages are sent again" 0 "every call succeeded" "$binary" sim --virtual --calls 200 --rate 50 --impair 5% --seed 3
expect "a hundred calls at all times" 0 "at most 100 at once" "$binary" sim --virtual --concurrent 100 --calls 1000 --hold 10s
expect "until its time is up" 0 "every call that came to its end succeeded" "$binary" sim --virtual --rate 100 --max-duration 30s
expect "JSON" 0 '^\{"type": "end", "verdict": "succeeded", "exit_code": 0' "$binary" sim --virtual --calls 30 --json
cp "$work/out" "$work/lines"
expect "every line of it" 0 "" perl -MJSON::PP -ne 'decode_json($_)' "$work/lines"
# Whoever reads may go: the calls end, the records are whole.
expect "a pipe that nobody reads any more" 2 "cannot write 'standard output': Broken pipe" sh -c \
	"'$binary' sim --virtual --calls 100000 --hold 1s --json --record '$work/pipe.db' 2>'$work/pipe.err' | head -n 1 >'$work/first'; cat '$work/pipe.err'; exit 2"
expect "and the records of what was are whole" 0 "^0 1$" sh -c "sqlite3 -separator ' ' '$work/pipe.db' 'SELECT complete, (SELECT count(*) FROM calls) > 0 FROM runs'"

# --- calls that fail
cat >"$work/busy.xml" <<'XML'
<scenario name="busy">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=b[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK"/>
</scenario>
XML
expect "a peer that is busy" 1 "Verdict: 20 of 20 calls failed" "$binary" sim --virtual --peer "$work/busy.xml" --calls 20 --record "$work/busy.db"
expect "why, in truth" 0 "^20\|unexpected-message$" sqlite3 "$work/busy.db" \
	"SELECT count(*), max(failure) FROM sim_calls WHERE role = 'caller' AND outcome = 'failed'"
cat >"$work/mute.xml" <<'XML'
<scenario name="mute">
<recv request="INVITE"/>
<recv request="BYE"/>
</scenario>
XML
expect "a peer that says nothing" 1 "no answer after the last retransmission" "$binary" sim --virtual --peer "$work/mute.xml" --calls 3

# --- what cannot be written
expect "a full disk for the capture" 2 "^milliwatt sim: cannot write '/dev/full': No space left" "$binary" sim --virtual --calls 2000 --capture /dev/full
expect "one line of it" 0 "^1$" sh -c "'$binary' sim --virtual -q --calls 2000 --capture /dev/full 2>&1 | wc -l"
(ulimit -f 200 && exec "$binary" sim --virtual -q --calls 20000 --rate 1000 --record "$work/full.db") >"$work/full.text" 2>&1
expect "a full disk for the records" 0 "^milliwatt sim: cannot write '.*full.db'" cat "$work/full.text"
expect "leaves no database" 0 "^0$" sh -c "ls '$work' | grep -c full.db || true"
expect "no such directory" 2 "nowhere" "$binary" sim --virtual --record "$work/nowhere/x.db"
printf precious >"$work/mine.db"
expect "somebody else's file" 2 "not a Milliwatt database" "$binary" sim --virtual --record "$work/mine.db"

# --- real time
port=$((20000 + $$ % 10000)) # another run may be going on beside this one
timeout 60 "$binary" sim --scenario uas --local 127.0.0.1:$port -q --record "$work/uas.db" >"$work/uas" 2>&1 &
server=$!
sleep 0.5
expect "real calls" 0 "every call succeeded" "$binary" sim --target 127.0.0.1:$port --rate 50 --calls 50 --record "$work/uac.db"
expect "in the records" 0 "^50$" sqlite3 "$work/uac.db" "SELECT count(*) FROM calls WHERE outcome = 'answered'"
expect "seconds of it" 0 "^50$" sqlite3 "$work/uac.db" "SELECT sum(calls_started) FROM sim_intervals"
kill -TERM "$server" # as ctrl-C, which a shell's background ignores
wait "$server"
expect "an interruption has its own code" 0 "^130$" echo $?
expect "and its records" 0 "^50\|0$" sqlite3 "$work/uas.db" "SELECT count(*), (SELECT complete FROM runs) FROM calls"
expect "nobody there" 1 "Verdict: 1 of 1 calls failed|no call" "$binary" sim --target 127.0.0.1:9

echo "sim: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
