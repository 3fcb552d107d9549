/* What the next instruction will touch: its operands lie on the frame's value stack. */
#include "explore/engine.h"

static PyObject *at(const operation *op, int further) {
    return slot_object(op->frame->localsplus[op->where->slot + further]);
}

/* Those of a dict take its lock more than once. */
static int add_operator(operation *op, PyObject *object, int mode) {
    int since = op->count;
    if (add_content(op, object, mode)) return -1;
    if (PyDict_Check(object)) operation_doubt(op, since, DOUBT_WITHOUT_GIL, "an operator of a dict");
    return 0;
}

static int add_inplace(operation *op) {
    PyObject *changed = at(op, 0), *value = at(op, 1);
    if (!changed || !value) return 0;
    if (add_operator(op, changed, MODE_WRITE)) return -1;
    return nature_of(value) == NATURE_CONTAINER ? add_content(op, value, MODE_READ)
                                                : add_sources(op, value, 0);
}

static void add_builtin(operation *op, PyObject *name) {
    PyObject *builtins = op->frame->f_builtins;
    if (PyDict_Check(builtins)) operation_add(op, builtins, PART_KEY, PyObject_Hash(name), MODE_READ);
}

/* What is not among the globals is looked for among the builtins. */
static int add_global(operation *op) {
    PyObject *globals = op->frame->f_globals, *name = op->where->name;
    operation_add(op, globals, PART_KEY, PyObject_Hash(name), op->where->mode);
    bool is_missing = op->where->mode == MODE_READ && !PyDict_GetItemWithError(globals, name);
    if (PyErr_Occurred()) PyErr_Clear();
    if (is_missing) add_builtin(op, name);
    return 0;
}

/* A name in code of a module, a class or `exec`: of its mapping first. */
static int add_name(operation *op) {
    PyObject *names = op->where->argument >= 0 ? slot_object(op->frame->localsplus[op->where->argument])
                                               : op->frame->f_locals;
    if (names && names != op->frame->f_globals &&
        add_item(op, names, op->where->name, op->where->mode, false))
        return -1;
    if (op->where->mode == MODE_READ || !names || names == op->frame->f_globals) return add_global(op);
    return 0;
}

/* What a relative import asks of its own module. */
static void add_own_package(operation *op) {
    static const char *const texts[] = {"__package__", "__spec__", "__name__", "__path__"};
    static PyObject *names[4];
    for (int i = 0; i < 4; i++) {
        if (!names[i]) names[i] = PyUnicode_InternFromString(texts[i]);
        if (names[i]) operation_add(op, op->frame->f_globals, PART_KEY, PyObject_Hash(names[i]), MODE_READ);
    }
    PyObject *spec = names[1] ? PyDict_GetItemWithError(op->frame->f_globals, names[1]) : NULL;
    if (spec && spec != Py_None) operation_add(op, spec, PART_ALL, 0, MODE_READ);
    PyErr_Clear();
}

/* In full: a relative import counts packages upwards from where it stands. */
static PyObject *imported_name(operation *op) {
    PyObject *name = op->where->name, *level_object = at(op, 0);
    long level = level_object && PyLong_Check(level_object) ? PyLong_AsLong(level_object) : 0;
    PyObject *package = level > 0 ? PyDict_GetItemString(op->frame->f_globals, "__package__") : NULL;
    if (level > 0) add_own_package(op);
    if (!package || !PyUnicode_Check(package)) return Py_NewRef(name);
    Py_ssize_t end = PyUnicode_GET_LENGTH(package);
    for (long i = 1; i < level && end > 0; i++) end = PyUnicode_FindChar(package, '.', 0, end, -1);
    if (end <= 0) return Py_NewRef(name);
    PyObject *parent = PyUnicode_Substring(package, 0, end);
    if (!parent || !PyUnicode_GET_LENGTH(name)) return parent;
    PyObject *full = PyUnicode_FromFormat("%U.%U", parent, name);
    Py_DECREF(parent);
    return full;
}

