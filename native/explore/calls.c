/* Which function is called? Methods, partials, classes and callable objects are taken apart until
 * it is one in Python, which is seen as it runs, or one in C, which has a model. */
#include "explore/dropped.h"
#include "explore/models.h"

enum { MOST_ARGUMENTS = 300, MOST_WRAPPERS = 8 };

static int dispatch(operation *op, call found);

/* The call with something before its arguments. The values of keyword names come after them. */
static int with_first(operation *op, call found, PyObject *const *first, Py_ssize_t more) {
    PyObject *args[MOST_ARGUMENTS];
    Py_ssize_t named = found.keywords && PyTuple_Check(found.keywords) ? PyTuple_GET_SIZE(found.keywords) : 0;
    if (found.count + named + more > MOST_ARGUMENTS) {
        operation_unknown(op, "a call with more than %d arguments", MOST_ARGUMENTS);
        return 0;
    }
    memcpy(args, first, (size_t)more * sizeof *args);
    if (found.count + named) memcpy(args + more, found.args, (size_t)(found.count + named) * sizeof *args);
    found.args = args;
    found.count += more;
    return dispatch(op, found);
}

static int call_method(operation *op, call found) {
    PyObject *self = PyMethod_GET_SELF(found.callable);
    found.callable = PyMethod_GET_FUNCTION(found.callable);
    return with_first(op, found, &self, 1);
}

static int call_partial(operation *op, call found) {
    PyObject *partial = found.callable;
    PyObject *function = PyObject_GetAttrString(partial, "func");
    PyObject *args = function ? PyObject_GetAttrString(partial, "args") : NULL;
    PyObject *keywords = args ? PyObject_GetAttrString(partial, "keywords") : NULL;
    int failed = -1;
    if (keywords && PyTuple_Check(args)) {
        found.callable = function;
        bool has_own = PyDict_Check(keywords) && PyDict_GET_SIZE(keywords);
        if (has_own && found.keywords && !PyFunction_Check(function) && !PyMethod_Check(function))
            operation_unknown(op, "a partial whose call adds keywords");
        if (has_own && !found.keywords) found.keywords = keywords;
        failed = with_first(op, found, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args));
    }
    Py_XDECREF(keywords); /* the partial keeps all three */
    Py_XDECREF(args);
    Py_XDECREF(function);
    return failed;
}

static int call_unwrapped(operation *op, call found, const char *inside) {
    PyObject *function = PyObject_GetAttrString(found.callable, inside);
    if (!function) return -1;
    found.callable = function;
    int failed = dispatch(op, found);
    Py_DECREF(function); /* the wrapper keeps it */
    return failed;
}

static void skip_self(call *found) {
    if (found->self || !found->count) return;
    found->self = found->args[0];
    found->args++;
    found->count--;
}

static int call_wrapper(operation *op, call found) {
    PyObject *self = PyObject_GetAttrString(found.callable, "__self__");
    PyObject *name = self ? PyObject_GetAttrString(found.callable, "__name__") : NULL;
    PyObject *descriptor = name ? _PyType_Lookup(Py_TYPE(self), name) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(self); /* the wrapper keeps it */
    if (!descriptor) return PyErr_Occurred() ? -1 : add_foreign(op, found.callable, "__call__");
    found.callable = descriptor;
    return with_first(op, found, &self, 1);
}

/* --- classes ------------------------------------------------------------------------------------- */

static bool is_in_python(PyObject *method) {
    return method && (PyFunction_Check(method) || Py_IS_TYPE(method, &PyStaticMethod_Type));
}

/* The library's own containers of weak references only take out of them what has ended. */
static bool is_of_library(PyObject *callback) {
    static const char *const files[] = {"/weakref.py", "/_weakrefset.py", "/concurrent/futures/thread.py"};
    PyObject *function = PyMethod_Check(callback) ? PyMethod_GET_FUNCTION(callback) : callback;
    if (!PyFunction_Check(function)) return false;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (is_of_file((PyCodeObject *)PyFunction_GET_CODE(function), files[i])) return true;
    return false;
}

