#!/bin/sh
# Writes the list of suites: each test_NAME.c gives one `Suite *suite_NAME(void)`. Usage: suites.sh SOURCE...
echo '/* Made by tests/unit/suites.sh from the names of the test files. */'
echo '#include "tests/unit/suites.h"'
for source in "$@"; do
	case $source in */test_*.c) name=${source##*/test_}; echo "Suite *suite_${name%.c}(void);" ;; esac
done
echo 'const struct suite_entry suite_entries[] = {'
for source in "$@"; do
	case $source in */test_*.c) name=${source##*/test_}; name=${name%.c}; echo "	{ \"$name\", suite_$name }," ;; esac
done
echo '	{ 0, 0 },'
echo '};'
