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

PyObject *dict_of_class(PyObject *value) {
#if HAS_TYPE_GET_DICT
    return PyType_GetDict((PyTypeObject *)value);
#else
    return Py_XNewRef(((PyTypeObject *)value)->tp_dict);
#endif
}
