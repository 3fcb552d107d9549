/* The way that an execution takes: which instructions of the user's own code its threads ran, in which
 * order. Executions that begin alike, under one schedule, take one way. Where the first took another
 * than those after it, they did not begin alike: it has left something behind.
 *
 * What runs while a module is imported is no part of it: only the first execution imports. */
#include "explore/engine.h"

static OF_EACH_THREAD bool is_importing;

enum { MOST_STEPS = 1 << 18 }; /* that are compared one by one; of those after them there is the hash */

static uint64_t steps[MOST_STEPS]; /* of the first execution */
static size_t first_count, count;
static uint64_t hash;
static enum { IGNORED, FIRST, COMPARED } mode; /* what is done with the way of this execution */
static PyObject *departs_in; /* code: where this execution left the first one's way */
static int32_t departs_at;   /* its offset */

static uint64_t step_of(int thread, const site *where) {
    uint64_t line = where->code ? (uint64_t)where->code->co_firstlineno & 0xffffff : 0;
    return line << 40 | ((uint64_t)where->offset & 0xffffff) << 16 | (uint64_t)where->kind << 8 |
           (uint64_t)thread;
}

static void compare(uint64_t step, const site *where) {
    if (departs_in || (count < first_count && steps[count] == step)) return;
    departs_in = Py_XNewRef((PyObject *)where->code);
    departs_at = where->offset;
}

void way_goes_on(int thread, const site *where) {
    if (mode == IGNORED || !(where->flags & SITE_OF_USER) || is_importing || the_engine.aborting) return;
    uint64_t step = step_of(thread, where);
    hash = (hash ^ step) * 0x100000001b3u;
    if (count < MOST_STEPS) {
        if (mode == FIRST) steps[count] = step;
        else compare(step, where);
    }
    count++;
}

void way_begins(void) {
    count = hash = 0;
    mode = IGNORED;
    Py_CLEAR(departs_in);
}

static PyObject *way_note(PyObject *module, PyObject *first) {
    (void)module;
    mode = PyObject_IsTrue(first) == 1 ? FIRST : COMPARED;
    Py_RETURN_NONE;
}

static PyObject *way_taken(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    if (mode == FIRST) first_count = count < MOST_STEPS ? count : MOST_STEPS;
    return Py_BuildValue("(KOi)", hash, departs_in ? departs_in : Py_None, departs_at);
}

static PyObject *way_import(PyObject *module, PyObject *on) {
    (void)module;
    bool before = is_importing;
    is_importing = PyObject_IsTrue(on) == 1;
    return PyBool_FromLong(before);
}

PyMethodDef way_methods[] = {
    {"note_way", way_note, METH_O,
     "note_way(first): note the way of the execution that begins, as the first one's or to compare it with "
     "that."},
    {"way", way_taken, METH_NOARGS,
     "way(): of this execution: a hash, and where it left the first one's: code, offset."},
    {"importing", way_import, METH_O,
     "importing(on): whether the calling thread imports a module; what it was before."},
    {NULL, NULL, 0, NULL},
};
