# Writes docs/sipp-compatibility.md (to stdout) from the rows, the cases and what the last run of all of them said.
use strict;
use warnings;
use Case qw(read_case read_rows);

my $here = 'tests/conformance';
my %case = map { my $c = read_case($_); ($c->{name} => $c) } sort glob "$here/cases/*.case";
my %said;
open my $results, '<', 'build/conformance/results' or die "run the cases first: $!\n";
while (<$results>) {
	chomp;
	my ($name, $verdict, $what, $why) = split /\t/;
	push @{ $said{$name} }, [$verdict, $what, $why];
}

# What a case proved: "as SIPp", "ours with ours: REASON", "differs: WORDS" or what failed.
sub proved {
	my $c = shift;
	my @said = @{ $said{ $c->{name} } // [] };
	my ($failed) = grep { $_->[0] eq 'not ok' } @said;
	return 'does not pass' if $failed;
	return "differs: $c->{differs}" if $c->{differs};
	return 'not run here' if !(grep { $_->[1] =~ /ours/ } @said) || grep { $_->[0] eq 'skipped' } @said;
	return "ours with ours ($c->{'ours-only'})" if $c->{'ours-only'};
	return 'as SIPp';
}

my %title = (
	CORE => 'Core: in every tenth public scenario, or in 15 of 47 public collections', COMMON => 'Common: in every hundredth, or in 5 collections',
	RARE => 'Rare: in fewer', UNSEEN => 'Unseen: documented by SIPp, found in no public scenario',
	BEHAVIOUR => 'What scenarios rely on without writing it', 'COMMAND LINE' => 'The command line'
);

sub cell { return $_[0] =~ s/\|/\\|/gr }

my (%by, @order, %sum);
for my $row (read_rows("$here/rows")) {
	push @order, $row->[0] unless $by{ $row->[0] };
	push @{ $by{ $row->[0] } }, $row->[1];
}
my $text = '';
for my $class (@order) {
	$text .= "\n## $title{$class}\n\n| row | case | result |\n|---|---|---|\n";
	for my $row (@{ $by{$class} }) {
		my @cases = grep { my $c = $_; grep { $_ eq $row } @{ $c->{row} } } map { $case{$_} } sort keys %case;
		my %result;
		push @{ $result{ proved($_) } }, $_->{name} for @cases;
		my @results = sort { ($b eq 'as SIPp') <=> ($a eq 'as SIPp') || $a cmp $b } keys %result;
		my $said = @results == 1 ? $results[0] : join '; ', map { $_ eq $results[0] ? $_ : "@{ $result{$_} }: $_" } @results;
		$sum{ $results[0] =~ /^(as SIPp|ours with ours|differs|does not pass|not run here)/ ? $1 : '' }++;
		$text .= '| `' . cell($row) . '` | ' . join(', ', map { "[$_->{name}](../$here/cases/$_->{name}.case)" } @cases) . ' | ' . cell($said) . " |\n";
	}
}
my $rows = map { @$_ } values %by;
print <<"END";
# SIPp's language, row by row

Made by `make compatibility` from [tests/conformance](../$here/README.md); edits are lost. Of $rows rows @{[$sum{'as SIPp'} // 0]} do as SIPp 3.6.1 does in
the same place: SIPp plays one side, ours the other, and what ours sends, logs, counts and exits with is what SIPp itself does there, apart from
ports, addresses, process ids and times. @{[$sum{'ours with ours'} // 0]} are judged with ours on both sides, since SIPp 3.6.1 as Debian builds it has no
such thing. @{[$sum{differs} // 0]} differ, in the words given.
END
print 'Not passed by this build: ', $sum{'does not pass'}, ".\n" if $sum{'does not pass'};
print 'Not run where this page was made: ', $sum{'not run here'}, ".\n" if $sum{'not run here'};
print $text;
my @notes = map { my $c = $case{$_}; map { "- $_ ([$c->{name}](../$here/cases/$c->{name}.case))\n" } @{ $c->{note} } } sort keys %case;
print "\n## What else differs\n\n", @notes if @notes;
