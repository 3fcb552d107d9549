/* Containers and the parts of them that an operation touches, found without running code. */
#include "explore/models.h"

enum { MOST_DEPTH = 12, MOST_ELEMENTS = 2000 };

void operation_add(operation *op, PyObject *object, enum part part, Py_hash_t key, int mode) {
    if (op->count == MOST_ACCESSES) {
        operation_unknown(op, "an operation on more than %d objects at once", MOST_ACCESSES);
        return;
    }
    op->accesses[op->count++] = (touched){object, key, (uint8_t)part, (uint8_t)mode, DOUBT_NONE, NULL, NULL};
}

/* Containers that CPython does not lock without the GIL are changed by several accesses. */
static void doubt_unlocked(operation *op, int since, PyObject *object) {
    if (!is_locked_container(object))
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "a %s", Py_TYPE(object)->tp_name);
}

/* Whose truth is asked for: without any of these it is true, whatever it is. */
static bool has_size_or_truth(PyTypeObject *type) {
    return (type->tp_as_number && type->tp_as_number->nb_bool) ||
           (type->tp_as_mapping && type->tp_as_mapping->mp_length) ||
           (type->tp_as_sequence && type->tp_as_sequence->sq_length);
}

int add_shape(operation *op, PyObject *object) {
    if (!has_size_or_truth(Py_TYPE(object))) return 0;
    if (is_container(object)) operation_add(op, object, PART_SHAPE, 0, MODE_READ);
    else if (nature_of(object) == NATURE_VIEW) return add_sources(op, object, 0);
    else if (nature_of(object) == NATURE_FOREIGN || is_odd(Py_TYPE(object)))
        return add_foreign(op, object, "__len__");
    return 0;
}

/* --- keys and indices ---------------------------------------------------------------------- */

static bool is_simple_key(PyObject *key) {
    return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) ||
           PyBytes_CheckExact(key) || PyBool_Check(key) || key == Py_None;
}

/* Told apart from all others by its address. */
static bool is_identity_key(PyObject *key) {
    PyTypeObject *type = Py_TYPE(key);
    if (PyFunction_Check(key)) return true;
    if (PyType_Check(key)) return type == &PyType_Type || type->tp_hash == PyType_Type.tp_hash;
    return type->tp_hash == PyBaseObject_Type.tp_hash &&
           type->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

static bool is_simple_tuple(PyObject *key) {
    if (!PyTuple_CheckExact(key)) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
        PyObject *item = PyTuple_GET_ITEM(key, i);
        if (!is_simple_key(item) && !is_simple_tuple(item)) return false;
    }
    return true;
}

bool is_plain_key(PyObject *key) {
    return is_simple_key(key) || is_simple_tuple(key) || is_identity_key(key);
}

static int visit_key(PyObject *key, void *passed) {
    bool *plain = passed;
    *plain = *plain && (!key || is_plain_key(key));
    return !*plain;
}

/* Whether none of the keys has an __eq__ in Python, which looking for another could call. */
static bool has_plain_keys(PyObject *container) {
    bool plain = true;
    if (PyAnySet_Check(container)) {
        PySet_Type.tp_traverse(container, visit_key, &plain);
        return plain;
    }
    if (((PyDictObject *)container)->ma_keys->dk_kind != DICT_KEYS_GENERAL) return true; /* str */
    PyObject *key;
    Py_ssize_t position = 0;
    while (plain && PyDict_Next(container, &position, &key, NULL)) visit_key(key, &plain);
    return plain;
}

/* Whether a key is there: 1, 0, or -1 if only code of the program could tell. */
static int has_key(PyObject *container, PyObject *key) {
    if (!is_plain_key(key) || !has_plain_keys(container)) return -1;
    int has = PyDict_Check(container) ? PyDict_Contains(container, key) : PySet_Contains(container, key);
    if (has < 0) PyErr_Clear();
    return has;
}

/* One key of a dict or set, or all of it where comparing keys could run code. */
int add_key(operation *op, PyObject *container, PyObject *key, int mode, bool removes) {
    int since = op->count;
    bool simple = is_simple_key(key) || is_simple_tuple(key);
    if (!simple && !is_identity_key(key)) {
        operation_add(op, container, PART_ALL, 0, mode);
        doubt_unlocked(op, since, container);
        return 0;
    }
    if (simple) operation_add(op, container, PART_KEY, PyObject_Hash(key), mode);
    else operation_add(op, container, PART_NUMBERED, (Py_hash_t)key, mode);
    if (mode == MODE_WRITE) {
        int has = has_key(container, key);
        /* What is there is replaced or removed, what is not is added or missed: else the size stays. */
        if (has < 0 || (removes ? has : !has)) operation_add(op, container, PART_SHAPE, 0, MODE_WRITE);
    }
    doubt_unlocked(op, since, container);
    return 0;
}

