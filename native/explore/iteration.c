/* What going through an object reads, and what an iterator does with each step. */
#include "explore/models.h"

enum { MOST_DEPTH = 12 };

typedef struct visit {
    operation *op;
    int depth;
    bool is_view;
    bool calls_c; /* with what it goes through */
    PyTypeObject *own; /* not visited yet; a type on the heap is visited by its instances */
} visit;

/* Functions that an iterator calls: of `map`, `filter`, and those of itertools. */
static bool is_called(PyObject *object) { return PyCallable_Check(object) && !Py_TYPE(object)->tp_iternext; }

static int visit_referent(PyObject *object, void *passed) {
    visit *walk = passed;
    if (!object || nature_of(object) == NATURE_LEAF) return 0;
    if (object == (PyObject *)walk->own) { /* once: `map` may be given itself */
        walk->own = NULL;
        return 0;
    }
    if (!walk->is_view && is_called(object)) {
        walk->calls_c = walk->calls_c || !(PyFunction_Check(object) || PyMethod_Check(object));
        return add_callback(walk->op, object, NULL);
    }
    if (PyType_Check(object) || PyFunction_Check(object)) return 0;
    /* A C iterator holds what it goes through, and what it has taken from it: that is only kept. */
    if (PyTuple_Check(object) && !walk->is_view) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); i++)
            if (Py_TYPE(PyTuple_GET_ITEM(object, i))->tp_iternext &&
                add_sources(walk->op, PyTuple_GET_ITEM(object, i), walk->depth + 1))
                return -1;
        return 0;
    }
    return add_sources(walk->op, object, walk->depth + 1);
}

/* What a function in C is given by an iterator. */
static int visit_given(PyObject *object, void *passed) {
    visit *walk = passed;
    if (!object || PyType_Check(object) || PyFunction_Check(object)) return 0;
    switch (nature_of(object)) {
    case NATURE_LEAF:
    case NATURE_KNOWN: return 0;
    case NATURE_ITERATOR:
    case NATURE_VIEW:
        return PyObject_IS_GC(object) ? Py_TYPE(object)->tp_traverse(object, visit_given, walk) : 0;
    case NATURE_CONTAINER:
    case NATURE_HOLDER: return add_deep(walk->op, object, 0);
    default: operation_unknown(walk->op, "a function in C that is given what a generator yields"); return 0;
    }
}

static int add_through(operation *op, PyObject *object, int depth) {
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    PyTypeObject *own = PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE) ? Py_TYPE(object) : NULL;
    visit walk = {op, depth, nature_of(object) == NATURE_VIEW, false, own};
    bool leads_on = traverse && PyObject_IS_GC(object);
    int failed = leads_on ? traverse(object, visit_referent, &walk) : 0;
    return !failed && walk.calls_c ? traverse(object, visit_given, &walk) : failed;
}

static void doubt_steps(operation *op, int since, PyObject *object) {
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "going through a %s", Py_TYPE(object)->tp_name);
}

/* The containers that going through an object reads: itself, or what an iterator or view stands for.
 * A C iterator tells the garbage collector what it goes through. It is used up by that. */
int add_sources(operation *op, PyObject *object, int depth) {
    int since = op->count, failed = 0;
    if (depth > MOST_DEPTH) {
        operation_unknown(op, "iterators over iterators, too deep");
        return 0;
    }
    switch (nature_of(object)) {
    case NATURE_CONTAINER:
        operation_add(op, object, PART_ALL, 0, MODE_READ);
        if (!is_read_at_once(object)) doubt_steps(op, since, object);
        return 0;
    case NATURE_VIEW:
    case NATURE_ITERATOR:
        failed = nature_of(object) == NATURE_VIEW ? add_through(op, object, depth) : add_next(op, object);
        doubt_steps(op, since, object);
        return failed;
    case NATURE_GENERATOR: operation_add(op, object, PART_SHAPE, 0, MODE_WRITE); return 0;
    case NATURE_FOREIGN: return Py_TYPE(object)->tp_iter ? add_foreign(op, object, "__iter__") : 0;
    default: return is_odd(Py_TYPE(object)) ? add_foreign(op, object, "__iter__") : 0;
    }
}

