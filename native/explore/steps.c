/* Steps as a search keeps them, and which of them may change places without anyone noticing. */
#include "explore/search.h"

#include <stdlib.h>

static bool is_named_all(PyObject *part) {
    return PyUnicode_Check(part) && PyUnicode_CompareWithASCIIString(part, "all") == 0;
}

/* A key that is known by its object's number is a tuple that ends with it. */
static int read_key(PyObject *part, long *key) {
    *key = -1;
    if (!PyTuple_Check(part) || !PyTuple_GET_SIZE(part)) return 0;
    *key = PyLong_AsLong(PyTuple_GET_ITEM(part, PyTuple_GET_SIZE(part) - 1));
    return *key == -1 && PyErr_Occurred() ? -1 : 0;
}

static int read_access(PyObject *named, step_access *found) {
    if (!PyTuple_Check(named) || PyTuple_GET_SIZE(named) != 3) {
        PyErr_SetString(PyExc_TypeError, "an access is an object, a part of it and a mode");
        return -1;
    }
    found->named = named;
    found->part = PyTuple_GET_ITEM(named, 1);
    found->is_all = is_named_all(found->part);
    found->object = PyLong_AsLong(PyTuple_GET_ITEM(named, 0));
    found->mode = (int)PyLong_AsLong(PyTuple_GET_ITEM(named, 2));
    return PyErr_Occurred() || read_key(found->part, &found->key) ? -1 : 0;
}

step *step_new(PyObject *named) {
    if (!PyTuple_Check(named)) {
        PyErr_SetString(PyExc_TypeError, "a step is a tuple of accesses");
        return NULL;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(named);
    step *made = checked(malloc(sizeof *made + (size_t)count * sizeof(step_access)));
    made->named = Py_NewRef(named);
    made->users = 1;
    made->count = (int)count;
    for (Py_ssize_t i = 0; i < count; i++)
        if (read_access(PyTuple_GET_ITEM(named, i), &made->accesses[i])) {
            step_drop(made);
            return NULL;
        }
    return made;
}

void step_drop(step *dropped) {
    if (!dropped || --dropped->users) return;
    Py_DECREF(dropped->named);
    free(dropped);
}

static bool is_same_part(const step_access *first, const step_access *second) {
    return first->part == second->part || PyObject_RichCompareBool(first->part, second->part, Py_EQ) != 0;
}

static bool only_reads(const step_access *each) {
    int mode = each->mode & MODE_MASK;
    return mode == MODE_READ || mode == MODE_AWAIT;
}

static bool overlap(const step_access *first, const step_access *second) {
    return first->is_all || second->is_all || is_same_part(first, second);
}

bool do_conflict(const step_access *first, const step_access *second) {
    if (first->object != second->object || (only_reads(first) && only_reads(second))) return false;
    return overlap(first, second);
}

bool is_reversible(const step_access *first, const step_access *second) {
    return !(first->mode == MODE_RELEASE && (second->mode == MODE_ACQUIRE || second->mode == MODE_AWAIT));
}

/* Whether accesses conflict, of two executions that were alike until so many objects were numbered. What
 * got its number after that, object or key, they do not call alike: it may be the same. */
static bool may_conflict(const step_access *first, const step_access *second, long numbered) {
    if (first->object != second->object && (first->object < numbered || second->object < numbered))
        return false;
    if (only_reads(first) && only_reads(second)) return false;
    bool are_fresh = first->key >= 0 && second->key >= 0 && first->key >= numbered && second->key >= numbered;
    return are_fresh || overlap(first, second);
}

bool may_wake(const step *asleep, long numbered, const step *taken) {
    for (int i = 0; i < asleep->count; i++)
        for (int j = 0; j < taken->count; j++)
            if (may_conflict(&asleep->accesses[i], &taken->accesses[j], numbered)) return true;
    return false;
}

static int add_doubt(PyObject *doubts, const step_access *each) {
    return each->mode > MODE_MASK ? PySet_Add(doubts, each->named) : 0;
}

/* Accesses of two steps that race which are in doubt, and conflict. */
int add_doubts(PyObject *doubts, const step *first, const step *second) {
    for (int i = 0; i < first->count; i++)
        for (int j = 0; j < second->count; j++) {
            const step_access *one = &first->accesses[i], *other = &second->accesses[j];
            if (one->mode <= MODE_MASK && other->mode <= MODE_MASK) continue;
            if (!do_conflict(one, other)) continue;
            if (add_doubt(doubts, one) || add_doubt(doubts, other)) return -1;
        }
    return 0;
}

static PyObject *reversible(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *named[2];
    step_access each[2];
    if (!PyArg_ParseTuple(args, "OO", &named[0], &named[1])) return NULL;
    if (read_access(named[0], &each[0]) || read_access(named[1], &each[1])) return NULL;
    return PyBool_FromLong(is_reversible(&each[0], &each[1]));
}

static PyObject *told_of_conflict(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *named[2];
    long numbered;
    step_access each[2];
    if (!PyArg_ParseTuple(args, "OOl", &named[0], &named[1], &numbered)) return NULL;
    if (read_access(named[0], &each[0]) || read_access(named[1], &each[1])) return NULL;
    bool found = may_conflict(&each[0], &each[1], numbered);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(found);
}

PyMethodDef steps_methods[] = {
    {"may_conflict", told_of_conflict, METH_VARARGS,
     "may_conflict(first, second, numbered): whether accesses conflict, of two executions that were alike "
     "until so many objects were numbered."},
    {"reversible", reversible, METH_VARARGS,
     "reversible(first, second): whether the second could have come first; not if it waited for the first's "
     "release."},
    {NULL, NULL, 0, NULL},
};
