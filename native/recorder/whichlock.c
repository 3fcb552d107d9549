/* What a semaphore stands for: it is a lock itself, or belongs to the one thread that waits for a lock. */
#include "whichlock.h"

#include "imports.h"
#include "ownmemory.h"

#include <semaphore.h>
#include <string.h>

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

static bool is_class(const PyTypeObject *type, PyTypeObject *copy) {
    size_t bytes = offsetof(PyTypeObject, tp_flags) + sizeof copy->tp_flags;
    return read_safely(type, copy, bytes) && copy->ob_base.ob_base.ob_type == &PyType_Type;
}

#define QUEUE "_queue.SimpleQueue"
#define PAGE 4096u
#define KNOWN 8u

static bool is_queue(const PyTypeObject *type) {
    PyTypeObject copy;
    char name[sizeof QUEUE];
    if (!is_class(type, &copy) || !read_safely(copy.tp_name, name, sizeof name)) return false;
    return memcmp(name, QUEUE, sizeof name) == 0;
}

/* Whoever waits for a queue.SimpleQueue is parked at its first member (Modules/_queuemodule.c), which is in use
 * now; what stands before that, in the same page, can be read. Of what other locks are in, it is
 * mostly one of few types. */
uint8_t whichlock_queue_flags(uint64_t lock) {
    static _Atomic(PyTypeObject *) queue, others[KNOWN];
    uintptr_t object = (uintptr_t)lock - sizeof(PyObject);
    if (object % sizeof(void *) || (uintptr_t)lock % PAGE < sizeof(PyObject)) return 0;
    PyTypeObject *type = __atomic_load_n(&((PyObject *)object)->ob_type, __ATOMIC_RELAXED);
    if (!type || (uintptr_t)type % sizeof(void *)) return 0;
    if (type == atomic_load_explicit(&queue, memory_order_relaxed)) return LOCK_OF_QUEUE;
    _Atomic(PyTypeObject *) *known = &others[(uintptr_t)type / sizeof(PyTypeObject) % KNOWN];
    if (type == atomic_load_explicit(known, memory_order_relaxed)) return 0;
    bool found = is_queue(type);
    atomic_store_explicit(found ? &queue : known, type, memory_order_relaxed);
    return found ? LOCK_OF_QUEUE : 0;
}
#else
bool whichlock_is_own(const void *semaphore) { return semaphore == NULL; }
uint64_t whichlock(const void *semaphore) { return (uint64_t)(uintptr_t)semaphore; }
uint8_t whichlock_queue_flags(uint64_t lock) {
    (void)lock;
    return 0;
}
#endif

#ifdef Py_GIL_DISABLED
/* Is the lock an object's own? Where there is no object around it, what follows is anything. */
static uint8_t object_flags(uint64_t lock) {
    PyTypeObject *type, copy;
    uintptr_t object = (uintptr_t)lock - offsetof(PyObject, ob_mutex);
    if (object % sizeof(void *)) return 0;
    if (!read_safely((const char *)object + offsetof(PyObject, ob_type), &type, sizeof type)) return 0;
    if (!is_class(type, &copy)) return 0;
    unsigned long flags = copy.tp_flags;
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
    if (!flags) flags = whichlock_queue_flags(lock);
    if (!flags) flags = object_flags(lock);
    if (!(flags & (LOCK_STOPS | LOCK_STOPPED))) return flags;
    bool collects = tstate && __atomic_load_n(&tstate->interp->gc.collecting, __ATOMIC_RELAXED);
    return collects ? flags | LOCK_FOR_GC : flags;
}
#else
uint8_t whichlock_flags(uint64_t lock, const PyThreadState *tstate) {
    (void)lock, (void)tstate;
    return 0;
}
#endif
