#!/bin/sh
# Makes FOLDER/milliwatt_VERSION_ARCH.deb of what `make install` installs. Which packages it needs the linker's own notes say. The same sources
# give the same package. Usage: VERSION=0.1.0 deb.sh FOLDER
# MAINTAINER (name and address) is who stands in it.
set -eu
folder=$1
tree=$folder/deb
architecture=$(dpkg --print-architecture)
file=$folder/milliwatt_${VERSION}_$architecture.deb
MAINTAINER=${MAINTAINER:-The Milliwatt authors <packages@milliwatt.invalid>}
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"

rm -rf "$tree"
mkdir -p "$tree/DEBIAN" "$folder/debian"
make --no-print-directory -s install DESTDIR="$tree" PREFIX=/usr >/dev/null
strip --strip-unneeded --remove-section=.comment "$tree/usr/bin/milliwatt"
doc=$tree/usr/share/doc/milliwatt
gzip -9n "$tree"/usr/share/man/man1/*.1
{
	echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
	echo "Upstream-Name: milliwatt"
	echo
	echo "Files: *"
	echo "Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE | head -n 1)"
	echo "License: Expat"
	sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$doc/copyright"
rm "$doc/LICENSE"
{
	echo "milliwatt ($VERSION) unstable; urgency=medium"
	echo
	echo "  * Release $VERSION."
	echo
	echo " -- $MAINTAINER  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

# dpkg-shlibdeps asks for a source package's control file.
printf 'Source: milliwatt\n\nPackage: milliwatt\nArchitecture: any\nDescription: x\n' >"$folder/debian/control"
depends=$(cd "$folder" && dpkg-shlibdeps -O deb/usr/bin/milliwatt 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb.sh: dpkg-shlibdeps does not say what the program needs" >&2; exit 1; }
cat >"$tree/DEBIAN/control" <<END
Package: milliwatt
Version: $VERSION
Architecture: $architecture
Maintainer: $MAINTAINER
Installed-Size: $(du -k -s --apparent-size "$tree/usr" | cut -f 1)
Depends: $depends
Recommends: gnuplot-nox
Suggests: sqlite3
Section: comm
Priority: optional
Description: SIP and RTP: what happened to every call, and calls to try it with
 Reads captures, reconstructs transactions, dialogs and calls, scores RTP (loss,
 jitter, MOS), decodes digits, explains what went wrong with frame numbers, and
 stores call records in SQLite. Its simulator runs SIPp's scenarios at scale and
 judges every call by the same instrument. Reports as HTML, text, Markdown, JSON
 and JUnit for the post-mortem and for nightly regression.
END
find "$tree" -type d -exec chmod 755 {} +
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" >/dev/null
rm -rf "$folder/debian"
echo "$file"
