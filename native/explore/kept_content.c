/* What containers contain that no function of the C API gives at once. */
#include "explore/kept.h"

static PyObject *deque_type(void) {
    static PyObject *found;
    if (found) return found;
    PyObject *module = PyImport_ImportModule("collections");
    found = module ? PyObject_GetAttrString(module, "deque") : NULL;
    Py_XDECREF(module);
    return found;
}

static PyObject *iterate_deque(PyObject *value) {
    PyObject *type = deque_type();
    return type ? ((PyTypeObject *)type)->tp_iter(value) : NULL;
}

PyObject *items_of_deque(PyObject *value) {
    PyObject *iterator = iterate_deque(value);
    PyObject *items = iterator ? PySequence_List(iterator) : NULL;
    Py_XDECREF(iterator);
    return items;
}

/* Runs no code of the program. */
static PyObject *values_of_slots(PyObject *value, PyObject *members) {
    PyObject *values = PyTuple_New(PyTuple_GET_SIZE(members));
    for (Py_ssize_t i = 0; values && i < PyTuple_GET_SIZE(members); i++) {
        PyObject *member = PyTuple_GET_ITEM(members, i);
        PyObject *each = Py_TYPE(member)->tp_descr_get(member, value, (PyObject *)Py_TYPE(value));
        if (!each && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
            each = Py_NewRef(members);
        }
        if (each) PyTuple_SET_ITEM(values, i, each);
        else Py_CLEAR(values);
    }
    return values;
}

PyObject *content_of_slots(PyObject *value, PyObject *members) {
    PyObject *values = values_of_slots(value, members);
    PyObject *content = values ? PyTuple_Pack(2, members, values) : NULL;
    Py_XDECREF(values);
    return content;
}

PyObject *dict_of_class(PyObject *value) {
#if HAS_TYPE_GET_DICT
    return PyType_GetDict((PyTypeObject *)value);
#else
    return Py_XNewRef(((PyTypeObject *)value)->tp_dict);
#endif
}
