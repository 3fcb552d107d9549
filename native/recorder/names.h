/* The names of threads. */
#ifndef GILSCOPE_RECORDER_NAMES_H
#define GILSCOPE_RECORDER_NAMES_H

#include "recording.h"

/* Now and then: look whether the calling thread has another name by now. It has the GIL. */
void name_refresh(PyThreadState *tstate, uint64_t time_ns);
/* The same, of one that needs none. */
void name_refresh_without_gil(PyThreadState *tstate, uint64_t time_ns);
/* Of the thread that the calling one is about to start; 0 bytes: not known. Room for NAME_BYTES. */
uint32_t name_of_started(PyThreadState *tstate, char *text);

/* object.<name>, borrowed, if it is an entry of the instance's own dictionary; else NULL. Calls no code of the
 * program's, and makes nothing; for a thread that has the GIL. */
PyObject *instance_attribute(PyObject *object, const char *name);

#endif
