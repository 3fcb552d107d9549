/* Tells what does not contain any more what it did when it was kept. */
#include "explore/kept.h"

/* Each of these: 1 if an object contains the same objects in the same order, 0 if not, -1 with an
 * exception. */

/* Texts and numbers that are equal may be other objects now. */
static int is_same_key(PyObject *plain, PyObject *one, PyObject *other) {
    if (one == other) return 1;
    if (Py_TYPE(one) != Py_TYPE(other)) return 0;
    int is_plain = PySequence_Contains(plain, (PyObject *)Py_TYPE(one));
    return is_plain == 1 ? PyObject_RichCompareBool(one, other, Py_EQ) : is_plain;
}

static int is_same_dict(PyObject *plain, PyObject *value, PyObject *content) {
    PyObject *key, *each, *old_key, *old_each;
    Py_ssize_t at = 0, old_at = 0;
    if (PyDict_GET_SIZE(value) != PyDict_GET_SIZE(content)) return 0;
    while (PyDict_Next(content, &old_at, &old_key, &old_each)) {
        if (!PyDict_Next(value, &at, &key, &each) || each != old_each) return 0;
        if (key == old_key) continue;
        Py_INCREF(key); /* comparing them may run code of the program's own */
        int same = is_same_key(plain, key, old_key);
        Py_DECREF(key);
        if (same != 1) return same;
    }
    return 1;
}

static int is_same_list(PyObject *value, PyObject *content) {
    if (PyList_GET_SIZE(value) != PyList_GET_SIZE(content)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(content); i++)
        if (PyList_GET_ITEM(value, i) != PyList_GET_ITEM(content, i)) return 0;
    return 1;
}

static int is_same_deque(PyObject *value, PyObject *content) {
    PyObject *items = items_of_deque(value);
    int same = items ? is_same_list(items, content) : -1;
    Py_XDECREF(items);
    return same;
}

static int is_equal(PyTypeObject *type, PyObject *value, PyObject *content) {
    PyObject *equal = type->tp_richcompare(value, content, Py_EQ);
    int same = equal ? PyObject_IsTrue(equal) : -1;
    Py_XDECREF(equal);
    return same;
}

static int is_same_cell(PyObject *value, PyObject *content) {
    PyObject *inside = PyCell_Get(value);
    PyObject *before = PyTuple_GET_SIZE(content) ? PyTuple_GET_ITEM(content, 0) : NULL;
    Py_XDECREF(inside);
    return inside == before;
}

static int is_same_class(PyObject *plain, PyObject *value, PyObject *content) {
    PyObject *dict = dict_of_class(value);
    int same = dict ? is_same_dict(plain, dict, content) : -1;
    Py_XDECREF(dict);
    return same;
}

static int is_same_state(PyObject *state_of, PyObject *value, PyObject *content) {
    PyObject *state = PyObject_CallOneArg(state_of, value);
    int same = state ? PyObject_RichCompareBool(state, content, Py_EQ) : -1;
    Py_XDECREF(state);
    return same;
}

static int is_same_slots(PyObject *value, PyObject *content) {
    PyObject *now = content_of_slots(value, PyTuple_GET_ITEM(content, 0));
    if (!now) return -1;
    PyObject *values = PyTuple_GET_ITEM(now, 1), *before = PyTuple_GET_ITEM(content, 1);
    int same = 1;
    for (Py_ssize_t i = 0; same && i < PyTuple_GET_SIZE(before); i++)
        same = PyTuple_GET_ITEM(values, i) == PyTuple_GET_ITEM(before, i);
    Py_DECREF(now);
    return same;
}

static int is_same(PyObject *plain, PyObject *state_of, PyObject *value, PyObject *content, long held) {
    switch (held) {
    case HELD_DICT: return is_same_dict(plain, value, content);
    case HELD_LIST: return is_same_list(value, content);
    case HELD_DEQUE: return is_same_deque(value, content);
    case HELD_BYTEARRAY: return is_equal(&PyByteArray_Type, value, content);
    case HELD_SET: return is_equal(&PySet_Type, value, content);
    case HELD_CELL: return is_same_cell(value, content);
    case HELD_CLASS: return is_same_class(plain, value, content);
    case HELD_SLOTS: return is_same_slots(value, content);
    case HELD_OPAQUE: return is_same_state(state_of, value, content);
    default: return 1;
    }
}

static int append_index(PyObject *list, Py_ssize_t index) {
    PyObject *number = PyLong_FromSsize_t(index);
    int failed = number ? PyList_Append(list, number) : -1;
    Py_XDECREF(number);
    return failed;
}

/* Keys and items are compared by the program's own code, which may raise: then it is ~index. */
static PyObject *kept_differing(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *kept, *plain, *state_of, *differing = PyList_New(0);
    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &kept, &PyFrozenSet_Type, &plain, &state_of))
        Py_CLEAR(differing);
    for (Py_ssize_t i = 0; differing && i < PyList_GET_SIZE(kept); i++) {
        PyObject *entry = PyList_GET_ITEM(kept, i);
        long held = PyLong_AsLong(PyTuple_GET_ITEM(entry, 2));
        int same = is_same(plain, state_of, PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), held);
        if (same < 0) PyErr_Clear();
        if (same != 1 && append_index(differing, same < 0 ? ~i : i)) Py_CLEAR(differing);
    }
    return differing;
}

PyMethodDef kept_compare_methods[] = {
    {"differing", kept_differing, METH_VARARGS,
     "differing(kept, plain, state_of): indices of what does not contain what it did; ~index: nobody can "
     "say."},
    {NULL, NULL, 0, NULL},
};
