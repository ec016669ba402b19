# The forms of `milliwatt report` against what is promised of them. Usage: forms.pl BINARY DB...
use strict;
use warnings;
use JSON::PP ();
use JsonSchema;

binmode STDOUT, ':utf8';
my ($binary, @databases) = @ARGV;
my ($passed, $failed, $skipped) = (0, 0, 0);

sub ok {
	my ($good, $name, @said) = @_;
	$good ? $passed++ : $failed++;
	print $good ? "ok - forms $name\n" : "not ok - forms $name\n" . join '', map { "  $_\n" } splice @said, 0, 10;
	return $good;
}

sub skip {
	my ($name) = @_;
	$skipped++;
	print "skipped - forms $name\n";
}

# What a command prints, as octets; undef: it failed.
sub output_of {
	my (@command) = @_;
	open my $pipe, '-|', @command or die "@command: $!";
	local $/;
	my $octets = <$pipe>;
	return close $pipe ? $octets // '' : undef;
}

sub report {
	return output_of($binary, 'report', @_);
}

sub read_file {
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

my $json = JSON::PP->new->utf8;
sub name_of { return $_[0] =~ s{.*/}{}r =~ s{\.db$}{}r }

# --- JSON --------------------------------------------------------------------------------------------------------------

my $schema = JsonSchema->new($json->decode(read_file('docs/report.schema.json')));

# The validator itself: each of these must be noticed.
sub check_validator {
	my ($document) = @_;
	my @changes = (
		[ 'a missing key', sub { delete $_[0]{totals}{calls} } ],
		[ 'a missing column', sub { delete $_[0]{calls}[0]{outcome} } ],
		[ 'an unknown key', sub { $_[0]{quality}{mos_uwb} = {} } ],
		[ 'a number as text', sub { $_[0]{totals}{calls} = '3' } ],
		[ 'null where there is always something', sub { $_[0]{calls}[0]{outcome} = undef } ],
		[ 'an unknown outcome', sub { $_[0]{calls}[0]{outcome} = 'lost' } ],
		[ 'another version', sub { $_[0]{version} = 2 } ],
	);
	for (@changes) {
		my ($name, $change) = @$_;
		my $copy = $json->decode($json->encode($document));
		$change->($copy);
		ok(1 == (() = $schema->problems($copy)), "schema: $name is noticed");
	}
}

my %seen; # arrays that had a row in one of the documents
my $checked_validator;
my @usual = grep { !/worst/ } @databases; # that one is for the bound of a form alone
for my $db (@usual) {
	my $document = eval { $json->decode(report('--json', $db)) };
	my @wrong = $document ? $schema->problems($document) : "no JSON: $@";
	ok(!@wrong, name_of($db) . ' --json is as its schema says', @wrong) or next;
	$seen{$_}++ for grep { ref $document->{$_} eq 'ARRAY' && @{ $document->{$_} } } keys %$document;
	check_validator($document) if @{ $document->{calls} } && !$checked_validator++;
	my $kpi = eval { $json->decode(report('--kpi', '--json', $db)) };
	ok($kpi && $kpi->{format} eq 'milliwatt-kpi' && $kpi->{version} == 1, name_of($db) . ' --kpi --json says what it is');
}
my $properties = $schema->{root}{properties};
ok($seen{$_}, "$_ had rows in some document") for grep { ($properties->{$_}{type} // '') eq 'array' } sort keys %$properties;

# Every key stands in a table of its section, and no other does.
sub check_page {
	my %in_page;
	my $section = '';
	for (split /\n/, read_file('docs/report-json.md')) {
		$section = $1 if /^## `?([\w ]+)`?$/;
		$in_page{$section}{$1} = 1 if /^\| `(\w+)` \|/;
	}
	my %described = ('The document' => $properties);
	for my $key (keys %$properties) {
		my $object = $properties->{$key};
		$object = $schema->resolve($object->{items}) if $object->{items};
		$described{$key} = $object->{properties} if $object->{properties};
	}
	$described{quality} = { %{ $described{quality} }, %{ $schema->{root}{'$defs'}{distribution}{properties} } };
	for my $name (sort keys %described) {
		my @missing = grep { !$in_page{$name}{$_} } sort keys %{ $described{$name} };
		my @extra = grep { !$described{$name}{$_} } sort keys %{ $in_page{$name} };
		ok(!@missing && !@extra, "docs/report-json.md has the keys of $name", (map { "missing $_" } @missing), map { "too many: $_" } @extra);
	}
}
check_page();

# --- CSV ----------------------------------------------------------------------------------------------------------------

# RFC 4180; a quoted empty field is [''], an empty one undef.
sub parse_csv {
	my ($octets) = @_;
	my @rows = ([]);
	while ($octets =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gc) {
		my ($quoted, $plain, $end) = ($1, $2, $3);
		push @{ $rows[-1] }, defined $quoted ? $quoted =~ s/""/"/gr : length $plain ? $plain : undef;
		push @rows, [] if $end eq "\r\n";
	}
	die 'not RFC 4180 at octet ' . (pos($octets) // 0) unless (pos($octets) // 0) == length $octets;
	pop @rows;
	return @rows;
}

sub sqlite {
	my ($db, $sql) = @_;
	my $octets = output_of('sqlite3', '-json', $db, $sql);
	return length $octets ? @{ JSON::PP->new->allow_nonref->decode($octets) } : ();
}

# As a cell of ours should be, of what SQLite has.
sub is_cell {
	my ($cell, $value) = @_;
	return !defined $cell if !defined $value;
	return defined $cell && $cell == $value if JsonSchema::type_of($value) ne 'string';
	return defined $cell && $cell eq "'$value" if $value =~ /^[=+\-@\t\r]/;
	return defined $cell && $cell eq $value;
}

sub check_table {
	my ($db, $table) = @_;
	my @columns = map { $_->{name} } grep { $_->{type} ne 'BLOB' } sqlite($db, "PRAGMA table_info($table)");
	my @rows = eval { parse_csv(report('--csv', $table, $db)) };
	my @names = @{ shift @rows // [] };
	my %at = map { $names[$_] => $_ } 0 .. $#names;
	my @expected = sqlite($db, "SELECT * FROM $table ORDER BY rowid");
	my @wrong = $@ ? $@ : grep { !defined $at{$_} } @columns;
	push @wrong, @rows . ' rows, not ' . @expected unless @rows == @expected;
	for my $i (@wrong ? () : 0 .. $#rows) {
		push @wrong, "row $i has " . @{ $rows[$i] } . ' fields' unless @{ $rows[$i] } == @names;
		push @wrong, map { "row $i: $_: " . ($rows[$i][ $at{$_} ] // 'nothing') } grep { !is_cell($rows[$i][ $at{$_} ], $expected[$i]{$_}) } @columns;
	}
	ok(!@wrong, name_of($db) . " --csv $table has what SQLite has", @wrong);
}

for my $db (grep { /hostile|sim-virtual|two-files/ } @databases) {
	check_table($db, $_->{name}) for sqlite($db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
}

# --- Markdown -----------------------------------------------------------------------------------------------------------

my %allowed = map { $_ => 1 } qw(h2 h3 p strong table thead tbody tr th td code span blockquote);

sub check_markdown {
	my ($db) = @_;
	my $markdown = report('--markdown', $db);
	ok(defined $markdown && length $markdown < 1_000_000, name_of($db) . ' --markdown is below 1 MB');
	if (system('command -v cmark-gfm >/dev/null') != 0) {
		return skip(name_of($db) . ' --markdown rendered: no cmark-gfm');
	}
	my $path = "$db.md";
	open my $file, '>', $path or die "$path: $!";
	print $file $markdown;
	close $file;
	my $html = output_of(qw(cmark-gfm -e table -e autolink -e strikethrough -e tasklist --unsafe), $path);
	my @foreign = grep { !$allowed{$_} } $html =~ /<([a-zA-Z!][\w-]*)/g;
	my @attributes = grep { !/^align="(?:right|left|center)"$/ } $html =~ /<\w+\s+([^>]*)>/g;
	(my $text = $html) =~ s{<code>.*?</code>}{}gs;
	$text =~ s{<span>.</span>}{ }g;
	my @mentions = $text =~ /(\@\w+|https?:\/\/\S+)/g;
	ok(!@foreign && !@attributes && !@mentions, name_of($db) . ' --markdown holds nothing but text', @foreign, @attributes, @mentions);
	my @odd;
	for my $table ($html =~ m{<table>(.*?)</table>}gs) {
		my %cells;
		$cells{ () = $_ =~ /<t[hd]/g }++ for $table =~ m{<tr>(.*?)</tr>}gs;
		push @odd, join ' ', sort keys %cells if keys %cells != 1;
	}
	ok(!@odd, name_of($db) . ' --markdown: rows have the cells of their table', @odd);
}
check_markdown($_) for grep { /hostile|D9|baseline|worst/ } @databases;

# --- JUnit ---------------------------------------------------------------------------------------------------------------

for my $db (@usual) {
	my $path = "$db.xml";
	ok(system($binary, 'report', '--junit', '-o', $path, $db) == 0
		&& system("xmllint --noout --schema tests/junit/junit.xsd '$path' >'$path.said' 2>&1") == 0,
		name_of($db) . ' --junit is valid', -e "$path.said" ? read_file("$path.said") : ());
}

print "perl: $passed passed, $failed failed, $skipped skipped\n";
