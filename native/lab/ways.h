/* Four ways to count references, and a fifth: what `gilscope lab refcount` compares.
 *
 * Every access is a relaxed atomic, so that the C language defines what happens, and volatile, so
 * that no compiler may merge two of them. A relaxed load and a relaxed store cost what a plain load
 * and a plain store cost; on x86-64 and AArch64 they are the same instructions. */
#ifndef GILSCOPE_LAB_WAYS_H
#define GILSCOPE_LAB_WAYS_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

enum way {
    PLAIN,  /* load, add, store: what CPython with a GIL does, here without the GIL */
    ATOMIC, /* one indivisible read-modify-write */
    BIASED, /* PEP 703: plain for the owning thread, atomic for all others */
    LOCKED, /* plain, under one lock that is taken for every single update */
    TURNS,  /* plain, under one lock that is kept for many updates, as a thread keeps the GIL */
    WAYS,
};

struct object {
    alignas(64) volatile _Atomic int64_t count;
    /* For BIASED. In CPython: ob_tid, ob_ref_local, ob_ref_shared. Simplified: immortal objects
     * need no check; no other thread ever asks the owner to merge (the state "queued"), as here no
     * thread gives up a reference that it did not take; "maybe weakref" is left out; and a thread
     * is handed its own number, where CPython reads the thread pointer. */
    volatile _Atomic uintptr_t owner;
    volatile _Atomic uint32_t local;
    volatile _Atomic int64_t shared; /* the count times SHARED_ONE, plus the state */
    alignas(64) pthread_mutex_t lock;
};

#define SHARED_ONE 4 /* the two low bits are the state */
#define SHARED_MERGED 3
#define NOBODY ((uintptr_t)0)

#define load(place) atomic_load_explicit(place, memory_order_relaxed)
#define store(place, value) atomic_store_explicit(place, value, memory_order_relaxed)

INLINE int64_t plain_add(struct object *object, int change) {
    int64_t count = load(&object->count);
    count += change;
    store(&object->count, count);
    return count;
}

INLINE int64_t locked_add(struct object *object, int change) {
    pthread_mutex_lock(&object->lock);
    int64_t count = plain_add(object, change);
    pthread_mutex_unlock(&object->lock);
    return count;
}

INLINE void biased_incref(struct object *object, uintptr_t me) {
    if (load(&object->owner) == me) store(&object->local, load(&object->local) + 1);
    else atomic_fetch_add(&object->shared, SHARED_ONE);
}

/* The owner's last reference moves what is left into the shared count; from then on it alone
 * counts. Returns whether nothing is left. */
INLINE bool biased_merge(struct object *object) {
    int64_t local = load(&object->local);
    store(&object->local, 0);
    store(&object->owner, NOBODY);
    int64_t shared = load(&object->shared), merged;
    do {
        merged = (shared + local * SHARED_ONE) | SHARED_MERGED;
    } while (!atomic_compare_exchange_weak(&object->shared, &shared, merged));
    return merged == SHARED_MERGED;
}

INLINE bool biased_decref(struct object *object, uintptr_t me) {
    if (load(&object->owner) == me) {
        uint32_t local = load(&object->local) - 1;
        store(&object->local, local);
        return local == 0 && biased_merge(object);
    }
    int64_t shared = load(&object->shared), less;
    do {
        less = shared - SHARED_ONE;
    } while (!atomic_compare_exchange_weak(&object->shared, &shared, less));
    return less == SHARED_MERGED;
}

INLINE void incref(struct object *object, uintptr_t me, enum way way) {
    switch (way) {
    case ATOMIC: atomic_fetch_add(&object->count, 1); break;
    case BIASED: biased_incref(object, me); break;
    case LOCKED: locked_add(object, 1); break;
    default: plain_add(object, 1);
    }
}

/* Returns whether the count came out at zero: the moment at which CPython frees the object. */
INLINE bool decref(struct object *object, uintptr_t me, enum way way) {
    switch (way) {
    case ATOMIC: return atomic_fetch_sub(&object->count, 1) == 1;
    case BIASED: return biased_decref(object, me);
    case LOCKED: return locked_add(object, -1) == 0;
    default: return plain_add(object, -1) == 0;
    }
}

INLINE int64_t references(struct object *object, enum way way) {
    if (way != BIASED) return load(&object->count);
    return (load(&object->shared) >> 2) + load(&object->local);
}

#endif
