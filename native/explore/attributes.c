/* Attributes: where each is kept, as the lookup of Objects/object.c and typeobject.c would find it,
 * without running code. */
#include "explore/dropped.h"

PyObject *class_attribute(PyTypeObject *type, const char *name) {
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *found = text ? _PyType_Lookup(type, text) : NULL;
    Py_XDECREF(text);
    return found;
}

static bool in_class_names(PyObject *name) {
    return PySet_GET_SIZE(the_engine.class_names) && PySet_Contains(the_engine.class_names, name) == 1;
}

static bool is_named(raw_frame *frame, const char *name) {
    return frame && !PyUnicode_CompareWithASCIIString(frame_code(frame)->co_qualname, name) &&
           is_of_file(frame_code(frame), "/unittest/mock.py");
}

/* unittest.mock makes a class for each mock, and fills it while the mock is being made: nobody else has
 * either by then. The class is called for that, which calls `__init__` from C; and `__new__` is mock's own,
 * which never returns a mock that exists. */
static bool is_of_new_mock(const operation *op) {
    raw_frame *frame = op->frame, *caller = frame ? caller_of(frame) : NULL;
    if (!is_named(frame, "MagicMixin._mock_set_magics") || !is_named(caller, "MagicMixin.__init__"))
        return false;
    PyObject *mock = slot_object(frame->localsplus[0]);
    PyObject *made = mock ? class_attribute(Py_TYPE(mock), "__new__") : NULL;
    if (!made || !Py_IS_TYPE(made, &PyStaticMethod_Type)) return false;
    PyObject *function = PyObject_GetAttrString(made, "__func__");
    bool is_own = function && PyFunction_Check(function) &&
                  is_of_file((PyCodeObject *)PyFunction_GET_CODE(function), "/unittest/mock.py");
    Py_XDECREF(function); /* the class keeps it */
    PyErr_Clear();
    return is_own && entered_from_c(caller);
}

/* Attributes of classes are inherited by any object: they are one location for each name. */
int add_class_attribute(operation *op, PyObject *name, int mode) {
    if (mode == MODE_WRITE && the_engine.concurrent && is_of_new_mock(op)) return 0;
    if (mode == MODE_WRITE && is_special_name(name))
        operation_unknown(op, "setting %U of a class", name); /* no operator notes that it looks */
    if (mode == MODE_WRITE && the_engine.concurrent && !in_class_names(name)) {
        if (PySet_Add(the_engine.class_names, name)) return -1;
        the_engine.conflicts += !the_engine.frozen; /* reads of it were not noted so far */
    }
    if (in_class_names(name)) operation_add(op, pseudo_classes(), PART_KEY, PyObject_Hash(name), mode);
    return 0;
}

/* All attributes of a class at once, in a view that can be looked at later. */
void add_class_dict(operation *op) {
    int since = op->count;
    operation_add(op, pseudo_classes(), PART_ALL, 0, MODE_READ);
    operation_doubt(op, since, DOUBT_ALWAYS, "the __dict__ of a class");
}

static int add_attribute_of_class(operation *op, PyObject *name, int mode) {
    if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0) add_class_dict(op);
    if (mode == MODE_WRITE && PyUnicode_CompareWithASCIIString(name, "__bases__") == 0)
        operation_unknown(op, "changing the bases of a class");
    return add_class_attribute(op, name, mode);
}

static void add_own(operation *op, PyObject *owner, PyObject *name, int mode) {
    operation_add(op, owner, PART_KEY, PyObject_Hash(name), mode);
}

static bool has_dict(PyTypeObject *type) {
    return type->tp_dictoffset != 0
#if HAS_MANAGED_DICT
           || PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)
#endif
        ;
}

static int add_property(operation *op, PyObject *property, PyObject *owner, int mode) {
    static const char *const parts[] = {"fget", "fset", "fdel"};
    for (int i = mode == MODE_WRITE; i < (mode == MODE_WRITE ? 3 : 1); i++) {
        PyObject *function = PyObject_GetAttrString(property, parts[i]);
        if (!function) return -1;
        PyObject *args[1] = {owner};
        int failed = PyCallable_Check(function) ? add_call_of(op, function, NULL, args, 1, NULL) : 0;
        Py_DECREF(function); /* the property keeps it */
        if (failed) return -1;
    }
    return 0;
}

/* A file that is written in Python. */
static bool is_bare_file(PyObject *object) {
    static const char *const names[] = {"_io._IOBase", "_io._RawIOBase", "_io._BufferedIOBase",
                                        "_io._TextIOBase"};
    const char *base = solid_base(Py_TYPE(object))->tp_name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(base, names[i])) return true;
    return false;
}

/* --- what functions say of themselves ---------------------------------------------------------------- */

