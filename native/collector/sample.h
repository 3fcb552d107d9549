/* What runs inside a hold: while somebody waits for it to end, and now and then if it lasts. */
#ifndef GILSCOPE_COLLECTOR_SAMPLE_H
#define GILSCOPE_COLLECTOR_SAMPLE_H

#include "collector.h"

bool sample_contended(struct collector *c); /* false: nobody waits */
void sample_long_holds(struct collector *c); /* to be called as often as the arena is drained */
void drain_samples(struct collector *c);

#endif
