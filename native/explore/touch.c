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

typedef struct entry {
    const site *where;
    uint32_t epoch;
    const char *fragile;
    uint8_t thread, mode;
} entry;

typedef struct location {
    struct object_record *owner;
    struct location *next_of_owner, *next_in_bucket;
    Py_hash_t key;
    uint8_t part;
    int count, room;
    entry *entries;
    PyObject *names[5]; /* (object, key, mode) for each mode, once asked for */
} location;

typedef struct object_record {
    PyObject *object; /* kept alive: another object at its address would go by its number */
    struct object_record *same_as, *next_in_bucket;
    long number;
    location *locations;
} object_record;

enum { OBJECT_BUCKETS = 4096, LOCATION_BUCKETS = 8192 };

static object_record *objects[OBJECT_BUCKETS];
static location *locations[LOCATION_BUCKETS];
static object_record **used_objects; /* in the order of their numbers and aliases */
static size_t used_count, used_room;
static long next_number;
static uint32_t clocks[MOST_THREADS][MOST_THREADS];
static PyObject *classes;

static size_t bucket_of(const void *pointer, size_t buckets) {
    uintptr_t bits = (uintptr_t)pointer;
    return ((bits >> 4) ^ (bits >> 16)) % buckets;
}

static void *checked(void *memory) {
    if (!memory) Py_FatalError("gilscope explore: out of memory");
    return memory;
}

static object_record *add_record(PyObject *object, object_record *same_as) {
    object_record *record = checked(calloc(1, sizeof *record));
    size_t bucket = bucket_of(object, OBJECT_BUCKETS);
    *record = (object_record){Py_NewRef(object), same_as, objects[bucket],
                              same_as ? same_as->number : next_number++, NULL};
    objects[bucket] = record;
    if (used_count == used_room) {
        used_room = used_room ? 2 * used_room : 256;
        used_objects = checked(realloc(used_objects, used_room * sizeof *used_objects));
    }
    used_objects[used_count++] = record;
    return record;
}

static object_record *find_record(PyObject *object) {
    object_record *record = objects[bucket_of(object, OBJECT_BUCKETS)];
    while (record && record->object != object) record = record->next_in_bucket;
    return record;
}

static object_record *record_of(PyObject *object) {
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

static location *location_of(const touched *wanted) {
    object_record *owner = record_of(wanted->object);
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

static void become_visible(const site *where) {
    site *changed = (site *)where;
    if (the_engine.frozen || is_visible(changed)) return;
    changed->visible_in = the_engine.exploration;
    the_engine.conflicts++;
}

static void meet(const location *there, const operation *op, const touched *now, int thread) {
    for (int i = 0; i < there->count; i++) {
        const entry *other = &there->entries[i];
        if (other->thread == thread || (now->mode == MODE_READ && other->mode == MODE_READ)) continue;
        if (other->epoch < clocks[thread][other->thread]) continue; /* came before, always */
        become_visible(op->where);
        become_visible(other->where);
        const char *fragile = now->fragile ? now->fragile : other->fragile;
        if (fragile) operation_unknown(op, "%s without the GIL", fragile);
    }
}

static void remember(location *there, const site *where, const touched *now, int thread) {
    uint32_t epoch = clocks[thread][thread];
    for (int i = 0; i < there->count; i++) {
        entry *known = &there->entries[i];
        if (known->where == where && known->thread == thread && known->mode == now->mode) {
            known->epoch = epoch;
            return;
        }
    }
    if (there->count == there->room) {
        there->room = there->room ? 2 * there->room : 4;
        there->entries = checked(realloc(there->entries, (size_t)there->room * sizeof(entry)));
    }
    there->entries[there->count++] = (entry){where, epoch, now->fragile, (uint8_t)thread, now->mode};
}

/* Everything of an object meets its parts, and the parts meet everything. */
void touch(const operation *op, int thread) {
    for (int i = 0; i < op->count; i++) {
        const touched *each = &op->accesses[i];
        location *there = location_of(each);
        for (location *other = there->owner->locations; other; other = other->next_of_owner)
            if (other == there || each->part == PART_ALL || other->part == PART_ALL)
                meet(other, op, each, thread);
        remember(there, op->where, each, thread);
    }
}

static PyObject *name_of(const touched *wanted) {
    location *there = location_of(wanted);
    PyObject **name = &there->names[wanted->mode];
    if (*name) return Py_NewRef(*name);
    static const char *const parts[] = {"", "object", "size", "all"};
    PyObject *key = there->part == PART_KEY        ? PyLong_FromSsize_t(there->key)
                    : there->part == PART_NUMBERED ? Py_BuildValue("sn", parts[PART_NUMBERED], there->key)
                                                   : PyUnicode_FromString(parts[there->part]);
    if (!key) return NULL;
    *name = Py_BuildValue("lNi", there->owner->number, key, wanted->mode);
    return Py_XNewRef(*name);
}

PyObject *accesses_named(const operation *op) {
    PyObject *names = PyTuple_New(op->count);
    for (int i = 0; names && i < op->count; i++) {
        PyObject *name = name_of(&op->accesses[i]);
        if (!name) Py_CLEAR(names);
        else PyTuple_SET_ITEM(names, i, name);
    }
    return names;
}

/* --- what is ordered in every execution: clocks of starts and joins ------------------------ */

static void join_clock(int thread, int other) {
    for (int i = 0; i < MOST_THREADS; i++)
        if (clocks[thread][i] < clocks[other][i]) clocks[thread][i] = clocks[other][i];
}

/* clocks[t][u] counts the stretches of u that came before what t does now. */
void touch_spawned(int parent, int child) {
    clocks[parent][parent]++;
    memset(clocks[child], 0, sizeof clocks[child]);
    join_clock(child, parent);
}

void touch_joined(int thread, int ended) {
    clocks[ended][ended]++;
    join_clock(thread, ended);
}

/* Time passes only when no thread can go on: what came before cannot come after. */
void touch_barrier(int threads) {
    for (int i = 0; i < threads; i++) clocks[i][i]++;
    for (int i = 1; i < threads; i++) join_clock(0, i);
    for (int i = 1; i < threads; i++) join_clock(i, 0);
}

static void free_locations(object_record *owner) {
    for (location *each = owner->locations, *next; each; each = next) {
        next = each->next_of_owner;
        for (int i = 0; i < 5; i++) Py_XDECREF(each->names[i]);
        free(each->entries);
        free(each);
    }
}

/* All that was touched in this execution, in no order that means anything. */
PyObject *touched_objects(void) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < used_count; i++)
        if (PyList_Append(list, used_objects[i]->object)) Py_CLEAR(list);
    return list;
}

PyObject *touch_reset(void) {
    PyObject *kept = PyList_New(0);
    memset(locations, 0, sizeof locations);
    memset(objects, 0, sizeof objects);
    memset(clocks, 0, sizeof clocks);
    for (size_t i = 0; i < used_count; i++) {
        object_record *record = used_objects[i];
        free_locations(record);
        if (kept && PyList_Append(kept, record->object)) Py_CLEAR(kept);
        Py_DECREF(record->object);
        free(record);
    }
    used_count = 0;
    next_number = 0;
    return kept;
}
