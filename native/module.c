/* The Python entry points, thin. */
#include "recorder.h"

#include <stdlib.h>
#include <unistd.h>

static PyObject *create_arena(PyObject *module, PyObject *args) {
    (void)module;
    double sample_hz;
    unsigned long long max_size_bytes;
    if (!PyArg_ParseTuple(args, "dK", &sample_hz, &max_size_bytes)) return NULL;
    int fd = session_create_arena(sample_hz, max_size_bytes);
    return fd < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(fd);
}

static PyObject *start_collector(PyObject *module, PyObject *args) {
    (void)module;
    const char *executable;
    int arena_fd, out_fd;
    if (!PyArg_ParseTuple(args, "sii", &executable, &arena_fd, &out_fd)) return NULL;
    /* Without this, descriptor 2 may be any file of the program's. */
    PyObject *standard_error = PySys_GetObject("__stderr__");
    bool has_stderr = standard_error && standard_error != Py_None;
    errno = spawn_collector(executable, arena_fd, out_fd, has_stderr);
    if (errno) return PyErr_SetFromErrnoWithFilename(PyExc_OSError, executable);
    Py_RETURN_NONE;
}

static PyObject *begin(PyObject *module, PyObject *argument) {
    (void)module;
    int fd = (int)PyLong_AsLong(argument);
    if (fd == -1 && PyErr_Occurred()) return NULL;
    const char *problem = session_begin(fd);
    if (problem) return PyErr_Format(PyExc_RuntimeError, "%s", problem);
    Py_RETURN_NONE;
}

static PyObject *end(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    bool complete;
    session_end(STOP_ASKED);
    Py_BEGIN_ALLOW_THREADS
    complete = session_await_collector();
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(complete);
}

static PyObject *is_recording(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(recording.active != 0);
}

/* Called by the start hook of a program that `gilscope run` launched. The launcher learns from the
 * arena what became of it; the program never does. */
static PyObject *boot(PyObject *module, PyObject *argument) {
    (void)module;
    const char *text = PyUnicode_AsUTF8(argument);
    if (!text) return NULL;
    char *rest;
    long fd = strtol(text, &rest, 10);
    if (rest == text || *rest || fd < 3) Py_RETURN_FALSE;
    const char *problem = session_begin((int)fd);
    close((int)fd);
    return PyBool_FromLong(problem == NULL);
}

static PyMethodDef methods[] = {
    {"create_arena", create_arena, METH_VARARGS,
     "create_arena(sample_hz, max_size_bytes, /) -> file descriptor of fresh shared memory"},
    {"start_collector", start_collector, METH_VARARGS,
     "start_collector(executable, arena_fd, out_fd, /): start it detached from this process"},
    {"begin", begin, METH_O, "begin(arena_fd, /): record this process from now on"},
    {"end", end, METH_NOARGS, "end() -> whether the collector completed the trace"},
    {"is_recording", is_recording, METH_NOARGS, "is_recording() -> bool"},
    {"boot", boot, METH_O, "boot(value, /) -> bool: begin as the launcher's variable says"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030d0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gilscope._recorder",
    .m_doc = "Records this process's use of the GIL into shared memory.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__recorder(void) { return PyModuleDef_Init(&definition); }
