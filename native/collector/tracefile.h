/* The trace file: a sink. */
#ifndef GILSCOPE_COLLECTOR_TRACEFILE_H
#define GILSCOPE_COLLECTOR_TRACEFILE_H

#include "buffer.h"
#include "flight.h"
#include "sink.h"
#include "space.h"

struct tracefile {
    struct sink sink;
    struct space space;
    struct flight flight; /* used if the size is limited */
    uint32_t process;       /* whose chunks are written */
    struct extent *extents; /* by number of GIL */
    struct buffer ending;   /* chunks that are written together, at last */
    uint32_t extent_count;
    struct room now; /* of the chunk NOW; no bytes: there is none */
};

static inline bool is_limited(const struct tracefile *file) { return file->space.limit != 0; }

bool tracefile_begin(struct tracefile *file, int fd, uint64_t limit, uint32_t process);

/* --- for showing.c ------------------------------------------------------------------------------- */

bool tracefile_is_watched(struct sink *sink);
void tracefile_show_now(struct sink *sink, const void *payload, uint64_t bytes);

/* --- for resume.c ------------------------------------------------------------------------------- */

struct extent { /* the HOLDS chunk of a GIL that is being filled */
    struct room room;
    uint64_t used, rows;
    uint64_t slab; /* the age of the piece that it is in, where the size is limited */
};

void tracefile_start(struct tracefile *file, int fd, uint64_t limit, uint32_t process);
bool tracefile_write_kind(struct tracefile *file, uint64_t at, enum chunk_kind kind);
struct extent *extent_of(struct tracefile *file, uint32_t gil); /* NULL: no memory */
bool extent_write_header(struct tracefile *file, const struct extent *extent, uint32_t gil);

#endif
