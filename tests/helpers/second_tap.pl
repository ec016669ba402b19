#!/usr/bin/perl
# One capture (pcapng of raw IP, as `milliwatt sim --virtual --capture` writes it) becomes those of two taps on the way: A at the caller's side,
# B at the callee's, with clocks that differ, a way between them that takes time and loses packets, and where asked for a session border
# controller that rewrites what such boxes rewrite. What was done is written down as truth.
#
#   second_tap.pl IN.pcapng A.pcap B.pcap TRUTH [NAME=VALUE ...]
#     caller=192.0.2.10       the address on A's side
#     offset_ms=13.7 drift_ppm=0   B's clock less A's at the first packet; what it gains
#     ab_ms=2 ba_ms=2         least transit A to B, B to A
#     ab_jitter_ms=0 ba_jitter_ms=0   up to so much more, evenly spread
#     loss=0                  share of RTP packets that never reach the second tap
#     missed=0                share of RTP packets that the first tap does not capture though they pass
#     lost_byes=0             so many calls whose BYE never reaches the second tap
#     sbc=0                   1: behind it other Call-IDs, tags, Contacts, addresses; 2: SSRCs too
#     seed=1
#
# Truth: lines of "stream SSRC_A SSRC_B WAY FIRST LOST MISSED" (packets at the first tap, lost between, seen by the second alone), "transit WAY
# LEAST P5 P50 P95 MOST JITTER" in ms (of packets whose number is a multiple of 32), "call CALL-ID_A CALL-ID_B", "calls N".
use strict;
use warnings;

my ($in, $out_a, $out_b, $truth, @settings) = @ARGV;
my %set = (caller => '192.0.2.10', offset_ms => 13.7, drift_ppm => 0, ab_ms => 2, ba_ms => 2, ab_jitter_ms => 0, ba_jitter_ms => 0,
	loss => 0, missed => 0, lost_byes => 0, sbc => 0, seed => 1);
for (@settings) {
	my ($name, $value) = split /=/, $_, 2;
	die "second_tap: no such setting: $name\n" unless exists $set{$name};
	$set{$name} = $value;
}

# Numbers of our own, the same with every perl: SplitMix64, 32 bits of each at a time.
my $state = $set{seed} * 2654435761 % 4294967296;
sub chance {
	$state = ($state * 1664525 + 1013904223) % 4294967296;
	my $x = $state;
	$x ^= $x >> 16;
	$x = ($x * 73244475) % 4294967296;
	$x ^= $x >> 16;
	return $x / 4294967296;
}

my $sbc_address = '203.0.113.5'; # as long as the caller's in SDP does not matter: Content-Length follows

sub address { return pack 'C4', split /\./, $_[0]; }

sub sum16 {
	my $sum = 0;
	$sum += $_ for unpack 'n*', length($_[0]) % 2 ? "$_[0]\0" : $_[0];
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	return ~$sum & 0xffff;
}

# IPv4 with UDP of these, checksums right.
sub datagram {
	my ($ip, $src, $dst, $ports, $payload) = @_;
	my $udp = $ports . pack('nn', 8 + length $payload, 0) . $payload;
	my $check = sum16($src . $dst . pack('nn', 17, length $udp) . $udp);
	substr $udp, 6, 2, pack 'n', $check || 0xffff;
	my $head = substr $ip, 0, 20;
	substr $head, 2, 2, pack 'n', 20 + length $udp;
	substr $head, 10, 2, "\0\0";
	substr $head, 12, 8, $src . $dst;
	substr $head, 10, 2, pack 'n', sum16($head);
	return $head . $udp;
}

# ---- what the box does ----

my (%new_ids, %new_ssrcs, $new_count);

