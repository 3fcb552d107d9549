/* Free-threaded interpreters turn their GIL on for good when an extension module is imported that does
 * not say that it can do without. Python warns of that, but the warning may be filtered; what stays is
 * the module, which keeps what it said. The first such module in sys.modules is the one: later ones
 * find the GIL on already.
 *
 * During the import of any extension the GIL is on for a while. So it counts as on only when such a
 * module is there, or at the end. */
#include "gilswitch.h"

#ifdef Py_GIL_DISABLED
#include "text.h"

/* While it is on and no module is found: at its first releases, then now and then. */
#define LOOKS_AT_FIRST 64u
#define LOOK_EVERY_NS 100000000u

static raw_gil *main_gil; /* of static memory: it outlives the interpreter */
static uint32_t looks;
static uint64_t looked_ns;

static PyObject *first_that_needs_gil(PyInterpreterState *interpreter) {
    PyDictObject *modules = (PyDictObject *)interpreter_modules(interpreter);
    if (!modules || modules->ma_values || !DK_IS_UNICODE(modules->ma_keys)) return NULL;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(modules->ma_keys);
    for (Py_ssize_t i = 0; i < modules->ma_keys->dk_nentries; i++) {
        PyObject *module = entries[i].me_value;
        if (module && PyModule_Check(module) && module_needs_gil(module)) return entries[i].me_key;
    }
    return NULL;
}

static void note(enum gil_switch state) { atomic_store(&recording.arena->gil_switch, state); }

static bool find_module(PyInterpreterState *interpreter) {
    struct arena_header *arena = recording.arena;
    PyObject *name = first_that_needs_gil(interpreter);
    if (!name) return false;
    arena->gil_module_bytes = utf8_from_str(name, arena->gil_module, sizeof arena->gil_module);
    note(GIL_ON);
    return true;
}

void gilswitch_look(PyInterpreterState *interpreter) {
    main_gil = interpreter_gil(interpreter);
    looks = 0;
    looked_ns = 0;
    recording.arena->gil_module_bytes = 0;
    if (!gil_is_enabled(main_gil)) note(GIL_OFF);
    else if (gil_was_asked_for(interpreter) || !find_module(interpreter)) note(GIL_ON);
}

void gilswitch_look_again(struct gil *gil, PyThreadState *tstate, uint64_t time_ns) {
    if (LIKELY(atomic_load_explicit(&recording.arena->gil_switch, memory_order_relaxed) == GIL_ON)) return;
    if (gil->raw != main_gil) return;
    if (looks >= LOOKS_AT_FIRST && time_ns - looked_ns < LOOK_EVERY_NS) return;
    looks++;
    looked_ns = time_ns;
    find_module(tstate->interp);
}

void gilswitch_look_last(void) {
    if (gil_is_enabled(main_gil)) note(GIL_ON);
}
#endif
