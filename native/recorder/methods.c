/* A method in C is called through its definition, which says where its function is: `ml_meth`. Lock and RLock
 * have one definition each, for all interpreters. Another address there is seen by each call, however it is
 * made, and by nothing else. */
#include "methods.h"

#include "ownmemory.h"

#define LOCK_CLASSES 2u

/* Whatever the convention (none of METH_METHOD): at most four arguments, in registers. */
typedef PyObject *(*method)(PyObject *self, void *a, void *b, void *c);

static struct redirected {
    PyMethodDef *definition; /* NULL: not found yet */
    method original;
} redirected[LOCK_CLASSES];
static void (*on_entered)(PyObject *lock);

static PyObject *enter(uint32_t number, PyObject *self, void *a, void *b, void *c) {
    PyObject *result = redirected[number].original(self, a, b, c);
    if (result && atomic_load_explicit(&recording.active, memory_order_relaxed) && recording.is_logged)
        on_entered(self);
    return result;
}

static PyObject *enter_lock(PyObject *self, void *a, void *b, void *c) { return enter(0, self, a, b, c); }
static PyObject *enter_rlock(PyObject *self, void *a, void *b, void *c) { return enter(1, self, a, b, c); }

static const struct {
    const char *name;
    method function;
} classes[LOCK_CLASSES] = {{"LockType", enter_lock}, {"RLock", enter_rlock}};

/* An error would be one of the program's, whatever it is about. */
static PyMethodDef *definition_of(PyObject *module, const char *name) {
    PyObject *type = PyObject_GetAttrString(module, name);
    PyObject *enters = type ? PyObject_GetAttrString(type, "__enter__") : NULL;
    PyMethodDef *found = NULL;
    if (enters && Py_IS_TYPE(enters, &PyMethodDescr_Type)) found = ((PyMethodDescrObject *)enters)->d_method;
    if (found && (found->ml_flags & METH_METHOD)) found = NULL;
    Py_XDECREF(enters);
    Py_XDECREF(type);
    PyErr_Clear();
    return found;
}

static void find(void) {
    PyObject *modules = interpreter_modules(PyInterpreterState_Get());
    PyObject *module = modules ? PyDict_GetItemString(modules, "_thread") : NULL;
    for (uint32_t i = 0; module && i < LOCK_CLASSES; i++)
        redirected[i].definition = definition_of(module, classes[i].name);
}

/* Where the definition cannot be written, an error is returned and nothing has happened. */
static bool write_function(PyMethodDef *definition, method function) {
    struct iovec here = {&function, sizeof function}, there = {&definition->ml_meth, sizeof function};
    return process_vm_writev(getpid(), &here, 1, &there, 1, 0) == (ssize_t)sizeof function;
}

void methods_redirect(void (*entered)(PyObject *lock)) {
    if (!redirected[0].definition && current_tstate() && !PyErr_Occurred()) find();
    on_entered = entered;
    for (uint32_t i = 0; i < LOCK_CLASSES; i++) {
        PyMethodDef *definition = redirected[i].definition;
        method function;
        if (!definition) continue;
        memcpy(&function, &definition->ml_meth, sizeof function);
        if (function == classes[i].function) continue; /* a forked child has it */
        redirected[i].original = function;
        if (!write_function(definition, classes[i].function)) redirected[i].definition = NULL;
    }
}

void methods_restore(void) {
    for (uint32_t i = 0; i < LOCK_CLASSES; i++) {
        PyMethodDef *definition = redirected[i].definition;
        method function;
        if (!definition) continue;
        memcpy(&function, &definition->ml_meth, sizeof function);
        if (function == classes[i].function) write_function(definition, redirected[i].original);
    }
}
