/* What a test can change outside of itself: finds it, copies its content, and tells what differs.
 *
 * gilscope.explore.engine.isolation.state says which kind of thing the instances of a type are; this walks from the
 * globals of the user's modules to all that they lead to. It is done anew for each exploration, and
 * what it found is compared after executions that may last no longer than that. */
#include "explore/engine.h"

/* As gilscope.explore.engine.isolation.state.Held. */
enum held { HELD_SKIPPED, HELD_NOTHING, HELD_DICT, HELD_LIST, HELD_DEQUE, HELD_BYTEARRAY, HELD_SET, HELD_CELL,
            HELD_CLASS, HELD_TUPLE, HELD_FUNCTION, HELD_OPAQUE };

/* --- the objects that a walk has seen: kept alive, so that no other has the address of one -------- */

typedef struct seen_objects {
    PyObject **slots;
    size_t count, room; /* a power of two */
} seen_objects;

static PyObject **seen_place(const seen_objects *seen, PyObject *object) {
    size_t at = ((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 20;
    while (seen->slots[at & (seen->room - 1)] && seen->slots[at & (seen->room - 1)] != object) at++;
    return &seen->slots[at & (seen->room - 1)];
}

static int seen_grow(seen_objects *seen) {
    seen_objects larger = {NULL, seen->count, seen->room ? 2 * seen->room : 1024};
    larger.slots = PyMem_RawCalloc(larger.room, sizeof *larger.slots);
    if (!larger.slots) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < seen->room; i++)
        if (seen->slots[i]) *seen_place(&larger, seen->slots[i]) = seen->slots[i];
    PyMem_RawFree(seen->slots);
    *seen = larger;
    return 0;
}

/* 1 if it was not seen before, 0 if it was, -1 with an exception. */
static int seen_add(seen_objects *seen, PyObject *object) {
    if (2 * seen->count >= seen->room && seen_grow(seen)) return -1;
    PyObject **place = seen_place(seen, object);
    if (*place) return 0;
    *place = Py_NewRef(object);
    seen->count++;
    return 1;
}

static void seen_free(seen_objects *seen) {
    for (size_t i = 0; i < seen->room; i++) Py_XDECREF(seen->slots[i]);
    PyMem_RawFree(seen->slots);
}

/* --- the walk ------------------------------------------------------------------------------------ */

/* What is still to be looked at. `origin`: (origin of what led there, key), from which a name is made
 * when somebody asks for it. */
typedef struct task {
    PyObject *object, *origin;
} task;

typedef struct walk {
    task *tasks;
    size_t count, room;
    seen_objects seen;
    PyObject *kinds;            /* dict: type -> (what its instances hold, names of attributes) */
    PyObject *describe;         /* type -> such a tuple */
    PyObject *is_explored_class; /* class -> bool */
    PyObject *state_of;         /* opaque object -> its state, or None */
    PyObject *kept, *failed;    /* lists: of (object, content, what it holds, origin), of origins */
    Py_ssize_t most;
} walk;

/* Takes over the object, not the origin. */
static int walk_push(walk *w, PyObject *object, PyObject *origin) {
    if (!object) return -1;
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 1024;
        task *larger = PyMem_RawRealloc(w->tasks, room * sizeof *larger);
        if (!larger) {
            Py_DECREF(object);
            PyErr_NoMemory();
            return -1;
        }
        w->tasks = larger;
        w->room = room;
    }
    w->tasks[w->count++] = (task){object, Py_NewRef(origin)};
    return 0;
}

static int walk_push_part(walk *w, PyObject *object, PyObject *origin, PyObject *key) {
    PyObject *inner = PyTuple_Pack(2, origin, key);
    if (!inner) return -1;
    int failed = walk_push(w, Py_NewRef(object), inner);
    Py_DECREF(inner);
    return failed;
}

static PyObject *deque_type(void) {
    static PyObject *found;
    if (found) return found;
    PyObject *module = PyImport_ImportModule("collections");
    found = module ? PyObject_GetAttrString(module, "deque") : NULL;
    Py_XDECREF(module);
    return found;
}

static PyObject *iterate_deque(PyObject *value) {
    PyObject *type = deque_type();
    return type ? ((PyTypeObject *)type)->tp_iter(value) : NULL;
}

