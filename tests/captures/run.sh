#!/bin/sh
# Every capture under $CAPTURES against its reference facts by tshark: packets, SIP messages, Call-IDs, RTP streams with packets and loss.
# A fact that differs must stand in the table of tests/golden/README.md with both values and a reason; a row there that no longer holds
# is a failure too. Usage: run.sh BINARY [FILE]
set -u
binary=$1
only=${2:-}
if [ -z "${CAPTURES:-}" ]; then
	echo "skipped: CAPTURES is not set, so no real capture was compared"
	echo "captures: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# What Milliwatt says of a records database, a fact a line: name TAB value.
facts_of() {
	sqlite3 -batch -noheader -separator '	' "$1" "
		SELECT 'packets', sum(packets) FROM captures;
		SELECT 'sip messages', count(*) FROM messages;
		SELECT 'requests', count(*) FROM messages WHERE method IS NOT NULL;
		SELECT 'responses', count(*) FROM messages WHERE method IS NULL;
		SELECT 'Call-IDs', count(DISTINCT sip_call_id) FROM messages WHERE sip_call_id <> '';
		SELECT 'stream ' || src_addr || ' ' || src_port || ' ' || dst_addr || ' ' || dst_port || ' ' || printf('0x%08X', ssrc),
			sum(packets) || ' packets, ' || sum(lost) || ' lost'
			FROM streams GROUP BY src_addr, src_port, dst_addr, dst_port, ssrc;
		SELECT 'keys of SRTP', count(*) FROM stream_srtp HAVING count(*);
		PRAGMA foreign_key_check;" | sort
}

# The same facts as tshark gave them.
reference_of() {
	awk -F '\t' -v file="$1" 'NR > 1 && $1 == file {
		printf "packets\t%s\nsip messages\t%s\nrequests\t%s\nresponses\t%s\nCall-IDs\t%s\n", $5, $7, $9, $10, $11 }' \
		"$CAPTURES/reference.tsv"
	awk -F '\t' -v file="$1" 'NR > 1 && $1 == file {
		key = "stream " $2 " " $3 " " $4 " " $5 " " $6
		if (!(key in seen)) printf "%s\t%s packets, %s lost\n", key, $8, $9
		seen[key] = 1 }' "$CAPTURES/rtp_streams.tsv"
}

# The explained differences for a file: `| file | fact | tshark | Milliwatt | why |`, "-" where one side has nothing.
explained_for() {
	awk -F ' *[|] *' -v file="$1" '$2 == "`" file "`" { printf "%s\t%s\t%s\n", $3, $4, $5 }' tests/golden/README.md | sort
}

for row in $(awk -F '\t' 'NR > 1 { print $1 }' "$CAPTURES/reference.tsv"); do
	[ -z "$only" ] || [ "$only" = "$row" ] || continue
	rm -f "$work"/*
	if "$binary" analyze -q -o "$work/x.db" "$CAPTURES/$row" 2>"$work/stderr"; then
		facts_of "$work/x.db" >"$work/ours"
	else
		printf 'exit code\t%s\n' "$?" >"$work/ours"
		if grep -q Sanitizer "$work/stderr"; then cat "$work/stderr"; fi
	fi
	reference_of "$row" | sort >"$work/theirs"
	# name TAB tshark TAB ours, for the names where they differ
	awk -F '\t' 'NR == FNR { t[$1] = $2; next } { o[$1] = $2 }
		END { for (k in t) { mine = (k in o) ? o[k] : "-"; if (t[k] != mine) print k "\t" t[k] "\t" mine }
		      for (k in o) if (!(k in t)) print k "\t-\t" o[k] }' "$work/theirs" "$work/ours" | sort >"$work/differences"
	explained_for "$row" >"$work/explained"
	if cmp -s "$work/differences" "$work/explained"; then
		echo "ok - captures $row"
		passed=$((passed + 1))
	else
		echo "not ok - captures $row: fact, tshark, Milliwatt (< explained in tests/golden/README.md, > found)"
		diff "$work/explained" "$work/differences" | grep '^[<>]'
		failed=$((failed + 1))
	fi
done
echo "captures: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
