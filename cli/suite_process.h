/* Child processes: no shell in between, each the leader of a group of its own, its output in a file. When a child is over, whatever else is
 * left of its group is ended too, a second later; when this process dies without a word, children get a SIGTERM (prctl(2), PR_SET_PDEATHSIG, which is why
 * they are made by fork() and not by posix_spawn()). */
#ifndef CLI_SUITE_PROCESS_H
#define CLI_SUITE_PROCESS_H

#include "base/clock.h"
#include "base/err.h"

#include <sys/types.h>

struct suite_child {
	pid_t pid; /* 0: none */
	int fd; /* readable when it is over */
	int64_t started_ns, deadline_ns; /* on the clock below; deadline 0: none */
	unsigned told; /* 0; 1: SIGTERM, 2: SIGTERM again, 3: SIGKILL */
	bool late; /* its time was up */
};

struct suite_ended {
	int code; /* as exit(3); -1: a signal ended it */
	int signal; /* 0: none */
	bool late; /* its time was up; then code and signal are of our making */
	double seconds;
};

/* Once, before the first child: who outlives its parent becomes a child of ours. */
void suite_processes_init(void);

/* CLOCK_MONOTONIC */
int64_t suite_clock_ns(void);

/* `words`: its argv, ended by NULL; words[0] SUITE_OURS: this very program. Runs in `directory`, reads nothing, writes to the end of `log`.
 * False: err. */
bool suite_child_start(struct suite_child *c, const char *const *words, const char *directory,
                       const char *log, int64_t timeout_ns, struct err *err);
/* After poll(2) said so of its fd, or was waited for. */
void suite_child_reap(struct suite_child *c, struct suite_ended *out);

/* What is due by now: a SIGTERM when its time is up, another after GRACE, at last SIGKILL. */
void suite_child_attend(struct suite_child *c, int64_t now_ns);
/* Its time is up now. */
void suite_child_stop(struct suite_child *c, int64_t now_ns);
/* When suite_child_attend() has something to do; INT64_MAX: never. */
int64_t suite_child_due(const struct suite_child *c);

/* "exit code 3", "SIGSEGV ended it", "it took longer than 5 s". */
#define SUITE_ENDED_TEXT 80
const char *suite_say_ended(const struct suite_ended *e, char text[static SUITE_ENDED_TEXT]);

#endif
