#!/bin/sh
# make install, uninstall and deb: what they put where, and that it works from there. Usage: run.sh
set -u
out=$PWD/build/test-install
rm -rf "$out"
mkdir -p "$out"
passed=0 failed=0

verdict() { # name, exit code, what to show when it is not 0
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok - install $1"
	else
		failed=$((failed + 1))
		echo "not ok - install $1: $3"
	fi
}

# check NAME COMMAND...: the command ends with 0.
check() {
	name=$1
	shift
	said=$("$@" 2>&1)
	verdict "$name" $? "$said"
}

# equal NAME WANTED GOT
equal() {
	[ "$2" = "$3" ]
	verdict "$1" $? "wanted '$2', got '$3'"
}

commands=$(build/milliwatt --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
tree=$out/tree
check "make install" make --no-print-directory install DESTDIR="$tree"
share=$tree/usr/local/share
equal "the program says its version" "$(build/milliwatt --version)" "$("$tree/usr/local/bin/milliwatt" --version)"
equal "milliwatt-sipp is SIPp's door" 99 "$("$tree/usr/local/bin/milliwatt-sipp" -h >/dev/null; echo $?)"
for command in $commands; do
	page=$share/man/man1/milliwatt-$command.1
	equal "man page of $command has no fault" "" "$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)"
	# Each long option that --help names is there.
	missing=
	for option in $(build/milliwatt "$command" --help | sed -n 's/^ \{1,8\}\(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p'); do
		grep -q -- "$(echo "$option" | sed 's/-/\\\\-/g')" "$page" || missing="$missing $option"
	done
	equal "man page of $command has its options" "" "$missing"
done
equal "the man page has no fault" "" "$(groff -man -ww -Tutf8 "$share/man/man1/milliwatt.1" 2>&1 >/dev/null)"

completion=$share/bash-completion/completions/milliwatt
complete() { # words..., the last one to complete
	bash -c 'set -u; source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _milliwatt; echo "${COMPREPLY[*]}"' "$completion" "$@"
}
equal "bash completes commands" "calls" "$(complete milliwatt cal)"
equal "bash completes options" "--max-duration" "$(complete milliwatt calls --max)"
equal "bash completes values" "udp tcp tls" "$(complete milliwatt sim --transport '')"
equal "bash completes files" "README.md" "$(complete milliwatt analyze READ)"
equal "bash completes SIPp's options" "-sf" "$(complete milliwatt-sipp -sf)"
check "zsh reads its completion" zsh -n "$share/zsh/vendor-completions/_milliwatt"
zsh_said=$(zsh -f -c "fpath=('$share/zsh/vendor-completions' \$fpath); autoload -Uz compinit; compinit -u -d '$out/zcompdump'; whence -w _milliwatt; echo \$_comps[milliwatt]" 2>&1)
equal "zsh knows whose completion it is" "_milliwatt: function _milliwatt" "$(echo "$zsh_said" | tr '\n' ' ' | sed 's/ $//')"
check "make uninstall" make --no-print-directory uninstall DESTDIR="$tree"
equal "uninstall leaves nothing" "" "$(find "$tree" ! -type d)"

check "make deb" make --no-print-directory deb
package=$(ls build/milliwatt_*_"$(dpkg --print-architecture)".deb 2>/dev/null | tail -n 1)
equal "the package is sound" "milliwatt" "$(dpkg-deb -f "$package" Package)"
depends=$(dpkg-deb -f "$package" Depends)
missing=
for library in libosip2 libpcap libspandsp libsqlite3 libyaml libncursesw; do
	case $depends in *"$library"*) ;; *) missing="$missing $library" ;; esac
done
equal "it says what it needs" "" "$missing"
cp "$package" "$out/first.deb"
make --no-print-directory deb >/dev/null 2>&1
check "the same sources give the same package" cmp "$out/first.deb" "$package"

# A system of its own, with dpkg's own records; what it depends on is this machine's.
system=$out/system
mkdir -p "$system/var/lib/dpkg/updates" "$system/var/lib/dpkg/info" "$system/var/lib/dpkg/triggers"
: >"$system/var/lib/dpkg/status"
: >"$system/var/lib/dpkg/available"
admin() { fakeroot dpkg --root="$system" --force-depends --force-not-root --log=/dev/null "$@"; }
check "dpkg installs it" admin -i "$package"
installed=$system/usr/bin/milliwatt
equal "dpkg calls it installed" "install ok installed" "$(dpkg-query --admindir="$system/var/lib/dpkg" -W -f '${Status}' milliwatt)"
check "what it installed analyzes" "$installed" analyze --quiet -o "$out/evening.db" fixtures/evening/capture.pcap
equal "and reports" "1" "$("$installed" report "$out/evening.db" | grep -c '^Calls')"
check "and simulates" "$installed" sim --virtual --calls 3 --record "$out/virtual.db"
check "its checksums hold" sh -c "cd '$system' && dpkg-deb --ctrl-tarfile '$PWD/$package' | tar -xO ./md5sums | md5sum --quiet -c"
check "dpkg takes it away" admin -r milliwatt
equal "and leaves nothing" "" "$(find "$system/usr" ! -type d 2>/dev/null)"

echo "install: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
