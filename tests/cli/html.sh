#!/bin/sh
# `milliwatt report --html`: the folder as a whole, from the command line: form of the pages, what may run in them, links, what is left alone.
# Usage: html.sh BINARY
set -u
binary=$(realpath "$1")
fixtures=$(realpath fixtures)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok - html $name"
		passed=$((passed + 1))
	else
		echo "not ok - html $name"
		head -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}

no() { ! "$@"; }
pages() { find "$1" -name '*.html'; }

# libxml2 knows the elements of HTML 4; newer ones are no fault.
well_formed() {
	pages "$1" | while read -r page; do
		xmllint --html --noout "$page" 2>&1 | grep -E 'error :' | grep -v 'Tag [a-z0-9]* invalid' | sed "s|^|$page: |"
	done >"$work/faults"
	cat "$work/faults"
	[ ! -s "$work/faults" ]
}

# Every page has one script, ours, by name, and a policy that lets no other run; no style or handler stands in an element.
only_ours() {
	perl -e 'my $bad = 0;
		for my $file (@ARGV) {
			open my $f, "<", $file or die; local $/; my $page = <$f>;
			my @wrong;
			push @wrong, "no policy" unless $page =~ /default-src .none.; script-src .self.;/;
			my @scripts = $page =~ /<script([^>]*)>/g;
			push @wrong, "script$_" for grep { !m{^ src="(\.\./)*report\.js"$} && !m{^ type="application/json" id="calls-data"$} } @scripts;
			push @wrong, "markup in the data" if $page =~ m{id="calls-data">([^<]*)<(?!/script>)};
			push @wrong, "a handler" if $page =~ /<[a-z]+(?: [a-z-]+(?:="[^"]*"|=[^ ">]*)?)* on[a-z]+=/;
			push @wrong, "a style" if $page =~ /<[a-z]+(?: [a-z-]+(?:="[^"]*"|=[^ ">]*)?)* style=/;
			print "$file: @wrong\n" if @wrong; $bad += @wrong;
		}
		exit($bad ? 1 : 0)' $(pages "$1")
}

# Local links and pictures are there; others lead to RFCs alone.
links() {
	perl -MFile::Basename -e 'my $bad = 0;
		for my $file (@ARGV) {
			open my $f, "<", $file or die; local $/; my $page = <$f>;
			while ($page =~ /<[^>]*? (?:href|src)=(?:"([^"#]*)|([^ >"#]+))/g) {
				my $to = $1 // $2;
				next if $to eq "" || $to =~ m{^https://www\.rfc-editor\.org/rfc/} || -e dirname($file) . "/$to";
				print "$file: $to\n"; $bad++;
			}
		}
		exit($bad ? 1 : 0)' $(pages "$1")
}

for fixture in evening hostile-headers; do
	"$binary" analyze -q -o "$work/$fixture.db" "$fixtures/$fixture"/capture.pcap
	check "$fixture: the report is written" "$binary" report --html "$work/$fixture" "$work/$fixture.db"
	check "$fixture: pages are well formed" well_formed "$work/$fixture"
	check "$fixture: nothing but our script may run" only_ours "$work/$fixture"
	check "$fixture: links lead to files" links "$work/$fixture"
done
calls=$(sqlite3 "$work/evening.db" 'SELECT count(*) FROM calls')
check "a page for each call" test "$(find "$work/evening/calls" -name '*.html' | wc -l)" = "$calls"
check "a page for each finding" test "$(find "$work/evening/findings" -name '*.html' | wc -l)" = "$(sqlite3 "$work/evening.db" 'SELECT count(*) FROM findings')"
check "the overview says how many calls" grep -q "<p class=\"label\">Calls</p><p class=\"value\">$calls</p>" "$work/evening/index.html"

# A second report replaces the first one, and nothing else.
echo mine >"$work/evening/notes.txt"
check "into its own folder again" "$binary" report --html "$work/evening" --pages 3 "$work/evening.db"
check "pages of before are gone" test "$(find "$work/evening/calls" -name '*.html' | wc -l)" = 3
check "what is not of a report stays" grep -qx mine "$work/evening/notes.txt"
check "links of calls without a page lead to the list" links "$work/evening"
mkdir "$work/other"
echo mine >"$work/other/index.html"
"$binary" report --html "$work/other" "$work/evening.db" >"$work/said" 2>&1
code=$?
check "a folder of other things is refused" test "$code" = 2
check "and the message says why" grep -q 'has files in it and is not of a report' "$work/said"
check "and it is as it was" test "$(ls "$work/other")" = index.html

# Without gnuplot.
mkdir "$work/bin"
check "without gnuplot there is a report" env PATH="$work/bin" "$binary" report --html "$work/plain" "$work/evening.db"
check "that says so" grep -q '<strong>No plots:</strong>' "$work/plain/index.html"
check "without pictures" no grep -rq '<img' "$work/plain" --include='*.html'
check "with their numbers" grep -q 'Streams by MOS LQ' "$work/plain/index.html"
check "well formed too" well_formed "$work/plain"
check "links too" links "$work/plain"

# With one that fails after the pages of calls were written.
printf '#!/bin/sh\n[ "$1" = --version ] && exit 0\nexit 1\n' >"$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"
PATH="$work/bin:$PATH" "$binary" report --html "$work/broken" "$work/evening.db" >"$work/log" 2>&1
check "a gnuplot that fails is no error" test $? = 0
check "pages of calls have plots" grep -rq '<img' "$work/broken/calls"
check "which say that they are not drawn" grep -q 'Not drawn: gnuplot failed' "$work/broken/plots/"call-*-mos.svg
check "none of them is missing" links "$work/broken"
"$binary" report --html "$work/broken" "$work/evening.db" >"$work/log" 2>&1
check "the next report takes them away" no grep -rq 'Not drawn: gnuplot failed' "$work/broken/plots"

# A simulation has its own section.
"$binary" sim --virtual --scenario uac --peer uas --calls 600 --rate 100 --record "$work/sim.db" >"$work/log" 2>&1
check "a simulation's report" "$binary" report --html "$work/sim" --pages 5 --no-texts "$work/sim.db"
check "with its steps" grep -q 'Steps of the scenarios' "$work/sim/index.html"
check "all calls by page: the second one" test -s "$work/sim/calls-2.html"
check "no third one" no test -e "$work/sim/calls-3.html"
perl -MJSON::PP -e 'local $/; my $page = <>; $page =~ m{id="calls-data">(.*)</script>}s or die; my $d = decode_json($1); print scalar @{ $d->{calls} }, " @{ $d->{trunks} }"' \
	"$work/sim/calls.html" >"$work/data"
check "the data of all calls are JSON" grep -qx '600 198.51.100.20' "$work/data"
check "links lead to files" links "$work/sim"

echo "html: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
