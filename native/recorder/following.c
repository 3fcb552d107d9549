/* The forks of this process: what os.fork() calls before and after, so that children are recorded, too. */
#include "following.h"

#include "join.h"
#include "ownfile.h"
#include "session.h"

/* In a forked child, before anything of the program's runs there. */
PyObject *following_forked(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    bool was_recorded = session_was_forked() && recording.children_join;
    bool begins = was_recorded && (!join_recording("fork", true) || ownfile_begin("fork"));
    if (was_recorded && !begins) session_leave_parent();
    return PyBool_FromLong(begins);
}

PyObject *following_forks(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    if (recording.children_join) join_before_fork();
    Py_RETURN_NONE;
}

/* The callbacks stay when a recording is over: nothing removes them. */
static bool has_followed;

/* The children that os.fork() makes join; what another part of the program forks runs no Python. `callback` is
 * a method of this module. */
bool following_begin(PyObject *module, const char *when, const char *method) {
    recording.children_join = true;
    if (has_followed) return true;
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *function = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    PyObject *callback = PyObject_GetAttrString(module, method);
    PyObject *arguments = PyTuple_New(0);
    PyObject *names = callback ? Py_BuildValue("{sO}", when, callback) : NULL;
    PyObject *done = NULL;
    if (function && arguments && names) done = PyObject_Call(function, arguments, names);
    Py_XDECREF(names), Py_XDECREF(arguments), Py_XDECREF(callback);
    Py_XDECREF(function), Py_XDECREF(posix), Py_XDECREF(done);
    if (!done) recording.children_join = false;
    return has_followed = done != NULL;
}

/* A child joins when it lets go of the GIL, if there is one. */
bool following_begin_late(PyObject *module) {
#ifdef Py_GIL_DISABLED
    return following_begin(module, "after_in_child", "forked");
#else
    if (!following_begin(module, "before", "forks")) return false;
    join_prepare_children();
    return true;
#endif
}
