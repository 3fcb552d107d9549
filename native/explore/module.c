/* Entry points of gilscope._explorer: what explore sees of a program, and which thread runs. */
#include "explore/engine.h"

static PyObject *null; /* stands for an empty slot */

/* The slot of (frame, index): counted as CPython does, locals and cells first, then the stack. */
static slot *find_slot(PyObject *const *args, Py_ssize_t count, Py_ssize_t wanted) {
    if (count != wanted || !PyFrame_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "expected a frame, a slot and, to replace it, an object");
        return NULL;
    }
    Py_ssize_t index = PyLong_AsSsize_t(args[1]);
    if (index == -1 && PyErr_Occurred()) return NULL;
    raw_frame *frame = ((PyFrameObject *)args[0])->f_frame;
    PyCodeObject *code = PyFrame_GetCode((PyFrameObject *)args[0]);
    Py_ssize_t slots = code->co_nlocalsplus + code->co_stacksize;
    Py_DECREF(code);
    if (index < 0 || index >= slots) {
        PyErr_Format(PyExc_IndexError, "slot %zd of a frame that has %zd", index, slots);
        return NULL;
    }
    return &frame->localsplus[index];
}

static PyObject *peek(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 2);
    if (!place) return NULL;
#if PY_VERSION_HEX >= 0x030f0000
    if (PyStackRef_IsTaggedInt(*place)) return PyLong_FromSsize_t(PyStackRef_UntagInt(*place)); /* a loop's position */
#endif
    PyObject *object = slot_object(*place);
    return Py_NewRef(object ? object : null);
}

static PyObject *replace(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 3);
    if (!place) return NULL;
    if (!slot_object(*place)) {
        PyErr_SetString(PyExc_ValueError, "an empty slot cannot be replaced");
        return NULL;
    }
    set_slot(place, args[2]);
    Py_RETURN_NONE;
}

static PyObject *saved(PyObject *module, PyObject *frame) {
    (void)module;
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    return PyLong_FromLong(saved_slots(((PyFrameObject *)frame)->f_frame));
}

/* Whether C code, whose state nobody sees, stands between a frame and the one that called it. */
static PyObject *called_from_c(PyObject *module, PyObject *frame) {
    (void)module;
    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    return PyBool_FromLong(entered_from_c(((PyFrameObject *)frame)->f_frame));
}

static PyObject *function_of(const raw_frame *frame) {
#if PY_VERSION_HEX >= 0x030e0000
    return slot_object(frame->f_funcobj);
#elif PY_VERSION_HEX >= 0x030c0000
    return frame->f_funcobj;
#else
    return (PyObject *)frame->f_func;
#endif
}

/* Of (frame, slot, inner frame, is alive): a call may have taken what lies in its slots. Such an
 * object may have ended, so that its address is all that can be looked at. */
static PyObject *slot_calls(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    slot *place = find_slot(args, count, 4);
    if (!place) return NULL;
    if (!PyFrame_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "expected a frame");
        return NULL;
    }
    PyObject *called = slot_object(*place);
    if (called && args[3] == Py_True && PyMethod_Check(called)) called = PyMethod_GET_FUNCTION(called);
    return PyBool_FromLong(called && called == function_of(((PyFrameObject *)args[2])->f_frame));
}

/* --- the engine ------------------------------------------------------------------------------ */

static PyObject *configure(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    engine *e = &the_engine;
    static char *names[] = {"describe", "model", "scheduler", "runaway", "abort", "unknown", "class_names",
                            "doubts", "natures", "stand_ins", "most_events", "with_gil", NULL};
    PyObject *given[10];
    unsigned long long most_events;
    int with_gil;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOOOO!O!O!O!O!Kp", names, &given[0], &given[1], &given[2],
                                     &given[3], &given[4], &PySet_Type, &given[5], &PySet_Type, &given[6],
                                     &PyDict_Type, &given[7], &PyDict_Type, &given[8], &PyDict_Type, &given[9], &most_events, &with_gil))
        return NULL;
    PyObject **places[10] = {&e->describe, &e->model, &e->scheduler, &e->runaway, &e->abort,
                            &e->unknown, &e->class_names, &e->doubts, &e->natures, &e->stand_ins};
    for (int i = 0; i < 10; i++) Py_XSETREF(*places[i], Py_NewRef(given[i]));
    if (!PyType_Check(e->abort)) {
        PyErr_SetString(PyExc_TypeError, "abort must be a class");
        return NULL;
    }
    e->class_dealloc = ((PyTypeObject *)e->abort)->tp_dealloc;
    e->most_events = most_events;
    e->with_gil = with_gil;
    if (sites_ready() || baton_ready() || calls_ready()) return NULL;
    forget_models();
    Py_RETURN_NONE;
}

