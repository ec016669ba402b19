#!/bin/sh
# Makes the captures of the fixtures from their recipes. Usage: make_captures.sh CRAFT OUT_DIR [CASE]. MILLIWATT names the program that plays
# recipe.sim (build/milliwatt).
# OUT_DIR/CASE/capture*: the same names as in fixtures/CASE. With OUT_DIR = fixtures the committed ones are replaced.
set -eu
craft=$1 out=$2
for recipe in fixtures/${3:-*}/recipe.craft; do
	[ -f "$recipe" ] || continue
	case=$(basename "$(dirname "$recipe")")
	mkdir -p "$out/$case"
	name=capture.pcap
	if grep -q '^file pcapng' "$recipe"; then
		name=capture.pcapng
	fi
	"$craft" "$recipe" "$out/$case/$name" >/dev/null
	case $case in
	*-gz) gzip -9nf "$out/$case/$name" ;;
	esac
done
# Options of `milliwatt sim`, of a run in virtual time.
for recipe in fixtures/${3:-*}/recipe.sim; do
	[ -f "$recipe" ] || continue
	case=$(basename "$(dirname "$recipe")")
	mkdir -p "$out/$case"
	# shellcheck disable=SC2046
	"${MILLIWATT:-build/milliwatt}" sim $(grep -v '^#' "$recipe") --quiet --capture "$out/$case/capture.pcapng"
done
