#!/bin/sh
# The pages of calls as `report --html` writes them: texts of messages as they were sent (UDP, fragments, TCP in pieces), what is said where
# captures are gone or have changed, sound. Usage: html_call.sh BINARY CRAFT
set -u
binary=$(realpath "$1") craft=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok - html_call $name"
		passed=$((passed + 1))
	else
		echo "not ok - html_call $name"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

# has FILE TEXT; hasnot FILE TEXT
has() { grep -qF -- "$2" "$1" || { echo "not in it: $2"; return 1; }; }
hasnot() { ! grep -qF -- "$2" "$1" || { echo "it is in it: $2"; return 1; }; }

cat >"$work/recipe" <<'END'
file pcap-us ethernet
host alice 192.0.2.10
host bob 198.51.100.20 rtp=6000

at 0
call c1 from=alice to=bob duration=4

at 20
session c2 from=alice to=bob
fragment mtu=300
at 20 request c2 INVITE sdp pad=600 header="X-Way: in pieces of a datagram"
fragment none
at 20.1 reply c2 486
at 20.2 request c2 ACK

at 40
tcp t1 alice bob
session c3 from=alice to=bob over=t1
at 40 request c3 INVITE sdp header="X-Way: first"
at 40.1 reply c3 200 sdp
at 40.2 request c3 ACK
at 41
hold t1
request c3 INFO header="X-Way: second" type=text/plain body="</pre><script>alert(1)</script>"
request c3 INFO header="X-Way: third" type=text/plain body="<b>"
send t1 size=200
at 41.1 reply c3 200
at 44 request c3 BYE
at 44.1 reply c3 200
END
cd "$work" || exit 1
"$craft" recipe calls.pcap >craft.log 2>&1 || cat craft.log
"$binary" analyze -q -o calls.db calls.pcap
page() { echo "$work/$1/calls/000/$2.html"; }

check "a report" "$binary" report calls.db --html all --audio --plots 0
check "the text of a request" has "$(page all 1)" '<pre id=m1>INVITE sip:bob@'
check "its header" has "$(page all 1)" 'From: &lt;sip:alice@'
check "its SDP" has "$(page all 1)" 'm=audio '
check "the text of an answer" has "$(page all 1)" 'SIP/2.0 200 OK'
check "every message has its text" test "$(grep -c '<pre id=m[0-9]*>\(SIP/2.0 [0-9]\|[A-Z]* sip:\)' "$(page all 1)")" = "$(sqlite3 calls.db 'SELECT count(*) FROM messages JOIN dialogs d ON d.id = dialog_id WHERE d.call_id = 1')"
check "every arrow leads to one" test "$(grep -o '<a href=#m[0-9]*' "$(page all 1)" | sort -u | wc -l)" = "$(grep -c '<pre id=m' "$(page all 1)")"
check "out of fragments" has "$(page all 2)" 'X-Way: in pieces of a datagram'
check "out of a TCP stream" has "$(page all 3)" 'X-Way: first'
check "in pieces" has "$(page all 3)" 'X-Way: second'
check "and more than one in a segment" has "$(page all 3)" 'X-Way: third'
check "nothing of them is alive" has "$(page all 3)" '&lt;/pre>&lt;script>alert(1)&lt;/script>'
check "the command for its packets" has "$(page all 1)" 'milliwatt export calls.db 1 -w call-1.pcap'
check "the command works" sh -c "'$binary' export calls.db 1 -w call-1.pcap && test -s call-1.pcap"
check "a player" has "$(page all 1)" '<audio controls preload=none src="../../audio/1.wav">'
check "with sound" sh -c "head -c 4 all/audio/1.wav | grep -q RIFF"
check "no player where there is no sound" hasnot "$(page all 2)" '<audio'

check "without texts" "$binary" report calls.db --html bare --no-texts --plots 0
check "they are not there" hasnot "$(page bare 1)" 'm=audio '
check "that is said" has "$(page bare 1)" 'this report was made without the texts of messages'
check "first lines are there" has "$(page bare 1)" '<pre id=m1>INVITE sip:bob@'
check "how to hear it is said" has "$(page bare 1)" 'milliwatt audio calls.db 1 -o call-1.wav'

mkdir elsewhere && mv calls.pcap elsewhere
check "its capture is gone" "$binary" report calls.db --html gone --audio --plots 0
check "that is told" has "$(page gone 1)" "cannot open &#39;calls.pcap&#39;"
check "no player either" hasnot "$(page gone 1)" '<audio'
check "it lies elsewhere" "$binary" report calls.db --html there --captures elsewhere --plots 0
check "then texts are there" has "$(page there 1)" 'm=audio '
printf x >>elsewhere/calls.pcap
check "it has changed" "$binary" report calls.db --html changed --captures elsewhere --plots 0
check "that is told too" has "$(page changed 1)" 'Only first lines: '
check "and no text of another capture shown" hasnot "$(page changed 1)" 'm=audio '

echo "html_call: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
