/* What kind of object is it? Asked by its type, whose answer is kept for one execution. */
#include "explore/engine.h"

enum { KINDS = 1024 };

typedef struct kind {
    PyTypeObject *type;
    uint8_t nature;
    bool odd;
} kind;

static kind kinds[KINDS];

/* C types made from a specification are heap types, too, but have methods or a dealloc of theirs. */
bool is_python_class(PyTypeObject *type) {
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) &&
           !PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) &&
           type->tp_dealloc == the_engine.class_dealloc && !type->tp_methods;
}

PyTypeObject *solid_base(PyTypeObject *type) {
    while (is_python_class(type) && type->tp_base) type = type->tp_base;
    return type;
}

static enum nature find_nature(PyTypeObject *type) {
    PyTypeObject *base = solid_base(type);
    if (PyType_FastSubclass(base, Py_TPFLAGS_BASE_EXC_SUBCLASS)) return NATURE_INSTANCE;
    PyObject *known = PyDict_GetItemWithError(the_engine.natures, (PyObject *)base);
    enum nature nature = known ? (enum nature)PyLong_AsLong(known) : NATURE_FOREIGN;
    /* Instances of a class in Python have attributes, whatever it derives from. */
    bool is_rigid = nature == NATURE_LEAF || nature == NATURE_HOLDER;
    return is_rigid && base != type ? NATURE_INSTANCE : nature;
}

/* The special methods by which instructions and functions in C reach an object; sorted. */
/* clang-format off */
static const char *const special_names[] = {
    "__abs__", "__add__", "__aenter__", "__aiter__", "__and__", "__anext__", "__await__",
    "__bool__", "__bytes__", "__call__", "__complex__", "__contains__", "__del__", "__delattr__",
    "__delete__", "__delitem__", "__divmod__", "__enter__", "__eq__", "__exit__", "__float__",
    "__floordiv__", "__format__", "__ge__", "__get__", "__getattr__", "__getattribute__",
    "__getitem__", "__gt__", "__hash__", "__iadd__", "__iand__", "__ifloordiv__", "__ilshift__",
    "__imatmul__", "__imod__", "__imul__", "__index__", "__init__", "__instancecheck__", "__int__",
    "__invert__", "__ior__", "__ipow__", "__irshift__", "__isub__", "__iter__", "__itruediv__",
    "__ixor__", "__le__", "__len__", "__length_hint__", "__lshift__", "__lt__", "__matmul__",
    "__missing__", "__mod__", "__mul__", "__ne__", "__neg__", "__new__", "__next__", "__or__",
    "__pos__", "__pow__", "__radd__", "__rand__", "__rdivmod__", "__repr__", "__reversed__",
    "__rfloordiv__", "__rlshift__", "__rmatmul__", "__rmod__", "__rmul__", "__ror__", "__round__",
    "__rpow__", "__rrshift__", "__rshift__", "__rsub__", "__rtruediv__", "__rxor__", "__set__",
    "__setattr__", "__setitem__", "__str__", "__sub__", "__subclasscheck__", "__truediv__", "__xor__",
};
/* clang-format on */

bool is_special_name(PyObject *name) {
    if (!PyUnicode_Check(name) || PyUnicode_GET_LENGTH(name) < 5) return false;
    if (PyUnicode_READ_CHAR(name, 0) != '_' || PyUnicode_READ_CHAR(name, 1) != '_') return false;
    size_t from = 0, to = sizeof special_names / sizeof *special_names;
    while (from < to) { /* every class that is met in an execution is asked for all its names */
        size_t middle = (from + to) / 2;
        int order = PyUnicode_CompareWithASCIIString(name, special_names[middle]);
        if (order == 0) return true;
        if (order < 0) to = middle;
        else from = middle + 1;
    }
    return false;
}

