#!/bin/sh
# The schema as a C string, comments and all, so that `sqlite3 x.db .schema` explains itself:
#   sh embed.sh schema.sql > schema.h
set -eu

echo "/* Made from $(basename "$1") by embed.sh: do not edit. */"
echo "static const char records_schema[] ="
sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/	"/' -e 's/$/\\n"/' "$1"
echo "	;"
