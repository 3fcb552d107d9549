/* Waits for locks that their threads have not written. */
#ifndef GILSCOPE_COLLECTOR_LOCKS_H
#define GILSCOPE_COLLECTOR_LOCKS_H

#include "collector.h"

/* Now and then: where is who waits for long? */
void locks_follow(struct collector *c);
/* Of a thread that has ended, or at the end, when what goes on is open: its end is `end_ns`. */
void locks_add(struct collector *c, uint32_t cell, uint64_t end_ns);
/* A copy of one of the waits of a thread that have no row yet, 0 to LOCK_WAITS - 1, as of `end_ns`; false:
 * there is none. */
bool locks_copy(struct collector *c, uint32_t cell, uint32_t wait, uint64_t end_ns, struct lock_row *row);
void drain_locks(struct collector *c);
void locks_forget(const struct collector *c);

#endif
