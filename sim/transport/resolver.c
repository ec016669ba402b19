/* Names while it runs: a thread of its own waits for the system's resolver, and tells the loop through a descriptor. Who asks for a name that
 * is already being asked for waits with the first. */
#include "base/list.h"
#include "base/mem.h"
#include "sim/transport/lookup.h"
#include "sim/transport/resolve.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUESTIONS_MAX 1024 /* names at once; more are refused */

struct question {
	struct list_node place; /* in resolver.asked */
	struct question *next; /* on the desk */
	struct resolve_request *requests; /* the loop's */
	bool answered; /* who asks now asks anew */
	char host[HOST_MAX + 1];
	int family;
	struct ip_addr found;
	const char *why; /* static */
};

struct queue {
	struct question *first, **last;
};

/* What the loop and the thread share. A look-up cannot be broken off, so the thread is the last to leave, and frees it. */
struct desk {
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct queue questions, answers;
	int tell; /* the loop's descriptor */
	bool closed; /* by the loop */
};

struct resolver {
	struct loop *loop;
	struct watch watch; /* fd -1 until a name is asked for */
	struct desk *desk;
	struct list_node asked;
	size_t count;
};

/* ---- the desk ---- */

static void queue_init(struct queue *q)
{
	*q = (struct queue){ NULL, &q->first };
}

static void put(struct queue *q, struct question *question)
{
	question->next = NULL;
	*q->last = question;
	q->last = &question->next;
}

static struct question *take(struct queue *q)
{
	struct question *first = q->first;

	if (first) {
		q->first = first->next;
		if (!q->first)
			q->last = &q->first;
	}
	return first;
}

static void free_all(struct queue *q)
{
	struct question *question;

	while ((question = take(q)) != NULL)
		mem_free(question);
}

static void desk_free(struct desk *d)
{
	free_all(&d->questions);
	free_all(&d->answers);
	pthread_cond_destroy(&d->asked);
	pthread_mutex_destroy(&d->lock);
	mem_free(d);
}

/* The next question; NULL: nobody waits for answers any more. */
static struct question *next_question(struct desk *d)
{
	struct question *question = NULL;

	while (!d->closed && !(question = take(&d->questions)))
		pthread_cond_wait(&d->asked, &d->lock);
	return question;
}

static void answer(struct desk *d, struct question *question)
{
	static const uint64_t one = 1;

	put(&d->answers, question);
	if (!d->closed && write(d->tell, &one, sizeof one) < 0)
		return; /* the counter is full: it has been told */
}

static void *work(void *context)
{
	struct desk *d = context;
	struct question *question;

	pthread_mutex_lock(&d->lock);
	while ((question = next_question(d)) != NULL) {
		pthread_mutex_unlock(&d->lock);
		question->why = lookup_name(question->host, question->family, &question->found);
		pthread_mutex_lock(&d->lock);
		answer(d, question);
	}
	pthread_mutex_unlock(&d->lock);
	desk_free(d);
	return NULL;
}

/* ---- answers ---- */

static void tell(struct resolve_request *r, const struct question *question)
{
	if (question->why) {
		snprintf(r->why, sizeof r->why, "%s", question->why);
		r->done(r, NULL, r->why);
		return;
	}
	r->found = (struct endpoint){ question->found, r->port };
	r->done(r, &r->found, NULL);
}

static void tell_all(struct resolver *r, struct question *question)
{
	struct resolve_request *request;

	question->answered = true;
	while ((request = question->requests) != NULL) {
		question->requests = request->next;
		request->next = NULL;
		tell(request, question);
	}
	list_remove(&question->place);
	r->count--;
	mem_free(question);
}

static void on_answers(struct watch *watch, uint32_t events)
{
	struct resolver *r =
	        (struct resolver *)(void *)((char *)watch - offsetof(struct resolver, watch));
	struct question *question;
	uint64_t times;

	(void)events;
	if (read(watch->fd, &times, sizeof times) < 0)
		return;
	do {
		pthread_mutex_lock(&r->desk->lock);
		question = take(&r->desk->answers);
		pthread_mutex_unlock(&r->desk->lock);
		if (question)
			tell_all(r, question);
	} while (question);
}

/* ---- asking ---- */

static void refuse(struct resolve_request *request, const char *why)
{
	snprintf(request->why, sizeof request->why, "%s", why);
	request->done(request, NULL, request->why);
}

