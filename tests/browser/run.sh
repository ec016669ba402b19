#!/bin/sh
# The HTML reports in a real browser: tests/browser/browser.pl says what is asked. Usage: run.sh BINARY [FAST-BINARY]
for program in perl chromedriver chromium; do
	command -v $program >/dev/null || { echo "skipped: browser: $program is not installed"; echo "browser: 0 passed, 0 failed, 1 skipped"; exit 0; }
done
exec perl -Itests/helpers tests/browser/browser.pl "$@"
