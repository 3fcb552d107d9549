/* Who touched what in one execution, and where two threads met.
 *
 * Two accesses meet if they are to one location, by two threads, one of them a write, and no start
 * or join of a thread comes between: their order can then be another one in another execution. The
 * instructions of both become visible, and the search starts again with them. So most instructions
 * of a program, which touch what only their own thread uses, are never a choice of the scheduler.
 *
 * Objects are numbered as they are first touched, so executions that begin alike name them alike.
 */
#include "explore/engine.h"

#include <stdlib.h>

enum { MODES = 5, DOUBTS = 3, OBJECT_BUCKETS = 4096, LOCATION_BUCKETS = 8192 };

typedef struct entry {
    const site *where;
    uint32_t epoch;
    uint8_t thread, mode, doubt;
    PyObject *name; /* of the doubt */
} entry;

typedef struct location {
    struct object_record *owner;
    struct location *next_of_owner, *next_in_bucket;
    Py_hash_t key;
    uint8_t part;
    int count, room;
    entry *entries;
    PyObject *names[MODES * DOUBTS]; /* (object, key, mode) for each mode, once asked for */
} location;

/* Another object at the same address must not go by the same number. Where a weak reference tells
 * that the first has ended, it is left to end in time; all others are kept alive. */
typedef struct object_record {
    PyObject *object, *weak, *watched;
    struct object_record *same_as, *next_in_bucket;
    long number;
    location *locations;
} object_record;


static object_record *objects[OBJECT_BUCKETS];
static location *locations[LOCATION_BUCKETS];
static object_record **used_objects; /* in the order of their numbers and aliases */
static size_t used_count, used_room;
static long next_number;
static PyObject *classes;

static size_t bucket_of(const void *pointer, size_t buckets) {
    uintptr_t bits = (uintptr_t)pointer;
    return ((bits >> 4) ^ (bits >> 16)) % buckets;
}

static void *checked(void *memory) {
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
        used_objects = checked(realloc(used_objects, used_room * sizeof *used_objects));
    }
    used_objects[used_count++] = record;
    return record;
}

static bool has_ended(const object_record *record) { return record->weak && !weakly_referenced(record->weak); }

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

static object_record *record_of(PyObject *object) {
    object_record *record = find_record(object);
    if (!record) record = add_record(object, NULL);
    return record->same_as ? record->same_as : record;
}

/* Whether it was touched, and is still there. */
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

static location *location_in(object_record *owner, const touched *wanted) {
    Py_hash_t key = wanted->key;
    /* A key that is known by its identity only is named by its number: its address changes. */
    if (wanted->part == PART_NUMBERED) key = record_of((PyObject *)key)->number;
    size_t bucket = bucket_of(owner, LOCATION_BUCKETS) ^ ((size_t)key * 31 + wanted->part);
    bucket %= LOCATION_BUCKETS;
    location *found = locations[bucket];
    while (found && (found->owner != owner || found->key != key || found->part != wanted->part))
        found = found->next_in_bucket;
    if (found) return found;
    found = checked(calloc(1, sizeof *found));
    found->owner = owner;
    found->key = key;
    found->part = wanted->part;
    found->next_in_bucket = locations[bucket];
    locations[bucket] = found;
    found->next_of_owner = owner->locations;
    owner->locations = found;
    return found;
}

static location *location_of(touched *wanted) {
    if (!wanted->there) wanted->there = location_in(record_of(wanted->object), wanted);
    return wanted->there;
}

static void become_visible(const site *where) {
    site *changed = (site *)where;
    if (the_engine.frozen || is_visible(changed)) return;
    changed->visible_in = the_engine.exploration;
    the_engine.conflicts++;
}

static site end_of_object = {.kind = SITE_PASS, .slot = -1, .offset = -1};

/* What is no step is ordered by nothing that the search knows of. A search that keeps no order of
 * steps at all has it said of every doubt. */
static void note_doubt(const entry *one, const entry *other) {
    const entry *which = one->doubt >= other->doubt ? one : other;
    if (which->doubt && (the_engine.doubts_meet || one->where == &end_of_object || other->where == &end_of_object))
        report_doubt(which->where, which->name, (enum doubt)which->doubt);
}

static void meet(const location *there, const entry *now) {
    for (int i = 0; i < there->count; i++) {
        const entry *other = &there->entries[i];
        if (other->thread == now->thread || (now->mode == MODE_READ && other->mode == MODE_READ)) continue;
        if (other->epoch < thread_clocks[now->thread][other->thread]) continue; /* came before, always */
        become_visible(now->where);
        become_visible(other->where);
        note_doubt(now, other);
    }
}

