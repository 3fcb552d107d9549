/* How far an execution has come, and the quick way to its next steps. */
#ifndef GILSCOPE_EXPLORE_STEPPER_H
#define GILSCOPE_EXPLORE_STEPPER_H

#include "explore/exhaustive.h"

typedef struct stepper {
    PyObject_HEAD
    PyObject *threads;  /* list: the scheduler's, in the order in which they were started */
    exhaustive *search; /* NULL, and all below, if another chooses */
    PyObject *record;   /* list of its choices, or None */
    PyObject *groups;   /* dict: threads that are alike, by number */
    PyObject *plain;    /* accesses -> plan */
    double deadline_s;
    long steps, choices, running, most_steps;
    char is_quick;
} stepper;

/* A thread comes to accesses: 1 with the thread that goes on, 0 if the scheduler is to say it, -1 with an
 * exception. */
int stepper_reach(PyObject *stepper, int thread, PyObject *names, long *next);
bool is_stepper(PyObject *object);
int stepper_publish(PyObject *module);

#endif
