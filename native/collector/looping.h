/* What asyncio's loop has yet to do in its turn. */
#ifndef GILSCOPE_COLLECTOR_LOOPING_H
#define GILSCOPE_COLLECTOR_LOOPING_H

#include "collector.h"

/* How many callbacks it will call after the one that it is calling; 0 if that is not known. */
uint32_t left_to_call(struct collector *c, uint64_t frame, uint64_t code);

#endif
