/* Objects are numbered as they are first touched, so executions that begin alike name them alike. */
#include "explore/dropped.h"
#include "explore/objects.h"

#include <stdlib.h>

enum { OBJECT_BUCKETS = 4096 };

static object_record *objects[OBJECT_BUCKETS];
static object_record **used; /* in the order of their numbers and aliases */
static size_t used_count, used_room;
static long next_number;
static PyObject *classes;

void *checked(void *memory) {
    if (!memory) Py_FatalError("gilscope explore: out of memory");
    return memory;
}

static PyObject *weak_reference(PyObject *object) {
    if (!PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)) || Py_REFCNT(object) <= 0) return NULL;
    PyObject *weak = PyWeakref_NewRef(object, NULL);
    if (!weak) PyErr_Clear();
    return weak;
}

static object_record *add_record(PyObject *object, object_record *same_as) {
    object_record *record = checked(calloc(1, sizeof *record));
    size_t bucket = bucket_of(object, OBJECT_BUCKETS);
    record->weak = weak_reference(object);
    record->object = record->weak ? object : Py_NewRef(object);
    record->same_as = same_as;
    record->number = same_as ? same_as->number : next_number++;
    record->next_in_bucket = objects[bucket];
    objects[bucket] = record;
    if (used_count == used_room) {
        used_room = used_room ? 2 * used_room : 256;
        used = checked(realloc(used, used_room * sizeof *used));
    }
    record->index = used_count;
    used[used_count++] = record;
    return record;
}

static bool has_ended(const object_record *record) {
    return record->weak && !weakly_referenced(record->weak);
}

static object_record *find_record(PyObject *object) {
    object_record **place = &objects[bucket_of(object, OBJECT_BUCKETS)];
    while (*place) {
        object_record *record = *place;
        if (record->object == object && !has_ended(record)) return record;
        if (record->object == object) *place = record->next_in_bucket; /* of an object before this one */
        else place = &record->next_in_bucket;
    }
    return NULL;
}

object_record *record_of(PyObject *object) {
    object_record *record = find_record(object);
    if (!record) record = add_record(object, NULL);
    return record->same_as ? record->same_as : record;
}

/* From now on two objects are one: an instance and its __dict__. */
int share_number(PyObject *object, PyObject *with) {
    if (!find_record(object)) add_record(object, record_of(with));
    return 0;
}

PyObject *object_named(PyObject *object) { return PyLong_FromLong(record_of(object)->number); }

long objects_numbered(void) { return next_number; }

/* Stands for all attributes of all classes: rarely set, and inherited. */
PyObject *pseudo_classes(void) {
    if (!classes) classes = PyUnicode_FromString("attributes of classes");
    return classes;
}

object_record *record_at(size_t index) { return index < used_count ? used[index] : NULL; }

/* All that was touched in this execution and still lives, in no order that means anything. */
PyObject *touched_objects(void) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < used_count; i++)
        if (!has_ended(used[i]) && PyList_Append(list, used[i]->object)) Py_CLEAR(list);
    return list;
}

void note_in_use(void) {
    for (size_t i = 0; i < used_count; i++)
        if (!used[i]->weak) used[i]->is_in_use = Py_REFCNT(used[i]->object) > 1;
}

PyObject *objects_reset(void (*forget)(object_record *)) {
    PyObject *kept = Py_BuildValue("[][]");
    if (used_count) memset(objects, 0, sizeof objects); /* else it was done when the last execution ended */
    for (size_t i = 0; i < used_count; i++) {
        object_record *record = used[i];
        forget(record);
        if (!record->weak) {
            PyObject *list = kept ? PyTuple_GET_ITEM(kept, record->is_in_use ? 0 : 1) : NULL;
            if (list && PyList_Append(list, record->object)) Py_CLEAR(kept);
            Py_DECREF(record->object);
        }
        Py_XDECREF(record->weak);
        Py_XDECREF(record->watched);
        free(record);
    }
    used_count = 0;
    next_number = 0;
    return kept;
}
