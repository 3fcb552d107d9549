/* What can be told of modules and types without running Python code: each exploration asks it of all
 * modules, and of each type of an object that it can put back. */
#include "explore/kept.h"

enum { MOST_VERSIONS = 4096 };

/* Of a module, what its dict says: to ask a lazy module itself would load it. NULL without an exception
 * where there is none. Owned. */
static PyObject *file_of(PyObject *module, PyObject *name) {
    if (PyModule_Check(module)) return Py_XNewRef(PyDict_GetItemWithError(PyModule_GetDict(module), name));
    PyObject *file = PyObject_GetAttr(module, name); /* anything can be in sys.modules */
    if (!file && PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
    return file;
}

/* 1, 0, or -1 with an exception; what is asked once is known. */
static int is_explored(PyObject *file, PyObject *known, PyObject *ask) {
    PyObject *answer = PyDict_GetItemWithError(known, file);
    if (answer) return answer == Py_True;
    if (PyErr_Occurred()) return -1;
    answer = PyObject_CallOneArg(ask, file);
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    if (is_true < 0 || PyDict_SetItem(known, file, is_true ? Py_True : Py_False)) return -1;
    return is_true;
}

static int is_explored_module(PyObject *module, PyObject *known, PyObject *ask) {
    static PyObject *name;
    if (!name) name = PyUnicode_InternFromString("__file__");
    PyObject *file = name ? file_of(module, name) : NULL;
    int found = file && PyUnicode_Check(file) ? is_explored(file, known, ask) : 0;
    Py_XDECREF(file);
    return PyErr_Occurred() ? -1 : found;
}

int is_explored_class(PyObject *value, PyObject *known_files, PyObject *is_explored_file) {
    PyObject *name = PyObject_GetAttrString(value, "__module__");
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = name ? PyDict_GetItemWithError(modules, name) : NULL;
    int found = module ? is_explored_module(module, known_files, is_explored_file) : 0;
    Py_XDECREF(name);
    return PyErr_Occurred() ? -1 : found;
}

static PyObject *explored_modules(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *modules, *known, *ask;
    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &modules, &PyDict_Type, &known, &ask)) return NULL;
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        int wanted = is_explored_module(module, known, ask);
        if (wanted > 0) wanted = PyList_Append(found, module);
        if (wanted < 0) Py_CLEAR(found);
    }
    return found;
}

static int append_text(PyObject *list, const char *text) {
    PyObject *name = PyUnicode_InternFromString(text);
    int failed = name ? PyList_Append(list, name) : -1;
    Py_XDECREF(name);
    return failed;
}

/* Slots of a class, and the attribute that is wanted beside them. */
static int append_members(PyObject *names, PyObject *dict, PyObject *also) {
    PyObject *name, *member;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &name, &member)) {
        bool leads = Py_IS_TYPE(member, &PyMemberDescr_Type);
        if (!leads && PyUnicode_CheckExact(name)) leads = PyUnicode_Compare(name, also) == 0;
        if (leads && PyList_Append(names, name)) return -1;
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int has_dict(PyTypeObject *type, PyObject *bases) {
    int found = type->tp_dictoffset != 0;
    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *dict = dict_of_class(PyTuple_GET_ITEM(bases, i));
        PyObject *known = dict ? PyDict_GetItemString(dict, "__dict__") : NULL;
        found = known ? 1 : PyErr_Occurred() ? -1 : 0;
        Py_XDECREF(dict);
    }
    return found;
}

/* Attributes by which an instance leads to more than its content: its dict, slots, and one more. */
static PyObject *leading(PyObject *self, PyObject *args) {
    (void)self;
    PyTypeObject *type;
    PyObject *also;
    if (!PyArg_ParseTuple(args, "O!U", &PyType_Type, &type, &also)) return NULL;
    PyObject *bases = Py_NewRef(type->tp_mro);
    PyObject *names = PyList_New(0);
    int found = names ? has_dict(type, bases) : -1;
    int failed = found < 0 || (found && append_text(names, "__dict__"));
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *dict = dict_of_class(PyTuple_GET_ITEM(bases, i));
        failed = dict && append_members(names, dict, also);
        Py_XDECREF(dict);
    }
    PyObject *result = failed ? NULL : PyList_AsTuple(names);
    Py_XDECREF(names);
    Py_DECREF(bases);
    return result;
}

/* Classes in Python are alike as long as CPython gives them no other version. Not of those that have slots,
 * whose descriptors would keep them alive. */
PyObject *kind_by_version(PyTypeObject *type, PyObject *add) {
    static PyObject *known;
    if (!known) known = PyDict_New();
    unsigned int version = type->tp_version_tag;
    if (!known || !version || !is_python_class(type)) return NULL;
    PyObject *number = PyLong_FromUnsignedLong(version), *found = NULL;
    if (number && !add) found = Py_XNewRef(PyDict_GetItemWithError(known, number));
    else if (number && PyTuple_GET_SIZE(PyTuple_GET_ITEM(add, 2)) == 0) {
        if (PyDict_GET_SIZE(known) >= MOST_VERSIONS) PyDict_Clear(known);
        found = PyDict_SetItem(known, number, add) ? NULL : Py_NewRef(add);
    }
    Py_XDECREF(number);
    return found;
}

PyMethodDef kept_kinds_methods[] = {
    {"explored_modules", explored_modules, METH_VARARGS,
     "explored_modules(modules, known, ask): those whose file is known to be explored, or of which ask(file) "
     "says so."},
    {"leading", leading, METH_VARARGS,
     "leading(type, also): attributes by which its instances lead to more: `__dict__`, slots, `also`."},
    {NULL, NULL, 0, NULL},
};
