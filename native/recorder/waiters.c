/* A table of the semaphores that threads wait on.
 *
 * Whoever posts takes the time before, and notes the post where the thread that it wakes will find it: before
 * the post, or after it, if it has the only GIL, which that thread needs before it looks. A thread may begin
 * to wait just when another is about to post, so there is a look at the table after the post in any case:
 * either the thread is in it by then, or it finds the semaphore posted and does not block.
 *
 * Each bucket has a lock of its own, which is only ever held for a few instructions, and only where
 * somebody waits. Where a thread is kept from running in these, the others do not wait for it for long:
 * what is given up is the knowledge of who woke whom. */
#include "waiters.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>

#define SPINS 200u
#define YIELDS 2000u
#define LOCKED 1u
#define ONE_WAITER 2u

/* In pages of their own, so that these can be given back. */
struct waiter_bucket waiter_buckets[WAITER_BUCKETS] __attribute__((aligned(65536)));
static struct waiter_place all_places[WAITER_BUCKETS][WAITER_PLACES] __attribute__((aligned(65536)));

static bool lock(struct waiter_bucket *bucket, uint32_t *count) {
    for (uint32_t i = 0; i < SPINS + YIELDS; i++) {
        *count = atomic_load_explicit(&bucket->count, memory_order_relaxed) & ~LOCKED;
        if (atomic_compare_exchange_strong(&bucket->count, count, *count | LOCKED)) return true;
        if (i >= SPINS) sched_yield();
    }
    return false;
}

/* Before the semaphore's value is looked at, in the order that all see. */
static void unlock(struct waiter_bucket *bucket, uint32_t count) { atomic_exchange(&bucket->count, count); }

static struct waiter_place *find(struct waiter_bucket *bucket, const void *semaphore) {
    struct waiter_place *places = all_places[bucket - waiter_buckets];
    for (uint32_t i = 0; i < WAITER_PLACES; i++)
        if (atomic_load_explicit(&places[i].semaphore, memory_order_relaxed) == semaphore) return &places[i];
    return NULL;
}

static void set_semaphore(struct waiter_place *place, const void *semaphore) {
    atomic_store_explicit(&place->semaphore, semaphore, memory_order_relaxed);
}

bool waiters_enter(const void *semaphore) {
    uint32_t count;
    struct waiter_bucket *bucket = waiter_bucket(semaphore);
    if (!lock(bucket, &count)) return false;
    struct waiter_place *place = count ? find(bucket, semaphore) : NULL;
    if (!place && (place = find(bucket, NULL))) {
        set_semaphore(place, semaphore);
        place->last = (struct wake){0};
    }
    if (place) place->waiters++;
    unlock(bucket, place ? count + ONE_WAITER : count);
    return place != NULL;
}

/* While that changes, the look after the post decides. */
bool waiters_any(const void *semaphore) { return find(waiter_bucket(semaphore), semaphore) != NULL; }

void waiters_note(const void *semaphore, struct wake wake) {
    uint32_t count;
    struct waiter_bucket *bucket = waiter_bucket(semaphore);
    if (!lock(bucket, &count)) return;
    struct waiter_place *place = find(bucket, semaphore);
    if (place) place->last = wake;
    unlock(bucket, count);
}

struct wake waiters_leave(const void *semaphore) {
    uint32_t count;
    struct wake wake = {0};
    struct waiter_bucket *bucket = waiter_bucket(semaphore);
    if (!lock(bucket, &count)) return wake;
    struct waiter_place *place = find(bucket, semaphore);
    if (place) {
        wake = place->last;
        if (--place->waiters == 0) set_semaphore(place, NULL);
        count -= ONE_WAITER;
    }
    unlock(bucket, count);
    return wake;
}

/* Pages of anonymous memory that are not needed are pages of zeros when they are touched again. */
void waiters_clear(void) {
    if (madvise(waiter_buckets, sizeof waiter_buckets, MADV_DONTNEED) == 0 &&
        madvise(all_places, sizeof all_places, MADV_DONTNEED) == 0)
        return;
    for (uint32_t i = 0; i < WAITER_BUCKETS; i++) {
        waiter_buckets[i] = (struct waiter_bucket){0};
        for (uint32_t n = 0; n < WAITER_PLACES; n++) all_places[i][n] = (struct waiter_place){0};
    }
}
