/* What a row of a model says of one operand of a call, as accesses. */
#include "explore/models.h"

/* --- operands ---------------------------------------------------------------------------------- */

PyObject *operand(const call *found, int number) {
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
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(found->keywords, i), found->args[found->count + i]))
            Py_CLEAR(dict);
    return dict;
}

int for_each_keyword(operation *op, const call *found, on_operand *visit, void *passed) {
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

int for_each_operand(operation *op, const call *found, on_operand *visit, void *passed) {
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

int add_request(operation *op, const call *found, int kind) {
    if (op->where->kind == SITE_ENTER && kind == REQUEST_ACQUIRE) kind = REQUEST_ENTER;
    PyObject *self = found->self ? found->self : Py_None;
    op->request = Py_BuildValue("iONN", kind, self, packed(found), keyword_dict(found));
    return op->request ? 0 : -1;
}

int add_replaced(operation *op, int number) {
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

/* As `dir` gathers them. */
static int add_names(operation *op, PyObject *object) {
    operation_add(op, pseudo_classes(), PART_ALL, 0, MODE_READ);
    if (PyModule_Check(object)) operation_add(op, PyModule_GetDict(object), PART_ALL, 0, MODE_READ);
    else if (nature_of(object) != NATURE_LEAF && nature_of(object) != NATURE_HOLDER)
        operation_add(op, object, PART_ALL, 0, MODE_READ);
    return 0;
}

const char *shown_name(PyObject *callable) {
    if (PyCFunction_Check(callable)) return ((PyCFunctionObject *)callable)->m_ml->ml_name;
    if (PyType_Check(callable)) return ((PyTypeObject *)callable)->tp_name;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type))
        return ((PyMethodDescrObject *)callable)->d_method->ml_name;
    if (Py_IS_TYPE(callable, &PyWrapperDescr_Type)) return ((PyWrapperDescrObject *)callable)->d_base->name;
    return Py_TYPE(callable)->tp_name;
}

static int add_keyed(operation *op, PyObject *object, PyObject *key, int mode, bool removes) {
    if (key && (PyDict_Check(object) || PyAnySet_Check(object)))
        return add_key(op, object, key, mode, removes);
    operation_add(op, object, PART_ALL, 0, mode);
    return 0;
}

/* What a container is filled with: a mapping by its keys, anything else by going through it. */
static int add_filling(operation *op, PyObject *object) {
    return nature_of(object) == NATURE_CONTAINER ? add_content(op, object, MODE_READ)
                                                 : add_sources(op, object, 0);
}

/* From a built-in container, all at once. */
static int add_extended(operation *op, PyObject *list, PyObject *source) {
    int since = op->count;
    operation_add(op, list, PART_ALL, 0, MODE_WRITE);
    bool at_once = source && (PyList_CheckExact(source) || PyTuple_CheckExact(source) ||
                              PyAnySet_CheckExact(source) || PyDict_CheckExact(source));
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

/* Only frames that run no more can be cleared, or those of a generator, which is closed by that. */
static int add_cleared(operation *op, PyObject *frame) {
    if (!PyFrame_Check(frame)) return 0; /* raises */
    PyObject *generator = PyFrame_GetGenerator((PyFrameObject *)frame);
    bool has_one = generator && generator != Py_None; /* which 3.14 gives where there is none */
    if (has_one) operation_unknown(op, "clearing the frame of a generator");
    Py_XDECREF(generator); /* the frame is a part of it */
    operation_add(op, frame, PART_ALL, 0, MODE_WRITE);
    return 0;
}

/* CPython holds the lock of a list, dict or set while it copies it. */
static int add_copied(operation *op, PyObject *object, int mode) {
    int since = op->count;
    if (add_content(op, object, mode)) return -1;
    if (is_read_at_once(object)) operation_sure(op, since);
    return 0;
}

/* --- a file that is written to ------------------------------------------------------------------ */

static PyObject *keyword(const call *found, const char *name) {
    if (!found->keywords) return NULL;
    if (PyDict_Check(found->keywords)) return PyDict_GetItemString(found->keywords, name);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(found->keywords); i++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(found->keywords, i), name) == 0)
            return found->args[found->count + i];
    return NULL;
}

