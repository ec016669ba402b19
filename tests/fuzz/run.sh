#!/bin/sh
# Fuzzes each named target for some seconds, new inputs going to build/fuzz/corpus/ (a finding to build/fuzz/). Prints executions per
# second. Usage: run.sh SECONDS TARGET...
seconds=$1
shift
status=0
for name in "$@"; do
	mkdir -p build/fuzz/corpus/"$name"
	log=build/fuzz/"$name".log
	# A message or datagram needs no more; what holds several of them does. Long inputs only make every execution slower.
	case $name in
	analyze) length=20000 ;;
	capture | reassembly | sip_frame) length=16384 ;;
	*) length=4096 ;;
	esac
	build/fuzz/fuzz-"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -max_len=$length \
		-artifact_prefix=build/fuzz/"$name"- build/fuzz/corpus/"$name" tests/fuzz/corpus/"$name" >"$log" 2>&1
	code=$?
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "$code" -eq 0 ]; then
		echo "fuzz $name: $runs executions in $seconds s, $rate a second, no finding"
	else
		echo "fuzz $name: FINDING (exit $code), see $log"
		status=1
	fi
done
exit $status
