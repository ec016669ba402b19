#!/bin/sh
# Turns each scenario FILE.xml into a C string literal: a table `builtin_texts` of { "FILE", "text" }, line by line, so that a diff of the
# generated header reads like a diff of the scenario.
set -eu
echo 'static const struct { const char *name, *text; } builtin_texts[] = {'
for file in "$@"; do
	printf '{ "%s",\n' "$(basename "$file" .xml)"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/  "/' -e 's/$/\\n"/' "$file"
	echo '},'
done
echo '{ 0, 0 } };'
