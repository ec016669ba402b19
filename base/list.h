/* A doubly linked ring of things that hold a node: O(1) to add at the end, to take out, to move to the end. What was used last
 * stands last, so the first is the one idle for longest. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *next, *prev;
};

/* The ring's head is a node that belongs to no one. */
static inline void list_init(struct list_node *head)
{
	head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list_node *head)
{
	return head->next == head;
}

static inline void list_append(struct list_node *head, struct list_node *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = node;
}

static inline void list_move_last(struct list_node *head, struct list_node *node)
{
	list_remove(node);
	list_append(head, node);
}

#endif
