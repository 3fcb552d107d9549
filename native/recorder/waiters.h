/* Which semaphores threads wait on, and which posts have ended their waits. */
#ifndef GILSCOPE_RECORDER_WAITERS_H
#define GILSCOPE_RECORDER_WAITERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The post that ended a wait. */
struct wake {
    uint64_t time_ns; /* 0: not known */
    uint32_t thread;  /* 0: not known */
    uint32_t site;
    uint16_t gil; /* whose site it is */
    bool is_late; /* noted after the post, so that its time may be later than the end of the wait */
};

#define WAITER_BUCKETS 8192u

extern _Atomic uint32_t waiters_all;
extern _Atomic uint32_t waiters_in[WAITER_BUCKETS];

static inline uint32_t waiter_bucket(const void *semaphore) {
    return (uint32_t)((uintptr_t)semaphore >> 4) * 0x9e3779b1u >> 19;
}

/* False almost always where nobody waits on it, and always true where somebody does. */
static inline bool waiters_maybe(const void *semaphore) {
    if (__builtin_expect(atomic_load_explicit(&waiters_all, memory_order_relaxed) == 0, 1)) return false;
    return atomic_load_explicit(&waiters_in[waiter_bucket(semaphore)], memory_order_relaxed) != 0;
}

/* Whoever posts from here on sees it; false: there is no place. */
bool waiters_enter(const void *semaphore);
void waiters_leave(const void *semaphore);
bool waiters_any(const void *semaphore);
void waiters_note(const void *semaphore, struct wake wake);
struct wake waiters_last_wake(const void *semaphore);
void waiters_clear(void); /* nobody waits: a recording begins, or a forked child */

#endif
