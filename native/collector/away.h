/* Threads that let go of a GIL and did not ask for it again. */
#ifndef GILSCOPE_COLLECTOR_AWAY_H
#define GILSCOPE_COLLECTOR_AWAY_H

#include "collector.h"

/* Now and then: where is who has been without a GIL for long? */
void away_follow(struct collector *c);
/* Of a thread that has ended, or at the end. */
void away_add(struct collector *c, uint32_t cell);
void drain_away(struct collector *c);
void away_forget(const struct collector *c);

#endif
