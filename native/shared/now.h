/* Part of format.h: what goes on just now, for who reads a trace while it is being written. */
#ifndef GILSCOPE_NOW_H
#define GILSCOPE_NOW_H

#include <stdint.h>

/* As long as somebody has a read lock (fcntl) on the byte WATCHED_BYTE of the file, each process has a chunk
 * NOW, which is written over again every 100 ms: now_head, open_row of who holds a GIL and who waits for one,
 * lock_row of waits for locks that have no row yet (LOCK_OPEN: it goes on, and `end_ns` is `time_ns`), a
 * now_lock for each of these, and now_tail. Where the serials of head and tail differ, it was being written. Holds that ended before `time_ns` have their rows in the file by
 * then, but for what was ending at that very moment. When nobody is interested any more, and at the end,
 * it is UNDONE. */
#define WATCHED_BYTE 1

struct now_head {
    uint64_t serial;
    uint64_t time_ns;
    uint32_t open_count; /* how many rows of each follow */
    uint32_t lock_count;
    uint32_t left_out; /* rows that were too many */
    uint32_t reserved;
};
struct now_lock {
    uint32_t gil; /* whose sites `site` of the row is one of */
    uint32_t reserved;
};
struct now_tail {
    uint64_t serial;
};

#endif
