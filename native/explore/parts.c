/* Objects and the parts of them that an operation touches, found without running code. */
#include "explore/engine.h"

enum { MOST_DEPTH = 4, MOST_ELEMENTS = 2000 };

void operation_add(operation *op, PyObject *object, enum part part, Py_hash_t key, int mode) {
    if (op->count == MOST_ACCESSES) {
        operation_unknown(op, "an operation on more than %d objects at once", MOST_ACCESSES);
        return;
    }
    op->accesses[op->count++] = (touched){object, key, (uint8_t)part, (uint8_t)mode, NULL};
}

void operation_fragile(operation *op, const char *name) {
    if (op->count) op->accesses[op->count - 1].fragile = name;
}

/* Remember what is not modelled: nothing can be proven about a program that does it while another
 * thread lives. */
void operation_unknown(const operation *op, const char *format, ...) {
    (void)op;
    if (!the_engine.concurrent) return;
    va_list values;
    va_start(values, format);
    PyObject *name = PyUnicode_FromFormatV(format, values);
    va_end(values);
    if (!name || PySet_Add(the_engine.unknown, name)) PyErr_Clear();
    Py_XDECREF(name);
}

bool is_container(PyObject *object) {
    return PyList_Check(object) || PyDict_Check(object) || PySet_Check(object) ||
           PyByteArray_Check(object) || !strcmp(Py_TYPE(object)->tp_name, "collections.deque");
}

bool is_immutable(PyObject *object) {
    return PySet_Contains(the_engine.immutable, (PyObject *)Py_TYPE(object)) == 1;
}

void add_shape(operation *op, PyObject *object) {
    if (is_container(object)) operation_add(op, object, PART_SHAPE, 0, MODE_READ);
}

/* --- attributes ---------------------------------------------------------------------------- */

static bool in_class_names(PyObject *name) {
    return PySet_GET_SIZE(the_engine.class_names) && PySet_Contains(the_engine.class_names, name) == 1;
}

/* Attributes of classes are inherited by any object: they are one location for each name. */
static int add_class_attribute(operation *op, PyObject *name, int mode) {
    if (mode == MODE_WRITE && the_engine.concurrent && !in_class_names(name)) {
        if (PySet_Add(the_engine.class_names, name)) return -1;
        the_engine.conflicts += !the_engine.frozen; /* reads of it were not noted so far */
    }
    if (in_class_names(name))
        operation_add(op, pseudo_classes(), PART_KEY, PyObject_Hash(name), mode);
    return 0;
}

/* Written in Python, or in C as if it were. */
static bool is_python_class(PyTypeObject *type) {
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           !PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE);
}

static bool is_thread_local(PyTypeObject *type) {
    while (type && strcmp(type->tp_name, "_thread._local") != 0) type = type->tp_base;
    return type != NULL;
}

static bool has_own_attributes(PyTypeObject *type) {
    return type->tp_dictoffset != 0 || PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)
#if PY_VERSION_HEX >= 0x030c0000
           || PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)
#endif
        ;
}

/* Whether the attribute is code of the program's, which is seen as it runs. */
static bool is_python_descriptor(PyObject *found) {
    if (Py_IS_TYPE(found, &PyProperty_Type)) return true;
    return Py_TYPE(found)->tp_descr_set && PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_HEAPTYPE);
}

int add_attribute(operation *op, PyObject *owner, PyObject *name, int mode) {
    PyTypeObject *type = Py_TYPE(owner);
    if (PyType_Check(owner)) return add_class_attribute(op, name, mode);
    if (PyModule_Check(owner)) {
        operation_add(op, PyModule_GetDict(owner), PART_KEY, PyObject_Hash(name), mode);
        return 0;
    }
    if (mode == MODE_READ && add_class_attribute(op, name, mode)) return -1;
    if (!has_own_attributes(type) || PyFunction_Check(owner)) return 0;
    if (is_thread_local(type)) return 0; /* each thread has its own */
    PyObject *found = _PyType_Lookup(type, name);
    if (found && is_python_descriptor(found)) return 0;
    if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0) {
        PyObject *attributes = PyObject_GenericGetDict(owner, NULL);
        if (!attributes) PyErr_Clear();
        else share_number(attributes, owner);
        Py_XDECREF(attributes);
        return 0;
    }
    operation_add(op, owner, PART_KEY, PyObject_Hash(name), mode);
    return 0;
}

