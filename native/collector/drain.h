/* What the recorder has written. */
#ifndef GILSCOPE_COLLECTOR_DRAIN_H
#define GILSCOPE_COLLECTOR_DRAIN_H

#include "collector.h"

void drain_take_over(struct collector *c);
void drain_forget(void);
void drain_logs(struct collector *c);
uint32_t path_of_site(uint32_t gil, uint32_t site);

#endif
