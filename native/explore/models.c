/* What functions in C touch stands in gilscope.explore.models, asked for once for each.
 *
 * A model is a bytes object of triples: operand, what of it, mode. Operand 0 is self, 1 the first
 * argument. */
#include "explore/engine.h"

enum { MOST_NAMED = 253, ALL_KEYWORDS, ALL_ARGUMENTS, MOST_CALLBACKS = 4 };

/* Flags of a mode, as gilscope.explore.models.rows explains them. */
enum {
    PLAIN_MODE = 0x03,
    NEVER_ATOMIC = 0x04,
    LOCKS_VIEW = 0x08,
    LOCKS_DICT = 0x10,
    LOCKS_SET = 0x20,
    LOCKS_LIST = 0x40,
    NOT_ATOMIC = 0x80,
};

/* As gilscope.explore.models.rows. */
enum what {
    WHAT_KEY,      /* the key that is the first argument */
    WHAT_SHAPE,    /* its size */
    WHAT_ALL,      /* everything */
    WHAT_APPEND,   /* a new last item */
    WHAT_POP,      /* the last item */
    WHAT_SOURCES,  /* what going through it reads */
    WHAT_DEEP,     /* it and all that it contains */
    WHAT_ATTRIBUTE,/* the attribute that the next operand names */
    WHAT_ITEM,     /* the item that the next operand names */
    WHAT_REQUEST,  /* the scheduler decides; mode is the kind of the request */
    WHAT_REPLACED, /* another function is called instead; mode is its kind */
    WHAT_NEXT,     /* an iterator that is advanced */
    WHAT_DICT,     /* its __dict__ */
    WHAT_REMOVE,   /* the key that is the first argument goes */
    WHAT_REMOVE_ITEM,
    WHAT_OUTSIDE,  /* what is no object of Python's */
    WHAT_REACH,    /* unknown, to all that it leads to */
    WHAT_CALLBACK, /* it is called in the middle */
    WHAT_COPY,     /* its own content, one level */
    WHAT_INIT,     /* what a container is filled with */
    WHAT_EXTEND,   /* new last items */
    WHAT_ELSE_UNREPEATABLE, /* missing or None: by chance */
    WHAT_STEPS,    /* gone through step by step without the GIL; mode is the kind of its stand-in */
};

static PyObject *models; /* address of what was called -> bytes, name, or None */

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

/* --- operands ---------------------------------------------------------------------------------- */

static PyObject *operand(const call *found, int number) {
    if (number == 0) return found->self;
    return number <= found->count ? found->args[number - 1] : NULL;
}

static PyObject *packed(const call *found) {
    PyObject *packed_args = PyTuple_New(found->count);
    for (Py_ssize_t i = 0; packed_args && i < found->count; i++)
        PyTuple_SET_ITEM(packed_args, i, Py_NewRef(found->args[i]));
    return packed_args;
}

static PyObject *keyword_dict(const call *found) {
    if (!found->keywords) return PyDict_New();
    if (PyDict_Check(found->keywords)) return PyDict_Copy(found->keywords);
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(found->keywords); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(found->keywords, i), found->args[found->count + i])) Py_CLEAR(dict);
    return dict;
}

typedef int on_operand(operation *op, PyObject *object, void *passed);

static int for_each_keyword(operation *op, const call *found, on_operand *visit, void *passed) {
    if (!found->keywords) return 0;
    if (PyTuple_Check(found->keywords)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(found->keywords); i++)
            if (found->args[found->count + i] && visit(op, found->args[found->count + i], passed)) return -1;
        return 0;
    }
    PyObject *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(found->keywords, &position, NULL, &value))
        if (visit(op, value, passed)) return -1;
    return 0;
}

static int for_each_operand(operation *op, const call *found, on_operand *visit, void *passed) {
    for (int i = 0; i <= found->count; i++) {
        PyObject *object = operand(found, i);
        if (object && visit(op, object, passed)) return -1;
    }
    return for_each_keyword(op, found, visit, passed);
}

/* --- what of them -------------------------------------------------------------------------------- */

/* It appends first, and then drops what is too much: `len` sees that. */
static bool has_greatest_length(PyObject *deque) {
    if (strcmp(Py_TYPE(deque)->tp_name, "collections.deque") != 0) return true; /* it could */
    PyObject *most = PyObject_GetAttrString(deque, "maxlen");
    if (!most) PyErr_Clear();
    Py_XDECREF(most);
    return most != Py_None;
}

static int add_end_of_list(operation *op, PyObject *list, bool append) {
    if (!PyList_Check(list)) {
        int since = op->count;
        operation_add(op, list, PART_ALL, 0, MODE_WRITE);
        if (append && has_greatest_length(list))
            operation_doubt(op, since, DOUBT_WITHOUT_GIL, "a deque with a greatest length");
        return 0;
    }
    Py_ssize_t last = PyList_GET_SIZE(list) - !append;
    operation_add(op, list, PART_SHAPE, 0, MODE_WRITE);
    if (last >= 0) operation_add(op, list, PART_KEY, last, MODE_WRITE);
    return 0;
}

