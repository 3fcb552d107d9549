/* Who holds, and who waits, just now: for whoever reads the file while it is being written. */
#ifndef GILSCOPE_COLLECTOR_NOW_H
#define GILSCOPE_COLLECTOR_NOW_H

#include "collector.h"

/* Look at all threads; false: nobody wants to know. */
bool now_look(struct collector *c);
void now_tell(struct collector *c);

#endif
