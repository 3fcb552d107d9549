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

/* What is known of the semaphores that have the same hash. What a post has to look at lies close together: the
 * program touches it wherever it has a lock, and a page that it touches is copied where it forks. */
#define WAITER_BUCKETS 8192u
#define WAITER_PLACES 8u
struct waiter_place {
    _Atomic(const void *) semaphore; /* NULL: free */
    uint32_t waiters;
    struct wake last;
};
struct waiter_bucket {
    _Atomic uint32_t count; /* twice the number of waiting threads; odd while somebody changes it */
    _Atomic uint64_t owner; /* of the semaphore that was taken or posted last: owner_word() */
};
extern struct waiter_bucket waiter_buckets[WAITER_BUCKETS];

static inline struct waiter_bucket *waiter_bucket(const void *semaphore) {
    return &waiter_buckets[(uint32_t)((uintptr_t)semaphore >> 4) * 0x9e3779b1u >> 19];
}

#define OWNER_BITS 20u
static inline uint64_t owner_word(const void *semaphore, uint32_t thread) {
    return (uint64_t)(uintptr_t)semaphore >> 4 << OWNER_BITS | thread;
}

/* Who has a semaphore, as a lock. `thread`: 0 is nobody, or somebody unknown. */
static inline void owner_set(const void *semaphore, uint32_t thread) {
    uint64_t word = thread >> OWNER_BITS || !thread ? 0 : owner_word(semaphore, thread);
    atomic_store_explicit(&waiter_bucket(semaphore)->owner, word, memory_order_relaxed);
}

static inline uint32_t owner_of(const void *semaphore) {
    uint64_t word = atomic_load_explicit(&waiter_bucket(semaphore)->owner, memory_order_relaxed);
    uint64_t thread = word ^ owner_word(semaphore, 0);
    return thread >> OWNER_BITS ? 0 : (uint32_t)thread;
}

/* False almost always where nobody waits on it, and always true where somebody does. */
static inline bool waiters_maybe(const void *semaphore) {
    struct waiter_bucket *bucket = waiter_bucket(semaphore);
    return __builtin_expect(atomic_load_explicit(&bucket->count, memory_order_relaxed) != 0, 0);
}

/* Whoever posts from here on sees it; false: there is no place. */
bool waiters_enter(const void *semaphore);
bool waiters_any(const void *semaphore);
void waiters_note(const void *semaphore, struct wake wake);
struct wake waiters_leave(const void *semaphore); /* what was noted last */
void waiters_clear(void); /* nobody waits: a recording begins, or a forked child */

#endif