static int construct_in_c(operation *op, call found, PyTypeObject *base) {
    bool calls_back = nature_of_instances(base) == NATURE_WEAK && found.count > 1 && found.args[1] != Py_None;
    if (calls_back && !is_of_library(found.args[1])) watch_end(found.args[0]);
    found.callable = (PyObject *)base;
    found.identity = base;
    return apply_model(op, &found);
}

/* type.__call__: the class's __new__ and __init__, in Python or those of the base in C. */
static int construct(operation *op, call found) {
    PyTypeObject *type = (PyTypeObject *)found.callable;
    PyTypeObject *base = solid_base(type);
    if (base == type) return construct_in_c(op, found, base);
    if (base == &PyBaseObject_Type || PyType_FastSubclass(base, Py_TPFLAGS_BASE_EXC_SUBCLASS))
        return is_odd(type) ? add_foreign(op, found.callable, "__new__") : 0;
    if (is_in_python(class_attribute(type, "__new__")) && is_in_python(class_attribute(type, "__init__")))
        return 0;
    return construct_in_c(op, found, base);
}

static int call_class(operation *op, call found) {
    PyTypeObject *meta = Py_TYPE(found.callable);
    if (meta != &PyType_Type && is_in_python(class_attribute(meta, "__call__"))) return 0;
    return construct(op, found);
}

static bool is_construction(PyObject *descriptor) {
    PyDescrObject *wrapper = (PyDescrObject *)descriptor;
    return wrapper->d_type == &PyType_Type &&
           PyUnicode_CompareWithASCIIString(wrapper->d_name, "__call__") == 0;
}

/* --- everything else ------------------------------------------------------------------------------ */

static int call_wrapper_descriptor(operation *op, call found) {
    found.identity = found.callable;
    if (is_construction(found.callable) && found.count && PyType_Check(found.args[0])) {
        found.callable = found.args[0];
        found.args++;
        found.count--;
        return construct(op, found);
    }
    skip_self(&found);
    return apply_model(op, &found);
}

static int call_builtin(operation *op, call found) {
    PyMethodDef *method = ((PyCFunctionObject *)found.callable)->m_ml;
    PyObject *self = PyCFunction_GET_SELF(found.callable);
    /* All types share one definition of __new__. */
    bool is_new = self && PyType_Check(self) && strcmp(method->ml_name, "__new__") == 0;
    found.identity = is_new ? (const void *)((char *)self + 1) : (const void *)method;
    if (self && !PyModule_Check(self)) found.self = self;
    return apply_model(op, &found);
}

/* `cls.method` of C, as `dict.fromkeys` is when it is looked up in the class's dictionary. */
static int call_descriptor(operation *op, call found) {
    found.identity = ((PyMethodDescrObject *)found.callable)->d_method;
    skip_self(&found);
    return apply_model(op, &found);
}

/* A pool's worker asks whether its pool lives, which one that is shut down does for as long. */
bool is_of_pool(const site *where) {
    const char *file = where->code ? PyUnicode_AsUTF8(where->code->co_filename) : NULL;
    const char *found = file ? strstr(file, "concurrent/futures/thread.py") : NULL;
    if (!file) PyErr_Clear();
    return found != NULL;
}

/* What a weak reference answers depends on when its object ends. In a free-threaded build that is some
 * time after the last reference was dropped, in the thread that made it: nobody can tell. */
static int call_weak(operation *op, PyObject *weak) {
    PyObject *object = weakly_referenced(weak);
#ifdef Py_GIL_DISABLED
    if (!is_of_pool(op->where)) operation_unknown(op, "a weak reference in a free-threaded build");
#endif
    if (object) add_life(op, object);
    else operation_unknown(op, "a weak reference whose object has ended");
    return 0;
}

