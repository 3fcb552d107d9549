/* The memory of the observed process. */
#ifndef GILSCOPE_COLLECTOR_REMOTE_H
#define GILSCOPE_COLLECTOR_REMOTE_H

#include "collector.h"

bool remote_layout(struct collector *c); /* false: the arena's makes no sense */
uint32_t remote_path(struct collector *c, uint64_t tstate); /* 0: not readable */
void remote_forget(void);
/* The same of a thread that holds its GIL, led on into the cyclic collector if that is at work. */
uint32_t remote_path_of_holder(struct collector *c, uint64_t tstate);
/* Of the path that was read last, the outermost frame that is a coroutine's or a generator's; and the
 * innermost in which asyncio's loop takes its turns. */
struct root {
    uint64_t frame; /* its address; 0: there is none */
    uint32_t path; /* up to it */
    uint64_t loop_frame, loop_code; /* addresses; 0: there is none */
};
struct root remote_root(void);
void drain_remote(struct collector *c);
/* Whether an object is a str of these ASCII characters. */
bool remote_is_str(struct collector *c, uint64_t address, const char *text);
bool remote_read(struct collector *c, uint64_t address, void *into, size_t bytes);

#endif
