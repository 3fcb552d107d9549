/* Whether this process is watched. */
#ifndef GILSCOPE_RECORDER_WATCHING_H
#define GILSCOPE_RECORDER_WATCHING_H

#include "recording.h"

#include "shared/gcstats.h"

struct collections {
    uint64_t times[GC_GENERATIONS], ns; /* ns: UINT64_MAX where the interpreter does not say */
};

void watching_begin(void); /* with the GIL held: all that is counted is from now on */
void watching_end(void);
void watching_after_fork(void); /* in the child: what its parent had is not its own */
/* Of the main interpreter's collector, since then. */
struct collections watching_collections(void);

#endif
