#!/bin/sh
# Installs the Debian packages of the named sets (build, test) that are missing, and says which. Does nothing when all are there.
set -eu

build="gcc libc6-dev make pkg-config libpcap-dev libosip2-dev libsqlite3-dev libxxhash-dev zlib1g-dev libzstd-dev gnuplot-nox"
# Decoders: spandsp (G.711, G.722, G.726, GSM), libopus.
build="$build libspandsp-dev libopus-dev"
# SRTP by the keys that SDP says.
build="$build libsrtp2-dev"
# SIPp's scenarios are XML; TLS, and the digests of authentication.
build="$build libexpat1-dev libssl-dev"
# Expectations and suites are YAML; the full-screen browser is drawn by ncurses.
build="$build libyaml-dev libncurses-dev"
# Man pages and completion are made from --help.
build="$build perl"
# The peers of tests/live: sip-tester (SIPp), kamailio, baresip-core; tcpdump captures them.
live="sip-tester kamailio baresip-core tcpdump"
# espeak-ng speaks what tests/audio encodes and decodes; openssl makes certificates and is a TLS peer; the simulator's peers are led by perl.
test="dpkg-dev fakeroot man-db groff-base zsh check libsubunit-dev sqlite3 tshark clang libclang-rt-14-dev clang-format gcovr zstd gzip time binutils espeak-ng openssl libxml2-utils chromium chromium-driver cmark-gfm $live"

# What `make deb` asks which libraries the program needs.
deb="dpkg-dev fakeroot"

wanted=""
for set in "$@"; do
	case $set in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	deb) wanted="$wanted $deb" ;;
	*) echo "packages.sh: no such set '$set' (build, test, deb)" >&2; exit 2 ;;
	esac
done

missing=""
for package in $wanted; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "Needed:$missing. Install them, or run as root or with sudo." >&2; exit 1; }
	as_root=sudo
fi
echo "Installing:$missing"
log=$(mktemp)
if ! { $as_root apt-get update -qq &&
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "apt-get failed; the whole output is in $log" >&2
	exit 1
fi
rm -f "$log"
