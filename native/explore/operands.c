/* What the next instruction will touch: its operands lie on the frame's value stack. */
#include "explore/engine.h"

static PyObject *at(const operation *op, int further) {
    return slot_object(op->frame->localsplus[op->where->slot + further]);
}

static int add_inplace(operation *op) {
    PyObject *changed = at(op, 0), *value = at(op, 1);
    if (!changed || !value) return 0;
    if (is_container(changed)) operation_add(op, changed, PART_ALL, 0, MODE_WRITE);
    return add_sources(op, value, 0);
}

static int add_global(operation *op) {
    PyObject *globals = op->frame->f_globals;
    operation_add(op, globals, PART_KEY, PyObject_Hash(op->where->name), op->where->mode);
    return 0;
}

static int add_import(operation *op) {
    PyObject *modules = PyImport_GetModuleDict();
    if (!modules || !PyDict_GetItemWithError(modules, op->where->name))
        operation_unknown(op, "import %U", op->where->name);
    return PyErr_Occurred() ? -1 : 0;
}

static int add_all_deep(operation *op) {
    for (int i = 0; i < op->where->argument; i++) {
        PyObject *object = at(op, i);
        if (object && add_deep(op, object, 0)) return -1;
    }
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

int find_accesses(operation *op) {
    const site *where = op->where;
    PyObject *first = where->slot >= 0 ? at(op, 0) : NULL;
    switch (where->kind) {
    case SITE_GLOBAL: return add_global(op);
    case SITE_IMPORT: return add_import(op);
    case SITE_CALL:
    case SITE_CALL_EX: return add_call(op);
    case SITE_DEEP: return add_all_deep(op);
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
    case SITE_ITEM: return at(op, 1) ? add_item(op, first, at(op, 1), where->mode, where->argument) : 0;
    case SITE_SLICE:
        if (is_container(first)) operation_add(op, first, PART_ALL, 0, where->mode);
        return 0;
    case SITE_MEMBER: return at(op, 1) ? add_member(op, first, at(op, 1)) : 0;
    case SITE_TRUTH: add_shape(op, first); return 0;
    case SITE_SOURCE: return add_sources(op, first, 0);
    case SITE_INPLACE: return add_inplace(op);
    case SITE_NEXT: return add_next(op, first);
    default: return 0;
    }
}
