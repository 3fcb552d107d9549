/* Locations, and who touched them. */
#ifndef GILSCOPE_EXPLORE_TOUCH_H
#define GILSCOPE_EXPLORE_TOUCH_H

#include "explore/objects.h"

enum { MODES = 5, DOUBTS = 3 };

typedef struct entry {
    const site *where;
    uint32_t epoch;
    uint8_t thread, mode, doubt;
    bool forgets; /* by the library, as something ends */
    PyObject *name; /* of the doubt */
    uint64_t locks; /* that the thread had whenever it did this */
} entry;

typedef struct location {
    object_record *owner;
    struct location *next_of_owner, *next_in_bucket;
    Py_hash_t key;
    uint8_t part;
    bool forgets;     /* some entry does */
    uint64_t threads; /* that touched it, as bits */
    int count, room, last; /* of the entries; which was noted last */
    entry *entries;
    PyObject *names[MODES * DOUBTS]; /* (object, key, mode) for each mode, once asked for */
} location;

extern site end_of_object; /* where a location is touched as its object ends */

location *location_in(object_record *owner, const touched *wanted);
void touch_location(location *there, const entry *now);

#endif
