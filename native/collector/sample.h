/* What runs inside a hold, while somebody waits for it to end. */
#ifndef GILSCOPE_COLLECTOR_SAMPLE_H
#define GILSCOPE_COLLECTOR_SAMPLE_H

#include "collector.h"

bool sample_contended(struct collector *c); /* false: nobody waits */
void drain_samples(struct collector *c);

#endif
