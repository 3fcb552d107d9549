/* Python's door to a process that is watched; what the numbers mean is said in gilscope/watch/layout.py. */
#include "watchmodule.h"

#include "gils.h"
#include "nursery.h"
#include "resume.h"
#include "session.h"
#include "watchgroups.h"
#include "watching.h"
#include "watchread.h"
#include "watchstalls.h"
#include "watchtime.h"

#include <unistd.h>

/* In forked children of os.fork(), and once for all: the method is of the module that began it. */
static bool follow_forks(PyObject *module) {
    static bool follows;
    if (follows) return true;
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *function = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    PyObject *callback = PyObject_GetAttrString(module, "watch_resume");
    PyObject *arguments = PyTuple_New(0);
    PyObject *names = callback ? Py_BuildValue("{sO}", "after_in_child", callback) : NULL;
    PyObject *done = function && arguments && names ? PyObject_Call(function, arguments, names) : NULL;
    Py_XDECREF(names), Py_XDECREF(arguments), Py_XDECREF(callback);
    Py_XDECREF(function), Py_XDECREF(posix), Py_XDECREF(done);
    return follows = done != NULL;
}

PyObject *watchmodule_begin(PyObject *module, PyObject *unused) {
    (void)unused;
    if (recording.is_watched && recording.active) Py_RETURN_NONE;
    if (!follow_forks(module)) return NULL;
    if (recording.is_watched) {
        watchmodule_resume();
        Py_RETURN_NONE;
    }
    watching_begin();
    const char *problem = session_watch();
    if (!problem) Py_RETURN_NONE;
    watching_end();
    return PyUnicode_FromString(problem);
}

PyObject *watchmodule_end(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    if (recording.active && !recording.is_logged) session_unwatch();
    resume_never();
    if (recording.is_watched) watching_end();
    Py_RETURN_NONE;
}

/* In a forked child, unless it is about to join a recording; or where one has stopped by itself. */
PyObject *watchmodule_go_on(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    watchmodule_resume();
    Py_RETURN_NONE;
}

void watchmodule_resume(void) {
    bool is_free = !recording.active && !(recording.is_logged && recording.is_to_be_ended);
    if (recording.is_watched && is_free && !newborn_is_this()) resume_now();
}

/* --- reading ------------------------------------------------------------------------------------ */

PyObject *watchmodule_read(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    struct {
        uint64_t pid, begin_unix_ns, wall_ns, watched_ns, gil_enabled, switch_interval_ns;
        struct collections collections;
        struct watch_reading reading;
    } *all;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, sizeof *all);
    if (!bytes) return NULL;
    all = (void *)PyBytes_AS_STRING(bytes);
    raw_gil *raw = interpreter_gil(PyInterpreterState_Main());
    all->pid = (uint64_t)getpid();
    all->begin_unix_ns = watchtime.begin_unix_ns;
    all->gil_enabled = gil_is_enabled(raw);
    all->switch_interval_ns = gil_switch_interval_ns(raw);
    all->collections = watching_collections();
    watchread(&all->reading);
    all->watched_ns = watchtime_ns(); /* afterwards: nothing is held for longer */
    all->wall_ns = monotonic_ns() - watchtime.begin_ns;
    return bytes;
}

PyObject *watchmodule_patterns(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    char text[NAME_BYTES];
    Py_ssize_t count = (Py_ssize_t)watchgroups_count();
    PyObject *names = PyTuple_New(count);
    for (Py_ssize_t i = 0; names && i < count; i++) {
        Py_ssize_t bytes = (Py_ssize_t)watchgroups_pattern((uint32_t)i, text);
        PyObject *name = PyUnicode_DecodeUTF8(text, bytes, "replace");
        if (name) PyTuple_SET_ITEM(names, i, name);
        else Py_CLEAR(names);
    }
    return names;
}

/* --- stalls that were kept ------------------------------------------------------------------------ */

static PyObject *text_of(const char *text) {
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *frames_of(const struct kept_stall *kept) {
    uint32_t count = kept->depth < KEPT_FRAMES ? kept->depth : KEPT_FRAMES;
    PyObject *frames = PyTuple_New((Py_ssize_t)count);
    for (uint32_t i = 0; frames && i < count; i++) {
        const struct kept_frame *row = &kept->frames[i];
        PyObject *frame = Py_BuildValue("(NNI)", text_of(row->function), text_of(row->file), row->line);
        if (frame) PyTuple_SET_ITEM(frames, (Py_ssize_t)i, frame);
        else Py_CLEAR(frames);
    }
    return frames;
}

static PyObject *row_of(const struct kept_stall *kept) {
    return Py_BuildValue("(IKKKKININ)", kept->number, kept->end_unix_ns, kept->stall.ns, kept->stall.hold_ns,
                         kept->stall.wait_ns, kept->stall.waiters, text_of(kept->thread), kept->depth,
                         frames_of(kept));
}

PyObject *watchmodule_kept(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    PyObject *rows = PyList_New(0);
    struct kept_stall *kept = PyMem_Malloc(sizeof *kept);
    bool is_whole = rows && kept;
    for (uint32_t i = 0; is_whole && i < KEPT_STALLS; i++) {
        if (!watchstalls_copy(i, kept)) continue;
        PyObject *row = row_of(kept);
        is_whole = row && PyList_Append(rows, row) == 0;
        Py_XDECREF(row);
    }
    PyMem_Free(kept);
    if (is_whole) return rows;
    Py_XDECREF(rows);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

PyObject *watchmodule_keep(PyObject *module, PyObject *least_s) {
    (void)module;
    double seconds = PyFloat_AsDouble(least_s);
    if (PyErr_Occurred()) return NULL;
    watchstalls_set_least((uint64_t)(seconds * 1e9));
    Py_RETURN_NONE;
}
