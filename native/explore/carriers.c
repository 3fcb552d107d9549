/* Which logical thread an operating system's thread is, and how one begins, ends and hands over. */
#include "explore/engine.h"

#include <sched.h>

/* Where threads keep their number, to take it from one that will never do so itself. */
static int *numbers[MOST_THREADS];

static PyObject *enter_thread(PyObject *module, PyObject *number) {
    (void)module;
    long thread = PyLong_AsLong(number);
    if (thread == -1 && PyErr_Occurred()) return NULL;
    if (thread >= MOST_THREADS) {
        PyErr_Format(PyExc_OverflowError, "more than %d threads in one execution", MOST_THREADS);
        return NULL;
    }
    current_thread = (int)thread;
    ends_aside(thread < 0);
    if (thread >= 0) carried_thread = (int)thread;
    if (thread >= 0) numbers[thread] = &current_thread;
    Py_RETURN_NONE;
}

/* A thread that is blocked outside of our sight is none of the program's from now on: it is not
 * observed if it ever goes on, and ends then. Up to 3.12 that is left to it: until it ends, an
 * asynchronous exception would keep all threads looking for one, and 3.11 hangs in that if traced. */
static PyObject *lose_thread(PyObject *module, PyObject *args) {
    (void)module;
    int number;
    unsigned long ident;
    if (!PyArg_ParseTuple(args, "ik", &number, &ident)) return NULL;
    if (number < 0 || number >= MOST_THREADS) {
        PyErr_Format(PyExc_ValueError, "no thread has number %d", number);
        return NULL;
    }
    if (numbers[number]) __atomic_store_n(numbers[number], -1, __ATOMIC_RELAXED);
    numbers[number] = NULL;
#if HAS_PROMPT_ASYNC_EXC
    PyThreadState_SetAsyncExc(ident, the_engine.abort);
#endif
    Py_RETURN_NONE;
}

/* A thread that starts in a carrier begins with nothing of the one before it. */
static PyObject *forget_thread_locals(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    PyObject *own = PyThreadState_GetDict();
    if (own) PyDict_Clear(own);
    Py_RETURN_NONE;
}

static PyObject *spawned(PyObject *module, PyObject *args) {
    (void)module;
    int parent, child;
    if (!PyArg_ParseTuple(args, "ii", &parent, &child)) return NULL;
    touch_spawned(parent, child);
    the_engine.concurrent = true;
    Py_RETURN_NONE;
}

static PyObject *joined(PyObject *module, PyObject *args) {
    (void)module;
    int thread, ended;
    if (!PyArg_ParseTuple(args, "ii", &thread, &ended)) return NULL;
    touch_joined(thread, ended);
    Py_RETURN_NONE;
}

static PyObject *barrier(PyObject *module, PyObject *threads) {
    (void)module;
    long count = PyLong_AsLong(threads);
    if (count == -1 && PyErr_Occurred()) return NULL;
    touch_barrier((int)count);
    Py_RETURN_NONE;
}

static PyObject *pass_baton(PyObject *module, PyObject *args) {
    (void)module;
    int from, to;
    if (!PyArg_ParseTuple(args, "ii", &from, &to)) return NULL;
    if (from < 0) {
        baton_give(to);
        Py_RETURN_NONE;
    }
    if (to < 0 ? baton_await(from) : baton_pass(from, to)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *passed_check(PyObject *module, PyObject *number) {
    (void)module;
    long thread = PyLong_AsLong(number);
    if (thread == -1 && PyErr_Occurred()) return NULL;
    observe_passed_check((int)thread);
    Py_RETURN_NONE;
}

/* -1 where the kernel does not say. */
static PyObject *current_cpu(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyLong_FromLong(sched_getcpu());
}

/* Identities of all threads that have a state; None without the GIL, where they may end meanwhile. */
static PyObject *live_threads(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
#ifdef Py_GIL_DISABLED
    Py_RETURN_NONE;
#else
    PyObject *found = PyList_New(0);
    PyThreadState *each = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; found && each; each = PyThreadState_Next(each)) {
        PyObject *ident = PyLong_FromUnsignedLong(each->thread_id);
        if (!ident || PyList_Append(found, ident)) Py_CLEAR(found);
        Py_XDECREF(ident);
    }
    return found;
#endif
}

PyMethodDef carriers_methods[] = {
    {"live_threads", live_threads, METH_NOARGS,
     "live_threads(): identities of all threads that have a state; None without the GIL."},
    {"current_cpu", current_cpu, METH_NOARGS,
     "current_cpu(): the CPU that the calling thread runs on; -1 if that is not known."},
    {"enter_thread", enter_thread, METH_O, "enter_thread(n): the calling thread is logical thread n."},
    {"lose_thread", lose_thread, METH_VARARGS,
     "lose_thread(n, ident): do not observe that thread any more, and end it when it goes on."},
    {"forget_thread_locals", forget_thread_locals, METH_NOARGS,
     "forget_thread_locals(): of the calling thread."},
    {"spawned", spawned, METH_VARARGS, "spawned(parent, child): the one started the other."},
    {"joined", joined, METH_VARARGS, "joined(thread, ended): the one saw the other's end."},
    {"barrier", barrier, METH_O, "barrier(threads): what came before cannot come later."},
    {"pass_baton", pass_baton, METH_VARARGS,
     "pass_baton(from, to): let `to` run, then wait for one's turn; -1: do not wait, do not give."},
    {"passed_check", passed_check, METH_O,
     "passed_check(thread): another can run after what it is about to do."},
    {NULL, NULL, 0, NULL},
};
