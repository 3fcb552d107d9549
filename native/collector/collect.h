/* The work of a collector. */
#ifndef GILSCOPE_COLLECTOR_COLLECT_H
#define GILSCOPE_COLLECTOR_COLLECT_H

#include "collector.h"

enum collected { COLLECTED, COLLECTED_NOTHING, COLLECTING_FAILED };

bool collect_prepare(struct collector *c, int arena_fd); /* false: there is no room; that has been said */
void collect_show(struct collector *c); /* to the recorder: who drains, and that it lives */
void collect_forget(struct collector *c); /* so that this process can be the collector of another */
enum collected collect(struct collector *c, int out_fd, bool is_successor);

#endif
