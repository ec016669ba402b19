# Reports of the demo, of the hostile capture and of 20,000 calls in headless Chromium, opened from disk: the console is silent, nothing of a
# packet runs, ladders and plots are there, search works, also by the keyboard, on a phone, in the dark, on paper and without the script.
# Screenshots stay in build/browser/, for people to look at. Usage: browser.pl BINARY [FAST-BINARY]
use strict;
use warnings;
use Browser;
use Cwd qw(abs_path);
use File::Find;
use File::Path qw(make_path remove_tree);

my ($binary, $fast) = map { abs_path($_) } @ARGV; # the second one makes what is large
die "usage: run.sh BINARY [FAST-BINARY]\n" unless defined $binary;
$fast //= $binary;
my $out = abs_path('.') . '/build/browser';
remove_tree($out);
make_path("$out/shots");
my ($passed, $failed) = (0, 0);
my $view; # the browser

sub verdict {
	my ($name, $ok, $why) = @_;
	$ok ? $passed++ : $failed++;
	print $ok ? "ok - browser $name\n" : "not ok - browser $name: $why\n";
	return $ok;
}

sub equal { my ($name, $wanted, $got) = @_; $got = 'nothing' unless defined $got; return verdict($name, $wanted eq $got, "wanted '$wanted', got '$got'") }
sub yes { my ($name, $value, $why) = @_; return verdict($name, $value, $why // 'it is not so') }

sub run {
	my @command = @_;
	open my $in, '-|', @command or die "$command[0]: $!\n";
	my $said = do { local $/; <$in> };
	close $in;
	return ($?, $said // '');
}

# --- what a page must be, whichever it is -------------------------------------------------------------------------------

# Whatever of a packet ran would have set `owned`, or be one of these elements.
my $foreign = <<'JS';
const found = [];
if (window.owned !== undefined) found.push('owned = ' + window.owned);
for (const s of document.scripts)
	if (s.type !== 'application/json' && !/(^|\/)report\.js$/.test(s.getAttribute('src') || '')) found.push('script ' + s.outerHTML.slice(0, 80));
for (const e of document.querySelectorAll('*')) {
	for (const a of e.attributes)
		if (/^on/i.test(a.name) || /^\s*(javascript|data|vbscript):/i.test(a.value)) found.push(e.tagName + ' ' + a.name + '=' + a.value.slice(0, 60));
	if (['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'TEXTAREA'].concat(e.hasAttribute('action') ? ['FORM'] : []).includes(e.tagName.toUpperCase()) && !e.closest('[data-ours]')) found.push(e.tagName);
	if (e.tagName === 'IMG' && !/^((\.\.\/)*)plots\//.test(e.getAttribute('src'))) found.push('img ' + e.getAttribute('src'));
}
return found.join('; ');
JS

# Accessibility that a program can judge: WCAG 2.1, 1.1.1 1.3.1 1.4.3 2.4.1 2.4.2 3.1.1 4.1.1 4.1.2.
my $faults = <<'JS';
const found = [], seen = new Set();
const say = (what, e) => { if (found.length < 6) found.push(what + ' ' + (e.outerHTML || '').slice(0, 90)); };
if (!document.documentElement.lang) found.push('no language');
if (!document.title) found.push('no title');
if (document.querySelectorAll('h1').length !== 1) found.push(document.querySelectorAll('h1').length + ' h1');
if (!document.querySelector('main')) found.push('no main');
for (const e of document.querySelectorAll('[id]')) { if (seen.has(e.id)) say('id twice', e); seen.add(e.id); }
for (const e of document.querySelectorAll('img')) if (!e.alt) say('no alt', e);
for (const e of document.querySelectorAll('th')) if (!e.scope && e.textContent.trim()) say('no scope', e);
for (const e of document.querySelectorAll('svg')) if (e.getAttribute('aria-hidden') !== 'true' && !e.querySelector('title') && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')) say('unnamed', e);
for (const e of document.querySelectorAll('input, select')) if (!e.labels.length && !e.getAttribute('aria-label')) say('no label', e);
for (const e of document.querySelectorAll('a[href], button')) if (!e.textContent.trim() && !e.getAttribute('aria-label') && !e.querySelector('title')) say('unnamed', e);
for (const e of document.querySelectorAll('a[href^="#"]')) if (e.getAttribute('href') !== '#' && !document.getElementById(decodeURIComponent(e.getAttribute('href').slice(1)))) say('leads nowhere', e);
let level = 0;
for (const e of document.querySelectorAll('h1, h2, h3, h4')) { const n = +e.tagName[1]; if (n > level + 1) say('heading skips', e); level = n; }
return found.join('; ');
JS

# Contrast of text with what is behind it: below 4.5 (3 for large text).
my $pale = <<'JS';
const rgb = text => { const m = text.match(/[\d.]+/g); return m ? m.map(Number) : [0, 0, 0, 0]; };
const light = c => c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
const found = new Set();
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n = 0; walk.nextNode() && n < 4000; n++) {
	const e = walk.currentNode.parentElement, style = getComputedStyle(e);
	if (!walk.currentNode.textContent.trim() || e.closest('svg, script, .unseen') || !e.getClientRects().length || style.visibility === 'hidden') continue;
	const a = light(rgb(style.color)), b = light(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && +style.fontWeight >= 700);
	if (ratio < (large ? 3 : 4.5)) found.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2) + ' ' + walk.currentNode.textContent.trim().slice(0, 20));
}
return [...found].slice(0, 5).join('; ');
JS

# Plots are there and have a size; those further down are loaded when they come into view.
my $blank = <<'JS';
return [...document.images].filter(i => i.loading !== 'lazy' || i.getBoundingClientRect().top < innerHeight)
	.filter(i => !i.complete || !i.naturalWidth).map(i => i.getAttribute('src')).join(' ');
JS

# page(name, file): opens it and asks all that every page must be.
sub page {
	my ($name, $file) = @_;
	$view->go("file://$file");
	yes("$name: its images are there", $view->until(10, "return document.readyState === 'complete' && !(() => { $blank })()"), $view->js($blank));
	equal("$name: nothing of a packet is alive", '', $view->js($foreign));
	equal("$name: accessible", '', $view->js($faults));
	equal("$name: the console is silent", '', join ' | ', $view->console);
	return;
}

# looks(name): in light, dark, on a phone and on paper, with a screenshot each.
sub looks {
	my $name = shift;
	(my $file = "$out/shots/$name") =~ tr/ /-/;
	for my $dark (0, 1) {
		my $mode = $dark ? 'dark' : 'light';
		$view->dark($dark);
		equal("$name: contrast in the $mode", '', $view->js($pale));
		$view->screenshot("$file-$mode.png", 6000);
	}
	my $is_dark = $view->js("const m = getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/g); return +m[0] + +m[1] + +m[2] < 200");
	yes("$name: the dark is dark", $is_dark);
	$view->dark(0);
	$view->devtools('Emulation.setDeviceMetricsOverride', { width => 390, height => 844, deviceScaleFactor => 1, mobile => JSON::PP::true });
	my $wide = $view->js('return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)');
	yes("$name: a phone need not scroll sideways", $wide <= 391, "the page is $wide pixels wide");
	$view->screenshot("$file-phone.png", 6000);
	$view->devtools('Emulation.clearDeviceMetricsOverride');
	my $pdf = $view->pdf("$file.pdf");
	yes("$name: it can be printed", $pdf =~ /^%PDF-/ && length $pdf > 5000, 'no PDF of any size');
	return;
}

# Every local link of every page leads to a file.
sub links {
	my ($name, $folder) = @_;
	my (%broken, $count);
	find({ no_chdir => 1, wanted => sub {
		return unless /\.html$/;
		my $page = $File::Find::name;
		open my $in, '<', $page or die "$page: $!\n";
		my $text = do { local $/; <$in> };
		(my $dir = $page) =~ s{/[^/]*$}{};
		while ($text =~ /(?:href|src)="([^"#?]+)/g) {
			$count++;
			$broken{"$page -> $1"} = 1 unless $1 =~ /^(?:https:\/\/|mailto:)/ || -e "$dir/$1";
		}
	} }, $folder);
	equal("$name: its $count links lead somewhere", '', join '; ', (sort keys %broken)[0 .. (keys %broken > 3 ? 2 : keys(%broken) - 1)]);
	return;
}

# report(name, options, captures): the folder of its HTML, or dies.
sub report {
	my ($name, $options, @captures) = @_;
	my ($code, $said) = run($binary, 'analyze', '--quiet', '-o', "$out/$name.db", @captures);
	die "analyze: $said\n" if $code;
	($code, $said) = run($binary, 'report', "$out/$name.db", '--html', "$out/$name", @$options);
	die "report --html: $said\n" if $code;
	return "$out/$name";
}

sub sql {
	my ($name, $sql) = @_;
	my ($code, $said) = run('sqlite3', '-batch', '-noheader', "$out/$name.db", $sql);
	chomp $said;
	return $said;
}

sub call_page { my $id = shift; return sprintf 'calls/%03d/%d.html', $id / 1000, $id }

# --- calls -------------------------------------------------------------------------------------------------------------

# What the search leaves, as numbers of calls on the page.
my $rows = 'return [...document.querySelectorAll("main table tbody tr")].filter(r => r.getClientRects().length).map(r => (r.querySelector("a") || r.cells[0]).textContent.trim())';

sub search {
	my ($name, $folder, $text, $wanted) = @_;
	$view->go("file://$folder/calls.html");
	$view->until(10, $rows);
	$view->keys('/');
	yes("$name: / leads to the search", $view->js('return document.activeElement.type === "search"'));
	$view->type('input[type=search]', $text);
	$view->until(5, "const r = (() => { $rows })(); return r.length === " . scalar(@$wanted));
	equal("$name: the search for $text finds", join(' ', @$wanted), join(' ', sort { $a <=> $b } @{ $view->js($rows) }));
	my $url = $view->url;
	yes("$name: what was searched for stands in the address", $url =~ /#./, $url);
	$view->go('about:blank');
	$view->go($url);
	$view->until(5, "const r = (() => { $rows })(); return r.length === " . scalar(@$wanted));
	equal("$name: and the address finds it again", join(' ', @$wanted), join(' ', sort { $a <=> $b } @{ $view->js($rows) }));
	equal("$name: the console is silent after a search", '', join ' | ', $view->console);
	return;
}

# The ladder is drawn, and a click on a message shows what it says.
sub ladder {
	my ($name, $messages, $says) = @_;
	my $size = $view->js('const s = document.querySelector("svg.ladder"); if (!s) return ""; const r = s.getBoundingClientRect(); return r.width > 300 && r.height > 100 ? "drawn" : r.width + "x" + r.height');
	equal("$name: the ladder is drawn", 'drawn', $size);
	my $arrows = $view->js('return document.querySelectorAll("svg.ladder a").length');
	yes("$name: it has its $messages messages", $arrows >= $messages, "$arrows arrows");
	my $shown = $view->js('const a = document.querySelector("svg.ladder a[href^=\"#m\"]"); return a ? a.getAttribute("href") : ""');
	$view->js('document.querySelector("svg.ladder a[href^=\"#m\"]").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }))') if $shown;
	my $text = $view->until(3, 'const e = document.querySelector("' . ($shown || '#none') . '"); const p = e && (e.querySelector("pre") || e); return p && p.getClientRects().length ? p.textContent : ""') || '';
	yes("$name: a click on a message shows what it says", index($text, $says) >= 0, "'" . substr($text, 0, 200) . "'");
	return;
}

# --- the reports -------------------------------------------------------------------------------------------------------

sub demo {
	my $folder = report('demo', ['--audio'], 'fixtures/evening/capture.pcap');
	page('demo overview', "$folder/index.html");
	yes('demo overview: it has plots', $view->js('return document.images.length') > 0);
	looks('demo overview');
	page('demo calls', "$folder/calls.html");
	looks('demo calls');
	my $id = sql('demo', 'SELECT call_id FROM streams WHERE lost > 0 AND call_id NOTNULL ORDER BY lost DESC LIMIT 1');
	page('demo call', "$folder/" . call_page($id));
	ladder('demo call', sql('demo', "SELECT count(*) FROM messages WHERE dialog_id IN (SELECT id FROM dialogs WHERE call_id = $id)"), 'INVITE sip:');
	yes('demo call: it has players', $view->js('return document.querySelectorAll("audio").length') > 0);
	$view->go("file://$folder/" . call_page($id));
	my $playable = $view->until(10, 'const a = document.querySelector("audio"); if (!a) return false; if (!a.dataset.asked) { a.dataset.asked = 1; a.preload = "metadata"; a.load(); } return a.duration > 0');
	yes('demo call: what was said can be played', $playable);
	looks('demo call');
	my $callee = sql('demo', 'SELECT callee FROM calls GROUP BY 1 ORDER BY count(*), 1 LIMIT 1');
	search('demo', $folder, $callee, [split /\n/, sql('demo', "SELECT id FROM calls WHERE caller LIKE '%$callee%' OR callee LIKE '%$callee%' OR sip_call_id LIKE '%$callee%' ORDER BY id")]);
	page("demo $_", "$folder/$_.html") for grep { -f "$folder/$_.html" } qw(findings figures);
	links('demo', $folder);
	return;
}

sub joined {
	my $folder = report('transfer', [], 'fixtures/attended-transfer/capture.pcap');
	page('transfer call', "$folder/" . call_page(1));
	ladder('transfer call', sql('transfer', 'SELECT count(*) FROM messages WHERE dialog_id IN (SELECT id FROM dialogs WHERE call_id = 1)'), 'SIP/2.0');
	looks('transfer call');
	return;
}

sub hostile {
	my $folder = report('hostile', [], 'fixtures/hostile-headers/capture.pcap');
	find({ no_chdir => 1, wanted => sub {
		return unless /\.html$/;
		(my $name = $File::Find::name) =~ s{^\Q$folder\E/}{};
		page("hostile $name", $File::Find::name);
	} }, $folder);
	$view->go("file://$folder/" . call_page(1));
	my $text = $view->js('return document.body.textContent');
	yes("hostile call: header $_ is there to be read", index($text, $_) >= 0) for '<script>owned=27</script>', '</td><script>owned=32</script>', 'owned=9</script>@"onmouseover="owned=10', '<script>owned=17</script>';
	ladder('hostile call', 7, 'owned=2');
	looks('hostile call');
	search('hostile', $folder, 'owned=34', [2]);
	looks('hostile calls');
	links('hostile', $folder);
	return;
}

sub many {
	my ($code, $said) = run($fast, 'sim', '--virtual', '--calls', 20000, '--rate', 200, '--hold', '2s', '--quiet', '--record', "$out/many.db", '--seed', 7);
	die "sim: $said\n" if $code;
	($code, $said) = run($fast, 'report', "$out/many.db", '--html', "$out/many");
	die "report --html: $said\n" if $code;
	my $folder = "$out/many";
	yes('20,000 calls: the first page is below 2 MB', -s "$folder/index.html" < 2e6, (-s "$folder/index.html") . ' octets');
	page('20,000 calls overview', "$folder/index.html");
	looks('20,000 calls overview');
	page('20,000 calls list', "$folder/calls.html");
	my $last = sql('many', 'SELECT max(id) FROM calls');
	my $call_id = sql('many', "SELECT sip_call_id FROM calls WHERE id = $last");
	search('20,000 calls', $folder, $call_id, [$last]);
	my $ms = $view->js(<<'JS');
const input = document.querySelector('input[type=search]'), start = performance.now();
input.value = '1'; input.dispatchEvent(new Event('input', { bubbles: true }));
document.body.getBoundingClientRect();
return performance.now() - start;
JS
	yes('20,000 calls: a search is over at once', $ms < 1000, "$ms ms");
	page('20,000 calls, the last', "$folder/" . call_page($last));
	ladder('20,000 calls, the last', 6, '');
	return;
}

# Without the script all calls are reached by links.
sub plain {
	$view->close;
	make_path("$out/plain");
	$view = Browser->new("$out/plain", script => 0);
	$view->go("file://$out/many/calls.html");
	my $source = $view->source;
	my $next = $source =~ /href="(calls-2\.html)"/ ? $1 : undef;
	yes('without the script: the list goes on', defined $next);
	my ($first) = $source =~ m{href="(calls/\d+/\d+\.html)"};
	yes('without the script: calls are linked', defined $first);
	my $found = eval { $view->find('main table tbody tr a') };
	yes('without the script: rows are there', $found && $view->call('GET', "/element/$found/displayed"));
	$view->go("file://$out/demo/index.html");
	$view->screenshot("$out/shots/demo-overview-no-script.png", 6000);
	return;
}

$view = Browser->new($out);
$view->size(1280, 900);
for my $part ([demo => \&demo], [joined => \&joined], [hostile => \&hostile], [many => \&many], [plain => \&plain]) {
	eval { $part->[1]->(); 1 } or verdict($part->[0], 0, "$@" =~ s/\s+$//r);
}
$view->close;
print "browser: $passed passed, $failed failed\n";
exit($failed ? 1 : 0);
