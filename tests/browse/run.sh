#!/bin/bash
# The full-screen browser on a terminal: starts, obeys keys, resizes, saves, ends, and leaves the terminal as it was.
# Usage: run.sh BINARY PTY (tests/helpers/pty_main.c)
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
binary=$(realpath "$1") pty=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
export LC_ALL=C.UTF-8 COLORTERM=
unset NO_COLOR COLUMNS LINES

tell() { # NAME, 0 if it went well
	if [ "$2" -eq 0 ]; then
		echo "ok - browse $1"
		passed=$((passed + 1))
	else
		echo "not ok - browse $1"
		tail -n 40 "$work/out"
		failed=$((failed + 1))
	fi
}

# play NAME CODE [PTY-OPTION...] -- COMMAND...: the script comes on standard input; $work/screen is what was written.
play() {
	local name=$1 code=$2 options=() got
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	cat >"$work/script"
	"$pty" --screen "$work/screen" "${options[@]}" "$work/script" "$@" >"$work/out" 2>&1
	got=$?
	[ "$got" -eq "$code" ] || echo "exit $got, not $code" >>"$work/out"
	tell "$name" $((got != code))
}

has() { # NAME, a pattern of the octets that were written
	grep -aqP -- "$2" "$work/screen"
	tell "$1" $?
}

has_not() {
	! grep -aqP -- "$2" "$work/screen"
	tell "$1" $?
}

# expect NAME CODE PATTERN COMMAND...: without a terminal.
expect() {
	local name=$1 code=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	[ $? -eq "$code" ] && grep -qE -- "$pattern" "$work/out"
	tell "$name" $?
}

