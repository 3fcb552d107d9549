/* What functions in C touch stands in gilscope.explore.bytecode.effects, asked for once for each.
 *
 * A model is a bytes object of triples: operand, what of it, mode. Operand 0 is self, 1 the first
 * argument. Where there is none, a tuple says why: `enum unmodelled`, and the function's name. */
#include "explore/models.h"

enum { MOST_CALLBACKS = 4 };

static PyObject *models; /* address of what was called -> its model, or why there is none */

int calls_ready(void) {
    if (!models) models = PyDict_New();
    return models ? 0 : -1;
}

void forget_models(void) {
    if (models) PyDict_Clear(models);
}

static PyObject *model_of(const call *found) {
    PyObject *key = PyLong_FromVoidPtr((void *)found->identity);
    PyObject *known = key ? PyDict_GetItemWithError(models, key) : NULL;
    if (!known && key && !PyErr_Occurred()) {
        known = PyObject_CallOneArg(the_engine.model, found->callable);
        if (known && PyDict_SetItem(models, key, known)) Py_CLEAR(known);
        Py_XDECREF(known); /* the dict keeps it */
    }
    Py_XDECREF(key);
    return known;
}

typedef struct row {
    const call *found;
    int what, mode;
} row;

/* Seeded from outside, or the present. */
static int add_chance(const call *found, int number) {
    PyObject *given = operand(found, number);
    if ((given && given != Py_None) || (!given && found->keywords)) return 0;
    PyObject *name = PyUnicode_FromString(shown_name(found->callable));
    int failed = name ? report_unrepeatable(name) : -1;
    Py_XDECREF(name);
    return failed;
}

static bool is_locked(PyObject *object, int mode) {
    if (PyList_CheckExact(object)) return mode & LOCKS_LIST;
    if (PyAnySet_CheckExact(object)) return mode & LOCKS_SET;
    if (PyDict_CheckExact(object)) return mode & LOCKS_DICT;
    bool is_view = Py_IS_TYPE(object, &PyDictKeys_Type) || Py_IS_TYPE(object, &PyDictValues_Type) ||
                   Py_IS_TYPE(object, &PyDictItems_Type);
    return is_view && mode & LOCKS_VIEW;
}

/* Accesses that a row added for an operand: atomic, as its mode says. */
static void doubt_row(operation *op, int since, PyObject *object, const call *found, int mode) {
    const char *name = shown_name(found->callable);
    if (mode & NEVER_ATOMIC) operation_doubt(op, since, DOUBT_ALWAYS, "%s", name);
    else if (object && is_locked(object, mode)) operation_sure(op, since);
    else if (mode & NOT_ATOMIC) operation_doubt(op, since, DOUBT_WITHOUT_GIL, "%s", name);
}

/* Without the GIL, Python code that does the same can be interrupted where CPython can be. */
static int add_steps(operation *op, const call *found, int number, int kind) {
    PyObject *source = operand(found, number);
    bool is_usual = source && !found->blind && (number == 0 || found->count == 1);
    if (!is_usual || the_engine.with_gil || !the_engine.concurrent) return 0;
    enum nature nature = nature_of(source);
    bool is_by_steps = nature == NATURE_CONTAINER ? !is_read_at_once(source) : nature == NATURE_ITERATOR;
    return is_by_steps ? add_replaced(op, kind) : 0;
}

static int add_operand(operation *op, const call *found, int number, PyObject *object, const row *each) {
    int since = op->count;
    if (add_part(op, found, number, object, each->what, each->mode & PLAIN_MODE)) return -1;
    doubt_row(op, since, object, found, each->mode);
    return 0;
}

static int add_keyword_operand(operation *op, PyObject *object, void *passed) {
    row *each = passed;
    return add_operand(op, each->found, -1, object, each);
}

