/* The program's code that runs because an object ends: finalizers, callbacks of weak references, the rest of
 * a generator, the `close` of a file.
 *
 * It is called by no instruction, but wherever the last reference is dropped; and no order of steps says
 * which thread drops that, or when. So where it runs while other threads live, nothing is proven. The
 * library's containers of weak references only take out what has ended: that is in doubt where somebody
 * looks at them. */
#include "explore/dropped.h"

static raw_frame *endings[MOST_THREADS]; /* of each thread, the frame of such code of the library */
static raw_frame *outermost;             /* the test's, in the main thread */
static PyObject *watches;                /* list of weak references to what others have callbacks of */
static PyObject *variables;              /* list of what the test had when it returned; or NULL */
static PyObject *late; /* set: what ran because explore let go of something late; or NULL */

bool is_of_file(PyCodeObject *code, const char *end) {
    const char *file = PyUnicode_AsUTF8(code->co_filename);
    if (!file) PyErr_Clear();
    size_t length = file ? strlen(file) : 0;
    return length > strlen(end) && !strcmp(file + length - strlen(end), end);
}

static PyObject *argument(raw_frame *frame, int index) {
    PyObject *value = slot_object(frame->localsplus[index]);
    return value && PyCell_Check(value) ? PyCell_GET(value) : value;
}

static bool is_dead(PyObject *value) { return value && PyWeakref_Check(value) && !weakly_referenced(value); }

/* A weak reference is given to its callback when its object has ended. */
static bool is_given_dead(raw_frame *frame, PyCodeObject *code) {
    int named = code->co_argcount + code->co_kwonlyargcount;
    for (int i = 0; i < named; i++)
        if (is_dead(argument(frame, i))) return true;
    PyObject *rest = code->co_flags & CO_VARARGS ? argument(frame, named) : NULL;
    for (Py_ssize_t i = 0; rest && PyTuple_Check(rest) && i < PyTuple_GET_SIZE(rest); i++)
        if (is_dead(PyTuple_GET_ITEM(rest, i))) return true;
    return false;
}

/* Whatever it is called: `__del__ = close`. */
static bool is_finalizer(raw_frame *frame, PyCodeObject *code) {
    PyObject *self = code->co_argcount || code->co_flags & CO_VARARGS ? argument(frame, 0) : NULL;
    if (self && !code->co_argcount && PyTuple_Check(self) && PyTuple_GET_SIZE(self))
        self = PyTuple_GET_ITEM(self, 0);
    PyObject *method = self ? class_attribute(Py_TYPE(self), "__del__") : NULL;
    return method && PyFunction_Check(method) && PyFunction_GET_CODE(method) == (PyObject *)code;
}

/* Files in C, and what derives from them, close themselves. */
static bool is_close_of_file(raw_frame *frame, PyCodeObject *code) {
    if (!code->co_argcount || PyUnicode_CompareWithASCIIString(code->co_name, "close")) return false;
    static PyTypeObject *base;
    PyObject *module = base ? NULL : PyImport_ImportModule("_io");
    if (module) base = (PyTypeObject *)PyObject_GetAttrString(module, "_IOBase");
    Py_XDECREF(module);
    PyObject *self = argument(frame, 0);
    if (!base) PyErr_Clear();
    return !base || (self && PyObject_TypeCheck(self, base));
}

static bool begins_by_end(raw_frame *frame, PyCodeObject *code, int thread) {
    return is_given_dead(frame, code) || is_finalizer(frame, code) ||
           (is_close_of_file(frame, code) && !is_closed_by_call(frame, thread));
}

static bool is_generator(PyCodeObject *code) {
    return code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR);
}

/* A generator that is dropped goes on where it stood, with GeneratorExit. */
static bool goes_on_by_end(PyThreadState *tstate, raw_frame *frame, PyCodeObject *code, int thread) {
    if (!is_generator(code)) return false;
    PyObject *handled = tstate->exc_info ? tstate->exc_info->exc_value : NULL;
    if (!handled || handled == Py_None) return false;
    return PyErr_GivenExceptionMatches(handled, PyExc_GeneratorExit) && !is_closed_by_call(frame, thread);
}

