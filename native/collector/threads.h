/* Threads: who they are, and their CPU time. */
#ifndef GILSCOPE_COLLECTOR_THREADS_H
#define GILSCOPE_COLLECTOR_THREADS_H

#include "collector.h"

void drain_threads(struct collector *c, bool final);
void threads_forget(const struct collector *c);
void drain_cpu(struct collector *c);

#endif
