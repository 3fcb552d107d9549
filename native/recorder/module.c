/* The Python entry points, thin. */
#include "recording.h"

#include "attach.h"
#include "carry.h"
#include "claim.h"
#include "following.h"
#include "fresh.h"
#include "gilless.h"
#include "join.h"
#include "ownfile.h"
#include "session.h"
#include "spawn.h"
#include "watchdog.h"
#include "watchmodule.h"

#include <stddef.h>
#include <unistd.h>

static PyObject *create_arena(PyObject *module, PyObject *args) {
    (void)module;
    double sample_hz;
    unsigned long long max_size_bytes;
    if (!PyArg_ParseTuple(args, "dK", &sample_hz, &max_size_bytes)) return NULL;
    int fd = fresh_arena(sample_hz, max_size_bytes);
    return fd < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(fd);
}

/* Whatever the collector is at, waiting for it ends after this long, or by Ctrl-C. */
#define PATIENCE_NS 10000000000u

static PyObject *fail(const char *problem) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, problem);
    return NULL;
}

static PyObject *start_collector(PyObject *module, PyObject *args) {
    (void)module;
    const char *executable;
    int arena_fd, out_fd;
    if (!PyArg_ParseTuple(args, "sii", &executable, &arena_fd, &out_fd)) return NULL;
    /* Without this, descriptor 2 may be any file of the program's. */
    PyObject *standard_error = PySys_GetObject("__stderr__");
    bool has_stderr = standard_error && standard_error != Py_None;
    const char *problem;
    bool ready = false;
    Py_BEGIN_ALLOW_THREADS
    problem = spawn_collector(executable, arena_fd, out_fd, has_stderr);
    Py_END_ALLOW_THREADS
    if (problem) return fail(problem);
    uint64_t deadline_ns = monotonic_ns() + PATIENCE_NS;
    while (!ready && !problem && PyErr_CheckSignals() == 0) {
        Py_BEGIN_ALLOW_THREADS
        problem = spawn_progress(&ready);
        Py_END_ALLOW_THREADS
        if (monotonic_ns() > deadline_ns) problem = "it did not start within 10 s";
    }
    if (ready && !problem) Py_RETURN_NONE;
    Py_BEGIN_ALLOW_THREADS
    spawn_finish(true, NULL);
    Py_END_ALLOW_THREADS
    return fail(problem);
}

/* Frames are followed without a GIL as long as the interpreter is not about to end. */
#ifdef Py_GIL_DISABLED
static PyObject *ends(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    gilless_follow_frames(false);
    Py_RETURN_NONE;
}

/* The program finds no more modules than without us. */
static PyObject *import_unseen(const char *name) {
    PyObject *modules = PyImport_GetModuleDict(), *key = PyUnicode_FromString(name);
    int was_there = key ? PyDict_Contains(modules, key) : -1;
    PyObject *imported = was_there < 0 ? NULL : PyImport_ImportModule(name);
    if (imported && !was_there && PyDict_DelItem(modules, key) != 0) PyErr_Clear();
    Py_XDECREF(key);
    return imported;
}

static void follow_frames_until_end(PyObject *module) {
    static bool follows;
    if (follows) return;
    PyObject *atexit = import_unseen("atexit");
    PyObject *callback = PyObject_GetAttrString(module, "ends");
    PyObject *done = atexit && callback ? PyObject_CallMethod(atexit, "register", "O", callback) : NULL;
    follows = done != NULL;
    if (follows) gilless_follow_frames(true);
    else PyErr_Clear(); /* then it is not known where waits are */
    Py_XDECREF(done), Py_XDECREF(callback), Py_XDECREF(atexit);
}
#define ENDS {"ends", ends, METH_NOARGS, "ends() -> None: the interpreter is about to end"},
#else
static void follow_frames_until_end(PyObject *module) { (void)module; }
#define ENDS
#endif

static PyObject *begin(PyObject *module, PyObject *argument) {
    int fd = (int)PyLong_AsLong(argument);
    if (fd == -1 && PyErr_Occurred()) return NULL;
    follow_frames_until_end(module);
    const char *problem = session_begin(fd);
    if (problem) spawn_finish(true, NULL), watchmodule_resume();
    else spawn_has_begun(), recording.is_to_be_ended = true;
    return problem ? fail(problem) : Py_NewRef(Py_None);
}

static const char *await_collector(void) {
    uint32_t beat = 0, before = 0;
    uint64_t beat_ns = monotonic_ns();
    for (;;) {
        enum collector_state state;
        Py_BEGIN_ALLOW_THREADS
        state = session_await_collector(&beat);
        Py_END_ALLOW_THREADS
        if (state == COLLECTOR_DONE) return NULL;
        if (state == COLLECTOR_GONE) return "its collector has ended early";
        if (PyErr_CheckSignals() != 0) return "interrupted";
        if (beat != before) beat_ns = monotonic_ns();
        before = beat;
        if (monotonic_ns() - beat_ns > PATIENCE_NS) return "nothing could be written for 10 s";
    }
}

static PyObject *end(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    session_end(STOP_ASKED);
    const char *problem = await_collector();
    Py_BEGIN_ALLOW_THREADS
    session_close(problem != NULL);
    Py_END_ALLOW_THREADS
    recording.is_to_be_ended = false;
    if (PyErr_Occurred()) return NULL;
    watchmodule_resume();
    return problem ? PyUnicode_FromString(problem) : Py_NewRef(Py_None);
}

static PyObject *watch_begin(PyObject *module, PyObject *unused) {
    follow_frames_until_end(module);
    return watchmodule_begin(module, unused);
}

