/* The nursery: memory that a recorded process shares with the children that it forks, and with the
 * doorkeeper. A child that has just begun has nothing but a place there: to map an arena of its own would
 * take longer than many a child lives.
 *
 * The parent keeps a place before it forks, so that a child is known that is killed before it has done
 * anything. The child says when it begins and when it ends, and before it lets go of the GIL for the first
 * time, it joins the recording with an arena of its own. The doorkeeper looks at the places now and
 * then, writes what those did that have ended, as one hold of the GIL from beginning to end, and frees them.
 *
 * As in the arena, what is read from it is copied once and checked.
 */
#ifndef GILSCOPE_NURSERY_H
#define GILSCOPE_NURSERY_H

#include "arena.h"

/* Another in a version in which it looks otherwise. */
#define NURSERY_MAGIC (0x3159525352554e47u ^ ((uint64_t)offsetof(struct nursery, meta) << 32))
#define NURSERY_PLACES 1008u

enum place_state {
    PLACE_FREE = 0,
    PLACE_KEPT = 1,   /* for a child that is about to be forked, or that has not run yet */
    PLACE_BEGUN = 2,  /* and runs */
    PLACE_ENDED = 3,  /* by its own word */
    PLACE_JOINED = 4, /* it has an arena of its own */
    PLACE_VOID = 5,   /* there is nothing more to say of it */
    PLACE_TAKEN = 6,  /* by the doorkeeper, to write what there is */
};

struct place {
    _Atomic uint32_t state; /* enum place_state */
    _Atomic int32_t pid;    /* as the parent knows it; 0: not yet */
    int32_t own_pid;        /* as the child does */
    int32_t parent_pid;     /* as the parent knows itself */
    uint64_t kept_ns, kept_unix_ns; /* before the fork, by both clocks; CLOCK_MONOTONIC, like the next */
    uint64_t begin_ns, end_ns;
    uint64_t cpu_ns; /* of its CPU clock when it began; once it has ended: between these */
    uint32_t exit_status; /* plus 1; 0: unknown */
    uint32_t unused;
} __attribute__((aligned(64)));

struct nursery {
    uint64_t magic;
    _Atomic uint32_t is_open;   /* by the doorkeeper: it looks at the places */
    _Atomic uint32_t next_free; /* where to look for a free place; the doorkeeper lowers it */
    _Atomic uint32_t used;      /* no place at or above this one ever was */
    _Atomic uint32_t in_use;    /* places */
    int32_t owner_pid;          /* of the process that made it, as it knows itself */
    uint32_t locks_recorded;
    _Atomic uint64_t switch_interval_ns;
    uint64_t canary_address, canary; /* as in the arena; the children have it, too */
    struct arena_offer offer;
    struct frame_layout layout;
    char meta[META_BYTES]; /* what a child's begins with: JSON without its closing brace */
    struct place places[NURSERY_PLACES];
};

#define NURSERY_BYTES ((sizeof(struct nursery) + ARENA_PAGE - 1) & ~(uint64_t)(ARENA_PAGE - 1))

#endif
