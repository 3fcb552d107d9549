/* Which locks a thread has taken by `with`. */
#ifndef GILSCOPE_COLLECTOR_WITHLOCK_H
#define GILSCOPE_COLLECTOR_WITHLOCK_H

#include "collector.h"

/* As many locks as fit into `locks`, as waits for them name them; how many that are. The thread must be
 * blocked all the while. */
uint32_t locks_taken(struct collector *c, uint64_t tstate, uint64_t *locks, uint32_t most);

#endif
