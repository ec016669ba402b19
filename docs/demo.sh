#!/bin/sh
# `make demo`: analyzes the fixture captures and says where the records are. Usage: demo.sh BINARY DIR
set -eu
binary=$1
dir=$2
mkdir -p "$dir"
captures=""
for case in fixtures/*/; do
	for file in "$case"*.pcap "$case"*.pcapng "$case"*.gz "$case"*.zst; do
		[ -f "$file" ] || continue
		captures="$captures $file"
	done
done
[ -n "$captures" ] || { echo "no fixture captures found under fixtures/" >&2; exit 1; }
"$binary" analyze -o "$dir/fixtures.db" $captures
echo
echo "The records are in $dir/fixtures.db. Look further with:"
echo "  $binary show $dir/fixtures.db 1"
echo "  $binary report $dir/fixtures.db --json"
echo "  sqlite3 $dir/fixtures.db 'SELECT caller, callee, outcome, mos_min FROM calls'"
echo "Your own: $binary analyze tonight.pcap"
