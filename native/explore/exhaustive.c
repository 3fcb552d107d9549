/* Every interleaving that matters, once: source-DPOR with sleep sets. As gilscope.explore.search.steps.Search.
 *
 * Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction (POPL 2014), algorithm 1.
 * An execution is run again from its beginning for each branch; two executions that differ only in the order
 * of independent steps count as one. */
#include "explore/exhaustive.h"

PyObject *diverged_error;
PyTypeObject *exhaustive_type;

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    if (PyTuple_GET_SIZE(args) || keywords) {
        PyErr_SetString(PyExc_TypeError, "Exhaustive() takes no arguments");
        return NULL;
    }
    exhaustive *self = (exhaustive *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    order_begin(&self->order);
    self->doubts = PySet_New(NULL);
    if (!self->doubts) Py_CLEAR(self);
    return (PyObject *)self;
}

static void end_of(exhaustive *self) {
    PyTypeObject *type = Py_TYPE(self);
    path_free(&self->path);
    order_free(&self->order);
    Py_XDECREF(self->doubts);
    type->tp_free(self);
    Py_DECREF(type);
}

static int diverged(void) {
    PyErr_SetNone(diverged_error);
    return -2;
}

/* --- an execution ---------------------------------------------------------------------------------- */

static PyObject *begin(exhaustive *self, PyObject *unused) {
    (void)unused;
    self->depth = 0;
    if (!self->has_begun) {
        self->has_begun = true;
        Py_RETURN_TRUE;
    }
    bool is_left = path_next(&self->path);
    order_cut(&self->order, self->path.count ? self->path.count - 1 : 0);
    return PyBool_FromLong(is_left);
}

static PyObject *repeat(exhaustive *self, PyObject *unused) {
    (void)unused;
    self->has_begun = false;
    Py_RETURN_NONE;
}

int exhaustive_choose(exhaustive *self, uint64_t enabled, long numbered) {
    if (self->depth == self->path.count) {
        int chosen = path_choose(&self->path, enabled, numbered);
        return PyErr_Occurred() ? -2 : chosen;
    }
    const branching *here = &self->path.all[self->depth];
    return here->enabled == enabled ? here->chosen : diverged();
}