/* Sites that were found visible are so no more: a new exploration begins. */
static PyObject *new_exploration(PyObject *module, PyObject *other_code) {
    (void)module;
    the_engine.exploration++;
    the_engine.conflicts = 0;
    the_engine.frozen = the_engine.all_visible = false;
    if (PyObject_IsTrue(other_code)) the_engine.choice++;
    Py_RETURN_NONE;
}

static PyObject *begin(PyObject *module, PyObject *tell) {
    (void)module;
    Py_XDECREF(touch_reset());
    PyErr_Clear();
    baton_drain();
    observe_thread_reset();
    Py_CLEAR(the_engine.tell);
    the_engine.tell = tell == Py_None ? NULL : Py_NewRef(tell);
    the_engine.concurrent = the_engine.aborting = false;
    the_engine.active = true;
    Py_RETURN_NONE;
}

/* End an execution; the objects that were kept alive for it. */
static PyObject *end(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    the_engine.active = the_engine.concurrent = the_engine.aborting = false;
    ends_aside(false);
    Py_CLEAR(the_engine.tell);
    return touch_reset();
}

static PyObject *abort_all(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    the_engine.aborting = true;
    Py_RETURN_NONE;
}

/* Where threads keep their number, to take it from one that will never do so itself. */
static int *numbers[MOST_THREADS];

static PyObject *enter_thread(PyObject *module, PyObject *number) {
    (void)module;
    long thread = PyLong_AsLong(number);
    if (thread == -1 && PyErr_Occurred()) return NULL;
    if (thread >= MOST_THREADS) {
        PyErr_Format(PyExc_OverflowError, "more than %d threads in one execution", MOST_THREADS);
        return NULL;
    }
    current_thread = (int)thread;
    ends_aside(thread < 0);
    if (thread >= 0) carried_thread = (int)thread;
    if (thread >= 0) numbers[thread] = &current_thread;
    Py_RETURN_NONE;
}

/* A thread that is blocked outside of our sight is none of the program's from now on: it is not
 * observed if it ever goes on, and ends then. Up to 3.12 that is left to it: until it ends, an
 * asynchronous exception would keep all threads looking for one, and 3.11 hangs in that if traced. */
static PyObject *lose_thread(PyObject *module, PyObject *args) {
    (void)module;
    int number;
    unsigned long ident;
    if (!PyArg_ParseTuple(args, "ik", &number, &ident)) return NULL;
    if (number < 0 || number >= MOST_THREADS) {
        PyErr_Format(PyExc_ValueError, "no thread has number %d", number);
        return NULL;
    }
    if (numbers[number]) __atomic_store_n(numbers[number], -1, __ATOMIC_RELAXED);
    numbers[number] = NULL;
#if PY_VERSION_HEX >= 0x030d0000
    PyThreadState_SetAsyncExc(ident, the_engine.abort);
#endif
    Py_RETURN_NONE;
}

static PyObject *set_patience(PyObject *module, PyObject *events) {
    (void)module;
    unsigned long long most = PyLong_AsUnsignedLongLong(events);
    if (PyErr_Occurred()) return NULL;
    the_engine.most_events = most;
    Py_RETURN_NONE;
}

/* A thread that starts in a carrier begins with nothing of the one before it. */
static PyObject *forget_thread_locals(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    PyObject *own = PyThreadState_GetDict();
    if (own) PyDict_Clear(own);
    Py_RETURN_NONE;
}

static PyObject *spawned(PyObject *module, PyObject *args) {
    (void)module;
    int parent, child;
    if (!PyArg_ParseTuple(args, "ii", &parent, &child)) return NULL;
    touch_spawned(parent, child);
    the_engine.concurrent = true;
    Py_RETURN_NONE;
}

