# Sides of a call as processes, for the tests that let SIPp and us talk: each on an address of its own on loopback, started in a folder of
# its own, waited for, and ended by its process id. All numbers that show in messages have the same count of digits in every run, so that
# lengths are the same too.
package Sides;
use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time sleep);
use Exporter 'import';
our @EXPORT_OK = qw(address port twin_port start ready finish stop statistics slurp);

my $run = $$;

# The address of side number `n` (0..99) of place `place` (0..149): 127.A.B.C, three digits each.
sub address {
	my ($place, $n) = @_;
	return sprintf '127.%d.%d.%d', 101 + $run % 150, 100 + $place % 150, 100 + $n;
}

# One for all sides of this run: SIP; + 1 control, + 10.. media, + 30.. whoever listens, + 40.. twins.
sub port { return 20000 + 200 * ($run % 60) }

# SIPp has its port for commands on every address of the machine, so each place has ports of its own.
sub twin_port {
	my ($place, $n) = @_;
	return port() + 40 + ($place * 3 + $n) % 150;
}

# start(dir, name, command...): output goes to dir/name.out.
sub start {
	my ($dir, $name, @command) = @_;
	my $pid = fork // die "fork: $!\n";
	return { pid => $pid, name => $name, dir => $dir } if $pid;
	$SIG{INT} = 'DEFAULT'; # a shell's background ignores it, and hands that down
	chdir $dir or die "$dir: $!\n";
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', "$name.out" or POSIX::_exit(126);
	open STDERR, '>&', \*STDOUT;
	exec { $command[0] } @command or POSIX::_exit(127);
}

sub hex_address {
	my $ip = shift;
	return join '', map { sprintf '%02X', $_ } reverse split /\./, $ip;
}

# ready(side, protocol, ip, port): within 5 s somebody has that port, or the side is gone.
sub ready {
	my ($side, $protocol, $ip, $port) = @_;
	my $v6 = $ip =~ /:/;
	my $wanted = sprintf ':%04X', $port;
	my $here = $v6 ? '' : hex_address($ip);
	for (1 .. 1000) {
		for my $file ("/proc/net/$protocol", "/proc/net/${protocol}6") {
			open my $table, '<', $file or next;
			while (<$table>) {
				my (undef, $local, undef, $state) = split;
				next if $protocol eq 'tcp' && $state ne '0A';
				next unless $local =~ s/$wanted$//;
				return 1 if $v6 ? length $local == 32 : $local eq $here || $local =~ /^0+$/;
			}
		}
		return 0 if reap($side);
		sleep 0.005;
	}
	return 0;
}

sub reap {
	my $side = shift;
	return 1 if defined $side->{code};
	return 0 if waitpid($side->{pid}, WNOHANG) != $side->{pid};
	$side->{code} = WIFSIGNALED($?) ? 'signal ' . WTERMSIG($?) : WEXITSTATUS($?);
	return 1;
}

# finish(seconds, side...): true if all ended by themselves.
sub finish {
	my ($seconds, @sides) = @_;
	my $end = time + $seconds;
	while (time < $end) {
		return 1 unless grep { !reap($_) } @sides;
		sleep 0.005;
	}
	return 0;
}

# stop(side...): whoever is still there is told to end, after a second is ended.
sub stop {
	my @left = grep { !reap($_) } @_;
	kill 'TERM', $_->{pid} for @left;
	finish(1, @left) and return;
	for my $side (grep { !reap($_) } @left) {
		kill 'KILL', $side->{pid};
		waitpid $side->{pid}, 0;
		$side->{code} = 'killed';
	}
}

sub slurp {
	my $file = shift;
	open my $handle, '<:raw', $file or return;
	local $/;
	return scalar <$handle>;
}

# statistics(file): the last line of a -trace_stat file by column name; undef without one.
sub statistics {
	my @lines = split /\n/, slurp(shift) // return;
	return if @lines < 2;
	my (@names, @values, %row);
	@names = split /;/, $lines[0], -1;
	@values = split /;/, $lines[-1], -1;
	@row{@names} = @values;
	return \%row;
}

1;
