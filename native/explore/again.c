/* What an instruction touches can be something else by the time that its thread's turn comes: a key that
 * was there is gone, a list has another item. What counts is what it touches then. */
#include "explore/logical.h"

/* The step that the thread is in has only just begun, with this instruction. */
static int begin_step(int thread, PyObject *names) {
    PyObject *known = scheduled_thread(thread);
    if (!known) return PyErr_Occurred() ? -1 : 0;
    PyObject *step = held_in(known, thread_slots.step);
    return PyList_CheckExact(step) ? PyList_SetSlice(step, 0, PyList_GET_SIZE(step), names) : 0;
}

static int touch_anew(operation *op, int thread, PyObject *names) {
    if (the_engine.concurrent) touch(op, thread);
    push_open(op, thread);
    return begin_step(thread, names);
}

int look_again(operation *op, int thread) {
    op->count = 0;
    if (find_accesses(op)) return -1;
    if (leaves_frame(op->where)) add_interrupted(op, thread);
    PyObject *names = accesses_named(op);
    int same = names ? PyObject_RichCompareBool(names, op->names, Py_EQ) : -1;
    int failed = same < 0 || (!same && touch_anew(op, thread, names)) ? -1 : 0;
    Py_XDECREF(names);
    return failed;
}
