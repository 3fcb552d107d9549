/* What asyncio's loop has yet to do in its turn. */
#ifndef GILSCOPE_COLLECTOR_LOOPING_H
#define GILSCOPE_COLLECTOR_LOOPING_H

#include <stdbool.h>

#include "collector.h"

/* Whether a function, by its qualified name and the file that follows it, takes the turns of such loops. */
bool takes_turns(const char *texts, uint32_t qualname_bytes, uint32_t filename_bytes);
/* How many callbacks it will call after the one that it is calling; 0 if that is not known. */
uint32_t left_to_call(struct collector *c, uint64_t frame, uint64_t code);

#endif
