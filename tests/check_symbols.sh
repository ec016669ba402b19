#!/bin/sh
# No global symbol of ours may also be exported by a library we link: ours would silently replace theirs. Usage: check_symbols.sh OBJECT...
ours=$(mktemp) theirs=$(mktemp)
trap 'rm -f "$ours" "$theirs"' EXIT
# gcc-nm reads link-time-optimization objects too.
gcc-nm --defined-only -g "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$ours"
if [ ! -s "$ours" ]; then
	echo "not ok - no symbols were read from our objects"
	echo "symbols: 0 passed, 1 failed"
	exit 1
fi
passed=0 failed=0
for library in libosip2 libosipparser2 libspandsp libpcap libsqlite3 libz libzstd libopus libsrtp2; do
	file=$(ldconfig -p | awk -v name="$library.so" 'index($1, name) == 1 { print $NF; exit }')
	if [ -z "$file" ]; then
		echo "not ok - $library is not installed"
		failed=$((failed + 1))
		continue
	fi
	nm -D --defined-only "$file" | awk 'NF >= 3 { sub(/@.*/, "", $3); print $3 }' | sort -u >"$theirs"
	both=$(comm -12 "$ours" "$theirs")
	if [ -n "$both" ]; then
		echo "not ok - $library exports these names too:" $both
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done
echo "symbols: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
