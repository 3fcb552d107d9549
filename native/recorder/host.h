/* Which computer this is, and what its clocks are worth beside another's. */
#ifndef GILSCOPE_RECORDER_HOST_H
#define GILSCOPE_RECORDER_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void host_name(char *name, size_t room); /* empty if it has none */
/* The same for all processes whose CLOCK_MONOTONIC is the same: since one start of one kernel, in one
 * time namespace. Empty if that is not known. */
void host_clock(char *name, size_t room);
/* How far the time of day may be off, at most, as the kernel has it from whoever sets it (NTP);
 * false if nobody does. */
bool host_time_error_ns(uint64_t *error_ns);

#endif
