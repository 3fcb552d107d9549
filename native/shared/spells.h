/* For how long at least one of many waits went on: their union, as they end one after another. */
#ifndef GILSCOPE_SPELLS_H
#define GILSCOPE_SPELLS_H

#include <stdint.h>

/* A time during which somebody waited. A wait is known when it ends, and may join earlier ones. */
struct spell {
    uint64_t begin_ns, end_ns;
};
struct spells {
    struct spell *rows; /* apart from each other, by time */
    uint32_t count, room;
    uint64_t covered_until_ns; /* what was before is settled: a wait counts from here on */
};

/* Add a wait; returns how much of it was new. There is room for at least two; where it is full, the older
 * half is settled: a wait during which that many spells came and went is counted from there on. */
uint64_t spells_add(struct spells *spells, uint64_t begin_ns, uint64_t end_ns);
/* The same, of one that goes on: what it adds so far. */
uint64_t spells_would_add(const struct spells *spells, uint64_t begin_ns, uint64_t now_ns);

#endif
