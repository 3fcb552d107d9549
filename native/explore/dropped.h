/* Code of the program that runs because an object ends. */
#ifndef GILSCOPE_EXPLORE_DROPPED_H
#define GILSCOPE_EXPLORE_DROPPED_H

#include "explore/engine.h"

/* dropped.c */
/* Before an instruction of the innermost frame. */
void look_for_end(PyThreadState *tstate, raw_frame *frame, const site *where, int thread);
bool is_forgetting(const operation *op, int thread); /* whether the library forgets what has ended */
bool is_of_file(PyCodeObject *code, const char *end);
void watch_end(PyObject *object); /* a weak reference with a callback is made of it */
void forget_endings(void);
void note_outermost(raw_frame *frame, int thread); /* before any instruction */
void note_return(raw_frame *frame, int thread);
PyObject *variables_at_return(void); /* list of what the test had then; NULL with an exception */
void note_late(PyThreadState *tstate, const site *where);
extern PyMethodDef dropped_methods[];

/* objects.c */
void note_in_use(void); /* the test returns: what has nobody but explore should have ended */

#endif
