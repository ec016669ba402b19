#!/bin/sh
# Writes the dump goldens of a fixture anew; the diff is reviewed like code. Expected rows of queries are never made by the program.
# Usage: update.sh MILLIWATT CASE [STAGE...]: the stages named, else those whose expect/STAGE.txt is there.
set -eu
if [ $# -lt 2 ] || [ ! -d "fixtures/$2" ]; then
	echo "usage: update.sh MILLIWATT CASE [link|sip|dialogs|registrations|subscriptions|streams ...] (make golden-update CASE=x)" >&2
	exit 2
fi
binary=$1 dir=fixtures/$2
shift 2
mkdir -p "$dir/expect"
for stage in link sip dialogs registrations subscriptions streams; do
	wanted=$dir/expect/$stage.txt
	case " $* " in
	"  ") [ -f "$wanted" ] && [ ! -f "$dir/expect/$stage.sql" ] || continue ;;
	*" $stage "*) ;;
	*) continue ;;
	esac
	"$binary" dump --stage "$stage" "$dir"/capture* >"$wanted.new"
	mv "$wanted.new" "$wanted"
	echo "wrote $wanted"
done