static PyObject *items_of_deque(PyObject *value) {
    PyObject *iterator = iterate_deque(value);
    PyObject *items = iterator ? PySequence_List(iterator) : NULL;
    Py_XDECREF(iterator);
    return items;
}

/* Of a class that is written in Python. */
static PyObject *class_dict(PyObject *value) {
#if PY_VERSION_HEX >= 0x030c0000
    return PyType_GetDict((PyTypeObject *)value);
#else
    return Py_XNewRef(((PyTypeObject *)value)->tp_dict);
#endif
}

static PyObject *content_of_class(walk *w, PyObject *value) {
    PyObject *is_users = PyObject_CallOneArg(w->is_explored_class, value);
    int wanted = is_users ? PyObject_IsTrue(is_users) : -1;
    Py_XDECREF(is_users);
    if (wanted < 0) return NULL;
    PyObject *dict = wanted ? class_dict(value) : NULL;
    PyObject *content = dict ? PyDict_Copy(dict) : Py_NewRef(Py_None);
    Py_XDECREF(dict);
    return content;
}

/* A copy of what an object contains; None where it contains nothing that can change. */
static PyObject *content_of(walk *w, PyObject *value, enum held held) {
    switch (held) {
    case HELD_DICT: return PyDict_Copy(value);
    case HELD_LIST: return PyList_GetSlice(value, 0, PyList_GET_SIZE(value));
    case HELD_DEQUE: return items_of_deque(value);
    case HELD_BYTEARRAY:
        return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value));
    case HELD_SET: return PySet_New(value);
    case HELD_CELL: {
        PyObject *inside = PyCell_Get(value);
        PyObject *content = inside ? PyTuple_Pack(1, inside) : PyTuple_New(0);
        Py_XDECREF(inside);
        return content;
    }
    case HELD_CLASS: return content_of_class(w, value);
    case HELD_OPAQUE: return PyObject_CallOneArg(w->state_of, value);
    default: return Py_NewRef(Py_None);
    }
}

static PyObject *anonymous_key(void) {
    static PyObject *key;
    if (!key) key = PyUnicode_InternFromString("[]");
    return key;
}

static int push_parts(walk *w, PyObject *content, PyObject *origin) {
    PyObject *key, *each;
    Py_ssize_t at = 0;
    int failed = 0;
    if (PyDict_Check(content)) {
        while (!failed && PyDict_Next(content, &at, &key, &each)) failed = walk_push_part(w, each, origin, key);
        return failed;
    }
    if (!PyList_Check(content) && !PyTuple_Check(content) && !PyAnySet_Check(content)) return 0;
    PyObject *items = PySequence_Fast(content, "");
    failed = items && anonymous_key() ? 0 : -1;
    for (; !failed && at < PySequence_Fast_GET_SIZE(items); at++)
        failed = walk_push_part(w, PySequence_Fast_GET_ITEM(items, at), origin, anonymous_key());
    Py_XDECREF(items);
    return failed;
}

static int push_items(walk *w, PyObject *tuple, PyObject *origin) {
    for (Py_ssize_t i = 0; tuple && i < PyTuple_GET_SIZE(tuple); i++)
        if (walk_push(w, Py_NewRef(PyTuple_GET_ITEM(tuple, i)), origin)) return -1;
    return 0;
}

/* Nothing if it is not set, or C code says no. Runs no code of the program. */
static int push_attribute(walk *w, PyObject *value, PyObject *name, PyObject *origin) {
    PyObject *attribute = PyObject_GenericGetAttr(value, name);
    if (!attribute) PyErr_Clear();
    return attribute ? walk_push(w, attribute, origin) : 0;
}

/* What an object leads to beside its content. */
static int push_attributes(walk *w, PyObject *value, enum held held, PyObject *names, PyObject *origin) {
    if (held == HELD_TUPLE) return push_items(w, value, origin);
    if (held == HELD_FUNCTION && (push_items(w, PyFunction_GET_CLOSURE(value), origin) ||
                                  push_items(w, PyFunction_GET_DEFAULTS(value), origin)))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (push_attribute(w, value, PyTuple_GET_ITEM(names, i), origin)) return -1;
    return 0;
}