static int add_looked_up(operation *op, PyObject *modules, PyObject *name) {
    operation_add(op, modules, PART_KEY, PyObject_Hash(name), MODE_READ);
    if (!PyDict_GetItemWithError(modules, name)) operation_unknown(op, "the import of %U", name);
    return PyErr_Occurred() ? -1 : 0;
}

/* A module that is there is only looked up, with the package that `import a.b` gives. */
int add_imported(operation *op, PyObject *name) {
    PyObject *modules = PyImport_GetModuleDict();
    if (!modules || !PyUnicode_Check(name)) {
        operation_unknown(op, "an import");
        return 0;
    }
    Py_ssize_t end = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    PyObject *first = end > 0 ? PyUnicode_Substring(name, 0, end) : NULL;
    int failed = end > 0 && (!first || add_looked_up(op, modules, first));
    Py_XDECREF(first);
    return failed || add_looked_up(op, modules, name) ? -1 : 0;
}

static int add_import(operation *op) {
    PyObject *name = imported_name(op);
    int failed = name ? add_imported(op, name) : -1;
    Py_XDECREF(name);
    return failed;
}

/* Of an instruction with several operands that are treated alike. */
static int add_each(operation *op) {
    for (int i = 0; i < op->where->argument; i++) {
        PyObject *object = at(op, i);
        if (!object) continue;
        if (op->where->kind == SITE_DEEP ? add_deep(op, object, 0) : add_operator(op, object, MODE_READ))
            return -1;
    }
    return 0;
}

/* An exception that is raised gets a traceback, a context and a cause; a class makes a new one. */
int add_raised(operation *op, PyObject *raised) {
    static const char *const texts[] = {"__traceback__", "__context__", "__cause__", "__suppress_context__"};
    static PyObject *names[4];
    if (PyType_Check(raised)) return add_call_of(op, raised, NULL, NULL, 0, NULL);
    if (!PyExceptionInstance_Check(raised)) return 0;
    for (int i = 0; i < 4; i++) {
        if (!names[i]) names[i] = PyUnicode_InternFromString(texts[i]);
        if (!names[i]) return -1;
        operation_add(op, raised, PART_KEY, PyObject_Hash(names[i]), MODE_WRITE);
    }
    return 0;
}

static int add_raise(operation *op) {
    for (int i = 0; i < op->where->argument; i++)
        if (at(op, i) && add_raised(op, at(op, i))) return -1;
    return 0;
}

static int add_keys_pattern(operation *op, PyObject *subject, PyObject *keys) {
    if (!keys || !PyTuple_Check(keys)) return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++)
        if (add_item(op, subject, PyTuple_GET_ITEM(keys, i), MODE_READ, false)) return -1;
    return 0;
}

/* Coroutines and asynchronous generators are Python code, seen as it runs. */
static int add_awaited(operation *op, PyObject *object) {
    if (nature_of(object) == NATURE_FOREIGN || is_odd(Py_TYPE(object)))
        return add_foreign(op, object, "__await__");
    if (nature_of(object) == NATURE_GENERATOR) operation_add(op, object, PART_SHAPE, 0, MODE_WRITE);
    return 0;
}

/* A context manager or the function that leaves it: only those in C matter, Python's are seen. */
static int add_manager(operation *op, const char *method) {
    PyObject *object = at(op, 0);
    if (!object) return 0;
    if (op->where->kind == SITE_LEAVE) {
        PyObject *self = op->where->argument ? at(op, 1) : NULL;
        return add_call_of(op, object, self, NULL, 0, NULL);
    }
    PyObject *name = PyUnicode_InternFromString(method);
    PyObject *found = name ? _PyType_Lookup(Py_TYPE(object), name) : NULL;
    Py_XDECREF(name);
    return found ? add_call_of(op, found, object, NULL, 0, NULL) : 0;
}