static PyObject *joined(PyObject *module, PyObject *args) {
    (void)module;
    int thread, ended;
    if (!PyArg_ParseTuple(args, "ii", &thread, &ended)) return NULL;
    touch_joined(thread, ended);
    Py_RETURN_NONE;
}

static PyObject *barrier(PyObject *module, PyObject *threads) {
    (void)module;
    long count = PyLong_AsLong(threads);
    if (count == -1 && PyErr_Occurred()) return NULL;
    touch_barrier((int)count);
    Py_RETURN_NONE;
}

static PyObject *pass_baton(PyObject *module, PyObject *args) {
    (void)module;
    int from, to;
    if (!PyArg_ParseTuple(args, "ii", &from, &to)) return NULL;
    if (from < 0) {
        baton_give(to);
        Py_RETURN_NONE;
    }
    if (to < 0 ? baton_await(from) : baton_pass(from, to)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *passed_check(PyObject *module, PyObject *number) {
    (void)module;
    long thread = PyLong_AsLong(number);
    if (thread == -1 && PyErr_Occurred()) return NULL;
    observe_passed_check((int)thread);
    Py_RETURN_NONE;
}

static PyObject *number_of(PyObject *module, PyObject *object) {
    (void)module;
    return object_named(object);
}

static PyObject *numbered(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyLong_FromLong(objects_numbered());
}

static PyObject *conflicts(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLongLong(the_engine.conflicts);
}

static PyObject *numbered_objects(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return touched_objects();
}

static PyObject *events(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLongLong(the_engine.events);
}

static PyObject *is_aborting(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyBool_FromLong(the_engine.aborting);
}

static PyObject *is_over(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    return PyBool_FromLong(the_engine.aborting || !the_engine.active);
}

/* Offsets of the visible instructions of a code object. */
static PyObject *visible_offsets(PyObject *module, PyObject *code) {
    (void)module;
    code_sites *sites = PyCode_Check(code) ? sites_of((PyCodeObject *)code) : NULL;
    PyObject *offsets = PyErr_Occurred() ? NULL : PyList_New(0);
    for (int32_t i = 0; offsets && sites && i < sites->count; i++) {
        if (sites->sites[i].kind == SITE_NONE || !is_visible(&sites->sites[i])) continue;
        PyObject *offset = PyLong_FromLong(sites->sites[i].offset);
        if (!offset || PyList_Append(offsets, offset)) Py_CLEAR(offsets);
        Py_XDECREF(offset);
    }
    return offsets;
}

static PyObject *freeze(PyObject *module, PyObject *on) {
    (void)module;
    the_engine.frozen = PyObject_IsTrue(on) == 1;
    Py_RETURN_NONE;
}

static PyObject *show_all(PyObject *module, PyObject *on) {
    (void)module;
    the_engine.all_visible = PyObject_IsTrue(on) == 1;
    Py_RETURN_NONE;
}

static PyObject *doubts_meet(PyObject *module, PyObject *on) {
    (void)module;
    the_engine.doubts_meet = PyObject_IsTrue(on) == 1;
    Py_RETURN_NONE;
}

/* What gilscope's own code does for a thread of the program: `key` None stands for all of it. */
static PyObject *note(PyObject *module, PyObject *args) {
    (void)module;
    static site own = {.kind = SITE_PASS, .slot = -1, .offset = -1};
    int thread, mode;
    PyObject *object, *key;
    if (!PyArg_ParseTuple(args, "iOOi", &thread, &object, &key, &mode)) return NULL;
    if (!the_engine.concurrent || thread < 0) Py_RETURN_NONE;
    operation op = {.where = &own};
    bool whole = key == Py_None;
    operation_add(&op, object, whole ? PART_ALL : PART_KEY, whole ? 0 : PyObject_Hash(key), mode);
    touch(&op, thread);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"peek", (PyCFunction)(void (*)(void))peek, METH_FASTCALL,
     "peek(frame, slot): the object in a slot of a frame that is being traced; NULL if it is empty."},
    {"replace", (PyCFunction)(void (*)(void))replace, METH_FASTCALL,
     "replace(frame, slot, object): let the next instruction work on another object."},
    {"slot_calls", (PyCFunction)(void (*)(void))slot_calls, METH_FASTCALL,
     "slot_calls(frame, slot, inner, is_alive): whether the frame's slot is what the inner frame runs; "
     "a method, too, if what lies there is known to be alive."},
    {"saved", saved, METH_O,
     "saved(frame): the slots in use as CPython saved them; negative where it did not."},
    {"called_from_c", called_from_c, METH_O,
     "called_from_c(frame): whether C code stands between the frame and the one below it."},
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS,
     "configure(...): whom the engine asks, and what it fills."},
    {"new_exploration", new_exploration, METH_O, "new_exploration(other_code): forget what was visible."},
    {"begin", begin, METH_O, "begin(tell): an execution begins."},
    {"end", end, METH_NOARGS, "end(): an execution ends; the objects that were kept alive for it."},
    {"abort_all", abort_all, METH_NOARGS, "abort_all(): let every thread end at its next step."},
    {"events", events, METH_NOARGS, "events(): instructions looked at in this execution."},
    {"is_aborting", is_aborting, METH_NOARGS, "is_aborting(): whether threads are being ended."},
    {"is_over", is_over, METH_NOARGS, "is_over(): whether no execution goes on, or it is being ended."},
    {"enter_thread", enter_thread, METH_O, "enter_thread(n): the calling thread is logical thread n."},
    {"lose_thread", lose_thread, METH_VARARGS,
     "lose_thread(n, ident): do not observe that thread any more, and end it when it goes on."},
    {"set_patience", set_patience, METH_O,
     "set_patience(events): instructions of one thread between its visible steps."},
    {"forget_thread_locals", forget_thread_locals, METH_NOARGS,
     "forget_thread_locals(): of the calling thread."},
    {"spawned", spawned, METH_VARARGS, "spawned(parent, child): the one started the other."},
    {"joined", joined, METH_VARARGS, "joined(thread, ended): the one saw the other's end."},
    {"barrier", barrier, METH_O, "barrier(threads): what came before cannot come later."},
    {"pass_baton", pass_baton, METH_VARARGS,
     "pass_baton(from, to): let `to` run, then wait for one's turn; -1: do not wait, do not give."},
    {"passed_check", passed_check, METH_O,
     "passed_check(thread): another can run after what it is about to do."},
    {"number_of", number_of, METH_O, "number_of(object): its number in this execution."},
    {"numbered", numbered, METH_NOARGS, "numbered(): how many objects have a number."},
    {"numbered_objects", numbered_objects, METH_NOARGS,
     "numbered_objects(): all that were touched in this execution."},
    {"conflicts", conflicts, METH_NOARGS, "conflicts(): how often something became visible."},
    {"visible_offsets", visible_offsets, METH_O, "visible_offsets(code)"},
    {"freeze", freeze, METH_O, "freeze(on): whether nothing becomes visible from now on."},
    {"doubts_meet", doubts_meet, METH_O,
     "doubts_meet(on): whether what is in doubt is a reason wherever it meets another access."},
    {"note", note, METH_VARARGS, "note(thread, object, key, mode): gilscope touched it for a thread."},
    {"show_all", show_all, METH_O, "show_all(on): whether each access is a step."},
    {NULL, NULL, 0, NULL},
};

/* Layouts and opcodes are those of the version compiled for. */
static int check_version(void) {
    if (Py_Version == PY_VERSION_HEX) return 0;
    PyErr_Format(PyExc_ImportError, "gilscope explore was built for CPython %s, and this is %lu.%lu.%lu", PY_VERSION,
                 Py_Version >> 24, (Py_Version >> 16) & 255, (Py_Version >> 8) & 255);
    return -1;
}

static int fill(PyObject *module) {
    if (check_version()) return -1;
    if (!null) null = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    if (!null || PyModule_AddObjectRef(module, "NULL", null)) return -1;
    if (!the_outside() || PyModule_AddObjectRef(module, "OUTSIDE", the_outside())) return -1;
    if (PyModule_AddFunctions(module, leaks_methods)) return -1;
    if (PyModule_AddFunctions(module, way_methods)) return -1;
    return PyModule_AddFunctions(module, observe_methods);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)fill},
#if PY_VERSION_HEX >= 0x030d0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gilscope._explorer",
    .m_doc = "What explore sees of a program's instructions, and which thread runs.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__explorer(void) { return PyModuleDef_Init(&definition); }
