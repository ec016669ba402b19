#!/usr/bin/perl
# milliwatt compare of two taps of the same calls, against the truth of who made the taps. Usage: taps.pl SANITIZED RELEASE
# A virtual simulation is captured once; second_tap.pl makes two captures of it with clocks, transit, loss and rewriting that it decides.
use strict;
use warnings;
use File::Temp 'tempdir';
use JSON::PP;

my ($sanitized, $fast) = @ARGV;
my $work = tempdir(CLEANUP => 1);
my ($passed, $failed) = (0, 0);

sub check {
	my ($name, $ok, $why) = @_;
	print $ok ? "ok - taps $name\n" : "not ok - taps $name: $why\n";
	$ok ? $passed++ : $failed++;
}

sub near {
	my ($name, $got, $wanted, $within) = @_;
	check($name, defined $got && abs($got - $wanted) <= $within, 'got ' . ($got // 'nothing') . ", wanted $wanted within $within");
}

sub run {
	my @command = @_;
	open my $out, '-|', @command or die "$command[0]: $!\n";
	local $/;
	my $text = <$out>;
	close $out;
	return ($? >> 8, $text);
}

sub simulate {
	my ($path, @options) = @_;
	my ($code) = run($fast, qw(sim --virtual -q --scenario uac --peer uas --media tone:440 --latency 5ms --capture), $path, @options);
	die "the simulation failed\n" if $code;
}

# Two captures of one; what was done to them.
sub tap {
	my ($in, @settings) = @_;
	system($^X, 'tests/helpers/second_tap.pl', $in, "$work/a.pcap", "$work/b.pcap", "$work/truth", @settings) == 0 or die "second_tap failed\n";
	my %truth = (streams => {}, transit => {}, calls => {});
	open my $file, '<', "$work/truth" or die;
	while (<$file>) {
		my ($what, @of) = split;
		$truth{streams}{"$of[0] $of[1]"} = [@of[2 .. 5]] if $what eq 'stream';
		@{ $truth{transit}{$of[0]} }{qw(least p5 p50 p95 most jitter)} = @of[1 .. 6] if $what eq 'transit';
		$truth{calls}{$of[0]} = $of[1] if $what eq 'call';
	}
	return \%truth;
}

sub compare {
	my ($binary, $a, $b, @options) = @_;
	my ($code, $text) = run($binary, 'compare', '--taps', '--json', @options, $a, $b);
	return ($code, eval { decode_json($text) } // {});
}

# Each stream's packets, those lost, and those that the first tap missed, exactly.
sub streams_are_right {
	my ($name, $found, $truth) = @_;
	my @wrong;
	for my $s (@{ $found->{streams} }) {
		my $key = "$s->{ssrc_a} $s->{ssrc_b}";
		my $t = $truth->{streams}{$key} or push(@wrong, "no such pair $key"), next;
		my $got = join ' ', substr($s->{way}, 0, 1) . substr($s->{way}, -1), @$s{qw(packets lost_between only_second)};
		push @wrong, "$key: $got, truth @$t" if $got ne "@$t";
	}
	my ($count, $all) = (scalar @{ $found->{streams} // [] }, scalar keys %{ $truth->{streams} });
	push @wrong, "$count streams of $all" if $count != $all;
	check("$name: every stream's packets, exactly", !@wrong, join '; ', @wrong[0 .. ($#wrong > 3 ? 3 : $#wrong)]);
}

sub transit_is_right {
	my ($name, $found, $truth, $within) = @_;
	for my $way (['ab', 'a_to_b'], ['ba', 'b_to_a']) {
		my ($t, $f) = ($truth->{transit}{ $way->[0] }, $found->{ $way->[1] }{transit});
		near("$name: transit $way->[0], $_->[0]", $f->{ $_->[1] }, $t->{ $_->[0] }, $within)
			for ['least', 'least_ms'], ['p50', 'p50_ms'], ['p95', 'p95_ms'], ['most', 'most_ms'];
		near("$name: p95 - p5 $way->[0]", $f->{p95_less_p5_ms}, $t->{p95} - $t->{p5}, 0.02);
		near("$name: jitter $way->[0]", $f->{jitter_ms}, $t->{jitter}, 0.01);
	}
}

# Which call of A is which of B, by the truth; needs databases.
sub calls_are_right {
	my ($name, $found, $truth, $db_a, $db_b) = @_;
	my @ids = map { my %of = map { split /\|/ } split /\n/, (run('sqlite3', $_, 'SELECT id, sip_call_id FROM calls'))[1]; \%of } $db_a, $db_b;
	my $wrong = grep { $truth->{calls}{ $ids[0]{ $_->[0] } } ne $ids[1]{ $_->[1] } } @{ $found->{calls} };
	check("$name: no call is taken for another", !$wrong, "$wrong are");
}

# ---- an offset of 13.7 ms, 2 % of the packets lost ----

simulate("$work/s.pcapng", qw(--calls 60 --rate 1 --hold 10s --seed 4));
my @usual = qw(offset_ms=13.7 loss=0.02 ab_ms=2 ba_ms=2 ab_jitter_ms=4 ba_jitter_ms=3);
my $truth = tap("$work/s.pcapng", @usual);
my ($code, $there) = compare($sanitized, "$work/a.pcap", "$work/b.pcap", '--max-loss', '1%');
check('two percent lost between is more than one: exit 1', $code == 1, "exit $code");
near('offset', $there->{clock}{offset_ms}, 13.7, 0.1);
near('no drift', $there->{clock}{drift_ppm}, 0, 0);
check('half the round trip is the uncertainty', abs($there->{clock}{uncertainty_ms} - 2) < 0.1, $there->{clock}{uncertainty_ms});
check('all calls are the same', $there->{matched} == 60 && $there->{same_call_id} == 60, $there->{matched});
streams_are_right('2 % lost', $there, $truth);
transit_is_right('2 % lost', $there, $truth, 0.05);

my ($code_back, $back) = compare($fast, "$work/b.pcap", "$work/a.pcap", '--max-loss', '10%');
check('less than 10 %: exit 0', $code_back == 0, "exit $code_back");
near('the other way round: offset', $back->{clock}{offset_ms}, -$there->{clock}{offset_ms}, 0.002);
for my $pair (['a_to_b', 'b_to_a'], ['b_to_a', 'a_to_b']) {
	my ($x, $y) = ($there->{ $pair->[0] }, $back->{ $pair->[1] });
	for (qw(streams packets lost_before lost_between only_second bursts longest_burst)) {
		check("the other way round: $_ of $pair->[0]", $x->{$_} == $y->{$_}, "$x->{$_} and $y->{$_}");
	}
	near("the other way round: p95 of $pair->[0]", $y->{transit}{p95_ms}, $x->{transit}{p95_ms}, 0.005);
}

# ---- drift; packets that the first capture missed ----

for my $ppm (20, -20) {
	$truth = tap("$work/s.pcapng", @usual, "drift_ppm=$ppm", 'missed=0.01', 'seed=7');
	my ($exit, $found) = compare($fast, "$work/a.pcap", "$work/b.pcap");
	near("drift of $ppm ppm", $found->{clock}{drift_ppm}, $ppm, 2);
	my $from_start_s = ($found->{clock}{at_us} - $found->{a_to_b}{over_time}[0]{start_us}) / 1e6;
	near("offset with $ppm ppm, in the middle", $found->{clock}{offset_ms}, 13.7 + $ppm * 1e-3 * $from_start_s, 0.1);
	streams_are_right("$ppm ppm, 1 % missed", $found, $truth);
	transit_is_right("$ppm ppm, 1 % missed", $found, $truth, 0.1);
}

# ---- one way takes longer: half the difference is taken for offset, within what is said ----

$truth = tap("$work/s.pcapng", qw(offset_ms=13.7 ab_ms=12 ba_ms=2));
(undef, my $found) = compare($fast, "$work/a.pcap", "$work/b.pcap");
near('12 ms there and 2 ms back: offset', $found->{clock}{offset_ms}, 18.7, 0.05);
check('the truth is within the uncertainty', abs($found->{clock}{offset_ms} - 13.7) <= $found->{clock}{uncertainty_ms} + 0.05,
	$found->{clock}{uncertainty_ms});

# ---- a session border controller: other Call-IDs, tags, addresses, SSRCs; BYEs that it loses ----

$truth = tap("$work/s.pcapng", @usual, qw(sbc=2 lost_byes=3));
run($fast, qw(analyze -q --marks -o), "$work/$_.db", "$work/$_.pcap") for 'a', 'b';
($code, $found) = compare($sanitized, "$work/a.db", "$work/b.db");
check('messages vanished: exit 1', $code == 1, "exit $code");
check('all calls are matched behind the SBC', $found->{matched} == 60 && $found->{same_call_id} == 0, $found->{matched});
calls_are_right('SBC', $found, $truth, "$work/a.db", "$work/b.db");
streams_are_right('SBC', $found, $truth);
near('SBC: offset', $found->{clock}{offset_ms}, 13.7, 0.1);
my ($bye) = grep { $_->{method} eq 'BYE' && !defined $_->{status} } @{ $found->{messages} };
check('three BYEs vanished', $bye->{only_first} == 3 && $bye->{both} == 57 && $bye->{way} eq 'a_to_b', encode_json($bye));
my ($contact) = grep { $_->{field} eq "caller's Contact host" } @{ $found->{rewrites} };
check('the Contact was rewritten in 60 calls', $contact->{calls} == 60 && "$contact->{from} $contact->{to}" eq '192.0.2.10 203.0.113.5',
	encode_json($contact // {}));
my ($hops) = grep { $_->{header} eq 'Max-Forwards' && $_->{message} eq 'INVITE' } @{ $found->{headers} };
check('Max-Forwards was counted down in each INVITE', $hops->{changed} == 60 && $hops->{alike} == 60 && "$hops->{from} $hops->{to}" eq '70 69',
	encode_json($hops // {}));

# Without the captures and without marks: what is left is said, nothing is made up.
run('sqlite3', "$work/$_.db", 'DROP TABLE stream_marks; UPDATE captures SET path = path || ".gone"') for 'a', 'b';
($code, my $text) = run($fast, 'compare', '--taps', "$work/a.db", "$work/b.db");
check('without marks it says how to get them', $text =~ /milliwatt analyze --marks/, $text);
check('without captures it says why no headers', $text =~ /Headers are compared as far as the records know them/, $text);

# ---- 2,000 calls between the same two numbers, one every 5 ms ----

simulate("$work/alike.pcapng", qw(--calls 2000 --rate 200 --hold 1s --seed 9));
$truth = tap("$work/alike.pcapng", qw(offset_ms=13.7 sbc=2 loss=0.02 ab_jitter_ms=3 ba_jitter_ms=3));
run($fast, qw(analyze -q --marks -o), "$work/$_.db", "$work/$_.pcap") for 'a', 'b';
(undef, $found) = compare($fast, "$work/a.db", "$work/b.db");
check('2,000 alike: nearly all are told apart by their packets', $found->{matched} >= 1990, $found->{matched});
calls_are_right('2,000 alike', $found, $truth, "$work/a.db", "$work/b.db");
run('sqlite3', "$work/$_.db", 'DELETE FROM stream_marks') for 'a', 'b';
(undef, $found) = compare($fast, "$work/a.db", "$work/b.db");
calls_are_right('2,000 alike without marks', $found, $truth, "$work/a.db", "$work/b.db");
check('2,000 alike without marks: not guessed', $found->{matched} + $found->{a}{ambiguous} + $found->{a}{calls_alone} == 2000 && $found->{a}{ambiguous} > 1500,
	encode_json($found->{a} // {}));

# ---- forms ----

($code, $text) = run($fast, qw(compare --markdown -), "$work/a.pcap", "$work/b.pcap");
check('markdown', $text =~ /^# Two taps of the same calls$/m && $text =~ /^\| way \| streams /m, substr $text, 0, 200);
($code, $text) = run($fast, qw(compare --html -), "$work/a.pcap", "$work/b.pcap");
check('html', $text =~ /<h1>Two taps of the same calls<\/h1>/ && $text =~ /<\/html>/, substr $text, 0, 200);

print "taps: $passed passed, $failed failed\n";
exit($failed > 0);
