/* Threads that have not asked for a GIL again: no resume_row will say where they were meanwhile. */
#ifndef GILSCOPE_SHARED_AWAY_H
#define GILSCOPE_SHARED_AWAY_H

#include <stdint.h>

struct away_row {
    uint64_t release_ns; /* of its last hold */
    uint32_t thread;
    uint32_t path_id; /* of SAMPLER_TABLE: where it was when it was looked at from outside */
};

#endif
