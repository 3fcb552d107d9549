/* A process that has just been forked, and has nothing but a place in the memory of its parent's nursery. */
#ifndef GILSCOPE_RECORDER_NURSERY_H
#define GILSCOPE_RECORDER_NURSERY_H

#include "recording.h"

#include "shared/rawcall.h"

#include <sys/syscall.h>

/* In a process that may fork. */
int nursery_make(void); /* its descriptor, to be sent and closed; -1 if there is one, or none can be made */
void nursery_forget(
    void); /* nobody looks at it any more; a child that has just begun may still write there */
bool nursery_keep_place(void); /* before Python forks; true: somebody should look at the places soon */
void nursery_forked(pid_t pid); /* afterwards, in the parent; -1: it failed */
void nursery_after_fork_in_parent(void);

/* In a forked child. False: it is not Python that has forked. */
bool nursery_after_fork(void);
struct place *nursery_grow_up(void); /* it is to be recorded otherwise, or no longer; what was its place: */
void nursery_let_go(struct place *place, bool has_joined);
bool nursery_is_forking(void); /* the interpreter has not come back from fork(); asked once */
void nursery_note_status(int status);
void nursery_end(void);

/* Not a child that shares our memory until it executes something. */
static inline bool newborn_is_this(void) {
    return UNLIKELY(recording.newborn.is_one) && raw_call(SYS_getpid, 0, 0, 0, 0) == recording.pid;
}

/* It has had the GIL since it was forked, and lets go of it for the first time. */
static inline bool newborn_lets_go(pthread_mutex_t *mutex) {
    if (LIKELY(mutex != atomic_load_explicit(&recording.newborn.mutex, memory_order_relaxed))) return false;
    const raw_gil *raw = (const raw_gil *)((const char *)mutex - offsetof(raw_gil, mutex));
    return __atomic_load_n((const int *)&raw->locked, __ATOMIC_RELAXED) == 1 && !nursery_is_forking();
}

static inline bool newborn_cannot_wait(pthread_cond_t *cond) {
    return UNLIKELY(cond == atomic_load_explicit(&recording.newborn.switch_cond, memory_order_relaxed));
}

#endif
