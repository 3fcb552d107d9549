/* Threads by their names: what differs in numbers only is one group. */
#ifndef GILSCOPE_RECORDER_WATCHGROUPS_H
#define GILSCOPE_RECORDER_WATCHGROUPS_H

#include "watchtotals.h"

#define GROUP_OTHER 0u /* whose name was one too many, or is not known */

uint8_t watchgroups_of(const char *name, uint32_t bytes);
/* How many there are, and what a group is called; room for NAME_BYTES. Groups never go. */
uint32_t watchgroups_count(void);
uint32_t watchgroups_pattern(uint32_t group, char *text);
/* What a thread has for a name of its own if nobody gave it one says nothing: it is that of the process. */
void watchgroups_begin(void);
void watchgroups_after_fork(void);

#endif