static int add_row(operation *op, const call *found, int number, int what, int mode) {
    if (what == WHAT_REQUEST) return add_request(op, found, mode);
    if (what == WHAT_REPLACED) return add_replaced(op, mode);
    if (what == WHAT_STEPS) return add_steps(op, found, number, mode);
    if (what == WHAT_ELSE_UNREPEATABLE) return add_chance(found, number);
    if (what == WHAT_WRITER) return add_writer(op, found);
    if (what == WHAT_OUTSIDE) return add_outside(op, mode & PLAIN_MODE), 0;
    row each = {found, what, mode};
    if (found->blind && mode & MODE_WRITE && number <= MOST_NAMED && !operand(found, number))
        operation_unknown(op, "%s, called by C", shown_name(found->callable));
    if (number == ALL_KEYWORDS) return for_each_keyword(op, found, add_keyword_operand, &each);
    bool is_each = number == ALL_ARGUMENTS || number == ALL_POSITIONAL;
    int last = is_each ? (int)found->count : number;
    for (int i = is_each ? 1 : number; i <= last; i++) {
        PyObject *object = operand(found, i);
        if (object && add_operand(op, found, i, object, &each)) return -1;
    }
    return number == ALL_ARGUMENTS ? for_each_keyword(op, found, add_keyword_operand, &each) : 0;
}

static int apply_rows(operation *op, const call *found, PyObject *model) {
    const unsigned char *rows = (const unsigned char *)PyBytes_AS_STRING(model);
    bool is_look = false;
    for (Py_ssize_t i = 0; i + 2 < PyBytes_GET_SIZE(model); i += 3) {
        is_look |= rows[i + 1] == WHAT_LOOK;
        if (rows[i + 1] != WHAT_LOOK && add_row(op, found, rows[i], rows[i + 1], rows[i + 2])) return -1;
    }
    if (op->stand_in) op->count = 0; /* it is seen as it runs */
    if (is_look) add_look(op);
    return 0;
}

/* --- what is not modelled -------------------------------------------------------------------------- */

static int reach_operand(operation *op, PyObject *object, void *name) { return add_reach(op, object, name); }

/* As if it changed everything that it gets, what is outside, and what others not modelled change. */
static int assume_the_worst(operation *op, const call *found, long why, PyObject *name) {
    if (why == UNMODELLED_ANSWER) return report_unrepeatable(name); /* matters before threads start, too */
    if (!the_engine.concurrent) return 0;
    if (why == UNMODELLED_EVERYWHERE) {
        operation_unknown(op, "%U", name);
        return 0;
    }
    int since = op->count;
    add_outside(op, MODE_WRITE);
    operation_doubt(op, since, DOUBT_ALWAYS, "%U", name);
    if (add_reach(op, found->callable, name)) return -1;
    return for_each_operand(op, found, reach_operand, name);
}

int apply_model(operation *op, const call *found) {
    PyObject *model = model_of(found);
    if (!model) return -1;
    if (PyBytes_Check(model)) return apply_rows(op, found, model);
    return assume_the_worst(op, found, PyLong_AsLong(PyTuple_GET_ITEM(model, 0)), PyTuple_GET_ITEM(model, 1));
}

/* --- callbacks ---------------------------------------------------------------------------------------- */

static int add_deep_operand(operation *op, PyObject *object, void *unused) {
    (void)unused;
    return add_deep(op, object, 0);
}

/* A function in C is called by one in C, with arguments that are not known: what it reads of them is
 * all that they contain, and what it could change is unknown. */
int add_callback(operation *op, PyObject *callable, const call *caller) {
    static _Thread_local int depth;
    add_function(op, callable);
    if (PyFunction_Check(callable)) return 0;
    if (depth == MOST_CALLBACKS) {
        operation_unknown(op, "functions in C that call each other, too deep");
        return 0;
    }
    int since = op->count;
    PyObject *request = op->request, *stand_in = op->stand_in;
    op->request = op->stand_in = NULL;
    depth++;
    int failed = add_blind_call(op, callable);
    depth--;
    if (op->request || op->stand_in) operation_unknown(op, "%s, called by C", shown_name(callable));
    Py_XDECREF(op->request);
    Py_XDECREF(op->stand_in);
    op->request = request;
    op->stand_in = stand_in;
    if (!failed && caller && !PyMethod_Check(callable))
        failed = for_each_operand(op, caller, add_deep_operand, NULL);
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "%s, called by C", shown_name(callable));
    return failed;
}