/* --- keys and indices ---------------------------------------------------------------------- */

static bool is_simple_key(PyObject *key) {
    return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) ||
           PyBytes_CheckExact(key) || PyBool_Check(key) || key == Py_None;
}

static bool is_identity_key(PyObject *key) {
    hashfunc hash = Py_TYPE(key)->tp_hash;
    return hash == PyBaseObject_Type.tp_hash && !Py_TYPE(key)->tp_richcompare;
}

static bool is_simple_tuple(PyObject *key) {
    if (!PyTuple_CheckExact(key)) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++)
        if (!is_simple_key(PyTuple_GET_ITEM(key, i))) return false;
    return true;
}

/* One key of a dict or set, or all of it where comparing keys could run code. */
int add_key(operation *op, PyObject *container, PyObject *key, int mode, bool removes) {
    bool simple = is_simple_key(key) || is_simple_tuple(key);
    if (!simple && !is_identity_key(key)) {
        operation_add(op, container, PART_ALL, 0, mode);
        return 0;
    }
    if (simple) operation_add(op, container, PART_KEY, PyObject_Hash(key), mode);
    else operation_add(op, container, PART_NUMBERED, (Py_hash_t)key, mode);
    if (mode != MODE_WRITE) return 0;
    int has = PyDict_Check(container) ? PyDict_Contains(container, key) : PySet_Contains(container, key);
    if (has < 0) PyErr_Clear();
    /* What is there is replaced or removed, what is not is added or missed: else the size stays. */
    if (removes ? has > 0 : has <= 0) operation_add(op, container, PART_SHAPE, 0, MODE_WRITE);
    return 0;
}

static int add_index(operation *op, PyObject *list, PyObject *key, int mode) {
    Py_ssize_t size = PyList_GET_SIZE(list);
    Py_ssize_t index = PyLong_Check(key) ? PyLong_AsSsize_t(key) : -1;
    if (PyErr_Occurred()) PyErr_Clear();
    if (!PyLong_Check(key)) operation_add(op, list, PART_ALL, 0, mode); /* a slice */
    else if (index >= 0 && index < size) operation_add(op, list, PART_KEY, index, mode);
    else {
        operation_add(op, list, PART_SHAPE, 0, MODE_READ);
        if (index < 0 && index + size >= 0) operation_add(op, list, PART_KEY, index + size, mode);
    }
    return 0;
}

static bool is_python_subscript(PyObject *container, int mode) {
    PyMappingMethods *methods = Py_TYPE(container)->tp_as_mapping;
    if (!PyType_HasFeature(Py_TYPE(container), Py_TPFLAGS_HEAPTYPE) || !methods) return false;
    const char *name = mode == MODE_READ ? "__getitem__" : "__setitem__";
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *found = text ? _PyType_Lookup(Py_TYPE(container), text) : NULL;
    Py_XDECREF(text);
    return found && PyFunction_Check(found);
}

int add_item(operation *op, PyObject *container, PyObject *key, int mode, bool removes) {
    if (PyTuple_CheckExact(container) || PyUnicode_CheckExact(container)) return 0;
    if (is_python_subscript(container, mode) || PyType_Check(container)) return 0;
    if (PyDict_Check(container)) {
        bool fills = mode == MODE_READ && !strcmp(Py_TYPE(container)->tp_name, "collections.defaultdict");
        if (fills && is_simple_key(key) && !PyDict_Contains(container, key)) mode = MODE_WRITE;
        return add_key(op, container, key, mode, removes);
    }
    if (PyList_Check(container) && removes) {
        operation_add(op, container, PART_ALL, 0, mode); /* what comes after it moves up */
        return 0;
    }
    if (PyList_Check(container)) return add_index(op, container, key, mode);
    if (is_immutable(container)) return 0;
    operation_add(op, container, PART_ALL, 0, mode);
    if (!is_container(container))
        operation_unknown(op, "%s.%s", Py_TYPE(container)->tp_name, mode == MODE_READ ? "__getitem__" : "__setitem__");
    return 0;
}

