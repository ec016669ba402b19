# A real browser for tests: headless Chromium, led by chromedriver over WebDriver (W3C) on 127.0.0.1. Nothing it does leaves the machine: every
# name resolves to nothing. Both programs are ended by the object that started them.
package Browser;
use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# A port nobody has now.
sub free_port {
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 1) or die "no free port: $!\n";
	return $socket->sockport;
}

# new(dir, options): dir takes its profile and its log. Options: script => 0 turns JavaScript off.
sub new {
	my ($class, $dir, %options) = @_;
	my $self = bless { dir => $dir, port => free_port() }, $class;
	$self->{pid} = fork // die "fork: $!\n";
	if (!$self->{pid}) {
		setpgrp; # the browser is its child, and goes with it
		open STDOUT, '>', "$dir/chromedriver.log" or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT;
		exec 'chromedriver', "--port=$self->{port}", '--log-level=WARNING' or POSIX::_exit(127);
	}
	$self->{http} = HTTP::Tiny->new(timeout => 60);
	$self->wait_until_there;
	my @arguments = (
		'--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync', '--disable-extensions', '--host-resolver-rules=MAP * ~NOTFOUND', "--user-data-dir=$dir/profile",
		'--force-color-profile=srgb', '--hide-scrollbars'
	);
	push @arguments, '--no-sandbox' if $> == 0; # its sandbox refuses root
	my %chrome = (args => \@arguments);
	$chrome{prefs} = { 'profile.managed_default_content_settings.javascript' => 2 } if defined $options{script} && !$options{script};
	my $wanted = { browserName => 'chrome', 'goog:chromeOptions' => \%chrome, 'goog:loggingPrefs' => { browser => 'ALL' } };
	my $answer = $self->call('POST', '', { capabilities => { alwaysMatch => $wanted } });
	$self->{session} = $answer->{sessionId};
	return $self;
}

sub wait_until_there {
	my $self = shift;
	my $end = time + 30;
	while (time < $end) {
		my $answer = $self->{http}->get("http://127.0.0.1:$self->{port}/status");
		return if $answer->{success};
		die "chromedriver ended at once\n" if waitpid($self->{pid}, WNOHANG) != 0;
		sleep 0.05;
	}
	$self->close;
	die "chromedriver does not answer\n";
}

# call(method, path below the session, body): its value; dies of an error.
sub call {
	my ($self, $method, $path, $body) = @_;
	my $session = defined $self->{session} ? "/$self->{session}" : '';
	my %request = (headers => { 'Content-Type' => 'application/json' });
	$request{content} = $json->encode($body // {}) if $method eq 'POST';
	my $answer = $self->{http}->request($method, "http://127.0.0.1:$self->{port}/session$session$path", \%request);
	my $value = eval { $json->decode($answer->{content})->{value} };
	die "browser: $method $path: " . substr($answer->{content}, 0, 500) . "\n" unless $answer->{success};
	return $value;
}

sub go { my ($self, $url) = @_; return $self->call('POST', '/url', { url => $url }) }
sub url { return $_[0]->call('GET', '/url') }
sub title { return $_[0]->call('GET', '/title') }
sub source { return $_[0]->call('GET', '/source') }
sub size { my ($self, $w, $h) = @_; return $self->call('POST', '/window/rect', { width => $w, height => $h }) }

# js("return ...", arguments): what it returns.
sub js { my ($self, $script, @arguments) = @_; return $self->call('POST', '/execute/sync', { script => $script, args => \@arguments }) }

# devtools(command, parameters): a command of the DevTools protocol.
sub devtools {
	my ($self, $command, $parameters) = @_;
	return $self->call('POST', '/goog/cdp/execute', { cmd => $command, params => $parameters // {} });
}

sub find {
	my ($self, $css) = @_;
	my $found = $self->call('POST', '/element', { using => 'css selector', value => $css });
	return (values %$found)[0];
}

sub click { my ($self, $css) = @_; return $self->call('POST', '/element/' . $self->find($css) . '/click') }
sub type { my ($self, $css, $text) = @_; return $self->call('POST', '/element/' . $self->find($css) . '/value', { text => $text }) }
sub clear { my ($self, $css) = @_; return $self->call('POST', '/element/' . $self->find($css) . '/clear') }

# keys(text): to whatever has the focus.
sub keys {
	my ($self, $text) = @_;
	my @steps = map { ({ type => 'keyDown', value => $_ }, { type => 'keyUp', value => $_ }) } split //, $text;
	return $self->call('POST', '/actions', { actions => [{ type => 'key', id => 'keyboard', actions => \@steps }] });
}

# until(seconds, script): the script returned something true in time.
sub until {
	my ($self, $seconds, $script, @arguments) = @_;
	my $end = time + $seconds;
	do {
		my $value = $self->js($script, @arguments);
		return $value if $value;
		sleep 0.05;
	} while time < $end;
	return 0;
}

# What the console said since it was last asked, one text a line.
sub console {
	my $self = shift;
	return map { "$_->{level} $_->{message}" } @{ $self->call('POST', '/se/log', { type => 'browser' }) };
}

sub dark { my ($self, $on) = @_; return $self->devtools('Emulation.setEmulatedMedia', { features => [{ name => 'prefers-color-scheme', value => $on ? 'dark' : 'light' }] }) }

# A screenshot of the whole page, at most `most` pixels high.
sub screenshot {
	my ($self, $file, $most) = @_;
	my $metrics = $self->devtools('Page.getLayoutMetrics');
	my ($w, $h) = @{ $metrics->{cssContentSize} }{qw(width height)};
	$h = $most if defined $most && $h > $most;
	my $clip = { x => 0, y => 0, width => $w, height => $h, scale => 1 };
	my $shot = $self->devtools('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true, clip => $clip });
	return write_file($file, decode_base64($shot->{data}));
}

# The page as it would be printed: its octets.
sub pdf {
	my ($self, $file) = @_;
	my $octets = decode_base64($self->devtools('Page.printToPDF', { printBackground => JSON::PP::false })->{data});
	write_file($file, $octets);
	return $octets;
}

sub write_file {
	my ($file, $octets) = @_;
	open my $out, '>:raw', $file or die "$file: $!\n";
	print $out $octets;
	close $out or die "$file: $!\n";
	return length $octets;
}

sub close {
	my $self = shift;
	return unless $self->{pid};
	eval { $self->call('DELETE', '') } if defined $self->{session};
	kill 'TERM', -$self->{pid};
	for (1 .. 100) {
		last if waitpid($self->{pid}, WNOHANG) != 0;
		sleep 0.05;
	}
	kill 'KILL', -$self->{pid};
	waitpid $self->{pid}, WNOHANG;
	delete $self->{pid};
	return;
}

sub DESTROY { my $self = shift; local ($?, $@); $self->close; return }

1;
