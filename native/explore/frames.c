/* Frames of threads that stand still, as Python code looks at them: slots, and who called whom. */
#include "explore/engine.h"

PyObject *empty_slot; /* stands for one */

/* The slot of (frame, index): counted as CPython does, locals and cells first, then the stack. */
static slot *find_slot(PyObject *const *args, Py_ssize_t count, Py_ssize_t wanted) {
    if (count != wanted || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "expected a frame, a slot and, to replace it, an object");
        return NULL;
    }
    Py_ssize_t index = PyLong_AsSsize_t(args[1]);
    if (index == -1 && PyErr_Occurred()) return NULL;
    raw_frame *frame = ((PyFrameObject *)args[0])->f_frame;
    PyCodeObject *code = PyFrame_GetCode((PyFrameObject *)args[0]);
    Py_ssize_t slots = code->co_nlocalsplus + code->co_stacksize;
    Py_DECREF(code);
    if (index < 0 || index >= slots) {
        PyErr_Format(PyExc_IndexError, "slot %zd of a frame that has %zd", index, slots);
        return NULL;
    }
    return &frame->localsplus[index];
}

static PyObject *peek(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 2);
    if (!place) return NULL;
#if HAS_TAGGED_INTS
    if (PyStackRef_IsTaggedInt(*place))
        return PyLong_FromSsize_t(PyStackRef_UntagInt(*place)); /* a loop's position */
#endif
    PyObject *object = slot_object(*place);
    return Py_NewRef(object ? object : empty_slot);
}

static PyObject *replace(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 3);
    if (!place) return NULL;
    if (!slot_object(*place)) {
        PyErr_SetString(PyExc_ValueError, "an empty slot cannot be replaced");
        return NULL;
    }
    set_slot(place, args[2]);
    Py_RETURN_NONE;
}

static PyObject *saved(PyObject *module, PyObject *frame) {
    (void)module;
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    return PyLong_FromLong(saved_slots(((PyFrameObject *)frame)->f_frame));
}

/* Whether C code, whose state nobody sees, stands between a frame and the one that called it. */
static PyObject *called_from_c(PyObject *module, PyObject *frame) {
    (void)module;
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    return PyBool_FromLong(entered_from_c(((PyFrameObject *)frame)->f_frame));
}

static PyObject *function_of(const raw_frame *frame) {
#if HAS_STACK_REFS
    return slot_object(frame->f_funcobj);
#elif HAS_ENTRY_FRAMES
    return frame->f_funcobj;
#else
    return (PyObject *)frame->f_func;
#endif
}

/* Of (frame, slot, inner frame, is alive): a call may have taken what lies in its slots. Such an
 * object may have ended, so that its address is all that can be looked at. */
static PyObject *slot_calls(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 4);
    if (!place) return NULL;
    if (!PyFrame_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    PyObject *called = slot_object(*place);
    if (called && args[3] == Py_True && PyMethod_Check(called)) called = PyMethod_GET_FUNCTION(called);
    return PyBool_FromLong(called && called == function_of(((PyFrameObject *)args[2])->f_frame));
}

PyMethodDef frames_methods[] = {
    {"peek", (PyCFunction)(void (*)(void))peek, METH_FASTCALL,
     "peek(frame, slot): the object in a slot of a frame that is being traced; NULL if it is empty."},
    {"replace", (PyCFunction)(void (*)(void))replace, METH_FASTCALL,
     "replace(frame, slot, object): let the next instruction work on another object."},
    {"slot_calls", (PyCFunction)(void (*)(void))slot_calls, METH_FASTCALL,
     "slot_calls(frame, slot, inner, is_alive): whether the frame's slot is what the inner frame runs; "
     "a method, too, if what lies there is known to be alive."},
    {"saved", saved, METH_O,
     "saved(frame): the slots in use as CPython saved them; negative where it did not."},
    {"called_from_c", called_from_c, METH_O,
     "called_from_c(frame): whether C code stands between the frame and the one below it."},
    {NULL, NULL, 0, NULL},
};
