#!/bin/sh
# The SIPp door as a job meets it: exit codes, options, the files it writes; beside SIPp's own files where SIPp is installed. Everything on
# 127.0.0.1 and bounded in time. Usage: sipp.sh BINARY
set -u
binary=$(realpath "$1")
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0
cd "$work" || exit 2

verdict() { # name, 0 where it is well
	if [ "$2" -eq 0 ]; then
		echo "ok - sipp $1"
		passed=$((passed + 1))
	else
		echo "not ok - sipp $1"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

ours() {
	timeout 20 "$binary" sipp "$@"
}

# expect NAME CODE PATTERN ARGUMENT...: stdout and stderr together match the pattern (an extended regular expression).
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	ours "$@" >"$work/out" 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$code" ] && grep -qE -- "$pattern" "$work/out"
	verdict "$name (exit $got, want $code)" $?
}

# holds NAME PATTERN FILE...: a line of one of the files matches.
holds() {
	name=$1 pattern=$2
	shift 2
	cat "$@" >"$work/out" 2>&1
	grep -qE -- "$pattern" "$work/out"
	verdict "$name" $?
}

# --- asked, refused, wrong ---
expect "without arguments" 99 "Usage: milliwatt sipp"
expect "-h" 99 "-trace_shortmsg" -h
expect "--help" 99 "Exit codes" --help
expect "-h stat" 99 "LastResetTime" -h stat
expect "-v" 99 "milliwatt [0-9]" -v
expect "-sd" 99 "<scenario" -sd uac
expect "-sd of a name that is none" 1 "no embedded scenario 'uav'" -sd uav
expect "a typo" 1 "no option '-trace_mgs'; did you mean '-trace_msg'" -trace_mgs
expect "no target" 255 "give HOST" -sn uac
expect "no such scenario" 1 "no embedded scenario 'nosuch'" -sn nosuch 127.0.0.1
expect "no such file" 1 "nosuch.xml.*No such file" -sf nosuch.xml 127.0.0.1
expect "no such injection file" 1 "nosuch.csv.*No such file" -sn uac -inf nosuch.csv 127.0.0.1
expect "SCTP" 1 "SCTP is not supported" -t s1 127.0.0.1
expect "a file that cannot be written" 255 "cannot write '/nonexistent/x.csv'" -sn uas -i 127.0.0.1 -p 25471 -trace_stat -stf /nonexistent/x.csv
ln -s "$binary" milliwatt-sipp
./milliwatt-sipp -sd uas >out 2>&1
verdict "as milliwatt-sipp" $(($? != 99))

# --- runs ---
expect "-timeout without a call" 97 "Successful call .* 0$" -sn uas -i 127.0.0.1 -p 25472 -timeout 1
expect "-timeout_error" 255 "Test Terminated" -sn uas -i 127.0.0.1 -p 25472 -timeout 300ms -timeout_error

"$binary" sipp -sn uas -i 127.0.0.1 -p 25473 >server.out 2>server.err </dev/null &
server=$!
sleep 0.5
expect "a port in use" 254 "port 25473: Address already in use" -sn uas -i 127.0.0.1 -p 25473
client="-i 127.0.0.1 127.0.0.1:25473 -nostdin"
expect "ten calls" 0 "Successful call +\| +[0-9]+ +\| +10$" -sn uac $client -m 10 -r 50
expect "double dashes" 0 "Successful call +\| +[0-9]+ +\| +3$" --sn uac --m 3 --r 50 $client
expect "users" 0 "Successful call +\| +[0-9]+ +\| +6$" -sn uac $client -users 3 -m 6 -d 50
expect "-timeout lets calls end, and says that -m was not reached" 0 "-timeout ended the run after [0-9]+ calls; -m asked for 1000" \
	-sn uac $client -r 10 -m 1000 -d 500 -timeout 1
expect "steps of the rate end at -rate_max" 0 "Failed call +\| +0 +\| +0$" -sn uac $client -r 5 -rate_increase 20 -rate_max 40 -rate_interval 200ms

