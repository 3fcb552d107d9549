/* Where goes what is drained: the trace file, and whatever else wants to know. */
#ifndef GILSCOPE_COLLECTOR_SINK_H
#define GILSCOPE_COLLECTOR_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/format.h"

struct sink;

/* What has been taken so far, so that what comes next can be undone. */
struct sink_place {
    uint64_t bytes; /* UINT64_MAX: not known, or nothing is to be undone */
    uint64_t rows;  /* of the holds of this GIL */
    uint32_t gil;   /* UINT32_MAX: none */
};

struct sink_functions {
    bool (*chunk)(struct sink *, enum chunk_kind, uint32_t table, const void *payload, uint64_t bytes);
    /* As the recorder wrote them: see HOLD_STANDS_ALONE. `first`: their number among all of this GIL. */
    bool (*holds)(struct sink *, uint32_t gil, uint64_t first, const struct hold_row *, uint64_t count);
    bool (*last_hold)(struct sink *, uint32_t gil, const struct hold_row *);
    struct sink_place (*place)(struct sink *, uint32_t gil);
    void (*check)(struct sink *);     /* now and then: does it still lead anywhere? */
    bool (*is_watched)(struct sink *); /* does somebody want to know what goes on just now? */
    void (*now)(struct sink *, const void *, uint64_t bytes); /* instead of the last one; 0 bytes: none */
    void (*finish)(struct sink *);
};

/* The first member of each kind of sink. */
struct sink {
    const struct sink_functions *does;
    bool is_ending;      /* nothing will follow what comes now */
    const char *stopped; /* end_reason, once it can take no more */
    int error;           /* the errno behind it */
};

static inline bool sink_chunk(struct sink *sink, enum chunk_kind kind, uint32_t table, const void *payload,
                              uint64_t bytes) {
    return sink->does->chunk(sink, kind, table, payload, bytes);
}

static inline bool sink_holds(struct sink *sink, uint32_t gil, uint64_t first, const struct hold_row *rows,
                              uint64_t count) {
    return sink->does->holds(sink, gil, first, rows, count);
}

static inline bool sink_last_hold(struct sink *sink, uint32_t gil, const struct hold_row *row) {
    return sink->does->last_hold(sink, gil, row);
}

static inline struct sink_place sink_place(struct sink *sink, uint32_t gil) {
    return sink->does->place(sink, gil);
}
static inline void sink_check(struct sink *sink) { sink->does->check(sink); }
static inline bool sink_is_watched(struct sink *sink) { return sink->does->is_watched(sink); }
static inline void sink_now(struct sink *sink, const void *payload, uint64_t bytes) {
    sink->does->now(sink, payload, bytes);
}
static inline void sink_finish(struct sink *sink) { sink->does->finish(sink); }

#endif
