/* What the parts of gilscope._explorer share: sites of code, accesses, and the one engine.
 *
 * One thread runs at a time, whatever the build: it has the baton (baton.c). Before an instruction
 * that may touch what another thread uses, observe.c names the objects (operands.c, calls.c, parts.c), notes
 * who touched what (touch.c), and, where two threads are known to meet, asks the scheduler in
 * Python who goes on.
 */
#ifndef GILSCOPE_EXPLORE_ENGINE_H
#define GILSCOPE_EXPLORE_ENGINE_H

#include "explore/slots.h"

enum { MOST_THREADS = 64, MOST_ACCESSES = 96 };

/* Kinds of instructions; gilscope.explore.sites names them alike. */
enum site_kind {
    SITE_NONE,
    SITE_ATTRIBUTE, /* slot: owner; name */
    SITE_GLOBAL,    /* name */
    SITE_CELL,      /* slot: the cell */
    SITE_ITEM,      /* slot: container, key after it; argument: whether it is removed */
    SITE_SLICE,     /* slot: container */
    SITE_MEMBER,    /* slot: key, container after it */
    SITE_TRUTH,     /* slot: whose truth is asked for */
    SITE_SOURCE,    /* slot: what is iterated over at once */
    SITE_DEEP,      /* slot, argument: objects that are read with all that they contain */
    SITE_INPLACE,   /* slot: changed, value after it */
    SITE_NEXT,      /* slot: an iterator that is advanced */
    SITE_CALL,      /* slot: callable and self or NULL; argument: count; name: keyword names */
    SITE_CALL_EX,   /* slot: callable; argument: slot of the tuple of arguments */
    SITE_ENTER,     /* slot: context manager */
    SITE_LEAVE,     /* slot: the function that leaves it */
    SITE_IMPORT,    /* name: a module */
    SITE_PASS = 17, /* nothing but a place where the eval loop may switch threads */
    SITE_GENERATOR, /* the generator of the frame is left */
    SITE_FOREIGN,   /* code that is not explored begins; name: which, and why that matters */
};

enum { SITE_CHECKS_BEFORE = 1, SITE_CHECKS_AFTER = 2, SITE_VISIBLE = 4 };

/* As gilscope.explore.search.steps.Mode. */
enum access_mode { MODE_READ, MODE_WRITE, MODE_ACQUIRE, MODE_RELEASE, MODE_AWAIT };

typedef struct site {
    uint8_t kind, mode, flags;
    int32_t slot, argument, offset;
    uint32_t visible_in; /* the exploration in which two threads were seen to meet here */
    PyObject *name;
    PyCodeObject *code;
} site;

typedef struct code_sites {
    bool explored;
    uint32_t choice; /* of what is explored, when this was described */
    int32_t count;   /* code units */
    site sites[];
} code_sites;

/* What of an object is touched: a key (the hash of a name, key or index), its size, or all. */
enum part { PART_KEY, PART_NUMBERED, PART_SHAPE, PART_ALL };

typedef struct touched {
    PyObject *object;
    Py_hash_t key;
    uint8_t part, mode;
    const char *fragile; /* what is not atomic without the GIL, if this meets another access */
} touched;

typedef struct operation {
    site *where;
    raw_frame *frame;
    int count;
    touched accesses[MOST_ACCESSES];
    PyObject *request; /* a tuple for the scheduler: (kind, object, arguments, keywords); owned */
    slot *callable;    /* can be replaced */
    PyObject *stand_in; /* instead of the callable; owned */
} operation;

typedef struct engine {
    bool active, concurrent, aborting, with_gil;
    bool frozen;      /* nothing becomes visible that is not */
    bool all_visible; /* each access is a step, whether threads are known to meet there or not */
    uint32_t exploration;
    uint32_t choice; /* grows when other code is to be explored than before */
    uint64_t conflicts; /* sites that became visible */
    uint64_t events, most_events;
    PyObject *describe;  /* code -> None or sites */
    PyObject *model;     /* callable -> model of a C callable, or None */
    PyObject *scheduler; /* arrive(thread, accesses, request, may_switch) -> thread to go on with */
    PyObject *runaway;   /* called when a thread goes on for too long without a visible step */
    PyObject *tell;      /* tell(thread, request) just before a visible instruction, or NULL */
    PyObject *abort;     /* raised in threads that are to end */
    PyObject *unknown;   /* set: names of what was called and is not modelled */
    PyObject *class_names; /* set: attributes that somebody sets on classes */
    PyObject *immutable; /* set: types whose instances nobody can change */
    PyObject *stand_ins; /* dict: kind of request -> callable that replaces the one called */
} engine;

extern engine the_engine;
extern __thread int current_thread; /* number of the logical thread; -1 outside */

static inline bool is_visible(const site *where) {
    return the_engine.all_visible || where->visible_in == the_engine.exploration;
}

/* sites.c */
int sites_ready(void);
code_sites *sites_of(PyCodeObject *code); /* NULL with an exception */

/* parts.c */
void operation_add(operation *op, PyObject *object, enum part part, Py_hash_t key, int mode);
void operation_fragile(operation *op, const char *name); /* the access that was added last */
void operation_unknown(const operation *op, const char *format, ...);
int add_attribute(operation *op, PyObject *owner, PyObject *name, int mode);
int add_item(operation *op, PyObject *container, PyObject *key, int mode, bool removes);
int add_sources(operation *op, PyObject *object, int depth);
int add_deep(operation *op, PyObject *object, int depth);
void add_shape(operation *op, PyObject *object);
bool is_immutable(PyObject *object);
bool is_container(PyObject *object); /* of the built-in ones that can change */
int add_key(operation *op, PyObject *container, PyObject *key, int mode, bool removes);
int add_next(operation *op, PyObject *iterator);
int add_member(operation *op, PyObject *key, PyObject *container);

/* operands.c */
int find_accesses(operation *op); /* -1 with an exception */

/* calls.c */
int add_call(operation *op);
int add_call_of(operation *op, PyObject *callable, PyObject *self, PyObject *const *args,
                Py_ssize_t count, PyObject *keywords);
int calls_ready(void);
void forget_models(void);

/* touch.c */
void touch(const operation *op, int thread);
PyObject *accesses_named(const operation *op); /* tuple of (object, part or key, mode) */
PyObject *object_named(PyObject *object);      /* its number */
long objects_numbered(void);
int share_number(PyObject *object, PyObject *with);
PyObject *pseudo_classes(void);
void touch_spawned(int parent, int child);
void touch_joined(int thread, int ended);
void touch_barrier(int threads);
PyObject *touched_objects(void);
PyObject *touch_reset(void); /* list of the objects that it kept alive */

/* baton.c */
int baton_ready(void);
int baton_pass(int from, int to);
int baton_await(int thread);
void baton_give(int to);
void baton_drain(void);

/* observe.c */
extern PyMethodDef observe_methods[];
void observe_thread_reset(void);
void observe_passed_check(int thread);

#endif
