# When things go wrong: the target dies, nobody listens, what comes back is no SIP, the certificate is somebody else's, the disk is full,
# somebody presses Ctrl-C. Each must end in time, with a verdict and a reason, and leave the other side tidy. For sim.pl, which runs the jobs.
use strict;
use warnings;
use Time::HiRes qw(sleep);
our $ours;
use Sides qw(address port start ready finish stop statistics slurp);

sub basic {
	my ($side, @more) = @_;
	return (program(1), '-i', $side->{ip}, '-p', port(), '-bind_local', '-ci', $side->{ip}, '-cp', port() + 1, '-mi', $side->{ip}, '-mp', port() + 10,
		'-nostdin', '-trace_stat', '-stf', "$side->{name}.csv", '-trace_err', '-error_file', "$side->{name}.err", @more);
}

# ended(client, seconds, exit code, column): '' if it ended by itself, so, and counts something there.
sub ended {
	my ($client, $seconds, $code, $column) = @_;
	my $over = finish($seconds, $client);
	stop($client);
	return "it did not end within $seconds s" unless $over;
	return "it ended with $client->{code}, not $code: " . substr(slurp("$client->{dir}/$client->{name}.out") // '', -300) if $client->{code} ne $code;
	my $row = statistics("$client->{dir}/$client->{name}.csv") or return 'no statistics';
	return $row->{"$column(C)"} ? '' : "$column is $row->{qq{$column(C)}}";
}

sub two { my $place = shift; return map { { name => $_ ? 'client' : 'server', ip => address($place, $_) } } 0, 1 }

sub target_dies {
	my ($transport, $place, $dir) = @_;
	my ($s, $c) = two($place);
	my $server = start($dir, 'server', basic($s, '-sn', 'uas', '-t', $transport));
	ready($server, $transport =~ /^u/ ? 'udp' : 'tcp', $s->{ip}, port()) or return 'the server does not listen';
	my $client = start($dir, 'client',
		basic($c, '-sn', 'uac', '-t', $transport, '-m', 100, '-r', 50, '-max_retrans', 1, '-recv_timeout', 1500, "$s->{ip}:" . port()));
	sleep 0.7;
	kill 'KILL', $server->{pid};
	my $why = ended($client, 12, 1, 'FailedCall');
	stop($server);
	return $why;
}

sub nobody_there {
	my ($transport, $place, $dir) = @_;
	my ($s, $c) = two($place);
	my $client = start($dir, 'client',
		basic($c, '-sn', 'uac', '-t', $transport, '-m', 3, '-r', 20, '-max_retrans', 1, '-recv_timeout', 1500, "$s->{ip}:" . port()));
	return ended($client, 10, 1, 'FailedCall');
}

# What answers: for each datagram something else that is no answer.
my $nonsense = <<'END';
use Socket; my ($ip, $port) = @ARGV; socket my $s, PF_INET, SOCK_DGRAM, 0; bind $s, sockaddr_in($port, inet_aton($ip)); srand 7; my $n = 0;
while (defined(my $from = recv $s, my $m, 4000, 0)) {
	my @say = ("\0" x 50, "SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 999999 \r\nCall-ID:\r\n\r\n", substr($m, 0, 40), $m, join('', map { chr int rand 256 } 1 .. 300),
		"SIP/2.0 200 OK\r\n" . join('', $m =~ /^(?:Call-ID|CSeq):.*\n/mg) . "Content-Length: 99999999\r\n\r\n",
		"SIP/2.0 200 OK\r\n" . join('', $m =~ /^(?:Call-ID):.*\n/mg) . "CSeq: 4294967296 INVITE\r\nTo: <\r\nVia: ;;;\r\n\r\n", "INVITE\r\n\r\n", '');
	send $s, $_, 0, $from for @say[$n++ % @say, int rand @say];
}
END

sub nonsense {
	my ($place, $dir) = @_;
	my ($s, $c) = two($place);
	my $server = start($dir, 'server', 'perl', '-e', $nonsense, $s->{ip}, port());
	ready($server, 'udp', $s->{ip}, port()) or return 'the server does not listen';
	my $client = start($dir, 'client',
		basic($c, '-sn', 'uac', '-m', 60, '-r', 100, '-max_retrans', 1, '-recv_timeout', 1000, "$s->{ip}:" . port()));
	my $why = ended($client, 12, 1, 'FailedCall');
	stop($server);
	return $why;
}

sub wrong_certificate {
	my ($place, $dir) = @_;
	my ($s, $c) = two($place);
	for my $n ('theirs', 'other') {
		system("cd $dir && openssl req -x509 -newkey rsa:2048 -nodes -keyout $n.key -out $n.pem -days 3 -subj /CN=milliwatt.test "
			. "-addext subjectAltName=IP:$s->{ip} 2>req.log") == 0 or return 'no certificate';
	}
	my @tls = ('-t', 'l1', '-tls_cert', 'theirs.pem', '-tls_key', 'theirs.key');
	my $server = start($dir, 'server', basic($s, '-sn', 'uas', @tls));
	ready($server, 'tcp', $s->{ip}, port()) or return 'the server does not listen';
	my $client = start($dir, 'client', basic($c, '-sn', 'uac', @tls, '-tls_ca', 'other.pem', '-m', 2, '-r', 20, '-recv_timeout', 2000, "$s->{ip}:" . port()));
	my $why = ended($client, 10, 1, 'FailedCall');
	stop($server);
	return $why if $why;
	my $said = slurp("$dir/client.err") // '';
	return $said =~ /certificate/i ? '' : "not a word of the certificate: $said";
}

# Calls are held; Ctrl-C; the other side hears a BYE for each and counts no failure.
sub interrupted {
	my ($place, $dir) = @_;
	my ($s, $c) = two($place);
	my $server = start($dir, 'server', basic($s, '-sn', 'uas', '-m', 20));
	ready($server, 'udp', $s->{ip}, port()) or return 'the server does not listen';
	my $client = start($dir, 'client', $ours, 'sim', '--scenario', 'uac', '--target', "$s->{ip}:" . port(), '--local', $c->{ip}, '--calls', 20, '--rate', 100,
		'--hold', '60s', '-q');
	sleep 1.5;
	kill 'INT', $client->{pid};
	my $over = finish(5, $client) && finish(8, $server);
	stop($client, $server);
	return 'not over in time' unless $over;
	my $row = statistics("$dir/server.csv") or return 'no statistics of the other side';
	return $row->{'SuccessfulCall(C)'} == 20 && $row->{'FailedCall(C)'} == 0 ? '' : "the other side counts $row->{'SuccessfulCall(C)'} whole calls";
}

sub disk_full {
	my ($place, $dir) = @_;
	my ($s, $c) = two($place);
	mkdir "$dir/small";
	my $server = start($dir, 'server', basic($s, '-sn', 'uas'));
	ready($server, 'udp', $s->{ip}, port()) or return 'the server does not listen';
	my $client = start($dir, 'client', 'unshare', '-m', 'sh', '-c', "mount -t tmpfs -o size=128k none small && exec \"\$@\"", 'sh', $ours, 'sim',
		'--scenario', 'uac', '--target', "$s->{ip}:" . port(), '--local', $c->{ip}, '--calls', 2000, '--rate', 1000, '--record', 'small/run.db', '-q');
	my $over = finish(15, $client);
	stop($client, $server);
	my $said = slurp("$dir/client.out") // '';
	return 'it did not end' unless $over;
	return "it ended with $client->{code}: $said" if $client->{code} eq '0' || $client->{code} =~ /signal|killed/;
	return $said =~ /full|space|disk/i ? '' : "not a word of the disk: $said";
}

sub trouble_jobs {
	my $skipped = shift;
	job("the target dies, $_", 12, do { my $t = $_; sub { target_dies($t, @_) } }) for 'u1', 't1', 'tn';
	job("nobody is there, $_", 10, do { my $t = $_; sub { nobody_there($t, @_) } }) for 'u1', 't1', 'tn';
	job('answers that are none', 12, \&nonsense);
	job('Ctrl-C ends calls', 9, \&interrupted);
	job('a certificate of somebody else', 8, \&wrong_certificate) if grep { -x "$_/openssl" } split /:/, $ENV{PATH};
	if ($> == 0 && system('unshare -m true 2>/dev/null') == 0) { job('a full disk under --record', 10, \&disk_full) }
	else { $skipped->{'no right to mount a small disk'}++ }
}

1;