"$binary" sipp -sn uac $client -r 20 -m 1000 -d 300 -timeout 10 >out 2>&1 </dev/null &
run=$!
sleep 0.6
kill -USR2 $run
sleep 0.3
kill -USR1 $run
wait $run
verdict "USR1 ends gracefully" $?
holds "USR2 writes the screens" "Statistics Screen" uac_*_screen.log
(sleep 0.5 && printf q && sleep 1) | ours -i 127.0.0.1 127.0.0.1:25473 -sn uac -r 20 -m 1000 >out 2>&1
verdict "key q ends gracefully" $?
if command -v bash >/dev/null; then
	"$binary" sipp -sn uac $client -r 1 -m 1000 -cp 25488 -timeout 10 >out 2>&1 </dev/null &
	run=$!
	bash -c 'sleep 0.4; echo "cset rate 200" >/dev/udp/127.0.0.1/25488; sleep 0.6; echo q >/dev/udp/127.0.0.1/25488'
	wait $run
	calls=$(sed -n 's/^ *Outgoing calls created .*| *//p' out)
	[ "${calls:-0}" -gt 20 ]
	verdict "the control port sets the rate and ends (${calls:-no} calls)" $?
fi

# --- ended by the scenario ---
stop() {
	cat <<END
<scenario name="stop">
  <send>
    <![CDATA[
      OPTIONS sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:a@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 OPTIONS
      Content-Length: 0

    ]]>
  </send>
  <nop><action><exec int_cmd="$1"/></action></nop>
  <pause milliseconds="100"/>
</scenario>
END
}
stop stop_now >stop.xml
expect "stop_now" 97 "Test Terminated" -sf stop.xml $client -m 30
stop stop_gracefully >stop.xml
expect "stop_gracefully" 0 "Successful call +\| +[0-9]+ +\| +1$" -sf stop.xml $client -m 30

# --- the background ---
ours -sn uac $client -m 5 -r 50 -bg -trace_screen -screen_file bg.log >bg.out 2>&1
verdict "-bg exits with 99" $(($? != 99))
holds "-bg prints the process" "PID=\[[0-9]+\]" bg.out
for i in 1 2 3 4 5 6 7 8 9 10; do
	grep -q "Test Terminated" bg.log 2>/dev/null && break
	sleep 0.3
done
holds "-bg leaves its last screens" "Successful call +\| +[0-9]+ +\| +5$" bg.log

# --- files ---
traces="-trace_stat -trace_rtt -trace_counts -trace_msg -trace_shortmsg -trace_err -trace_error_codes -trace_logs -trace_calldebug -trace_screen -fd 1"
mkdir ours real
(cd ours && ours -sn uac $client -m 10 -r 20 $traces >../out 2>&1 </dev/null)
verdict "all files at once" $?
time='[0-9-]{10}	[0-9:]{8}\.[0-9]{6}	[0-9]{10}\.[0-9]{6}'
holds "statistics: a last row of ten calls" "^($time;){3}00:00:0.;00:00:0.;20;.*;10;0;[0-9]+;10;0;0;" ours/uac_*_.csv
holds "response times" "^[0-9]+\.[0-9]{3};[0-9]+\.[0-9]{3};1$" ours/uac_*_rtt.csv
holds "counts" "^$time;00:00:0.:[0-9]{6};10;0;0;" ours/uac_*_counts.csv
holds "error codes" "^$time;00:00:0.:[0-9]{6};$" ours/uac_*_error_codes.csv
holds "messages: time" "^-{47} [0-9-]{10} [0-9:]{8}\.[0-9]{6}$" ours/uac_*_messages.log
holds "messages: sent" "^UDP message sent \([0-9]+ bytes\):$" ours/uac_*_messages.log
holds "messages: received" "^UDP message received \[[0-9]+\] bytes :$" ours/uac_*_messages.log
holds "short messages" "^$time	S	1-[0-9]+@127.0.0.1	CSeq:1 INVITE	INVITE sip:" ours/uac_*_shortmessages.log
holds "screens" "Response Time 1" ours/uac_*_screen.log
ours -sn uac $client -m 1 -r 50 -trace_stat -stf rfc.csv -stat_delimiter , -rfc3339 >out 2>&1 </dev/null
holds "RFC 3339 times, another delimiter" "^[0-9-]{10}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2}," rfc.csv
ours -sn uac $client -m 30 -r 200 -trace_msg -ringbuffer_size 20000 -ringbuffer_files 2 >out 2>&1 </dev/null
[ "$(ls uac_*_messages_*.log | wc -l)" -eq 2 ]
verdict "a ring of two files" $?
ours -sn uac $client -m 30 -r 200 -trace_msg -max_log_size 5000 -message_file most.log >out 2>&1 </dev/null
[ "$(wc -c <most.log)" -ge 5000 ] && [ "$(wc -c <most.log)" -lt 8000 ]
verdict "-max_log_size" $?
ours -sn uac $client -m 1 -trace_msg -message_file most.log -message_overwrite false >out 2>&1 </dev/null
[ "$(wc -c <most.log)" -ge 7000 ]
verdict "-message_overwrite false goes on at the end" $?

