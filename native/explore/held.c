/* Which locks a thread has that shut all others out, and so order what is done under them.
 *
 * Two accesses under one lock can never be next at the same time, and the lock, which is a step of
 * the search, says which came first. So no thread need switch before them. This holds only for a lock
 * that its thread gives back itself. Where another thread was seen to release it, the instruction that
 * acquired it shuts nobody out. */
#include "explore/engine.h"

enum { MOST_LOCKS = 64 };

typedef struct held_lock {
    long number; /* of the object */
    int thread;  /* who took it last */
    int count;   /* how often, without giving it back: an RLock */
    site *where; /* it was acquired */
} held_lock;

static held_lock held[MOST_LOCKS];
static int held_count;
static site *asked_at[MOST_THREADS];
uint64_t locks_held[MOST_THREADS];

void lock_asked_for(int thread, site *where) { asked_at[thread] = where; }

static held_lock *find_held(long number) {
    for (int i = 0; i < held_count; i++)
        if (held[i].number == number) return &held[i];
    return NULL;
}

static uint64_t bit_of(const held_lock *lock) { return UINT64_C(1) << (lock - held); }

static bool is_handed_over(const site *where) { return where->handed_over_in == the_engine.exploration; }

static void let_go(held_lock *lock) {
    lock->count = 0;
    locks_held[lock->thread] &= ~bit_of(lock);
}

static void take(int thread, long number) {
    site *where = asked_at[thread];
    held_lock *lock = find_held(number);
    if (!lock) {
        if (held_count == MOST_LOCKS || !where) return;
        lock = &held[held_count++];
        *lock = (held_lock){number, thread, 0, where};
    }
    if (lock->count && lock->thread == thread) {
        lock->count++;
        return;
    }
    let_go(lock);
    if (!where) return;
    *lock = (held_lock){number, thread, 1, where};
    if (!is_handed_over(where)) locks_held[thread] |= bit_of(lock);
}

static void give_back(int thread, long number, bool wholly) {
    held_lock *lock = find_held(number);
    if (!lock || !lock->count) return;
    if (lock->thread != thread && !is_handed_over(lock->where) && !the_engine.frozen) {
        lock->where->handed_over_in = the_engine.exploration;
        the_engine.conflicts++;
    }
    if (wholly || lock->thread != thread || --lock->count == 0) let_go(lock);
}

void held_reset(void) {
    held_count = 0;
    memset(asked_at, 0, sizeof asked_at);
    memset(locks_held, 0, sizeof locks_held);
}

static PyObject *lock_taken(PyObject *module, PyObject *args) {
    (void)module;
    int thread;
    long number;
    if (!PyArg_ParseTuple(args, "il", &thread, &number)) return NULL;
    take(thread, number);
    Py_RETURN_NONE;
}

static PyObject *lock_given_back(PyObject *module, PyObject *args) {
    (void)module;
    int thread, wholly;
    long number;
    if (!PyArg_ParseTuple(args, "ilp", &thread, &number, &wholly)) return NULL;
    give_back(thread, number, wholly);
    Py_RETURN_NONE;
}

static PyObject *guard(PyObject *module, PyObject *on) {
    (void)module;
    the_engine.guards = PyObject_IsTrue(on) == 1;
    Py_RETURN_NONE;
}

PyMethodDef held_methods[] = {
    {"lock_taken", lock_taken, METH_VARARGS,
     "lock_taken(thread, number): a thread goes on to take a lock, and certainly gets it."},
    {"lock_given_back", lock_given_back, METH_VARARGS,
     "lock_given_back(thread, number, wholly): a thread goes on to release a lock."},
    {"guard", guard, METH_O, "guard(on): whether what a lock keeps others away from is no step of its own."},
    {NULL, NULL, 0, NULL},
};
