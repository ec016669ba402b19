#!/bin/bash
# How soon the full-screen browser stands, and how soon it answers. Usage: browse.sh MILLIWATT DB (of 20,000 calls); build/pty is the terminal.
# Prints milliseconds of the best of three, PASS or MISS for each target; never fails: timing is no test.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
binary=$1 db=$2 pty=${PTY:-build/pty}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

[ -x "$pty" ] || { echo "----  browse: not measured (make build/pty)"; exit 0; }
calls=$("$binary" calls --csv "$db" | tail -n +2 | wc -l)
# Ctrl-L draws all of it again: what is waited for then comes in one piece.
cat >"$work/script" <<END
wait Esc Back
ms first-picture
send \\x0c
wait 1/$calls
send G\\x0c
wait $calls/$calls
ms last-call
send \\r\\x0c
wait INVITE
ms flow
send q
pause 100
send /mos<3.6\\r
wait of $calls calls: mos<3.6
ms filter
send 5
wait Captures
ms summary
send Q
END
for _ in 1 2 3; do
	"$pty" --size 50x160 --term xterm-256color "$work/script" "$binary" browse "$db" || exit 0
done >"$work/times"
awk '
	{ if (!($1 in best) || $2 < best[$1]) best[$1] = $2 }
	function target(name, text, limit) {
		printf "%s  %s: %d ms (target < %d)\n", best[name] < limit ? "PASS" : "MISS", text, best[name], limit
	}
	END {
		target("first-picture", "browse: the first picture of '"$calls"' calls", 1000)
		target("last-call", "browse: to the last call", 50)
		target("flow", "browse: the flow of a call", 200)
		target("filter", "browse: a filter over all calls", 200)
		target("summary", "browse: the summary", 1000)
	}' "$work/times"
