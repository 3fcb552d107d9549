/* The way of most steps: a thread comes to accesses that nothing but other threads can delay, an exhaustive search
 * chooses who goes on, and the baton passes. As gilscope.explore.engine.scheduler does it, which does all else. */
#include "explore/stepper.h"

#include "explore/logical.h"

#include <structmember.h>
#include <time.h>

enum { MOST_ALONE = 10 }; /* as many steps with no choice between threads cost as much as one with */
enum { DIVERGED = -2, FIRST_THREAD = -3 }; /* answers; of a thread that the scheduler lets go on: -3, -4, … */

static PyTypeObject *stepper_type;

/* --- who goes on -------------------------------------------------------------------------------------- */

static int find_enabled(PyObject *threads, uint64_t *enabled) {
    *enabled = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(threads); i++) {
        PyObject *thread = PyList_GET_ITEM(threads, i);
        int can = can_go_on(thread);
        if (can < 0) return -1;
        if (can) *enabled |= UINT64_C(1) << number_of_thread(thread);
    }
    return 0;
}

static bool is_late(const stepper *self) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* as time.monotonic() */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9 >= self->deadline_s;
}

static bool is_long(const stepper *self, uint64_t enabled) {
    long choices = self->choices + ((enabled & (enabled - 1)) != 0), alone = (self->steps + 1) / MOST_ALONE;
    return (choices > alone ? choices : alone) > self->most_steps;
}

static int forget_stand_in(int thread) {
    PyObject *key = PyLong_FromLong(-1 - thread);
    int found = key ? PyDict_Contains(the_engine.stand_ins, key) : -1;
    if (found > 0) found = PyDict_DelItem(the_engine.stand_ins, key);
    Py_XDECREF(key);
    return found < 0 ? -1 : 0;
}

static PyObject *thread_numbered(const stepper *self, int number) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->threads); i++) {
        PyObject *thread = PyList_GET_ITEM(self->threads, i);
        if (number_of_thread(thread) == number) return thread;
    }
    PyErr_SetString(PyExc_RuntimeError, "a thread was chosen that is not there");
    return NULL;
}

static int let_go_on(stepper *self, int number, long *answer) {
    PyObject *thread = thread_numbered(self, number);
    if (!thread) return -1;
    PyObject *next = held_in(thread, thread_slots.plan);
    *answer = FIRST_THREAD - number;
    if (!is_on(next, plan_slots.is_plain)) return 1;
    PyObject *step = PySequence_List(held_in(next, plan_slots.step));
    if (!step) return -1;
    Py_XSETREF(*slot_in(thread, thread_slots.step), step);
    if (forget_stand_in(number)) return -1;
    self->running = *answer = number;
    return 1;
}

static int note_choice(const stepper *self, int chosen) {
    if (self->record == Py_None) return 0;
    PyObject *number = PyLong_FromLong(chosen);
    int failed = number ? PyList_Append(self->record, number) : -1;
    Py_XDECREF(number);
    return failed;
}

/* 1 with an answer, 0 if the scheduler is to choose, -1 with an exception. */
static int choose(stepper *self, long *answer) {
    uint64_t enabled;
    if (!self->is_quick) return 0;
    if (find_enabled(self->threads, &enabled)) return -1;
    if (!enabled || is_late(self) || is_long(self, enabled)) return 0;
    self->steps++;
    self->choices += (enabled & (enabled - 1)) != 0;
    int chosen = exhaustive_choose(self->search, enabled, objects_numbered());
    if (chosen < NOBODY && !PyErr_ExceptionMatches(diverged_error)) return -1;
    PyErr_Clear();
    *answer = chosen < NOBODY ? DIVERGED : chosen;
    if (chosen < NOBODY) return 1;
    if (note_choice(self, chosen)) return -1;
    return chosen == NOBODY ? 1 : let_go_on(self, chosen, answer);
}

/* --- a thread comes to plain accesses ------------------------------------------------------------------ */

/* 1 if the search knows the step that the thread has taken, 0 if the scheduler has to tell it. */
static int took(stepper *self, int number, PyObject *thread) {
    PyObject *step = held_in(thread, thread_slots.step);
    if (step == Py_None) return 1;
    PyObject *taken = PySequence_Tuple(step);
    if (!taken) return -1;
    int failed = exhaustive_took(self->search, number, taken);
    Py_DECREF(taken);
    if (!failed) return 1;
    if (!PyErr_ExceptionMatches(diverged_error)) return -1;
    PyErr_Clear();
    self->search->depth--;
    return 0;
}

static void plan_plainly(PyObject *thread, PyObject *next) {
    put_in(thread, thread_slots.plan, next);
    put_in(thread, thread_slots.gate, Py_None);
    put_in(thread, thread_slots.deadline_s, Py_None);
    put_in(thread, thread_slots.timed_out, Py_False);
    put_in(thread, thread_slots.waits, Py_True);
}

/* The scheduler does what is left to be done: a thread waits, all ends are known, … */
static int ask_to_go_on(PyObject *answer, long *next) {
    PyObject *found = answer ? PyObject_CallOneArg(the_engine.go_on, answer) : NULL;
    *next = found ? PyLong_AsLong(found) : -1;
    Py_XDECREF(answer);
    Py_XDECREF(found);
    return PyErr_Occurred() ? -1 : 1;
}