/* Takes one step of one iterator for each of its own; CPython locks a container for that. */
static bool is_single_step(PyObject *iterator) {
    const char *name = Py_TYPE(iterator)->tp_name;
    size_t length = strlen(name);
    return (length > 8 && !strcmp(name + length - 8, "iterator")) || !strcmp(name, "enumerate") ||
           !strcmp(name, "map") || !strcmp(name, "reversed") || !strcmp(name, "zip");
}

/* A step of an iterator: it changes, and reads what it goes through. */
int add_next(operation *op, PyObject *iterator) {
    int since = op->count, failed = 0;
    switch (nature_of(iterator)) {
    case NATURE_ITERATOR:
        operation_add(op, iterator, PART_SHAPE, 0, MODE_WRITE);
        if (!strcmp(Py_TYPE(iterator)->tp_name, "itertools.count")) return 0; /* it alone is atomic */
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "%s", Py_TYPE(iterator)->tp_name);
        failed = add_through(op, iterator, 0);
        if (!is_single_step(iterator) || op->count > since + 2) doubt_steps(op, since, iterator);
        return failed;
    case NATURE_GENERATOR: operation_add(op, iterator, PART_SHAPE, 0, MODE_WRITE); return 0;
    /* From 3.15 on, a loop over a list keeps the list itself, and its position apart. */
    case NATURE_CONTAINER: operation_add(op, iterator, PART_ALL, 0, MODE_READ); return 0;
    case NATURE_VIEW: return add_through(op, iterator, 0);
    case NATURE_FOREIGN: return add_foreign(op, iterator, "__next__");
    default: return is_odd(Py_TYPE(iterator)) ? add_foreign(op, iterator, "__next__") : 0;
    }
}

/* By its identity, or as a number, a text, ... */
static bool is_compared_by_c(PyObject *item) {
    return is_plain_key(item) || Py_TYPE(item)->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

static int visit_searched(PyObject *item, void *passed) {
    bool *is_plain = passed;
    *is_plain = *is_plain && is_compared_by_c(item);
    return !*is_plain;
}

/* A deque is locked while it is searched, and comparing items such as these runs no code that could let go
 * of that (Modules/_collectionsmodule.c, deque_contains, deque_remove, ...). */
static bool is_searched_at_once(PyObject *container, PyObject *wanted) {
    bool is_plain = wanted && is_compared_by_c(wanted);
    if (strcmp(Py_TYPE(container)->tp_name, "collections.deque") != 0 || is_python_class(Py_TYPE(container)))
        return false;
    if (is_plain) Py_TYPE(container)->tp_traverse(container, visit_searched, &is_plain);
    return is_plain;
}

/* It is gone through until an item equals what is looked for. */
int add_searched(operation *op, PyObject *container, PyObject *wanted, int mode) {
    int since = op->count;
    operation_add(op, container, PART_ALL, 0, mode);
    if (is_searched_at_once(container, wanted)) return 0;
    if (add_deep(op, container, 0) || (wanted && add_deep(op, wanted, 0))) return -1;
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "searching a %s", Py_TYPE(container)->tp_name);
    return 0;
}

int add_member(operation *op, PyObject *key, PyObject *container) {
    int since = op->count;
    if (PyFrozenSet_CheckExact(container)) return 0;
    if (PyDict_Check(container) || PyAnySet_Check(container))
        return add_key(op, container, key, MODE_READ, false);
    if (PyTuple_Check(container)) return add_deep(op, container, 0);
    if (nature_of(container) == NATURE_CONTAINER) {
        if (is_searched_at_once(container, key)) return add_searched(op, container, key, MODE_READ);
        if (add_deep(op, container, 0)) return -1;
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "%s.__contains__", Py_TYPE(container)->tp_name);
        return 0;
    }
    return add_sources(op, container, 0);
}
