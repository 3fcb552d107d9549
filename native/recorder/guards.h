/* Who enters the locks of conditions, in which order. */
#ifndef GILSCOPE_RECORDER_GUARDS_H
#define GILSCOPE_RECORDER_GUARDS_H

#include "recording.h"

/* The calling thread has just taken that lock by `with`, and has the GIL. */
void guards_entered(PyObject *lock);

#endif
