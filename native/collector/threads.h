/* Threads: who they are. */
#ifndef GILSCOPE_COLLECTOR_THREADS_H
#define GILSCOPE_COLLECTOR_THREADS_H

#include "collector.h"

void drain_threads(struct collector *c, bool final);
void threads_forget(const struct collector *c);

#endif
