/* Called before instructions of the explored program: by sys.monitoring, on 3.11 as its tracer. */
#include "explore/dropped.h"
#include "explore/logical.h"
#include "explore/stepper.h"

engine the_engine;
OF_EACH_THREAD int current_thread = -1;
OF_EACH_THREAD int carried_thread = -1;

/* Since its last step the thread has passed a point where its eval loop may switch threads. */
static bool may_switch[MOST_THREADS];
static uint64_t quiet_since[MOST_THREADS]; /* events when the thread last asked the scheduler */

static int raise_abort(void) {
    PyErr_SetNone(the_engine.abort);
    return -1;
}

/* Accesses before which nobody can come belong to the step that their thread is in: 1 if they are noted
 * there, 0 if the scheduler has to be told. */
static int add_to_step(int thread, PyObject *names) {
    PyObject *known = scheduled_thread(thread);
    if (!known) return PyErr_Occurred() ? -1 : 0;
    PyObject *step = held_in(known, thread_slots.step);
    if (held_in(known, thread_slots.joins) != Py_None) return 0;
    if (step == Py_None) return 1;
    if (!PyList_CheckExact(step)) return 0;
    Py_ssize_t end = PyList_GET_SIZE(step);
    return PyList_SetSlice(step, end, end, names) ? -1 : 1;
}

static int ask(int thread, PyObject *names, PyObject *request, PyObject *switches, long *next) {
    PyObject *answer = PyObject_CallFunction(the_engine.scheduler, "iOOO", thread, names, request, switches);
    *next = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    return PyErr_Occurred() ? -1 : 0;
}

/* Let the scheduler choose who goes on, and wait for this thread's turn. What is hidden is no choice, unless
 * it blocks: a lock or a queue of which no other thread has asked anything at a time of its own. */
static int ask_scheduler(operation *op, int thread, bool is_hidden) {
    PyObject *names = accesses_named(op);
    if (!names) return -1;
    PyObject *request = op->request ? op->request : Py_None;
    bool is_guarded = op->request ? is_hidden : !is_choice(op->where);
    bool switches = !is_guarded && (!the_engine.with_gil || may_switch[thread]);
    /* Unless the scheduler says otherwise: observe_passed_check. What a lock keeps others away from can as
     * well come after a switch that was possible before it. */
    if (!is_guarded) may_switch[thread] = false;
    if (op->request) lock_asked_for(thread, op->where);
    int is_noted = op->request || switches ? 0 : add_to_step(thread, names);
    if (is_noted) {
        if (!is_guarded) quiet_since[thread] = the_engine.events;
        Py_DECREF(names);
        return is_noted < 0 ? -1 : 0;
    }
    Py_XSETREF(op->names, names);
    long next;
    int is_quick = op->request || is_hidden || !switches
                       ? 0
                       : stepper_reach(the_engine.stepper, thread, names, &next);
    if (!is_quick)
        is_quick = ask(thread, names, request, is_hidden ? Py_None : switches ? Py_True : Py_False, &next);
    if (is_quick < 0) return -1;
    if (!is_guarded) quiet_since[thread] = the_engine.events;
    if (next == STEP_GOES_ON) return 0;
    if (next == thread) return 0;
    op->waited = true;
    return baton_pass(thread, (int)next);
}