static uint32_t changed_in; /* the exploration in which a thread changes that beside others */

bool do_functions_change(void) { return changed_in == the_engine.exploration; }

/* Who shows a function, calls it wrongly or makes something of it reads its names. No access stands for
 * that before one is known to change them. */
void add_function(operation *op, PyObject *object) {
    if (PyMethod_Check(object)) object = PyMethod_GET_FUNCTION(object);
    if (do_functions_change() && PyFunction_Check(object)) operation_add(op, object, PART_ALL, 0, MODE_READ);
}

/* As `functools.wraps` sets them. A generator takes over the names of its function, from 3.14 on one of the
 * annotations is made of the other, and what a call reads beside these no access stands for. */
static bool is_description(PyObject *function, PyObject *name) {
    static const char *const texts[] = {"__name__", "__qualname__", "__doc__", "__module__",
                                        "__type_params__"};
    int generators = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
    if (((PyCodeObject *)PyFunction_GET_CODE(function))->co_flags & generators) return false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (PyUnicode_CompareWithASCIIString(name, texts[i]) == 0) return true;
    return false;
}

static bool is_annotations(PyObject *name) {
    return PyUnicode_CompareWithASCIIString(name, "__annotations__") == 0 ||
           PyUnicode_CompareWithASCIIString(name, "__annotate__") == 0;
}

static void add_function_attribute(operation *op, PyObject *function, PyObject *name, int mode) {
    int since = op->count;
    if (is_annotations(name)) operation_add(op, function, PART_SHAPE, 0, mode);
    else add_own(op, function, name, mode);
    if (mode == MODE_READ) return;
    if (!is_annotations(name) && !is_description(function, name)) {
        operation_unknown(op, "changing %U of a function", name); /* no call notes that it reads it */
        return;
    }
    operation_doubt(op, since, DOUBT_WITHOUT_GIL, "changing %U of a function", name);
    if (!the_engine.concurrent || do_functions_change() || the_engine.frozen) return;
    changed_in = the_engine.exploration;
    the_engine.conflicts++; /* reads of it were not noted so far */
}

/* Slots of C that stand for an attribute: what they read or write is the object's own. */
static int add_getset(operation *op, PyObject *owner, PyObject *name, int mode) {
    if (PyUnicode_CompareWithASCIIString(name, "__dict__") == 0) {
        PyObject *attributes = mode == MODE_READ ? PyObject_GenericGetDict(owner, NULL) : NULL;
        if (!attributes) {
            PyErr_Clear();
            operation_add(op, owner, PART_ALL, 0, mode);
        } else share_number(attributes, owner);
        Py_XDECREF(attributes);
        return 0;
    }
    if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
        if (mode == MODE_WRITE) operation_unknown(op, "changing the class of an object");
        return 0;
    }
    if (PyFunction_Check(owner)) return add_function_attribute(op, owner, name, mode), 0;
    if (nature_of(owner) == NATURE_FOREIGN && is_bare_file(owner) &&
        PyUnicode_CompareWithASCIIString(name, "closed") == 0) {
        operation_add(op, owner, PART_ALL, 0, mode); /* whether it has an attribute that says so */
        return 0;
    }
    if (nature_of(owner) == NATURE_FOREIGN) return add_foreign(op, owner, PyUnicode_AsUTF8(name));
    if (nature_of(owner) == NATURE_LEAF) return 0;
    if (PyCell_Check(owner) || nature_of(owner) == NATURE_GENERATOR)
        operation_add(op, owner, PART_SHAPE, 0, mode);
    else add_own(op, owner, name, mode);
    return 0;
}

/* Of a named tuple: an item, which never changes. */
static bool is_tuple_getter(PyTypeObject *kind) {
    return !strcmp(kind->tp_name, "_collections._tuplegetter") ||
           !strcmp(kind->tp_name, "collections._tuplegetter");
}

/* What a class keeps under a name, and is asked before the instance: 1 if it is, -1 on failure. */
static int add_data_descriptor(operation *op, PyObject *found, PyObject *owner, PyObject *name, int mode) {
    PyTypeObject *kind = Py_TYPE(found);
    if (PyType_IsSubtype(kind, &PyProperty_Type)) return add_property(op, found, owner, mode) ? -1 : 1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        if (PyFunction_Check(owner)) add_function_attribute(op, owner, name, mode);
        else add_own(op, owner, ((PyDescrObject *)found)->d_name, mode); /* whatever it is called here */
        return 1;
    }
    if (Py_IS_TYPE(found, &PyGetSetDescr_Type)) return add_getset(op, owner, name, mode) ? -1 : 1;
    if (!kind->tp_descr_set) return 0;
    if (is_tuple_getter(kind)) return 1;
    if (is_python_class(kind) && !is_odd(kind)) return 1; /* its __get__ and __set__ are seen */
    return add_foreign(op, found, "__get__") ? -1 : 1;
}

