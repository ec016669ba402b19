# SRTP of real peers, for run.sh: baresip encrypts itself; SIPp 3.6.1 as Debian builds it has no SRTP (`sipp -v`: SCTP-PCAP-RTPSTREAM, no
# TLS), so it signals the keys and replays packets that the crafting tool sealed with them.

# start_sealed NAME HOST-NUMBER SOURCE RATE CHANNELS: a baresip without a registrar that insists on SRTP by SDES.
start_sealed() {
	local home=$work/$1 address=$net.$2
	mkdir -p "$home"
	cat >"$home/config" <<END
sip_listen $address:5070
audio_path /nowhere
audio_source $3
audio_player aufile,$home/heard.wav
audio_alert aufile,$home/alert.wav
ausrc_srate $4
ausrc_channels $5
auplay_srate 8000
net_interface $address
rtp_ports 20000-20200
ctrl_tcp_listen $address:4444
module_path $baresip_modules
module g711.so
module ausine.so
module aufile.so
module srtp.so
module uuid.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
END
	echo "<sip:$1@$address:5070>;regint=0;answermode=auto;mediaenc=srtp-mand;audio_codecs=pcmu" >"$home/accounts"
	: >"$home/contacts"
	start "$1" baresip -f "$home"
	heard "$1" 'baresip is ready'
}

# A WAV of 16 bits, mono, to 8 kHz: each sample the mean of those it stands for.
to_8_khz() {
	perl -e 'use strict; binmode STDIN; binmode STDOUT; local $/; my $w = <STDIN>;
		my $rate = unpack("V", substr($w, 24, 4)); my @s = unpack("s<*", substr($w, 44)); my @o;
		for (my $i = 0; ($i + 1) * $rate / 8000 < @s; $i++) {
			my ($a, $b) = (int($i * $rate / 8000), int(($i + 1) * $rate / 8000)); my $t = 0;
			$t += $s[$_] for $a .. $b - 1; push @o, int($t / ($b - $a)); }
		my $d = pack("s<*", @o);
		print "RIFF", pack("V", 36 + length $d), "WAVEfmt ", pack("VvvVVvv", 16, 1, 1, 8000, 16000, 2, 16), "data", pack("V", length $d), $d;'
}

# tone_share WAV CHANNEL HZ: the tone's share of the energy of one second from the middle.
tone_share() {
	perl -e 'use strict; my ($file, $channel, $hz) = @ARGV; open my $h, "<:raw", $file or die; local $/; my $w = <$h>;
		my ($n, $rate) = unpack("vV", substr($w, 22, 6)); my @s = unpack("s<*", substr($w, 44));
		my @x = map { $s[$_ * $n + $channel] } 0 .. @s / $n - 1; my $at = int((@x - $rate) / 2); my ($e, $re, $im) = (0, 0, 0);
		for my $i (0 .. $rate - 1) { my $v = $x[$at + $i] // 0; my $p = 6.28318530717959 * $hz * $i / $rate;
			$e += $v * $v; $re += $v * cos $p; $im += $v * sin $p; }
		printf "%.4f\n", $e ? 2 * ($re ** 2 + $im ** 2) / $rate / $e : 0;' "$@"
}

# likeness WAV CHANNEL SAID: the highest correlation of what was heard with what was said (mono), by the loudness of each 10 ms, over all
# shifts that leave two seconds.
likeness() {
	perl -e 'use strict; my ($file, $channel, $said) = @ARGV;
		sub loudness { my ($f, $c) = @_; open my $h, "<:raw", $f or die; local $/; my $w = <$h>;
			my ($n, $rate) = unpack("vV", substr($w, 22, 6)); my @s = unpack("s<*", substr($w, 44)); my $k = $rate / 100; my @e;
			for (my $i = 0; ($i + 1) * $k * $n <= @s; $i++) { my $t = 0;
				$t += abs $s[($i * $k + $_) * $n + $c] for 0 .. $k - 1; push @e, $t / $k; } @e }
		my @x = loudness($file, $channel); my @y = loudness($said, 0); my $best = 0;
		for my $shift (-@y + 200 .. @x - 200) { my ($n, $sx, $sy, $xx, $yy, $xy) = (0) x 6;
			for my $i (0 .. $#y) { my $k = $i + $shift; next if $k < 0 || $k > $#x; my ($a, $b) = ($x[$k], $y[$i]);
				$n++; $sx += $a; $sy += $b; $xx += $a * $a; $yy += $b * $b; $xy += $a * $b; }
			my $d = ($xx - $sx ** 2 / $n) * ($yy - $sy ** 2 / $n); next if $d <= 0;
			my $r = ($xy - $sx * $sy / $n) / sqrt $d; $best = $r if $r > $best; }
		printf "%.3f\n", $best;' "$@"
}

sealed_call() {
	start_sealed alice 11 ausine,440 48000 2 && start_sealed bob 12 "aufile,$work/said.wav" 8000 1 || return 1
	tell 11 dial "sip:bob@$net.12:5070"
	heard alice 'Call established' || return 1
	sleep 1
	tell 11 sndcode 5
	sleep 5
	tell 11 hangup
	heard bob 'session closed|terminated'
}

