/* What is known of unrecorded processes, on its way into the file. */
#ifndef GILSCOPE_COLLECTOR_KINROWS_H
#define GILSCOPE_COLLECTOR_KINROWS_H

#include "kinship.h"

/* Times are CLOCK_MONOTONIC. */
struct kin_row {
    pid_t pid, parent;
    bool has_ended;
    uint64_t begin_ns;
    uint64_t end_ns; /* when it was last seen alive */
    uint64_t cpu_ns; /* by then */
    struct kinship what;
};

void kinrows_begin(int out_fd, uint64_t limit);
void kinrows_let(void); /* the file has begun */
void kinrows_add(const struct kin_row *row);
void kinrows_leave_out(uint64_t count); /* so many were too many to be followed */
void kinrows_flush(bool now);           /* now, or when it is worth it */

#endif
