# Listens for RTP on a UDP port until it is told to end, then says what came: a line for each stream in the order of their beginning.
# Usage: ear.pl IP PORT FILE; ear.pl IP PORT FILE IP PORT COUNT: sends COUNT packets itself and says how many came back as they were.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(sleep);

my ($ip, $port, $file, $to_ip, $to_port, $count) = @ARGV;
my $stop = 0;
$SIG{TERM} = sub { $stop = 1 };
socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
bind $socket, sockaddr_in($port, inet_aton($ip)) or die "bind: $!\n";
my (%stream, @order, $echoes);

sub hear {
	my $seconds = shift;
	my $bits = '';
	vec($bits, fileno $socket, 1) = 1;
	return 0 if select(my $ready = $bits, undef, undef, $seconds) < 1;
	defined recv $socket, my $packet, 2000, 0 or return 0;
	return 1 if length $packet < 12;
	my ($flags, $type, $seq, $time, $ssrc) = unpack 'CCnNN', $packet;
	$echoes++ if $ssrc == 0x11223344;
	my $s = $stream{$ssrc} //= do { push @order, $ssrc; {} };
	$s->{packets}++;
	$s->{types}{ $type & 127 }++;
	$s->{sizes}{ length($packet) - 12 }++;
	$s->{gaps}++ if defined $s->{seq} && (($s->{seq} + 1) & 65535) != $seq;
	@{$s}{qw(seq time)} = ($seq, $time);
	return 1;
}

if ($count) {
	for my $i (1 .. $count) {
		send $socket, pack('CCnNN', 128, 0, $i, 160 * $i, 0x11223344) . 'x' x 160, 0, sockaddr_in($to_port, inet_aton($to_ip));
		sleep 0.005;
		1 while hear(0);
	}
	1 while hear(0.3);
} else {
	until ($stop) { hear(0.05) }
}
open my $out, '>', $file or die "$file: $!\n";
print $out "sent $count back ", $echoes // 0, "\n" if $count;
for my $s ($count ? () : map { $stream{$_} } @order) {
	print $out "packets $s->{packets} types ", join(',', sort { $a <=> $b } keys %{ $s->{types} }), ' sizes ',
		join(',', sort { $a <=> $b } keys %{ $s->{sizes} }), ' gaps ', $s->{gaps} // 0, "\n";
}
close $out;
