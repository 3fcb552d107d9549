/* Being watched, for Python. */
#ifndef GILSCOPE_RECORDER_WATCHMODULE_H
#define GILSCOPE_RECORDER_WATCHMODULE_H

#include "recording.h"

PyObject *watchmodule_begin(PyObject *module, PyObject *unused);
PyObject *watchmodule_end(PyObject *module, PyObject *unused);
PyObject *watchmodule_go_on(PyObject *module, PyObject *unused);
PyObject *watchmodule_read(PyObject *module, PyObject *unused);
PyObject *watchmodule_patterns(PyObject *module, PyObject *unused);
PyObject *watchmodule_kept(PyObject *module, PyObject *unused);
PyObject *watchmodule_keep(PyObject *module, PyObject *least_s);
void watchmodule_resume(void); /* a recording has ended: go on alone, if the process is watched */

#define WATCH_METHODS                                                         \
    {"watch_end", watchmodule_end, METH_NOARGS, "watch_end() -> None"},       \
        {"watch_resume", watchmodule_go_on, METH_NOARGS,                      \
         "watch_resume() -> None: go on, if something else came in between"}, \
        {"watch_read", watchmodule_read, METH_NOARGS,                         \
         "watch_read() -> numbers, as gilscope.watch.layout has them"},       \
        {"watch_patterns", watchmodule_patterns, METH_NOARGS,                 \
         "watch_patterns() -> names of groups of threads"},                   \
        {"watch_kept", watchmodule_kept, METH_NOARGS,                         \
         "watch_kept() -> stalls that were kept, oldest first"},              \
        {"watch_keep", watchmodule_keep, METH_O,                              \
         "watch_keep(least_s, /): keep stalls as long as that; 0: none"},

#endif