/* Borrowed from `kinds`; NULL with an exception. */
static PyObject *kind_of(walk *w, PyObject *value) {
    PyObject *type = (PyObject *)Py_TYPE(value);
    PyObject *known = PyDict_GetItemWithError(w->kinds, type);
    if (known || PyErr_Occurred()) return known;
    known = PyObject_CallOneArg(w->describe, type);
    if (!known) return NULL;
    int failed = PyDict_SetItem(w->kinds, type, known);
    Py_DECREF(known);
    return failed ? NULL : known;
}

static int keep(walk *w, PyObject *value, PyObject *content, long held, PyObject *origin) {
    PyObject *entry = Py_BuildValue("OOlO", value, content, held, origin);
    int failed = entry ? PyList_Append(w->kept, entry) : -1;
    Py_XDECREF(entry);
    return failed;
}

static int visit(walk *w, PyObject *value, PyObject *origin) {
    PyObject *kind = kind_of(w, value);
    if (!kind) return -1;
    long held = PyLong_AsLong(PyTuple_GET_ITEM(kind, 0));
    int is_new = held == HELD_SKIPPED ? 0 : seen_add(&w->seen, value);
    if (is_new <= 0) return is_new;
    PyObject *content = content_of(w, value, (enum held)held);
    if (!content) { /* a class of the program's own may do anything */
        PyErr_Clear();
        return PyList_Append(w->failed, origin);
    }
    int failed = content == Py_None ? 0 : keep(w, value, content, held, origin);
    failed = failed || push_parts(w, content, origin) ? -1 : 0;
    Py_DECREF(content);
    return failed ? -1 : push_attributes(w, value, (enum held)held, PyTuple_GET_ITEM(kind, 1), origin);
}

static int walk_on(walk *w) {
    int failed = 0;
    while (!failed && w->count && PyList_GET_SIZE(w->kept) < w->most) {
        task next = w->tasks[--w->count];
        failed = visit(w, next.object, next.origin);
        Py_DECREF(next.object);
        Py_DECREF(next.origin);
    }
    while (w->count) {
        task left = w->tasks[--w->count];
        Py_DECREF(left.object);
        Py_DECREF(left.origin);
    }
    return failed;
}

static PyObject *leaks_find(PyObject *module, PyObject *args) {
    (void)module;
    walk w = {0};
    PyObject *roots;
    if (!PyArg_ParseTuple(args, "O!O!OOOn", &PyList_Type, &roots, &PyDict_Type, &w.kinds, &w.describe,
                          &w.is_explored_class, &w.state_of, &w.most))
        return NULL;
    w.kept = PyList_New(0);
    w.failed = PyList_New(0);
    int failed = w.kept && w.failed ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(roots); i++) {
        PyObject *object, *name, *root = PyList_GET_ITEM(roots, i);
        failed = PyArg_ParseTuple(root, "OO", &object, &name) ? 0 : -1;
        PyObject *origin = failed ? NULL : PyTuple_Pack(2, Py_None, name);
        failed = origin ? walk_push(&w, Py_NewRef(object), origin) || walk_on(&w) : -1;
        Py_XDECREF(origin);
    }
    PyObject *found = failed ? NULL : PyTuple_Pack(2, w.kept, w.failed);
    Py_XDECREF(w.kept);
    Py_XDECREF(w.failed);
    PyMem_RawFree(w.tasks);
    seen_free(&w.seen);
    return found;
}

/* --- comparing: 1 if an object contains the same objects in the same order, 0 if not, -1 ------------ */

/* Texts and numbers that are equal may be other objects now. */
static int is_same_key(PyObject *plain, PyObject *one, PyObject *other) {
    if (one == other) return 1;
    if (Py_TYPE(one) != Py_TYPE(other)) return 0;
    int is_plain = PySequence_Contains(plain, (PyObject *)Py_TYPE(one));
    return is_plain == 1 ? PyObject_RichCompareBool(one, other, Py_EQ) : is_plain;
}

