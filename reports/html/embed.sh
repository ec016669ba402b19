#!/bin/sh
# Turns the style and the script of HTML reports into C strings, and the style's digest as a Content-Security-Policy names it:
#   sh embed.sh style.css report.js > html_assets.h
set -eu

# embed NAME FILE
embed() {
	echo "static const char $1[] ="
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/	"/' -e 's/$/\\n"/' "$2"
	echo "	;"
}

echo "/* Made from $(basename "$1") and $(basename "$2") by embed.sh: do not edit. */"
embed html_assets_style "$1"
embed html_assets_script "$2"
digest=$(sha256sum "$1" | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64)
echo "static const char html_assets_style_digest[] = \"sha256-$digest\";"
