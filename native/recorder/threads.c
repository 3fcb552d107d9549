/* Give each thread a number and a cell in the arena, and know its name as Python does. */
#include "threads.h"

#include "lockwaits.h"
#include "memory.h"
#include "stop.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names may change while a thread lives: look at its first releases, then now and then. */
#define NAME_CHECKS_AT_FIRST 8u
#define NAME_CHECK_INTERVAL_NS 20000000u

static pthread_key_t at_thread_exit;
static __thread struct birth *own_birth __attribute__((tls_model("initial-exec")));

/* --- cells -------------------------------------------------------------------------------- */

static void thread_ended(void *unused) {
    (void)unused;
    if (!recording.active || self.session != recording.session) return;
    struct thread_cell *cell = self.cell;
    if (self.asks) { /* it left take_gil() by exiting, as daemon threads do at shutdown */
        atomic_fetch_sub(&self.asked->cell->waiters, 1);
        atomic_store(&cell->request_ns, 0);
    }
    lockwaits_abandon();
    cell->end_ns = now_ns();
    uint64_t cpu_ns = thread_cpu_ns();
    if (cpu_ns > cell->cpu_start_ns) cell->cpu_ns = cpu_ns - cell->cpu_start_ns;
    atomic_store_explicit(&cell->state, CELL_ENDED, memory_order_release);
    self = (struct thread){0};
}

bool threads_init(void) { return pthread_key_create(&at_thread_exit, thread_ended) == 0; }

static void note_use_of(uint32_t index) {
    uint32_t now = atomic_load(&recording.cells_used);
    while (now <= index && !atomic_compare_exchange_weak(&recording.cells_used, &now, index + 1)) continue;
    atomic_store(&recording.arena->cells_used, atomic_load(&recording.cells_used));
}

static struct thread_cell *claim_cell(uint32_t *index) {
    _Atomic uint32_t *next_cell = &recording.arena->next_cell;
    uint32_t used = atomic_load(&recording.cells_used);
    uint32_t start = atomic_load_explicit(next_cell, memory_order_relaxed);
    if (start > used) start = used; /* so that no more than the next block needs to be mapped */
    for (uint32_t i = 0; i < THREAD_CELLS; i++) {
        uint32_t at = (start + i) % THREAD_CELLS, expected = CELL_FREE;
        struct thread_cell *cell = memory_cell(at);
        if (!cell) return NULL;
        if (!atomic_compare_exchange_strong(&cell->state, &expected, CELL_CLAIMED)) continue;
        atomic_store_explicit(next_cell, at + 1, memory_order_relaxed);
        note_use_of(at);
        *index = at;
        return cell;
    }
    return NULL;
}

static void first_name(struct thread_cell *cell) {
    if (own_birth && own_birth->name_bytes) {
        cell->name_bytes = own_birth->name_bytes;
        memcpy(cell->name, own_birth->name, cell->name_bytes);
        return;
    }
    char name[17] = {0}; /* as the kernel has it */
    if (pthread_getname_np(pthread_self(), name, sizeof name) != 0) name[0] = 0;
    cell->name_bytes = (uint32_t)strlen(name);
    memcpy(cell->name, name, cell->name_bytes);
}

bool thread_register(void) {
    uint32_t index;
    struct thread_cell *cell = claim_cell(&index);
    if (!cell) {
        recording_give_up(STOP_OVERFLOW);
        return false;
    }
    self = (struct thread){.session = recording.session,
                           .identity = (unsigned long)pthread_self(),
                           .cell = cell,
                           .cell_index = index};
    cell->thread = self.number = atomic_fetch_add(&recording.threads, 1) + 1;
    cell->tid = (int32_t)syscall(SYS_gettid);
    cell->flags = cell->tid == getpid() ? THREAD_MAIN : 0;
    cell->start_ns = cell->end_ns = now_ns();
    cell->cpu_start_ns = recording.since_ns ? recording.newborn.begin_cpu_ns : thread_cpu_ns();
    cell->cpu_ns = 0;
    atomic_store(&cell->request_ns, 0);
    atomic_store(&cell->last_site, 0);
    atomic_store(&cell->lock_waits, 0);
    first_name(cell);
    if (cell->flags & THREAD_MAIN) {
        cell->name_bytes = 10;
        memcpy(cell->name, "MainThread", 10);
    }
    if (pthread_setspecific(at_thread_exit, cell) != 0) { /* no memory: its end would go unseen */
        recording_give_up(STOP_OVERFLOW);
        return false;
    }
    atomic_store_explicit(&cell->state, CELL_LIVE, memory_order_release);
    return true;
}

/* --- names -------------------------------------------------------------------------------- */

static bool str_is(PyObject *object, const char *text) {
    Py_ssize_t length = (Py_ssize_t)strlen(text);
    return object && PyUnicode_CheckExact(object) && PyUnicode_IS_COMPACT_ASCII(object) &&
           PyUnicode_GET_LENGTH(object) == length &&
           memcmp(PyUnicode_DATA(object), text, (size_t)length) == 0;
}

