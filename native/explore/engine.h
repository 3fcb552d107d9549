/* What the parts of gilscope._explorer share: sites of code, accesses, and the one engine.
 *
 * One thread runs at a time, whatever the build: it has the baton (baton.c). Before an instruction
 * that may touch what another thread uses, observe.c names the objects (operands.c, calls.c, parts.c), notes
 * who touched what (touch.c), and, where two threads are known to meet, asks the scheduler in
 * Python who goes on.
 */
#ifndef GILSCOPE_EXPLORE_ENGINE_H
#define GILSCOPE_EXPLORE_ENGINE_H

#include "explore/methods.h"
#include "explore/sites.h"
#include "explore/slots.h"

enum { MOST_THREADS = 64, MOST_ACCESSES = 96 };

/* How a step touches something; gilscope.explore.search.steps names them alike. */
enum access_mode { MODE_READ, MODE_WRITE, MODE_ACQUIRE, MODE_RELEASE, MODE_AWAIT };

/* As gilscope.explore.bytecode.effects.threads.Request: those about locks and queues. */
enum request {
    REQUEST_ACQUIRE = 1,
    REQUEST_RELEASE,
    REQUEST_LOCKED,
    REQUEST_RELEASE_ALL,
    REQUEST_ACQUIRE_AGAIN,
    REQUEST_PUT,
    REQUEST_GET,
    REQUEST_SIZE,
    REQUEST_GET_NOWAIT = 10,
    REQUEST_ENTER = 14,
};

enum { STEP_GOES_ON = -2 }; /* the scheduler's answer where there was nothing to choose */

/* What of an object is touched: a key (the hash of a name, key or index), its size, whether it
 * lives, or all. */
enum part { PART_KEY, PART_NUMBERED, PART_SHAPE, PART_LIFE, PART_ALL };

/* What is not known of an access, and matters if it races with another one. Steps carry it beside the
 * mode: as gilscope.explore.search.steps. */
enum doubt { DOUBT_NONE, DOUBT_WITHOUT_GIL /* it is not atomic there */, DOUBT_ALWAYS };
enum { DOUBT_SHIFT = 3 };

/* What is not known, as it is noted in `unknown`: a tuple of this, a name, a file or None, a line.
 * Those that no C code names come from code that is not explored: `argument` of its site. */
enum unknown {
    UNKNOWN_EFFECTS,   /* of a function in C, or an operation */
    UNKNOWN_ATOMICITY, /* of one without the GIL */
    UNKNOWN_ANSWER,    /* of a function: another in each execution */
    UNKNOWN_PACKAGE,   /* one that is not explored */
    UNKNOWN_IMPORT,    /* that of a module */
    UNKNOWN_FINALIZER, /* a `__del__`: which thread runs it */
};

typedef struct touched {
    PyObject *object;
    Py_hash_t key;
    uint8_t part, mode, doubt;
    PyObject *name; /* of what is in doubt; kept by doubts.c */
    struct location *there; /* once it was touched: the object may end before that is told again */
} touched;

/* As gilscope.explore.bytecode.natures.Nature. */
enum nature {
    NATURE_FOREIGN,
    NATURE_LEAF,
    NATURE_HOLDER,
    NATURE_CONTAINER,
    NATURE_ITERATOR,
    NATURE_VIEW,
    NATURE_GENERATOR,
    NATURE_INSTANCE,
    NATURE_KNOWN,
    NATURE_WEAK,
    NATURE_LOCAL,
};

typedef struct operation {
    site *where;
    raw_frame *frame;
    int count;
    touched accesses[MOST_ACCESSES];
    PyObject *request; /* a tuple for the scheduler: (kind, object, arguments, keywords); owned */
    slot *callable;    /* can be replaced */
    PyObject *stand_in; /* instead of the callable; owned */
    PyObject *names;    /* of its accesses, as the scheduler was told; owned */
    bool waited;        /* since then, for its turn */
} operation;

