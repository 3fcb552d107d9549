/* What threads had of the cores: the time that they ran, and the time that they were ready to, but no
 * core was free for them. */
#ifndef GILSCOPE_COLLECTOR_USAGE_H
#define GILSCOPE_COLLECTOR_USAGE_H

#include "collector.h"

/* Look at some of the threads, in turn. */
void usage_follow(struct collector *c);
/* Whoever holds a GIL for long, while others wait, is looked at more often. */
void usage_follow_holders(struct collector *c);
void drain_usage(struct collector *c);
void usage_forget(uint32_t cell);
void usage_forget_all(const struct collector *c);

#endif
