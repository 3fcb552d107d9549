/* Which locks a thread has that shut all others out, and so order what is done under them.
 *
 * Two accesses under one lock can never be next at the same time, and the lock, which is a step of
 * the search, says which came first. So no thread need switch before them. This holds only for a lock
 * that its thread gives back itself. Where another thread was seen to release it, the instruction that
 * acquired it shuts nobody out. */
#include "explore/objects.h"

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

/* --- what is asked of locks and queues ------------------------------------------------------------- */

static int kind_of(const operation *op) { return (int)PyLong_AsLong(PyTuple_GET_ITEM(op->request, 0)); }

static PyObject *asked_of(const operation *op) { return PyTuple_GET_ITEM(op->request, 1); }

/* Like anything else that is touched: as long as threads never meet there, nobody need come between. */
bool add_handover(operation *op) {
    int kind = op->request ? kind_of(op) : 0;
    bool reads = kind == REQUEST_LOCKED || kind == REQUEST_SIZE;
    bool changes = (kind >= REQUEST_ACQUIRE && kind <= REQUEST_GET) || kind == REQUEST_GET_NOWAIT ||
                   kind == REQUEST_ENTER;
    if (!reads && !changes) return false;
    operation_add(op, asked_of(op), PART_ALL, 0, reads ? MODE_READ : MODE_WRITE);
    return true;
}

static const held_lock *own_lock(const operation *op, int thread) {
    const held_lock *lock = find_held(record_of(asked_of(op))->number);
    return lock && lock->count && lock->thread == thread ? lock : NULL;
}

static bool is_rlock(PyObject *object) {
    return strcmp(solid_base(Py_TYPE(object))->tp_name, "_thread.RLock") == 0;
}

/* With these arguments and no others: others may be wrong, and raise. */
static bool is_asked_with(const operation *op, PyObject *argument) {
    PyObject *args = PyTuple_GET_ITEM(op->request, 2), *keywords = PyTuple_GET_ITEM(op->request, 3);
    if (PyDict_GET_SIZE(keywords) || PyTuple_GET_SIZE(args) != (argument != NULL)) return false;
    return !argument || PyTuple_GET_ITEM(args, 0) == argument;
}

/* An RLock that a thread has, taken again or not given back for the last time; a lock that it has, and
 * tries to take, as Condition does to see that it has it. */
bool is_own_affair(const operation *op, int thread) {
    int kind = op->request && the_engine.guards ? kind_of(op) : 0;
    if (kind != REQUEST_ACQUIRE && kind != REQUEST_ENTER && kind != REQUEST_RELEASE) return false;
    const held_lock *lock = own_lock(op, thread);
    if (!lock) return false;
    if (!is_rlock(asked_of(op)))
        return kind == REQUEST_ACQUIRE && is_asked_with(op, Py_False) && locks_held[thread] & bit_of(lock);
    return kind == REQUEST_RELEASE ? lock->count > 1 : is_asked_with(op, NULL);
}

void note_own_affair(const operation *op) {
    if (!is_rlock(asked_of(op))) return;
    find_held(record_of(asked_of(op))->number)->count += kind_of(op) == REQUEST_RELEASE ? -1 : 1;
}

static PyObject *lock_taken(PyObject *module, PyObject *args) {
    (void)module;
    int thread;
    long number;
    if (!PyArg_ParseTuple(args, "il", &thread, &number)) return NULL;
    take(thread, number);
    touch_got(thread, number);
    Py_RETURN_NONE;
}

static PyObject *lock_given_back(PyObject *module, PyObject *args) {
    (void)module;
    int thread, wholly;
    long number;
    if (!PyArg_ParseTuple(args, "ilp", &thread, &number, &wholly)) return NULL;
    give_back(thread, number, wholly);
    touch_handed_on(thread, number);
    Py_RETURN_NONE;
}

static PyObject *passed_on(PyObject *module, PyObject *args) {
    (void)module;
    int thread;
    long number;
    if (!PyArg_ParseTuple(args, "il", &thread, &number)) return NULL;
    touch_got(thread, number);
    touch_handed_on(thread, number);
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
    {"passed_on", passed_on, METH_VARARGS,
     "passed_on(thread, number): a thread goes on to change a queue, after all who did so before."},
    {"guard", guard, METH_O, "guard(on): whether what a lock keeps others away from is no step of its own."},
    {NULL, NULL, 0, NULL},
};
