/* Entry points: survey() and condense(). */
#ifndef GILSCOPE_PREDICT_CONDENSING_H
#define GILSCOPE_PREDICT_CONDENSING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *run_survey(PyObject *module, PyObject *args);
PyObject *run_condense(PyObject *module, PyObject *args);

#endif