static void remember(location *there, const entry *now) {
    for (int i = 0; i < there->count; i++) {
        entry *known = &there->entries[i];
        if (known->where == now->where && known->thread == now->thread && known->mode == now->mode &&
            known->name == now->name) {
            known->epoch = now->epoch;
            return;
        }
    }
    if (there->count == there->room) {
        there->room = there->room ? 2 * there->room : 4;
        there->entries = checked(realloc(there->entries, (size_t)there->room * sizeof(entry)));
    }
    there->entries[there->count++] = *now;
}

static void touch_location(location *there, const entry *now) {
    for (location *other = there->owner->locations; other; other = other->next_of_owner)
        if (other == there || there->part == PART_ALL || other->part == PART_ALL) meet(other, now);
    remember(there, now);
}

/* Everything of an object meets its parts, and the parts meet everything. */
void touch(operation *op, int thread) {
    for (int i = 0; i < op->count; i++) {
        touched *each = &op->accesses[i];
        entry now = {op->where, thread_clocks[thread][thread], (uint8_t)thread, each->mode, each->doubt, each->name};
        touch_location(location_of(each), &now);
    }
}

/* --- whether an object lives ----------------------------------------------------------------- */

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
    if (!name || !matters || index >= used_count) Py_RETURN_NONE;
    touched ended = {NULL, 0, PART_LIFE, MODE_WRITE, DOUBT_ALWAYS, name, NULL};
    location *life = location_in(used_objects[index], &ended);
#ifdef Py_GIL_DISABLED
    doubt_askers(life, thread, name);
#endif
    entry now = {&end_of_object, thread_clocks[thread][thread], (uint8_t)thread, MODE_WRITE, DOUBT_ALWAYS, name};
    touch_location(life, &now);
    Py_RETURN_NONE;
}

static PyMethodDef saw_end_method = {"saw_end", saw_end, METH_O, NULL};

static size_t index_of(const object_record *record) {
    size_t index = 0;
    while (used_objects[index] != record) index++;
    return index;
}

void add_life(operation *op, PyObject *object) {
    operation_add(op, object, PART_LIFE, 0, MODE_READ);
    object_record *record = record_of(object);
    if (record->watched || !the_engine.concurrent) return;
    PyObject *number = PyLong_FromSize_t(index_of(record));
    PyObject *callback = number ? PyCFunction_New(&saw_end_method, number) : NULL;
    record->watched = callback ? PyWeakref_NewRef(object, callback) : NULL;
    if (!record->watched) PyErr_Clear();
    Py_XDECREF(callback);
    Py_XDECREF(number);
}

static PyObject *name_of(touched *wanted) {
    location *there = location_of(wanted);
    PyObject **name = &there->names[wanted->doubt * MODES + wanted->mode];
    if (*name) return Py_NewRef(*name);
    static const char *const parts[] = {"", "object", "size", "life", "all"};
    PyObject *key = there->part == PART_KEY        ? PyLong_FromSsize_t(there->key)
                    : there->part == PART_NUMBERED ? Py_BuildValue("sn", parts[PART_NUMBERED], there->key)
                                                   : PyUnicode_FromString(parts[there->part]);
    if (!key) return NULL;
    *name = Py_BuildValue("lNi", there->owner->number, key, wanted->mode | wanted->doubt << DOUBT_SHIFT);
    return Py_XNewRef(*name);
}

PyObject *accesses_named(operation *op) {
    PyObject *names = PyTuple_New(op->count);
    for (int i = 0; names && i < op->count; i++) {
        touched *each = &op->accesses[i];
        PyObject *name = name_of(each);
        if (name && each->doubt && keep_doubt(op->where, name, each)) Py_CLEAR(name);
        if (!name) Py_CLEAR(names);
        else PyTuple_SET_ITEM(names, i, name);
    }
    return names;
}

static void free_locations(object_record *owner) {
    for (location *each = owner->locations, *next; each; each = next) {
        next = each->next_of_owner;
        for (int i = 0; i < MODES * DOUBTS; i++) Py_XDECREF(each->names[i]);
        free(each->entries);
        free(each);
    }
}

/* All that was touched in this execution and still lives, in no order that means anything. */
PyObject *touched_objects(void) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < used_count; i++)
        if (!has_ended(used_objects[i]) && PyList_Append(list, used_objects[i]->object)) Py_CLEAR(list);
    return list;
}

PyObject *touch_reset(void) {
    PyObject *kept = PyList_New(0);
    if (used_count) { /* else it was done when the last execution ended */
        memset(locations, 0, sizeof locations);
        memset(objects, 0, sizeof objects);
    }
    clocks_reset();
    for (size_t i = 0; i < used_count; i++) {
        object_record *record = used_objects[i];
        free_locations(record);
        if (!record->weak) {
            if (kept && PyList_Append(kept, record->object)) Py_CLEAR(kept);
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
