/* What a test can change outside of itself: what is kept of it, and compared later.
 *
 * gilscope.explore.engine.isolation.state says which kind of thing the instances of a type are. */
#ifndef GILSCOPE_EXPLORE_KEPT_H
#define GILSCOPE_EXPLORE_KEPT_H

#include "explore/engine.h"

/* As gilscope.explore.engine.isolation.state.Held. */
enum held {
    HELD_SKIPPED,
    HELD_NOTHING,
    HELD_DICT,
    HELD_LIST,
    HELD_DEQUE,
    HELD_BYTEARRAY,
    HELD_SET,
    HELD_CELL,
    HELD_CLASS,
    HELD_TUPLE,
    HELD_FUNCTION,
    HELD_OPAQUE,
    HELD_SLOTS,
};

/* kept_kinds.c: whether a class is of a module that is explored; -1 with an exception */
int is_explored_class(PyObject *value, PyObject *known_files, PyObject *is_explored_file);

/* What is known of the instances of a class, or was added before. Owned; NULL perhaps with an exception. */
PyObject *kind_by_version(PyTypeObject *type, PyObject *add);

/* kept_content.c */
PyObject *items_of_deque(PyObject *value);
PyObject *dict_of_class(PyObject *value); /* written in Python */
/* (members, values): of an instance whose class has these slots; `members` stands for an unset one. */
PyObject *content_of_slots(PyObject *value, PyObject *members);

#endif