static int add_index(operation *op, PyObject *list, PyObject *key, int mode) {
    Py_ssize_t size = PyList_GET_SIZE(list);
    Py_ssize_t index = PyLong_CheckExact(key) ? PyLong_AsSsize_t(key) : -1;
    if (PyErr_Occurred()) PyErr_Clear();
    if (!PyLong_CheckExact(key)) operation_add(op, list, PART_ALL, 0, mode); /* a slice, or __index__ */
    else if (index >= 0 && index < size) operation_add(op, list, PART_KEY, index, mode);
    else {
        operation_add(op, list, PART_SHAPE, 0, MODE_READ);
        if (index < 0 && index + size >= 0) operation_add(op, list, PART_KEY, index + size, mode);
    }
    return 0;
}

/* A dict that adds what it is asked for: C does so after it has called the factory. */
static bool fills(PyObject *container, PyObject *key) {
    if (strcmp(solid_base(Py_TYPE(container))->tp_name, "collections.defaultdict") != 0) return false;
    return has_key(container, key) != 1;
}

static int add_dict_item(operation *op, PyObject *dict, PyObject *key, int mode, bool removes) {
    bool adds = mode == MODE_READ && fills(dict, key);
    int since = op->count;
    if (add_key(op, dict, key, adds ? MODE_WRITE : mode, removes)) return -1;
    if (adds) operation_doubt(op, since, DOUBT_WITHOUT_GIL, "defaultdict.__missing__");
    return 0;
}

/* A method in Python stands before what the base in C would do. */
static bool is_python_item(PyObject *container, int mode, bool removes) {
    static PyObject *names[3];
    static const char *const texts[3] = {"__getitem__", "__setitem__", "__delitem__"};
    int which = removes ? 2 : mode == MODE_WRITE;
    if (!is_python_class(Py_TYPE(container))) return false;
    if (!names[which]) names[which] = PyUnicode_InternFromString(texts[which]);
    PyObject *found = names[which] ? _PyType_Lookup(Py_TYPE(container), names[which]) : NULL;
    return found && PyFunction_Check(found);
}

int add_item(operation *op, PyObject *container, PyObject *key, int mode, bool removes) {
    if (PyType_Check(container) || is_python_item(container, mode, removes)) return 0;
    if (PyTuple_Check(container) || PyUnicode_Check(container) || PyBytes_Check(container)) return 0;
    if (PyDict_Check(container)) return add_dict_item(op, container, key, mode, removes);
    int since = op->count;
    if (PyList_Check(container)) {
        if (!removes) return add_index(op, container, key, mode);
        operation_add(op, container, PART_ALL, 0, mode); /* what comes after it moves up */
        return 0;
    }
    switch (nature_of(container)) {
    case NATURE_CONTAINER:
        operation_add(op, container, PART_ALL, 0, mode);
        doubt_unlocked(op, since, container);
        return 0;
    case NATURE_VIEW: return add_sources(op, container, 0);
    case NATURE_LEAF: return 0;
    case NATURE_INSTANCE:
        if (!is_odd(Py_TYPE(container))) return 0;
        break;
    default: break;
    }
    return add_foreign(op, container, mode == MODE_READ ? "__getitem__" : "__setitem__");
}

/* A slice is filled by going through what is assigned to it. */
int add_assigned(operation *op, PyObject *key, PyObject *value) {
    return value && PySlice_Check(key) ? add_sources(op, value, 0) : 0;
}

/* --- everything that an object contains ----------------------------------------------------- */

/* The object's own content, by an operator: not what that contains in turn. */
int add_content(operation *op, PyObject *object, int mode) {
    int since = op->count;
    switch (nature_of(object)) {
    case NATURE_CONTAINER:
        operation_add(op, object, PART_ALL, 0, mode);
        doubt_unlocked(op, since, object);
        break;
    case NATURE_VIEW: return add_sources(op, object, 0);
    case NATURE_FOREIGN: return add_foreign(op, object, "an operator");
    default: break;
    }
    return is_odd(Py_TYPE(object)) ? add_foreign(op, object, "an operator") : 0;
}

