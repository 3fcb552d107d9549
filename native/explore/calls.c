/* Calls of functions in C: what each touches stands in gilscope.explore.models, asked for once.
 *
 * A model is a bytes object of triples: operand, what of it, mode. Operand 0 is self, 1 the first
 * argument, ALL_ARGUMENTS all of them. */
#include "explore/engine.h"

enum { ALL_ARGUMENTS = 255 };

/* As gilscope.explore.models.What. */
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
};

static PyObject *models; /* address of what was called -> bytes, or None */

int calls_ready(void) {
    if (!models) models = PyDict_New();
    return models ? 0 : -1;
}

void forget_models(void) {
    if (models) PyDict_Clear(models);
}

typedef struct call {
    PyObject *callable, *self, *keywords; /* keywords: a tuple of names, a dict, or NULL */
    PyObject *const *args;
    Py_ssize_t count;
    const void *identity; /* the same for each way to get at one function */
} call;

/* --- which function is it? ------------------------------------------------------------------- */

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

static void skip_self(call *found) {
    if (found->self || !found->count) return;
    found->self = found->args[0];
    found->args++;
    found->count--;
}

static int resolve_wrapper(call *found) {
    PyObject *self = PyObject_GetAttrString(found->callable, "__self__");
    PyObject *name = self ? PyObject_GetAttrString(found->callable, "__name__") : NULL;
    PyObject *descriptor = name ? _PyType_Lookup(Py_TYPE(self), name) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(self); /* the wrapper keeps it */
    if (!descriptor) return -1;
    found->self = self;
    found->callable = descriptor;
    return 0;
}

/* Find self and identity; 1 if the call is of no interest, -1 with an exception. */
static int resolve(call *found) {
    PyObject *callable = found->callable;
    if (PyMethod_Check(callable)) callable = PyMethod_GET_FUNCTION(callable);
    if (!strcmp(Py_TYPE(callable)->tp_name, "functools.partial")) {
        PyObject *function = PyObject_GetAttrString(callable, "func");
        if (!function) return -1;
        Py_DECREF(function); /* the partial keeps it */
        if (PyMethod_Check(function) || PyFunction_Check(function)) callable = function;
    }
    if (PyFunction_Check(callable)) return 1; /* Python code is seen as it runs */
    if (!strcmp(Py_TYPE(callable)->tp_name, "method-wrapper")) {
        if (resolve_wrapper(found)) return -1;
        callable = found->callable;
    }
    if (PyCFunction_Check(callable)) {
        found->identity = ((PyCFunctionObject *)callable)->m_ml;
        PyObject *self = PyCFunction_GET_SELF(callable);
        if (self && !PyModule_Check(self)) found->self = self;
    } else if (Py_IS_TYPE(callable, &PyMethodDescr_Type)) {
        found->identity = ((PyMethodDescrObject *)callable)->d_method;
        skip_self(found);
    } else if (Py_IS_TYPE(callable, &PyWrapperDescr_Type)) {
        found->identity = callable;
        skip_self(found);
    } else if (PyType_Check(callable)) {
        PyTypeObject *type = (PyTypeObject *)callable;
        if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && !PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE)) return 1;
        found->identity = callable;
    } else
        found->identity = Py_TYPE(callable);
    return 0;
}

/* --- what does it touch? --------------------------------------------------------------------- */

static PyObject *operand(const call *found, int number) {
    if (number == 0) return found->self;
    return number <= found->count ? found->args[number - 1] : NULL;
}

