/* Whether an object lives, which another thread may ask by a weak reference. */
#include "explore/touch.h"

/* It ends wherever the last reference to it is dropped, which no instruction says beforehand: so
 * if another thread asks whether it lives, nothing is proven. */
#ifdef Py_GIL_DISABLED
/* Without the GIL the thread that made an object ends it, some time after another dropped the last
 * reference: so the order in which that is seen says nothing. */
static void doubt_askers(const location *life, int thread, PyObject *name) {
    for (int i = 0; i < life->count; i++)
        if (life->entries[i].thread != thread && !is_of_pool(life->entries[i].where))
            report_doubt(life->entries[i].where, name, DOUBT_ALWAYS);
}
#endif

static PyObject *saw_end(PyObject *number, PyObject *weak) {
    (void)weak;
    static PyObject *name;
    if (!name) name = PyUnicode_FromString("a weak reference to an object that ends");
    size_t index = PyLong_AsSize_t(number);
    int thread = carried_thread;
    bool matters = the_engine.concurrent && !the_engine.aborting && thread >= 0;
    object_record *record = matters ? record_at(index) : NULL;
    if (!name || !record) Py_RETURN_NONE;
    touched ended = {NULL, 0, PART_LIFE, MODE_WRITE, DOUBT_ALWAYS, name, NULL};
    location *life = location_in(record, &ended);
#ifdef Py_GIL_DISABLED
    doubt_askers(life, thread, name);
#endif
    entry now = {&end_of_object,
                 thread_clocks[thread][thread],
                 (uint8_t)thread,
                 MODE_WRITE,
                 DOUBT_ALWAYS,
                 false,
                 name,
                 0};
    touch_location(life, &now);
    Py_RETURN_NONE;
}

static PyMethodDef saw_end_method = {"saw_end", saw_end, METH_O, NULL};

void add_life(operation *op, PyObject *object) {
    operation_add(op, object, PART_LIFE, 0, MODE_READ);
    object_record *record = record_of(object);
    if (record->watched || !the_engine.concurrent) return;
    PyObject *number = PyLong_FromSize_t(record->index);
    PyObject *callback = number ? PyCFunction_New(&saw_end_method, number) : NULL;
    record->watched = callback ? PyWeakref_NewRef(object, callback) : NULL;
    if (!record->watched) PyErr_Clear();
    Py_XDECREF(callback);
    Py_XDECREF(number);
}
