# Every embedded scenario in every pairing of ours and SIPp's, over UDP and TCP, with one socket and one for each call; what both sides
# count is compared, not only how they end. Then digest with Kamailio, IPv6 and TLS. Each job is a process with addresses of its own.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep);
use Sides qw(address port twin_port start ready finish stop statistics slurp);

my ($binary, $pattern) = @ARGV;
die "usage: sim.sh BINARY|- [NAME-PATTERN]\n" unless defined $binary;
our $ours = $binary eq '-' ? undef : abs_path($binary);
my ($sipp) = grep { -x } map { "$_/sipp" } split /:/, $ENV{PATH};
my $out = abs_path('.') . '/build/live-sim';
my $pcaps = '/usr/share/sip-tester';
my $calls = 5;
my @jobs;

# Whose program plays a side: 0 SIPp, 1 ours.
my @whose = ('SIPp', 'ours');
sub program { return $_[0] ? ($ours, 'sipp') : $sipp }

sub job {
	my ($name, $seconds, $do) = @_;
	push @jobs, { name => $name, seconds => $seconds, do => $do } if !defined $pattern || $name =~ /$pattern/;
}

# --- pairs ------------------------------------------------------------------------------------------------------------

sub usual {
	my ($side, $transport) = @_;
	my $v6 = $side->{ip} =~ /:/;
	return ('-i', $side->{ip}, '-p', $side->{port}, '-bind_local', ($v6 ? () : ('-ci', $side->{ip})), '-cp', $side->{port} + 1, '-mi', $side->{ip},
		'-mp', $side->{port} + 10, '-nostdin', '-m', $calls, '-t', $transport, ($transport =~ /n$/ ? ('-max_socket', 1000) : ()), '-trace_stat',
		'-stf', "$side->{name}.csv", '-trace_err', '-error_file', "$side->{name}.err");
}

# SIPp's uas counts a call that waits for what comes late as failed when its TCP connection ends, as it does when the client is through.
sub lost_while_waiting {
	my ($side, $row) = @_;
	return $side->{sipp} && $side->{transport} =~ /^t/ && $side->{code} eq '1' && $row && $row->{'FailedCall(C)'} == $row->{'FailedTcpClosed(C)'}
		&& $row->{'SuccessfulCall(C)'} + $row->{'FailedCall(C)'} == $calls;
}

# counted(side): '' or what it did not count as it should.
sub counted {
	my $side = shift;
	my $errors = slurp("$side->{dir}/$side->{name}.err") // '';
	$errors = $errors eq '' ? '' : ' (' . substr($errors, 0, 300) . ')';
	my $row = statistics("$side->{dir}/$side->{name}.csv");
	return '' if lost_while_waiting($side, $row);
	return "$side->{name} ended with $side->{code}$errors" if $side->{code} ne '0';
	return "$side->{name} wrote no statistics" unless $row;
	my %wanted = (SuccessfulCall => $calls, FailedCall => 0, Retransmissions => 0, FailedUnexpectedMessage => 0, OutOfCallMsgs => 0, DeadCallMsgs => 0);
	for my $column (sort keys %wanted) {
		my $got = $row->{"$column(C)"} // 'nothing';
		return "$side->{name} counts $column $got, not $wanted{$column}$errors" if $got ne $wanted{$column};
	}
	return '';
}

# run(dir, seconds, sides): each { name, ip, port, command, protocol }; '' or what went wrong.
sub run {
	my ($dir, $seconds, @sides) = @_;
	for my $side (@sides) {
		my $started = start($dir, $side->{name}, @{ $side->{command} });
		@{$side}{qw(pid dir)} = @{$started}{qw(pid dir)};
		ready($side, @{ $side->{ready} }) if $side->{ready};
	}
	my $ended = finish($seconds, grep { !$_->{stays} } @sides);
	stop(@sides);
	my @wrong = grep { $_ } map { $_->{stays} ? () : counted($_) } @sides;
	push @wrong, 'not over in time' unless $ended;
	return join '; ', @wrong;
}

sub protocol { return $_[0] =~ /^u/ ? 'udp' : 'tcp' }

