/* Entry points of gilscope._replay: what a recorded program would have taken under other rules. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "predict/condense.h"
#include "predict/condensing.h"
#include "predict/replay.h"
#include "shared/versions.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct buffers {
    Py_buffer first, kind, value, turn, until, pool, task, given, end_ns,
        doings; /* doings may have no object */
};

static void release(struct buffers *buffers) {
    PyBuffer_Release(&buffers->first);
    PyBuffer_Release(&buffers->kind);
    PyBuffer_Release(&buffers->value);
    PyBuffer_Release(&buffers->turn);
    PyBuffer_Release(&buffers->until);
    PyBuffer_Release(&buffers->pool);
    PyBuffer_Release(&buffers->task);
    PyBuffer_Release(&buffers->given);
    PyBuffer_Release(&buffers->end_ns);
    PyBuffer_Release(&buffers->doings);
}

/* From one number to another, without a step back. */
static bool climb(const int64_t *numbers, int64_t steps, int64_t from, int64_t to) {
    if (numbers[0] != from || numbers[steps] != to) return false;
    for (int64_t i = 0; i < steps; i++)
        if (numbers[i] > numbers[i + 1]) return false;
    return true;
}

/* The sizes of the arrays fit each other, and no thread's or task's steps lie outside of them. */
static bool fit(const struct buffers *buffers, struct programs *programs) {
    const Py_ssize_t wide = sizeof(int64_t);
    Py_ssize_t steps = buffers->kind.len;
    programs->threads = buffers->first.len / wide - 1;
    programs->pools = buffers->pool.len / wide - 1;
    programs->tasks = buffers->task.len / wide - 1;
    if (buffers->first.len % wide || programs->threads < 0 || programs->threads > INT32_MAX) return false;
    if (buffers->pool.len % wide || buffers->task.len % wide || programs->pools < 0 || programs->tasks < 0)
        return false;
    if (buffers->turn.len != steps * (Py_ssize_t)sizeof(uint32_t)) return false;
    if (buffers->until.len != programs->threads * wide) return false;
    if (buffers->given.len != programs->events * wide) return false;
    if (buffers->value.len != steps * wide || buffers->end_ns.len != programs->threads * wide) return false;
    if (buffers->doings.obj && buffers->doings.len != steps * (Py_ssize_t)sizeof(struct doing)) return false;
    programs->first = buffers->first.buf;
    programs->kind = buffers->kind.buf;
    programs->value = buffers->value.buf;
    programs->turn = buffers->turn.buf;
    programs->until = buffers->until.buf;
    programs->pool = buffers->pool.buf;
    programs->task = buffers->task.buf;
    programs->given = buffers->given.buf;
    int64_t own = programs->task[0];
    return climb(programs->first, programs->threads, 0, own) &&
           climb(programs->task, programs->tasks, own, steps) &&
           climb(programs->pool, programs->pools, 0, programs->tasks);
}

static PyObject *run_fitting(const struct buffers *buffers, struct programs *programs,
                             const struct rules *rules) {
    if (!fit(buffers, programs)) {
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
        return NULL;
    }
    struct outcome outcome = {buffers->end_ns.buf, buffers->doings.obj ? buffers->doings.buf : NULL};
    if (outcome.doings) memset(outcome.doings, 0xff, (size_t)buffers->doings.len); /* -1 */
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = replay(programs, rules, &outcome);
    Py_END_ALLOW_THREADS
    if (error == ENOMEM) return PyErr_NoMemory();
    if (error) {
        PyErr_SetString(PyExc_ValueError,
                        "a step is none, lasts less than nothing, or is about no event or pool");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *run_replay(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    /* clang-format off */
    static char *parameters[] = {
        "", "", "", "", "", "", "", "", "",
        "events", "gil", "cores", "switch_interval_ns", "handover_ns", "doings", NULL,
    };
    /* clang-format on */
    struct buffers buffers = {0};
    long long events, cores, interval_ns, handover_ns;
    int gil;
    PyObject *doings = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "y*y*y*y*y*y*y*y*w*$LpLLLO:replay", parameters,
                                     &buffers.first, &buffers.kind, &buffers.value, &buffers.turn,
                                     &buffers.until, &buffers.pool, &buffers.task, &buffers.given,
                                     &buffers.end_ns, &events, &gil, &cores, &interval_ns, &handover_ns,
                                     &doings))
        return NULL;
    if (doings != Py_None && PyObject_GetBuffer(doings, &buffers.doings, PyBUF_CONTIG) < 0) {
        release(&buffers);
        return NULL;
    }
    struct rules rules = {cores, gil, interval_ns, handover_ns};
    struct programs programs = {.events = events};
    PyObject *done = NULL;
    if (events < 0 || cores < 0 || interval_ns <= 0 || handover_ns < 0)
        PyErr_SetString(PyExc_ValueError, "a number is out of range");
    else done = run_fitting(&buffers, &programs, &rules);
    release(&buffers);
    return done;
}

static PyMethodDef methods[] = {
    {"replay", (PyCFunction)(void (*)(void))run_replay, METH_VARARGS | METH_KEYWORDS,
     "replay(first, kind, value, turn, until, pool, task, given, end_ns, /, *, events, gil, cores, "
     "switch_interval_ns, handover_ns, doings)"},
    {"survey", run_survey, METH_VARARGS,
     "survey(request, acquire, release, thread, released, last, run, waits, moments, so_far)"},
    {"condense", run_condense, METH_VARARGS,
     "condense(request, acquire, release, thread, site, held, count, index, limits, site_flags, cuts, cut, "
     "alone, spread, open, at_cut, so_far, rows, row_of)"},
    {NULL, NULL, 0, NULL},
};

static int add_constants(PyObject *module) {
    static const struct {
        const char *name;
        int value;
    } kinds[] = {
        {"HOLD", STEP_HOLD},   {"STALL", STEP_STALL}, {"COMPUTE", STEP_COMPUTE},
        {"BLOCK", STEP_BLOCK}, {"POST", STEP_POST},   {"AWAIT", STEP_AWAIT},
        {"FETCH", STEP_FETCH}, {"GIVE", STEP_GIVE},   {"TAKE", STEP_TAKE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (PyModule_AddIntConstant(module, kinds[i].name, kinds[i].value)) return -1;
    return 0;
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
    .m_name = "gilscope._replay",
    .m_doc = "Runs the recorded programs of threads again, under other rules.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__replay(void) { return PyModuleDef_Init(&definition); }
