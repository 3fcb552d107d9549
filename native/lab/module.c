/* Entry points of gilscope._refcount: reference counting, run by real threads without the GIL. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "race.h"
#include "shared/versions.h"

#include <errno.h>
#include <string.h>

static const char *const names[WAYS] = {
    [PLAIN] = "plain", [ATOMIC] = "atomic", [BIASED] = "biased", [LOCKED] = "locked", [TURNS] = "turns",
};

static bool find_way(const char *name, enum way *way) {
    for (int i = 0; i < WAYS; i++) {
        if (strcmp(names[i], name)) continue;
        *way = (enum way)i;
        return true;
    }
    return false;
}

static PyObject *tuple_of_ns(const struct race *race, const struct outcome *outcome) {
    PyObject *tuple = PyTuple_New(race->threads);
    for (int i = 0; tuple && i < race->threads; i++) {
        const struct part *part = &outcome->parts[i];
        PyObject *ns = PyLong_FromUnsignedLongLong(part->end_ns - part->begin_ns);
        if (ns) PyTuple_SET_ITEM(tuple, i, ns);
        else Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *describe(const struct race *race, const struct outcome *outcome) {
    unsigned long long cpu_ns = 0, zeroes = 0;
    long long first_zero = -1;
    for (int i = 0; i < race->threads; i++) {
        const struct part *part = &outcome->parts[i];
        cpu_ns += part->cpu_ns;
        zeroes += part->zeroes;
        if (part->zeroes && (first_zero < 0 || part->first_zero < first_zero)) first_zero = part->first_zero;
    }
    PyObject *thread_ns = tuple_of_ns(race, outcome);
    if (!thread_ns) return NULL;
    return Py_BuildValue("{s:L,s:K,s:L,s:K,s:K,s:N}", "count", (long long)outcome->count, "zeroes", zeroes,
                         "first_zero", first_zero, "elapsed_ns", (unsigned long long)outcome->elapsed_ns,
                         "cpu_ns", cpu_ns, "thread_ns", thread_ns);
}

static PyObject *run_race(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    static char *parameters[] = {"", "threads", "repeat", "pairs", "owner_works", NULL};
    const char *name;
    int threads, pairs, owner_works = 1;
    long long repeat;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "siLp|p:race", parameters, &name, &threads, &repeat,
                                     &pairs, &owner_works))
        return NULL;
    struct race plan = {.threads = threads, .pairs = pairs, .owner_works = owner_works};
    if (!find_way(name, &plan.way)) return PyErr_Format(PyExc_ValueError, "no such way: %s", name);
    if (threads < 1 || threads > MOST_THREADS)
        return PyErr_Format(PyExc_ValueError, "threads must be 1 to %d", MOST_THREADS);
    if (repeat < 0 || repeat > (long long)MOST_REPEATS)
        return PyErr_Format(PyExc_ValueError, "repeat must be 0 to %d", (int)MOST_REPEATS);
    plan.repeat = (uint64_t)repeat;
    struct outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    errno = race(&plan, &outcome);
    Py_END_ALLOW_THREADS
    if (errno) return PyErr_SetFromErrno(PyExc_OSError);
    return describe(&plan, &outcome);
}

static PyMethodDef methods[] = {
    {"race", (PyCFunction)(void (*)(void))run_race, METH_VARARGS | METH_KEYWORDS,
     "race(way, /, *, threads, repeat, pairs, owner_works=True) -> what became of the count"},
    {NULL, NULL, 0, NULL},
};

static int add_constants(PyObject *module) {
    if (PyModule_AddIntConstant(module, "TURN", TURN)) return -1;
    return PyModule_AddIntConstant(module, "MOST_THREADS", MOST_THREADS);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, add_constants},
#if HAS_OWN_GILS
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if HAS_GIL_SLOT
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gilscope._refcount",
    .m_doc = "Counts references in several ways, with real threads and without the GIL.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__refcount(void) { return PyModuleDef_Init(&definition); }
