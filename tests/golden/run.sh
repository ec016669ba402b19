#!/bin/sh
# Every fixture: records and dumps of its captures against what is known to be right, and the captures against their recipes.
# Usage: run.sh MILLIWATT [CASE]. CRAFT names the craft program (build/craft).
#   expect/NAME.sql, NAME.txt    the query on the records database, and its rows
#   expect/options              further options of the `milliwatt analyze` behind the queries, on one line
#   expect/{link,sip,dialogs,registrations,subscriptions,streams}.txt    `milliwatt dump --stage STAGE` (where no query has that name)
set -u
binary=$1 case_wanted=${2:-}
craft=${CRAFT:-build/craft}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

ok() {
	echo "ok - golden $case $1"
	passed=$((passed + 1))
}

# not_ok NAME FILE: the file says why.
not_ok() {
	echo "not ok - golden $case $1"
	sed 's/^/  /' "$2"
	failed=$((failed + 1))
}

# same NAME EXPECTED ACTUAL
same() {
	if diff -u "$2" "$3" >"$tmp/diff"; then
		ok "$1"
	else
		not_ok "$1" "$tmp/diff"
	fi
}

check_queries() {
	ls "$dir"/expect/*.sql >/dev/null 2>&1 || return
	options=""
	[ ! -f "$dir/expect/options" ] || options=$(cat "$dir/expect/options")
	# shellcheck disable=SC2086
	if ! "$binary" analyze $options "$@" -o "$tmp/records.db" --quiet >"$tmp/analyze.log" 2>&1; then
		not_ok analyze "$tmp/analyze.log"
		return
	fi
	for query in "$dir"/expect/*.sql; do
		name=$(basename "$query" .sql)
		sqlite3 -batch -noheader -separator '|' "$tmp/records.db" <"$query" >"$tmp/rows" 2>&1
		same "$name" "$dir/expect/$name.txt" "$tmp/rows"
	done
	rm -f "$tmp/records.db"
}

check_dumps() {
	for stage in link sip dialogs registrations subscriptions streams; do
		[ -f "$dir/expect/$stage.txt" ] && [ ! -f "$dir/expect/$stage.sql" ] || continue
		"$binary" dump --stage "$stage" "$@" >"$tmp/dump" 2>"$tmp/dump.log"
		same "dump-$stage" "$dir/expect/$stage.txt" "$tmp/dump"
	done
}

# Octets of a capture; gzip's own header differs between versions.
plain() {
	case $1 in
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

check_recipe() {
	[ -f "$dir/recipe.craft" ] || [ -f "$dir/recipe.sim" ] || return
	if ! MILLIWATT=$binary sh tests/golden/make_captures.sh "$craft" "$tmp/made" "$case" >"$tmp/craft.log" 2>&1; then
		not_ok recipe "$tmp/craft.log"
		return
	fi
	for file in "$@" "$tmp/made/$case"/capture*; do
		name=$(basename "$file")
		plain "$dir/$name" >"$tmp/committed" 2>/dev/null
		plain "$tmp/made/$case/$name" >"$tmp/now" 2>/dev/null
		if ! cmp -s "$tmp/committed" "$tmp/now"; then
			echo "$name is not what the recipe makes now" >"$tmp/diff"
			not_ok recipe "$tmp/diff"
			return
		fi
	done
	ok recipe
}

for dir in fixtures/${case_wanted:-*}; do
	[ -d "$dir" ] || continue
	case=$(basename "$dir")
	set -- "$dir"/capture*
	if [ ! -f "$1" ]; then
		echo "no capture in $dir" >"$tmp/diff"
		not_ok capture "$tmp/diff"
		continue
	fi
	check_recipe "$@"
	check_queries "$@"
	check_dumps "$@"
done
if [ $((passed + failed)) -eq 0 ]; then
	echo "not ok - golden: no fixture called '$case_wanted'"
	failed=1
fi
echo "golden: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
