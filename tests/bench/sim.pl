# What is measured, each with SIPp's number beside ours where SIPp can: the highest rate of whole calls without a failure or anything sent
# again; CPU of the side that calls; memory for each call that lives; TCP connections; RTP. SIPp runs with -buff_size 2000000, without which it
# loses datagrams far below; ours as it starts by itself. CPU is user and system time of the process as the kernel says when it has ended.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use POSIX ();
use JSON::PP ();
use List::Util qw(min max sum);
use Time::HiRes qw(time sleep);
use Sides qw(address port start ready finish stop statistics slurp);

my ($binary, $out, @parts) = @ARGV;
die "usage: sim.sh MILLIWATT DIR [PART...]\n" unless defined $out;
make_path($out);
$out = abs_path($out);
my $milliwatt = abs_path($binary) // $binary;
my ($sipp) = grep { -x } map { "$_/sipp" } split /:/, $ENV{PATH};
my %program = (
	ours => { command => [$milliwatt, 'sipp'], more => [] },
	SIPp => $sipp ? { command => [$sipp], more => ['-buff_size', 2000000] } : undef
);
my @both = grep { $program{$_} } 'ours', 'SIPp';
my %wanted = map { $_ => 1 } @parts;
my $place = 0;
$| = 1;

sub part { return !@parts || $wanted{ $_[0] } }

sub target {
	my ($text, $value, $operator, $limit) = @_;
	return print "----  $text: not measured\n" unless defined $value;
	my $ok = $operator eq '>=' ? $value >= $limit : $value <= $limit;
	printf "%s  %s: %.2f (target %s %s)\n", $ok ? 'PASS' : 'MISS', $text, $value, $operator, $limit;
}

sub usual {
	my ($side, $who) = @_;
	return (@{ $program{$who}{command} }, '-i', $side->{ip}, '-p', port(), '-bind_local', '-ci', $side->{ip}, '-cp', port() + 1, '-mi', $side->{ip},
		'-mp', port() + 10, '-nostdin', '-trace_stat', '-stf', "$side->{name}.csv", '-fd', 1, @{ $program{$who}{more} });
}