/* Of all threads, for after a fork: nobody of the program asks for it. */
static bool is_of_all_threads(raw_frame *frame, PyCodeObject *code) {
    PyObject *name = PyUnicode_FromString("threading");
    PyObject *module = name ? PyImport_GetModule(name) : NULL;
    PyObject *all = module ? PyObject_GetAttrString(module, "_dangling") : NULL;
    bool found = false;
    for (int i = 0; all && i < code->co_argcount; i++) {
        PyObject *given = argument(frame, i);
        found = found || (given && PyWeakref_Check(given) && weakly_referenced(given) == all);
    }
    PyErr_Clear();
    Py_XDECREF(all);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return found;
}

enum of_library { OF_PROGRAM, FORGETS, HARMLESS };

static enum of_library kind_of(raw_frame *frame, PyCodeObject *code) {
    if (is_of_file(code, "/concurrent/futures/thread.py")) return HARMLESS; /* as with is_of_pool */
    bool of_weakref = is_of_file(code, "/weakref.py") &&
                      PyUnicode_CompareWithASCIIString(code->co_name, "__call__");
    if (!of_weakref && !is_of_file(code, "/_weakrefset.py")) return OF_PROGRAM;
    return is_of_all_threads(frame, code) ? HARMLESS : FORGETS;
}

static void report_end(PyObject *name) {
    PyObject *note = Py_BuildValue("iOOi", UNKNOWN_FINALIZER, name, Py_None, 0);
    if (!note || PySet_Add(the_engine.unknown, note)) PyErr_Clear();
    Py_XDECREF(note);
}

static bool matters(int thread) {
    return the_engine.concurrent && !the_engine.aborting && thread >= 0 && !is_alone(thread);
}

/* Before an instruction: does its code run because something ends? */
void look_for_end(PyThreadState *tstate, raw_frame *frame, const site *where, int thread) {
    if (!matters(thread) || !entered_from_c(frame)) return;
    PyCodeObject *code = frame_code(frame);
    bool begins = where->flags & SITE_BEGINS && begins_by_end(frame, code, thread);
    if (!begins && !goes_on_by_end(tstate, frame, code, thread)) return;
    enum of_library kind = kind_of(frame, code);
    if (kind == FORGETS) endings[thread] = frame;
    else if (kind == OF_PROGRAM) report_end(code->co_qualname);
}

/* Whether the library forgets what has ended. */
bool is_forgetting(const operation *op, int thread) {
    if (!endings[thread]) return false;
    bool goes_on = is_outside_of(op->frame, endings[thread]);
    if (!goes_on || (leaves_frame(op->where) && op->frame == endings[thread])) endings[thread] = NULL;
    return goes_on && matters(thread);
}

/* --- callbacks of weak references ------------------------------------------------------------------ */

/* Whether the callback still waited for it is not asked: that, too, may be otherwise in another order.
 * Without the GIL an object ends some time after it was dropped, in the thread that made it. */
static PyObject *saw_end(PyObject *unused, PyObject *weak) {
    (void)unused;
    (void)weak;
#ifdef Py_GIL_DISABLED
    bool is_seen = the_engine.concurrent && !the_engine.aborting;
#else
    bool is_seen = matters(carried_thread);
#endif
    static PyObject *name;
    if (!name) name = PyUnicode_FromString("a callback of a weak reference");
    if (is_seen && name) report_end(name);
    Py_RETURN_NONE;
}

static PyMethodDef saw_end_method = {"saw_end", saw_end, METH_O, NULL};

void watch_end(PyObject *object) {
    if (!watches) watches = PyList_New(0);
    PyObject *callback = watches ? PyCFunction_New(&saw_end_method, NULL) : NULL;
    PyObject *weak = callback ? PyWeakref_NewRef(object, callback) : NULL;
    if (!weak || PyList_Append(watches, weak)) PyErr_Clear(); /* the program's own call fails alike */
    Py_XDECREF(weak);
    Py_XDECREF(callback);
}

