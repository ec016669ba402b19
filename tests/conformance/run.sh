#!/bin/sh
# The scenario language, row by row, against SIPp itself. Usage: run.sh BINARY [CASE...]; `-` for BINARY: SIPp alone, to see whether the cases
# are right. JOBS (12) run at a time; what each pairing did stays in build/conformance/.
command -v perl >/dev/null || { echo "skipped: conformance: perl is not installed"; echo "conformance: 0 passed, 0 failed, 1 skipped"; exit 0; }
exec perl -Itests/helpers -Itests/conformance tests/conformance/run.pl "$@"