sub resident {
	my $pid = shift;
	return (slurp("/proc/$pid/status") // '') =~ /^VmRSS:\s+(\d+) kB/m ? $1 : undef;
}

# pair(client, server, options): { row, server_row, cpu, seconds, rss, server_rss }; options: server, client (arguments), limit (s), transport,
# look (s: when memory is read). CPU is the client's.
sub pair {
	my ($client_who, $server_who, %o) = @_;
	$place = ($place + 1) % 150;
	my $dir = "$out/run";
	remove_tree($dir);
	make_path($dir);
	if ($o{files}) {
		for my $name (keys %{ $o{files} }) {
			open my $file, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
			print $file $o{files}{$name};
			close $file;
		}
	}
	my $transport = $o{transport} // 'u1';
	my %server = (name => 'server', ip => address($place, 0));
	my %client = (name => 'client', ip => address($place, 1));
	my @t = ('-t', $transport, $transport =~ /n$/ ? ('-max_socket', 15000) : ());
	my $server = start($dir, 'server', usual(\%server, $server_who), @t, @{ $o{server} // ['-sn', 'uas'] });
	ready($server, $transport =~ /^u/ ? 'udp' : 'tcp', $server{ip}, port()) or do { stop($server); return };
	my $before = cpu();
	my $begin = time;
	my $client = start($dir, 'client', usual(\%client, $client_who), @t, @{ $o{client} }, "$server{ip}:" . port());
	my %result;
	if ($o{look}) {
		finish($o{look}, $client);
		@result{qw(rss server_rss)} = (resident($client->{pid}), resident($server->{pid}));
	}
	$result{over} = finish($o{limit} // 30, $client);
	$result{seconds} = time - $begin;
	stop($client);
	$result{cpu} = cpu() - $before;
	kill 'USR1', $server->{pid};
	finish(6, $server);
	stop($server);
	$result{code} = $client->{code};
	$result{row} = statistics("$dir/client.csv");
	$result{server_row} = statistics("$dir/server.csv");
	return \%result;
}

# Of children that were waited for.
sub cpu { my @t = POSIX::times(); return ($t[3] + $t[4]) / POSIX::sysconf(POSIX::_SC_CLK_TCK()) }

# --- rate -------------------------------------------------------------------------------------------------------------

# One run of so many seconds at a rate: '' or why it does not count.
sub sustained {
	my ($who, $rate, $transport, $seconds) = @_;
	my $calls = int($rate * $seconds);
	my $r = pair($who, $who, transport => $transport, client => ['-sn', 'uac', '-r', $rate, '-m', $calls, '-l', 100000], limit => 20)
		or return 'the server does not listen';
	my $row = $r->{row} or return 'no statistics';
	return "$row->{'FailedCall(C)'} calls failed" if $row->{'FailedCall(C)'};
	return "$row->{'Retransmissions(C)'} sent again" if $row->{'Retransmissions(C)'};
	return "$row->{'SuccessfulCall(C)'} of $calls calls" if $row->{'SuccessfulCall(C)'} != $calls;
	my $got = $calls / max($r->{seconds}, 0.001);
	return sprintf 'only %.0f/s', $got if $got < 0.93 * $rate;
	return '';
}

# The highest rate within `fine` of the lowest that fails.
sub highest {
	my ($who, $transport, $from, $most, $seconds, $fine) = @_;
	my ($good, $bad) = (0, undef);
	my $rate = $from;
	while (!defined $bad || $bad / max($good, 1) > $fine) {
		my $why = sustained($who, $rate, $transport, $seconds);
		printf "  %-5s %-3s %7d calls/s  %s\n", $who, $transport, $rate, $why eq '' ? 'ok' : $why;
		$why eq '' ? ($good = $rate) : ($bad = $rate);
		last if !defined $bad && $good >= $most or $good == 0 && $bad < 200;
		$rate = int(!defined $bad ? min($good * 2, $most) : $good ? sqrt($good * $bad) : $bad / 2);
		last if $rate == $good || defined $bad && $rate == $bad;
	}
	return $good;
}

sub ratio { my ($a, $b) = @_; return defined $a && $b ? $a / $b : undef }

my @targets;

if (part('rate')) {
	print "highest rate of uac with uas over UDP, 5 s, no failure, nothing sent again\n";
	my %rate = map { $_ => highest($_, 'u1', 8000, 200000, 5, 1.06) } @both;
	printf "  %-5s %7d calls/s\n", $_, $rate{$_} for @both;
	push @targets, ['rate of calls over UDP, ours over SIPp', ratio($rate{ours}, $rate{SIPp}), '>=', 3];
}

if (part('cpu')) {
	print "CPU of uac for one call, 6 messages over UDP, at 8,000 calls/s\n";
	my %cpu;
	for my $who (@both) {
		for (1 .. 3) {
			my $r = pair($who, 'ours', client => ['-sn', 'uac', '-r', 8000, '-m', 40000, '-l', 100000], limit => 20) or next;
			next unless $r->{row} && $r->{row}{'SuccessfulCall(C)'};
			my $us = 1e6 * $r->{cpu} / $r->{row}{'SuccessfulCall(C)'};
			$cpu{$who} = min($us, $cpu{$who} // $us);
		}
		printf "  %-5s %7.1f us\n", $who, $cpu{$who} if $cpu{$who};
	}
	push @targets, ['CPU of a call, ours over SIPp', ratio($cpu{ours}, $cpu{SIPp}), '<=', 0.40];
}

if (part('memory')) {
	print "memory for a call that lives, between 1,000 and 20,000\n";
	my %bytes;
	for my $who (@both) {
		my @r = map {
			pair($who, $who, client => ['-sn', 'uac', '-r', 4000, '-m', $_, '-l', 30000, '-d', 9000], look => 7, limit => 12)
		} 1000, 20000;
		for my $side ('rss', 'server_rss') {
			next unless $r[0]{$side} && $r[1]{$side};
			my $each = ($r[1]{$side} - $r[0]{$side}) * 1024 / 19000;
			printf "  %-5s %-7s %6.0f octets (%d kB, %d kB)\n", $who, $side eq 'rss' ? 'caller' : 'callee', $each, $r[0]{$side}, $r[1]{$side};
			$bytes{$who}{$side} = $each;
		}
	}
	push @targets, ["memory of a call, octets, the one that calls", $bytes{ours}{rss}, '<=', 1024],
		["memory of a call, octets, the one that answers", $bytes{ours}{server_rss}, '<=', 1024];
}

if (part('tcp')) {
	print "a TCP connection for each call, 3 s\n";
	for my $who (@both) {
		my $rate = highest($who, 'tn', 1000, 8000, 3, 1.2);
		printf "  %-5s %7d calls/s\n", $who, $rate;
	}
	print "one TCP connection for all calls, 3 s\n";
	for my $who (@both) {
		my $rate = highest($who, 't1', 4000, 200000, 3, 1.2);
		printf "  %-5s %7d calls/s\n", $who, $rate;
	}
}

# --- RTP --------------------------------------------------------------------------------------------------------------

sub request {
	my ($method, $number, $more) = @_;
	return <<"END";
$method sip:a\@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:b\@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:a\@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: $number $method
Contact: <sip:b\@[local_ip]:[local_port]>
Max-Forwards: 70
$more
END
}

# Where ours and SIPp play the same scenario and the same file to the same far end: `milliwatt sim`'s uas, which counts what comes. It
# plays a tone: in the first row impairment drops all of it, in the second as much comes back. CPU is the caller's alone.
my $sdp = "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=b 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
	. "m=audio [rtpstream_audio_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\n";
my $talker = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"talker\">\n<send retrans=\"500\"><![CDATA[\n"
	. request('INVITE', 1, $sdp) . "]]></send>\n<recv response=\"180\" optional=\"true\"/>\n<recv response=\"200\"/>\n<send><![CDATA[\n"
	. request('ACK', 1, "Content-Length: 0\n") . "]]></send>\n<nop><action><exec rtp_stream=\"audio.ulaw,-1,0,PCMU/8000\"/></action></nop>\n<pause/>\n"
	. "<send retrans=\"500\"><![CDATA[\n" . request('BYE', 2, "Content-Length: 0\n") . "]]></send>\n<recv response=\"200\"/>\n</scenario>\n";

sub end_of {
	my ($last) = reverse grep { /^\{"type": "end"/ } split /\n/, slurp(shift) // '';
	return defined $last ? JSON::PP::decode_json($last) : undef;
}

sub sim {
	my ($ip, @more) = @_;
	return ($milliwatt, 'sim', '--json', '--local', "$ip:" . port(), @more);
}

# call(server arguments, client command by its own and the far end's address, limit in s): { client, server, cpu, seconds }: what the two said at
# their end (client: undef where it is not ours), and CPU of the client alone.
sub call {
	my ($server_more, $client_command, $limit) = @_;
	$place = ($place + 1) % 150;
	my $dir = "$out/run";
	my ($far, $own) = (address($place, 0), address($place, 1));
	remove_tree($dir);
	make_path($dir);
	for (['talker.xml', $talker], ['audio.ulaw', 'x' x 8000]) {
		open my $file, '>:raw', "$dir/$_->[0]" or die "$dir/$_->[0]: $!\n";
		print $file $_->[1];
		close $file;
	}
	my $server = start($dir, 'server', sim($far, '--scenario', 'uas', @$server_more));
	ready($server, 'udp', $far, port()) or do { stop($server); return };
	my $before = cpu();
	my $begin = time;
	my $client = start($dir, 'client', $client_command->($own, "$far:" . port()));
	finish($limit, $client);
	my %result = (seconds => time - $begin);
	stop($client);
	$result{cpu} = cpu() - $before;
	finish(5, $server) or kill 'INT', $server->{pid};
	finish(2, $server) or stop($server);
	@result{qw(client server)} = map { end_of("$dir/$_.out") } 'client', 'server';
	return \%result;
}

if (part('rtp')) {
	my ($calls, $seconds) = (1000, 10);
	print "RTP sent by rtp_stream: one file, $calls calls of $seconds s, PCMU in 20 ms, to the same far end (ours), which counts; CPU of the sender\n";
	my %talker = (
		ours => sub {
			my ($own, $far) = @_;
			return sim($own, '--scenario', 'talker.xml', '--target', $far, '--rate', 500, '--calls', $calls, '--hold', "${seconds}s");
		},
		SIPp => sub {
			my ($own, $far) = @_;
			return ($sipp, '-sf', 'talker.xml', '-i', $own, '-p', port(), '-bind_local', '-ci', $own, '-cp', port() + 1, '-mi', $own, '-nostdin',
				'-buff_size', 2000000, '-r', 500, '-m', $calls, '-l', 2 * $calls, '-d', 1000 * $seconds, '-timeout', '30', $far);
		}
	);
	my %set_up = (
		ours => 'one thread a core; RTCP; streams that come are measured',
		SIPp => 'its 20 streams a thread; what comes is read, not measured'
	);
	my %rate;
	for my $row (['nothing comes back', 'alone', '--media', 'tone:1000', '--impair-media', 'loss=100%'], ['as much comes back', 'both', '--media', 'tone:1000']) {
		my ($title, $key, @media) = @$row;
		for my $who (@both) {
			my $r = call(['--calls', $calls, @media], $talker{$who}, 35);
			my $got = $r && $r->{server} ? $r->{server}{media}{rtp_received} : 0;
			next unless $got && $r->{cpu} > 0;
			$rate{$key}{$who} = $got / $r->{cpu};
			printf "  %-18s  %-5s %8d packets arrived, CPU %5.2f s: %7.0f packets for a second of CPU; %s", $title, $who, $got, $r->{cpu},
				$rate{$key}{$who}, $set_up{$who};
			print $who eq 'ours' && $r->{client} && @media ? ": $r->{client}{media}{rtp_received}, lost $r->{client}{media}{lost_in}\n" : "\n";
		}
	}
	push @targets, ['RTP packets for a second of CPU, ours (as much comes back, measured) over SIPp (likewise)', ratio($rate{both}{ours}, $rate{both}{SIPp}), '>=', 2],
		['RTP packets for a second of CPU, ours (nothing comes back) over SIPp (likewise)', ratio($rate{alone}{ours}, $rate{alone}{SIPp}), '>=', 2];
}

if (part('calls')) {
	my $calls = 2000;
	print "$calls calls at once, PCMU both ways, 20 s each\n";
	my @media = ('--media', 'tone:1000', '--codec', 'PCMU');
	my $r = call(
		['--calls', $calls, @media],
		sub {
			my ($own, $far) = @_;
			return sim($own, '--target', $far, '--rate', 400, '--calls', $calls, '--max-concurrent', $calls, '--hold', '20s', @media);
		},
		45
	);
	my %worst;
	for my $side ('client', 'server') {
		my $end = $r ? $r->{$side} : undef;
		my $m = $end ? $end->{media} : next;
		my $late = $m->{send_error}{p99_ms};
		printf "  %-6s %d calls, %d failed; sent %d, not sent %d, received %d, lost %d; sent late by %.3f ms (p99), %.1f ms (most); %s\n", $side, $end->{calls},
			$end->{failed}, $m->{rtp_sent}, $m->{rtp_not_sent}, $m->{rtp_received}, $m->{lost_in}, $late, $m->{send_error}{max_ms},
			$end->{health}{limited} ? "this machine was the limit: $end->{health}{why}" : 'the machine kept up';
		$worst{late} = max($late, $worst{late} // 0);
		$worst{lost} = $m->{lost_in} + $m->{rtp_not_sent} + ($worst{lost} // 0);
		$worst{peak} = min($end->{peak}, $worst{peak} // $end->{peak});
	}
	push @targets, ['calls with media at once', $worst{peak}, '>=', $calls], ['RTP sent late, p99, ms', $worst{late}, '<=', 2],
		['RTP packets lost, or not sent for they were over 100 ms late', $worst{lost}, '<=', 0];
}

# Room for a capture of 2.4 GB: memory where there is enough, or the disk.
sub roomy {
	my ($free) = (`df -Pk /dev/shm 2>/dev/null` // '') =~ /\s(\d+)\s+\d+%/;
	my ($memory) = (slurp('/proc/meminfo') // '') =~ /MemAvailable:\s+(\d+)/;
	return $free && $memory && min($free, $memory) > 6e6 ? '/dev/shm' : $out;
}

# Memory that a machine of a cloud has never used is given to it page by page, at several times the cost of filling it: that is no property of
# who writes. So as much is used once before.
sub use_memory {
	my ($path, $octets) = @_;
	my $piece = "\0" x (1 << 20);
	open my $file, '>:raw', $path or return;
	for (1 .. $octets >> 20) { syswrite $file, $piece or last }
	close $file;
	unlink $path;
}

if (part('virtual')) {
	my $capture = roomy() . "/milliwatt-bench-$$.pcapng";
	print "virtual time: 10,000 calls of 10 s, 100 a second, PCMU both ways, captured to $capture (in pages used before)\n";
	use_memory($capture, 2400 << 20);
	my $dir = "$out/run";
	remove_tree($dir);
	make_path($dir);
	my $before = cpu();
	my $begin = time;
	my $run = start($dir, 'virtual', $milliwatt, 'sim', '--virtual', '--scenario', 'uac', '--peer', 'uas', '--calls', 10000, '--rate', 100, '--hold',
		'10s', '--media', 'tone:1000', '--codec', 'PCMU', '--capture', $capture, '--json');
	finish(60, $run);
	my $wall = time - $begin;
	stop($run);
	my ($cpu, $end) = (cpu() - $before, end_of("$dir/virtual.out"));
	my $octets = -s $capture // 0;
	unlink $capture;
	if ($end && $cpu > 0) {
		my $packets = $end->{messages_sent} + $end->{messages_received} + sum(@{ $end->{media} }{qw(rtp_sent rtp_received rtcp_sent rtcp_received)});
		printf "  %d calls, %d failed; %d packets, %.0f MB; CPU %.2f s, wall %.2f s\n", $end->{calls}, $end->{failed}, $packets, $octets / 1e6, $cpu, $wall;
		push @targets, ['packets captured in virtual time for a second of CPU, millions', $packets / $cpu / 1e6, '>=', 1];
	}
}

# One at a time, 100,000 calls; a million where `million` is asked for by name.
if (part('long') || part('million')) {
	my ($few, $many) = $wanted{million} ? (100000, 1000000) : (20000, 100000);
	print "calls in a row: memory after $few and after $many\n";
	my @rss;
	for my $calls ($few, $many) {
		my $r = pair('ours', 'ours', client => ['-sn', 'uac', '-r', 10000, '-m', $calls, '-l', 5000], look => $calls / 10000 - 0.4, limit => $calls / 5000);
		push @rss, $r->{rss};
		printf "  %8d calls: caller %d kB, callee %d kB; %s failed\n", $calls, $r->{rss} // 0, $r->{server_rss} // 0, $r->{row}{'FailedCall(C)'} // '?';
	}
	push @targets, ["memory after $many calls, over that after $few", ratio($rss[1], $rss[0]), '<=', 1.05];
}

print "\n";
target(@$_) for @targets;
