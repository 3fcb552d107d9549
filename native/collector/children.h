/* The processes that the observed one has started. */
#ifndef GILSCOPE_COLLECTOR_CHILDREN_H
#define GILSCOPE_COLLECTOR_CHILDREN_H

#include "collector.h"

void children_begin(const struct collector *c);
void children_follow(const struct collector *c); /* each time that the house is kept */
/* CPU time that they used meanwhile; false: nobody can tell. */
bool children_cpu_ns(const struct collector *c, uint64_t *cpu_ns);
/* That of the observed process itself, from its beginning on, as last seen. */
bool process_cpu_ns(const struct collector *c, uint64_t *cpu_ns);

#endif
