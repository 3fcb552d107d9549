/* The memory of the observed process. */
#ifndef GILSCOPE_COLLECTOR_REMOTE_H
#define GILSCOPE_COLLECTOR_REMOTE_H

#include "collector.h"

bool remote_layout(struct collector *c); /* false: the arena's makes no sense */
uint32_t remote_path(struct collector *c, uint64_t tstate); /* 0: not readable */
void remote_forget(void);
void drain_remote(struct collector *c);
bool remote_read(struct collector *c, uint64_t address, void *into, size_t bytes);

#endif