sub new_id { return $new_ids{$_[0]} //= sprintf 'sbc-%x-%06d', 1000003 * ++$new_count % 16777213, $new_count; }
sub new_ssrc { return $new_ssrcs{$_[0]} //= int(chance() * 4294967295) + 1; }

# From here on B's side: the caller is the box.
sub rewrite_sip {
	my ($text) = @_;
	my ($head, $body) = split /\r\n\r\n/, $text, 2;
	$head =~ s/^(Call-ID|i)\s*:\s*(\S+)/"$1: " . new_id($2) . '@203.0.113.5'/mie;
	$head =~ s/^(From\s*:.*;tag=)([^;\r\n]+)/$1 . new_id("from$2")/mie;
	$head =~ s/^(To\s*:.*;tag=)([^;\r\n]+)/$1 . new_id("to$2")/mie;
	$head =~ s/(branch=z9hG4bK)([^;\r\n]+)/$1 . new_id("branch$2")/ge;
	s/\Q$set{caller}\E/$sbc_address/g for $head, $body;
	my $length = length $body;
	$head =~ s/^(Content-Length|l)\s*:\s*\d+/$1: $length/mi;
	$head =~ s/\r\nMax-Forwards: 70/\r\nMax-Forwards: 69/;
	return "$head\r\n\r\n$body";
}

# ---- reading ----

open my $file, '<:raw', $in or die "second_tap: $in: $!\n";
local $/;
my $octets = <$file>;
my (@packets, $at, @units);
for ($at = 0; $at + 12 <= length $octets;) {
	my ($type, $length) = unpack 'VV', substr $octets, $at, 8;
	my $block = substr $octets, $at, $length;
	if ($type == 1) {
		my $unit = 1e6;
		for (my $o = 16; $o + 4 <= $length - 4;) {
			my ($code, $n) = unpack 'vv', substr $block, $o, 4;
			last if !$code;
			my $value = unpack 'C', substr $block, $o + 4, 1;
			$unit = $value & 0x80 ? 2 ** ($value & 0x7f) : 10 ** $value if $code == 9;
			$o += 4 + $n + (-$n & 3);
		}
		push @units, $unit;
	} elsif ($type == 6) {
		my ($interface, $high, $low, $captured) = unpack 'VVVV', substr $block, 8, 16;
		# In ns since the epoch: 64-bit integers.
		push @packets, [($high * 4294967296 + $low) * (1e9 / $units[$interface]), substr $block, 28, $captured];
	}
	last if $length < 12;
	$at += $length;
}

# ---- the two taps ----

my $caller = address($set{caller});
my $start = $packets[0][0];
my (%streams, @order, %transits, %calls, @call_order, %byes_lost, @a, @b);

sub clock_of_b { return $_[0] + $set{offset_ms} * 1e6 + ($_[0] - $start) * $set{drift_ppm} * 1e-6; }

my %last_at;
for my $packet (@packets) {
	my ($time, $data) = @$packet;
	my ($src, $dst) = (substr($data, 12, 4), substr $data, 16, 4);
	my $ports = substr $data, 20, 4;
	my $payload = substr $data, 28;
	my $way = $src eq $caller ? 'ab' : 'ba';
	my $rtp = (unpack('C', $payload) & 0xc0) == 0x80 && length $payload > 12 && (unpack 'n', $ports) % 2 == 0;
	my $sip = $payload =~ /^[A-Z]+ sips?:|^SIP\/2\.0 /;
	my $transit = $set{"${way}_ms"} * 1e6 + chance() * $set{"${way}_jitter_ms"} * 1e6;
	# Nothing overtakes on the way.
	my $flow = $src . $dst . $ports;
	my $arrived = $time + $transit;
	$arrived = $last_at{$flow} + 1000 if $arrived <= ($last_at{$flow} // 0);
	$last_at{$flow} = $arrived;
	my ($lost, $missed) = (0, 0);
	my $other = $payload;
	if ($rtp) {
		my ($number, $ssrc) = unpack 'x2nx4N', $payload;
		my $s = $streams{$ssrc};
		if (!$s) {
			$s = $streams{$ssrc} = { way => $way, first => 0, lost => 0, missed => 0 };
			push @order, $ssrc;
		}
		$lost = chance() < $set{loss};
		$missed = !$lost && chance() < $set{missed};
		$s->{first} += !$missed;
		$s->{lost} += $lost;
		$s->{missed} += $missed;
		push @{ $transits{$way}{$ssrc} }, ($arrived - $time) / 1e6 if !$lost && !$missed && $number % 32 == 0;
		substr $other, 8, 4, pack 'N', new_ssrc($ssrc) if $set{sbc} > 1;
	} elsif ($sip) {
		my ($id) = $payload =~ /^(?:Call-ID|i)\s*:\s*(\S+)/mi;
		if (!$calls{$id}) {
			$calls{$id} = 1;
			push @call_order, $id;
		}
		if ($payload =~ /^BYE /) {
			$byes_lost{$id} = 1 if !defined $byes_lost{$id} && keys(%byes_lost) < $set{lost_byes};
			$lost = $byes_lost{$id} // 0;
		}
		$lost = 1 if $byes_lost{$id} && $payload =~ /^CSeq: *\d+ BYE/mi;
		# A request that did not come is not answered.
		next if $byes_lost{$id} && $payload =~ /^SIP.*^CSeq: *\d+ BYE/msi;
		$other = rewrite_sip($payload) if $set{sbc};
	}
	my $near = datagram($data, $src, $dst, $ports, $payload);
	my $far = $set{sbc}
		? datagram($data, $src eq $caller ? address($sbc_address) : $src, $dst eq $caller ? address($sbc_address) : $dst, $ports, $other)
		: $near;
	my ($first, $second) = $way eq 'ab' ? (\@a, \@b) : (\@b, \@a);
	my ($first_data, $second_data) = $way eq 'ab' ? ($near, $far) : ($far, $near);
	push @$first, [$time, $first_data] unless $missed;
	push @$second, [$arrived, $second_data] unless $lost;
}

sub write_capture {
	my ($path, $packets, $clock) = @_;
	open my $out, '>:raw', $path or die "second_tap: $path: $!\n";
	print $out pack 'VvvVVVV', 0xa1b23c4d, 2, 4, 0, 0, 262144, 101;
	for my $packet (sort { $a->[0] <=> $b->[0] } @$packets) {
		my $ns = int $clock->($packet->[0]);
		print $out pack('VVVV', int($ns / 1000000000), $ns % 1000000000, length $packet->[1], length $packet->[1]), $packet->[1];
	}
	close $out or die "second_tap: $path: $!\n";
}
write_capture($out_a, \@a, sub { return $_[0]; });
write_capture($out_b, \@b, \&clock_of_b);

# ---- truth ----

sub quantile {
	my ($share, @sorted) = @_;
	return $sorted[int($share * $#sorted + 0.5)];
}

open my $said, '>', $truth or die "second_tap: $truth: $!\n";
for my $ssrc (@order) {
	my $s = $streams{$ssrc};
	printf $said "stream %u %u %s %d %d %d\n", $ssrc, $set{sbc} > 1 ? new_ssrc($ssrc) : $ssrc, @$s{qw(way first lost missed)};
}
for my $way (sort keys %transits) {
	my ($sum, $count, @all) = (0, 0);
	for my $ssrc (@order) {
		my @t = @{ $transits{$way}{$ssrc} // [] };
		push @all, @t;
		my $jitter = 0;
		$jitter += (abs($t[$_] - $t[$_ - 1]) - $jitter) / 16 for 1 .. $#t;
		next if @t < 2;
		$sum += $jitter * @t;
		$count += @t;
	}
	@all = sort { $a <=> $b } @all;
	printf $said "transit %s %.6f %.6f %.6f %.6f %.6f %.6f\n", $way, $all[0], (map { quantile($_, @all) } 0.05, 0.5, 0.95), $all[-1],
		$count ? $sum / $count : 0;
}
printf $said "call %s %s\n", $_, $set{sbc} ? new_id($_) . "\@$sbc_address" : $_ for @call_order;
printf $said "calls %d\n", scalar @call_order;
close $said or die "second_tap: $truth: $!\n";
