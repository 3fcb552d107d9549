/* What is not known, and where that matters.
 *
 * An access in doubt that races with another thread's is a reason against a proof. One that does not
 * costs nothing: either only one thread knows of what it touches, or a lock keeps the others away. */
#include "explore/engine.h"

enum { MOST_REACHED = 64 };

static PyObject *names; /* set: keeps the names of what is in doubt */

static PyObject *kept_name(PyObject *name) {
    if (!names) names = PySet_New(NULL);
    if (!name || !names) return NULL;
    PyObject *known = PyUnicode_FromObject(name);
    if (known) PyUnicode_InternInPlace(&known);
    if (known && PySet_Add(names, known)) PyErr_Clear();
    Py_XDECREF(known); /* the set keeps it */
    return known;
}

static PyObject *note_of(const site *where, PyObject *name, enum doubt doubt) {
    if (where->kind == SITE_FOREIGN) return Py_BuildValue("iOOi", where->argument, name, Py_None, 0);
    int kind = doubt == DOUBT_WITHOUT_GIL ? UNKNOWN_ATOMICITY : UNKNOWN_EFFECTS;
    if (!where->code) return Py_BuildValue("iOOi", kind, name, Py_None, 0);
    int line = PyCode_Addr2Line(where->code, where->offset);
    return Py_BuildValue("iOOi", kind, name, where->code->co_filename, line);
}

void report_doubt(const site *where, PyObject *name, enum doubt doubt) {
    PyObject *note = note_of(where, name, doubt);
    if (!note || PySet_Add(the_engine.unknown, note)) PyErr_Clear();
    Py_XDECREF(note);
}

/* The answer is another in each execution, whatever threads do. */
int report_unrepeatable(PyObject *name) {
    PyObject *note = Py_BuildValue("iOOi", UNKNOWN_ANSWER, name, Py_None, 0);
    int failed = note ? PySet_Add(the_engine.unknown, note) : -1;
    Py_XDECREF(note);
    return failed;
}

/* Remember what an access in doubt is, for when the search sees that it races. */
int keep_doubt(const site *where, PyObject *access, const touched *what) {
    PyObject *note = note_of(where, what->name, (enum doubt)what->doubt);
    int failed = note ? PyDict_SetItem(the_engine.doubts, access, note) : -1;
    Py_XDECREF(note);
    return failed;
}

/* Nothing can be proven about a program that does this while another thread lives. */
void operation_unknown(const operation *op, const char *format, ...) {
    if (!the_engine.concurrent || the_engine.aborting || is_alone(current_thread)) return;
    va_list values;
    va_start(values, format);
    PyObject *name = PyUnicode_FromFormatV(format, values);
    va_end(values);
    if (name) report_doubt(op->where, name, DOUBT_ALWAYS);
    else PyErr_Clear();
    Py_XDECREF(name);
}

/* The accesses that were added last, from `since` on, are in doubt. */
void operation_doubt(operation *op, int since, enum doubt doubt, const char *format, ...) {
    if (since >= op->count || !the_engine.concurrent) return;
    va_list values;
    va_start(values, format);
    PyObject *made = PyUnicode_FromFormatV(format, values);
    va_end(values);
    PyObject *name = kept_name(made);
    Py_XDECREF(made);
    if (!name) {
        PyErr_Clear();
        operation_unknown(op, "an operation that could not be named");
        return;
    }
    for (int i = since; i < op->count; i++) {
        touched *each = &op->accesses[i];
        if (each->doubt >= (uint8_t)doubt) continue;
        each->doubt = (uint8_t)doubt;
        each->name = name;
    }
}

/* They are known to be atomic after all. */
void operation_sure(operation *op, int since) {
    for (int i = since; i < op->count; i++)
        if (op->accesses[i].doubt == DOUBT_WITHOUT_GIL) op->accesses[i].doubt = DOUBT_NONE;
}

/* Files, the environment, the process: what functions in C reach that is no object of Python's. */
PyObject *the_outside(void) {
    static PyObject *outside;
    if (!outside) outside = PyUnicode_FromString("outside of Python's objects");
    return outside;
}

void add_outside(operation *op, int mode) { operation_add(op, the_outside(), PART_SHAPE, 0, mode); }

/* All clocks go alike. What the library does with a time, such as to wait until then, counts apart. */
void add_look(operation *op) {
    static PyObject *clock;
    if (!the_engine.looks_count || !(op->where->flags & SITE_OF_USER)) return;
    if (!clock) clock = PyUnicode_FromString("the clock");
    if (clock) operation_add(op, clock, PART_SHAPE, 0, MODE_WRITE);
    else PyErr_Clear();
}

/* --- everything that an object leads to ------------------------------------------------------- */

typedef struct reached {
    operation *op;
    int count;
    bool too_many;
    PyObject *objects[MOST_REACHED];
} reached;

static int reach(PyObject *object, void *passed) {
    reached *all = passed;
    if (!object || nature_of(object) == NATURE_LEAF) return 0;
    /* Code is seen as it runs, and what is set on classes is noted by name. */
    if (PyType_Check(object) || PyFunction_Check(object) || PyCode_Check(object)) return 0;
    for (int i = 0; i < all->count; i++)
        if (all->objects[i] == object) return 0;
    if (all->count == MOST_REACHED) {
        all->too_many = true;
        return 1;
    }
    all->objects[all->count++] = object;
    return 0;
}

static bool is_lock(PyObject *object) {
    const char *name = Py_TYPE(object)->tp_name;
    return !strcmp(name, "_thread.lock") || !strcmp(name, "_thread.RLock");
}

int add_reach(operation *op, PyObject *object, PyObject *name) {
    reached all = {op, 0, false, {NULL}};
    int since = op->count;
    reach(object, &all);
    for (int i = 0; i < all.count && !all.too_many; i++) {
        PyObject *each = all.objects[i];
        traverseproc traverse = Py_TYPE(each)->tp_traverse;
        if (is_lock(each)) all.too_many = true; /* whoever waits for it is not seen */
        if (nature_of(each) != NATURE_HOLDER) operation_add(op, each, PART_ALL, 0, MODE_WRITE);
        if (traverse && PyObject_IS_GC(each)) traverse(each, reach, &all);
        if (PyWeakref_Check(each)) reach(weakly_referenced(each), &all);
    }
    if (all.too_many) operation_unknown(op, "%U", name);
    operation_doubt(op, since, DOUBT_ALWAYS, "%U", name);
    return 0;
}

/* Something of an unknown type is worked on, by code that is not seen. */
int add_foreign(operation *op, PyObject *object, const char *what) {
    if (!the_engine.concurrent) return 0;
    PyObject *name = PyUnicode_FromFormat("%s.%s", Py_TYPE(object)->tp_name, what);
    if (!name) return -1;
    int since = op->count;
    add_outside(op, MODE_WRITE);
    operation_doubt(op, since, DOUBT_ALWAYS, "%U", name);
    int failed = add_reach(op, object, name);
    Py_DECREF(name);
    return failed;
}
