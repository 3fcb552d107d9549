/* Whether the observed process has ended, or has become another program. */
#ifndef GILSCOPE_COLLECTOR_PROCESS_H
#define GILSCOPE_COLLECTOR_PROCESS_H

#include "collector.h"

bool process_is_gone(struct collector *c);
void process_follow_exec(struct collector *c); /* now and then */
void process_follow_end(struct collector *c);

#endif
