/* Which GIL is it? */
#ifndef GILSCOPE_RECORDER_GILS_H
#define GILSCOPE_RECORDER_GILS_H

#include "recording.h"

extern struct gil primary_gil; /* the main interpreter's */

struct gil *gils_add(raw_gil *raw, int64_t interpreter_id);
struct gil *gils_find_other(const pthread_mutex_t *mutex);
void gils_forget_other(struct gil *gil);
void gils_forget_others(void);
void gils_watch(bool on); /* look out for the main interpreter's */
bool gils_are_one(void);  /* there is none but the main interpreter's */
void gils_free_own_paths(void); /* by the thread that ends the recording */
void gils_after_fork(void);
void gils_each(void (*call)(struct gil *gil)); /* that is known */

static inline struct gil *gil_of_mutex(pthread_mutex_t *mutex) {
    if (LIKELY(mutex == atomic_load_explicit(&recording.primary_mutex, memory_order_relaxed)))
        return &primary_gil;
    return atomic_load_explicit(&recording.active, memory_order_relaxed) ? gils_find_other(mutex) : NULL;
}

static inline struct gil *gil_of_raw(raw_gil *raw) { return gil_of_mutex(&raw->mutex); }

static inline struct gil *gil_of_cond(pthread_cond_t *cond) {
    return gil_of_raw((raw_gil *)((char *)cond - offsetof(raw_gil, cond)));
}

static inline struct gil *gil_of_switch_cond(pthread_cond_t *cond) {
    return gil_of_raw((raw_gil *)((char *)cond - offsetof(raw_gil, switch_cond)));
}

/* The GIL whose `cond` this is, if it has been turned off, as free-threaded interpreters do; or NULL. */
static inline struct gil *gil_off_of_cond(pthread_cond_t *cond) {
#ifdef Py_GIL_DISABLED
    struct gil *gil = gil_of_cond(cond);
    return gil && !gil_is_enabled(gil->raw) ? gil : NULL;
#else
    (void)cond;
    return NULL;
#endif
}

/* By the calling thread, as the interpreter has it. */
static inline bool gil_is_held_here(raw_gil *raw) {
    PyThreadState *last = gil_last_holder(raw);
    if (runtime_is_finalizing() || !last) return false;
    if (!__atomic_load_n((int *)&raw->locked, __ATOMIC_RELAXED)) return false;
    return last->thread_id == (unsigned long)pthread_self();
}

/* The program runs without them, as far as the main interpreter goes. */
static inline bool gils_are_off(void) {
#ifdef Py_GIL_DISABLED
    return primary_gil.raw && !gil_is_enabled(primary_gil.raw);
#else
    return false;
#endif
}

#endif
