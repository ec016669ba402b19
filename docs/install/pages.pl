#!/usr/bin/perl
# What a shell and man know of the program, made from what it says itself: no option can be there and not here.
#
#     pages.pl BINARY man DIR       milliwatt-COMMAND.1 for each command
#     pages.pl BINARY bash|zsh      completion, to standard output
use strict;
use warnings;

my ($binary, $what, $folder) = @ARGV;
die "usage: pages.pl BINARY man DIR | bash | zsh\n" unless defined $what;

sub output {
	open my $in, '-|', @_ or die "$_[0]: $!\n";
	local $/;
	my $text = <$in>;
	close $in or $? >> 8 == 99 or die "@_: exit code " . ($? >> 8) . "\n"; # SIPp's help ends with 99, and so does ours
	return $text;
}

# The commands: name and what it is for, in order.
my $overview = output($binary, '--help');
my ($version) = $overview =~ /^milliwatt (\S+):/;
my @commands = $overview =~ /^  ([a-z]+)\s+(\S.*)$/mg;
my (@names, %purpose, %help);
while (my ($name, $purpose) = splice @commands, 0, 2) {
	push @names, $name;
	$purpose{$name} = $purpose;
	$help{$name} = output($binary, $name, '--help');
}

# An option's line: "  -o, --output DB   where to", its names, the word for its value, its text.
my $name_pattern = qr/--?[A-Za-z0-9][\w-]*/;
my $value_pattern = qr/\[?[A-Z][\w.:,\/\[\]|-]*(?: [A-Z]\w*)*|[a-z0-9]+(?:\|[\w:.]+)+/;

sub option {
	my $line = shift;
	return unless $line =~ /^ {1,8}($name_pattern(?:(?:, ?| )$name_pattern)*)(?:[ =]($value_pattern)|(\[=[A-Z]+\]))?(?: +(.*)|)$/;
	my ($names, $value, $optional, $text) = ($1, $2, $3, $4 // '');
	return { names => [split /[, ]+/, $names], value => $value, optional => $optional, text => $text };
}

# --- man ---------------------------------------------------------------------------------------------------------------

sub roff {
	my $text = shift;
	$text =~ s/\\/\\e/g;
	$text =~ s/-/\\-/g;
	$text =~ s/'/\\(aq/g;
	$text =~ s/^\./\\&./mg;
	return $text;
}

sub man_option {
	my $o = shift;
	my $line = '.TP' . "\n" . join ', ', map { '\fB' . roff($_) . '\fR' } @{ $o->{names} };
	$line .= ' \fI' . roff($o->{value}) . '\fR' if defined $o->{value};
	$line .= '\fI' . roff($o->{optional}) . '\fR' if defined $o->{optional}; # --audio[=N]
	return "$line\n" . ($o->{text} ne '' ? roff($o->{text}) . "\n" : '');
}

sub man {
	my $name = shift;
	my ($out, $state) = ('', '');
	my @lines = split /\n/, $help{$name};
	my $synopsis = '';
	while (@lines && $lines[0] =~ /^(?:Usage:|\s{7})\s*(.*)/) {
		$synopsis .= ($synopsis eq '' ? '' : ".br\n") . roff($1) . "\n";
		shift @lines;
	}
	# `state`: '' between things, 'text', 'option', 'lines' (as they stand).
	my $to = sub {
		my $next = shift;
		$out .= ".fi\n" if $state eq 'lines' && $next ne 'lines';
		$out .= ".PP\n" if $next eq 'text' && $state ne 'text' || $next eq 'lines' && $state ne 'lines';
		$out .= ".nf\n" if $next eq 'lines' && $state ne 'lines';
		$state = $next;
	};
	for my $i (0 .. $#lines) {
		my $line = $lines[$i];
		my $o = option($line);
		if ($line =~ /^\s*$/) { $to->('') }
		elsif ($o) { $to->('option'); $out .= man_option($o) }
		elsif ($state eq 'option' && $line =~ /^ {6,}(\S.*)/) { $out .= roff($1) . "\n" }
		elsif ($line =~ /^(Examples?|Exit(?: codes?)?):\s*(.*)$/) {
			$to->('');
			$out .= '.SH ' . uc($1) . "\n" . ($2 ne '' ? roff($2) . "\n" : '');
			$state = 'text' if $2 ne '';
		}
		elsif ($line =~ /^\S/ && $i < $#lines && option($lines[ $i + 1 ]) && $line !~ /[.:]$/) { $to->(''); $out .= '.SS ' . roff($line) . "\n" }
		elsif ($line =~ /^\s/) { $to->('lines'); $out .= roff($line) . "\n" }
		else { $to->('text'); $out .= roff($line) . "\n" }
	}
	$to->('');
	my $title = uc "milliwatt-$name";
	return qq(.\\" Made by docs/install/pages.pl from `milliwatt $name --help`.\n.TH $title 1 "" "milliwatt $version" "User Commands"\n)
		. ".SH NAME\nmilliwatt\\-$name \\- " . roff($purpose{$name}) . "\n.SH SYNOPSIS\n$synopsis.SH DESCRIPTION\n$out"
		. ".SH SEE ALSO\n.BR milliwatt (1),\nthe guides in /usr/share/doc/milliwatt\n";
}

# --- completion ---------------------------------------------------------------------------------------------------------

my $files = qr/^(?:FILE|DB|BASE|CAPTURE|DIR|SCENARIO|OUT|PATH|EXPECT)/;

sub options_of {
	my $name = shift;
	my %seen;
	return grep { $_ && !$seen{"@{ $_->{names} }"}++ } map { option($_) } split /\n/, $help{$name};
}

sub names_of { my %seen; return grep { !$seen{$_}++ } map { @{ $_->{names} } } @_ }

# What a value may be: a list of words, 'files', or nothing that is known.
sub choices {
	my $o = shift;
	return '' unless defined $o->{value};
	return 'files' if $o->{value} =~ $files;
	return join ' ', split /\|/, $o->{value} if $o->{value} =~ /^[a-z0-9]+(\|[a-z0-9-]+)+$/;
	return '';
}

sub bash {
	my $out = "# Completion of milliwatt in bash. Made by docs/install/pages.pl from what its --help says.\n_milliwatt()\n{\n"
		. "\tlocal word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} options=\n\tCOMPREPLY=()\n"
		. "\tif [ \"\${COMP_WORDS[0]##*/}\" = milliwatt-sipp ]; then\n\t\tcommand=sipp\n"
		. "\telif [ \"\$COMP_CWORD\" -eq 1 ]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W '@names --help --version' -- \"\$word\")\n\t\treturn\n\tfi\n"
		. "\tcase \$command:\$before in\n";
	for my $name (@names) {
		for my $o (options_of($name)) {
			my $choices = choices($o);
			my $pattern = join '|', map { "$name:$_" } @{ $o->{names} };
			if ($choices eq 'files') { $out .= "\t$pattern) mapfile -t COMPREPLY < <(compgen -f -- \"\$word\"); return ;;\n" }
			elsif ($choices ne '') { $out .= "\t$pattern) mapfile -t COMPREPLY < <(compgen -W '$choices' -- \"\$word\"); return ;;\n" }
			elsif (defined $o->{value}) { $out .= "\t$pattern) return ;;\n" }
		}
	}
	$out .= "\tesac\n\tcase \$command in\n";
	$out .= "\t$_) options='" . join(' ', names_of(options_of($_))) . "' ;;\n" for @names;
	$out .= "\tesac\n\tcase \$word in\n\t-*) mapfile -t COMPREPLY < <(compgen -W \"\$options\" -- \"\$word\") ;;\n"
		. "\t*) mapfile -t COMPREPLY < <(compgen -f -- \"\$word\") ;;\n\tesac\n}\ncomplete -o filenames -F _milliwatt milliwatt milliwatt-sipp\n";
	return $out;
}

sub zsh_text { my $text = shift; $text =~ s/[\[\]\\:]/\\$&/g; $text =~ s/'/'\\''/g; return $text }

sub zsh {
	my $out = "#compdef milliwatt\n# Made by docs/install/pages.pl from what milliwatt's --help says.\n_milliwatt() {\n\tlocal -a commands\n\tcommands=(\n";
	$out .= "\t\t'$_:" . zsh_text($purpose{$_}) . "'\n" for @names;
	$out .= "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tlocal command=\$words[2]\n\tshift words\n\t(( CURRENT-- ))\n"
		. "\tcase \$command in\n";
	for my $name (@names) {
		$out .= "\t$name)\n\t\t_arguments \\\n";
		for my $o (options_of($name)) {
			my $choices = choices($o);
			my $value = !defined $o->{value} ? '' : ':' . zsh_text(lc $o->{value}) . ':' . ($choices eq 'files' ? '_files' : $choices ne '' ? "($choices)" : '');
			my $text = zsh_text($o->{text});
			$out .= "\t\t\t'*$_" . "[$text]$value' \\\n" for @{ $o->{names} };
		}
		$out .= "\t\t\t'*:file:_files'\n\t\t;;\n";
	}
	return $out . "\tesac\n}\n_milliwatt \"\$\@\"\n";
}

if ($what eq 'man') {
	die "usage: pages.pl BINARY man DIR\n" unless defined $folder;
	for my $name (@names) {
		my $file = "$folder/milliwatt-$name.1";
		open my $out, '>', $file or die "$file: $!\n";
		print $out man($name);
		close $out or die "$file: $!\n";
	}
}
elsif ($what eq 'bash') { print bash() }
elsif ($what eq 'zsh') { print zsh() }
else { die "pages.pl: man, bash or zsh\n" }