typedef struct engine {
    bool active, concurrent, aborting, with_gil;
    bool frozen;      /* nothing becomes visible that is not */
    bool doubts_meet; /* an access in doubt is a reason wherever it meets another */
    bool all_visible; /* each access is a step, whether threads are known to meet there or not */
    bool guards;      /* where a lock keeps other threads away, no step begins */
    bool looks_count; /* who looks at a clock first is an order to be tried */
    uint32_t exploration;
    uint32_t choice; /* grows when other code is to be explored than before */
    uint64_t conflicts; /* sites that became visible */
    uint64_t events, most_events;
    PyObject *describe;  /* code -> None or sites */
    PyObject *model;     /* callable -> its model, or why there is none: see models.h */
    PyObject *threads;   /* dict: number -> the scheduler's thread, of the current execution; or NULL */
    PyObject *scheduler; /* arrive(thread, accesses, request, may_switch) -> thread to go on with */
    PyObject *stepper;   /* of the current execution; or NULL */
    PyObject *go_on;     /* what the scheduler does about a choice of the stepper's: thread to go on with */
    PyObject *runaway;   /* called when a thread goes on for too long without a visible step */
    PyObject *tell;      /* tell(thread, request) just before a visible instruction, or NULL */
    PyObject *abort;     /* raised in threads that are to end */
    PyObject *unknown;   /* set: what is not known of what was done: see `enum unknown` */
    PyObject *class_names; /* set: attributes that somebody sets on classes */
    PyObject *doubts;    /* dict: access in doubt -> what is not known of it, as in `unknown` */
    PyObject *natures;   /* dict: type -> its nature; others are foreign */
    destructor class_dealloc; /* tp_dealloc of every class that is written in Python */
    PyObject *stand_ins; /* dict: kind of request -> callable that replaces the one called */
} engine;

extern engine the_engine;
#define OF_EACH_THREAD __thread __attribute__((tls_model("initial-exec"))) /* found without a call */
extern OF_EACH_THREAD int current_thread; /* number of the logical thread; -1 outside */
extern OF_EACH_THREAD int carried_thread; /* the same, also while it is in gilscope's own code */

/* The object of a weak reference, NULL if it has ended. Borrowed: no other thread runs. */
static inline PyObject *weakly_referenced(PyObject *weak) {
#if HAS_WEAKREF_GET_REF
    PyObject *object = NULL;
    if (PyWeakref_GetRef(weak, &object) > 0) Py_DECREF(object);
    return object;
#else
    PyObject *object = PyWeakref_GET_OBJECT(weak);
    return object == Py_None ? NULL : object;
#endif
}

static inline bool is_visible(const site *where) {
    return the_engine.all_visible || where->visible_in == the_engine.exploration;
}

static inline bool is_choice(const site *where) {
    return the_engine.all_visible || !the_engine.guards || where->choice_in == the_engine.exploration;
}

/* sites.c */
int sites_ready(void);
code_sites *sites_of(PyCodeObject *code); /* NULL with an exception */
bool is_site_of(const site *where, PyCodeObject *code);

/* natures.c */
bool is_python_class(PyTypeObject *type); /* written in Python */
PyTypeObject *solid_base(PyTypeObject *type); /* the innermost class that is written in C */
enum nature nature_of(PyObject *object);
enum nature nature_of_instances(PyTypeObject *type);
bool is_container(PyObject *object);
bool is_locked_container(PyObject *object); /* each operation on it, by CPython without the GIL */
bool is_read_at_once(PyObject *object);     /* and going through all of it, too */
bool is_odd(PyTypeObject *type); /* operators of it are neither Python code nor its base's */
bool is_special_name(PyObject *name);
void forget_natures(void);

/* doubts.c: nothing can be proven about a program whose threads meet in what is unknown. */
void operation_unknown(const operation *op, const char *format, ...); /* whoever is met there */
void operation_doubt(operation *op, int since, enum doubt doubt, const char *format, ...);
void operation_sure(operation *op, int since);
void report_doubt(const site *where, PyObject *name, enum doubt doubt);
int report_unrepeatable(PyObject *name);
int keep_doubt(const site *where, PyObject *access, const touched *what);
PyObject *the_outside(void); /* stands for what is no object of Python's */
void add_outside(operation *op, int mode);
void add_look(operation *op); /* at a clock */
int add_reach(operation *op, PyObject *object, PyObject *name); /* all that it leads to */
int add_foreign(operation *op, PyObject *object, const char *what); /* an unknown operation on it */

/* attributes.c */
int add_attribute(operation *op, PyObject *owner, PyObject *name, int mode);
PyObject *class_attribute(PyTypeObject *type, const char *name); /* borrowed; NULL if it has none */
int add_class_attribute(operation *op, PyObject *name, int mode);
void add_class_dict(operation *op);
bool do_functions_change(void); /* their names and texts: then who reads them is noted */
void add_function(operation *op, PyObject *object); /* nothing if it is none */
int add_class_pattern(operation *op, PyObject *subject, PyObject *class, PyObject *names, int positional);

