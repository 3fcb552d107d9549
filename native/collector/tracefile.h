/* The trace file: a sink. */
#ifndef GILSCOPE_COLLECTOR_TRACEFILE_H
#define GILSCOPE_COLLECTOR_TRACEFILE_H

#include "sink.h"

struct tracefile {
    struct sink sink;
    int fd;
    uint64_t limit;         /* 0: none */
    uint64_t reserved;      /* the disk has room up to here */
    struct extent *extents; /* by number of GIL */
    uint32_t extent_count;
};

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit);
/* Go on behind what another collector has written; false if the file is not whole up to there. */
bool tracefile_resume(struct tracefile *file, int fd, uint64_t limit, uint64_t bytes);

#endif
