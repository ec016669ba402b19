#!/bin/sh
# `make demo`: analyzes every fixture capture by itself, then shows the one called "evening". Usage: demo.sh BINARY DIR
set -eu
binary=$1
dir=$2
mkdir -p "$dir"

cases=0 captures=0 failed=0
for case in fixtures/*/; do
	name=$(basename "$case")
	# Two files of one case are parts of one capture.
	set --
	for file in "$case"capture*; do
		[ -f "$file" ] && set -- "$@" "$file"
	done
	[ $# -gt 0 ] || continue
	cases=$((cases + 1))
	captures=$((captures + $#))
	"$binary" analyze --quiet -o "$dir/$name.db" "$@" >"$dir/$name.log" 2>&1 || {
		cat "$dir/$name.log" >&2
		failed=$((failed + 1))
	}
done
[ "$cases" -gt 0 ] || { echo "no fixture captures found under fixtures/" >&2; exit 1; }
echo "Analyzed $captures captures of $cases cases into $dir/CASE.db, $failed failed."
[ "$failed" -eq 0 ]

evening=$dir/evening.db
echo
echo "\$ $binary analyze fixtures/evening/capture.pcap -o $evening"
"$binary" analyze fixtures/evening/capture.pcap -o "$evening"
echo
echo "\$ $binary show $evening 8"
"$binary" show "$evening" 8
echo
silent=$("$binary" report --findings "$evening" | awk '$3 == "D7" { print $1; exit }')
echo "\$ $binary explain $evening $silent"
"$binary" explain "$evening" "$silent"
echo
echo "\$ $binary show $dir/attended-transfer.db 1      # three legs, one call"
"$binary" show "$dir/attended-transfer.db" 1
echo
echo "\$ $binary report $evening --html $dir/evening --audio"
"$binary" report "$evening" --html "$dir/evening" --audio
echo
echo "The records are in $evening (and $dir/CASE.db, one for each folder of fixtures/). Look further with:"
echo "  $binary show $evening 6                # the call with the lost packets"
echo "  $binary calls $evening                 # every call, a line each; --help: how to choose"
echo "  $binary report $evening --kpi          # ASR, NER, PDD, RFC 6076 ... with definitions"
echo "  $binary export $evening 6 -w call.pcap # one call's packets"
echo "  $binary report $evening --html $dir/pages  # open $dir/pages/index.html in a browser; --help: other forms"
echo "  sqlite3 $evening 'SELECT caller, callee, outcome, mos_min FROM calls'"
echo "Your own: $binary analyze tonight.pcap"
