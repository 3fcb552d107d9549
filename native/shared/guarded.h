/* Part of format.h: who entered the lock of a condition, one after another, also where nobody waited. */
#ifndef GILSCOPE_GUARDED_H
#define GILSCOPE_GUARDED_H

#include <stdint.h>

/* One entry into the lock of a `threading.Condition`, by `with` that condition, with the GIL: what semaphores,
 * events, barriers, queues and futures are made of keeps its state there. So these rows say in which order
 * threads told each other something, and found it told already. Nothing is written of a lock until a second
 * thread enters it, and the last few entries of the first are written then; of one that goes on
 * alone, those after the first GUARDED_MOST are counted only, but for the last few before
 * another thread comes. Those of one lock are in the order of their time. */
struct guard_row {
    uint64_t lock; /* the address of the lock object, which recurs when that is gone */
    uint64_t time_ns;
    uint32_t thread;
    uint32_t site;    /* where it entered, as in site_row */
    uint32_t skipped; /* entries of the same thread just before this one that have no row */
    uint32_t state;   /* of a semaphore, how often it could be acquired before that; of a queue, how many
                         items it has room for (0: any number); of what asks for an idle worker, when a
                         ThreadPoolExecutor is given a task, how many workers that may have. All of these
                         and 1; 0: not known */
};
#define GUARDED_MOST 64u

#endif
