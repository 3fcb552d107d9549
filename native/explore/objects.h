/* Objects that an execution touches, by number. */
#ifndef GILSCOPE_EXPLORE_OBJECTS_H
#define GILSCOPE_EXPLORE_OBJECTS_H

#include "explore/engine.h"

/* Another object at the same address must not go by the same number. Where a weak reference tells
 * that the first has ended, it is left to end in time; all others are kept alive. */
typedef struct object_record {
    PyObject *object, *weak, *watched;
    struct object_record *same_as, *next_in_bucket;
    long number;
    size_t index;  /* of all records */
    bool is_in_use; /* it was when the test returned, with no other thread there */
    struct location *locations, *whole; /* of its parts, and that of all of it, if it is among them */
} object_record;

object_record *record_of(PyObject *object);
object_record *record_at(size_t index); /* NULL if there are not so many */
/* Two lists of those that were kept alive: in use until the test returned, and others. */
PyObject *objects_reset(void (*forget)(object_record *));

void *checked(void *memory); /* ends the process if there is none left */

static inline size_t bucket_of(const void *pointer, size_t buckets) {
    uintptr_t bits = (uintptr_t)pointer;
    return ((bits >> 4) ^ (bits >> 16)) % buckets;
}

#endif
