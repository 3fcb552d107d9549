/* Items that come and go, mostly at the ends of lists and deques, and what others see of that: without
 * the GIL, `len`, indices and look-ups take no lock. */
#include "explore/engine.h"

/* Whether CPython reads all of it under one lock, by one of these flags. */
bool is_locked_by(PyObject *object, int flags) {
    return (flags & LOCKS_LIST && PyList_CheckExact(object)) ||
           (flags & LOCKS_DICT && PyDict_CheckExact(object)) ||
           (flags & LOCKS_SET && PyAnySet_CheckExact(object)) ||
           (flags & LOCKS_VIEW && (Py_IS_TYPE(object, &PyDictKeys_Type) || Py_IS_TYPE(object, &PyDictValues_Type) ||
                                   Py_IS_TYPE(object, &PyDictItems_Type)));
}

/* Longer than it may be for a moment: it appends first, and then drops what is too much. */
static bool has_greatest_length(PyObject *deque) {
    if (strcmp(Py_TYPE(deque)->tp_name, "collections.deque") != 0) return true; /* could be */
    PyObject *most = PyObject_GetAttrString(deque, "maxlen");
    if (!most) PyErr_Clear();
    Py_XDECREF(most);
    return most != Py_None;
}

static int add_end(operation *op, PyObject *deque, bool append) {
    int since = op->count;
    operation_add(op, deque, PART_ALL, 0, MODE_WRITE);
    if (append && has_greatest_length(deque))
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "a deque with a greatest length");
    return 0;
}

int add_extension(operation *op, PyObject *object, PyObject *from) {
    int since = op->count;
    operation_add(op, object, PART_ALL, 0, MODE_WRITE);
    if (from && (PyTuple_CheckExact(from) || is_locked_by(from, FLAGS))) return 0;
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "extending a %s item by item", Py_TYPE(object)->tp_name);
    return 0;
}

int add_end_of_list(operation *op, PyObject *list, bool append) {
    if (!PyList_Check(list)) return add_end(op, list, append);
    Py_ssize_t last = PyList_GET_SIZE(list) - !append;
    operation_add(op, list, PART_SHAPE, 0, MODE_WRITE);
    if (last >= 0) operation_add(op, list, PART_KEY, last, MODE_WRITE);
    return 0;
}

/* Items that move up are seen on their way by who looks at an index. */
int add_pop(operation *op, PyObject *object, Py_ssize_t count) {
    if (!count) return add_end_of_list(op, object, false);
    int since = op->count;
    operation_add(op, object, PART_ALL, 0, MODE_WRITE);
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "list.pop of an index");
    return 0;
}
