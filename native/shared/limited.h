/* Part of format.h: the rows of a trace file whose size is limited. */
#ifndef GILSCOPE_LIMITED_H
#define GILSCOPE_LIMITED_H

#include <stdint.h>

#include "shared/guarded.h"
#include "shared/now.h"

/* Where the size of the file is limited, the room of the oldest rows (of HOLDS, TURNS, RESUME, SAMPLE, LOOK,
 * CPU and LOCK) is used again, so those of the end are what is kept, in an order that is not that of the file.
 * Totals are kept of all: those of the first `rows` rows of each GIL are in TOTALS, kept or not. Rows
 * from there on, and what was open at the end, are to be added. */
struct totals_head {
    uint32_t gil_count; /* how many rows of each follow */
    uint32_t thread_count;
};
struct totals_gil {
    uint32_t gil;
    uint32_t reserved;
    uint64_t rows;             /* of HOLDS, that are in the totals */
    uint64_t holds;            /* that these stand for: the number of the next one */
    uint64_t contended_ns;     /* how long at least one thread waited */
    uint64_t covered_until_ns; /* when the last wait in it ended */
};
struct totals_thread {
    uint32_t gil;
    uint32_t thread;
    uint64_t holds;
    uint64_t held_ns;
    uint64_t longest_hold_ns;
    uint64_t waits; /* holds that had to wait */
    uint64_t wait_ns;
    uint64_t longest_wait_ns;
    uint64_t forced; /* holds that were ended by force */
};

/* The collector takes room in pieces that it can use again. Chunks of this process follow, up to the
 * end of the piece. */
struct slab_row {
    uint64_t bytes;   /* from the header of this chunk on */
    uint64_t age;     /* increases with each use of a piece */
    uint32_t purpose; /* 1: rows, which may go; 2: all else, which stays */
    uint32_t reserved;
};

#endif
