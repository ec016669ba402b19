#!/bin/bash
# Real peers on 127.0.0.0/8: a SIPp pair, Kamailio as registrar and proxy, baresip as phones. Each scenario is captured on lo, analyzed, and
# its records and findings compared with what was done. Usage: run.sh BINARY
set -u
binary=$1
work=$(mktemp -d)
passed=0 failed=0 skipped=0
craft=${CRAFT:-build/craft}
. tests/live/peers.bash
. tests/live/srtp.bash
trap 'stop_all; rm -rf "$work"' EXIT

skip() { # REASON: everything that is left
	echo "skipped: live: $1"
	skipped=$((skipped + 1))
}

# same NAME EXPECTED SQL: on the scenario's records.
same() {
	local got
	got=$(sqlite3 -batch -noheader -separator '|' "$work/$scenario.db" "$3" 2>&1)
	if [ "$got" = "$2" ]; then
		echo "ok - live $scenario: $1"
		passed=$((passed + 1))
	else
		echo "not ok - live $scenario: $1: wanted"
		printf '%s\n' "$2" | sed 's/^/    /'
		echo "  got"
		printf '%s\n' "$got" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# Where all went well there is nothing to find; that Kamailio's digest is MD5 is for information.
nothing_found() {
	same "nothing found" "" "SELECT rule, name, text FROM findings WHERE severity <> 'info'"
}

# What every scenario begins and ends with. begin fails where the peers cannot be had.
begin() {
	scenario=$1
	start_capture "$scenario"
}

finish() {
	stop_all
	if ! "$binary" analyze -q -o "$work/$scenario.db" "$work/$scenario.pcap" >"$work/analyze.log" 2>&1; then
		echo "not ok - live $scenario: analyze"
		sed 's/^/    /' "$work/analyze.log"
		failed=$((failed + 1))
	fi
}

# Whole steps only: where a peer did not do its part, the scenario fails as a whole.
steps() {
	"$@" && return 0
	echo "not ok - live $scenario: the peers did not get through it"
	failed=$((failed + 1))
	return 1
}

# --- what the peers do ----------------------------------------------------------------------------------------------

sipp_pair() {
	start uas sipp -sn uas -i "$net.20" -p 15070 -nostdin
	sleep 0.5
	start uac sipp -sn uac -i "$net.21" -p 15071 -m 5 -r 10 -d 3500 -nostdin "$net.20:15070"
	heard uac 'Successful call *\| *[0-9]+ *\| *5 '
}

registers() {
	start_proxy && start_phone alice 11 secret && heard alice '200 OK'
}

wrong_password() {
	start_proxy && start_phone mallory 14 guess && heard mallory '401 Unauthorized'
}

both_phones() {
	registers && start_phone bob 12 secret && heard bob '200 OK'
}

calls() {
	both_phones || return 1
	tell 11 dial "sip:bob@$proxy"
	heard alice 'Call established' || return 1
	sleep 2
	tell 11 hangup
	heard bob 'session closed|terminated'
}

holds() {
	both_phones || return 1
	tell 11 dial "sip:bob@$proxy"
	heard alice 'Call established' || return 1
	sleep 0.5
	tell 11 hold
	heard bob 're-INVITE' || return 1
	sleep 2
	tell 11 resume
	heard bob 're-INVITE' 2 || return 1
	sleep 0.5
	tell 12 hangup
	heard alice 'session closed|terminated'
}

transfers() {
	both_phones && start_phone carol 13 secret && heard carol '200 OK' || return 1
	tell 11 dial "sip:bob@$proxy"
	heard alice 'Call established' || return 1
	sleep 0.5
	tell 12 transfer "sip:carol@$proxy"
	heard alice 'Call established' 2 || return 1
	sleep 1
	tell 11 hangup
	heard carol 'session closed|terminated'
}

calls_nobody() {
	registers || return 1
	tell 11 dial "sip:nobody@$proxy"
	heard alice '404 Not Found'
}

# --- what must be on record -----------------------------------------------------------------------------------------

for program in tcpdump:tcpdump sqlite3:sqlite3; do
	[ "$program" = tcpdump:tcpdump ] && command -v dumpcap >/dev/null && continue
	command -v "${program%%:*}" >/dev/null || missing="${missing:-} ${program##*:}"
done
if [ -n "${missing:-}" ]; then
	skip "not installed:$missing"
	echo "live: 0 passed, 0 failed, $skipped skipped"
	exit 0
fi
if ! begin rights >/dev/null; then
	skip "no right to capture on lo: $(tail -n 1 "$work/capture.log")"
	echo "live: 0 passed, 0 failed, $skipped skipped"
	exit 0
fi
stop_all

# Whole calls come out of the captures as they went in: export and analyze again.
exported() {
	local id
	for id in $(sqlite3 "$work/$scenario.db" 'SELECT id FROM calls'); do
		"$binary" export "$work/$scenario.db" "$id" -w "$work/one.pcap" >/dev/null &&
			"$binary" analyze -q -o "$work/one.db" "$work/one.pcap" &&
			sqlite3 "$work/one.db" "$facts ORDER BY sip_call_id"
	done 2>&1 | sort >"$work/exported"
	same "each call exported is the same call" "$(cat "$work/exported")" "$facts ORDER BY sip_call_id"
}
facts="SELECT sip_call_id, caller, callee, outcome, final_status, leg_count, round(talk_ms, 3), round(held_ms, 3), round(mos_min, 6),
	(SELECT sum(packets) FROM streams WHERE call_id = calls.id) FROM calls"

if command -v sipp >/dev/null; then
	begin sipp && steps sipp_pair
	finish
	same "five calls, answered, ended by the caller" "5|5|5|5" \
		"SELECT count(*), sum(outcome = 'answered'), sum(released_by = 'caller'), sum(talk_ms BETWEEN 3400 AND 7000) FROM calls"
	same "each with an INVITE and a BYE that were answered" "BYE|200|5
INVITE|200|5" "SELECT method, final_status, count(*) FROM transactions WHERE method <> 'ACK' GROUP BY 1, 2 ORDER BY 1"
	nothing_found
	live_srtp_sipp
else
	skip "sipp is not installed"
fi

baresip_modules=$(ls -d /usr/lib/baresip/modules /usr/lib/*/baresip/modules /usr/local/lib/baresip/modules 2>/dev/null | head -n 1)
if command -v baresip >/dev/null && [ -n "$baresip_modules" ]; then
	live_srtp_baresip
fi
if ! command -v kamailio >/dev/null; then
	skip "kamailio is not installed"
elif ! command -v baresip >/dev/null || [ -z "$baresip_modules" ]; then
	skip "baresip is not installed"
else
	make_silence >"$work/silence.wav"

	begin register && steps registers
	finish
	same "registered with digest, and unregistered at the end" "registered|200|1|alice|milliwatt.test|60
unregistered|200|1|alice|milliwatt.test|0" \
		"SELECT outcome, final_status, challenges, username, realm, expires_s FROM registrations ORDER BY id"
	same "by MD5" "H10|digest-weakness" "SELECT rule, name FROM findings"

	begin wrong-password && steps wrong_password
	finish
	same "refused" "unauthorized|401|mallory" "SELECT DISTINCT outcome, final_status, username FROM registrations"
	same "and said so" "D1|auth-loop" "SELECT rule, name FROM findings WHERE severity = 'error'"

	begin call && steps calls
	finish
	same "one call through the proxy" "alice|bob|answered|200|caller|1|2|1|alice" \
		"SELECT caller, callee, outcome, final_status, released_by, leg_count, attempts, challenges, username FROM calls"
	same "heard both ways" "2|2|2" \
		"SELECT count(*), sum(packets BETWEEN 50 AND 300), sum(mos_lq > 4) FROM streams WHERE call_id = 1 AND codec = 'PCMU'"
	nothing_found

	begin hold && steps holds
	finish
	same "held once for two seconds" "answered|callee|1|1" \
		"SELECT outcome, released_by, holds, held_ms BETWEEN 1900 AND 5000 FROM calls"
	exported
	nothing_found

	begin transfer && steps transfers
	finish
	same "a blind transfer that succeeded" "blind|202|200|completed" "SELECT kind, status, notify_status, outcome FROM transfers"
	same "one call of two legs" "1|2|1" "SELECT count(*), max(leg_count), max(transferred) FROM calls"
	exported
	same "for the transfer's sake" "refer" "SELECT reason FROM leg_edges"
	nothing_found

	begin unknown-user && steps calls_nobody
	finish
	same "not found" "alice|nobody|rejected|404" "SELECT caller, callee, outcome, final_status FROM calls"
	same "and said so" "D6|number-unknown" "SELECT rule, name FROM findings WHERE severity <> 'info'"
fi

echo "live: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
