#!/bin/sh
# milliwatt compare as a person and a CI job meet it: nights of virtual time, five trunks each. Usage: compare.sh SANITIZED RELEASE
# The many nights are made and compared by the second, which is faster; the first takes all the forms and options.
set -u
binary=$1 fast=$2
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
		echo "ok - compare $name"
		passed=$((passed + 1))
	else
		echo "not ok - compare $name: exit $got (want $code), wanted /$pattern/ in:"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

# night DB SEED CALLS [LOSS3]: so many calls to each of five trunks, 0.2 % of the RTP lost on purpose; LOSS3: on the third trunk.
night() {
	for trunk in 1 2 3 4 5; do
		loss=0.2
		[ $trunk -ne 3 ] || loss=${4:-0.2}
		"$fast" sim --virtual -q --calls "$3" --rate 200 --hold 1s --media tone:400 --seed "$2$trunk" \
			--impair-media "loss=$loss%,jitter=5ms,delay=20ms" --local 192.0.2.1$trunk --target 203.0.113.$trunk \
			--capture "$work/$trunk.pcapng" || return 1
	done
	"$fast" analyze -q -o "$1" "$work"/[1-5].pcapng >/dev/null
}

# one DB SEED [LOSS]: 200 calls to one trunk.
one() {
	"$fast" sim --virtual -q --calls 200 --rate 200 --hold 1s --media tone:400 --seed "$2" \
		--impair-media "loss=${3:-0.2}%,jitter=5ms,delay=20ms" --record "$1"
}

verdict() { "$fast" compare --populations --json "$@" | sed -n 's/^\t"verdict": "\([a-z_]*\)".*/\1/p'; }

# twenty NAME COMMAND: the command, given 1 to 20, says "same" each time.
twenty() {
	same=0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$($2 $i)" = same ] && same=$((same + 1))
	done
	expect "$1" 0 '^20$' echo $same
}

# --- 1 % of loss on one of five trunks, in 2,000 calls
night "$work/base.db" 50 400
night "$work/bad.db" 51 400 1.2
expect "the trunk is found" 1 '^worse: (all \([0-9]+\), )?trunk:203\.0\.113\.3 \([0-9]+\)$' "$fast" compare --populations "$work/base.db" "$work/bad.db"
cp "$work/out" "$work/bad.txt"
expect "and no other one is named" 1 '' sh -c "sed -n '/^Worse/,/^$/p' '$work/bad.txt' | grep '^  trunk:' | grep -v '203.0.113.3$'"
expect "calls that show it" 0 'loss_ratio caller_to_callee [0-9.]+ %' grep 'call [0-9]*: ' "$work/bad.txt"
expect "back again is better" 0 '^better: of .*' "$fast" compare --populations "$work/bad.db" "$work/base.db"

# --- the same conditions
again() {
	one "$work/x.db" "$1" && one "$work/y.db" "$1" && verdict "$work/x.db" "$work/y.db"
}
cp "$work/base.db" "$work/night0.db"
another() {
	night "$work/night$1.db" "6$1" 400 && verdict "$work/night$(($1 - 1)).db" "$work/night$1.db"
}
twenty "two runs of the same seed are the same, 20 of 20" again
twenty "20 pairs of different seeds are the same" another

# --- a band from several nights
mkdir "$work/nights"
one "$work/nights/1.db" 71 0.2
one "$work/nights/2.db" 72 1.0
one "$work/nights/3.db" 73 1.6
one "$work/nights/4.db" 74 0.6
one "$work/tonight.db" 75 1.3
expect "against one night" 1 '^worse: of ' "$binary" compare "$work/nights/1.db" "$work/tonight.db"
expect "against what nights do" 0 '^(same|better): of ' "$binary" compare --baseline-dir "$work/nights" "$work/tonight.db"
expect "and against one of them, by that band" 0 'learned from 4 baselines' "$binary" compare --baseline-dir "$work/nights" "$work/nights/1.db" "$work/tonight.db"
cp "$work/tonight.db" "$work/nights/5.db"
ln "$work/nights/5.db" "$work/now.db"
expect "tonight is no baseline of itself" 0 'learned from 4 baselines' "$binary" compare --baseline-dir "$work/nights" "$work/now.db"
echo nothing >"$work/nights/6.db"
expect "a baseline that is none" 2 "nights/6.db' is not a Milliwatt database" "$binary" compare --baseline-dir "$work/nights" "$work/tonight.db"
mkdir "$work/empty"
expect "no baselines" 2 'there is no baseline in' "$binary" compare --baseline-dir "$work/empty" "$work/tonight.db"
expect "no directory" 2 'cannot read the baselines of .*No such' "$binary" compare --baseline-dir "$work/none" "$work/tonight.db"

# --- forms
base=$work/nights/1.db night=$work/tonight.db
expect "all forms at once" 1 '^worse: ' "$binary" compare --html "$work/o.html" --markdown "$work/o.md" --junit "$work/o.xml" "$base" "$night"
expect "JUnit is XML" 0 '' xmllint --noout "$work/o.xml"
expect "JUnit names what is worse" 0 'name="loss_ratio caller_to_callee"' grep '<testcase classname="all"' "$work/o.xml"
expect "Markdown" 0 '❌ worse [|] all [|]' grep worse "$work/o.md"
expect "HTML with its curves" 0 '<svg viewBox' grep -m 1 '<svg viewBox="0 0 420' "$work/o.html"
expect "HTML without a script" 1 '' grep -i '<script' "$work/o.html"
expect "JSON can be read" 1 '^worse 1$' sh -c "'$binary' compare --json '$base' '$night' >'$work/o.json'; code=\$?
	perl -MJSON::PP -0777 -ne '\$d = decode_json(\$_); print \"\$d->{verdict} \$d->{version}\\n\"' '$work/o.json'; exit \$code"
expect "one form instead of the text" 1 '^<!doctype html>' "$binary" compare --html - "$base" "$night"

# --- options
expect "--help teaches" 0 'Examples:' "$binary" compare --help
expect "nothing to compare" 2 'give BASE and TONIGHT; try' "$binary" compare
expect "no such file" 2 "no such file: 'none.db'" "$binary" compare none.db "$night"
expect "a limit that makes it the same" 0 '^same: ' "$binary" compare --limit loss_ratio=0.05 --limit mos_lq=1 --limit burst_r=9 --limit finding=1 "$base" "$night"
printf 'loss_ratio: 0.05\nmos_lq: 1\nfinding: 1\nburst_r: 9\n' >"$work/limits.yaml"
expect "limits of a file" 0 '^same: ' "$binary" compare --limits "$work/limits.yaml" "$base" "$night"
printf 'loss: 0.05\n' >"$work/limits.yaml"
expect "a limit that is none" 2 'limits.yaml:1:' "$binary" compare --limits "$work/limits.yaml" "$base" "$night"
expect "taps have no limits" 2 'are of nights' "$binary" compare --taps --alpha 0.01 "$base" "$night"
"$fast" sim --virtual -q --calls 3 --record "$work/few.db"
expect "too few are no pass" 2 'too few to tell: of ' "$binary" compare "$base" "$work/few.db"
expect "captures are analyzed first" 0 '^same: ' "$binary" compare --populations "$work/1.pcapng" "$work/1.pcapng"

echo "compare: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