/* As gilscope.explore.models.threads.Request. */
enum { REQUEST_ACQUIRE = 1, REQUEST_ENTER = 14 };

static int add_request(operation *op, const call *found, int kind) {
    if (op->where->kind == SITE_ENTER && kind == REQUEST_ACQUIRE) kind = REQUEST_ENTER;
    PyObject *self = found->self ? found->self : Py_None;
    op->request = Py_BuildValue("iONN", kind, self, packed(found), keyword_dict(found));
    return op->request ? 0 : -1;
}

static int add_replaced(operation *op, int number) {
    PyObject *kind = PyLong_FromLong(number);
    op->stand_in = kind ? Py_XNewRef(PyDict_GetItemWithError(the_engine.stand_ins, kind)) : NULL;
    Py_XDECREF(kind);
    return op->stand_in ? 0 : -1;
}

static int add_dict(operation *op, PyObject *object) {
    if (PyType_Check(object)) return add_class_dict(op), 0;
    PyObject *attributes = PyObject_GetAttrString(object, "__dict__");
    if (!attributes) PyErr_Clear();
    else if (!PyModule_Check(object)) share_number(attributes, object);
    Py_XDECREF(attributes);
    return 0;
}

static const char *shown_name(PyObject *callable) {
    if (PyCFunction_Check(callable)) return ((PyCFunctionObject *)callable)->m_ml->ml_name;
    if (PyType_Check(callable)) return ((PyTypeObject *)callable)->tp_name;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type)) return ((PyMethodDescrObject *)callable)->d_method->ml_name;
    if (Py_IS_TYPE(callable, &PyWrapperDescr_Type)) return ((PyWrapperDescrObject *)callable)->d_base->name;
    return Py_TYPE(callable)->tp_name;
}

static int add_keyed(operation *op, PyObject *object, PyObject *key, int mode, bool removes) {
    if (key && (PyDict_Check(object) || PyAnySet_Check(object))) return add_key(op, object, key, mode, removes);
    operation_add(op, object, PART_ALL, 0, mode);
    return 0;
}

/* What a container is filled with: a mapping by its keys, anything else by going through it. */
static int add_filling(operation *op, PyObject *object) {
    return nature_of(object) == NATURE_CONTAINER ? add_content(op, object, MODE_READ) : add_sources(op, object, 0);
}

/* From a built-in container, all at once. */
static int add_extended(operation *op, PyObject *list, PyObject *source) {
    int since = op->count;
    operation_add(op, list, PART_ALL, 0, MODE_WRITE);
    bool at_once = source && (PyList_CheckExact(source) || PyTuple_CheckExact(source) || PyAnySet_CheckExact(source) ||
                              PyDict_CheckExact(source));
    if (!at_once) operation_doubt(op, since, DOUBT_WITHOUT_GIL, "extending a list");
    return 0;
}

/* The function that an object in C holds, and calls. */
static const char *held_function(PyObject *object) {
    static const char *const held[][2] = {
        {"functools._lru_cache_wrapper", "__wrapped__"},
        {"collections.defaultdict", "default_factory"},
        {"functools.partial", "func"},
        {"staticmethod", "__func__"},
        {"classmethod", "__func__"},
    };
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (!strcmp(solid_base(Py_TYPE(object))->tp_name, held[i][0])) return held[i][1];
    return NULL;
}

static int add_held_callback(operation *op, PyObject *object, const call *found) {
    const char *name = held_function(object);
    if (nature_of(object) == NATURE_ITERATOR) return 0; /* its steps call what it holds */
    if (!name) return PyCallable_Check(object) ? add_callback(op, object, found) : 0;
    PyObject *function = PyObject_GetAttrString(object, name);
    if (!function) return -1;
    int failed = function == Py_None ? 0 : add_callback(op, function, found);
    Py_DECREF(function); /* the object keeps it */
    return failed;
}

/* CPython holds the lock of a list, dict or set while it copies it. */
static int add_copied(operation *op, PyObject *object, int mode) {
    int since = op->count;
    if (add_content(op, object, mode)) return -1;
    if (is_read_at_once(object)) operation_sure(op, since);
    return 0;
}

