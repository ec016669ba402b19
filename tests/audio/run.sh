#!/bin/sh
# Known speech, spoken by espeak-ng, in every codec through a captured call and out of `milliwatt audio`: as long to 1 ms, and alike.
# Usage: run.sh BINARY. Prints the numbers of each codec.
set -u
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

verdict() { # NAME WHETHER TEXT
	if [ "$2" = yes ]; then
		echo "ok - audio $1: $3"
		passed=$((passed + 1))
	else
		echo "not ok - audio $1: $3"
		failed=$((failed + 1))
	fi
}

if ! espeak-ng -v en -s 150 -w "$work/said.wav" "The milliwatt test line carries one kilohertz. Five, seven, nine, two." 2>"$work/err"; then
	echo "skipped - audio: espeak-ng is not installed"
	echo "audio: 0 passed, 0 failed, 1 skipped"
	exit 0
fi

# heard NAME CODEC LOSE-EVERY LEAST: the caller's voice at once on the left, the callee's 501 ms later on the right.
heard() {
	name=$1 codec=$2 lose=$3 least=$4
	packets=$(build/speak "$codec" "$work/said.wav" "$work/call.pcap" "$lose")
	if [ $? -eq 77 ]; then
		echo "skipped - audio $name: the encoder (Debian: libbcg729-0) is not installed"
		skipped=$((skipped + 1))
		return
	fi
	rm -f "$work/heard.wav"
	if ! "$binary" analyze -q -o "$work/call.db" "$work/call.pcap" ||
		! "$binary" audio -q "$work/call.db" 1 -o "$work/heard.wav"; then
		verdict "$name" no "nothing was heard"
		return
	fi
	left=$(build/alike "$work/said.wav" "$work/heard.wav" 0 0)
	right=$(build/alike "$work/said.wav" "$work/heard.wav" 1 501)
	echo "$left $right $packets $least" | awk '{
		want = $7 * 20 + 501
		off = $3 > want ? $3 - want : want - $3
		ok = off <= 1 && $1 >= $8 && $4 >= $8
		printf "%s correlation %s left, %s right, delay %s ms, length %s of %s ms\n", ok ? "yes" : "no", $1, $4, $2, $3, want
	}' >"$work/line"
	verdict "$name" "$(cut -d' ' -f1 "$work/line")" "$(cut -d' ' -f2- "$work/line")"
}

for codec in PCMU PCMA L16 G722 GSM G726-16 G726-24 G726-32 G726-40 AAL2-G726-16 AAL2-G726-24 AAL2-G726-32 AAL2-G726-40 opus; do
	heard "$codec" "$codec" 0 0.95
done
# CELP follows how it sounds, not the wave: 0.95 is out of its reach.
heard G729 G729 0 0.80
# One packet in 50: the length stays, what is concealed is not what was said.
for codec in PCMU G722 GSM opus; do
	heard "$codec with 2 % loss" "$codec" 50 0.85
done

echo "audio: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