static int call_object(operation *op, call found) {
    if (nature_of(found.callable) == NATURE_WEAK) return call_weak(op, found.callable);
    PyTypeObject *type = Py_TYPE(found.callable);
    PyObject *method = class_attribute(type, "__call__");
    if (is_in_python(method)) return 0; /* seen as it runs */
    if (is_python_class(type) && method) {
        PyObject *self = found.callable;
        found.callable = method;
        if (Py_TYPE(method)->tp_descr_get && !is_python_class(Py_TYPE(method)))
            return with_first(op, found, &self, 1);
        return dispatch(op, found);
    }
    found.self = found.callable;
    found.identity = (const char *)solid_base(type) + 2; /* the type itself stands for its constructor */
    return apply_model(op, &found);
}

static int add_function_operand(operation *op, PyObject *object, void *unused) {
    (void)unused;
    add_function(op, object);
    return 0;
}

static int dispatch(operation *op, call found) {
    PyObject *callable = found.callable;
    if (do_functions_change()) {
        add_function(op, callable);
        if (!found.depth && for_each_operand(op, &found, add_function_operand, NULL)) return -1;
    }
    if (++found.depth > MOST_WRAPPERS) {
        operation_unknown(op, "a callable in more than %d wrappers", MOST_WRAPPERS);
        return 0;
    }
    if (PyFunction_Check(callable)) return 0; /* Python code is seen as it runs */
    if (PyMethod_Check(callable)) return call_method(op, found);
    if (PyCFunction_Check(callable)) return call_builtin(op, found);
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) || Py_IS_TYPE(callable, &PyClassMethodDescr_Type))
        return call_descriptor(op, found);
    if (Py_IS_TYPE(callable, &PyWrapperDescr_Type)) return call_wrapper_descriptor(op, found);
    if (PyType_Check(callable)) return call_class(op, found);
    if (Py_IS_TYPE(callable, &PyStaticMethod_Type)) return call_unwrapped(op, found, "__func__");
    const char *name = solid_base(Py_TYPE(callable))->tp_name;
    if (!strcmp(name, "method-wrapper")) return call_wrapper(op, found);
    if (!strcmp(name, "functools.partial")) return call_partial(op, found);
    if (!strcmp(name, "types.GenericAlias")) return call_unwrapped(op, found, "__origin__");
    return call_object(op, found);
}

int add_call_of(operation *op, PyObject *callable, PyObject *self, PyObject *const *args, Py_ssize_t count,
                PyObject *keywords) {
    call found = {callable, NULL, keywords, args, count, NULL, 0, false};
    return self ? with_first(op, found, &self, 1) : dispatch(op, found);
}

int add_blind_call(operation *op, PyObject *callable) {
    call found = {callable, NULL, NULL, NULL, 0, NULL, 0, true};
    return dispatch(op, found);
}

static int add_plain_call(operation *op) {
    slot *base = &op->frame->localsplus[op->where->slot];
    int count = op->where->argument;
    PyObject *first = slot_object(base[0]), *second = slot_object(base[1]);
#if CALLABLE_COMES_FIRST
    PyObject *callable = first, *self = second;
    op->callable = &base[0];
#else
    PyObject *callable = first ? first : second, *self = first ? second : NULL;
    op->callable = first ? &base[0] : &base[1];
#endif
    PyObject *args[MOST_ARGUMENTS];
    if (!callable) return 0;
    if (count >= MOST_ARGUMENTS) {
        operation_unknown(op, "a call with more than %d arguments", MOST_ARGUMENTS);
        return 0;
    }
    for (int i = 0; i < count; i++) args[i] = slot_object(base[2 + i]);
    PyObject *names = op->where->name;
#if HAS_CALL_KW
    if (op->where->mode) names = slot_object(base[2 + count]); /* CALL_KW */
#endif
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    return add_call_of(op, callable, self, args, count - named, names);
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
    if (PyTuple_Check(args))
        return add_call_of(op, callable, NULL, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), keywords);
    if (add_sources(op, args, 0)) return -1; /* becomes a tuple first */
    if (PyList_Check(args))
        return add_call_of(op, callable, NULL, ((PyListObject *)args)->ob_item, PyList_GET_SIZE(args),
                           keywords);
    return add_spread_call(op, callable, args, keywords);
}
