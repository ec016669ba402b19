#!/bin/bash
# CPU time, wall time and memory of `milliwatt analyze` beside tshark and capinfos. Usage: bench.sh MILLIWATT GENERATE DIR
# Best of three. Prints a table and PASS or MISS for each target; never fails: timing is no test.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
binary=$1 generate=$2 dir=$3
mkdir -p "$dir"
export LC_ALL=C TIMEFORMAT='%U %S %R'

make_capture() { # NAME GENERATE-OPTION...
	local file=$dir/$1.pcap
	shift
	[ -s "$file" ] || "$generate" "$@" --out "$file" || exit 1
}

# Least CPU and wall time of three runs and most memory, "CPU WALL RSS_KB", of a command whose output is not wanted; RSS 0 without GNU time.
measure() {
	local best="" line
	for _ in 1 2 3; do
		if [ -x /usr/bin/time ]; then
			if ! /usr/bin/time -o "$dir/time" -f '%U %S %e %M' "$@" >/dev/null 2>"$dir/stderr"; then
				echo "failed: $*" >&2
				tail -n 3 "$dir/stderr" >&2
				return 1
			fi
			line=$(tail -n 1 "$dir/time")
		else
			line=$({ time "$@" >/dev/null 2>"$dir/stderr"; } 2>&1)' 0'
		fi
		best=$(printf '%s\n%s\n' "$best" "$line" | awk '
			NF == 4 {
				used = $1 + $2
				if (!n++ || used < cpu) cpu = used
				if (n == 1 || $3 < wall) wall = $3
				if (n == 1 || $4 > rss) rss = $4
			}
			END { printf "%.3f 0 %.3f %d", cpu, wall, rss }')
	done
	echo "$best" | awk '{ printf "%.3f %.3f %d\n", $1 + $2, $3, $4 }'
}

have_tshark=yes
command -v tshark >/dev/null || { have_tshark=; echo "tshark is not installed: its column is left out"; }
have_capinfos=yes
command -v capinfos >/dev/null || { have_capinfos=; echo "capinfos is not installed: its column is left out"; }
[ -x /usr/bin/time ] || echo "/usr/bin/time is not installed: no memory figures"

make_capture rtp-1000-calls --calls 1000 --concurrent 100 --rtp-per-call 1700
make_capture sip-20000-calls --calls 20000 --concurrent 1300
make_capture mixed-20000-calls --calls 20000 --concurrent 1300 --rtp-per-call 100
make_capture at-once-100 --calls 2600 --concurrent 100 --rtp-per-call 660
make_capture at-once-1300 --calls 2600 --concurrent 1300 --rtp-per-call 660
make_capture twice-as-long --calls 5200 --concurrent 100 --rtp-per-call 660

printf '%-20s %9s %9s %9s %10s %9s %9s %8s %9s\n' capture packets 'CPU s' 'wall s' 'pkt/CPU s' 'RSS MB' tshark ratio capinfos
declare -A cpu wall rss rate tshark_cpu capinfos_wall
for name in rtp-1000-calls sip-20000-calls mixed-20000-calls at-once-100 at-once-1300 twice-as-long; do
	file=$dir/$name.pcap
	read -r cpu[$name] wall[$name] rss[$name] < <(measure "$binary" analyze "$file" -o "$dir/x.db" --quiet)
	[ -n "${cpu[$name]:-}" ] || continue
	packets=$(sqlite3 "$dir/x.db" 'SELECT sum(packets) FROM captures;')
	rate[$name]=$(awk -v p="$packets" -v c="${cpu[$name]}" 'BEGIN { printf "%.0f", p / (c > 0 ? c : 0.001) }')
	other='-' ratio='-' info='-'
	case $name in rtp-* | sip-* | mixed-*)
		tap=rtp,streams
		case $name in sip-*) tap=sip,stat ;; esac
		if [ "$have_tshark" ]; then
			read -r other _ _ < <(measure tshark -n -q -z $tap -r "$file")
			tshark_cpu[$name]=$other
			ratio=$(awk -v t="$other" -v c="${cpu[$name]}" 'BEGIN { printf "%.1f", t / (c > 0 ? c : 0.001) }')
		fi
		if [ "$have_capinfos" ]; then
			read -r _ info _ < <(measure capinfos -c -d -u "$file")
			capinfos_wall[$name]=$info
		fi ;;
	esac
	printf '%-20s %9s %9s %9s %10s %9.1f %9s %8s %9s\n' "$name" "$packets" "${cpu[$name]}" "${wall[$name]}" "${rate[$name]}" \
		"$(awk -v k="${rss[$name]}" 'BEGIN { print k / 1024 }')" "$other" "$ratio" "$info"
done

target() { # TEXT VALUE OPERATOR LIMIT
	awk -v text="$1" -v value="$2" -v op="$3" -v limit="$4" 'BEGIN {
		if (value == "" || value == "-") { printf "----  %s: not measured\n", text; exit }
		ok = op == ">=" ? value + 0 >= limit + 0 : op == "<=" ? value + 0 <= limit + 0 : value + 0 < limit + 0
		printf "%s  %s: %.2f (target %s %s)\n", ok ? "PASS" : "MISS", text, value, op, limit
	}'
}
quotient() { awk -v a="$1" -v b="$2" 'BEGIN { if (a != "" && b != "" && b + 0 > 0) printf "%.4f", a / b }'; }

echo
target 'RTP: CPU of tshark over ours' "$(quotient "${tshark_cpu[rtp-1000-calls]:-}" "${cpu[rtp-1000-calls]:-}")" '>=' 25
target 'calls and RTP: CPU of tshark over ours' "$(quotient "${tshark_cpu[mixed-20000-calls]:-}" "${cpu[mixed-20000-calls]:-}")" '>=' 25
target 'SIP only: CPU of tshark over ours' "$(quotient "${tshark_cpu[sip-20000-calls]:-}" "${cpu[sip-20000-calls]:-}")" '>=' 10
target 'RTP: our wall time over that of capinfos' "$(quotient "${wall[rtp-1000-calls]:-}" "${capinfos_wall[rtp-1000-calls]:-}")" '<=' 2.5
target 'calls and RTP: our wall time over that of capinfos' "$(quotient "${wall[mixed-20000-calls]:-}" "${capinfos_wall[mixed-20000-calls]:-}")" '<=' 2.5
target 'SIP only: our wall time over that of capinfos' "$(quotient "${wall[sip-20000-calls]:-}" "${capinfos_wall[sip-20000-calls]:-}")" '<=' 2.5
[ -x /usr/bin/time ] && for name in rtp-1000-calls sip-20000-calls mixed-20000-calls; do
	target "$name: MB at most" "$(quotient "${rss[$name]:-}" 1024)" '<' 64
done
target 'rate lost from 100 to 1,300 calls at once' \
	"$(awk -v a="${rate[at-once-100]:-}" -v b="${rate[at-once-1300]:-}" 'BEGIN { if (a && b) printf "%.4f", 1 - b / a }')" '<' 0.3333
[ -x /usr/bin/time ] && target 'memory for twice the length, over once' \
	"$(quotient "${rss[twice-as-long]:-}" "${rss[at-once-100]:-}")" '<=' 1.10
exit 0
