#!/bin/sh
# The simulator against real peers on loopback. Usage: sim.sh BINARY [NAME-PATTERN]; `-` for BINARY: SIPp alone. JOBS (20) run at a time.
command -v perl >/dev/null || { echo "skipped: live-sim: perl is not installed"; echo "live-sim: 0 passed, 0 failed, 1 skipped"; exit 0; }
exec perl -Itests/helpers tests/live/sim.pl "$@"