/* A generator is busy from its resumption, which is an access of its iteration, until it is left. */
static int add_generator(operation *op) {
    if (op->frame->owner != FRAME_OWNED_BY_GENERATOR) return 0;
    char *generator = (char *)op->frame - offsetof(PyGenObject, gi_iframe);
    operation_add(op, (PyObject *)generator, PART_SHAPE, 0, MODE_WRITE);
    return 0;
}

/* A loop makes an iterator first, which looks at its object without going through it. */
static int add_source(operation *op, PyObject *object) {
    int since = op->count;
    if (op->where->argument == SOURCE_LATER && nature_of(object) == NATURE_CONTAINER) {
        operation_add(op, object, PART_ALL, 0, MODE_READ);
        return 0;
    }
    bool is_iterator = nature_of(object) == NATURE_ITERATOR || nature_of(object) == NATURE_GENERATOR;
    if (op->where->argument == SOURCE_LATER && is_iterator) return 0;
    if (add_sources(op, object, 0)) return -1;
    if (op->where->argument == SOURCE_BY_STEPS && !PyList_CheckExact(object))
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "unpacking a %s", Py_TYPE(object)->tp_name);
    return 0;
}

/* `x[a:b]`, and what is assigned to it. */
static int add_slice(operation *op, PyObject *container) {
    static PyObject *slice; /* any: a slice touches everything */
    if (!slice) slice = PySlice_New(NULL, NULL, NULL);
    if (!slice || add_item(op, container, slice, op->where->mode, false)) return -1;
    return op->where->mode == MODE_WRITE ? add_assigned(op, slice, at(op, -1)) : 0;
}

static int add_subscript(operation *op, PyObject *container, PyObject *key) {
    bool removes = op->where->argument;
    if (!key || add_item(op, container, key, op->where->mode, removes)) return key ? -1 : 0;
    return op->where->mode == MODE_WRITE && !removes ? add_assigned(op, key, at(op, -1)) : 0;
}

int find_accesses(operation *op) {
    const site *where = op->where;
    PyObject *first = where->slot >= 0 ? at(op, 0) : NULL;
    switch (where->kind) {
    case SITE_GLOBAL: return add_global(op);
    case SITE_IMPORT: return add_import(op);
    case SITE_CALL:
    case SITE_CALL_EX: return add_call(op);
    case SITE_DEEP:
    case SITE_NUMBER: return add_each(op);
    case SITE_NAME: return add_name(op);
    case SITE_RAISE: return add_raise(op);
    case SITE_UNKNOWN: operation_unknown(op, "%U", where->name); return 0;
    case SITE_RETURN: return 0;
    case SITE_GENERATOR: return add_generator(op);
    case SITE_FOREIGN: operation_unknown(op, "%U", where->name); return 0;
    case SITE_ENTER:
    case SITE_LEAVE: return add_manager(op, "__enter__");
    default: break;
    }
    if (!first) return 0;
    switch (where->kind) {
    case SITE_ATTRIBUTE: return add_attribute(op, first, where->name, where->mode);
    case SITE_CELL: operation_add(op, first, PART_SHAPE, 0, where->mode); return 0;
    case SITE_ITEM: return add_subscript(op, first, at(op, 1));
    case SITE_SLICE: return add_slice(op, first);
    case SITE_MEMBER: return at(op, 1) ? add_member(op, first, at(op, 1)) : 0;
    case SITE_TRUTH: return add_shape(op, first);
    case SITE_SOURCE: return add_source(op, first);
    case SITE_SUPER: return add_class_attribute(op, where->name, MODE_READ);
    case SITE_CLASS_PATTERN: return add_class_pattern(op, first, at(op, 1), at(op, 2), where->argument);
    case SITE_KEYS_PATTERN: return add_keys_pattern(op, first, at(op, 1));
    case SITE_AWAIT: return add_awaited(op, first);
    case SITE_IMPORTED: return add_imported(op, first);
    case SITE_INPLACE: return add_inplace(op);
    case SITE_NEXT: return add_next(op, first);
    default: return 0;
    }
}
