/* The objects on a frame's value stack, as each CPython keeps them. */
#ifndef GILSCOPE_EXPLORE_SLOTS_H
#define GILSCOPE_EXPLORE_SLOTS_H

#include "shared/interpreter.h"

#if HAS_STACK_REFS
typedef _PyStackRef slot;

static inline PyObject *slot_object(slot value) {
    if (PyStackRef_IsNull(value)) return NULL;
#if HAS_TAGGED_INTS
    if (PyStackRef_IsTaggedInt(value)) return NULL; /* the position of a loop, not an object */
#endif
    return PyStackRef_AsPyObjectBorrow(value);
}

static inline void set_slot(slot *place, PyObject *object) {
    slot old = *place;
    *place = PyStackRef_FromPyObjectNew(object);
    PyStackRef_XCLOSE(old);
}

static inline int saved_slots(const raw_frame *frame) {
    return frame->stackpointer ? (int)(frame->stackpointer - frame->localsplus) : -1;
}
#else
typedef PyObject *slot;

static inline PyObject *slot_object(slot value) { return value; }

static inline void set_slot(slot *place, PyObject *object) {
    slot old = *place;
    *place = Py_NewRef(object);
    Py_XDECREF(old);
}

static inline int saved_slots(const raw_frame *frame) { return frame->stacktop; }
#endif

#endif
