/* Children that os.fork() makes. */
#ifndef GILSCOPE_RECORDER_FOLLOWING_H
#define GILSCOPE_RECORDER_FOLLOWING_H

#include "recording.h"

/* `callback` is a method of this module, called `when`; false, and an exception, if that cannot be. */
bool following_begin(PyObject *module, const char *when, const char *method);
/* Where there is a GIL: a child joins when it first lets go of it. */
bool following_begin_late(PyObject *module);

/* The methods. */
PyObject *following_forks(PyObject *module, PyObject *unused);
PyObject *following_forked(PyObject *module, PyObject *unused);

#endif
