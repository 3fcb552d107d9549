/* A hash table that numbers keys (pairs of words) in the order in which they come, from 1 on. */
#ifndef GILSCOPE_NUMBERING_H
#define GILSCOPE_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct numbered {
    uint64_t a, b;
    uint32_t number; /* 0: an empty slot */
};
struct numbering {
    struct numbered *slots;
    uint32_t capacity, count; /* capacity is a power of two */
    bool borrows; /* the slots are part of something else */
};

static inline uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t h = (a ^ (b << 32 | b >> 32)) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

/* The slot of a key; an empty one if it has no number yet. */
static inline struct numbered *numbering_find(const struct numbering *table, uint64_t a, uint64_t b) {
    uint32_t mask = table->capacity - 1, i = (uint32_t)mix(a, b) & mask;
    for (;; i = (i + 1) & mask) {
        struct numbered *slot = &table->slots[i];
        if (!slot->number || (slot->a == a && slot->b == b)) return slot;
    }
}

static inline bool numbering_grow(struct numbering *table) {
    struct numbering bigger = {.capacity = table->capacity ? table->capacity * 2 : 1024,
                               .count = table->count};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (uint32_t i = 0; i < table->capacity; i++) {
        const struct numbered *slot = &table->slots[i];
        if (slot->number) *numbering_find(&bigger, slot->a, slot->b) = *slot;
    }
    if (!table->borrows) free(table->slots);
    *table = bigger;
    return true;
}

/* The slot of a key, with room for it; NULL if there is no memory. */
static inline struct numbered *numbering_slot(struct numbering *table, uint64_t a, uint64_t b) {
    if (table->count * 2 >= table->capacity && !numbering_grow(table)) return NULL;
    return numbering_find(table, a, b);
}

/* Give the key of an empty slot the next number. */
static inline uint32_t numbering_add(struct numbering *table, struct numbered *slot, uint64_t a, uint64_t b) {
    *slot = (struct numbered){a, b, ++table->count};
    return slot->number;
}

#endif