# --- more than SIPp has ---
expect "two workers" 0 "Successful call +\| +[0-9]+ +\| +40$" -sn uac $client -m 40 -r 200 -workers 2
expect "a port for two workers" 1 "each worker of a client has a port of its own" -sn uac $client -p 25499 -workers 2
ours -sn uac $client -m 4 -r 50 -ap hush -record run.db -capture run.pcapng >out 2>&1 </dev/null
verdict "-record and -capture" $?
"$binary" report run.db >report.out 2>&1
holds "the records of four calls" "answered +4 +100" report.out
! grep -q hush run.db
verdict "no password in the records" $?

# What reads SIPp's files finds the same columns: the same scenario by both, header against header.
cat >facts.xml <<'END'
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="facts">
  <send retrans="500" start_rtd="setup" counter="tries">
    <![CDATA[
      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:a@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 INVITE
      Contact: <sip:a@[local_ip]:[local_port]>
      Content-Length: 0

    ]]>
  </send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true" rtd="ring" start_rtd="answer"/>
  <recv response="200" rtd="setup"/>
  <send lost="0" counter="3">
    <![CDATA[
      ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:a@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 1 ACK
      Content-Length: 0

    ]]>
  </send>
  <nop display="in between"/>
  <nop hide="true"/>
  <pause milliseconds="20"/>
  <send retrans="500">
    <![CDATA[
      BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:a@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 2 BYE
      Content-Length: 0

    ]]>
  </send>
  <recv response="200" rtd="answer"/>
  <ResponseTimeRepartition value="10, 20"/>
  <CallLengthRepartition value="10, 500"/>
</scenario>
END
sed '/Repartition/d; s/ rtd="[a-z]*"//; s/ start_rtd="[a-z]*"//; s/ counter="[a-z0-9]*"//' facts.xml >plain.xml
if command -v sipp >/dev/null; then
	for scenario in facts plain; do
		(cd real && timeout 10 sipp -sf ../$scenario.xml $client -m 3 -r 50 $traces -rtt_freq 1 >../out 2>&1 </dev/null)
		(cd ours && ours -sf ../$scenario.xml $client -m 3 -r 50 $traces -rtt_freq 1 >../out 2>&1 </dev/null)
		for file in .csv counts.csv rtt.csv; do
			[ -e "$(echo real/${scenario}_*_$file)" ] || continue
			head -n 1 real/${scenario}_*_$file >real/header
			head -n 1 ours/${scenario}_*_$file >ours/header
			diff real/header ours/header >out
			verdict "$scenario: the columns of _$file are SIPp's" $?
			columns() { awk -F';' '{ print NF }' "$1"/${scenario}_*_$file | sort -u | tr '\n' ' '; }
			[ "$(columns real)" = "$(columns ours)" ]
			verdict "$scenario: as many in every row of _$file" $?
		done
		(cd real && ls ${scenario}_* | sed 's/_[0-9]*_/_PID_/' >../names.real)
		(cd ours && ls ${scenario}_* | sed 's/_[0-9]*_/_PID_/' | grep -vx "${scenario}_PID_rtt.csv" >../names.ours)
		grep -vx "${scenario}_PID_rtt.csv" names.real | diff - names.ours >out
		verdict "$scenario: the same file names" $?
	done
else
	echo "# skipped: SIPp's own files beside ours: no sipp here (Debian: sip-tester)"
fi

echo "sipp: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
