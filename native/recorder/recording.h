/* The ground floor of the recorder: the recording in progress, one GIL, one thread. It calls nothing;
 * each other file includes the headers of those that it calls, and no two include each other. */
#ifndef GILSCOPE_RECORDING_H
#define GILSCOPE_RECORDING_H

#include "shared/interpreter.h" /* Python.h goes before the C library's headers */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "shared/arena.h"
#include "shared/format.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

struct log {
    char *next, *end, *begin;
    struct segment_info *info;
    uint64_t sequence;
};

struct thread;
struct intern;
struct watch_totals;

/* One GIL, from create_gil() to destroy_gil(). Every field but the addresses is written by the
 * thread that holds it, and only by that. */
struct gil {
    pthread_mutex_t *mutex;
    pthread_cond_t *cond, *switch_cond;
    raw_gil *raw;
    int64_t interpreter_id;
    uint64_t session; /* the recording that the fields below belong to */
    struct thread *holder; /* by the two functions below: others look whether it is them */
    uint64_t request_ns, acquire_ns;
    uint64_t released_ns; /* end of the last hold: the next one cannot begin earlier */
    _Atomic uint64_t off_ns; /* when it was last turned off: who asked before waits no more; or 0 */
    uint32_t alone;       /* HOLD_STANDS_ALONE, or 0, as far as is known while it lasts */
    uint64_t hold_count;
    uint64_t look_ns; /* when to look next whether somebody drains the memory */
    PyThreadState *tstate; /* of the holder, when it took the GIL */
    struct gil_cell *cell;
    uint32_t cell_index;
    struct log logs[LOG_KINDS];
    struct intern *intern;
    struct watch_totals *watch; /* of all recordings; NULL: it is not watched */
    struct gil *next_free;
};

/* The calling thread. `session` is 0 until it is registered in the current recording. */
struct thread {
    uint64_t session;
    unsigned long identity; /* as PyThreadState has it */
    uint32_t number; /* as in thread_entry */
    struct thread_cell *cell;
    uint32_t cell_index;
    uint32_t name_checks;
    uint64_t name_checked_ns;
    uint64_t request_ns;  /* asking since; 0 if the request was granted at once */
    uint64_t released_ns; /* when it last gave up a GIL; 0 if it never did */
    uint64_t told_ns;     /* when it last said where it was, to the outermost frame */
    uint64_t released_cpu_ns; /* its CPU clock then; 0 if that was not read */
    uint64_t handover_ns;     /* parked after that release */
    bool forced;              /* that release was not voluntary */
    bool asks;                /* counted among the waiters of `asked` */
    bool stretch_was_long;    /* its last off-GIL stretch: the best guess for the next */
    struct gil *asked;
    struct gil *last_held; /* and maybe still */
    PyThreadState *tstate; /* that it last gave up a GIL with; NULL if that must not be followed */
    uint32_t lock_waits;   /* of its cell: waits for locks that are to be written */
    bool lock_goes_on;     /* the last of them has been interrupted, and went on */
    const void *semaphores[LOCK_WAITS]; /* of each of them, in the table of waiters; or NULL */
    bool is_signal[LOCK_WAITS];         /* of each of them: until it is told something */
    bool has_group;                     /* what follows is for watch.h */
    uint8_t group, next_group;          /* after this hold */
    uint8_t kind;      /* enum watch_kind: what it let go of a GIL for */
    bool looked;       /* it is asyncio's loop, which asks what is ready */
    uint64_t turn_ns;  /* when that knew; 0: it has not been seen */
    uint64_t turn_wait_ns; /* for a GIL, since then */
};

extern __thread struct thread self __attribute__((tls_model("initial-exec")));

static inline struct thread *holder_of(struct gil *gil) {
    return __atomic_load_n(&gil->holder, __ATOMIC_RELAXED);
}
static inline void set_holder(struct gil *gil, struct thread *thread) {
    __atomic_store_n(&gil->holder, thread, __ATOMIC_RELAXED);
}

struct place;

/* What the hooks ask: whether a recording begins here, before the mutex of a GIL is locked, or without one. */
typedef bool (*resuming)(const pthread_mutex_t *mutex);

/* This process, if it has just been forked and is not recorded but by its place in the nursery. */
struct newborn {
    bool is_one;
    struct place *place;              /* NULL: there was none; then it joins at once */
    _Atomic(pthread_mutex_t *) mutex; /* of its GIL */
    _Atomic(pthread_cond_t *) switch_cond; /* of its GIL, if it has no place */
    const void *frame, *instruction;       /* that called fork(), until it lets go of the GIL */
    uint64_t begin_ns;                     /* CLOCK_MONOTONIC */
    uint64_t begin_cpu_ns;                 /* of its thread's CPU clock */
};

/* The recording in progress. `session` counts up; `active` is 0 between recordings. What a forked child writes
 * to as long as it does nothing lies together, in a page. */
struct recording {
    _Atomic uint32_t active;
    uint64_t session;
    const char *began; /* how this process came to be recorded: "launch", "fork", ... */
    pid_t pid; /* of the process that is recorded: what shares its memory for a while is not it */
    struct arena_header *arena;
    /* The mutex of the main interpreter's GIL, while that is watched: one comparison knows it. */
    _Atomic(pthread_mutex_t *) primary_mutex;
    _Atomic uint32_t threads, gils, cells_used; /* our own count: others can write the arena's */
    uint64_t since_ns;  /* CLOCK_MONOTONIC, when it begins: earlier than it joins; or 0 */
    void (*join)(void); /* what a newborn does before there is anything to record */
    bool is_logged;     /* there is somebody who drains the rows; else there are none */
    bool is_to_be_ended; /* by a call, also if it has stopped before */
    bool is_watched;    /* totals are kept (watch.h), rows or not */
    bool children_join; /* forked ones, at once */
    void (*leave)(void); /* where nobody in the program ends it: what else there is to do then; or NULL */
    _Atomic(resuming) resume; /* how watching goes on; NULL if it does, or need not */
    bool was_forked;    /* from a process that was being recorded, and so */
    bool inherits;      /* what that has found out about this machine */
    struct newborn newborn;
};
extern struct recording recording;

/* Since the recording began; never 0, which means "not yet". */
static inline uint64_t now_ns(void) { return clock_now_ns(&recording.arena->clock); }

static inline uint64_t thread_cpu_ns(void) {
    struct timespec t;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return 0; /* unknown */
    return timespec_ns(t);
}

void recording_wake_collector(void);

/* The thread state of the holder, which the calling thread is; NULL if it must not be followed. */
PyThreadState *gil_tstate(struct gil *gil);

#endif