/* parts.c */
void operation_add(operation *op, PyObject *object, enum part part, Py_hash_t key, int mode);
int add_item(operation *op, PyObject *container, PyObject *key, int mode, bool removes);
int add_assigned(operation *op, PyObject *key, PyObject *value); /* to a slice, if key is one */
int add_content(operation *op, PyObject *object, int mode); /* its own, one level */
int add_deep(operation *op, PyObject *object, int depth);
int add_shape(operation *op, PyObject *object);
int add_key(operation *op, PyObject *container, PyObject *key, int mode, bool removes);

/* iteration.c */
int add_sources(operation *op, PyObject *object, int depth);
int add_next(operation *op, PyObject *iterator);
int add_member(operation *op, PyObject *key, PyObject *container);

/* operands.c */
int find_accesses(operation *op); /* -1 with an exception */
int add_raised(operation *op, PyObject *raised);
int add_imported(operation *op, PyObject *name); /* a module, by its full name */

/* calls.c */
int add_call(operation *op);
int add_call_of(operation *op, PyObject *callable, PyObject *self, PyObject *const *args, Py_ssize_t count,
                PyObject *keywords);
int add_blind_call(operation *op, PyObject *callable);
bool is_of_pool(const site *where);

/* models.c */
typedef struct call {
    PyObject *callable, *self, *keywords; /* keywords: a tuple of names, a dict, or NULL */
    PyObject *const *args; /* with a tuple of names, the keywords' values come after `count` */
    Py_ssize_t count;
    const void *identity; /* the same for each way to get at one function */
    int depth;            /* of callables that were taken apart */
    bool blind;           /* C calls it: its arguments are not known */
} call;
int apply_model(operation *op, const call *found);
int add_callback(operation *op, PyObject *callable, const call *caller); /* C calls it */
int calls_ready(void);
void forget_models(void);

/* interrupted.c: operations in C during which Python code runs. */
void push_open(const operation *op, int thread);
void add_interrupted(operation *op, int thread);
bool is_looked_after(raw_frame *frame, int thread);
bool is_outside_of(raw_frame *inner, raw_frame *outer);
raw_frame *caller_of(raw_frame *frame); /* of Python code; NULL if there is none */
bool is_closed_by_call(raw_frame *frame, int thread); /* of a function in C that closes something */
void forget_open(void);

/* objects.c */
PyObject *object_named(PyObject *object); /* its number */
long objects_numbered(void);
int share_number(PyObject *object, PyObject *with);
PyObject *pseudo_classes(void);
PyObject *touched_objects(void);

/* touch.c */
void touch(operation *op, int thread);
PyObject *accesses_named(operation *op); /* tuple of (object, part or key, mode) */
PyObject *touch_reset(void);             /* list of the objects that it kept alive */

/* life.c */
void add_life(operation *op, PyObject *object); /* whether it lives is asked */

/* clocks.c: thread_clocks[t][u] counts the stretches of u that came before what t does now, in every
 * execution; ordered_clocks those that did so in this one. */
extern uint32_t thread_clocks[MOST_THREADS][MOST_THREADS], ordered_clocks[MOST_THREADS][MOST_THREADS];
extern uint64_t barriers;
void touch_handed_on(int thread, long number); /* a lock or a queue, as soon as the thread goes on */
void touch_got(int thread, long number);
void touch_handover(int thread); /* it does */
void touch_spawned(int parent, int child);
void touch_joined(int thread, int ended);
void touch_barrier(int threads);
bool is_alone(int thread); /* all others have ended, and it knows */
void clocks_reset(void);

/* held.c: sets of locks that a thread has, as bits. */
extern uint64_t locks_held[MOST_THREADS];
void lock_asked_for(int thread, site *where);
PyObject *scheduled_thread(int thread); /* borrowed; NULL if it is not known, or with an exception */
int look_again(operation *op, int thread); /* after it waited for its turn */
bool add_handover(operation *op);                            /* whether it is about a lock or a queue */
bool is_own_affair(const operation *op, int thread);         /* no other thread can tell the difference */
void note_own_affair(const operation *op);
void held_reset(void);

/* baton.c */
int baton_ready(void);
int baton_pass(int from, int to);
int baton_await(int thread);
void baton_give(int to);
void baton_drain(void);

/* ends.c */
void put_off_ends(void); /* after others may have run */
void ends_inside(bool on); /* whether the thread is called by an instruction of the program */
void ends_aside(bool on);  /* whether it is in gilscope's own code */

/* frames.c */
extern PyObject *empty_slot; /* stands for one */

/* published.c: numbers that Python code names alike */
int publish(PyObject *module);

/* way.c */
void way_begins(void);                           /* an execution */
void way_goes_on(int thread, const site *where); /* with an instruction */

/* observe.c */
void observe_thread_reset(void);
void observe_passed_check(int thread);

#endif
