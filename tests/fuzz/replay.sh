#!/bin/sh
# Replays the corpus of every fuzz target under sanitizers. One test a target.
passed=0 failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=${source#tests/fuzz/fuzz_}
	name=${name%.c}
	if build/san/replay-"$name" tests/fuzz/corpus/"$name"/*; then
		passed=$((passed + 1))
	else
		echo "not ok - fuzz target $name on its corpus"
		failed=$((failed + 1))
	fi
done
echo "corpus: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
