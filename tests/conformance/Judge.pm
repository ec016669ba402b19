# What one side did, in a form in which two runs can be compared: without process ids, addresses, times and the letters of branches.
package Judge;
use strict;
use warnings;
use Sides qw(slurp statistics);
use Exporter 'import';
our @EXPORT_OK = qw(witness difference);

# plain(text, case, sides): ids by the name of whose they are, branches by the order of their appearance.
sub plain {
	my ($text, $case, $sides) = @_;
	for my $side (@$sides) {
		# Only where SIPp writes an id: a port or a length may be the same number.
		$text =~ s/(?:\bpid=|(?<=\d-)|(?<=by-))\K$side->{pid}(?=[@\s-]|$)|(?<!\d)$side->{pid}(?=SIPpTag)/PID-$side->{name}/gm;
		$text =~ s/(?<![\d.])\Q$side->{ip}\E(?![\d])/IP-$side->{name}/g;
	}
	my %branch;
	my $count = 0;
	$text =~ s/z9hG4bK[^;,\s>"']*/'branch-' . ($branch{$&} \/\/= ++$count)/ge;
	$text =~ s/\r//g;
	$text =~ s/$_/*/gm for @{ $case->{mask} };
	return $text;
}

# The messages of a -trace_msg file, each as "sent" or "received" and its text.
sub messages {
	my $text = shift;
	my @out;
	for my $part (split /^-{20,} \d{4}-\d\d-\d\d[ T][^\n]*\n/m, $text) {
		next unless $part =~ /^\w+ (?:control )?message (sent|received) [\[(]\d+(?: bytes\)|\] bytes|\) bytes) ?:\r?\n\r?\n(.*)/s;
		my ($way, $body) = ($1, $2);
		$body =~ s/\s+$//;
		push @out, "$way $body";
	}
	return \@out;
}

# witness(case, side, sides): { code, statistics, log, messages, files }.
sub witness {
	my ($case, $side, $sides) = @_;
	my $at = "$side->{dir}/$side->{name}";
	my %files;
	for my $spec (@{ $case->{file} }) {
		my ($name, $file) = split ' ', $spec;
		next if $name ne $side->{name};
		my ($path) = glob "$side->{dir}/$file";
		$files{$file} = defined $path ? plain(slurp($path) // '', $case, $sides) : 'missing';
	}
	my $errors = substr slurp("$at.err") // '', 0, 300;
	return {
		last_error => $errors ? " ($errors)" : '', code => $side->{code}, statistics => scalar statistics("$at.csv"), log => plain(slurp("$at.log") // '', $case, $sides),
		messages => messages(plain(slurp("$at.msg") // '', $case, $sides)), files => \%files
	};
}

# The first line in which two texts differ, in words.
sub first_difference {
	my ($what, $wanted, $got) = @_;
	my @wanted = split /\n/, $wanted, -1;
	my @got = split /\n/, $got, -1;
	for my $i (0 .. (@wanted > @got ? $#wanted : $#got)) {
		my ($w, $g) = ($wanted[$i] // '(nothing)', $got[$i] // '(nothing)');
		return "$what, line @{[$i + 1]}: wanted '$w', got '$g'" if $w ne $g;
	}
	return "$what differs";
}

# What the case says by hand about a side.
sub typed {
	my ($case, $name) = @_;
	my %codes = map { split /=/ } split ' ', $case->{exit} // '';
	my $code = $codes{$name} // 0;
	my @lines = map { my ($who, $rest) = split ' ', $_, 2; $who eq $name ? $rest // '' : () } @{ $case->{statistics} };
	my %numbers = map { split /=/ } map { split } @lines;
	%numbers = (SuccessfulCall => $case->{calls}, FailedCall => 0, Retransmissions => 0) if !@lines && $code eq '0';
	my @log = map { my ($who, $rest) = split ' ', $_, 2; $who eq $name ? $rest // '' : () } @{ $case->{log} };
	return ($code, \%numbers, \@log);
}

# The first line of a message, its call and its CSeq.
sub begin {
	my $message = shift;
	my ($first) = $message =~ /^(.*)/;
	my ($call) = $message =~ /^Call-ID: *(.*)$/m;
	my ($cseq) = $message =~ /^CSeq: *(.*)$/m;
	return join "\n", $first, $call // '', $cseq // '';
}

# difference(case, name, witness, reference or undef): '' or the first thing that is not as it should.
sub difference {
	my ($case, $name, $w, $reference) = @_;
	my ($code, $numbers, $log) = typed($case, $name);
	my $left = grep { $_ eq $name } @{ $case->{leave} };
	return "exit code $w->{code}, wanted $code$w->{last_error}" if !$left && $code ne 'any' && $w->{code} ne $code;
	for my $column (sort keys %$numbers) {
		last if $left;
		my $got = $w->{statistics} ? $w->{statistics}{"$column(C)"} // $w->{statistics}{$column} // 'no such column' : 'no statistics file';
		return "$column is $got, wanted $numbers->{$column}" unless $numbers->{$column} eq $got || $numbers->{$column} eq '+' && $got =~ /^[1-9]/;
	}
	my $wanted_log = join '', map { "$_\n" } @$log;
	return first_difference('log', $wanted_log, $w->{log}) if @$log && $wanted_log ne $w->{log};
	for my $spec (@{ $case->{file} }) {
		my ($who, $file, $text) = split ' ', $spec, 3;
		next if $who ne $name || !defined $text;
		(my $got = $w->{files}{$file}) =~ s/\s+$//;
		return "$file: wanted /$text/, got '$got'" unless $got =~ /$text/;
	}
	for my $file (sort keys %{ $w->{files} }) {
		return "$file was not written" if $w->{files}{$file} =~ /^(missing)?$/;
	}
	return '' unless $reference;
	return first_difference('log', $reference->{log}, $w->{log}) if $reference->{log} ne $w->{log};
	for my $file (sort keys %{ $w->{files} }) {
		next if grep { /^\S+ \Q$file\E \S/ } @{ $case->{file} };
		return first_difference($file, $reference->{files}{$file}, $w->{files}{$file}) if $reference->{files}{$file} ne $w->{files}{$file};
	}
	return '' if ($case->{messages} // '') eq 'no';
	my ($r, $g) = ($reference->{messages}, $w->{messages});
	# Of what nobody's scenario says, only who is meant by what.
	($r, $g) = map { [map { begin($_) } @$_] } $r, $g if ($case->{messages} // '') eq 'begin';
	for my $i (0 .. (@$r > @$g ? $#$r : $#$g)) {
		my ($a, $b) = ($r->[$i] // '(none)', $g->[$i] // '(none)');
		return first_difference('message ' . ($i + 1), $a, $b) if $a ne $b;
	}
	return '';
}

1;