/* Its `write` is Python code, seen as it runs; a file of `io`; or anything else in C. */
int add_writer(operation *op, const call *found) {
    static PyObject *name, *stdout_name;
    if (!name) name = PyUnicode_InternFromString("write");
    if (!stdout_name) stdout_name = PyUnicode_InternFromString("stdout");
    if (!name || !stdout_name) return -1;
    PyObject *file = keyword(found, "file"), *sys = PyDict_GetItemString(PyImport_GetModuleDict(), "sys");
    if (!file || file == Py_None) {
        if (sys && add_attribute(op, sys, stdout_name, MODE_READ)) return -1;
        file = PySys_GetObject("stdout");
    }
    if (!file || file == Py_None) return 0;
    PyObject *write = _PyType_Lookup(Py_TYPE(file), name);
    if (add_attribute(op, file, name, MODE_READ)) return -1;
    if (write && PyFunction_Check(write)) return 0;
    if (!write || !Py_IS_TYPE(write, &PyMethodDescr_Type)) return add_foreign(op, file, "write");
    operation_add(op, file, PART_ALL, 0, MODE_WRITE);
    return 0;
}

/* `__import__(name)`, of a module by its full name. */
static int add_named_import(operation *op, const call *found, PyObject *name) {
    PyObject *level = operand(found, 5);
    if (!level) level = keyword(found, "level");
    bool is_absolute = !level || (PyLong_CheckExact(level) && PyObject_Not(level) == 1);
    if (is_absolute) return add_imported(op, name);
    operation_unknown(op, "a relative import");
    return 0;
}

static int add_anywhere(operation *op, PyObject *object, int mode) {
    operation_add(op, object, PART_ALL, 0, mode);
    return 0;
}

static int add_whole(operation *op, PyObject *object, int mode) {
    if (PyType_Check(object)) return add_class_dict(op), 0;
    if (nature_of(object) == NATURE_LEAF || nature_of(object) == NATURE_HOLDER) return 0;
    return add_anywhere(op, object, mode);
}

static int add_unknown_reach(operation *op, PyObject *object) {
    PyObject *name = PyUnicode_FromString(Py_TYPE(object)->tp_name);
    int failed = name ? add_reach(op, object, name) : -1;
    Py_XDECREF(name);
    return failed;
}

/* --- a row --------------------------------------------------------------------------------------- */

int add_part(operation *op, const call *found, int number, PyObject *object, int what, int mode) {
    PyObject *next = number < 0 ? NULL : operand(found, number + 1);
    switch ((enum what)what) {
    case WHAT_KEY:
    case WHAT_REMOVE:
        return next || found->blind ? add_keyed(op, object, next, mode, what == WHAT_REMOVE) : 0;
    case WHAT_SHAPE: return add_shape(op, object);
    case WHAT_ALL: return add_whole(op, object, mode);
    case WHAT_EXTEND: return add_extended(op, object, next);
    case WHAT_APPEND: return add_end_of_list(op, object, true);
    case WHAT_POP: return found->count ? add_anywhere(op, object, mode) : add_end_of_list(op, object, false);
    case WHAT_SOURCES: return add_sources(op, object, 0);
    case WHAT_DEEP: return add_deep(op, object, 0);
    case WHAT_ATTRIBUTE:
        if (!next && found->blind) operation_unknown(op, "%s, called by C", shown_name(found->callable));
        return next ? add_attribute(op, object, next, mode) : 0;
    case WHAT_ITEM:
    case WHAT_REMOVE_ITEM:
        if (!next) return found->blind ? add_content(op, object, mode) : 0;
        if (add_item(op, object, next, mode, what == WHAT_REMOVE_ITEM)) return -1;
        return mode == MODE_WRITE && what == WHAT_ITEM ? add_assigned(op, next, operand(found, number + 2))
                                                       : 0;
    case WHAT_NEXT: return add_next(op, object);
    case WHAT_DICT: return add_dict(op, object);
    case WHAT_NAMES: return add_names(op, object);
    case WHAT_RAISED: return add_raised(op, object);
    case WHAT_FRAME: return add_cleared(op, object);
    case WHAT_SEARCHED: return add_searched(op, object, next, mode);
    case WHAT_IMPORTED: return add_named_import(op, found, object);
    case WHAT_CALLBACK: return add_held_callback(op, object, found);
    case WHAT_COPY: return add_copied(op, object, mode);
    case WHAT_INIT: return add_filling(op, object);
    case WHAT_REACH: return add_unknown_reach(op, object);
    default: operation_unknown(op, "a row of a kind that is not known"); return 0;
    }
}
