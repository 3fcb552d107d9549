/* The names of threads, as Python knows them.
 *
 * Without a GIL, others may change what is read here. So only what lies in the Thread object itself is looked at,
 * which is alive as long as the frame that it was found in; its name is copied as if it were another process's,
 * and counts only if it has been there before and after. */
#include "names.h"

#include "gils.h"
#include "ownmemory.h"
#include "text.h"
#include "watch.h"

#include <string.h>

/* Names may change while a thread lives: look at its first releases, then now and then. */
#define NAME_CHECKS_AT_FIRST 8u
#define NAME_CHECK_INTERVAL_NS 20000000u

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

PyObject *instance_attribute(PyObject *object, const char *name) {
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

static void set_name_text(struct thread_cell *cell, const char *text, uint32_t bytes) {
    if (bytes == cell->name_bytes && memcmp(text, cell->name, bytes) == 0) return;
    atomic_fetch_add(&cell->name_version, 1);
    memcpy(cell->name, text, bytes);
    cell->name_bytes = bytes;
    atomic_fetch_add(&cell->name_version, 1);
    watch_named();
}

static void set_name(struct thread_cell *cell, PyObject *name) {
    char text[NAME_BYTES];
    set_name_text(cell, text, utf8_from_str(name, text, NAME_BYTES));
}

static PyObject *name_of(PyObject *thread) {
    PyObject *name = thread ? instance_attribute(thread, "_name") : NULL;
    return name && PyUnicode_Check(name) ? name : NULL;
}

static bool is_name_due(uint64_t time_ns) {
    if (LIKELY(self.name_checks >= NAME_CHECKS_AT_FIRST &&
               time_ns - self.name_checked_ns < NAME_CHECK_INTERVAL_NS))
        return false;
    self.name_checked_ns = time_ns;
    self.name_checks++;
    return true;
}

static void look_up_name(PyThreadState *tstate) {
    bool is_main = self.cell->flags & THREAD_MAIN;
    PyObject *name = name_of(is_main ? main_thread_object(tstate) : thread_object(tstate));
    if (name) set_name(self.cell, name);
}

void name_refresh(PyThreadState *tstate, uint64_t time_ns) {
    if (UNLIKELY(is_name_due(time_ns))) look_up_name(tstate);
}

/* --- without a GIL -------------------------------------------------------------------------- */

/* Where the name is in the object itself; NULL: it is not there. */
static PyObject **name_slot(PyObject *thread) {
    PyTypeObject *type = Py_TYPE(thread);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)) return NULL;
    PyObject **values = inline_values(thread);
    PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    Py_ssize_t at = values && keys ? key_position(keys, "_name") : -1;
    return at < 0 ? NULL : &values[at];
}

static bool is_plain(const PyASCIIObject *text) {
    return Py_TYPE(text) == &PyUnicode_Type && text->state.compact && text->length >= 0;
}

static uint32_t copy_name(PyObject **slot, char *text) {
    union {
        PyASCIIObject head;
        char bytes[sizeof(PyCompactUnicodeObject) + 4 * NAME_BYTES];
    } copy;
    PyObject *name = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!name || !read_safely(name, &copy, sizeof copy.head) || !is_plain(&copy.head)) return 0;
    Py_ssize_t length = copy.head.length < (Py_ssize_t)NAME_BYTES ? copy.head.length : (Py_ssize_t)NAME_BYTES;
    size_t skip = copy.head.state.ascii ? sizeof copy.head : sizeof(PyCompactUnicodeObject);
    size_t bytes = skip + (size_t)length * copy.head.state.kind;
    if (bytes > sizeof copy || !read_safely(name, &copy, bytes)) return 0;
    if (__atomic_load_n(slot, __ATOMIC_ACQUIRE) != name) return 0;
    copy.head.length = length;
    return utf8_from_str((PyObject *)&copy, text, NAME_BYTES);
}

void name_refresh_without_gil(PyThreadState *tstate, uint64_t time_ns) {
    if (self.cell->flags & THREAD_MAIN || !is_name_due(time_ns)) return;
    char text[NAME_BYTES];
    PyObject *thread = thread_object(tstate);
    PyObject **slot = thread ? name_slot(thread) : NULL;
    uint32_t bytes = slot ? copy_name(slot, text) : 0;
    if (bytes) set_name_text(self.cell, text, bytes);
}

/* --- before it is born ---------------------------------------------------------------------- */

uint32_t name_of_started(PyThreadState *tstate, char *text) {
    raw_frame *frame = innermost_frame(tstate);
    if (!frame || frame_is_internal(frame) || !is_thread_method(frame_code(frame), "start")) return 0;
    PyObject *thread = frame_first_local(frame);
    if (gils_are_off()) {
        PyObject **slot = name_slot(thread);
        return slot ? copy_name(slot, text) : 0;
    }
    PyObject *name = name_of(thread);
    return name ? utf8_from_str(name, text, NAME_BYTES) : 0;
}
