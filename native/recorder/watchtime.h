/* For how long this process has been watched. */
#ifndef GILSCOPE_RECORDER_WATCHTIME_H
#define GILSCOPE_RECORDER_WATCHTIME_H

#include "recording.h"

struct watchtime {
    uint64_t begin_ns, begin_unix_ns; /* CLOCK_MONOTONIC, and the time of day */
    uint64_t before_ns; /* for how long it was watched in recordings that have ended */
    uint64_t since_ns;  /* in the one that goes on, by its clock, it is from here on */
};
extern struct watchtime watchtime;

void watchtime_begin(void);
uint64_t watchtime_ns(void);
/* The recording ends, in which it is watched: what goes on is counted up to here. */
void watchtime_cut(void);
/* Now and then, in a recording that no collector sees to: keep its clock in step. */
void watchtime_tick(uint64_t time_ns);
/* The GIL that the calling thread holds, in this recording; NULL: none. */
struct gil *watchtime_own_gil(void);

#endif
