/* The search for all interleavings, as the scheduler calls it. */
#ifndef GILSCOPE_EXPLORE_EXHAUSTIVE_H
#define GILSCOPE_EXPLORE_EXHAUSTIVE_H

#include "explore/branches.h"

typedef struct exhaustive {
    PyObject_HEAD
    PyObject *doubts; /* set: accesses that raced although not all is known of them */
    path path;
    order order;
    int depth;
    bool has_begun;
} exhaustive;

extern PyTypeObject *exhaustive_type;
extern PyObject *diverged_error;

/* The thread to go on, or NOBODY; -2 with an exception. */
int exhaustive_choose(exhaustive *self, uint64_t enabled, long numbered);
int exhaustive_took(exhaustive *self, int thread, PyObject *named); /* other than 0 with an exception */
int exhaustive_publish(PyObject *module);

#endif