/* `__new__ = object.__new__`, or that of the base in C: it makes an instance, as without it. */
static bool is_own_new(PyTypeObject *type, PyObject *value) {
    if (!PyCFunction_Check(value) || strcmp(((PyCFunctionObject *)value)->m_ml->ml_name, "__new__"))
        return false;
    PyObject *of = PyCFunction_GET_SELF(value);
    return of == (PyObject *)&PyBaseObject_Type || of == (PyObject *)solid_base(type);
}

/* Python code is seen as it runs, and what a class takes over from its base does what the base's
 * nature says. A function in C under a special name may be anything. */
static bool is_usual(PyTypeObject *type, PyObject *value) {
    if (value == Py_None || PyFunction_Check(value) || is_own_new(type, value)) return true;
    if (Py_IS_TYPE(value, &PyStaticMethod_Type) || Py_IS_TYPE(value, &PyClassMethod_Type)) {
        PyObject *function = PyObject_GetAttrString(value, "__func__");
        bool usual = function && PyFunction_Check(function);
        PyErr_Clear();
        Py_XDECREF(function);
        return usual;
    }
    if (Py_IS_TYPE(value, &PyWrapperDescr_Type) || Py_IS_TYPE(value, &PyMethodDescr_Type)) {
        PyTypeObject *of = ((PyDescrObject *)value)->d_type;
        return of == &PyBaseObject_Type || (of == solid_base(type) && PyType_IsSubtype(type, of));
    }
    /* Other objects with a __get__ in Python (cached_property, partialmethod) are seen, too. */
    return is_python_class(Py_TYPE(value)) && nature_of(value) == NATURE_INSTANCE;
}

static bool has_odd_method(PyTypeObject *type) {
    PyObject *name, *value;
    Py_ssize_t position = 0;
    PyObject *attributes = type->tp_dict;
    while (attributes && PyDict_Next(attributes, &position, &name, &value))
        if (is_special_name(name) && !is_usual(type, value)) return true;
    return false;
}

/* Whether any class in Python that it derives from has such a method. */
static bool find_odd(PyTypeObject *type) {
    PyObject *order = type->tp_mro;
    for (Py_ssize_t i = 0; order && i < PyTuple_GET_SIZE(order); i++) {
        PyTypeObject *each = (PyTypeObject *)PyTuple_GET_ITEM(order, i);
        if (is_python_class(each) && has_odd_method(each)) return true;
    }
    return false;
}

static const kind *kind_of(PyTypeObject *type) {
    size_t start = ((uintptr_t)type >> 4) % KINDS;
    for (size_t i = 0; i < 8; i++) {
        kind *found = &kinds[(start + i) % KINDS];
        if (found->type == type) return found;
        if (found->type) continue;
        /* Before it is complete: methods may lead back to their own class. */
        *found = (kind){type, (uint8_t)find_nature(type), true};
        found->odd = is_python_class(type) && find_odd(type);
        return found;
    }
    static _Thread_local kind crowded;
    crowded = (kind){type, (uint8_t)find_nature(type), true};
    return &crowded;
}

enum nature nature_of_instances(PyTypeObject *type) { return (enum nature)kind_of(type)->nature; }

enum nature nature_of(PyObject *object) { return nature_of_instances(Py_TYPE(object)); }

bool is_odd(PyTypeObject *type) { return kind_of(type)->odd; }

bool is_container(PyObject *object) { return nature_of(object) == NATURE_CONTAINER; }

static bool is_based_on(PyObject *object, const char *name) {
    return strcmp(solid_base(Py_TYPE(object))->tp_name, name) == 0;
}

bool is_locked_container(PyObject *object) {
    return is_read_at_once(object) || is_based_on(object, "collections.deque");
}

bool is_read_at_once(PyObject *object) {
    if (PyDict_Check(object)) return !is_based_on(object, "collections.OrderedDict");
    return PyList_Check(object) || PySet_Check(object);
}

void forget_natures(void) { memset(kinds, 0, sizeof kinds); }