int add_member(operation *op, PyObject *key, PyObject *container) {
    if (PyDict_Check(container) || PyAnySet_Check(container)) {
        if (PyFrozenSet_CheckExact(container)) return 0;
        return add_key(op, container, key, MODE_READ, false);
    }
    if (add_sources(op, container, 0)) return -1;
    if (PyList_Check(container)) operation_fragile(op, "list.__contains__");
    return 0;
}

/* --- iteration ----------------------------------------------------------------------------- */

typedef struct visit {
    operation *op;
    int depth;
    bool only_iterators;
} visit;

static int visit_referent(PyObject *object, void *passed) {
    visit *walk = passed;
    if (!object || (walk->only_iterators && !Py_TYPE(object)->tp_iternext)) return 0;
    if (PyType_Check(object) || PyFunction_Check(object)) return 0;
    return add_sources(walk->op, object, walk->depth + 1);
}

static bool reads_a_container(PyTypeObject *type) {
    const char *name = type->tp_name;
    size_t length = strlen(name);
    return (length > 8 && !strcmp(name + length - 8, "iterator")) || !strncmp(name, "dict_", 5) ||
           !strcmp(name, "reversed") || !strcmp(name, "mappingproxy") ||
           !strncmp(name, "collections._deque_", 19) || !strncmp(name, "_collections._deque_", 20);
}

/* The containers that going through an object reads: itself, or what an iterator or view stands for.
 * A C iterator tells the garbage collector what it goes through. */
int add_sources(operation *op, PyObject *object, int depth) {
    PyTypeObject *type = Py_TYPE(object);
    if (is_container(object)) {
        operation_add(op, object, PART_ALL, 0, MODE_READ);
        return 0;
    }
    if (depth > MOST_DEPTH || is_immutable(object) || PyGen_CheckExact(object)) return 0;
    bool is_view = reads_a_container(type);
    if (!type->tp_traverse || is_python_class(type) || (!type->tp_iternext && !is_view)) return 0;
    visit walk = {op, depth, !is_view};
    return type->tp_traverse(object, visit_referent, &walk);
}

/* A step of an iterator: it changes, and reads what it goes through. */
int add_next(operation *op, PyObject *iterator) {
    /* From 3.15 on, a loop over a list keeps the list itself, and its position apart. */
    if (Py_TYPE(iterator)->tp_iternext) {
        operation_add(op, iterator, PART_SHAPE, 0, MODE_WRITE);
        if (!PyGen_CheckExact(iterator)) operation_fragile(op, Py_TYPE(iterator)->tp_name);
    }
    return PyGen_CheckExact(iterator) ? 0 : add_sources(op, iterator, 0);
}

/* --- everything that an object contains ----------------------------------------------------- */

static int add_deep_items(operation *op, PyObject *object, int depth) {
    Py_ssize_t size = PySequence_Fast_GET_SIZE(object);
    if (size > MOST_ELEMENTS) {
        operation_unknown(op, "a comparison or conversion of %zd elements", size);
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++)
        if (add_deep(op, PySequence_Fast_GET_ITEM(object, i), depth + 1)) return -1;
    return 0;
}

int add_deep(operation *op, PyObject *object, int depth) {
    if (depth > MOST_DEPTH || is_immutable(object)) return 0;
    if (PyTuple_Check(object)) return add_deep_items(op, object, depth);
    if (!is_container(object)) return add_sources(op, object, depth);
    operation_add(op, object, PART_ALL, 0, MODE_READ);
    if (PyList_Check(object)) return add_deep_items(op, object, depth);
    if (PyDict_Check(object)) {
        PyObject *value;
        Py_ssize_t position = 0;
        while (PyDict_Next(object, &position, NULL, &value))
            if (add_deep(op, value, depth + 1)) return -1;
    }
    return 0;
}
