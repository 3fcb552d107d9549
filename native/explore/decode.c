/* The instructions of a code object, and how deep the value stack is before each: asked of all code that
 * an exploration meets, while its test waits. Python code says what it knows of each opcode
 * (gilscope.explore.bytecode.stackdepth). */
#include "explore/engine.h"

enum { CACHES = 31, JUMPS = 32, BACKWARD = 64, ENDS = 128 }; /* of an entry of `kinds` */

/* What an instruction does to the depth, where the compiler's own books are not the truth. */
enum { AS_COMPILED, EXTENDS, STAYS, GROWS, TAKES_ARGUMENTS };

typedef struct unit {
    int32_t argument, depth; /* depth: -1 where it is not known, or nothing ever comes there */
    bool begins;             /* an instruction */
} unit;

typedef struct task {
    Py_ssize_t at; /* in units */
    int32_t depth;
} task;

typedef struct decoder {
    const uint8_t *raw, *kinds, *effects;
    Py_ssize_t count; /* of units */
    unit *units;
    task *tasks; /* at most one for each unit, and for each handler */
    Py_ssize_t left;
    int first_with_argument;
} decoder;

static void decode(decoder *d) {
    int32_t extended = 0;
    for (Py_ssize_t at = 0; at < d->count; at++) d->units[at] = (unit){0, -1, false};
    for (Py_ssize_t at = 0; at < d->count; at += 1 + (d->kinds[d->raw[2 * at]] & CACHES)) {
        uint8_t opcode = d->raw[2 * at];
        int32_t argument = d->raw[2 * at + 1] | extended;
        d->units[at].argument = argument;
        d->units[at].begins = true;
        extended = d->effects[opcode] == EXTENDS ? (int32_t)((uint32_t)argument << 8) : 0;
    }
}

/* -1 with an exception: CPython knows no such instruction. */
static int add_effect(const decoder *d, Py_ssize_t at, int jumps, int32_t *depth) {
    int opcode = d->raw[2 * at], effect;
    switch (d->effects[opcode]) {
    case STAYS: return 0;
    case GROWS: *depth += 1; return 0;
    case TAKES_ARGUMENTS: *depth -= 1 + d->units[at].argument; return 0;
    default:
        effect = PyCompile_OpcodeStackEffectWithJump(opcode,
                                                     opcode < d->first_with_argument ? 0
                                                                                     : d->units[at].argument,
                                                     jumps);
    }
    if (effect == PY_INVALID_STACK_EFFECT) {
        PyErr_Format(PyExc_ValueError, "no instruction has opcode %d", opcode);
        return -1;
    }
    *depth += effect;
    return 0;
}

static Py_ssize_t target_of(const decoder *d, Py_ssize_t at) {
    uint8_t kind = d->kinds[d->raw[2 * at]];
    Py_ssize_t distance = d->units[at].argument;
    return at + 1 + (kind & CACHES) + (kind & BACKWARD ? -distance : distance);
}

/* From one instruction on, as far as it goes straight on. */
static int follow(decoder *d, task from) {
    Py_ssize_t at = from.at;
    int32_t depth = from.depth;
    if (at < 0 || at >= d->count || !d->units[at].begins) {
        PyErr_Format(PyExc_ValueError, "no instruction begins at offset %zd", 2 * at);
        return -1;
    }
    while (at < d->count && d->units[at].depth < 0) {
        uint8_t kind = d->kinds[d->raw[2 * at]];
        d->units[at].depth = depth;
        if (kind & JUMPS) {
            task there = {target_of(d, at), depth};
            if (add_effect(d, at, 1, &there.depth)) return -1;
            d->tasks[d->left++] = there;
        }
        if (kind & ENDS) return 0;
        if (add_effect(d, at, 0, &depth)) return -1;
        at += 1 + (kind & CACHES);
    }
    return 0;
}

/* A table of exceptions: numbers of six bits a byte, of which each but the last is marked. */
typedef struct table_reader {
    const uint8_t *at, *end;
} table_reader;

/* -1 where the table ends. */
static int32_t next_number(table_reader *from) {
    int32_t number = 0;
    while (from->at < from->end) {
        uint8_t byte = *from->at++;
        number = (int32_t)((uint32_t)number << 6) | (byte & 63);
        if (!(byte & 64)) return number;
    }
    return -1;
}

/* Where an exception is caught, the stack is cut to the depth of the try block; an exception is pushed, and before
 * it, where the entry says so, the instruction that raised it. */
static void push_handlers(decoder *d, table_reader table) {
    while (next_number(&table) >= 0) { /* where the block begins */
        next_number(&table);           /* how long it is */
        int32_t target = next_number(&table), depth = next_number(&table);
        if (depth >= 0) d->tasks[d->left++] = (task){target, (depth >> 1) + (depth & 1) + 1};
    }
}

static PyObject *listed(const decoder *d) {
    PyObject *found = PyList_New(0);
    for (Py_ssize_t at = 0; found && at < d->count; at++) {
        const unit *each = &d->units[at];
        if (!each->begins) continue;
        PyObject *row = Py_BuildValue("niii", 2 * at, d->raw[2 * at], each->argument, each->depth);
        if (!row || PyList_Append(found, row)) Py_CLEAR(found);
        Py_XDECREF(row);
    }
    return found;
}

static PyObject *depths(decoder *d, table_reader handlers) {
    d->tasks[d->left++] = (task){0, 0};
    push_handlers(d, handlers);
    int failed = 0;
    while (!failed && d->left) failed = follow(d, d->tasks[--d->left]);
    return failed ? NULL : listed(d);
}

static PyObject *decoded(PyObject *module, PyObject *args) {
    (void)module;
    decoder d = {0};
    PyObject *raw, *kinds, *effects, *handlers;
    if (!PyArg_ParseTuple(args, "SSSSi", &raw, &kinds, &effects, &handlers, &d.first_with_argument))
        return NULL;
    if (PyBytes_GET_SIZE(kinds) != 256 || PyBytes_GET_SIZE(effects) != 256) {
        PyErr_SetString(PyExc_ValueError, "there are 256 opcodes");
        return NULL;
    }
    d.raw = (const uint8_t *)PyBytes_AS_STRING(raw);
    d.kinds = (const uint8_t *)PyBytes_AS_STRING(kinds);
    d.effects = (const uint8_t *)PyBytes_AS_STRING(effects);
    d.count = PyBytes_GET_SIZE(raw) / 2;
    table_reader table = {.at = (const uint8_t *)PyBytes_AS_STRING(handlers)};
    table.end = table.at + PyBytes_GET_SIZE(handlers);
    size_t tasks = (size_t)(d.count + PyBytes_GET_SIZE(handlers) + 1); /* an entry has four bytes and more */
    d.units = PyMem_Calloc((size_t)d.count + 1, sizeof *d.units);
    d.tasks = PyMem_Calloc(tasks, sizeof *d.tasks);
    PyObject *found = NULL;
    if (d.units && d.tasks) {
        decode(&d);
        found = depths(&d, table);
    } else PyErr_NoMemory();
    PyMem_Free(d.units);
    PyMem_Free(d.tasks);
    return found;
}

PyMethodDef decode_methods[] = {
    {"decoded", decoded, METH_VARARGS,
     "decoded(raw, kinds, effects, handlers, first_with_argument): of each instruction its offset, opcode, "
     "argument, and how many objects are on the value stack before it; -1 where nothing ever comes."},
    {NULL, NULL, 0, NULL},
};