# More than NUMBER of it?
above() { # NAME NUMBER LEAST
	if awk "BEGIN { exit !($2 > $3) }"; then
		echo "ok - live $scenario: $1 ($2)"
		passed=$((passed + 1))
	else
		echo "not ok - live $scenario: $1: $2 is not above $3"
		failed=$((failed + 1))
	fi
}

sealed_key_caller=1eQpGYRGT9PwpcYxOSBhlfiQpYqyKBiPO4PPlYRF
sealed_key_callee=Xz0JbnYrWmKc3pQmRZ7Vd2a8Yt1uLs5wHqGe4NfB
suite=AES_CM_128_HMAC_SHA1_80

# message FIRST-LINE HOST KEY: a SIPp message with SDP, or without where KEY is empty.
sipp_sdp() {
	printf 'Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n'
	printf 'm=audio %s RTP/SAVP 0\na=rtpmap:0 PCMU/8000\na=crypto:1 %s inline:%s\n' "$1" "$suite" "$2"
}

sipp_files() {
	cat >"$work/sealed.craft" <<END
file pcap-us ethernet
host a 192.0.2.1
host b 192.0.2.2
at 0 rtp a:30000 b:30000 count=100 ssrc=0x5151 srtp=$suite key=$sealed_key_caller
END
	"$craft" "$work/sealed.craft" "$work/media.pcap" >/dev/null || return 1
	{
		echo '<?xml version="1.0"?><scenario name="caller"><send retrans="500"><![CDATA['
		printf 'INVITE sip:b@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:a@[local_ip]>;tag=[call_number]\nTo: <sip:b@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 1 INVITE\nContact: <sip:a@[local_ip]:[local_port]>\nMax-Forwards: 70\n'
		sipp_sdp '[media_port]' "$sealed_key_caller"
		echo ']]></send><recv response="200"/><send><![CDATA['
		printf 'ACK sip:b@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:a@[local_ip]>;tag=[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: 1 ACK\nMax-Forwards: 70\nContent-Length: 0\n\n'
		echo "]]></send><nop><action><exec play_pcap_audio=\"$work/media.pcap\"/></action></nop><pause milliseconds=\"2500\"/><send retrans=\"500\"><![CDATA["
		printf 'BYE sip:b@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:a@[local_ip]>;tag=[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: 2 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n'
		echo ']]></send><recv response="200"/></scenario>'
	} >"$work/caller.xml"
	{
		echo '<?xml version="1.0"?><scenario name="callee"><recv request="INVITE"/><send retrans="500"><![CDATA['
		printf 'SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=b[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:b@[local_ip]:[local_port]>\n'
		sipp_sdp '[media_port]' "$sealed_key_callee"
		echo ']]></send><recv request="ACK"/><recv request="BYE"/><send><![CDATA['
		printf 'SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n'
		echo ']]></send></scenario>'
	} >"$work/callee.xml"
}

sipp_sealed() {
	sipp_files || return 1
	start uas sipp -sf "$work/callee.xml" -i "$net.20" -mi "$net.20" -p 15070 -nostdin
	sleep 0.5
	start uac sipp -sf "$work/caller.xml" -i "$net.21" -mi "$net.21" -p 15071 -m 1 -nostdin "$net.20:15070"
	heard uac 'Successful call *\| *[0-9]+ *\| *1 '
}

# What the keys opened, as stereo: no key, no sound.
listen() {
	"$binary" audio -q -o "$work/$scenario.wav" "$work/$scenario.db" 1 >"$work/audio.log" 2>&1 || sed 's/^/# /' "$work/audio.log"
}

no_key_kept() {
	same "no key on record" "0" "SELECT count(*) FROM messages WHERE sdp LIKE '%inline%'"
}

live_srtp_sipp() {
	[ -x "$craft" ] || { skip "srtp-sipp: $craft is not built"; return; }
	begin srtp-sipp && steps sipp_sealed
	finish
	same "SRTP that SIPp replays, by the key that it said" "caller_to_callee|100|0|1|$suite|fits|0" \
		"SELECT direction, packets, lost, encrypted, suite, key, failed FROM streams JOIN stream_srtp ON stream_id = id"
	listen
	above "the caller's tone of 1 kHz" "$(tone_share "$work/srtp-sipp.wav" 0 1000)" 0.99
	no_key_kept
}

live_srtp_baresip() {
	command -v espeak-ng >/dev/null || { skip "srtp: espeak-ng is not installed"; return; }
	espeak-ng -w "$work/spoken.wav" "The quick brown fox jumps over the lazy dog. One two three four five six seven." && to_8_khz <"$work/spoken.wav" >"$work/said.wav"
	begin srtp && steps sealed_call
	finish
	same "both encrypt with what they said" "caller_to_callee|1|$suite|fits|0
callee_to_caller|1|$suite|fits|0" \
		"SELECT direction, encrypted, suite, key, failed FROM streams JOIN stream_srtp ON stream_id = id ORDER BY direction DESC"
	same "the digit is read" "5|rfc4733|1" "SELECT digit, method, complete FROM dtmf"
	same "RTCP is read" "1" "SELECT count(*) > 0 FROM rtcp_reports WHERE kind = 'sr'"
	listen
	above "the caller's tone of 440 Hz" "$(tone_share "$work/srtp.wav" 0 440)" 0.99
	above "what the callee says is what was spoken" "$(likeness "$work/srtp.wav" 1 "$work/said.wav")" 0.95
	nothing_found
	no_key_kept
}
