/* A process that is watched: totals and histograms in its own memory, and no rows (docs/explanation/how-watching-works.md).
 *
 * Whoever holds a GIL is the only one that writes its totals; so nothing here takes a lock on the way. They are
 * by group of threads (watchgroups.h), in arrays of a fixed size: the memory is the same for ever. */
#ifndef GILSCOPE_RECORDER_WATCH_H
#define GILSCOPE_RECORDER_WATCH_H

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

/* A GIL takes part in this recording: it has totals from now on, if the process is watched. */
void watch_join(struct gil *gil);
/* It is no more, or is not known any more: what it has is added to that of others that have gone. */
void watch_retire(struct gil *gil);
void watch_drop(struct gil *gil); /* likewise, but what it has does not count */
void watch_clear(struct gil *gil); /* likewise, and it goes on */
void watch_begin_anew(void); /* nor does what those had that are gone */
/* Count what the holder's own hold, and the waits for its GIL, have come to: a recording ends that they go on in. */
void watch_cut(struct gil *gil, uint64_t now_ns);
/* Its hold counts from now on: the process was not watched before, but recorded. */
void watch_begin_within(struct gil *gil, uint64_t now_ns);
/* Since when the hold counts that goes on. */
static inline uint64_t watch_hold_begin(const struct gil *gil) {
    return gil->acquire_ns > gil->watch->from_ns ? gil->acquire_ns : gil->watch->from_ns;
}

/* By the holder. */
void watch_waiting(struct gil *gil, uint64_t since_ns); /* that it is about to be */
void watch_acquired(struct gil *gil, uint64_t request_ns, uint64_t acquire_ns);
void watch_released(struct gil *gil, PyThreadState *tstate, uint64_t release_ns, bool forced);
void watch_lock_wait(struct gil *gil, const struct lock_row *row, bool is_signal);
void watch_lock_begins(bool is_signal);
/* The calling thread has a group, by its name; another one, if that has changed. */
void watch_named(void);
void watch_thread_ends(void);

/* What all GILs had that are gone. */
extern struct watch_group watch_gone[WATCH_GROUPS];
void watch_lock(void); /* that */
void watch_unlock(void);
void watch_after_fork(void);

static inline void watch_add(uint64_t *to, uint64_t more) {
    __atomic_store_n(to, __atomic_load_n(to, __ATOMIC_RELAXED) + more, __ATOMIC_RELAXED);
}
static inline void watch_reach(uint64_t *to, uint64_t value) {
    if (value > __atomic_load_n(to, __ATOMIC_RELAXED)) __atomic_store_n(to, value, __ATOMIC_RELAXED);
}
void watch_add_group(struct watch_group *to, const struct watch_group *from);

#endif