static int add_deep_items(operation *op, PyObject *object, int depth) {
    Py_ssize_t size = PySequence_Fast_GET_SIZE(object);
    if (size > MOST_ELEMENTS) {
        operation_unknown(op, "a comparison or conversion of more than %d elements", MOST_ELEMENTS);
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++)
        if (add_deep(op, PySequence_Fast_GET_ITEM(object, i), depth + 1)) return -1;
    return 0;
}

static int add_deep_dict(operation *op, PyObject *dict, int depth) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value))
        if (add_deep(op, key, depth + 1) || add_deep(op, value, depth + 1)) return -1;
    return 0;
}

typedef struct deeper {
    operation *op;
    int depth;
} deeper;

static int visit_deep(PyObject *object, void *passed) {
    deeper *walk = passed;
    return object ? add_deep(walk->op, object, walk->depth + 1) : 0;
}

static int add_deep_set(operation *op, PyObject *set, int depth) {
    deeper walk = {op, depth};
    return PySet_Type.tp_traverse(set, visit_deep, &walk);
}

static int add_deep_traversed(operation *op, PyObject *object, int depth) {
    deeper walk = {op, depth};
    return Py_TYPE(object)->tp_traverse(object, visit_deep, &walk);
}

/* Their text has the function, and a partial's its arguments. */
static bool is_shown_with_function(PyObject *object) {
    PyTypeObject *base = solid_base(Py_TYPE(object));
    return base == &PyStaticMethod_Type || base == &PyClassMethod_Type ||
           !strcmp(base->tp_name, "functools.partial");
}

static int add_deep_content(operation *op, PyObject *object, int depth) {
    if (PyList_Check(object)) return add_deep_items(op, object, depth);
    if (PyDict_Check(object)) return add_deep_dict(op, object, depth);
    if (PyAnySet_Check(object)) return add_deep_set(op, object, depth);
    return add_sources(op, object, depth);
}

/* CPython locks a list or dict while it compares or shows it, but not what is nested in it. */
static int add_deep_container(operation *op, PyObject *object, int depth) {
    int since = op->count;
    operation_add(op, object, PART_ALL, 0, MODE_READ);
    if (add_deep_content(op, object, depth)) return -1;
    if (op->count > since + 1 || !is_read_at_once(object) || PyAnySet_Check(object))
        operation_doubt(op, since, DOUBT_WITHOUT_GIL, "comparing or showing a %s", Py_TYPE(object)->tp_name);
    return 0;
}

/* Instances are shown and compared by Python code, but these by C, which looks at their content. */
static int add_deep_instance(operation *op, PyObject *object, int depth) {
    if (is_odd(Py_TYPE(object))) return add_foreign(op, object, "a comparison or conversion");
    add_function(op, object);
    if (PyExceptionInstance_Check(object)) {
        operation_add(op, object, PART_ALL, 0, MODE_READ);
        return add_deep(op, ((PyBaseExceptionObject *)object)->args, depth + 1);
    }
    if (is_shown_with_function(object)) return add_deep_traversed(op, object, depth);
    if (strcmp(solid_base(Py_TYPE(object))->tp_name, "types.SimpleNamespace") != 0) return 0;
    int since = op->count;
    PyObject *attributes = PyObject_GenericGetDict(object, NULL);
    if (!attributes) return -1;
    share_number(attributes, object);
    operation_add(op, object, PART_ALL, 0, MODE_READ);
    int failed = add_deep_dict(op, attributes, depth);
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "comparing or showing a SimpleNamespace");
    Py_DECREF(attributes); /* the object keeps it */
    return failed;
}

int add_deep(operation *op, PyObject *object, int depth) {
    if (nature_of(object) == NATURE_LEAF) return 0;
    if (depth > MOST_DEPTH) {
        operation_unknown(op, "a comparison or conversion of deeply nested objects");
        return 0;
    }
    if (PyTuple_Check(object)) return add_deep_items(op, object, depth);
    if (PyFrozenSet_CheckExact(object)) return add_deep_set(op, object, depth);
    switch (nature_of(object)) {
    case NATURE_CONTAINER: return add_deep_container(op, object, depth);
    case NATURE_VIEW:
    case NATURE_ITERATOR: return add_sources(op, object, depth);
    case NATURE_FOREIGN: return add_foreign(op, object, "a comparison or conversion");
    default: return add_deep_instance(op, object, depth);
    }
}
