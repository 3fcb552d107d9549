/* Entry points of gilscope._explorer: what explore sees of a program, and which thread runs. */
#include "explore/dropped.h"
#include "explore/logical.h"
#include "explore/stepper.h"

static PyObject *configure(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    engine *e = &the_engine;
    static char *names[] = {"describe", "model",       "scheduler", "runaway", "abort",
                            "unknown",  "class_names", "doubts",    "natures", "stand_ins",
                            "go_on",    "most_events", "with_gil",  NULL};
    PyObject *given[11];
    unsigned long long most_events;
    int with_gil;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOOOO!O!O!O!O!OKp", names, &given[0], &given[1],
                                     &given[2], &given[3], &given[4], &PySet_Type, &given[5], &PySet_Type,
                                     &given[6], &PyDict_Type, &given[7], &PyDict_Type, &given[8],
                                     &PyDict_Type, &given[9], &given[10], &most_events, &with_gil))
        return NULL;
    PyObject **places[11] = {&e->describe, &e->model,     &e->scheduler,   &e->runaway,
                             &e->abort,    &e->unknown,   &e->class_names, &e->doubts,
                             &e->natures,  &e->stand_ins, &e->go_on};
    for (int i = 0; i < 11; i++) Py_XSETREF(*places[i], Py_NewRef(given[i]));
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
    the_engine.frozen = the_engine.all_visible = the_engine.guards = the_engine.looks_count = false;
    if (PyObject_IsTrue(other_code)) the_engine.choice++;
    Py_RETURN_NONE;
}

static PyObject *begin(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *tell, *threads, *stepper;
    if (!PyArg_ParseTuple(args, "OO!O", &tell, &PyDict_Type, &threads, &stepper)) return NULL;
    if (!is_stepper(stepper)) {
        PyErr_SetString(PyExc_TypeError, "expected a Stepper");
        return NULL;
    }
    Py_XSETREF(the_engine.threads, Py_NewRef(threads));
    Py_XSETREF(the_engine.stepper, Py_NewRef(stepper));
    Py_XDECREF(touch_reset());
    PyErr_Clear();
    baton_drain();
    observe_thread_reset();
    held_reset();
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
    Py_CLEAR(the_engine.threads);
    Py_CLEAR(the_engine.stepper);
    PyObject *kept = touch_reset(), *variables = kept ? variables_at_return() : NULL;
    PyObject *all = variables ? Py_BuildValue("OOO", PyTuple_GET_ITEM(kept, 0), PyTuple_GET_ITEM(kept, 1),
                                              variables)
                              : NULL;
    Py_XDECREF(kept);
    Py_XDECREF(variables);
    return all;
}

static PyObject *abort_all(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    the_engine.aborting = true;
    Py_RETURN_NONE;
}

static PyObject *set_patience(PyObject *module, PyObject *events) {
    (void)module;
    unsigned long long most = PyLong_AsUnsignedLongLong(events);
    if (PyErr_Occurred()) return NULL;
    the_engine.most_events = most;
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

/* Offsets of the visible instructions of a code object, and whether a lock guards all that they touch. */
static PyObject *visible_offsets(PyObject *module, PyObject *code) {
    (void)module;
    code_sites *sites = PyCode_Check(code) ? sites_of((PyCodeObject *)code) : NULL;
    PyObject *offsets = PyErr_Occurred() ? NULL : PyList_New(0);
    for (int32_t i = 0; offsets && sites && i < sites->count; i++) {
        if (sites->sites[i].kind == SITE_NONE || !is_visible(&sites->sites[i])) continue;
        PyObject *offset = Py_BuildValue("iO", sites->sites[i].offset,
                                         is_choice(&sites->sites[i]) ? Py_False : Py_True);
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

static PyObject *count_looks(PyObject *module, PyObject *on) {
    (void)module;
    the_engine.looks_count = PyObject_IsTrue(on) == 1;
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
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS,
     "configure(...): whom the engine asks, and what it fills."},
    {"new_exploration", new_exploration, METH_O, "new_exploration(other_code): forget what was visible."},
    {"begin", begin, METH_VARARGS,
     "begin(tell, threads, stepper): an execution begins; the dict of its threads by number, which grows, "
     "and how far it has come."},
    {"end", end, METH_NOARGS,
     "end(): an execution ends; the objects that were kept alive for it: in use until the test returned, "
     "others; and the variables of the test then."},
    {"abort_all", abort_all, METH_NOARGS, "abort_all(): let every thread end at its next step."},
    {"events", events, METH_NOARGS, "events(): instructions looked at in this execution."},
    {"is_aborting", is_aborting, METH_NOARGS, "is_aborting(): whether threads are being ended."},
    {"is_over", is_over, METH_NOARGS, "is_over(): whether no execution goes on, or it is being ended."},
    {"set_patience", set_patience, METH_O,
     "set_patience(events): instructions of one thread between its visible steps."},
    {"number_of", number_of, METH_O, "number_of(object): its number in this execution."},
    {"numbered", numbered, METH_NOARGS, "numbered(): how many objects have a number."},
    {"numbered_objects", numbered_objects, METH_NOARGS,
     "numbered_objects(): all that were touched in this execution."},
    {"conflicts", conflicts, METH_NOARGS, "conflicts(): how often something became visible."},
    {"visible_offsets", visible_offsets, METH_O, "visible_offsets(code): and whether each is guarded."},
    {"freeze", freeze, METH_O, "freeze(on): whether nothing becomes visible from now on."},
    {"count_looks", count_looks, METH_O,
     "count_looks(on): whether threads meet where the program's own code looks at a clock."},
    {"doubts_meet", doubts_meet, METH_O,
     "doubts_meet(on): whether what is in doubt is a reason wherever it meets another access."},
    {"note", note, METH_VARARGS, "note(thread, object, key, mode): gilscope touched it for a thread."},
    {"show_all", show_all, METH_O, "show_all(on): whether each access is a step."},
    {NULL, NULL, 0, NULL},
};

/* Layouts and opcodes are those of the version compiled for. */
static int check_version(void) {
    if (Py_Version == COMPILED_FOR) return 0;
    PyErr_Format(PyExc_ImportError, "gilscope explore was built for CPython %s, and this is %lu.%lu.%lu",
                 PY_VERSION, Py_Version >> 24, (Py_Version >> 16) & 255, (Py_Version >> 8) & 255);
    return -1;
}

static int fill(PyObject *module) {
    if (check_version()) return -1;
    if (!empty_slot) empty_slot = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    if (!empty_slot || PyModule_AddObjectRef(module, "NULL", empty_slot)) return -1;
    if (!the_outside() || PyModule_AddObjectRef(module, "OUTSIDE", the_outside())) return -1;
    PyMethodDef *parts[] = {frames_methods,    carriers_methods,     observe_methods,    way_methods,
                            kept_find_methods, kept_compare_methods, kept_kinds_methods, held_methods,
                            decode_methods,    steps_methods,        rows_methods,       dropped_methods,
                            logical_methods};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (PyModule_AddFunctions(module, parts[i])) return -1;
    return publish(module) || exhaustive_publish(module) || stepper_publish(module) ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)fill},
#if HAS_GIL_SLOT
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