/* Position of a key among the entries of a table whose keys are all str; -1 if it is not there. */
static Py_ssize_t key_position(PyDictKeysObject *keys, const char *key) {
    if (!DK_IS_UNICODE(keys)) return -1;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
        if (str_is(entries[i].me_key, key)) return i;
    return -1;
}

static PyObject *dict_value(PyDictObject *dict, const char *key) {
    Py_ssize_t at = key_position(dict->ma_keys, key);
    if (at < 0) return NULL;
    return dict->ma_values ? dict->ma_values->values[at] : DK_UNICODE_ENTRIES(dict->ma_keys)[at].me_value;
}

/* object.<name>, if it is an entry of the instance's own dictionary. */
static PyObject *instance_attribute(PyObject *object, const char *name) {
    PyTypeObject *type = Py_TYPE(object);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) return NULL;
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)) return NULL;
    PyDictObject *dict = instance_dict(object);
    if (dict) return dict_value(dict, name);
    PyObject **values = inline_values(object);
    PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    if (!values || !keys) return NULL;
    Py_ssize_t at = key_position(keys, name);
    return at < 0 ? NULL : values[at];
}

/* Is this the method `name` of threading.Thread? */
static bool is_thread_method(PyCodeObject *code, const char *name) {
    if (!str_is(code->co_name, name)) return false;
    static const char tail[] = "threading.py";
    char file[4096];
    uint32_t bytes = utf8_from_str(code->co_filename, file, sizeof file);
    return bytes >= sizeof tail - 1 && memcmp(file + bytes - (sizeof tail - 1), tail, sizeof tail - 1) == 0;
}

/* The Thread object whose _bootstrap() is the outermost frame of a thread made by threading. */
static PyObject *thread_object(PyThreadState *tstate) {
    raw_frame *outermost = NULL;
    for (raw_frame *frame = innermost_frame(tstate); frame; frame = frame->previous)
        if (!frame_is_internal(frame)) outermost = frame;
    if (!outermost || !is_thread_method(frame_code(outermost), "_bootstrap")) return NULL;
    return frame_first_local(outermost);
}

/* The main thread has no such frame: sys.modules["threading"]._main_thread. */
static PyObject *main_thread_object(PyThreadState *tstate) {
    PyObject *modules = interpreter_modules(tstate->interp);
    if (!modules) return NULL;
    PyObject *threading = dict_value((PyDictObject *)modules, "threading");
    if (!threading || !PyModule_CheckExact(threading)) return NULL;
    PyObject *globals = PyModule_GetDict(threading); /* a field access on a module */
    return globals ? dict_value((PyDictObject *)globals, "_main_thread") : NULL;
}

static void set_name(struct thread_cell *cell, PyObject *name) {
    char text[NAME_BYTES];
    uint32_t bytes = utf8_from_str(name, text, NAME_BYTES);
    if (bytes == cell->name_bytes && memcmp(text, cell->name, bytes) == 0) return;
    atomic_fetch_add(&cell->name_version, 1);
    memcpy(cell->name, text, bytes);
    cell->name_bytes = bytes;
    atomic_fetch_add(&cell->name_version, 1);
}

static PyObject *name_of(PyObject *thread) {
    PyObject *name = thread ? instance_attribute(thread, "_name") : NULL;
    return name && PyUnicode_Check(name) ? name : NULL;
}

static void look_up_name(PyThreadState *tstate, uint64_t time_ns) {
    self.name_checked_ns = time_ns;
    self.name_checks++;
    bool is_main = self.cell->flags & THREAD_MAIN;
    PyObject *name = name_of(is_main ? main_thread_object(tstate) : thread_object(tstate));
    if (name) set_name(self.cell, name);
}

void thread_refresh_name(PyThreadState *tstate, uint64_t time_ns) {
    if (LIKELY(self.name_checks >= NAME_CHECKS_AT_FIRST &&
               time_ns - self.name_checked_ns < NAME_CHECK_INTERVAL_NS))
        return;
    look_up_name(tstate, time_ns);
}

/* --- births --------------------------------------------------------------------------------- */

struct birth *thread_birth(void *(*routine)(void *), void *argument) {
    struct birth *birth = malloc(sizeof *birth);
    if (!birth) return NULL;
    *birth = (struct birth){.routine = routine, .argument = argument};
    struct gil *gil = self.session == recording.session ? self.last_held : NULL;
    if (!gil || holder_of(gil) != &self) return birth;
    PyThreadState *tstate = gil_tstate(gil);
    raw_frame *frame = tstate ? innermost_frame(tstate) : NULL;
    if (!frame || frame_is_internal(frame)) return birth;
    if (!is_thread_method(frame_code(frame), "start")) return birth;
    PyObject *name = name_of(frame_first_local(frame));
    if (name) birth->name_bytes = utf8_from_str(name, birth->name, NAME_BYTES);
    return birth;
}

void *thread_be_born(void *argument) {
    struct birth birth = *(struct birth *)argument;
    free(argument);
    own_birth = &birth;
    void *result = birth.routine(birth.argument);
    own_birth = NULL;
    return result;
}
