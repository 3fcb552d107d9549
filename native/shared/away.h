/* Threads that have not asked for a GIL again: no resume_row will say where they were meanwhile. */
#ifndef GILSCOPE_SHARED_AWAY_H
#define GILSCOPE_SHARED_AWAY_H

#include <stdint.h>

/* The `gil` of a look_row at a thread that let go of its GIL, at `acquire_ns`, in a callback of asyncio's loop,
 * which has yet to call others. */
#define LOOK_OF_NO_GIL 0xffffffffu

struct away_row {
    uint64_t release_ns; /* of its last hold */
    uint32_t thread;
    uint32_t path_id; /* of SAMPLER_TABLE: where it was when it was looked at from outside */
};

#endif
