/* Arrays of numpy's, as arguments of the functions of gilscope._replay. */
#ifndef GILSCOPE_PREDICT_ARRAYS_H
#define GILSCOPE_PREDICT_ARRAYS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

enum { MOST_ARRAYS = 24 };

struct arrays {
    Py_buffer views[MOST_ARRAYS];
    int count;
};

/* Opens the first `count` of a tuple's, the last `written` of them to write to. False: an exception is set. */
bool arrays_open(struct arrays *arrays, PyObject *args, int count, int written);
void arrays_close(struct arrays *arrays);

/* How many items of `wide` bytes an array has; -1 if that does not come out even. */
Py_ssize_t array_size(const struct arrays *arrays, int which, Py_ssize_t wide);

#endif
