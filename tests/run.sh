#!/bin/sh
# Runs every group of tests, keeps each log under build/test/, and adds up what they say. Each group ends with a line
# `NAME: N passed, N failed` (`, N skipped` may follow). A group that dies without that line counts as one failure.
set -u
mkdir -p build/test
passed=0 failed=0 skipped=0

# run NAME COMMAND...: keeps what it prints and its exit code.
run() {
	name=$1
	shift
	"$@" >"build/test/$name.log" 2>&1
	echo "$?" >"build/test/$name.code"
}

# tell NAME: adds up and prints what a group said.
tell() {
	name=$1
	log=build/test/$name.log
	code=$(cat "build/test/$name.code")
	line=$(grep -E "^$name: [0-9]+ passed, [0-9]+ failed" "$log" | tail -n 1)
	if [ -z "$line" ]; then
		line="$name: 0 passed, 1 failed"
		echo "$name ended with code $code and no count" >>"$log"
	fi
	p=$(echo "$line" | sed -E 's/^[^:]*: ([0-9]+) passed.*/\1/')
	f=$(echo "$line" | sed -E 's/.* ([0-9]+) failed.*/\1/')
	s=$(echo "$line" | sed -nE 's/.* ([0-9]+) skipped.*/\1/p')
	[ "$code" -eq 0 ] || [ "$f" -ne 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
	grep -E '^skipped' "$log" | sort | uniq -c | sed 's/^ *\([0-9]*\) /  (\1x) /'
	echo "$line"
	if [ "$f" -ne 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 60
	fi
}

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# A busy machine is no failure: the tests that have no limit of their own get this one, in seconds.
export CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-120}
# And those that have one get twice that, since several run at a time.
export CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER:-2}
run unit build/san/unit &
{ # these mostly wait
	run live bash tests/live/run.sh build/san/milliwatt
	run live-sim sh tests/live/sim.sh build/san/milliwatt
	run conformance sh tests/conformance/run.sh build/san/milliwatt
	run suite sh tests/suite/run.sh build/san/milliwatt build/milliwatt
} &
run headers make --no-print-directory check-headers
run layers make --no-print-directory check-layers
run symbols make --no-print-directory check-symbols
run corpus sh tests/fuzz/replay.sh
run golden sh tests/golden/run.sh build/san/milliwatt
run cli sh -c 'sh tests/cli/run.sh build/san/milliwatt && sh tests/cli/mask.sh build/san/milliwatt build/craft && sh tests/cli/sipp.sh build/san/milliwatt && sh tests/cli/html_call.sh build/san/milliwatt build/craft'
run sim sh tests/cli/sim.sh build/san/milliwatt
run check sh tests/cli/check.sh build/san/milliwatt
run taps perl tests/cli/taps.pl build/san/milliwatt build/milliwatt
run html sh tests/cli/html.sh build/san/milliwatt
run compare sh tests/cli/compare.sh build/san/milliwatt build/milliwatt
run forms sh tests/forms/run.sh build/san/milliwatt
run captures sh tests/captures/run.sh build/san/milliwatt
run audio sh tests/audio/run.sh build/san/milliwatt
run install sh tests/install/run.sh
run browse bash tests/browse/run.sh build/san/milliwatt build/pty
run browser sh tests/browser/run.sh build/san/milliwatt build/milliwatt
wait
for name in headers layers symbols unit corpus golden cli sim taps check html compare forms captures audio install browse browser live live-sim conformance suite; do
	tell $name
done

[ "$skipped" -eq 0 ] || echo "skipped: $skipped (each with its reason above)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
