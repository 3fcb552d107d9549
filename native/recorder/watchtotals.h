/* The totals of a process that is watched: arrays of a fixed size for each GIL. */
#ifndef GILSCOPE_RECORDER_WATCHTOTALS_H
#define GILSCOPE_RECORDER_WATCHTOTALS_H

#include "recording.h"

#include "shared/spells.h"

#define WATCH_GROUPS 64u
#define WATCH_SIZES 16u /* classes of a histogram; the last has no upper bound */
#define WATCH_SPELLS 1024u

/* All of them are sums; what has not ended is in none. */
struct watch_sums {
    uint64_t held_ns, holds, forced;
    uint64_t wait_ns, waits, handover_ns;
    uint64_t lock_ns, locks; /* blocked on a lock */
    uint64_t signal_ns, signals; /* blocked until somebody tells: a condition, an event, a queue, a join */
    uint64_t stopped_ns, stops; /* by the interpreter, for a pause of all threads (without a GIL) */
    uint64_t stalls, stalled_ns, stall_wait_ns;
    uint64_t turns, turn_ns, blocked_turns, blocked_ns; /* of asyncio's loop */
    uint64_t hold_sizes[WATCH_SIZES], wait_sizes[WATCH_SIZES], lock_sizes[WATCH_SIZES];
    uint64_t stall_sizes[WATCH_SIZES], turn_sizes[WATCH_SIZES];
};
/* The longest of each. */
struct watch_most {
    uint64_t hold_ns, wait_ns, lock_ns, stall_ns, turn_ns;
};
struct watch_group {
    struct watch_sums sums;
    struct watch_most most;
};

#define WATCH_CODES 256u
/* What a thread does that lets go of the GIL in some function. */
enum watch_kind {
    KIND_OTHER = 0,
    KIND_SELECT = 1, /* selectors: it asks for what is ready */
    KIND_TURN = 2, /* asyncio's loop, which calls that between its turns */
    KIND_SIGNAL = 3, /* it waits to be told */
};
struct watch_code {
    PyCodeObject *code;
    uint64_t check; /* another may be made at the address of one that is gone */
    uint32_t kind;
};

struct watch_totals {
    uint64_t contended_ns; /* at least one thread waited for this GIL */
    uint64_t from_ns; /* the hold that goes on counts from here on, if it began earlier */
    struct spells spells;
    struct spell spell_rows[WATCH_SPELLS];
    struct watch_code codes[WATCH_CODES];
    struct watch_group groups[WATCH_GROUPS];
};

/* Beside a thread's cell, by its index: what of a thread goes on. */
struct watch_cell {
    _Atomic uint64_t since_ns; /* waits for a GIL since; 0: it does not */
    _Atomic uint32_t gil; /* index of that GIL's cell */
    _Atomic uint8_t group;
    _Atomic uint8_t is_signal; /* its wait for a lock is one until it is told */
};
extern struct watch_cell watch_cells[THREAD_CELLS];

extern const uint64_t watch_bounds[WATCH_SIZES - 1]; /* ns; a class reaches up to its bound, and has it */

/* Since when the hold counts that goes on. */
static inline uint64_t watch_hold_begin(const struct gil *gil) {
    return gil->acquire_ns > gil->watch->from_ns ? gil->acquire_ns : gil->watch->from_ns;
}

static inline void watch_add(uint64_t *to, uint64_t more) {
    __atomic_store_n(to, __atomic_load_n(to, __ATOMIC_RELAXED) + more, __ATOMIC_RELAXED);
}
static inline void watch_reach(uint64_t *to, uint64_t value) {
    if (value > __atomic_load_n(to, __ATOMIC_RELAXED)) __atomic_store_n(to, value, __ATOMIC_RELAXED);
}

#endif
