/* What a semaphore stands for: it is a lock itself, or belongs to the one thread that waits for a lock. */
#include "whichlock.h"

#include "imports.h"
#include "ownmemory.h"

#include <semaphore.h>

#if HAS_PARKING_LOT
/* As Python/parking_lot.c has it, on the stack of whoever waits. */
struct queued {
    struct queued *next, *previous;
};
struct parked {
    void *argument;
    uintptr_t lock;
    sem_t semaphore;
    struct queued node;
    uint8_t is_unparking;
};
/* From our frame to that of the function that calls the interpreter's wait. */
#define NEAR_ON_STACK 4096u

static bool points_to(const struct queued *node, size_t field, const void *expected) {
    void *found = NULL;
    return read_safely((const char *)node + field, &found, sizeof found) && found == expected;
}

/* It is in a queue, whose head is the interpreter's. What waits for the lock of such a queue itself
 * has a semaphore on its stack too, but is in no such queue. */
static bool is_queued(const struct parked *parked) {
    struct queued *next = parked->node.next, *previous = parked->node.previous;
    if (!next && !previous) return parked->is_unparking == 1; /* it is about to be awakened */
    if (imports_in_interpreter(next) || imports_in_interpreter(previous)) return true;
    return next && points_to(next, offsetof(struct queued, previous), &parked->node);
}

bool whichlock_is_own(const void *semaphore) {
    return (uintptr_t)semaphore - (uintptr_t)__builtin_frame_address(0) < NEAR_ON_STACK;
}

uint64_t whichlock(const void *semaphore) {
    if (!whichlock_is_own(semaphore)) return (uint64_t)(uintptr_t)semaphore;
    const struct parked *parked = (const struct parked *)((const char *)semaphore -
                                                          offsetof(struct parked, semaphore));
    return is_queued(parked) ? parked->lock : 0;
}
#else
bool whichlock_is_own(const void *semaphore) { return semaphore == NULL; }
uint64_t whichlock(const void *semaphore) { return (uint64_t)(uintptr_t)semaphore; }
#endif

#ifdef Py_GIL_DISABLED
static bool is_class(const PyTypeObject *type, unsigned long *flags) {
    PyTypeObject copy;
    if (!read_safely(type, &copy, offsetof(PyTypeObject, tp_flags) + sizeof copy.tp_flags)) return false;
    *flags = copy.tp_flags;
    return copy.ob_base.ob_base.ob_type == &PyType_Type;
}

/* Is the lock an object's own? Where there is no object around it, what follows is anything. */
static uint8_t object_flags(uint64_t lock) {
    PyTypeObject *type;
    unsigned long flags = 0;
    uintptr_t object = (uintptr_t)lock - offsetof(PyObject, ob_mutex);
    if (object % sizeof(void *)) return 0;
    if (!read_safely((const char *)object + offsetof(PyObject, ob_type), &type, sizeof type)) return 0;
    if (!is_class(type, &flags)) return 0;
    if (flags & Py_TPFLAGS_DICT_SUBCLASS) return LOCK_OF_OBJECT | LOCK_OF_DICT;
    if (flags & Py_TPFLAGS_LIST_SUBCLASS) return LOCK_OF_OBJECT | LOCK_OF_LIST;
    bool is_set = type == &PySet_Type || type == &PyFrozenSet_Type;
    return is_set ? LOCK_OF_OBJECT | LOCK_OF_SET : LOCK_OF_OBJECT;
}

/* Of what the interpreter has in its own structures; 0: it is none of those. */
static uint8_t stop_flags(uint64_t lock, const PyThreadState *tstate) {
    if (lock == (uintptr_t)&_PyRuntime.stoptheworld.stop_event) return LOCK_STOPS;
    if (!tstate) return 0;
    if (lock == (uintptr_t)&tstate->state) return LOCK_STOPPED;
    return lock == (uintptr_t)&tstate->interp->stoptheworld.stop_event ? LOCK_STOPS : 0;
}

uint8_t whichlock_flags(uint64_t lock, const PyThreadState *tstate) {
    if (!lock) return 0;
    uint8_t flags = stop_flags(lock, tstate);
    if (!flags) return object_flags(lock);
    bool collects = tstate && __atomic_load_n(&tstate->interp->gc.collecting, __ATOMIC_RELAXED);
    return collects ? flags | LOCK_FOR_GC : flags;
}
#else
uint8_t whichlock_flags(uint64_t lock, const PyThreadState *tstate) {
    (void)lock, (void)tstate;
    return 0;
}
#endif