static int want_reversals(exhaustive *self, int thread, const step *what) {
    int *found;
    int count = races_of(&self->order, thread, what, &found);
    for (int i = 0; i < count; i++) {
        branching *there = &self->path.all[found[i]];
        if (there->taken && add_doubts(self->doubts, there->taken, what)) return -1;
        uint64_t initials, needed;
        initials_of(&self->order, found[i], thread, what, &initials, &needed);
        if (initials & there->wanted || needed & there->asleep) continue;
        /* A thread that is asleep there was perhaps woken for nothing: its step is left out. */
        want_one_of(there, initials & ~there->asleep);
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* A step that was asleep, and is to come after this one but before the one that woke it. Its races do not
 * tell, as what a long step goes on to touch may now be something else. */
static void want_before_woken(exhaustive *self, int later, const step *what) {
    const numbers *wakers = &self->path.wakers;
    for (int i = 0; i < wakers->count; i++) {
        int number = wakers->all[i];
        branching *there = &self->path.all[number];
        if (does_follow(&self->order, later, number)) continue;
        bool wakes = false;
        for (int j = 0; j < there->woken_count && !wakes; j++)
            wakes = may_wake(there->woken[j].step, there->woken[j].numbered, what);
        uint64_t needed = wakes ? needed_for(&self->order, number, later) : 0;
        if (wakes && !(needed & (there->wanted | there->asleep))) want_one_of(there, needed);
    }
}

static int take_new(exhaustive *self, int depth, int thread, step *what) {
    branching *there = &self->path.all[depth];
    step_drop(there->taken);
    there->taken = step_use(what);
    if (want_reversals(self, thread, what)) return -1;
    order_append(&self->order, thread, what);
    want_before_woken(self, depth, what);
    return PyErr_Occurred() ? -1 : 0;
}

int exhaustive_took(exhaustive *self, int thread, PyObject *named) {
    int depth = self->depth++;
    if (thread < 0 || thread >= MOST_THREADS || depth >= self->path.count) {
        PyErr_SetString(PyExc_ValueError, "a step was taken that nobody chose");
        return -1;
    }
    if (depth < self->order.count) { /* repeated: its reversals were found the first time */
        const taken *known = &self->order.taken[depth];
        if (known->thread != thread) return diverged();
        int same = PyObject_RichCompareBool(known->step->named, named, Py_EQ);
        return same > 0 ? 0 : same < 0 ? -1 : diverged();
    }
    step *what = step_new(named);
    if (!what) return -1;
    int failed = take_new(self, depth, thread, what);
    step_drop(what);
    return failed;
}

/* --- where nobody can go on -------------------------------------------------------------------------- */

static int read_thread(PyObject *number) {
    long thread = PyLong_AsLong(number);
    if (thread == -1 && PyErr_Occurred()) return -1;
    if (thread >= 0 && thread < MOST_THREADS) return (int)thread;
    PyErr_Format(PyExc_ValueError, "no thread has number %ld", thread);
    return -1;
}

/* A thread that waits for a lock could have had it before the one that has it, and is perhaps seen to wait
 * only here. */
static int want_before_blocked(exhaustive *self, PyObject *blocked) {
    PyObject *number, *named;
    Py_ssize_t at = 0;
    if (!PyDict_Check(blocked)) {
        PyErr_SetString(PyExc_TypeError, "expected a dict of the steps of blocked threads");
        return -1;
    }
    while (PyDict_Next(blocked, &at, &number, &named)) {
        int thread = read_thread(number);
        step *what = thread < 0 ? NULL : step_new(named);
        int failed = what ? want_reversals(self, thread, what) : -1;
        step_drop(what);
        if (failed) return -1;
    }
    return 0;
}

static PyObject *stuck(exhaustive *self, PyObject *blocked) {
    if (self->depth < self->order.count) Py_RETURN_NONE;
    if (want_before_blocked(self, blocked)) return NULL;
    order_pause(&self->order);
    Py_RETURN_NONE;
}

static PyObject *end(exhaustive *self, PyObject *blocked) {
    if (self->depth < self->path.count) return diverged(), NULL;
    if (want_before_blocked(self, blocked)) return NULL;
    Py_RETURN_NONE;
}

/* --- as Python code calls it ------------------------------------------------------------------------- */

static int read_threads(PyObject *threads, uint64_t *bits) {
    PyObject *iterator = PyObject_GetIter(threads), *each;
    *bits = 0;
    while (iterator && (each = PyIter_Next(iterator))) {
        int thread = read_thread(each);
        Py_DECREF(each);
        if (thread < 0) break;
        *bits |= UINT64_C(1) << thread;
    }
    Py_XDECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *choose(exhaustive *self, PyObject *args) {
    PyObject *threads, *pending;
    long numbered;
    uint64_t enabled;
    if (!PyArg_ParseTuple(args, "OOl", &threads, &pending, &numbered)) return NULL;
    if (read_threads(threads, &enabled)) return NULL;
    int chosen = exhaustive_choose(self, enabled, numbered);
    return chosen < NOBODY ? NULL : PyLong_FromLong(chosen);
}

static PyObject *took(exhaustive *self, PyObject *args) {
    int thread;
    PyObject *named;
    if (!PyArg_ParseTuple(args, "iO", &thread, &named)) return NULL;
    if (exhaustive_took(self, thread, named)) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)begin, METH_NOARGS, "begin(): the next execution; False if there is none left."},
    {"repeat", (PyCFunction)repeat, METH_NOARGS,
     "repeat(): the last execution was given up on its way: the next one is the same again."},
    {"choose", (PyCFunction)choose, METH_VARARGS,
     "choose(enabled, pending, numbered): the thread to go on; -1 if all ends are known."},
    {"took", (PyCFunction)took, METH_VARARGS, "took(thread, step): the chosen thread has taken its step."},
    {"stuck", (PyCFunction)stuck, METH_O, "stuck(blocked): no thread can go on, so time passes."},
    {"end", (PyCFunction)end, METH_O, "end(blocked): the execution has ended."},
    {NULL, NULL, 0, NULL},
};

static PyObject *doubts(exhaustive *self, void *unused) {
    (void)unused;
    return Py_NewRef(self->doubts);
}

static PyGetSetDef attributes[] = {
    {"doubts", (getter)doubts, NULL, "Accesses that raced although not all is known of them.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Runs one execution of each equivalence class; all of them, if asked until the end."},
    {Py_tp_new, make},
    {Py_tp_dealloc, end_of},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "gilscope._explorer.Exhaustive",
    .basicsize = sizeof(exhaustive),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

int exhaustive_publish(PyObject *module) {
    diverged_error = PyErr_NewExceptionWithDoc(
        "gilscope._explorer.DivergedError",
        "The program did not do again what it did before: nothing can be proven about it.", NULL, NULL);
    if (!diverged_error || PyModule_AddObjectRef(module, "DivergedError", diverged_error)) return -1;
    exhaustive_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return exhaustive_type ? PyModule_AddObjectRef(module, "Exhaustive", (PyObject *)exhaustive_type) : -1;
}
