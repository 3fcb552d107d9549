/* Calls whose positional arguments are taken out of something that is neither a tuple nor a list. */
#include "explore/models.h"

/* Builtin containers whose items C code takes out without running any other, and which own them. */
static bool is_spread_plainly(PyObject *iterable) {
    PyTypeObject *type = Py_TYPE(iterable);
    return PyAnySet_CheckExact(iterable) || PyDict_CheckExact(iterable) || type == &PyDictKeys_Type ||
           type == &PyDictValues_Type;
}

/* `f(*iterable)`, where that is no tuple or list: it becomes one first. */
int add_spread_call(operation *op, PyObject *callable, PyObject *iterable, PyObject *keywords) {
    if (PyFunction_Check(callable) || PyMethod_Check(callable)) {
        add_function(op, callable);
        return 0;
    }
    if (!is_spread_plainly(iterable)) {
        operation_unknown(op, "a call with *iterable");
        return 0;
    }
    PyObject *args = PySequence_Tuple(iterable);
    if (!args) return -1;
    int failed = add_call_of(op, callable, NULL, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args),
                             keywords);
    Py_DECREF(args); /* the container keeps them */
    return failed;
}
