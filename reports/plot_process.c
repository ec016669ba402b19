#include "reports/plot_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What spawn is told: where to run, and that it reads nothing and says everything into the pipe. */
static int prepare(posix_spawn_file_actions_t *actions, const char *folder, int out)
{
	int code = posix_spawn_file_actions_addchdir_np(actions, folder);

	if (!code)
		code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	if (!code)
		code = posix_spawn_file_actions_adddup2(actions, out, 1);
	return code ? code : posix_spawn_file_actions_adddup2(actions, out, 2);
}

/* Settings of the user (GNUTERM, a locale with decimal commas) must not change what is drawn. */
static int spawn(const char *folder, const char *const *argv, int out, pid_t *pid,
                 struct text *path)
{
	const char *given = getenv("PATH");
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return code;
	text_addf(path, "PATH=%s", given ? given : "/usr/local/bin:/usr/bin:/bin");
	char *env[] = { (char *)text_cstr(path), "LC_ALL=C", "TZ=UTC", NULL };
	code = path->failed ? ENOMEM : prepare(&actions, folder, out);
	if (!code)
		code = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

/* What can be read without waiting; false: nothing will come any more. */
static bool drain(int fd, struct text *said)
{
	char buf[1024];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0) {
		size_t room = said->n < PLOT_SAID_MAX ? PLOT_SAID_MAX - said->n : 0;
		text_add(said, slice_of(buf, (size_t)n < room ? (size_t)n : room));
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static enum plot_end end_of(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return PLOT_END_WELL;
	/* What some systems' posix_spawn() makes of a program that is not there. */
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? PLOT_END_MISSING : PLOT_END_FAILED;
}

static enum plot_end await(pid_t pid, int fd, int timeout_ms, struct text *said)
{
	int64_t deadline = now_ms() + timeout_ms;
	bool open = true;
	int status = 0;

	for (;;) {
		struct pollfd p = { .fd = open ? fd : -1, .events = POLLIN };
		poll(&p, 1, open ? 50 : 2); /* its end shows in the pipe, mostly */
		if (open)
			open = drain(fd, said);
		pid_t gone = waitpid(pid, &status, WNOHANG);
		if (gone == pid || (gone < 0 && errno != EINTR))
			break;
		if (now_ms() >= deadline) {
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			return PLOT_END_HUNG;
		}
	}
	if (open)
		drain(fd, said);
	return end_of(status);
}

bool plot_process(const char *folder, const char *const *argv, int timeout_ms, struct text *said,
                  enum plot_end *end, struct err *err)
{
	struct text path;
	int pipes[2];
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return err_set(err, ERR_IO, "cannot make a pipe to %s: %s", argv[0],
		               strerror(errno));
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	text_init(&path);
	int code = spawn(folder, argv, pipes[1], &pid, &path);
	bool memory = path.failed;
	text_release(&path);
	close(pipes[1]);
	if (!code)
		*end = await(pid, pipes[0], timeout_ms, said);
	close(pipes[0]);
	if (memory || said->failed)
		return err_memory(err, "running gnuplot");
	if (!code)
		return true;
	/* A program that cannot be run is as good as none. */
	if (code != ENOENT && code != EACCES && code != ENOEXEC && code != ENOTDIR)
		return err_set(err, ERR_IO, "cannot run %s: %s", argv[0], strerror(code));
	*end = PLOT_END_MISSING;
	return true;
}