static PyObject *collector_beat(PyObject *module, PyObject *argument) {
    (void)module;
    uint32_t beat = 0;
    int fd = (int)PyLong_AsLong(argument);
    if (fd == -1 && PyErr_Occurred()) return NULL;
    if (pread(fd, &beat, sizeof beat, offsetof(struct arena_header, beat)) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromUnsignedLong(beat);
}

static PyObject *is_recording(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(recording.active && recording.is_logged);
}

static PyObject *variable(PyObject *module, PyObject *argument) {
    (void)module;
    char text[VARIABLE_BYTES];
    int fd = (int)PyLong_AsLong(argument);
    if (fd == -1 && PyErr_Occurred()) return NULL;
    if (!claim_write(fd, text)) return PyErr_SetFromErrno(PyExc_OSError);
    return PyUnicode_FromString(text);
}

static void carry_on(const char *door) {
    PyObject *name = PySys_GetObject("executable");
    PyObject *bytes = name && PyUnicode_Check(name) ? PyUnicode_EncodeFSDefault(name) : NULL;
    if (bytes) carry_remember(door, PyBytes_AsString(bytes));
    else PyErr_Clear();
    Py_XDECREF(bytes);
}

static const char *begin_launched(const char *arena) {
    int fd = claim_read(arena);
    if (fd < 0) return "it is another program's";
    recording.began = "launch";
    const char *problem = session_begin(fd);
    if (!problem) watchdog_tells_user();
    close(fd);
    return problem;
}

/* Called by the start hook; more than once where its folder is on the path twice. `arena` is the
 * launcher's variable for the first Python that starts, `door` the one for all. The launcher learns
 * from the arena what became of it; the program never does. */
static PyObject *boot(PyObject *module, PyObject *args) {
    const char *arena, *door;
    if (!PyArg_ParseTuple(args, "zz", &arena, &door)) return NULL;
    follow_frames_until_end(module);
    bool has_door = door && join_remember(door);
    const char *problem = arena ? begin_launched(arena) : "there is none";
    if (problem && has_door) problem = join_recording("spawn", false);
    if (problem || !has_door) return PyBool_FromLong(!problem);
    carry_on(door);
    return following_begin_late(module) ? Py_NewRef(Py_True) : NULL;
}

/* Called by the start hook where no launcher's variable has led to a recording. */
static PyObject *boot_alone(PyObject *module, PyObject *args) {
    const char *pattern, *collector;
    if (!PyArg_ParseTuple(args, "ss", &pattern, &collector)) return NULL;
    follow_frames_until_end(module);
    bool begins = ownfile_remember(pattern, collector) && ownfile_begin("environment");
    if (begins && !following_begin(module, "after_in_child", "forked")) return NULL;
    return PyBool_FromLong(begins);
}

/* Called by a script that `gilscope attach` has this process run; nothing is raised, whatever comes of it. */
static PyObject *attach(PyObject *module, PyObject *argument) {
    const char *path = PyUnicode_AsUTF8(argument), *problem;
    struct attaching with;
    bool has_met;
    if (!path) return NULL;
    Py_BEGIN_ALLOW_THREADS
    has_met = attach_meet(&with, path);
    Py_END_ALLOW_THREADS
    if (!has_met) Py_RETURN_FALSE;
    follow_frames_until_end(module);
    problem = attach_begin(&with);
    if (!problem && with.door[0] && join_remember(with.door)) {
        carry_on(with.door);
        if (!following_begin_late(module)) PyErr_Clear();
    }
    attach_part(&with, problem);
    return PyBool_FromLong(!problem);
}

static PyObject *leave(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    attach_leave();
    watchmodule_resume();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"create_arena", create_arena, METH_VARARGS,
     "create_arena(sample_hz, max_size_bytes, /) -> file descriptor of fresh shared memory"},
    {"start_collector", start_collector, METH_VARARGS,
     "start_collector(executable, arena_fd, out_fd, /): start it detached from this process"},
    {"begin", begin, METH_O, "begin(arena_fd, /): record this process from now on"},
    {"end", end, METH_NOARGS, "end() -> what the trace lacks and why, or None"},
    {"is_recording", is_recording, METH_NOARGS, "is_recording() -> bool"},
    {"collector_beat", collector_beat, METH_O,
     "collector_beat(arena_fd, /) -> a number that changes while the collector works"},
    {"variable", variable, METH_O, "variable(arena_fd, /) -> what tells the start hook of it"},
    {"boot", boot, METH_VARARGS, "boot(arena, door, /) -> bool: begin as the launcher's variables say"},
    {"boot_alone", boot_alone, METH_VARARGS,
     "boot_alone(pattern, collector, /) -> bool: begin in a file of our own, with that program beside us"},
    {"attach", attach, METH_O, "attach(path, /) -> bool: begin as whoever listens there says"},
    {"leave", leave, METH_NOARGS, "leave() -> None: end what `attach` began, if its collector wants that"},
    {"forks", following_forks, METH_NOARGS, "forks() -> None: have a place ready for a child"},
    {"forked", following_forked, METH_NOARGS, "forked() -> bool: join, in a child of a recorded process"},
    {"watch_begin", watch_begin, METH_NOARGS, "watch_begin() -> why this process is not watched, or None"},
    ENDS WATCH_METHODS{NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
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
    .m_name = "gilscope._recorder",
    .m_doc = "Records this process's use of the GIL into shared memory.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__recorder(void) { return PyModuleDef_Init(&definition); }
