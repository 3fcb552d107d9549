/* What runs inside a hold: while somebody waits for it to end, and now and then if it lasts. */
#ifndef GILSCOPE_COLLECTOR_SAMPLE_H
#define GILSCOPE_COLLECTOR_SAMPLE_H

#include "collector.h"

bool sample_contended(struct collector *c); /* false: nobody waits */
void sample_long_holds(struct collector *c); /* to be called as often as the arena is drained */
/* What asyncio's loop has yet to call after the callback whose path was read last; 0 without a loop. */
uint32_t sample_behind(struct collector *c);
/* So many wait for a thread that has been without a GIL for long, at the path that was read last. */
void sample_away(struct collector *c, uint32_t thread, uint64_t released_ns, uint32_t path, uint32_t behind);
void drain_samples(struct collector *c);

#endif
