#include "sim/sipp/inputs.h"

#include "sim/transport/resolve.h"
#include "sim/transport/socket_address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PORT  8888
#define DEFAULT_PORTS 60
/* In one look: what comes beyond waits for the next. */
#define MOST_DATAGRAMS 64

/* A terminal, or a pipe that somebody writes keys to; a file or /dev/null is not for us. */
static bool is_keyboard(void)
{
	struct stat st;

	return isatty(STDIN_FILENO) ||
	       (fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

/* Each key by itself and not shown; Ctrl-C still is a signal. */
static void make_raw(struct inputs *i)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &i->before) != 0)
		return;
	raw = i->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* In the background of a shell changing the terminal would stop us. */
	if (tcgetpgrp(STDIN_FILENO) == getpgrp())
		i->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static int open_port(struct ip_addr address, uint16_t port, int *failed)
{
	union socket_address at;
	socklen_t length = socket_address_of((struct endpoint){ address, port }, &at);
	int fd = socket(at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && bind(fd, &at.any, length) == 0)
		return fd;
	*failed = errno;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool open_control(struct inputs *i, const struct sipp_settings *s, struct err *err)
{
	/* Whoever reaches this port steers the run, without a password: by default nobody from outside does. */
	struct endpoint at = { ip_addr_v4((const uint8_t[4]){ 127, 0, 0, 1 }), 0 };
	unsigned first = s->control_port ? s->control_port : DEFAULT_PORT;
	unsigned tries = s->control_port ? 1 : DEFAULT_PORTS;
	int failed = 0;

	if (s->control_address && !resolve_now(s->control_address, 0, AF_UNSPEC, &at, err))
		return err_context(err, "-ci");
	for (unsigned n = 0; n < tries && i->control_fd < 0; n++) {
		i->control_port = (uint16_t)(first + n);
		i->control_fd = open_port(at.addr, i->control_port, &failed);
	}
	if (i->control_fd >= 0 || !(s->control_port || s->control_address))
		return true;
	return err_set(err, ERR_IO, "cannot open the control port %u: %s", first, strerror(failed));
}

bool inputs_open(struct inputs *i, const struct sipp_settings *settings, struct err *err)
{
	*i = (struct inputs){ .control_fd = -1 };
	if (!open_control(i, settings, err))
		return false;
	i->keyboard = !settings->no_stdin && !settings->background && is_keyboard();
	if (i->keyboard)
		make_raw(i);
	return true;
}

static void read_keyboard(struct inputs *i, struct steering *steering, struct text *out)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char keys[256];

	if (poll(&p, 1, 0) <= 0)
		return;
	ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
	if (n <= 0)
		i->keyboard = n < 0 && (errno == EINTR || errno == EAGAIN);
	for (ssize_t k = 0; k < n; k++)
		if (!steering_key(steering, keys[k], out))
			text_add(out, SLICE_LIT("\n"));
}

static void read_control(struct inputs *i, struct steering *steering, struct text *out)
{
	char bytes[STEERING_COMMAND];

	for (unsigned n = 0; n < MOST_DATAGRAMS; n++) {
		ssize_t got = recv(i->control_fd, bytes, sizeof bytes, 0);
		if (got < 0)
			return;
		if (!steering_datagram(steering, slice_of(bytes, (size_t)got), out))
			text_add(out, SLICE_LIT("\n"));
	}
}

void inputs_read(struct inputs *i, struct steering *steering, struct text *out)
{
	if (i->keyboard)
		read_keyboard(i, steering, out);
	if (i->control_fd >= 0)
		read_control(i, steering, out);
}

void inputs_close(struct inputs *i)
{
	if (i->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &i->before);
	if (i->control_fd >= 0)
		close(i->control_fd);
	*i = (struct inputs){ .control_fd = -1 };
}
