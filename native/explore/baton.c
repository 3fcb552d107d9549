/* The baton: of all threads of an exploration, only the one that has it runs. */
#include "explore/engine.h"

#include <errno.h>
#include <semaphore.h>

static sem_t batons[MOST_THREADS];
static bool is_ready;

int baton_ready(void) {
    for (int i = 0; !is_ready && i < MOST_THREADS; i++)
        if (sem_init(&batons[i], 0, 0)) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
    is_ready = true;
    return 0;
}

void baton_give(int to) { sem_post(&batons[to]); }

/* Batons that were given to threads which will never take them. */
void baton_drain(void) {
    for (int i = 0; is_ready && i < MOST_THREADS; i++)
        while (!sem_trywait(&batons[i])) continue;
}

/* Give the baton to a thread, if `to` is one, and wait for it. It is given when the GIL is free: whoever
 * gets it would wake up only to wait for the GIL, and be woken again.
 *
 * A signal may come first: its handler runs here if this is the main thread. An exception of it is
 * raised only once the baton has come, for only then may this thread run. */
static int give_and_await(int to, int thread) {
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    for (;;) {
        int failed;
        Py_BEGIN_ALLOW_THREADS;
        if (to >= 0) baton_give(to);
        to = -1;
        failed = sem_wait(&batons[thread]) ? errno : 0;
        Py_END_ALLOW_THREADS;
        if (!failed) break;
        if (PyErr_CheckSignals() && !type) {
            PyErr_Fetch(&type, &value, &traceback);
            the_engine.aborting = true;
        }
        PyErr_Clear();
    }
    put_off_ends();
    if (!type) return 0;
    PyErr_Restore(type, value, traceback);
    return -1;
}

int baton_await(int thread) { return give_and_await(-1, thread); }

int baton_pass(int from, int to) { return give_and_await(to, from); }
