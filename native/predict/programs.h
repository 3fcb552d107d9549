/* What threads do, and the rules by which they do it. */
#ifndef GILSCOPE_PREDICT_PROGRAMS_H
#define GILSCOPE_PREDICT_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

/* What a thread does next, and for how long (ns), about which event, or of which pool. */
enum step_kind {
    STEP_HOLD,    /* runs Python code: needs a core, and the GIL where there is one */
    STEP_STALL,   /* the same, but does not let go of the GIL before it is over */
    STEP_COMPUTE, /* computes outside of the GIL: needs a core */
    STEP_BLOCK,   /* needs nothing: sleeps, or waits for the world outside; gives the GIL up */
    STEP_POST,    /* an event has happened, from now on */
    STEP_AWAIT,   /* goes on when the event has happened; gives the GIL up if it has to wait */
    STEP_FETCH,   /* does tasks of a pool, the next one each time, until there are none */
    STEP_GIVE,    /* there is one more of what is taken: of an event that happens again and again */
    STEP_TAKE,    /* goes on when there is one, which is gone then; gives the GIL up if it has to wait */
    STEP_KINDS,
};

/* The steps of thread t are those from first[t] up to first[t + 1]. */
struct programs {
    int64_t threads;
    const int64_t *first;
    const uint8_t *kind;
    const int64_t *value;
    const uint32_t *turn; /* of who waits for the GIL, that with the least gets it first; else the first */
    int64_t events; /* events are numbered from 0 */
    /* By thread: when this event has happened, it ends its step and does nothing else but to post; -1: it
     * does all of its steps. */
    const int64_t *until;
    const int64_t *given; /* by event: how many there are to be taken at the beginning */
    /* The tasks of pool p are those from pool[p] up to pool[p + 1], first come, first served; the steps
     * of task k are those from task[k] up to task[k + 1]: behind those of all threads. */
    int64_t pools, tasks;
    const int64_t *pool, *task;
};

struct rules {
    int64_t cores; /* 0: as many as there are threads */
    bool gil;
    int64_t switch_interval_ns;
    int64_t handover_ns; /* from a release until a thread that waited has the GIL */
};

/* When a step began and was over, and which thread did it; -1 where that did not happen. */
struct doing {
    int64_t begin_ns, end_ns, thread;
};

/* When each thread had done its last step; -1 for one that waits for what never happens. `doings`, if
 * not NULL, has a row for each step. */
struct outcome {
    int64_t *end_ns;
    struct doing *doings;
};

#endif
