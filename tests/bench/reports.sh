#!/bin/bash
# What reports of 20,000 calls cost: time, memory, room on disk; how soon the browser stands. Usage: reports.sh MILLIWATT GENERATE DIR
# Prints PASS or MISS for each target; never fails: timing is no test.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
binary=$1 generate=$2 dir=$3
mkdir -p "$dir"
export LC_ALL=C

target() { # TEXT VALUE LIMIT
	awk -v text="$1" -v value="$2" -v limit="$3" 'BEGIN {
		if (value == "") { printf "----  %s: not measured\n", text; exit }
		printf "%s  %s: %.2f (target < %s)\n", value + 0 < limit + 0 ? "PASS" : "MISS", text, value, limit
	}'
}

# Least wall time of three runs, most memory: "SECONDS MB". `anew`: a folder that is taken away before each run.
anew=
measure() {
	local best="" line
	for _ in 1 2 3; do
		[ -z "$anew" ] || rm -rf "$anew"
		/usr/bin/time -o "$dir/time" -f '%e %M' "$@" >/dev/null 2>"$dir/stderr" || { tail -n 3 "$dir/stderr" >&2; return 1; }
		line=$(tail -n 1 "$dir/time")
		best=$(printf '%s\n%s\n' "$best" "$line" | awk 'NF == 2 { if (!n++ || $1 < s) s = $1; if ($2 > m) m = $2 } END { print s, m }')
	done
	echo "$best" | awk '{ printf "%.2f %.1f\n", $1, $2 / 1024 }'
}

for kind in mixed sip; do
	file=$dir/$kind-20000-calls.pcap db=$dir/report-$kind.db
	media=
	[ $kind = mixed ] && media="--rtp-per-call 100"
	[ -s "$file" ] || "$generate" --calls 20000 --concurrent 1300 $media --out "$file" || exit 1
	[ -s "$db" ] || "$binary" analyze --quiet -o "$db" "$file" || exit 1
	anew=$dir/report-$kind
	read -r seconds memory < <(measure "$binary" report "$db" --html "$dir/report-$kind")
	anew=
	read -r again _ < <(measure "$binary" report "$db" --html "$dir/report-$kind")
	echo "      $kind: over the report of before: ${again:-?} s"
	size=$(du -sk --apparent-size "$dir/report-$kind" | awk '{ printf "%.1f", $1 / 1024 }')
	index=$(stat -c %s "$dir/report-$kind/index.html" | awk '{ printf "%.3f", $1 / 1e6 }')
	echo "$kind: $(find "$dir/report-$kind" -type f | wc -l) files, $(du -sm "$dir/report-$kind" | cut -f 1) MB of blocks"
	target "$kind: HTML of 20,000 calls, s" "${seconds:-}" 5
	target "$kind: memory, MB" "${memory:-}" 200
	target "$kind: the folder, MB" "$size" 200
	target "$kind: its first page, MB" "$index" 2
	for form in --json --markdown --junit "--csv messages"; do
		read -r seconds memory < <(measure "$binary" report "$db" $form -o "$dir/form")
		echo "      $kind: report $form: ${seconds:-?} s, ${memory:-?} MB"
	done
done
read -r seconds memory < <(measure "$binary" compare "$dir/report-mixed.db" "$dir/report-mixed.db" --populations)
target "compare of 20,000 calls with 20,000, s" "${seconds:-}" 5
if [ -f tests/bench/browse.sh ]; then
	sh tests/bench/browse.sh "$binary" "$dir/report-mixed.db"
fi
exit 0