static int tell(operation *op, int thread) {
    if (!the_engine.tell) return 0;
    PyObject *request = op->request ? op->request : Py_None;
    PyObject *done = PyObject_CallFunction(the_engine.tell, "iO", thread, request);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* A request was answered: the scheduler may have named a stand-in for the function called. */
static int find_stand_in(operation *op, int thread) {
    if (!op->request || op->stand_in) return 0;
    PyObject *key = PyLong_FromLong(-1 - thread);
    if (!key) return -1;
    op->stand_in = Py_XNewRef(PyDict_GetItemWithError(the_engine.stand_ins, key));
    Py_DECREF(key);
    return PyErr_Occurred() ? -1 : 0;
}

static int take_step(operation *op, int thread, bool is_hidden) {
    if (the_engine.aborting) return op->request ? ask_scheduler(op, thread, false) : raise_abort();
    if (ask_scheduler(op, thread, is_hidden)) return -1;
    /* Whoever waited for its turn to give a lock back still does. */
    if (the_engine.aborting) return op->request ? ask_scheduler(op, thread, false) : raise_abort();
    if (op->waited && !op->request && !op->stand_in && look_again(op, thread)) return -1;
    return tell(op, thread) || find_stand_in(op, thread) ? -1 : 0;
}

/* A thread that never asks the scheduler would keep the others waiting for ever. */
static int check_patience(int thread) {
    if (++the_engine.events - quiet_since[thread] <= the_engine.most_events) return 0;
    if (the_engine.aborting) return raise_abort(); /* again: it may have been caught */
    PyObject *answer = PyObject_CallFunction(the_engine.runaway, "i", thread);
    long next = answer ? PyLong_AsLong(answer) : -1;
    Py_XDECREF(answer);
    if (next == -1 && PyErr_Occurred()) return -1;
    if (next != thread && baton_pass(thread, (int)next)) return -1;
    quiet_since[thread] = the_engine.events;
    return the_engine.aborting ? raise_abort() : 0;
}

/* Whether someone wants to know even of what is no choice. */
static bool is_told(void) { return the_engine.tell || the_engine.aborting; }

static int look(operation *op, int thread) {
    if (find_accesses(op)) return -1;
    if (leaves_frame(op->where)) add_interrupted(op, thread), note_return(op->frame, thread);
    if (op->stand_in) set_slot(op->callable, op->stand_in);
    bool is_step = op->request != NULL;
    bool is_own = is_own_affair(op, thread);
    if (is_own && !is_told()) return note_own_affair(op), 0;
    bool is_handover = !is_own && add_handover(op);
    if (the_engine.concurrent && op->count) {
        touch(op, thread);
        is_step = is_step || (is_visible(op->where) && (is_choice(op->where) || is_told()));
    }
    bool is_hidden = is_own || (is_handover && !(the_engine.concurrent && is_choice(op->where)));
    push_open(op, thread);
    if (!is_step) return 0;
    bool chosen = op->stand_in != NULL;
    uint64_t before = barriers;
    if (take_step(op, thread, is_hidden)) return -1;
    /* It waited, and does only now what others may do at this time, too. */
    if (is_handover && before != barriers && the_engine.concurrent) touch(op, thread);
    touch_handover(thread);
    if (!chosen && op->stand_in && op->callable) set_slot(op->callable, op->stand_in);
    return 0;
}

static int observe_inside(PyThreadState *tstate, PyCodeObject *code, site *where) {
    int thread = current_thread;
    way_goes_on(thread, where);
    if (the_engine.aborting && where->kind == SITE_PASS) return raise_abort();
    if (check_patience(thread)) return -1;
    if (where->flags & SITE_CHECKS_BEFORE) may_switch[thread] = true;
    int failed = 0;
    raw_frame *frame = innermost_frame(tstate);
    if (the_engine.concurrent) look_for_end(tstate, frame, where, thread);
    note_outermost(frame, thread);
    if (where->kind != SITE_PASS) {
        operation op;
        op.where = where;
        op.frame = frame;
        op.count = 0;
        op.request = op.stand_in = op.names = NULL;
        op.callable = NULL;
        op.waited = false;
        if (frame_code(op.frame) == code) failed = look(&op, thread);
        Py_XDECREF(op.request);
        Py_XDECREF(op.stand_in);
        Py_XDECREF(op.names);
    }
    if (where->flags & SITE_CHECKS_AFTER ||
        (leaves_frame(where) && is_looked_after(innermost_frame(tstate), thread)))
        may_switch[thread] = true;
    return failed;
}

/* Before an instruction: 0 to go on, -1 with an exception to raise there. */
static int observe(PyThreadState *tstate, PyCodeObject *code, site *where) {
    ends_inside(true);
    int failed = observe_inside(tstate, code, where);
    ends_inside(false);
    return failed;
}

/* A thread that had to wait gave the GIL up, and waits for it again when it may go on. */
void observe_passed_check(int thread) { may_switch[thread] = true; }

void observe_thread_reset(void) {
    memset(may_switch, 0, sizeof may_switch);
    memset(quiet_since, 0, sizeof quiet_since);
    forget_open();
    forget_endings();
    forget_natures();
    way_begins();
    the_engine.events = 0;
}

#if HAS_MONITORING
static PyObject *disable;

static PyObject *instruction(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 2) return NULL;
    PyCodeObject *code = (PyCodeObject *)args[0];
    code_sites *sites = sites_of(code);
    if (!sites) return NULL;
    long offset = PyLong_AsLong(args[1]);
    long index = offset / (long)sizeof(_Py_CODEUNIT);
    if (!sites->explored || index < 0 || index >= sites->count || sites->sites[index].kind == SITE_NONE)
        return Py_NewRef(disable);
    if (!the_engine.active) note_late(PyThreadState_Get(), &sites->sites[index]);
    if (!the_engine.active || current_thread < 0) Py_RETURN_NONE;
    if (observe(PyThreadState_Get(), code, &sites->sites[index])) return NULL;
    Py_RETURN_NONE;
}

