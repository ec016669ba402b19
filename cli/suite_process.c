#include "cli/suite_process.h"

#include "cli/suite_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A simulator that is told to stop ends its calls first: BYE and CANCEL want answers. */
#define GRACE_NS (5 * NS_PER_S)

#define LINGER_NS NS_PER_S

#define CANNOT_START 127

int64_t suite_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

void suite_processes_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* ---- the child's side ---- */

/* Signals as every program expects them, whatever we ignore or block. */
static void fresh_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const char *const *words, const char *directory, int log, pid_t parent)
{
	bool ours = strcmp(words[0], SUITE_OURS) == 0;
	int nothing = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CANNOT_START);
	fresh_signals();
	if (chdir(directory) == 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
	    dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		execvp(ours ? "/proc/self/exe" : words[0], (char *const *)(uintptr_t)words);
	dprintf(log, "cannot start '%s': %s\n", words[0], strerror(errno));
	_exit(CANNOT_START);
}

/* ---- ours ---- */

bool suite_child_start(struct suite_child *c, const char *const *words, const char *directory,
                       const char *log, int64_t timeout_ns, struct err *err)
{
	int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	pid_t parent = getpid();

	*c = (struct suite_child){ .fd = -1 };
	if (file < 0)
		return err_set(err, ERR_IO, "cannot create '%s': %s", log, strerror(errno));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		become(words, directory, file, parent);
	int why = errno;
	close(file);
	if (pid < 0)
		return err_set(err, ERR_IO, "cannot start a process: %s", strerror(why));
	setpgid(pid, pid); /* both do it: nobody knows who comes first */
	c->pid = pid;
	c->fd = pidfd_open(pid, 0);
	c->started_ns = suite_clock_ns();
	c->deadline_ns = timeout_ns ? c->started_ns + timeout_ns : 0;
	if (c->fd >= 0)
		return true;
	why = errno;
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	c->pid = 0;
	return err_set(err, ERR_IO, "cannot watch a process: %s", strerror(why));
}

/* Are all of the group gone? Who outlived its parent is our child then (PR_SET_CHILD_SUBREAPER). */
static bool group_is_gone(pid_t group, int64_t patience_ns)
{
	const struct timespec nap = { .tv_nsec = 5 * NS_PER_MS };
	int64_t until = suite_clock_ns() + patience_ns;
	pid_t pid;

	while ((pid = waitpid(-group, NULL, WNOHANG)) >= 0 || errno == EINTR)
		if (pid == 0) {
			if (suite_clock_ns() >= until)
				return false;
			nanosleep(&nap, NULL);
		}
	return true;
}

void suite_child_reap(struct suite_child *c, struct suite_ended *out)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	/* What a scenario's <exec> began may just be about to end. */
	if (!group_is_gone(c->pid, c->told ? 0 : LINGER_NS)) {
		kill(-c->pid, SIGKILL);
		group_is_gone(c->pid, LINGER_NS);
	}
	close(c->fd);
	*out = (struct suite_ended){
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.late = c->late,
		.seconds = (double)(suite_clock_ns() - c->started_ns) / 1e9,
	};
	*c = (struct suite_child){ .fd = -1 };
}

void suite_child_stop(struct suite_child *c, int64_t now_ns)
{
	if (!c->pid || c->told == 3)
		return;
	c->told++;
	kill(c->told < 3 ? c->pid : -c->pid, c->told < 3 ? SIGTERM : SIGKILL);
	c->deadline_ns = now_ns + GRACE_NS;
}

void suite_child_attend(struct suite_child *c, int64_t now_ns)
{
	if (now_ns < suite_child_due(c))
		return;
	c->late |= c->told == 0;
	suite_child_stop(c, now_ns);
}

int64_t suite_child_due(const struct suite_child *c)
{
	return c->pid && c->deadline_ns && c->told < 3 ? c->deadline_ns : INT64_MAX;
}

const char *suite_say_ended(const struct suite_ended *e, char text[static SUITE_ENDED_TEXT])
{
	if (e->late)
		snprintf(text, SUITE_ENDED_TEXT, "it was ended after %.1f s: its time was up",
		         e->seconds);
	else if (e->signal && !sigabbrev_np(e->signal)) /* of real time: they have no names */
		snprintf(text, SUITE_ENDED_TEXT, "signal %d ended it", e->signal);
	else if (e->signal)
		snprintf(text, SUITE_ENDED_TEXT, "SIG%s ended it", sigabbrev_np(e->signal));
	else if (e->code == CANNOT_START)
		snprintf(text, SUITE_ENDED_TEXT, "it could not be started");
	else
		snprintf(text, SUITE_ENDED_TEXT, "exit code %d", e->code);
	return text;
}
