/* What the scheduler keeps of threads and plans, in slots of Python objects. */
#ifndef GILSCOPE_EXPLORE_LOGICAL_H
#define GILSCOPE_EXPLORE_LOGICAL_H

#include "explore/engine.h"

/* Offsets: of gilscope.explore.engine.thread.LogicalThread, and of plans.Plan. */
typedef struct slots_of_thread {
    Py_ssize_t done, gate, timed_out, waits, number, plan, step, joins, deadline_s;
} slots_of_thread;
typedef struct slots_of_plan {
    Py_ssize_t step, is_plain;
} slots_of_plan;

extern slots_of_thread thread_slots;
extern slots_of_plan plan_slots;

static inline PyObject **slot_in(PyObject *object, Py_ssize_t offset) {
    return (PyObject **)((char *)object + offset);
}

static inline PyObject *held_in(PyObject *object, Py_ssize_t offset) { return *slot_in(object, offset); }

static inline bool is_on(PyObject *object, Py_ssize_t offset) { return held_in(object, offset) == Py_True; }

static inline void put_in(PyObject *object, Py_ssize_t offset, PyObject *value) {
    Py_XSETREF(*slot_in(object, offset), Py_NewRef(value));
}

static inline int number_of_thread(PyObject *thread) {
    return (int)PyLong_AsLong(held_in(thread, thread_slots.number));
}

extern PyMethodDef logical_methods[];
int can_go_on(PyObject *thread); /* -1 with an exception */

#endif