/* Weak references to code whose instructions are observed, each by itself: to observe those of all
 * code would mean to be called before each instruction of gilscope's own, too, until it is disabled. */
static PyObject *observed, *observe_code;

static int begin_to_observe(PyCodeObject *code) {
    PyObject *weak = PyWeakref_NewRef((PyObject *)code, NULL);
    int failed = weak ? PyList_Append(observed, weak) : -1;
    Py_XDECREF(weak);
    PyObject *done = failed ? NULL : PyObject_CallOneArg(observe_code, (PyObject *)code);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Code begins to run, or goes on after a yield: the first event of its own that there is. */
static PyObject *code_runs(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    code_sites *sites = sites_of((PyCodeObject *)args[0]);
    if (!sites || (sites->explored && begin_to_observe((PyCodeObject *)args[0]))) return NULL;
    if (count > 2) Py_RETURN_NONE; /* an exception is thrown in; that cannot be disabled */
    return Py_NewRef(disable);
}

static PyObject *observe_codes(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *value, *call;
    if (!PyArg_ParseTuple(args, "OO", &value, &call)) return NULL;
    Py_XSETREF(disable, Py_NewRef(value));
    Py_XSETREF(observe_code, Py_NewRef(call));
    Py_XSETREF(observed, PyList_New(0));
    return Py_XNewRef(observed);
}
#else
static PyObject *raised; /* called with each exception, or NULL */

static int tell_of(PyObject *triple) {
    if (!raised || !the_engine.active || current_thread < 0) return 0;
    PyObject *done = PyObject_CallOneArg(raised, PyTuple_GET_ITEM(triple, 1));
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int trace(PyObject *self, PyFrameObject *frame, int event, PyObject *value) {
    (void)self;
    if (event == PyTrace_EXCEPTION) return tell_of(value);
    PyCodeObject *code = frame_code(frame->f_frame);
    if (event != PyTrace_CALL && event != PyTrace_OPCODE) return 0;
    code_sites *sites = sites_of(code);
    if (!sites) return -1;
    frame->f_trace_opcodes = sites->explored;
    frame->f_trace_lines = 0;
    if (event == PyTrace_CALL || !sites->explored) return 0;
    int32_t index = instruction_offset(frame->f_frame, code) / (int32_t)sizeof(_Py_CODEUNIT);
    if (index < 0 || index >= sites->count || sites->sites[index].kind == SITE_NONE) return 0;
    if (!the_engine.active) note_late(PyThreadState_Get(), &sites->sites[index]);
    if (!the_engine.active || current_thread < 0) return 0;
    return observe(PyThreadState_Get(), code, &sites->sites[index]);
}

static PyObject *tell_raised(PyObject *module, PyObject *tell) {
    (void)module;
    Py_XSETREF(raised, tell == Py_None ? NULL : Py_NewRef(tell));
    Py_RETURN_NONE;
}

static PyObject *trace_thread(PyObject *module, PyObject *on) {
    (void)module;
    PyEval_SetTrace(PyObject_IsTrue(on) ? trace : NULL, NULL);
    Py_RETURN_NONE;
}
#endif

PyMethodDef observe_methods[] = {
#if HAS_MONITORING
    {"instruction", (PyCFunction)(void (*)(void))instruction, METH_FASTCALL,
     "instruction(code, offset): the callback of sys.monitoring."},
    {"code_runs", (PyCFunction)(void (*)(void))code_runs, METH_FASTCALL,
     "code_runs(code, offset): the callback of sys.monitoring where code begins or goes on."},
    {"observe_codes", observe_codes, METH_VARARGS,
     "observe_codes(sys.monitoring.DISABLE, observe): what to call with code that is explored; the list of "
     "weak references to such code, which grows."},
#else
    {"tell_raised", tell_raised, METH_O, "tell_raised(tell): what to call with each exception, or None."},
    {"trace_thread", trace_thread, METH_O, "trace_thread(on): observe the calling thread, or stop."},
#endif
    {NULL, NULL, 0, NULL},
};
