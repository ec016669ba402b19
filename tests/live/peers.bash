# Real peers for run.sh: each in a directory of its own under $work, on addresses of this run's own, ended by its process id.
# 127.A.B.0/24, different for runs side by side.
net=127.$(($$ / 250 % 250 + 2)).$(($$ % 250 + 2))
proxy=$net.10:15060
pids="" capture_pid=""

# start NAME COMMAND...: in the background, at most 40 s; its output goes to $work/NAME.log.
start() {
	local name=$1
	shift
	: >"$work/$name.log"
	timeout 40 "$@" >"$work/$name.log" 2>&1 </dev/null &
	pids="$pids $!"
}

# Ends what was started, the newest first, and waits for it: a peer that says good-bye is still heard by the proxy and the capture, which
# goes last, when it has written what it saw.
stop_all() {
	local pid reversed=""
	for pid in $pids; do
		reversed="$pid $reversed"
	done
	for pid in $reversed; do
		[ "$pid" != "$capture_pid" ] || sleep 0.5
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	pids="" capture_pid=""
	grep -E '^[1-9][0-9]* packets dropped' "$work/capture.log" 2>/dev/null | sed 's/^/# capture: /'
}

# heard NAME PATTERN [TIMES]: within 8 s its log has so many lines like that.
heard() {
	local i
	for i in $(seq 80); do
		[ "$(tr '\r' '\n' <"$work/$1.log" | grep -cE "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.1
	done
	echo "# $1 did not say /$2/; its last lines:"
	tail -n 5 "$work/$1.log" | sed 's/^/#   /'
	return 1
}

start_capture() {
	local ready='listening on'
	if command -v tcpdump >/dev/null; then
		# With the usual snap length the kernel's buffer would hold eight packets in immediate mode.
		start capture tcpdump -i lo --immediate-mode -U -n -s 4096 -B 16384 -w "$work/$1.pcap" "net $net.0/24"
	else
		start capture dumpcap -P -i lo -w "$work/$1.pcap" -f "net $net.0/24"
		ready='^File:'
	fi
	capture_pid=${pids##* }
	heard capture "$ready"
}

start_proxy() {
	{ echo "#!KAMAILIO"; echo "listen=udp:$proxy"; echo "alias=\"$proxy\""; grep -v '^#!' tests/live/kamailio.cfg; } >"$work/kamailio.cfg"
	start kamailio kamailio -f "$work/kamailio.cfg" -DD -E -m 32 -M 4 -w "$work" -Y "$work"
	heard kamailio 'Listening on' && sleep 0.5
}

# start_phone NAME HOST-NUMBER PASSWORD: a baresip that registers and answers by itself; it plays and records 8 kHz files.
start_phone() {
	local home=$work/$1 address=$net.$2
	mkdir -p "$home"
	cat >"$home/config" <<END
sip_listen $address:5070
audio_path /nowhere
audio_source aufile,$work/silence.wav
audio_player aufile,$home/heard.wav
audio_alert aufile,$home/alert.wav
ausrc_srate 8000
auplay_srate 8000
net_interface $address
rtp_ports 20000-20200
ctrl_tcp_listen $address:4444
module_path $baresip_modules
module g711.so
module aufile.so
module uuid.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
END
	echo "<sip:$1@$proxy>;auth_user=$1;auth_pass=$3;answermode=auto;regint=60;audio_codecs=pcmu" >"$home/accounts"
	: >"$home/contacts"
	start "$1" baresip -f "$home"
	heard "$1" 'baresip is ready'
}

# tell HOST-NUMBER COMMAND [PARAMETERS]: baresip's control connection, netstrings of JSON.
tell() {
	local json="{\"command\":\"$2\",\"params\":\"${3:-}\",\"token\":\"live\"}"
	{ printf '%d:%s,' ${#json} "$json" >&3; timeout 2 head -c 1 <&3 >/dev/null; } 3<>"/dev/tcp/$net.$1/4444"
}

# 30 s of silence: RIFF header, 16 bit, mono, 8 kHz, 480,000 octets.
make_silence() {
	printf 'RIFF\044\123\007\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\200\076\000\000\002\000\020\000data\000\123\007\000'
	head -c 480000 /dev/zero
}
