/* What a watched process has counted, up to this moment. */
#ifndef GILSCOPE_RECORDER_WATCHREAD_H
#define GILSCOPE_RECORDER_WATCHREAD_H

#include "watch.h"

/* What goes on, beside the sums of what has ended. */
struct watch_open {
    uint64_t held_ns, wait_ns, lock_ns, signal_ns;
    uint64_t threads;
};
struct watch_reading {
    uint64_t main_held_ns, main_contended_ns; /* of the main interpreter's GIL, with what goes on */
    uint64_t is_active;
    struct watch_group groups[WATCH_GROUPS];
    struct watch_open open[WATCH_GROUPS];
};

/* With the GIL held of the interpreter that calls; of other GILs, what has ended. */
void watchread(struct watch_reading *reading);

#endif
