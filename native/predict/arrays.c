#include "predict/arrays.h"

bool arrays_open(struct arrays *arrays, PyObject *args, int count, int written) {
    arrays->count = 0;
    if (PyTuple_GET_SIZE(args) < count) {
        PyErr_Format(PyExc_TypeError, "%d arrays are needed", count);
        return false;
    }
    for (; arrays->count < count; arrays->count++) {
        int flags = arrays->count >= count - written ? PyBUF_CONTIG : PyBUF_CONTIG_RO;
        PyObject *array = PyTuple_GET_ITEM(args, arrays->count);
        if (PyObject_GetBuffer(array, &arrays->views[arrays->count], flags) < 0) {
            arrays_close(arrays);
            return false;
        }
    }
    return true;
}

void arrays_close(struct arrays *arrays) {
    while (arrays->count > 0) PyBuffer_Release(&arrays->views[--arrays->count]);
}

Py_ssize_t array_size(const struct arrays *arrays, int which, Py_ssize_t wide) {
    Py_ssize_t bytes = arrays->views[which].len;
    return bytes % wide ? -1 : bytes / wide;
}
