#!/bin/sh
# Who may include whom (docs/architecture.md), and which file may see which library.
passed=0 failed=0

verdict() { # name, offending lines
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		echo "not ok - $1"
		echo "$2"
		failed=$((failed + 1))
	fi
}

# folder, pattern of the project includes it may have
layer() {
	verdict "$1/ includes only what its layer allows" \
		"$(grep -rnE '^#include "' "$1" --include='*.c' --include='*.h' 2>/dev/null | grep -vE "#include \"($2)")"
}
layer base 'base/'
layer dissectors 'base/|dissectors/'
layer analyzer 'base/|dissectors/|analyzer/|reports/records/store\.h'
layer sim 'base/|dissectors/|sim/|reports/records/store\.h|build/builtin\.h'
layer reports 'base/|reports/|build/schema\.h|build/html_assets\.h'

# library header, the files that may see it
library() {
	verdict "<$1> is seen only by $2" \
		"$(grep -rnE "#include <$1" base dissectors analyzer sim reports cli --include='*.c' --include='*.h' | grep -vE "^($2):")"
}
library 'pcap' 'analyzer/capture/pcap\.c'
library 'osip' 'dissectors/sip_grammar\.c'
library 'opus' 'analyzer/audio/opus\.c'
library 'spandsp' 'analyzer/audio/[a-z]*\.c|sim/media/encode\.c'
library 'srtp2' 'analyzer/streams/srtp\.c|sim/media/srtp\.c'
library 'expat' 'sim/scenario/sipp_xml\.c'
library 'openssl' 'sim/transport/tls[a-z_]*\.[ch]|sim/auth/hash\.c'
library 'sqlite3' 'reports/records/(store[a-z_]*|query)\.c'
library 'zlib' 'analyzer/capture/input_gzip\.c'
library 'zstd' 'analyzer/capture/input_zstd\.c'
library 'xxhash' 'base/hash\.c'
library 'yaml' 'base/yaml\.c'
library 'n?curses' 'reports/browse/screen\.c'

echo "layers: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
