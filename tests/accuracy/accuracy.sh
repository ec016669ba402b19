#!/bin/sh
# docs/accuracy.md on stdout. Usage: accuracy.sh MILLIWATT ACCURACY DIR
set -eu
binary=$1 accuracy=$2 dir=$3
mkdir -p "$dir"
rm -f "$dir/records.db" "$dir/all.db"
"$accuracy" "$dir/streams.pcap" >"$dir/truth.tsv"
"$binary" analyze -q -o "$dir/records.db" "$dir/streams.pcap"

# Times, four addresses, SSRC, payload, packets, "35 (1.2%)", three deltas, jitter: least, mean, greatest, problems.
tshark -n -q -z rtp,streams -r "$dir/streams.pcap" 2>"$dir/tshark.log" |
	sed -nE 's/^.* 0x([0-9A-Fa-f]+) +.* +([0-9]+) +(-?[0-9]+) \(-?[0-9.]+%\) +[-0-9.]+ +[-0-9.]+ +[-0-9.]+ +[-0-9.]+ +([-0-9.]+) +([-0-9.]+).*$/\1 \2 \3 \4 \5/p' |
	while read -r ssrc packets lost mean greatest; do
		printf '%d\t%s\t%s\t%s\t%s\n' "0x$ssrc" "$packets" "$lost" "$mean" "$greatest"
	done >"$dir/tshark.tsv"

cat >"$dir/load.sql" <<END
CREATE TABLE truth (ssrc INTEGER PRIMARY KEY, name TEXT, expected INTEGER, received INTEGER, lost INTEGER, duplicates INTEGER,
	reordered INTEGER, late INTEGER, jitter_max REAL, jitter_mean REAL, mos REAL, wire INTEGER);
CREATE TABLE tshark (ssrc INTEGER PRIMARY KEY, packets INTEGER, lost INTEGER, jitter_mean REAL, jitter_max REAL);
.mode tabs
.import $dir/truth.tsv truth
.import $dir/tshark.tsv tshark
UPDATE truth SET mos = NULL WHERE mos = '';
ATTACH '$dir/records.db' AS r;
CREATE TABLE ours AS SELECT ssrc, expected, packets, lost, duplicates, reordered, late, jitter_max_ms AS jitter_max,
	jitter_mean_ms AS jitter_mean, mos_lq AS mos FROM r.streams;
END
sqlite3 "$dir/all.db" <"$dir/load.sql"
if [ "$(sqlite3 "$dir/all.db" 'SELECT count(*) = (SELECT count(*) FROM ours) AND count(*) = (SELECT count(*) FROM tshark) FROM truth')" != 1 ]; then
	echo "accuracy.sh: the three do not know the same streams; see $dir/all.db" >&2
	exit 1
fi

rows() {
	sqlite3 -batch -noheader -list "$dir/all.db" "$1"
}

cat <<END
# How right the numbers are

\`make accuracy\` writes this page. It generates RTP streams whose every defect is decided beforehand, by a seed (\`tests/helpers/truth.c\`): which
packets are lost, doubled, overtaken, how late each one is, where the sender pauses or begins anew. What must be said of such a stream is
worked out from the definitions (RFC 3550 for sequence and jitter, ITU-T G.107 for MOS) by code that shares nothing with the analyzer. Then
the same capture is read by Milliwatt and by tshark ($(tshark --version 2>/dev/null | sed -nE '1s/^TShark \(Wireshark\) ([0-9.]+).*/\1/p'), \`-z rtp,streams\`).

\`tests/property/test_truth.c\` holds these streams and $((4 * 40)) more with defects mixed by seed, and every codec and clock of the codec table, to: counts
equal, jitter within 1 %, MOS within 0.01.

## Greatest errors

Over the $(rows 'SELECT count(*) FROM truth') streams below. tshark counts neither duplicates nor late packets and has no MOS here.

| | Milliwatt | tshark |
|---|---|---|
END
rows "
SELECT printf('| lost packets | %d | %d |', max(abs(o.lost - t.lost)), max(abs(s.lost - t.lost))) FROM truth t JOIN ours o USING (ssrc) JOIN tshark s USING (ssrc);
SELECT printf('| duplicates | %d | |', max(abs(o.duplicates - t.duplicates))) FROM truth t JOIN ours o USING (ssrc);
SELECT printf('| reordered packets | %d | |', max(abs(o.reordered - t.reordered))) FROM truth t JOIN ours o USING (ssrc);
SELECT printf('| late packets (60 ms buffer) | %d | |', max(abs(o.late - t.late))) FROM truth t JOIN ours o USING (ssrc);
SELECT printf('| greatest jitter | %.4f ms | %.3f ms |', max(abs(o.jitter_max - t.jitter_max)), max(abs(s.jitter_max - t.jitter_max)))
	FROM truth t JOIN ours o USING (ssrc) JOIN tshark s USING (ssrc);
SELECT printf('| mean jitter | %.4f ms | %.3f ms |', max(abs(o.jitter_mean - t.jitter_mean)), max(abs(s.jitter_mean - t.jitter_mean)))
	FROM truth t JOIN ours o USING (ssrc) JOIN tshark s USING (ssrc);
SELECT printf('| MOS | %.5f | |', max(abs(o.mos - t.mos))) FROM truth t JOIN ours o USING (ssrc) WHERE t.mos IS NOT NULL;
"
cat <<'END'

Where tshark differs, it is by definition as much as by fault: it takes a duplicate for one packet more, so that duplicates hide losses (its count
of lost packets may be negative); it does not take packets that come behind later ones into account as we do; a sender's restart is
loss to it, or none, as the sequence numbers fall; and its jitter goes on over restarts and duplicates.

## Each stream

Decided / Milliwatt / tshark. Jitter in ms. Duplicates, reordered and late packets: decided / Milliwatt.

| stream | lost | duplicates | reordered | late | greatest jitter | mean jitter | MOS |
|---|---|---|---|---|---|---|---|
END
rows "
SELECT printf('| %s | %d / %d / %d | %d / %d | %d / %d | %d / %d | %.3f / %.3f / %.3f | %.3f / %.3f / %.3f | %s |', t.name,
	t.lost, o.lost, s.lost, t.duplicates, o.duplicates, t.reordered, o.reordered, t.late, o.late,
	t.jitter_max, o.jitter_max, s.jitter_max, t.jitter_mean, o.jitter_mean, s.jitter_mean,
	CASE WHEN t.mos IS NOT NULL THEN printf('%.3f / %.3f', t.mos, o.mos) WHEN o.mos IS NOT NULL THEN printf('not typed / %.3f', o.mos) ELSE 'not scored' END)
FROM truth t JOIN ours o USING (ssrc) JOIN tshark s USING (ssrc) ORDER BY t.ssrc;
"
