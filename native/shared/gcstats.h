/* What the interpreter's cyclic collector counts of itself. */
#ifndef GILSCOPE_GCSTATS_H
#define GILSCOPE_GCSTATS_H

#include "interpreter.h"

#define GC_GENERATIONS 3u

static inline struct gc_generation_stats *gc_stats_of(PyInterpreterState *interpreter, uint32_t generation) {
#if HAS_GC_STATS_BUFFER
    struct gc_stats *stats = interpreter->gc.generation_stats;
    if (!generation) return &stats->young.items[stats->young.index];
    return &stats->old[generation - 1].items[stats->old[generation - 1].index];
#else
    return &interpreter->gc.generation_stats[generation];
#endif
}

static inline uint64_t gc_collections(PyInterpreterState *interpreter, uint32_t generation) {
    return (uint64_t)gc_stats_of(interpreter, generation)->collections;
}

/* How long all of them took; UINT64_MAX where the interpreter does not say. */
static inline uint64_t gc_collect_ns(PyInterpreterState *interpreter) {
#if HAS_GC_STATS_BUFFER
    double seconds = 0;
    for (uint32_t i = 0; i < GC_GENERATIONS; i++) seconds += gc_stats_of(interpreter, i)->duration;
    return (uint64_t)(seconds * 1e9);
#else
    (void)interpreter;
    return UINT64_MAX;
#endif
}

#endif
