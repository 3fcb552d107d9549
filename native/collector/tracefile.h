/* The trace file: a sink. */
#ifndef GILSCOPE_COLLECTOR_TRACEFILE_H
#define GILSCOPE_COLLECTOR_TRACEFILE_H

#include "sink.h"
#include "space.h"

struct tracefile {
    struct sink sink;
    struct space space;
    uint32_t process;       /* whose chunks are written */
    struct extent *extents; /* by number of GIL */
    uint32_t extent_count;
};

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit, uint32_t process);
/* Go on where the first process's collector was killed; what it wrote from a place on is undone. False
 * if the file makes no sense. */
bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, const struct sink_place *undo);

#endif