static int is_same_dict(PyObject *plain, PyObject *value, PyObject *content) {
    PyObject *key, *each, *old_key, *old_each;
    Py_ssize_t at = 0, old_at = 0;
    if (PyDict_GET_SIZE(value) != PyDict_GET_SIZE(content)) return 0;
    while (PyDict_Next(content, &old_at, &old_key, &old_each)) {
        if (!PyDict_Next(value, &at, &key, &each) || each != old_each) return 0;
        if (key == old_key) continue;
        Py_INCREF(key); /* comparing them may run code of the program's own */
        int same = is_same_key(plain, key, old_key);
        Py_DECREF(key);
        if (same != 1) return same;
    }
    return 1;
}

static int is_same_list(PyObject *value, PyObject *content) {
    if (PyList_GET_SIZE(value) != PyList_GET_SIZE(content)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(content); i++)
        if (PyList_GET_ITEM(value, i) != PyList_GET_ITEM(content, i)) return 0;
    return 1;
}

static int is_same_deque(PyObject *value, PyObject *content) {
    PyObject *items = items_of_deque(value);
    int same = items ? is_same_list(items, content) : -1;
    Py_XDECREF(items);
    return same;
}

static int is_equal(PyTypeObject *type, PyObject *value, PyObject *content) {
    PyObject *equal = type->tp_richcompare(value, content, Py_EQ);
    int same = equal ? PyObject_IsTrue(equal) : -1;
    Py_XDECREF(equal);
    return same;
}

static int is_same_cell(PyObject *value, PyObject *content) {
    PyObject *inside = PyCell_Get(value);
    PyObject *before = PyTuple_GET_SIZE(content) ? PyTuple_GET_ITEM(content, 0) : NULL;
    Py_XDECREF(inside);
    return inside == before;
}

static int is_same_class(PyObject *plain, PyObject *value, PyObject *content) {
    PyObject *dict = class_dict(value);
    int same = dict ? is_same_dict(plain, dict, content) : -1;
    Py_XDECREF(dict);
    return same;
}

static int is_same_state(PyObject *state_of, PyObject *value, PyObject *content) {
    PyObject *state = PyObject_CallOneArg(state_of, value);
    int same = state ? PyObject_RichCompareBool(state, content, Py_EQ) : -1;
    Py_XDECREF(state);
    return same;
}

static int is_same(PyObject *plain, PyObject *state_of, PyObject *value, PyObject *content, long held) {
    switch (held) {
    case HELD_DICT: return is_same_dict(plain, value, content);
    case HELD_LIST: return is_same_list(value, content);
    case HELD_DEQUE: return is_same_deque(value, content);
    case HELD_BYTEARRAY: return is_equal(&PyByteArray_Type, value, content);
    case HELD_SET: return is_equal(&PySet_Type, value, content);
    case HELD_CELL: return is_same_cell(value, content);
    case HELD_CLASS: return is_same_class(plain, value, content);
    case HELD_OPAQUE: return is_same_state(state_of, value, content);
    default: return 1;
    }
}

static int append_index(PyObject *list, Py_ssize_t index) {
    PyObject *number = PyLong_FromSsize_t(index);
    int failed = number ? PyList_Append(list, number) : -1;
    Py_XDECREF(number);
    return failed;
}

/* Keys and items are compared by the program's own code, which may raise: then it is ~index. */
static PyObject *leaks_differing(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *kept, *plain, *state_of, *differing = PyList_New(0);
    if (!PyArg_ParseTuple(args, "O!O!O", &PyList_Type, &kept, &PyFrozenSet_Type, &plain, &state_of))
        Py_CLEAR(differing);
    for (Py_ssize_t i = 0; differing && i < PyList_GET_SIZE(kept); i++) {
        PyObject *entry = PyList_GET_ITEM(kept, i);
        long held = PyLong_AsLong(PyTuple_GET_ITEM(entry, 2));
        int same = is_same(plain, state_of, PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), held);
        if (same < 0) PyErr_Clear();
        if (same != 1 && append_index(differing, same < 0 ? ~i : i)) Py_CLEAR(differing);
    }
    return differing;
}

PyMethodDef leaks_methods[] = {
    {"find_kept", leaks_find, METH_VARARGS,
     "find_kept(roots, kinds, describe, is_explored_class, state_of, most): what roots, (object, name) each, lead to."},
    {"differing", leaks_differing, METH_VARARGS,
     "differing(kept, plain, state_of): indices of what does not contain what it did; ~index: nobody can say."},
    {NULL, NULL, 0, NULL},
};