static int add_end_of_list(operation *op, PyObject *list, bool append) {
    if (!PyList_Check(list)) {
        operation_add(op, list, PART_ALL, 0, MODE_WRITE);
        return 0;
    }
    Py_ssize_t last = PyList_GET_SIZE(list) - !append;
    operation_add(op, list, PART_SHAPE, 0, MODE_WRITE);
    if (last >= 0) operation_add(op, list, PART_KEY, last, MODE_WRITE);
    return 0;
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

/* As gilscope.explore.modeltables.Request. */
enum { REQUEST_ACQUIRE = 1, REQUEST_ENTER = 14 };

static int add_request(operation *op, const call *found, int kind) {
    if (op->where->kind == SITE_ENTER && kind == REQUEST_ACQUIRE) kind = REQUEST_ENTER;
    PyObject *self = found->self ? found->self : Py_None;
    op->request = Py_BuildValue("iONN", kind, self, packed(found), keyword_dict(found));
    return op->request ? 0 : -1;
}

static int add_what(operation *op, const call *found, int number, int what, int mode) {
    PyObject *object = operand(found, number);
    if (!object && what != WHAT_REQUEST && what != WHAT_REPLACED) return 0;
    PyObject *next = operand(found, number + 1);
    switch ((enum what)what) {
    case WHAT_KEY:
    case WHAT_REMOVE:
        if (!next) return 0;
        if (PyDict_Check(object) || PySet_Check(object)) return add_key(op, object, next, mode, what == WHAT_REMOVE);
        operation_add(op, object, PART_ALL, 0, mode);
        return 0;
    case WHAT_SHAPE: add_shape(op, object); return 0;
    case WHAT_ALL: operation_add(op, object, PART_ALL, 0, mode); return 0;
    case WHAT_APPEND: return add_end_of_list(op, object, true);
    case WHAT_POP: return found->count ? (operation_add(op, object, PART_ALL, 0, mode), 0) : add_end_of_list(op, object, false);
    case WHAT_SOURCES: return add_sources(op, object, 0);
    case WHAT_DEEP: return add_deep(op, object, 0);
    case WHAT_ATTRIBUTE: return next && PyUnicode_Check(next) ? add_attribute(op, object, next, mode) : 0;
    case WHAT_ITEM:
    case WHAT_REMOVE_ITEM: return next ? add_item(op, object, next, mode, what == WHAT_REMOVE_ITEM) : 0;
    case WHAT_REQUEST: return add_request(op, found, mode);
    case WHAT_NEXT: return Py_TYPE(object)->tp_iternext ? add_next(op, object) : 0;
    case WHAT_DICT: {
        PyObject *attributes = PyObject_GetAttrString(object, "__dict__");
        if (!attributes) PyErr_Clear();
        else if (!PyModule_Check(object) && !PyType_Check(object)) share_number(attributes, object);
        Py_XDECREF(attributes);
        return 0;
    }
    case WHAT_REPLACED: {
        PyObject *kind = PyLong_FromLong(mode);
        op->stand_in = kind ? Py_XNewRef(PyDict_GetItemWithError(the_engine.stand_ins, kind)) : NULL;
        Py_XDECREF(kind);
        return op->stand_in ? 0 : -1;
    }
    }
    return 0;
}

static int apply(operation *op, const call *found, PyObject *model) {
    const char *rows = PyBytes_AS_STRING(model);
    for (Py_ssize_t i = 0; i + 2 < PyBytes_GET_SIZE(model); i += 3) {
        int number = (unsigned char)rows[i], what = (unsigned char)rows[i + 1], mode = (unsigned char)rows[i + 2];
        int first = number == ALL_ARGUMENTS ? 1 : number;
        int last = number == ALL_ARGUMENTS ? (int)found->count : number;
        for (int each = first; each <= last; each++)
            if (add_what(op, found, each, what, mode)) return -1;
    }
    return 0;
}

/* Not modelled: as if it changed everything that it gets, and named as a reason. */
static int assume_the_worst(operation *op, const call *found, PyObject *name) {
    if (PyUnicode_READ_CHAR(name, 0) == '!') {
        if (PySet_Add(the_engine.unknown, name)) return -1; /* matters before threads start, too */
    } else
        operation_unknown(op, "%U", name);
    if (found->identity == Py_TYPE(found->callable)) operation_add(op, found->callable, PART_ALL, 0, MODE_WRITE);
    for (int i = 0; i <= found->count; i++) {
        PyObject *object = operand(found, i);
        if (!object || is_immutable(object) || PyType_Check(object)) continue;
        if (is_container(object) || i == 0) operation_add(op, object, PART_ALL, 0, MODE_WRITE);
        else if (add_sources(op, object, 0)) return -1;
    }
    return 0;
}

int add_call_of(operation *op, PyObject *callable, PyObject *self, PyObject *const *args,
                Py_ssize_t count, PyObject *keywords) {
    call found = {callable, self, keywords, args, count, NULL};
    if (PyMethod_Check(callable) && !self) found.self = PyMethod_GET_SELF(callable);
    int known = resolve(&found);
    if (known) return known < 0 ? -1 : 0;
    PyObject *model = model_of(&found);
    if (!model) return -1;
    if (PyUnicode_Check(model)) return assume_the_worst(op, &found, model);
    return PyBytes_Check(model) ? apply(op, &found, model) : 0;
}

static int add_plain_call(operation *op) {
    slot *base = &op->frame->localsplus[op->where->slot];
    int count = op->where->argument;
    PyObject *first = slot_object(base[0]), *second = slot_object(base[1]);
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *callable = first, *self = second;
    op->callable = &base[0];
#else
    PyObject *callable = first ? first : second, *self = first ? second : NULL;
    op->callable = first ? &base[0] : &base[1];
#endif
    PyObject *args[256];
    if (!callable || count > 255) return 0;
    for (int i = 0; i < count; i++) args[i] = slot_object(base[2 + i]);
    PyObject *names = op->where->name;
#if PY_VERSION_HEX >= 0x030d0000
    if (op->where->mode) names = slot_object(base[2 + count]); /* CALL_KW */
#endif
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    if (!self) return add_call_of(op, callable, NULL, args, count - named, names);
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) || PyFunction_Check(callable) || Py_IS_TYPE(callable, &PyWrapperDescr_Type))
        return add_call_of(op, callable, self, args, count - named, names);
    PyObject *all[257];
    all[0] = self;
    memcpy(all + 1, args, (size_t)count * sizeof *args);
    return add_call_of(op, callable, NULL, all, count - named + 1, names);
}

int add_call(operation *op) {
    if (op->where->kind == SITE_CALL) return add_plain_call(op);
    slot *base = op->frame->localsplus;
    PyObject *callable = slot_object(base[op->where->slot]);
    PyObject *args = slot_object(base[op->where->argument]);
    PyObject *keywords = op->where->mode ? slot_object(base[op->where->argument + 1]) : NULL;
    op->callable = &base[op->where->slot];
    if (!callable || !args) return 0;
    if (keywords && !PyDict_Check(keywords)) keywords = NULL;
    if (!PyTuple_Check(args)) return add_sources(op, args, 0); /* becomes a tuple first */
    return add_call_of(op, callable, NULL, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), keywords);
}
