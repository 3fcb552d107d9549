/* Gives up a recording that nobody drains. */
#ifndef GILSCOPE_RECORDER_WATCHDOG_H
#define GILSCOPE_RECORDER_WATCHDOG_H

#include "recording.h"

void watchdog_tells_user(void); /* it is a program of `gilscope run`: its user is to know */
void watchdog_tells_nobody(void); /* somebody else does */
void watchdog_look(uint64_t time_ns);

#endif
