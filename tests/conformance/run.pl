# Runs the cases, JOBS at a time, each in a process of its own: SIPp with SIPp for reference, then ours in the place of each side that the
# case tests, then compares. See README.md.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use POSIX qw(:sys_wait_h);
use Socket;
use Time::HiRes qw(sleep);
use Case qw(read_case read_rows write_files);
use Judge qw(witness difference);
use Sides qw(address port twin_port start ready finish stop slurp);

my ($binary, @names) = @ARGV;
die "usage: run.sh BINARY|- [CASE...]\n" unless defined $binary;
my $here = 'tests/conformance';
my $out = 'build/conformance';
my $ours = $binary eq '-' ? undef : abs_path($binary);
my ($sipp) = grep { -x } map { "$_/sipp" } split /:/, $ENV{PATH};

my @paths = sort glob "$here/cases/*.case";
@paths = map { "$here/cases/$_.case" } @names if @names;
my @cases = map { read_case($_) } @paths;
make_path($out);
main();

sub main {
	my (%running, %said);
	my @left = map { [$_, $cases[$_]] } 0 .. $#cases;
	@left = sort { $b->[1]{limit} <=> $a->[1]{limit} || $a->[0] <=> $b->[0] } @left; # the long ones first
	while (@left || %running) {
		if (@left && keys %running < ($ENV{JOBS} || 12)) {
			my ($place, $case) = @{ shift @left };
			my $pid = fork // die "fork: $!\n";
			if (!$pid) { one($case, $place); POSIX::_exit(0) }
			$running{$pid} = $case->{name};
			next;
		}
		my $pid = waitpid -1, 0;
		delete $running{$pid};
	}
	my ($passed, $failed, $skipped) = (0, 0, 0);
	open my $results, '>', "$out/results" or die "$out/results: $!\n";
	for my $case (@cases) {
		my $said = slurp("$out/$case->{name}/said") // "not ok\truns\tno result\n";
		for (split /\n/, $said) {
			my ($verdict, $what, $why) = split /\t/;
			$verdict eq 'ok' ? $passed++ : $verdict eq 'skipped' ? $skipped++ : $failed++;
			print $verdict eq 'skipped' ? "skipped: conformance: $why\n" : "$verdict - conformance $case->{name}: $what" . ($why ? ": $why" : '') . "\n";
			print $results join("\t", $case->{name}, $verdict, $what, $why // ''), "\n";
		}
	}
	if (!@names) {
		my $why = rows();
		print $why ? "not ok - conformance rows: $why\n" : "ok - conformance rows: each has a case, each case its rows\n";
		$why ? $failed++ : $passed++;
	}
	print "conformance: $passed passed, $failed failed" . ($skipped ? ", $skipped skipped" : '') . "\n";
	exit($failed ? 1 : 0);
}

# '' or the rows without a case, and what cases name and is no row.
sub rows {
	my %left = map { $_->[1] => 1 } read_rows("$here/rows");
	my %known = %left;
	my @unknown = grep { !$known{$_} } map { @{ $_->{row} } } @cases;
	delete @left{ map { @{ $_->{row} } } @cases };
	return join '; ', (%left ? 'without a case: ' . join ', ', sort keys %left : ()), (@unknown ? 'no such row: ' . join ', ', @unknown : ());
}

# one(case, place): all its runs; what there is to say goes to build/conformance/NAME/said.
sub one {
	my ($case, $place) = @_;
	my $dir = "$out/$case->{name}";
	remove_tree($dir);
	make_path($dir);
	open my $said, '>', "$dir/said" or die "$dir/said: $!\n";
	my $tell = sub { print $said join("\t", map { s/[\t\n]+/ /gr } @_), "\n" };
	for my $need (@{ $case->{needs} }) {
		next if has($need);
		return $tell->('skipped', '', "no $need here");
	}
	my $alone = $case->{'ours-only'};
	for my $step (@{ $case->{prepare} }) {
		$step =~ s/\{ip\}/address($place, 10)/ge; # of the first side that is ours
		system("cd $dir && { $step ; } >prepare.out 2>&1") == 0 or return $tell->('not ok', 'preparation', slurp("$dir/prepare.out"));
	}
	my $reference;
	if (!$alone && !$sipp) {
		$tell->('skipped', '', 'sipp is not installed');
		$alone = 1;
	}
	if (!$alone) {
		$reference = pairing($case, $dir, $place, 0, {});
		my $why = join '; ', map { my $d = difference($case, $_, $reference->{$_}, undef); $d ? "$_: $d" : () } sort keys %$reference;
		if ($why || !$ours) {
			$tell->($why ? 'not ok' : 'ok', 'SIPp with SIPp', $why);
			return if $why;
		}
	}
	return unless $ours;
	my @pairings = $alone ? ([map { $_->{name} } @{ $case->{side} }]) : map { [$_] } @{ $case->{tests} };
	my %left = map { $_ => 1 } grep { my $n = $_; $n ne 'ear' && !grep { $_ eq $n } @{ $case->{tests} } } @{ $case->{leave} };
	my $number = 1;
	for my $who (@pairings) {
		my $got = pairing($case, $dir, $place, $number++, { map { $_ => 1 } @$who });
		my $what = $alone ? 'ours with ours' : "ours as $who->[0]";
		my $why = join '; ', map { my $d = difference($case, $_, $got->{$_}, $alone || $left{$_} ? undef : $reference->{$_}); $d ? "$_: $d" : () } sort keys %$got;
		$tell->($why ? 'not ok' : 'ok', $what, $why);
	}
}

sub has {
	my $need = shift;
	return $> == 0 if $need eq 'root';
	return -e $need if $need =~ m{^/};
	return -e '/proc/net/if_inet6' && slurp('/proc/net/if_inet6') =~ /^0{31}1/m if $need eq 'IPv6';
	return scalar grep { -x "$_/$need" } split /:/, $ENV{PATH};
}

# pairing(case, dir, place, number, which are ours): starts the sides in their order, waits, and gives what each did by its name.
sub pairing {
	my ($case, $dir, $place, $number, $which) = @_;
	my @sides = map { { %$_ } } @{ $case->{side} };
	my $v6 = grep { $_ eq 'IPv6' } @{ $case->{needs} };
	for my $i (0 .. $#sides) {
		$sides[$i]{ip} = address($place, $number * 10 + $i);
		$sides[$i]{port} = port();
		# There is one address only: ports make the difference.
		@{ $sides[$i] }{qw(ip port)} = ('::1', port() + 20 + 20 * $i) if $v6;
	}
	$sides[$_]{twin} = twin_port($place, $_) for 0 .. $#sides;
	$_->{media} = $v6 ? $_->{port} + 4 : port() + 10 for @sides;
	my $protocol = $case->{transport} =~ /^u/ ? 'udp' : 'tcp';
	for my $side (@sides) {
		my $folder = "$dir/$number-$side->{name}";
		make_path($folder);
		my %named = (%$case, files => { map { $_ => /\.cfg$/ ? named($case->{files}{$_}, \@sides) : $case->{files}{$_} } keys %{ $case->{files} } });
		write_files(\%named, $folder);
		copy_common($folder);
		my $started = start($folder, $side->{name}, command($case, $side, \@sides, $which->{ $side->{name} }));
		@{$side}{qw(pid dir)} = @{$started}{qw(pid dir)};
		waits($side, \@sides, $protocol);
	}
	poke($_, \@sides) for @{ $case->{poke} };
	my @leave = @{ $case->{leave} };
	finish($case->{limit}, grep { my $n = $_->{name}; !grep { $_ eq $n } @leave } @sides);
	stop(@sides);
	return { map { $_->{name} => witness($case, $_, \@sides) } @sides };
}

# `poke: NAME SECONDS signal USR1`, `poke: NAME SECONDS control TEXT`: so long after the one before.
sub poke {
	my ($line, $sides) = @_;
	my ($name, $seconds, $how, $what) = split ' ', $line, 4;
	my ($side) = grep { $_->{name} eq $name } @$sides;
	sleep $seconds;
	if ($how eq 'signal') {
		kill $what, $side->{pid} unless finish(0.001, $side);
		return;
	}
	socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
	send $socket, $what, 0, sockaddr_in($side->{port} + 1, inet_aton($side->{ip}));
}

# Every side but the last must be there before the next one starts.
sub waits {
	my ($side, $sides, $protocol) = @_;
	return if $side == $sides->[-1];
	my ($twin) = $side->{options} =~ /-3pcc \{$side->{name}\.twin\}/;
	ready($side, 'tcp', $side->{ip}, $side->{twin}) if $twin || $side->{options} =~ /-slave /;
	return ready($side, 'udp', $side->{ip}, port() + $1) if $side->{options} =~ /^run: .*?\{port\+(\d+)\}/;
	ready($side, $protocol, $side->{ip}, $side->{port});
}

sub copy_common {
	my $folder = shift;
	for my $path (glob "$here/common/*") {
		my ($name) = $path =~ m{([^/]+)$};
		next if -e "$folder/$name";
		my %common = (files => { $name => slurp($path) }, path => $path);
		write_files(\%common, $folder);
	}
}

# What stands in every command line, unless the side's own options name it, or take it away by !-option.
sub command {
	my ($case, $side, $sides, $is_ours) = @_;
	my $name = $side->{name};
	my $options = named($side->{options}, $sides);
	my %by = map { $_->{name} => $_ } @$sides;
	my @own = split_words($options);
	return @own[1 .. $#own] if @own && $own[0] eq 'run:';
	my %named = map { s/^!//r => 1 } grep { /^!?-/ } @own;
	@own = grep { !/^!/ } @own;
	my $xml = $case->{files}{"$name.xml"} ? "$name.xml" : $name eq 'server' ? 'uas.xml' : 'uac.xml';
	my @usual = (['-i', $side->{ip}], ['-p', $side->{port}], ['-bind_local'], ($side->{ip} =~ /:/ ? () : ['-ci', $side->{ip}]), ['-cp', $side->{port} + 1], ['-mi', $side->{ip}],
		['-mp', $side->{media}], ['-nostdin'], ['-m', $case->{calls}], ['-t', $case->{transport}], ['-trace_stat'], ['-stf', "$name.csv"],
		['-trace_msg'], ['-message_file', "$name.msg"], ['-trace_logs'], ['-log_file', "$name.log"], ['-trace_err'], ['-error_file', "$name.err"]);
	push @usual, ['-sf', $xml] unless $named{'-sn'};
	push @usual, ['-max_socket', 1000] if $case->{transport} =~ /^[ut][ni]$/;
	push @usual, ['-r', 20] unless $name eq 'server' || $named{'-users'};
	push @usual, [target($by{server})] if $name eq 'client' && $by{server} && !$named{-target};
	return ($is_ours ? ($ours, 'sipp') : $sipp, (map { @$_ } grep { !$named{ $_->[0] } } @usual), @own);
}

# {NAME} is the side's address and port, {NAME.ip}, {NAME.twin} the one for commands of 3PCC, {port+N} one of the run's ports.
sub named {
	my ($text, $sides) = @_;
	for my $other (@$sides) {
		my $twin = "$other->{ip}:" . $other->{twin};
		$text =~ s/\{$other->{name}\.twin\}/$twin/g;
		$text =~ s/\{$other->{name}\.ip\}/$other->{ip}/g;
		$text =~ s/\{$other->{name}\}/target($other)/ge;
	}
	$text =~ s/\{port\+(\d+)\}/port() + $1/ge;
	return $text;
}

sub target {
	my $side = shift;
	return ($side->{ip} =~ /:/ ? "[$side->{ip}]" : $side->{ip}) . ":$side->{port}";
}

sub split_words {
	my $text = shift;
	my @words;
	push @words, $1 // $2 while $text =~ /\G\s*(?:'([^']*)'|(\S+))/g;
	return @words;
}
