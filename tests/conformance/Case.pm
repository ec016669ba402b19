# Reads one case of the conformance folder: a head of `key: value` lines, then the files that its sides need, each after a line
# `--- NAME`. In .xml files these lines are short for what every scenario says:
#   %send INVITE retrans="500"   <send> with a usual request; a number (%send 200) is a response to the request before
#   + X-Test: [call_id]          one more header of it
#   = line                       a line of its body
# README.md says what the keys are.
package Case;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(read_case read_rows write_files);

my %once = map { $_ => 1 } qw(title calls judge limit ours-only differs messages transport exit);
my %many = map { $_ => 1 } qw(row side tests mask log leave file without needs statistics prepare poke note);

sub read_case {
	my $path = shift;
	open my $handle, '<:raw', $path or die "$path: $!\n";
	my %case = (path => $path, calls => 1, limit => 10, transport => 'u1', files => {}, map { $_ => [] } keys %many);
	($case{name}) = $path =~ m{([^/]+)\.case$};
	my $file;
	while (my $line = <$handle>) {
		if ($line =~ /^--- (\S+)$/) {
			$file = $1;
			$case{files}{$file} = '';
		} elsif (defined $file) {
			$case{files}{$file} .= $line;
		} elsif ($line =~ /^([\w-]+):[ ]?(.*)$/) {
			if ($once{$1}) { $case{$1} = $2 }
			elsif ($many{$1}) { push @{ $case{$1} }, $2 }
			else { die "$path:$.: no key '$1'\n" }
		} elsif ($line !~ /^(#.*)?$/) {
			die "$path:$.: neither a key nor a file\n";
		}
	}
	die "$path: no title\n" unless $case{title};
	s/^BEHAVIOUR: // for @{ $case{row} };
	die "$path: names no row\n" unless @{ $case{row} };
	sides(\%case);
	return \%case;
}

# `side: NAME OPTION...`, in the order they start; without any: a server and a client, of which the client has the scenario client.xml.
sub sides {
	my $case = shift;
	for my $name ('server', 'client') {
		next if grep { /^$name\b/ } @{ $case->{side} };
		$name eq 'server' ? unshift @{ $case->{side} }, $name : push @{ $case->{side} }, $name;
	}
	$case->{side} = [map { my ($name, $rest) = split ' ', $_, 2; { name => $name, options => $rest // '' } } @{ $case->{side} }];
	$case->{without} = { map { $_ => 1 } @{ $case->{without} } };
	$case->{side} = [grep { !$case->{without}{ $_->{name} } } @{ $case->{side} }];
	$case->{tests} = [map { $_->{name} } @{ $case->{side} }] unless @{ $case->{tests} };
	$case->{tests} = [map { split } @{ $case->{tests} }];
}

# The rows of the language in their order: [class, name].
sub read_rows {
	my $path = shift;
	open my $handle, '<', $path or die "$path: $!\n";
	return map { chomp; /^([A-Z ]+): (.+)$/ ? [$1, $2] : /^(#.*)?$/ ? () : die "$path: not a row: $_\n" } <$handle>;
}

sub write_files {
	my ($case, $dir) = @_;
	for my $name (keys %{ $case->{files} }) {
		my $text = $case->{files}{$name};
		$text = expand($text, $case->{path}) if $name =~ /\.xml$/;
		open my $out, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
		print $out $text;
		close $out or die "$dir/$name: $!\n";
	}
}

# A file without a root is what stands in one.
sub expand {
	my ($text, $path) = @_;
	$text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"conformance\">\n$text</scenario>\n" unless $text =~ /<scenario/;
	my ($out, $number, $invite, $asked) = ('', 0, 1, 'INVITE');
	my @lines = split /\n/, $text;
	while (defined(my $line = shift @lines)) {
		$asked = $1 if $line =~ /<recv\s[^>]*request="(\w+)"/;
		if ($line !~ /^%send (\S+)\s*(.*)$/) {
			$out .= "$line\n";
			next;
		}
		my ($what, $attributes, @headers, @body) = ($1, $2);
		push @headers, $1 while @lines && $lines[0] =~ /^\+ (.*)/ && shift @lines;
		push @body, $1 while @lines && $lines[0] =~ /^= ?(.*)/ && shift @lines;
		if ($what !~ /^\d/) {
			$number++ unless $what =~ /^(ACK|CANCEL)$/;
			$invite = $number if $what eq 'INVITE';
		}
		my $message = $what =~ /^\d/ ? response($what, $asked) : request($what, $what =~ /^(ACK|CANCEL)$/ ? $invite : $number);
		my $head = join "\n", $message, @headers, 'Content-Length: [len]';
		$out .= "<send $attributes>\n<![CDATA[\n$head\n\n" . join('', map { "$_\n" } @body) . "]]>\n</send>\n";
	}
	return $out;
}

sub request {
	my ($method, $number) = @_;
	return <<"END" =~ s/\n$//r;
$method sip:[service]\@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:a\@[local_ip]:[local_port]>;tag=f[call_number]
To: <sip:[service]\@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: $number $method
Contact: <sip:a\@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
END
}

my %phrase = (
	100 => 'Trying', 180 => 'Ringing', 183 => 'Session Progress', 200 => 'OK', 202 => 'Accepted', 302 => 'Moved Temporarily',
	401 => 'Unauthorized', 403 => 'Forbidden', 404 => 'Not Found', 407 => 'Proxy Authentication Required',
	486 => 'Busy Here', 487 => 'Request Terminated', 500 => 'Server Internal Error', 503 => 'Service Unavailable'
);

# Requests that are sent within a dialog carry its tag already.
sub response {
	my ($status, $asked) = @_;
	my $tag = $asked =~ /^(BYE|CANCEL|PRACK|UPDATE|INFO|NOTIFY|REFER)$/ || $status == 100 ? '' : ';tag=t[call_number]';
	return <<"END" =~ s/\n$//r;
SIP/2.0 $status @{[$phrase{$status} // 'Whatever']}
[last_Via:]
[last_From:]
[last_To:]$tag
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
END
}

1;