static bool hire(struct desk *d)
{
	pthread_attr_t detached;
	pthread_t thread;

	if (pthread_attr_init(&detached) != 0)
		return false;
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	bool ok = pthread_create(&thread, &detached, work, d) == 0;
	pthread_attr_destroy(&detached);
	return ok;
}

static struct desk *desk_new(int fd)
{
	struct desk *d = mem_zalloc(sizeof *d);

	if (!d)
		return NULL;
	d->tell = fd;
	queue_init(&d->questions);
	queue_init(&d->answers);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->asked, NULL);
	if (hire(d))
		return d;
	desk_free(d);
	return NULL;
}

/* The thread is there from the first name on. */
static bool open_desk(struct resolver *r)
{
	struct err err = ERR_INIT;

	if (r->desk)
		return true;
	r->watch.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->watch.fd < 0)
		return false;
	if (loop_watch(r->loop, &r->watch, &err)) {
		r->desk = desk_new(r->watch.fd);
		if (r->desk)
			return true;
		loop_unwatch(r->loop, &r->watch);
	}
	close(r->watch.fd);
	r->watch.fd = -1;
	return false;
}

static struct question *question_at(struct list_node *place)
{
	return (struct question *)(void *)((char *)place - offsetof(struct question, place));
}

static struct question *same_question(const struct resolver *r, const struct resolve_request *q)
{
	for (struct list_node *n = r->asked.next; n != &r->asked; n = n->next) {
		struct question *question = question_at(n);
		if (!question->answered && question->family == q->family &&
		    strcmp(question->host, q->host) == 0)
			return question;
	}
	return NULL;
}

static struct question *new_question(struct resolver *r, const struct resolve_request *request)
{
	struct question *question = mem_zalloc(sizeof *question);

	if (!question)
		return NULL;
	memcpy(question->host, request->host, sizeof question->host);
	question->family = request->family;
	list_append(&r->asked, &question->place);
	r->count++;
	return question;
}

static void ask_desk(struct resolver *r, struct resolve_request *request)
{
	struct question *question = same_question(r, request);

	if (!question) {
		if (r->count >= QUESTIONS_MAX) {
			refuse(request, "too many other names are being looked up");
			return;
		}
		if (!open_desk(r) || !(question = new_question(r, request))) {
			refuse(request, "no memory or no thread to look it up");
			return;
		}
		pthread_mutex_lock(&r->desk->lock);
		put(&r->desk->questions, question);
		pthread_cond_signal(&r->desk->asked);
		pthread_mutex_unlock(&r->desk->lock);
	}
	request->next = question->requests;
	question->requests = request;
}

void resolver_ask(struct resolver *r, struct resolve_request *request)
{
	const char *why = NULL;

	request->next = NULL;
	request->cancelled = false;
	request->found.port = request->port;
	switch (lookup_address(slice_str(request->host), request->family, &request->found.addr,
	                       &why)) {
	case LOOKUP_FOUND: request->done(request, &request->found, NULL); break;
	case LOOKUP_WRONG: refuse(request, why); break;
	default:
		if (r->loop->virtual_time)
			refuse(request, "in virtual time there are addresses, and no names");
		else
			ask_desk(r, request);
	}
}

void resolver_cancel(struct resolver *r, struct resolve_request *request)
{
	request->cancelled = true;
	for (struct list_node *n = r->asked.next; n != &r->asked; n = n->next) {
		struct resolve_request **at = &question_at(n)->requests;
		while (*at && *at != request)
			at = &(*at)->next;
		if (*at) {
			*at = request->next;
			request->next = NULL;
			return;
		}
	}
}

struct resolver *resolver_new(struct loop *loop, struct err *err)
{
	struct resolver *r = mem_alloc(sizeof *r);

	if (!r) {
		err_memory(err, "the resolver");
		return NULL;
	}
	*r = (struct resolver){ .loop = loop,
		                .watch = { .fd = -1, .events = EPOLLIN, .ready = on_answers } };
	list_init(&r->asked);
	return r;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	if (r->desk) {
		loop_unwatch(r->loop, &r->watch);
		pthread_mutex_lock(&r->desk->lock);
		r->desk->closed = true;
		pthread_cond_signal(&r->desk->asked);
		pthread_mutex_unlock(&r->desk->lock); /* from here on it is the thread's */
		close(r->watch.fd);
	}
	mem_free(r);
}
