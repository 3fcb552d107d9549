/* Entry points of gilscope._operands: what the next instruction of a frame will work on.
 *
 * A tracing callback knows a frame and an instruction, but not the objects. They lie on the frame's
 * value stack, where the depth at each instruction is known from the code alone
 * (gilscope.explore.depths): not every CPython saves its stack pointer before a callback. */
#include "interpreter.h"

#if PY_VERSION_HEX >= 0x030e0000
typedef _PyStackRef slot;

static PyObject *slot_object(slot value) {
    if (PyStackRef_IsNull(value)) return NULL;
#if PY_VERSION_HEX >= 0x030f0000
    if (PyStackRef_IsTaggedInt(value)) return NULL; /* the position of a loop, not an object */
#endif
    return PyStackRef_AsPyObjectBorrow(value);
}

static void set_slot(slot *place, PyObject *object) {
    slot old = *place;
    *place = PyStackRef_FromPyObjectNew(object);
    PyStackRef_XCLOSE(old);
}

static int saved_slots(const raw_frame *frame) {
    return frame->stackpointer ? (int)(frame->stackpointer - frame->localsplus) : -1;
}
#else
typedef PyObject *slot;

static PyObject *slot_object(slot value) { return value; }

static void set_slot(slot *place, PyObject *object) {
    slot old = *place;
    *place = Py_NewRef(object);
    Py_XDECREF(old);
}

static int saved_slots(const raw_frame *frame) { return frame->stacktop; }
#endif

static PyObject *null; /* stands for an empty slot */

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
    PyObject *object = slot_object(*place);
    return Py_NewRef(object ? object : null);
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

static PyMethodDef methods[] = {
    {"peek", (PyCFunction)(void (*)(void))peek, METH_FASTCALL,
     "peek(frame, slot): the object in a slot of a frame that is being traced; NULL if it is empty."},
    {"replace", (PyCFunction)(void (*)(void))replace, METH_FASTCALL,
     "replace(frame, slot, object): let the next instruction work on another object."},
    {"saved", saved, METH_O,
     "saved(frame): the slots in use as CPython saved them; negative where it did not."},
    {NULL, NULL, 0, NULL},
};

static int fill(PyObject *module) {
    if (!null) null = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    return null ? PyModule_AddObjectRef(module, "NULL", null) : -1;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)fill},
#if PY_VERSION_HEX >= 0x030d0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gilscope._operands",
    .m_doc = "What the next instruction of a traced frame will work on.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__operands(void) { return PyModuleDef_Init(&definition); }
