/* Where the scheduler's Python objects keep what native code asks of them at each step. */
#include "explore/logical.h"

#include <structmember.h>

slots_of_thread thread_slots;
slots_of_plan plan_slots;

static int find_slot(PyObject *type, const char *name, Py_ssize_t *offset) {
    PyObject *member = PyObject_GetAttrString(type, name);
    if (!member) return -1;
    bool is_slot = Py_IS_TYPE(member, &PyMemberDescr_Type);
    if (is_slot) *offset = ((PyMemberDescrObject *)member)->d_member->offset;
    else PyErr_Format(PyExc_TypeError, "%s is no slot", name);
    Py_DECREF(member);
    return is_slot ? 0 : -1;
}

static PyObject *keeps_threads_in(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *thread, *plan;
    if (!PyArg_ParseTuple(args, "O!O!", &PyType_Type, &thread, &PyType_Type, &plan)) return NULL;
    const struct {
        PyObject *type;
        const char *name;
        Py_ssize_t *offset;
    } all[] = {
        {thread, "done", &thread_slots.done},
        {thread, "gate", &thread_slots.gate},
        {thread, "waits", &thread_slots.waits},
        {thread, "timed_out", &thread_slots.timed_out},
        {thread, "plan", &thread_slots.plan},
        {thread, "number", &thread_slots.number},
        {thread, "step", &thread_slots.step},
        {thread, "joins", &thread_slots.joins},
        {thread, "deadline_s", &thread_slots.deadline_s},
        {plan, "step", &plan_slots.step},
        {plan, "is_plain", &plan_slots.is_plain},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (find_slot(all[i].type, all[i].name, all[i].offset)) return NULL;
    Py_RETURN_NONE;
}

PyObject *scheduled_thread(int thread) {
    static PyObject *number_of[MOST_THREADS];
    if (!the_engine.threads) return NULL;
    if (!number_of[thread]) number_of[thread] = PyLong_FromLong(thread);
    return number_of[thread] ? PyDict_GetItemWithError(the_engine.threads, number_of[thread]) : NULL;
}

/* As LogicalThread.can_go_on. */
int can_go_on(PyObject *thread) {
    if (is_on(thread, thread_slots.done)) return 0;
    PyObject *gate = held_in(thread, thread_slots.gate);
    if (gate == Py_None || is_on(thread, thread_slots.timed_out) || !is_on(thread, thread_slots.waits))
        return 1;
    PyObject *answer = PyObject_CallNoArgs(gate);
    int is_open = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_open;
}

PyMethodDef logical_methods[] = {
    {"keeps_threads_in", keeps_threads_in, METH_VARARGS,
     "keeps_threads_in(thread, plan): the types of the scheduler's threads and plans, with slots."},
    {NULL, NULL, 0, NULL},
};
