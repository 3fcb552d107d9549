/* The GILs that are known: the main interpreter's, and those of sub-interpreters. */
#include "gils.h"

#include "stacks.h"
#include "watch.h"

#include <stdlib.h>

/* Sub-interpreters' GILs, by the address of their mutex. Open addressing; removed entries leave
 * GIL_REMOVED, so that look-ups by other threads go on undisturbed. */
#define GIL_TABLE 4096u
#define GIL_REMOVED ((struct gil *)1)

struct gil primary_gil;
static _Atomic(struct gil *) others[GIL_TABLE];
static _Atomic uint32_t other_count;
static struct gil *free_gils;
static pthread_mutex_t gils_lock = PTHREAD_MUTEX_INITIALIZER;

static inline uint32_t slot_of(const void *mutex) {
    return (uint32_t)(((uintptr_t)mutex >> 4) * 0x9e3779b1u >> 8) % GIL_TABLE;
}

struct gil *gils_find_other(const pthread_mutex_t *mutex) {
    if (LIKELY(atomic_load_explicit(&other_count, memory_order_relaxed) == 0)) return NULL;
    for (uint32_t i = slot_of(mutex), n = 0; n < GIL_TABLE; i = (i + 1) % GIL_TABLE, n++) {
        struct gil *gil = atomic_load_explicit(&others[i], memory_order_acquire);
        if (!gil) return NULL;
        if (gil != GIL_REMOVED && gil->mutex == mutex) return gil;
    }
    return NULL;
}

static void describe(struct gil *gil, raw_gil *raw, int64_t interpreter_id) {
    *gil = (struct gil){.raw = raw,
                        .mutex = &raw->mutex,
                        .cond = &raw->cond,
                        .switch_cond = &raw->switch_cond,
                        .interpreter_id = interpreter_id};
}

static bool insert_other(struct gil *gil) {
    for (uint32_t i = slot_of(gil->mutex), n = 0; n < GIL_TABLE; i = (i + 1) % GIL_TABLE, n++) {
        struct gil *there = atomic_load(&others[i]);
        if (there && there != GIL_REMOVED) continue;
        atomic_store_explicit(&others[i], gil, memory_order_release);
        atomic_fetch_add(&other_count, 1);
        return true;
    }
    return false;
}

struct gil *gils_add(raw_gil *raw, int64_t interpreter_id) {
    if (raw == interpreter_gil(PyInterpreterState_Main())) {
        if (primary_gil.raw != raw) {
            intern_free(&primary_gil);
            watch_retire(&primary_gil);
            describe(&primary_gil, raw, interpreter_id);
        }
        return &primary_gil;
    }
    pthread_mutex_lock(&gils_lock);
    struct gil *gil = gils_find_other(&raw->mutex);
    if (!gil) {
        gil = free_gils;
        if (gil) free_gils = gil->next_free;
        if (!gil) gil = malloc(sizeof *gil);
        if (gil) describe(gil, raw, interpreter_id);
        if (gil && !insert_other(gil)) gil = NULL;
    }
    pthread_mutex_unlock(&gils_lock);
    return gil;
}

static void forget_at(uint32_t i) {
    struct gil *gil = atomic_load(&others[i]);
    if (!gil || gil == GIL_REMOVED) return;
    atomic_store(&others[i], GIL_REMOVED);
    atomic_fetch_sub(&other_count, 1);
    intern_free(gil);
    watch_retire(gil);
    gil->mutex = NULL;
    gil->next_free = free_gils; /* never freed: a late look-up may still read it */
    free_gils = gil;
}

void gils_forget_other(struct gil *gil) {
    pthread_mutex_lock(&gils_lock);
    for (uint32_t i = 0; i < GIL_TABLE; i++)
        if (atomic_load(&others[i]) == gil) forget_at(i);
    pthread_mutex_unlock(&gils_lock);
}

/* Which of them still exist after the last recording was not seen. */
void gils_forget_others(void) {
    pthread_mutex_lock(&gils_lock);
    for (uint32_t i = 0; i < GIL_TABLE && atomic_load(&other_count); i++) forget_at(i);
    pthread_mutex_unlock(&gils_lock);
}

void gils_each(void (*call)(struct gil *gil)) {
    if (primary_gil.raw) call(&primary_gil);
    if (!atomic_load(&other_count)) return;
    pthread_mutex_lock(&gils_lock);
    for (uint32_t i = 0; i < GIL_TABLE; i++) {
        struct gil *gil = atomic_load(&others[i]);
        if (gil && gil != GIL_REMOVED) call(gil);
    }
    pthread_mutex_unlock(&gils_lock);
}

bool gils_are_one(void) { return atomic_load(&other_count) == 0; }

/* The paths that were interned under a GIL are its holder's. Those of another GIL, whose holder may
 * be in the middle of a hook, go when it is next recorded, or is forgotten. */
void gils_free_own_paths(void) {
    struct gil *gil = self.last_held;
    if (gil && holder_of(gil) == &self) intern_free(gil);
}

void gils_after_fork(void) { gils_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; }

void gils_watch(bool on) { atomic_store(&recording.primary_mutex, on ? primary_gil.mutex : NULL); }
