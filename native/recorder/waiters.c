/* A table of the semaphores that threads wait on.
 *
 * A post is noted before it is made, so that whoever it wakes finds the note. But a thread may begin to
 * wait just then, unseen by whoever is about to post; so they look again after the post. Either the thread
 * was in the table by then, or it finds the semaphore posted and does not block.
 *
 * Each bucket has a lock of its own, which is only ever held for a few instructions, and only where
 * somebody waits. Where a thread is kept from running in these, the others do not wait for it for long:
 * what is given up is the knowledge of who woke whom. */
#include "waiters.h"

#include <sched.h>
#include <stddef.h>

#define PLACES 8u /* so many semaphores with the same hash; who ends a wait on another is not known */
#define SPINS 200u
#define YIELDS 2000u

struct place {
    const void *semaphore; /* NULL: free */
    uint32_t waiters;
    struct wake last;
};
struct bucket {
    struct place places[PLACES];
};

_Atomic uint32_t waiters_all;
_Atomic uint32_t waiters_in[WAITER_BUCKETS];
static struct bucket buckets[WAITER_BUCKETS];
static _Atomic uint8_t is_locked[WAITER_BUCKETS];

static struct bucket *lock(uint32_t number) {
    for (uint32_t i = 0; i < SPINS + YIELDS; i++) {
        uint8_t free = 0;
        if (atomic_compare_exchange_strong(&is_locked[number], &free, 1)) return &buckets[number];
        if (i >= SPINS) sched_yield();
    }
    return NULL;
}

static void unlock(uint32_t number) { atomic_store_explicit(&is_locked[number], 0, memory_order_release); }

static struct place *find(struct bucket *bucket, const void *semaphore) {
    for (uint32_t i = 0; i < PLACES; i++)
        if (bucket->places[i].semaphore == semaphore) return &bucket->places[i];
    return NULL;
}

static void uncount(uint32_t number) {
    atomic_fetch_sub(&waiters_in[number], 1);
    atomic_fetch_sub(&waiters_all, 1);
}

bool waiters_enter(const void *semaphore) {
    uint32_t number = waiter_bucket(semaphore);
    struct place *place = NULL;
    atomic_fetch_add(&waiters_in[number], 1);
    atomic_fetch_add(&waiters_all, 1);
    struct bucket *bucket = lock(number);
    if (bucket) {
        place = find(bucket, semaphore);
        if (!place && (place = find(bucket, NULL))) *place = (struct place){.semaphore = semaphore};
        if (place) place->waiters++;
        unlock(number);
    }
    if (!place) uncount(number);
    atomic_thread_fence(memory_order_seq_cst); /* before its value is looked at */
    return place != NULL;
}

void waiters_leave(const void *semaphore) {
    uint32_t number = waiter_bucket(semaphore);
    struct bucket *bucket = lock(number);
    if (bucket) {
        struct place *place = find(bucket, semaphore);
        if (place && --place->waiters == 0) place->semaphore = NULL;
        unlock(number);
    }
    uncount(number);
}

bool waiters_any(const void *semaphore) {
    uint32_t number = waiter_bucket(semaphore);
    struct bucket *bucket = lock(number);
    if (!bucket) return false;
    bool found = find(bucket, semaphore) != NULL;
    unlock(number);
    return found;
}

void waiters_note(const void *semaphore, struct wake wake) {
    uint32_t number = waiter_bucket(semaphore);
    struct bucket *bucket = lock(number);
    if (!bucket) return;
    struct place *place = find(bucket, semaphore);
    if (place) place->last = wake;
    unlock(number);
}

struct wake waiters_last_wake(const void *semaphore) {
    struct wake wake = {0};
    uint32_t number = waiter_bucket(semaphore);
    struct bucket *bucket = lock(number);
    if (!bucket) return wake;
    struct place *place = find(bucket, semaphore);
    if (place) wake = place->last;
    unlock(number);
    return wake;
}

void waiters_clear(void) {
    for (uint32_t i = 0; i < WAITER_BUCKETS; i++) {
        if (atomic_exchange(&waiters_in[i], 0)) buckets[i] = (struct bucket){0};
        atomic_store(&is_locked[i], 0);
    }
    atomic_store(&waiters_all, 0);
}