db=$work/evening.db
capture=$(realpath fixtures/evening/capture.pcap)
"$binary" analyze -q -o "$db" "$capture" || exit 1
"$binary" analyze -q -o "$work/hostile.db" fixtures/hostile-headers/*.pcap* || exit 1

# --- without a terminal -------------------------------------------------------------------------------------------------
expect "without a terminal" 2 "needs a terminal.*milliwatt calls.*milliwatt show" "$binary" browse "$db"
expect "help" 0 "Usage: milliwatt browse" "$binary" browse --help
expect "without arguments" 2 "^milliwatt browse: give a DB" "$binary" browse
expect "with an unknown option" 2 "'--bogus' is not an option.*--help" "$binary" browse --bogus

# --- keys ---------------------------------------------------------------------------------------------------------------
# Ctrl-L (\x0c) draws all of it again: else only what differs is written.
play "walks through its views" 0 --size 30x110 -- "$binary" browse "$db" <<'END'
wait carla
wait no_answer
wait Esc Back
send \eOB\x0c
wait 2/13
send \r
wait 486 INVITE
send q\x0c
wait 13 calls
send 2\x0c
wait findings
send 3\x0c
wait streams
send \r\x0c
wait Over time
send 4\x0c
wait registered
send 5\x0c
wait Captures
send 6\x0c
wait Answer-seizure ratio
send h\x0c
wait Keys in a page of text
send 1\x0c
wait no_answer
send /busy\r\x0c
wait 1 of 13 calls: busy
send q
END
has "leaves the alternate screen" '\x1b\[\?1049l'
has "uses colours" '\x1b\[3[1-7]m'

play "shows what a message said" 0 --size 40x130 -- "$binary" browse "$db" <<'END'
wait Esc Back
send \r
wait BYE
send \r
wait User-Agent: Milliwatt craft
send Q
END

play "shows calls that an option chooses" 0 -- "$binary" browse --calls 'mos<3.5' "$db" <<'END'
wait 2 of 13 calls: mos<3.5
wait gerda
send q
END
play "refuses an option it does not understand" 2 -- "$binary" browse --calls 'mos<9' "$db" <<'END'
wait mos<9: a MOS is a number from 1 to 5
END

play "saves a call" 0 -- "$binary" browse "$db" <<END
wait Esc Back
send s\x15$work/call.pcap\r
wait packets of 1 call
send q
END
"$binary" export "$db" 1 -w "$work/exported.pcap" >/dev/null && cmp "$work/call.pcap" "$work/exported.pcap" >"$work/out" 2>&1
tell "saves what export writes" $?
play "says what cannot be saved" 0 -- "$binary" browse "$db" <<END
wait Esc Back
send s\x15/nonexistent/call.pcap\r
wait /nonexistent/call.pcap
send q
END

# --- the terminal -------------------------------------------------------------------------------------------------------
play "follows a new size" 0 --size 30x110 -- "$binary" browse "$db" <<'END'
wait Registrations
resize 10x40
pause 300
send \x0c
wait carla
resize 5x20
wait too small
resize 40x130
pause 300
send \x0c
wait Registrations
wait no_answer
send q
END
for term in vt100 xterm-256color screen linux; do
	play "on a $term" 0 --term $term -- "$binary" browse "$db" <<'END'
wait carla
wait Back
send \x0c
wait Back
send q
END
done
for term in dumb none-such-terminal; do
	play "not on a $term" 2 --term $term -- "$binary" browse "$db" <<'END'
wait cannot be drawn on
END
done
play "without colours by NO_COLOR" 0 --term xterm-256color -- env NO_COLOR=1 "$binary" browse "$db" <<'END'
wait carla
wait Back
send q
END
has_not "and none is written" '\x1b\[[0-9;]*(3[1-7]|38;5)'
play "without colours by --no-colour" 0 -- "$binary" browse --no-colour "$db" <<'END'
wait carla
wait Back
send q
END
has_not "and none is written either" '\x1b\[[0-9;]*3[1-7]m'
play "in ASCII where the locale is" 0 -- env LC_ALL=C "$binary" browse "$db" <<'END'
wait carla
send \r
wait 100 INVITE
send Q
END
has_not "and nothing else is written" '[\x80-\xff]'
play "ends by Ctrl-C" 130 -- "$binary" browse "$db" <<'END'
wait Back
send \x03
END
has "and leaves the screen" '\x1b\[\?1049l'
play "ends by SIGTERM" 143 -- "$binary" browse "$db" <<'END'
wait Back
signal TERM
END
has "and leaves the screen too" '\x1b\[\?1049l'
cat >"$work/suspend" <<'END'
wait carla
wait Back
send \x1a
wait was stopped
pause 300
send \x0c
wait carla
wait Back
send q
END
suspend=(-- bash -c "set -m; '$binary' browse '$db'; echo was stopped; fg >/dev/null")
# The shell's job control takes part in it: where that was not ready on a busy machine, a second time counts.
if "$pty" "$work/suspend" "${suspend[@]:1}" >"$work/out" 2>&1; then
	tell "is stopped by Ctrl-Z and comes back" 0
else
	echo "once more: $(head -n 1 "$work/out")"
	play "is stopped by Ctrl-Z and comes back" 0 "${suspend[@]}" <"$work/suspend"
fi

# --- hostile ------------------------------------------------------------------------------------------------------------
play "shows hostile texts" 0 --size 40x130 -- "$binary" browse "$work/hostile.db" <<'END'
wait <script
send \r
wait BYE
send r
wait INVITE
send G
pause 200
send 2
pause 200
send \r
pause 200
send Q
END
# What ncurses writes is CSI and character sets alone; titles (OSC), device control and the like come from nobody else.
has_not "and obeys none of them" '\x1b[]P_^X]|\x9b'

# --- the records --------------------------------------------------------------------------------------------------------
chmod 444 "$db"
before=$(sha256sum <"$db")
play "opens what cannot be written" 0 -- "$binary" browse "$db" <<'END'
wait carla
send \r
wait 100 INVITE
send Q
END
[ "$before" = "$(sha256sum <"$db")" ] && [ -z "$(ls "$work" | grep -E 'evening.db-(wal|shm|journal)')" ]
tell "and leaves it as it was" $?
cp "$db" "$work/gone.db"
play "says that the database is gone" 0 -- "$binary" browse "$work/gone.db" <<END
wait Back
remove $work/gone.db
send \eOB
wait is gone; what you see is what it held
send q
END
play "opens a capture" 0 --size 30x110 -- "$binary" browse "$capture" <<'END'
wait carla
wait no_answer
send \r
wait BYE
send Q
END
play "opens several, and keeps their records" 0 --size 30x110 -- "$binary" browse -o "$work/kept.db" "$capture" fixtures/baseline-call/capture.pcap <<'END'
wait 14 calls
send q
END
expect "which are a database" 0 "alice" "$binary" calls "$work/kept.db"
play "refuses what is no capture" 2 -- "$binary" browse "$work/script" <<'END'
wait not a pcap or pcapng capture
END
play "refuses what is not there" 2 -- "$binary" browse "$work/none.db" <<'END'
wait no such file
END
play "refuses a database beside a capture" 2 -- "$binary" browse "$db" "$capture" <<'END'
wait give one database, or captures alone
END
play "refuses options of captures for a database" 2 -- "$binary" browse --audio "$db" <<'END'
wait is a database already
END

echo "browse: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
