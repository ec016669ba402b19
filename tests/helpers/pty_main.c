/* Runs a program on a terminal of its own and plays keys to it, for tests of what needs one.
 *
 *     pty [--size ROWSxCOLUMNS] [--term TERM] [--screen FILE] SCRIPT COMMAND...
 *
 * SCRIPT is a file of lines: `wait TEXT` (until it appears, 20 s at most), `send TEXT` (\e, \r, \xNN), `resize ROWSxCOLUMNS`, `signal NAME`,
 * `remove FILE`, `pause MS`, `ms NAME` (prints the milliseconds since the line before), `# comment`. What the program writes is searched as it comes, with
 * escape sequences left out. Afterwards it must end within 10 s; its exit code is ours (128 + N by signal N), 99 where a wait was in vain.
 * --screen: all that was written. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 20000
#define END_MS  10000
#define MOST    (4u << 20) /* octets kept */

struct pty {
	int fd;
	pid_t child;
	char *raw, *plain; /* what came: all of it; without escape sequences */
	size_t raw_count, plain_count, looked; /* of plain: searched already */
	int state; /* of an escape sequence: 0 none, 1 ESC, 2 CSI, 3 a character set */
	int64_t since_ms;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
	exit(98);
}

/* ECMA-48: CSI ends with @ to ~; other sequences are one character, those of character sets two. A place to go to becomes a line end. */
static void keep_plain(struct pty *p, char c)
{
	if (p->state == 2) {
		if (c >= '@' && c <= '~') {
			p->state = 0;
			if (c == 'H' || c == 'd' || c == 'G')
				p->plain[p->plain_count++] = '\n';
		}
	} else if (p->state == 1) {
		p->state = c == '[' ? 2 : c == '(' || c == ')' ? 3 : 0;
	} else if (p->state == 3) {
		p->state = 0;
	} else if (c == 27) {
		p->state = 1;
	} else if ((unsigned char)c >= 32) {
		p->plain[p->plain_count++] = c;
	}
}

/* False: the program has closed its side. */
static bool take(struct pty *p, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };
	char buf[4096];

	if (poll(&poll_fd, 1, timeout_ms) <= 0)
		return true;
	ssize_t n = read(p->fd, buf, sizeof buf);
	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n && p->raw_count < MOST - 1; i++) {
		p->raw[p->raw_count++] = buf[i];
		keep_plain(p, buf[i]);
	}
	return true;
}

static bool wait_for(struct pty *p, const char *text)
{
	int64_t end = now_ms() + WAIT_MS;
	bool open = true;

	while (true) {
		p->plain[p->plain_count] = '\0';
		char *hit = strstr(p->plain + p->looked, text);
		if (hit) {
			p->looked = (size_t)(hit - p->plain) + strlen(text);
			return true;
		}
		if (!open || now_ms() > end)
			break;
		open = take(p, 50);
	}
	fprintf(stderr, "pty: '%s' did not come; what came last:\n%s\n", text,
	        p->plain + (p->plain_count > 3000 ? p->plain_count - 3000 : 0));
	return false;
}

/* All at once: an Esc that stands alone for a while is a key of its own. */
static void send_keys(struct pty *p, const char *text)
{
	char keys[1000];
	size_t n = 0;

	for (; *text && n < sizeof keys; text++) {
		unsigned value;
		keys[n] = *text;
		if (*text == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &value) == 1) {
			keys[n] = (char)value;
			text += 3;
		} else if (*text == '\\' && text[1]) {
			text++;
			keys[n] = *text == 'e' ? 27 : *text == 'r' ? 13 : *text;
		}
		n++;
	}
	if (write(p->fd, keys, n) < 0)
		return; /* it has ended: its code says why */
}

static struct winsize size_of(const char *text)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	unsigned rows, columns;

	if (sscanf(text, "%ux%u", &rows, &columns) == 2) {
		size.ws_row = (unsigned short)rows;
		size.ws_col = (unsigned short)columns;
	}
	return size;
}

static void send_signal(const struct pty *p, const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = { { "INT", SIGINT },
		        { "TERM", SIGTERM },
		        { "HUP", SIGHUP },
		        { "TSTP", SIGTSTP },
		        { "CONT", SIGCONT } };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (strcmp(name, signals[i].name) == 0)
			kill(p->child, signals[i].number);
}

static bool play(struct pty *p, char *line)
{
	char *rest = strchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	rest = rest ? rest + 1 : line + strlen(line);
	if (strncmp(line, "wait ", 5) == 0)
		return wait_for(p, rest);
	if (strncmp(line, "send ", 5) == 0)
		send_keys(p, rest);
	else if (strncmp(line, "resize ", 7) == 0)
		ioctl(p->fd, TIOCSWINSZ,
		      &(struct winsize){ size_of(rest).ws_row, size_of(rest).ws_col, 0, 0 });
	else if (strncmp(line, "remove ", 7) == 0)
		(void)remove(rest);
	else if (strncmp(line, "signal ", 7) == 0)
		send_signal(p, rest);
	else if (strncmp(line, "pause ", 6) == 0)
		for (int64_t end = now_ms() + atoi(rest); now_ms() < end;)
			take(p, 10);
	else if (strncmp(line, "ms ", 3) == 0)
		printf("%s %lld\n", rest, (long long)(now_ms() - p->since_ms));
	p->since_ms = now_ms();
	return true;
}

static int end(struct pty *p)
{
	int64_t until = now_ms() + END_MS;
	int status;

	while (waitpid(p->child, &status, WNOHANG) == 0) {
		if (now_ms() > until) {
			fprintf(stderr, "pty: it did not end\n");
			kill(p->child, SIGKILL);
			waitpid(p->child, &status, 0);
			return 99;
		}
		take(p, 20);
	}
	while (take(p, 0)) /* what is left in the terminal */
		if (poll(&(struct pollfd){ .fd = p->fd, .events = POLLIN }, 1, 0) <= 0)
			break;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void keep_screen(const struct pty *p, const char *path)
{
	FILE *f = path ? fopen(path, "wb") : NULL;

	if (f) {
		fwrite(p->raw, 1, p->raw_count, f);
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	struct pty p = { .raw = malloc(MOST), .plain = malloc(MOST) };
	struct winsize size = size_of("24x80");
	const char *screen = NULL, *term = "xterm";
	char line[1000];
	bool ok = true;
	int i = 1;

	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--size") == 0)
			size = size_of(argv[i + 1]);
		else if (strcmp(argv[i], "--term") == 0)
			term = argv[i + 1];
		else
			screen = argv[i + 1];
	}
	FILE *script = i + 1 < argc ? fopen(argv[i], "r") : NULL;
	if (!script || !p.raw || !p.plain)
		die("give a script and a command");
	setenv("TERM", term, 1);
	p.since_ms = now_ms();
	p.child = forkpty(&p.fd, NULL, NULL, &size);
	if (p.child < 0)
		die("forkpty");
	if (p.child == 0) {
		execvp(argv[i + 1], argv + i + 1);
		die(argv[i + 1]);
	}
	while (ok && fgets(line, sizeof line, script))
		ok = play(&p, line);
	fclose(script);
	if (!ok)
		kill(p.child, SIGTERM);
	int code = end(&p);
	keep_screen(&p, screen);
	return ok ? code : 99;
}