static int add_part(operation *op, const call *found, int number, PyObject *object, int what, int mode) {
    PyObject *next = number < 0 ? NULL : operand(found, number + 1);
    switch ((enum what)what) {
    case WHAT_KEY:
    case WHAT_REMOVE: return next || found->blind ? add_keyed(op, object, next, mode, what == WHAT_REMOVE) : 0;
    case WHAT_SHAPE: return add_shape(op, object);
    case WHAT_ALL:
        if (nature_of(object) != NATURE_LEAF && nature_of(object) != NATURE_HOLDER)
            operation_add(op, object, PART_ALL, 0, mode);
        return 0;
    case WHAT_EXTEND: return add_extended(op, object, next);
    case WHAT_APPEND: return add_end_of_list(op, object, true);
    case WHAT_POP:
        if (!found->count) return add_end_of_list(op, object, false);
        operation_add(op, object, PART_ALL, 0, mode);
        return 0;
    case WHAT_SOURCES: return add_sources(op, object, 0);
    case WHAT_DEEP: return add_deep(op, object, 0);
    case WHAT_ATTRIBUTE:
        if (!next && found->blind) operation_unknown(op, "%s, called by C", shown_name(found->callable));
        return next ? add_attribute(op, object, next, mode) : 0;
    case WHAT_ITEM:
    case WHAT_REMOVE_ITEM:
        if (!next) return found->blind ? add_content(op, object, mode) : 0;
        if (add_item(op, object, next, mode, what == WHAT_REMOVE_ITEM)) return -1;
        return mode == MODE_WRITE && what == WHAT_ITEM ? add_assigned(op, next, operand(found, number + 2)) : 0;
    case WHAT_NEXT: return add_next(op, object);
    case WHAT_DICT: return add_dict(op, object);
    case WHAT_CALLBACK: return add_held_callback(op, object, found);
    case WHAT_COPY: return add_copied(op, object, mode);
    case WHAT_INIT: return add_filling(op, object);
    case WHAT_REACH: {
        PyObject *name = PyUnicode_FromString(Py_TYPE(object)->tp_name);
        int failed = name ? add_reach(op, object, name) : -1;
        Py_XDECREF(name);
        return failed;
    }
    default: operation_unknown(op, "a row of a kind that is not known"); return 0;
    }
}

typedef struct row {
    const call *found;
    int what, mode;
} row;

/* Seeded from outside, or the present. */
static int add_chance(const call *found, int number) {
    PyObject *given = operand(found, number);
    if ((given && given != Py_None) || (!given && found->keywords)) return 0;
    PyObject *name = PyUnicode_FromFormat("!%s", shown_name(found->callable));
    int failed = name ? PySet_Add(the_engine.unknown, name) : -1;
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
    if (what == WHAT_OUTSIDE) return add_outside(op, mode & PLAIN_MODE), 0;
    row each = {found, what, mode};
    if (found->blind && mode & MODE_WRITE && number <= MOST_NAMED && !operand(found, number))
        operation_unknown(op, "%s, called by C", shown_name(found->callable));
    if (number == ALL_KEYWORDS) return for_each_keyword(op, found, add_keyword_operand, &each);
    int last = number == ALL_ARGUMENTS ? (int)found->count : number;
    for (int i = number == ALL_ARGUMENTS ? 1 : number; i <= last; i++) {
        PyObject *object = operand(found, i);
        if (object && add_operand(op, found, i, object, &each)) return -1;
    }
    return number == ALL_ARGUMENTS ? for_each_keyword(op, found, add_keyword_operand, &each) : 0;
}

static int apply_rows(operation *op, const call *found, PyObject *model) {
    const char *rows = PyBytes_AS_STRING(model);
    for (Py_ssize_t i = 0; i + 2 < PyBytes_GET_SIZE(model); i += 3)
        if (add_row(op, found, (unsigned char)rows[i], (unsigned char)rows[i + 1], (unsigned char)rows[i + 2])) return -1;
    if (op->stand_in) op->count = 0; /* it is seen as it runs */
    return 0;
}

/* --- what is not modelled -------------------------------------------------------------------------- */

static int reach_operand(operation *op, PyObject *object, void *name) { return add_reach(op, object, name); }

/* As if it changed everything that it gets, what is outside, and what others not modelled change. */
static int assume_the_worst(operation *op, const call *found, PyObject *name) {
    if (PyUnicode_READ_CHAR(name, 0) == '!')
        return PySet_Add(the_engine.unknown, name); /* matters before threads start, too */
    if (!the_engine.concurrent) return 0;
    int since = op->count;
    add_outside(op, MODE_WRITE);
    operation_doubt(op, since, DOUBT_ALWAYS, "%U", name);
    if (add_reach(op, found->callable, name)) return -1;
    return for_each_operand(op, found, reach_operand, name);
}

int apply_model(operation *op, const call *found) {
    PyObject *model = model_of(found);
    if (!model) return -1;
    if (PyUnicode_Check(model)) return assume_the_worst(op, found, model);
    return PyBytes_Check(model) ? apply_rows(op, found, model) : 0;
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
