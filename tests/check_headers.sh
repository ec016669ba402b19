#!/bin/sh
# Every header compiles alone. Usage: check_headers.sh "COMPILER FLAGS" HEADER...
compile=$1
shift
passed=0 failed=0
for header in "$@"; do
	if printf '#include "%s"\n' "$header" | $compile -Werror -fsyntax-only -x c -; then
		passed=$((passed + 1))
	else
		echo "not ok - $header does not compile alone"
		failed=$((failed + 1))
	fi
done
echo "headers: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
