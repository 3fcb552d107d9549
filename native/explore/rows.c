/* What the instructions of a code object touch, and where their operands lie: asked of all code that an
 * exploration meets, while its test waits. Python code says it of each instruction by its opcode and argument,
 * once in a process (gilscope.explore.bytecode.instructions). */
#include "explore/engine.h"

/* Of opcodes. */
enum mark { EXTENDS = 1, NAMES_KEYWORDS = 2, ENDS_KEYWORDS = 4, LEAVES = 8, RESUMES = 16 };
enum { NO_NAME = -1, KEYWORDS = -2 };
/* Arguments of a RESUME: where code begins; from which on it does not look. */
enum { AT_BEGIN = 0, RESUMED_FROM_AWAIT = 2 };

typedef struct reader {
    const uint8_t *marks;
    PyObject *shapes, *shape_of; /* dict: opcode and argument -> shape or None; what says it */
    PyObject *names, *constants; /* of the code */
    int first_slot, leaves;      /* of its value stack; kind of what leaves it */
    int flags;                   /* of each row */
    bool joins_extended;         /* an instruction begins with its extended arguments */
    PyObject *rows, *keywords;   /* keywords: borrowed from the constants */
    int resumed;                 /* flags, by the instruction before */
    int extended;                /* where the extended arguments of this one begin; -1 */
} reader;

typedef struct instruction {
    int begins, opcode, argument, depth;
} instruction;

/* As gilscope.explore.bytecode.instructions.Shape. */
typedef struct shape {
    int kind, mode, depth, local, argument, below, flags, name_index;
    PyObject *name;
} shape;

/* Borrowed; NULL with an exception. */
static PyObject *shape_of(const reader *r, const instruction *at) {
    PyObject *key = PyLong_FromLongLong(((long long)at->argument << 8) | at->opcode);
    PyObject *known = key ? PyDict_GetItemWithError(r->shapes, key) : NULL;
    if (!known && key && !PyErr_Occurred()) {
        PyObject *found = PyObject_CallFunction(r->shape_of, "ii", at->opcode, at->argument);
        if (found && !PyDict_SetItem(r->shapes, key, found)) known = found;
        Py_XDECREF(found); /* the dict keeps it */
    }
    Py_XDECREF(key);
    return known;
}

static PyObject *name_of(const reader *r, const shape *what) {
    if (what->name_index == KEYWORDS) return r->keywords;
    if (what->name_index == NO_NAME) return what->name;
    if (what->name_index >= 0 && what->name_index < PyTuple_GET_SIZE(r->names))
        return PyTuple_GET_ITEM(r->names, what->name_index);
    PyErr_SetString(PyExc_IndexError, "an instruction names what its code does not");
    return NULL;
}

static int append(reader *r, PyObject *row) {
    int failed = row ? PyList_Append(r->rows, row) : -1;
    Py_XDECREF(row);
    return failed;
}

static int append_shaped(reader *r, int offset, int top, PyObject *given, int flags) {
    shape what;
    if (!PyArg_ParseTuple(given, "iiiiiiiiO", &what.kind, &what.mode, &what.depth, &what.local,
                          &what.argument, &what.below, &what.flags, &what.name_index, &what.name))
        return -1;
    PyObject *name = name_of(r, &what);
    if (!name) return -1;
    int slot = what.depth >= 0 ? top - what.depth : what.local;
    int argument = what.below ? top - what.below : what.argument;
    return append(r, Py_BuildValue("iiiiiiO", offset, what.kind, what.mode, slot, argument,
                                   what.flags | flags, name));
}

static int append_row(reader *r, const instruction *at, int offset) {
    int flags = r->flags | r->resumed;
    if (r->marks[at->opcode] & LEAVES)
        return append(r, Py_BuildValue("iiiiiiO", offset, r->leaves, MODE_WRITE, -1, 0, flags, Py_None));
    PyObject *given = shape_of(r, at);
    if (!given) return -1;
    if (given != Py_None) return append_shaped(r, offset, r->first_slot + at->depth, given, flags);
    if (!r->resumed) return 0;
    return append(r, Py_BuildValue("iiiiiiO", offset, SITE_PASS, MODE_READ, -1, 0, flags, Py_None));
}

/* Flags of what follows a RESUME. */
static int resumed(int reason) {
    if (reason == AT_BEGIN) return SITE_CHECKS_BEFORE | SITE_BEGINS;
    return reason < RESUMED_FROM_AWAIT ? SITE_CHECKS_BEFORE : 0;
}

static int read_instruction(reader *r, const instruction *at) {
    uint8_t marks = r->marks[at->opcode];
    if (marks & EXTENDS) {
        if (r->extended < 0) r->extended = at->begins;
        return 0;
    }
    if (marks & NAMES_KEYWORDS) r->keywords = PyTuple_GetItem(r->constants, at->argument);
    if (!r->keywords) return -1;
    int offset = r->extended >= 0 && r->joins_extended ? r->extended : at->begins;
    r->extended = -1;
    if (at->depth < 0) return 0;
    if (append_row(r, at, offset)) return -1;
    r->resumed = marks & RESUMES ? resumed(at->argument & 3) : 0;
    if (marks & ENDS_KEYWORDS) r->keywords = Py_None;
    return 0;
}

static PyObject *rows(PyObject *module, PyObject *args) {
    (void)module;
    reader r = {.keywords = Py_None, .extended = -1};
    PyObject *decoded, *marks;
    int joins_extended;
    if (!PyArg_ParseTuple(args, "O!SO!OO!O!iiip", &PyList_Type, &decoded, &marks, &PyDict_Type, &r.shapes,
                          &r.shape_of, &PyTuple_Type, &r.names, &PyTuple_Type, &r.constants, &r.first_slot,
                          &r.leaves, &r.flags, &joins_extended))
        return NULL;
    if (PyBytes_GET_SIZE(marks) != 256) {
        PyErr_SetString(PyExc_ValueError, "there are 256 opcodes");
        return NULL;
    }
    r.marks = (const uint8_t *)PyBytes_AS_STRING(marks);
    r.joins_extended = joins_extended;
    r.rows = PyList_New(0);
    int failed = r.rows ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(decoded); i++) {
        instruction at;
        failed = !PyArg_ParseTuple(PyList_GET_ITEM(decoded, i), "iiii", &at.begins, &at.opcode, &at.argument,
                                   &at.depth) ||
                 at.opcode < 0 || at.opcode > 255 || read_instruction(&r, &at);
    }
    if (failed) Py_CLEAR(r.rows);
    return r.rows;
}

PyMethodDef rows_methods[] = {
    {"rows", rows, METH_VARARGS,
     "rows(decoded, marks, shapes, shape_of, names, constants, first_slot, leaves, flags, joins_extended): "
     "what "
     "each "
     "instruction touches that is of interest."},
    {NULL, NULL, 0, NULL},
};
