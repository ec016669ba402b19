# What is measured, each with SIPp's number beside ours where SIPp can: the highest rate of whole calls without a failure or anything sent
# again; CPU of the side that calls; memory for each call that lives; TCP connections; RTP. SIPp runs with -buff_size 2000000, without which it
# loses datagrams far below; ours as it starts by itself. CPU is user and system time of the process as the kernel says when it has ended.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use POSIX ();
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

# One run of 5 s at a rate: '' or why it does not count.
sub sustained {
	my ($who, $rate, $transport) = @_;
	my $calls = int($rate * 5);
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

sub highest {
	my ($who, $transport, $from, $most) = @_;
	my ($good, $bad) = (0, undef);
	my $rate = $from;
	while (!defined $bad || $bad / max($good, 1) > 1.06) {
		my $why = sustained($who, $rate, $transport);
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
	my %rate = map { $_ => highest($_, 'u1', 4000, 200000) } @both;
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
	print "a TCP connection for each call\n";
	for my $who (@both) {
		my $rate = highest($who, 'tn', 500, 4000);
		printf "  %-5s %7d calls/s\n", $who, $rate;
	}
	print "one TCP connection for all calls\n";
	for my $who (@both) {
		my $rate = highest($who, 't1', 4000, 200000);
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

my $sdp = "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=b 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [ear_ip]\nt=0 0\nm=audio [ear_port] RTP/AVP 0\n";
my $talker = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"talker\">\n<send retrans=\"500\"><![CDATA[\n"
	. request('INVITE', 1, $sdp =~ s/\[ear_port\]/[media_port]/r =~ s/\[ear_ip\]/[media_ip]/r) . "]]></send>\n<recv response=\"200\"/>\n<send><![CDATA[\n"
	. request('ACK', 1, "Content-Length: 0\n") . "]]></send>\n<nop><action><exec rtp_stream=\"audio.ulaw,-1,0,PCMU/8000\"/></action></nop>\n<pause/>\n"
	. "<send retrans=\"500\"><![CDATA[\n" . request('BYE', 2, "Content-Length: 0\n") . "]]></send>\n<recv response=\"200\"/>\n</scenario>\n";
my $answer = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\n";
my $listener = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"listener\">\n<recv request=\"INVITE\"/>\n<send><![CDATA[\n$answer$sdp\n]]></send>\n"
	. "<recv request=\"ACK\"/>\n<recv request=\"BYE\"/>\n<send><![CDATA[\n" . $answer =~ s/;tag=\[call_number\]//r . "Content-Length: 0\n\n]]></send>\n</scenario>\n";

if (part('rtp')) {
	print "RTP sent by rtp_stream, 300 calls of 8 s, counted by whom it is sent to\n";
	my %rate;
	for my $who (@both) {
		my $ear_ip = address(($place + 1) % 150, 2);
		my $dir = "$out/ear";
		make_path($dir);
		unlink "$dir/ear.txt";
		my $ear = start($dir, 'ear', 'perl', abs_path('tests/conformance/common/ear.pl'), $ear_ip, port() + 30, 'ear.txt');
		ready($ear, 'udp', $ear_ip, port() + 30);
		my $r = pair($who, 'ours', files => { 'talker.xml' => $talker, 'listener.xml' => $listener, 'audio.ulaw' => 'x' x 8000 },
			server => ['-sf', 'listener.xml', '-key', 'ear_ip', $ear_ip, '-key', 'ear_port', port() + 30],
			client => ['-sf', 'talker.xml', '-r', 300, '-m', 300, '-l', 1000, '-d', 8000, '-timeout', 20], limit => 25);
		stop($ear);
		my $packets = sum(0, (slurp("$dir/ear.txt") // '') =~ /packets (\d+)/g);
		next unless $r && $r->{cpu} > 0 && $packets;
		$rate{$who} = $packets / $r->{cpu};
		printf "  %-5s %9d packets, CPU %.2f s: %.0f packets for a second of CPU\n", $who, $packets, $r->{cpu}, $rate{$who};
	}
	push @targets, ['RTP packets for a second of CPU, ours over SIPp', ratio($rate{ours}, $rate{SIPp}), '>=', 2];
}

if (part('long')) {
	print "calls in a row: memory after 100,000 and after 1,000,000\n";
	my @rss;
	for my $calls (100000, 1000000) {
		my $r = pair('ours', 'ours', client => ['-sn', 'uac', '-r', 20000, '-m', $calls, '-l', 5000], look => $calls / 20000 - 0.5, limit => 90);
		push @rss, $r->{rss};
		printf "  %8d calls: caller %d kB, callee %d kB; %s failed\n", $calls, $r->{rss} // 0, $r->{server_rss} // 0, $r->{row}{'FailedCall(C)'} // '?';
	}
	push @targets, ['memory after ten times the calls, over once', ratio($rss[1], $rss[0]), '<=', 1.05];
}

print "\n";
target(@$_) for @targets;