sub pair {
	my ($client_scenario, $server_scenario, $transport, $client_is, $server_is, $place, $dir, $v6) = @_;
	my %server = (name => 'server', ip => address($place, 0), port => port(), sipp => !$server_is, transport => $transport);
	my %client = (name => 'client', ip => address($place, 1), port => port());
	# There is one address only: ports make the difference.
	my $base = 15000 + getppid() % 10 * 400 + 40 * ($v6 // 0);
	@server{qw(ip port)} = ('::1', $base) if $v6;
	@client{qw(ip port)} = ('::1', $base + 20) if $v6;
	my $target = ($v6 ? '[::1]' : $server{ip}) . ":$server{port}";
	$server{command} = [program($server_is), '-sn', $server_scenario, usual(\%server, $transport)];
	$server{ready} = [protocol($transport), $server{ip}, $server{port}];
	$client{command} = [program($client_is), '-sn', $client_scenario, usual(\%client, $transport), '-r', 20, '-d', 50, $target];
	symlink $pcaps, "$dir/pcap";
	return run($dir, 25, \%server, \%client);
}

# --- third-party call control: two controllers, two parties -------------------------------------------------------------

sub third_party {
	my ($is, $transport, $place, $dir) = @_; # of A, B, C-B, C-A
	my @names = ('A', 'B', 'C-B', 'C-A');
	my @sides = map { { name => $names[$_], ip => address($place, $_), port => port() } } 0 .. 3;
	my $twin = $sides[2]{ip} . ':' . twin_port($place, 0);
	my ($ta, $tb) = map { "$_->{ip}:$_->{port}" } @sides[0, 1];
	my @more = ([], [], ['-3pcc', $twin, $tb], ['-3pcc', $twin, '-r', 20, $ta]);
	for my $i (0 .. 3) {
		$sides[$i]{command} = [program($is->[$i]), '-sn', "3pcc-$names[$i]", usual($sides[$i], $transport), @{ $more[$i] }];
		$sides[$i]{ready} = $i == 2 ? ['tcp', $sides[2]{ip}, twin_port($place, 0)] : [$transport =~ /^u/ ? 'udp' : 'tcp', $sides[$i]{ip}, $sides[$i]{port}] if $i < 3;
	}
	return run($dir, 20, @sides);
}

# --- digest, by a registrar that is neither -----------------------------------------------------------------------------

my $register = <<'END';
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
<send retrans="500"><![CDATA[
REGISTER sip:milliwatt.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:alice[call_number]@milliwatt.test>;tag=[pid]a[call_number]
To: <sip:alice[call_number]@milliwatt.test>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:alice@[local_ip]:[local_port]>
Max-Forwards: 70
Expires: 60
Content-Length: 0

]]></send>
<recv response="401" auth="true"/>
<send retrans="500"><![CDATA[
REGISTER sip:milliwatt.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:alice[call_number]@milliwatt.test>;tag=[pid]a[call_number]
To: <sip:alice[call_number]@milliwatt.test>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:alice@[local_ip]:[local_port]>
[authentication username=alice password=secret]
Max-Forwards: 70
Expires: 60
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
END

sub registers {
	my ($is, $place, $dir) = @_;
	my %server = (name => 'kamailio', ip => address($place, 0), port => port(), stays => 1);
	my %client = (name => 'client', ip => address($place, 1), port => port());
	my $config = slurp('tests/live/kamailio.cfg') =~ s/^#!.*\n//mr;
	write_file("$dir/kamailio.cfg", "#!KAMAILIO\nlisten=udp:$server{ip}:$server{port}\nalias=\"milliwatt.test\"\n$config");
	write_file("$dir/register.xml", $register);
	$server{command} = ['kamailio', '-f', 'kamailio.cfg', '-DD', '-E', '-m', 32, '-M', 4, '-w', $dir, '-Y', $dir];
	$server{ready} = ['udp', $server{ip}, $server{port}];
	$client{command} = [program($is), '-sf', 'register.xml', usual(\%client, 'u1'), '-r', 20, "$server{ip}:$server{port}"];
	return run($dir, 15, \%server, \%client);
}

sub write_file {
	my ($path, $text) = @_;
	open my $file, '>:raw', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
}

# --- TLS: somebody else's client -----------------------------------------------------------------------------------------

my $answer = <<'END';
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="answer">
<recv request="OPTIONS"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
END

sub tls_of_openssl {
	my ($place, $dir) = @_;
	system("cd $dir && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3 -subj /CN=milliwatt.test 2>req.log") == 0
		or return 'no certificate';
	write_file("$dir/answer.xml", $answer);
	my %server = (name => 'server', ip => address($place, 0), port => port());
	my $side = start($dir, 'server', $ours, 'sipp', '-sf', 'answer.xml', '-i', $server{ip}, '-p', $server{port}, '-bind_local', '-t', 'l1', '-m', 1,
		'-nostdin', '-tls_cert', 'cert.pem', '-tls_key', 'key.pem', '-ci', $server{ip}, '-cp', $server{port} + 1, '-mi', $server{ip});
	ready($side, 'tcp', $server{ip}, $server{port}) or return 'the server does not listen';
	my $request = join '', map { "$_\r\n" } "OPTIONS sip:a\@$server{ip} SIP/2.0", 'Via: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKx', 'From: <sip:x@y>;tag=1',
		'To: <sip:a@b>', 'Call-ID: by-openssl', 'CSeq: 1 OPTIONS', 'Content-Length: 0', '';
	write_file("$dir/request", $request);
	my $got = `cd $dir; (cat request; sleep 1) | timeout 5 openssl s_client -quiet -verify_return_error -CAfile cert.pem -connect $server{ip}:$server{port} 2>client.log`;
	finish(3, $side);
	stop($side);
	return "openssl got '$got'" unless $got =~ m{^SIP/2.0 200 OK\r\n} && $got =~ /Call-ID: by-openssl/;
	return $side->{code} eq '0' ? '' : "the server ended with $side->{code}";
}

# --- the jobs ---------------------------------------------------------------------------------------------------------

my @pairs = (['uac', 'uas', 6], ['regexp', 'uas', 7], ['branchc', 'branchs', 14], ['uac_pcap', 'uas', 15]);
my @pairings = $ours ? ([1, 1], [1, 0], [0, 1]) : ();
unshift @pairings, [0, 0] if $sipp;
my $may_inject = $> == 0 && -e "$pcaps/g711a.pcap";
my %skipped;

for my $pair (@pairs) {
	my ($c, $s, $seconds) = @$pair;
	for my $transport ('u1', 'un', 't1', 'tn') {
		next if $c eq 'uac_pcap' && $transport =~ /n/;
		for my $is (@pairings) {
			my ($ci, $si) = @$is;
			if (!$sipp && !($ci && $si)) { $skipped{'sipp is not installed'}++; next }
			if ($c eq 'uac_pcap' && !$may_inject) { $skipped{"SIPp's captures or the right to send them are missing"}++; next }
			job("$c of $whose[$ci] with $s of $whose[$si], $transport", $seconds, sub { pair($c, $s, $transport, $ci, $si, @_) });
		}
	}
}
# Over TCP SIPp's own A and B fail with SIPp's own controllers (their last calls still wait when the connection closes): there A and B are ours.
my @third = ((map { [$_, 'u1'] } [0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [1, 1, 1, 1]),
	(map { [$_, 't1'] } [1, 1, 0, 0], [1, 1, 0, 1], [1, 1, 1, 0], [1, 1, 1, 1]));
for (@third) {
	my ($is, $transport) = @$_;
	next if grep { $_ } @$is and !$ours;
	if (!$sipp && grep { !$_ } @$is) { $skipped{'sipp is not installed'}++; next }
	job('3pcc: A, B, C-B, C-A of ' . join(', ', map { $whose[$_] } @$is) . ", $transport", 9, sub { third_party($is, $transport, @_) });
}
if ((slurp('/proc/net/if_inet6') // '') =~ /^0{31}1/m) {
	my $n = 0;
	for my $transport ('u1', 't1') {
		for my $is (@pairings) {
			my ($ci, $si) = @$is;
			my $number = $n++;
			job("uac of $whose[$ci] with uas of $whose[$si], IPv6, $transport", 6, sub { pair('uac', 'uas', $transport, $ci, $si, @_, 1 + $number) });
		}
	}
} else {
	$skipped{'no IPv6 on loopback'}++;
}
if (grep { -x "$_/kamailio" } split /:/, "$ENV{PATH}:/usr/sbin") {
	for my $is ($sipp ? 0 : (), $ours ? 1 : ()) {
		job("digest of $whose[$is] with Kamailio", 5, sub { registers($is, @_) });
	}
} else {
	$skipped{'kamailio is not installed'}++;
}
if ($ours) {
	if (grep { -x "$_/openssl" } split /:/, $ENV{PATH}) { job('TLS of ours with openssl', 3, \&tls_of_openssl) }
	else { $skipped{'openssl is not installed'}++ }
}

if ($ours) {
	require './tests/live/sim_trouble.pl';
	trouble_jobs(\%skipped);
}

remove_tree($out);
my (%running, %said);
my @left = sort { $jobs[$b]{seconds} <=> $jobs[$a]{seconds} || $a <=> $b } 0 .. $#jobs;
while (@left || %running) {
	if (@left && keys %running < ($ENV{JOBS} || 20)) {
		my $n = shift @left;
		my $dir = "$out/$n";
		make_path($dir);
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			my $why = eval { $jobs[$n]{do}->($n, $dir) } // "died: $@";
			write_file("$dir/said", $why);
			POSIX::_exit(0);
		}
		$running{$pid} = $n;
	} else {
		delete $running{ waitpid -1, 0 };
	}
}
my ($passed, $failed, $skipped) = (0, 0, 0);
for my $n (0 .. $#jobs) {
	my $why = slurp("$out/$n/said") // 'no result';
	$why =~ s/[\r\n]+/ /g;
	$why eq '' ? $passed++ : $failed++;
	print $why eq '' ? "ok - live-sim $jobs[$n]{name}\n" : "not ok - live-sim $jobs[$n]{name}: $why [build/live-sim/$n]\n";
}
for my $why (sort keys %skipped) {
	print "skipped: live-sim: $why\n";
	$skipped++;
}
print "live-sim: $passed passed, $failed failed" . ($skipped ? ", $skipped skipped" : '') . "\n";
exit($failed ? 1 : 0);
