/* Walks from the globals of the user's modules to all that they lead to, and copies what that contains.
 * It is done anew for each exploration, and what it found is compared after executions that may last no
 * longer than that. */
#include "explore/kept.h"

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
    PyObject *kinds;            /* dict: type -> (what its instances hold, names of attributes, slots) */
    PyObject *describe;         /* type -> such a tuple */
    PyObject *known_files, *is_explored_file; /* dict: file -> whether it is explored; file -> that */
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

/* Most of what a module has: texts, numbers, other modules, functions and types of `builtins`. */
static bool is_skipped(const walk *w, PyObject *object) {
    PyTypeObject *type = Py_TYPE(object), *class = (PyTypeObject *)object;
    if (type == &PyType_Type && !PyType_HasFeature(class, Py_TPFLAGS_HEAPTYPE) &&
        !strchr(class->tp_name, '.'))
        return true;
    PyObject *known = PyDict_GetItemWithError(w->kinds, (PyObject *)type);
    return known && PyLong_AsLong(PyTuple_GET_ITEM(known, 0)) == HELD_SKIPPED;
}

static int walk_push_part(walk *w, PyObject *object, PyObject *origin, PyObject *key) {
    if (is_skipped(w, object)) return 0;
    PyObject *inner = PyTuple_Pack(2, origin, key);
    if (!inner) return -1;
    int failed = walk_push(w, Py_NewRef(object), inner);
    Py_DECREF(inner);
    return failed;
}

static PyObject *content_of_class(walk *w, PyObject *value) {
    int wanted = is_explored_class(value, w->known_files, w->is_explored_file);
    if (wanted < 0) return NULL;
    PyObject *dict = wanted ? dict_of_class(value) : NULL;
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
        while (!failed && PyDict_Next(content, &at, &key, &each))
            failed = walk_push_part(w, each, origin, key);
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

static PyObject *describe(walk *w, PyTypeObject *type) {
    PyObject *found = kind_by_version(type, NULL);
    if (found || PyErr_Occurred()) return found;
    found = PyObject_CallOneArg(w->describe, (PyObject *)type);
    PyObject *noted = found ? kind_by_version(type, found) : NULL;
    Py_XDECREF(noted);
    if (PyErr_Occurred()) Py_CLEAR(found);
    return found;
}

/* Borrowed from `kinds`; NULL with an exception. */
static PyObject *kind_of(walk *w, PyObject *value) {
    PyObject *type = (PyObject *)Py_TYPE(value);
    PyObject *known = PyDict_GetItemWithError(w->kinds, type);
    if (known || PyErr_Occurred()) return known;
    known = describe(w, Py_TYPE(value));
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

/* Beside what else it contains. */
static int keep_slots(walk *w, PyObject *value, PyObject *members, PyObject *origin) {
    if (!PyTuple_GET_SIZE(members)) return 0;
    PyObject *content = content_of_slots(value, members);
    int failed = content ? keep(w, value, content, HELD_SLOTS, origin) : -1;
    Py_XDECREF(content);
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
    failed = failed || keep_slots(w, value, PyTuple_GET_ITEM(kind, 2), origin);
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

static PyObject *kept_find(PyObject *module, PyObject *args) {
    (void)module;
    walk w = {0};
    PyObject *roots;
    if (!PyArg_ParseTuple(args, "O!O!OO!OOn", &PyList_Type, &roots, &PyDict_Type, &w.kinds, &w.describe,
                          &PyDict_Type, &w.known_files, &w.is_explored_file, &w.state_of, &w.most))
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

PyMethodDef kept_find_methods[] = {
    {"find_kept", kept_find, METH_VARARGS,
     "find_kept(roots, kinds, describe, known_files, is_explored_file, state_of, most): what roots, "
     "(object, name) each, lead to."},
    {NULL, NULL, 0, NULL},
};
