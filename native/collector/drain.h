/* What the recorder has written. */
#ifndef GILSCOPE_COLLECTOR_DRAIN_H
#define GILSCOPE_COLLECTOR_DRAIN_H

#include "collector.h"

void drain_take_over(struct collector *c);
void drain_forget(void);
void drain_logs(struct collector *c);
uint32_t path_of_site(uint32_t gil, uint32_t site);
/* Of a thread that has asked for a GIL until then, and waits; false: it does not. */
bool waiting_row(struct collector *c, struct thread_cell *cell, uint64_t until_ns, struct open_row *row);

#endif
