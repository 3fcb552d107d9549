/* What stands at the beginning and at the end of a trace. */
#ifndef GILSCOPE_COLLECTOR_ENDING_H
#define GILSCOPE_COLLECTOR_ENDING_H

#include "collector.h"

void write_beginning(struct collector *c);
void write_ending(struct collector *c);

#endif