void forget_endings(void) {
    memset(endings, 0, sizeof endings);
    outermost = NULL;
    Py_CLEAR(watches);
    Py_CLEAR(variables);
}

/* --- after an execution ------------------------------------------------------------------------------- */

static bool is_of_explored(raw_frame *frame) {
    code_sites *sites = frame ? sites_of(frame_code(frame)) : NULL;
    if (!sites) PyErr_Clear();
    return sites && sites->explored;
}

/* The test is called by explore, or by who runs tests: the first of the program's code. */
void note_outermost(raw_frame *frame, int thread) {
    if (thread || outermost) return;
    outermost = frame;
    while (is_of_explored(caller_of(outermost))) outermost = caller_of(outermost);
}

/* Its variables live at least until it returns, and so does all that they lead to. */
static void keep_variables(raw_frame *frame) {
    int count = frame_code(frame)->co_nlocalsplus;
    Py_XSETREF(variables, PyList_New(0));
    for (int i = 0; variables && i < count; i++) {
        PyObject *value = slot_object(frame->localsplus[i]);
        if (value && PyList_Append(variables, value)) PyErr_Clear();
    }
    if (!variables) PyErr_Clear();
}

void note_return(raw_frame *frame, int thread) {
    if (thread || frame != outermost || !is_alone(thread)) return;
    note_in_use();
    keep_variables(frame);
}

PyObject *variables_at_return(void) {
    PyObject *kept = variables ? variables : PyList_New(0);
    variables = NULL;
    return kept;
}

/* gilscope.explore.engine.standins.asyncio_.Tasks, of which nobody has heard that a task is not done. */
static bool is_quiet_table(PyObject *table) {
    PyObject *module = PyObject_GetAttrString((PyObject *)Py_TYPE(table), "__module__");
    bool is_ours = module && PyUnicode_Check(module) &&
                   !PyUnicode_CompareWithASCIIString(module, "gilscope.explore.engine.standins.asyncio_");
    PyObject *told = is_ours ? PyObject_GetAttrString(table, "has_told") : NULL;
    bool found = told == Py_False;
    PyErr_Clear();
    Py_XDECREF(told);
    Py_XDECREF(module);
    return found;
}

/* It takes out of asyncio's books what has ended. */
static bool is_of_quiet_tasks(raw_frame *frame, PyCodeObject *code) {
    for (int i = 0; i < code->co_argcount; i++) {
        PyObject *given = argument(frame, i);
        PyObject *table = given && PyWeakref_Check(given) ? weakly_referenced(given) : NULL;
        if (table && is_quiet_table(table)) return true;
    }
    return false;
}

/* Explore has kept alive what ends now: what runs then would have run within the execution. */
void note_late(PyThreadState *tstate, const site *where) {
    if (!late) return;
    raw_frame *frame = innermost_frame(tstate);
    PyCodeObject *code = frame_code(frame);
    bool goes_on = is_generator(code);
    if (!entered_from_c(frame) || (!goes_on && !(where->flags & SITE_BEGINS))) return;
    if (is_of_explored(caller_of(frame))) return; /* which is named already */
    enum of_library kind = kind_of(frame, code);
    if (kind == FORGETS && is_of_quiet_tasks(frame, code)) return;
    if (kind == HARMLESS || PySet_Add(late, code->co_qualname)) PyErr_Clear();
}

static PyObject *note_late_in(PyObject *module, PyObject *names) {
    (void)module;
    Py_CLEAR(late);
    if (names != Py_None) late = Py_NewRef(names);
    Py_RETURN_NONE;
}

static PyObject *test_begins(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    outermost = NULL;
    Py_RETURN_NONE;
}

PyMethodDef dropped_methods[] = {
    {"test_begins", test_begins, METH_NOARGS,
     "test_begins(): what the execution ran so far set the test up."},
    {"note_late_in", note_late_in, METH_O,
     "note_late_in(names): from now on, note what code runs though no execution does; None: no more."},
    {NULL, NULL, 0, NULL},
};
