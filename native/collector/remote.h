/* The memory of the observed process. */
#ifndef GILSCOPE_COLLECTOR_REMOTE_H
#define GILSCOPE_COLLECTOR_REMOTE_H

#include "collector.h"

bool remote_layout(struct collector *c); /* false: the arena's makes no sense */
uint32_t remote_path(struct collector *c, uint64_t tstate); /* 0: not readable */
void remote_forget(void);
/* The same of a thread that holds its GIL, led on into the cyclic collector if that is at work. */
uint32_t remote_path_of_holder(struct collector *c, uint64_t tstate);
/* Of the path that was read last, the outermost frame that is a coroutine's or a generator's. */
struct root {
    uint64_t frame; /* its address; 0: there is none */
    uint32_t path; /* up to it */
};
struct root remote_root(void);
/* Of that path: how many callbacks asyncio's loop has yet to call after the one that it has called; 0 if
 * none, or if that is not known. */
uint32_t remote_behind(struct collector *c);
void drain_remote(struct collector *c);
bool remote_read(struct collector *c, uint64_t address, void *into, size_t bytes);

#endif
