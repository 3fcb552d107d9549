/* Who touched what in one execution, and where two threads met.
 *
 * Two accesses meet if they are to one location, by two threads, one of them a write, and no start
 * or join of a thread comes between: their order can then be another one in another execution. The
 * instructions of both become visible, and the search starts again with them. So most instructions
 * of a program, which touch what only their own thread uses, are never a choice of the scheduler.
 */
#include "explore/dropped.h"
#include "explore/touch.h"

#include <stdlib.h>

enum { LOCATION_BUCKETS = 8192 };

static location *locations[LOCATION_BUCKETS];

location *location_in(object_record *owner, const touched *wanted) {
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
    if (found->part == PART_ALL) owner->whole = found;
    return found;
}

static location *location_of(touched *wanted) {
    if (!wanted->there) wanted->there = location_in(record_of(wanted->object), wanted);
    return wanted->there;
}

/* Where something keeps them apart, two threads are never about to touch it at the same time: no choice
 * begins there, and so no execution that was run before is another one now. */
static void become_visible(const site *where, bool is_guarded) {
    site *changed = (site *)where;
    if (the_engine.frozen || the_engine.all_visible) return;
    changed->visible_in = the_engine.exploration;
    if (is_guarded || changed->choice_in == the_engine.exploration) return;
    changed->choice_in = the_engine.exploration;
    the_engine.conflicts++;
}

site end_of_object = {.kind = SITE_PASS, .slot = -1, .offset = -1};

/* What is no step is ordered by nothing that the search knows of. A search that keeps no order of
 * steps at all has it said of every doubt. */
static void note_doubt(const entry *one, const entry *other) {
    const entry *which = one->doubt >= other->doubt ? one : other;
    if (which->doubt &&
        (the_engine.doubts_meet || one->where == &end_of_object || other->where == &end_of_object))
        report_doubt(which->where, which->name, (enum doubt)which->doubt);
}

/* By a lock that both threads had, or by what one of them handed on to the other. */
static bool is_kept_apart(const entry *other, const entry *now) {
    return now->locks & other->locks || other->epoch < ordered_clocks[now->thread][other->thread];
}

/* To put something into a container of weak references, and to take out of it what has ended, come to the
 * same in both orders. */
static bool is_of_container(const site *where) {
    static const char *const names[] = {"add", "__setitem__", "discard"};
    bool found = false;
    for (size_t i = 0; where->code && !found && i < sizeof names / sizeof *names; i++)
        found = !PyUnicode_CompareWithASCIIString(where->code->co_name, names[i]);
    return found && (is_of_file(where->code, "/weakref.py") || is_of_file(where->code, "/_weakrefset.py"));
}

/* What the library does as an object ends could be done by another thread, and at another time, while any
 * lives that might drop it. */
static void meet_end(const entry *now, const entry *other) {
    const entry *program = now->forgets ? other : now;
    bool is_read = now->mode == MODE_READ && other->mode == MODE_READ;
    if (now->forgets == other->forgets || is_read || is_alone(now->thread)) return;
    if (program->mode != MODE_READ && is_of_container(program->where)) return;
    static PyObject *name;
    if (!name) name = PyUnicode_FromString("a look at weak references, of which some end");
    if (name) report_doubt(program->where, name, DOUBT_ALWAYS);
}

static void meet(const location *there, const entry *now, bool is_life) {
    for (int i = 0; (now->forgets || there->forgets) && i < there->count; i++)
        meet_end(now, &there->entries[i]);
    if (!(there->threads & ~(UINT64_C(1) << now->thread))) return;
    is_life = is_life || there->part == PART_LIFE;
    for (int i = 0; i < there->count; i++) {
        const entry *other = &there->entries[i];
        if (other->thread == now->thread || (now->mode == MODE_READ && other->mode == MODE_READ)) continue;
        if (other->epoch < thread_clocks[now->thread][other->thread]) continue; /* came before, always */
        /* Where an object ends is no instruction, so no order of steps says who drops it last. */
        bool is_guarded = the_engine.guards && !is_life && is_kept_apart(other, now);
        become_visible(now->where, is_guarded);
        become_visible(other->where, is_guarded);
        if (!is_guarded) note_doubt(now, other);
    }
}

static bool is_same(const entry *known, const entry *now) {
    return known->where == now->where && known->thread == now->thread && known->mode == now->mode &&
           known->name == now->name && known->forgets == now->forgets;
}

static entry *find_entry(location *there, const entry *now) {
    if (there->count && is_same(&there->entries[there->last], now)) return &there->entries[there->last];
    for (int i = 0; i < there->count; i++)
        if (is_same(&there->entries[i], now)) return &there->entries[there->last = i];
    return NULL;
}

static void remember(location *there, const entry *now) {
    entry *known = find_entry(there, now);
    if (known) {
        known->epoch = now->epoch;
        known->locks &= now->locks;
        return;
    }
    if (there->count == there->room) {
        there->room = there->room ? 2 * there->room : 4;
        there->entries = checked(realloc(there->entries, (size_t)there->room * sizeof(entry)));
    }
    there->threads |= UINT64_C(1) << now->thread;
    there->last = there->count;
    there->entries[there->count++] = *now;
}

void touch_location(location *there, const entry *now) {
    object_record *owner = there->owner;
    bool is_life = there->part == PART_LIFE;
    if (there == owner->whole) {
        for (location *other = owner->locations; other; other = other->next_of_owner) meet(other, now, false);
    } else {
        meet(there, now, is_life);
        if (owner->whole) meet(owner->whole, now, is_life);
    }
    remember(there, now);
}

/* Everything of an object meets its parts, and the parts meet everything. */
void touch(operation *op, int thread) {
    bool forgets = is_forgetting(op, thread);
    for (int i = 0; i < op->count; i++) {
        touched *each = &op->accesses[i];
        bool is_life = each->part == PART_LIFE;
        uint64_t locks = is_life ? 0 : locks_held[thread];
        entry now = {op->where,   thread_clocks[thread][thread], (uint8_t)thread, each->mode,
                     each->doubt, forgets && !is_life,           each->name,      locks};
        location *there = location_of(each);
        there->forgets = there->forgets || now.forgets;
        touch_location(there, &now);
    }
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

PyObject *touch_reset(void) {
    if (objects_numbered()) memset(locations, 0, sizeof locations); /* else it was done before */
    clocks_reset();
    return objects_reset(free_locations);
}