/* 1 with the thread that goes on, 0 if the scheduler is to say it, -1 with an exception. */
static int reach(stepper *self, int number, PyObject *thread, PyObject *plan, long *next) {
    int is_told = took(self, number, thread);
    if (is_told <= 0) return is_told;
    plan_plainly(thread, plan);
    long answer;
    int is_chosen = choose(self, &answer);
    if (is_chosen < 0) return -1;
    if (!is_chosen) return ask_to_go_on(Py_NewRef(Py_None), next);
    *next = answer;
    return answer >= 0 ? 1 : ask_to_go_on(PyLong_FromLong(answer), next);
}

/* Borrowed. NULL, perhaps with an exception, if it is not for this to choose who goes on after it. */
static PyObject *quick_thread(const stepper *self, int number) {
    if (!self->is_quick || the_engine.aborting || PyDict_GET_SIZE(self->groups)) return NULL;
    PyObject *thread = scheduled_thread(number);
    return thread && held_in(thread, thread_slots.joins) == Py_None ? thread : NULL;
}

int stepper_reach(PyObject *current, int number, PyObject *names, long *next) {
    stepper *self = (stepper *)current;
    PyObject *thread = self ? quick_thread(self, number) : NULL;
    if (!thread) return PyErr_Occurred() ? -1 : 0;
    PyObject *plan = PyObject_CallOneArg(self->plain, names);
    int is_known = plan ? reach(self, number, thread, plan, next) : -1;
    Py_XDECREF(plan);
    return is_known;
}

/* --- as Python code calls it ---------------------------------------------------------------------------- */

static PyObject *next(stepper *self, PyObject *unused) {
    (void)unused;
    long answer;
    int is_chosen = choose(self, &answer);
    if (is_chosen < 0) return NULL;
    if (!is_chosen) Py_RETURN_NONE;
    return PyLong_FromLong(answer);
}

static PyObject *reached(stepper *self, PyObject *args) {
    int number;
    PyObject *plan;
    if (!PyArg_ParseTuple(args, "iO", &number, &plan)) return NULL;
    PyObject *thread = self->is_quick && is_on(plan, plan_slots.is_plain) ? quick_thread(self, number) : NULL;
    if (!thread) return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    long next;
    int is_known = reach(self, number, thread, plan, &next);
    if (is_known < 0) return NULL;
    return is_known ? PyLong_FromLong(next) : Py_NewRef(Py_None);
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    (void)keywords;
    PyObject *threads;
    double deadline_s;
    if (!PyArg_ParseTuple(args, "O!d", &PyList_Type, &threads, &deadline_s)) return NULL;
    stepper *self = (stepper *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->threads = Py_NewRef(threads);
    self->deadline_s = deadline_s;
    return (PyObject *)self;
}

static PyObject *use(stepper *self, PyObject *args) {
    PyObject *search, *record, *groups, *plain;
    long most_steps;
    if (!PyArg_ParseTuple(args, "O!OO!Ol", exhaustive_type, &search, &record, &PyDict_Type, &groups, &plain,
                          &most_steps))
        return NULL;
    if (record != Py_None && !PyList_CheckExact(record)) {
        PyErr_SetString(PyExc_TypeError, "choices are noted in a list");
        return NULL;
    }
    Py_XSETREF(self->search, (exhaustive *)Py_NewRef(search));
    Py_XSETREF(self->record, Py_NewRef(record));
    Py_XSETREF(self->groups, Py_NewRef(groups));
    Py_XSETREF(self->plain, Py_NewRef(plain));
    self->most_steps = most_steps;
    self->is_quick = true;
    Py_RETURN_NONE;
}

static void end_of(stepper *self) {
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(self->threads);
    Py_XDECREF(self->search);
    Py_XDECREF(self->record);
    Py_XDECREF(self->groups);
    Py_XDECREF(self->plain);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"use", (PyCFunction)use, METH_VARARGS,
     "use(search, record, groups, plain, most_steps): choose by this search, and note its choices in a "
     "list, if record is one. It is not quick where groups has threads that are alike. plain(accesses) is "
     "their plan."},
    {"reach", (PyCFunction)reached, METH_VARARGS,
     "reach(thread, plan): a thread comes to what its plan says: the one that goes on; None if the "
     "scheduler is to say it."},
    {"next", (PyCFunction)next, METH_NOARGS,
     "next(): the thread to go on; -1 if all ends are known, -2 if the program did otherwise, -3, -4, … "
     "for a thread that is to be let go on; None if the scheduler is to choose."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"steps", T_LONG, offsetof(stepper, steps), 0, "Choices that were made."},
    {"choices", T_LONG, offsetof(stepper, choices), 0, "Those between several threads."},
    {"running", T_LONG, offsetof(stepper, running), 0, "The thread that goes on."},
    {"is_quick", T_BOOL, offsetof(stepper, is_quick), 0, "Whether it chooses."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "How far an execution has come, and the quick way to its next steps."},
    {Py_tp_new, make},
    {Py_tp_dealloc, end_of},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "gilscope._explorer.Stepper",
    .basicsize = sizeof(stepper),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

bool is_stepper(PyObject *object) { return Py_IS_TYPE(object, stepper_type); }

int stepper_publish(PyObject *module) {
    stepper_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (PyModule_AddIntMacro(module, DIVERGED) || PyModule_AddIntMacro(module, FIRST_THREAD)) return -1;
    return stepper_type ? PyModule_AddObjectRef(module, "Stepper", (PyObject *)stepper_type) : -1;
}