/* A function becomes a method, and so on. What else C makes of itself is unknown. */
static int add_binding(operation *op, PyObject *found) {
    PyTypeObject *kind = Py_TYPE(found);
    if (!kind->tp_descr_get || PyFunction_Check(found)) return 0;
    PyTypeObject *const harmless[] = {&PyStaticMethod_Type, &PyClassMethod_Type,      &PyMethodDescr_Type,
                                      &PyWrapperDescr_Type, &PyClassMethodDescr_Type, &PyMethod_Type};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (Py_IS_TYPE(found, harmless[i])) return 0;
    if (!strcmp(kind->tp_name, "functools._lru_cache_wrapper")) return 0;
    if (!strcmp(kind->tp_name, "functools.partial")) return 0; /* a method, from 3.14 on */
    if (is_python_class(kind) && !is_odd(kind)) return 0;
    return add_foreign(op, found, "__get__");
}

/* Whether an attribute of an object in C is looked up as usual. */
static bool is_usual_lookup(PyTypeObject *type) {
    return is_python_class(type) || type->tp_getattro == PyObject_GenericGetAttr;
}

/* The flags of a decimal context are no object of their own: what is done to one, the other knows. */
static int add_flags(operation *op, PyObject *context, PyObject *name, int mode) {
    bool is_shown = PyUnicode_CompareWithASCIIString(name, "flags") == 0 ||
                    PyUnicode_CompareWithASCIIString(name, "traps") == 0;
    PyObject *shown = is_shown ? solid_base(Py_TYPE(context))->tp_getattro(context, name) : NULL;
    if (shown) share_number(shown, context);
    Py_XDECREF(shown); /* the context keeps it */
    if (is_shown && !shown) return -1;
    add_own(op, context, name, mode);
    return 0;
}

static int add_instance_attribute(operation *op, PyObject *owner, PyObject *name, int mode) {
    PyTypeObject *type = Py_TYPE(owner);
    if (!strcmp(solid_base(type)->tp_name, "decimal.Context")) return add_flags(op, owner, name, mode);
    PyObject *found = _PyType_Lookup(type, name);
    if (found) {
        int done = add_data_descriptor(op, found, owner, name, mode);
        if (done) return done < 0 ? -1 : 0;
        if (mode == MODE_READ && add_binding(op, found)) return -1;
    }
    if (is_python_class(type) ? is_odd(type) && nature_of(owner) == NATURE_FOREIGN : !is_usual_lookup(type))
        return nature_of(owner) == NATURE_FOREIGN ? add_foreign(op, owner, PyUnicode_AsUTF8(name)) : 0;
    if (has_dict(type)) add_own(op, owner, name, mode);
    return 0;
}

static int add_method_attribute(operation *op, PyObject *method, PyObject *name, int mode) {
    return add_attribute(op, PyMethod_GET_FUNCTION(method), name, mode);
}

int add_attribute(operation *op, PyObject *owner, PyObject *name, int mode) {
    if (!PyUnicode_Check(name)) return 0; /* raises */
    if (PyType_Check(owner)) return add_attribute_of_class(op, name, mode);
    if (PyModule_Check(owner)) {
        operation_add(op, PyModule_GetDict(owner), PART_KEY, PyObject_Hash(name), mode);
        return 0;
    }
    if (mode == MODE_READ && add_class_attribute(op, name, mode)) return -1;
    if (PyMethod_Check(owner)) return add_method_attribute(op, owner, name, mode);
    if (nature_of(owner) == NATURE_LEAF || nature_of(owner) == NATURE_LOCAL) return 0;
    return add_instance_attribute(op, owner, name, mode);
}

/* `case C(x, y=1)`: the names that C gives to positions, and those that stand in the pattern. */
int add_class_pattern(operation *op, PyObject *subject, PyObject *class, PyObject *names, int positional) {
    if (!PyType_Check(class) || !PyTuple_Check(names)) return 0;
    PyObject *match_args = PyUnicode_InternFromString("__match_args__");
    PyObject *given = match_args ? _PyType_Lookup((PyTypeObject *)class, match_args) : NULL;
    int failed = match_args ? add_class_attribute(op, match_args, MODE_READ) : -1;
    Py_XDECREF(match_args);
    for (int i = 0; !failed && given && PyTuple_Check(given) && i < positional && i < PyTuple_GET_SIZE(given);
         i++)
        failed = add_attribute(op, subject, PyTuple_GET_ITEM(given, i), MODE_READ);
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(names); i++)
        failed = add_attribute(op, subject, PyTuple_GET_ITEM(names, i), MODE_READ);
    return failed;
}
