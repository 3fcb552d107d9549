/* Numbers that Python code names alike: a test compares them all. */
#include "explore/kept.h"
#include "explore/models.h"

typedef struct number {
    const char *name;
    long value;
} number;

#define N(prefix, name) {#name, prefix##_##name}
#define PLAIN(name) {#name, name}

/* clang-format off */
static const number site_kinds[] = {
    N(SITE, NONE), N(SITE, ATTRIBUTE), N(SITE, GLOBAL), N(SITE, CELL), N(SITE, ITEM), N(SITE, SLICE),
    N(SITE, MEMBER), N(SITE, TRUTH), N(SITE, SOURCE), N(SITE, DEEP), N(SITE, INPLACE), N(SITE, NEXT),
    N(SITE, CALL), N(SITE, CALL_EX), N(SITE, ENTER), N(SITE, LEAVE), N(SITE, IMPORT), N(SITE, PASS),
    N(SITE, GENERATOR), N(SITE, FOREIGN), N(SITE, NAME), N(SITE, NUMBER), N(SITE, CLASS_PATTERN),
    N(SITE, KEYS_PATTERN), N(SITE, SUPER), N(SITE, RAISE), N(SITE, AWAIT), N(SITE, UNKNOWN),
    N(SITE, RETURN), N(SITE, IMPORTED), {NULL, 0},
};

static const number site_flags[] = {
    N(SITE, CHECKS_BEFORE), N(SITE, CHECKS_AFTER), N(SITE, VISIBLE), N(SITE, OF_USER),
    N(SITE, GUARDED),       N(SITE, BEGINS),       {NULL, 0},
};

static const number sources[] = {
    N(SOURCE, AT_ONCE), N(SOURCE, BY_STEPS), N(SOURCE, LATER), {NULL, 0},
};

static const number modes[] = {
    N(MODE, READ), N(MODE, WRITE), N(MODE, ACQUIRE), N(MODE, RELEASE), N(MODE, AWAIT), {NULL, 0},
};

static const number doubts[] = {
    {"NOT_ATOMIC", DOUBT_WITHOUT_GIL << DOUBT_SHIFT},
    {"UNKNOWN", DOUBT_ALWAYS << DOUBT_SHIFT},
    {NULL, 0},
};

static const number unknowns[] = {
    N(UNKNOWN, EFFECTS), N(UNKNOWN, ATOMICITY), N(UNKNOWN, ANSWER), N(UNKNOWN, PACKAGE), N(UNKNOWN, IMPORT),
    N(UNKNOWN, FINALIZER), {NULL, 0},
};

static const number natures[] = {
    N(NATURE, FOREIGN), N(NATURE, LEAF), N(NATURE, HOLDER), N(NATURE, CONTAINER), N(NATURE, ITERATOR),
    N(NATURE, VIEW), N(NATURE, GENERATOR), N(NATURE, INSTANCE), N(NATURE, KNOWN), N(NATURE, WEAK),
    N(NATURE, LOCAL), {NULL, 0},
};

static const number whats[] = {
    N(WHAT, KEY), N(WHAT, SHAPE), N(WHAT, ALL), N(WHAT, APPEND), N(WHAT, POP), N(WHAT, SOURCES),
    N(WHAT, DEEP), N(WHAT, ATTRIBUTE), N(WHAT, ITEM), N(WHAT, REQUEST), N(WHAT, REPLACED), N(WHAT, NEXT),
    N(WHAT, DICT), N(WHAT, REMOVE), N(WHAT, REMOVE_ITEM), N(WHAT, OUTSIDE), N(WHAT, REACH),
    N(WHAT, CALLBACK), N(WHAT, COPY), N(WHAT, INIT), N(WHAT, EXTEND), N(WHAT, ELSE_UNREPEATABLE),
    N(WHAT, STEPS), N(WHAT, WRITER), N(WHAT, NAMES), N(WHAT, RAISED), N(WHAT, FRAME), N(WHAT, IMPORTED), N(WHAT, SEARCHED),
    {NULL, 0},
};

static const number helds[] = {
    N(HELD, SKIPPED), N(HELD, NOTHING), N(HELD, DICT), N(HELD, LIST), N(HELD, DEQUE), N(HELD, BYTEARRAY),
    N(HELD, SET), N(HELD, CELL), N(HELD, CLASS), N(HELD, TUPLE), N(HELD, FUNCTION), N(HELD, OPAQUE),
    N(HELD, SLOTS),
    {NULL, 0},
};

static const number unmodelled[] = {
    N(UNMODELLED, EFFECTS), N(UNMODELLED, EVERYWHERE), N(UNMODELLED, ANSWER), {NULL, 0},
};

static const number operands[] = {PLAIN(ALL_POSITIONAL), PLAIN(ALL_KEYWORDS), PLAIN(ALL_ARGUMENTS), {NULL, 0}};

static const number row_flags[] = {
    PLAIN(NEVER_ATOMIC), PLAIN(LOCKS_VIEW), PLAIN(LOCKS_DICT), PLAIN(LOCKS_SET), PLAIN(LOCKS_LIST),
    PLAIN(NOT_ATOMIC), {NULL, 0},
};

static const number requests[] = {
    N(REQUEST, ACQUIRE), N(REQUEST, RELEASE), N(REQUEST, LOCKED), N(REQUEST, RELEASE_ALL),
    N(REQUEST, ACQUIRE_AGAIN), N(REQUEST, PUT), N(REQUEST, GET), N(REQUEST, SIZE), N(REQUEST, GET_NOWAIT),
    N(REQUEST, ENTER), {NULL, 0},
};
/* clang-format on */

static const struct {
    const char *name;
    const number *numbers;
} tables[] = {
    {"site_kind", site_kinds}, {"site_flag", site_flags},  {"source", sources},   {"mode", modes},
    {"doubt", doubts},         {"unknown", unknowns},      {"nature", natures},   {"what", whats},
    {"held", helds},           {"unmodelled", unmodelled}, {"operand", operands}, {"row_flag", row_flags},
    {"request", requests},
};

static PyObject *as_dict(const number *numbers) {
    PyObject *dict = PyDict_New();
    for (; dict && numbers->name; numbers++) {
        PyObject *value = PyLong_FromLong(numbers->value);
        if (!value || PyDict_SetItemString(dict, numbers->name, value)) Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *all_numbers(void) {
    PyObject *all = PyDict_New();
    for (size_t i = 0; all && i < sizeof tables / sizeof *tables; i++) {
        PyObject *numbers = as_dict(tables[i].numbers);
        if (!numbers || PyDict_SetItemString(all, tables[i].name, numbers)) Py_CLEAR(all);
        Py_XDECREF(numbers);
    }
    return all;
}

int publish(PyObject *module) {
    PyObject *numbers = all_numbers();
    int failed = numbers ? PyModule_AddObjectRef(module, "NUMBERS", numbers) : -1;
    Py_XDECREF(numbers);
    return failed || PyModule_AddIntMacro(module, MOST_THREADS) || PyModule_AddIntMacro(module, STEP_GOES_ON)
               ? -1
               : 0;
}
