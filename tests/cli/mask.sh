#!/bin/sh
# What --mask-dtmf leaves behind: two captures that differ in nothing but the digits that were pressed, by every method, give the same
# database, the same output of every command, and the same export, octet for octet. Usage: mask.sh BINARY CRAFT
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
		echo "ok - mask $name"
		passed=$((passed + 1))
	else
		echo "not ok - mask $name"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

# make DIR DIGITS: four digits, pressed by telephone-event, in redundancy, by INFO (UDP, TCP in pieces, fragments) and by KPML.
make() {
	mkdir -p "$work/$1"
	set -- "$1" $(echo "$2" | sed 's/./& /g')
	cat >"$work/$1/recipe" <<END
file pcap-us ethernet
host alice 192.0.2.10
host bob 198.51.100.20 rtp=6000

at 0
call c1 from=alice to=bob dtmf=101 media=none duration=6
at 1 rtp c1.caller c1.callee count=150
digit $2 at=1.2
digit $3 at=1.6 duration=30
digit $4 at=2.0 no-end
digit $5 at=2.6 milliseconds
at 2.1 request c1 INFO type=application/dtmf-relay body="Signal=$4\r\nDuration=160\r\n"
at 2.2 reply c1 200
at 4 request c1 INFO type=application/dtmf body="$5"
at 4.1 reply c1 415

at 20
call c2 from=alice to=bob dtmf=101 red=121 media=none duration=3
at 21 rtp c2.caller c2.callee count=80
digit $2 at=21.2 red=121 duration=80
digit $3 at=21.36 red=121 duration=80
digit $4 at=21.6 red=121

at 40
session c3 from=alice to=bob
at 40 request c3 INVITE sdp
at 40.1 reply c3 200 sdp header="X-Key: inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20"
at 40.2 request c3 ACK
fragment mtu=300
at 41 request c3 INFO pad=300 type=application/dtmf-relay body="Signal=$2\r\nDuration=160\r\n"
fragment none
at 41.1 reply c3 200
at 42.5 request c3 NOTIFY event=kpml state=active type=application/kpml-response+xml body="<kpml-response code='200' digits='$3$4$5'/>"
at 42.6 reply c3 200
at 44 request c3 BYE
at 44.1 reply c3 200

at 60
tcp t1 alice bob
session c4 from=alice to=bob over=t1
at 60 request c4 INVITE sdp
at 60.1 reply c4 200 sdp
at 60.2 request c4 ACK
at 61
hold t1
request c4 INFO type=application/dtmf-relay body="Signal=$2\r\nDuration=160\r\n"
request c4 INFO type=application/dtmf-relay body="Signal=$3\r\nDuration=160\r\n"
send t1 size=240
at 61.1 reply c4 200
at 62 request c4 INFO type=application/dtmf-relay body="Signal=$5\r\nDuration=160\r\n"
at 62.1 reply c4 200
at 64 request c4 BYE
at 64.1 reply c4 200
END
	(
		cd "$work/$1" || exit 1
		"$craft" recipe one.pcap >/dev/null
		"$binary" analyze --mask-dtmf -q -o one.db one.pcap
		"$binary" analyze -q -o plain.db one.pcap
		sqlite3 one.db .dump | grep -v 'INSERT INTO runs' >records.txt
		{
			"$binary" report one.db
			"$binary" report --calls one.db
			"$binary" report --json one.db | grep -v started_us
			"$binary" calls --json one.db
			for call in 1 2 3 4; do
				"$binary" show one.db "$call"
				"$binary" show --json one.db "$call"
				"$binary" export one.db "$call" -w "$call.pcap"
				"$binary" export plain.db "$call" --mask-dtmf -w "asked-$call.pcap"
			done
			for finding in $(sqlite3 one.db 'SELECT id FROM findings'); do
				"$binary" explain one.db --finding "$finding"
			done
			"$binary" report one.db --html html
		} >outputs.txt 2>&1
	)
}

make one 1234
make two 97AD
check "the captures differ" sh -c "! cmp -s '$work/one/one.pcap' '$work/two/one.pcap'"
check "unmasked records have the digits" test "$(sqlite3 "$work/two/plain.db" "SELECT group_concat(digits, ' ') FROM (SELECT digits FROM call_digits ORDER BY call_id)")" = "97ADD 97A 97AD 97D"
check "masked ones have x for each" test "$(sqlite3 "$work/two/one.db" "SELECT group_concat(digits, ' ') FROM (SELECT digits FROM call_digits ORDER BY call_id)")" = "xxxxx xxx xxxx xxx"
check "and no other" test "$(sqlite3 "$work/two/one.db" "SELECT count(*) > 10 AND min(digit) = 'x' AND max(digit) = 'x' FROM dtmf")" = 1
check "the records say so" test "$(sqlite3 "$work/two/one.db" 'SELECT mask_dtmf FROM runs')" = 1
check "the same records" cmp "$work/one/records.txt" "$work/two/records.txt"
check "the same findings of digits" test "$(grep -c 'C8' "$work/one/records.txt")" -gt 3
check "the same outputs" cmp "$work/one/outputs.txt" "$work/two/outputs.txt"
check "the same pages" diff -r "$work/one/html" "$work/two/html"
check "with the texts of messages, digits crossed out" grep -q "^Signal=x\|^xxxxxxxx" "$work/one/html/calls/000/1.html"
check "and keys" sh -c "grep -q 'inline:xxxx' '$work/one/html/calls/000/3.html' && ! grep -rq WVNfX19 '$work/one/html'"
for call in 1 2 3 4; do
	check "the same export of call $call" cmp "$work/one/$call.pcap" "$work/two/$call.pcap"
	check "the same where the export is asked for it" cmp "$work/one/$call.pcap" "$work/two/asked-$call.pcap"
done
check "keys are no digits, and stay out" sh -c "! grep -q WVNfX19 '$work/one/3.pcap' && grep -q WVNfX19 '$work/one/one.pcap'"
"$binary" export --unmask "$work/two/one.db" 1 -w "$work/plain.pcap" --captures "$work/two" >/dev/null 2>&1
"$binary" analyze -q -o "$work/again.db" "$work/plain.pcap"
check "--unmask gives them back" test "$(sqlite3 "$work/again.db" 'SELECT digits FROM call_digits')" = 97ADD
"$binary" analyze -q -o "$work/masked.db" "$work/two/1.pcap"
check "the masked export has as many packets of events" test "$(sqlite3 "$work/masked.db" 'SELECT count(*), sum(packets) FROM streams')" = "1|150"
check "and none of its digits" test "$(sqlite3 "$work/masked.db" 'SELECT count(*) FROM dtmf')" = 0
if command -v tshark >/dev/null; then
	tshark -r "$work/two/1.pcap" -o udp.check_checksum:TRUE -T fields -e udp.checksum.status 2>/dev/null | sort -u >"$work/udp"
	check "UDP checksums are right" grep -qx 1 "$work/udp"
	check "all of them" test "$(wc -l <"$work/udp")" = 1
	tshark -r "$work/two/4.pcap" -o tcp.check_checksum:TRUE -T fields -e tcp.checksum.status 2>/dev/null | sort -u >"$work/tcp"
	check "TCP checksums too" sh -c "grep -qx 1 '$work/tcp' && [ \$(wc -l <'$work/tcp') = 1 ]"
fi
echo "mask: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
