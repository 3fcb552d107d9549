/* What the trace says about the program, and the layout of its frames for the collector. */
#include "describe.h"

#include "host.h"
#include "shared/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Which of the 32 bits of a str's state a field takes: they differ from version to version. */
#define STATE_MASK(field, all_ones)                \
    ({                                             \
        PyASCIIObject object;                      \
        uint32_t bits;                             \
        memset(&object, 0, sizeof object);         \
        object.state.field = all_ones;             \
        memcpy(&bits, &object.state, sizeof bits); \
        bits;                                      \
    })

static void describe_objects(struct frame_layout *layout) {
    layout->long_type = (uint64_t)(uintptr_t)&PyLong_Type;
    layout->method_type = (uint64_t)(uintptr_t)&PyMethodDescr_Type;
    layout->tuple_items = offsetof(PyTupleObject, ob_item);
    layout->long_digit = LONG_DIGIT_OFFSET;
    layout->long_tag_shift = LONG_TAG_SHIFT;
#if HAS_MUTEX_LOCKS
    layout->lock_word = sizeof(PyObject);
#endif
    layout->str_length = offsetof(PyASCIIObject, length);
    layout->str_state = offsetof(PyASCIIObject, state);
    layout->str_ascii_data = sizeof(PyASCIIObject);
    layout->str_compact_data = sizeof(PyCompactUnicodeObject);
    layout->str_kind_mask = STATE_MASK(kind, 7);
    layout->str_ascii_mask = STATE_MASK(ascii, 1);
    layout->str_compact_mask = STATE_MASK(compact, 1);
}

void describe_frames(struct frame_layout *layout) {
    *layout = (struct frame_layout){
        .code_type = (uint64_t)(uintptr_t)&PyCode_Type,
#if HAS_EXECUTABLE_FRAMES
        .tstate_frame = offsetof(PyThreadState, current_frame),
#else
        .tstate_frame = offsetof(PyThreadState, cframe),
        .tstate_indirect = offsetof(_PyCFrame, current_frame) + 1,
#endif
        .tstate_interpreter = offsetof(PyThreadState, interp),
        .interpreter_collecting = offsetof(PyInterpreterState, gc.collecting),
        .tstate_thread = offsetof(PyThreadState, native_thread_id),
        .frame_code = offsetof(raw_frame, FRAME_CODE_FIELD),
        .frame_instruction = offsetof(raw_frame, FRAME_INSTRUCTION_FIELD),
        .frame_previous = offsetof(raw_frame, previous),
        .frame_owner = offsetof(raw_frame, owner),
        .frame_bytes = offsetof(raw_frame, localsplus),
        .shim_owner = SHIM_FRAME_OWNER,
        .generator_owner = FRAME_OWNED_BY_GENERATOR,
        .code_tag_mask = CODE_TAG_MASK,
        .object_type = offsetof(PyObject, ob_type),
        .object_size = offsetof(PyVarObject, ob_size),
        .code_qualname = offsetof(PyCodeObject, co_qualname),
        .code_filename = offsetof(PyCodeObject, co_filename),
        .code_firstlineno = offsetof(PyCodeObject, co_firstlineno),
        .code_linetable = offsetof(PyCodeObject, co_linetable),
        .code_bytecode = offsetof(PyCodeObject, co_code_adaptive),
        .code_firsttraceable = offsetof(PyCodeObject, _co_firsttraceable),
        .code_bytes = sizeof(PyCodeObject),
        .code_localnames = offsetof(PyCodeObject, co_localsplusnames),
        .code_locals = offsetof(PyCodeObject, co_nlocalsplus),
#if HAS_MUTEX_LOCKS
        .frame_stackpointer = offsetof(raw_frame, stackpointer),
#endif
        .bytes_data = offsetof(PyBytesObject, ob_sval),
    };
    describe_objects(layout);
}

/* --- JSON --------------------------------------------------------------------------------- */

struct text {
    char *at, *end;
};

static void add(struct text *out, const char *text) {
    size_t count = strlen(text);
    if ((size_t)(out->end - out->at) <= count) return;
    memcpy(out->at, text, count + 1);
    out->at += count;
}

static void add_string(struct text *out, const char *value) {
    add(out, "\"");
    for (; *value; value++) {
        char escaped[8];
        json_escape(escaped, (unsigned char)*value);
        add(out, escaped);
    }
    add(out, "\"");
}

/* str objects that have no UTF-8 form (undecodable arguments) appear as "?". */
static const char *utf8(PyObject *object) {
    const char *text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;
    if (!text) PyErr_Clear();
    return text ? text : "?";
}

#define ARGUMENT_BYTES 1024 /* longer arguments (code after -c) are cut */
#define MAX_ARGUMENTS 5

static void add_argv(struct text *out, PyObject *argv) {
    add(out, "[");
    Py_ssize_t count = argv && PyList_Check(argv) ? PyList_GET_SIZE(argv) : 0;
    for (Py_ssize_t i = 0; i < count && i < MAX_ARGUMENTS; i++) {
        char argument[ARGUMENT_BYTES + 1];
        snprintf(argument, sizeof argument, "%s", utf8(PyList_GET_ITEM(argv, i)));
        size_t bytes = strlen(argument); /* do not cut within a character */
        if (bytes == ARGUMENT_BYTES)
            while (bytes && ((unsigned char)argument[bytes - 1] & 0x80)) argument[--bytes] = 0;
        if (i) add(out, ",");
        add_string(out, argument);
    }
    add(out, "]");
}

static void add_number(struct text *out, const char *key, unsigned long long value) {
    char digits[24], *at = digits + sizeof digits - 1;
    *at = '\0';
    do *--at = (char)('0' + value % 10);
    while (value /= 10);
    add(out, ",\"");
    add(out, key);
    add(out, "\":");
    add(out, at);
}

static void add_flag(struct text *out, const char *key, bool value) {
    add(out, ",\"");
    add(out, key);
    add(out, value ? "\":true" : "\":false");
}

/* What is the same for a forked child. */
static void add_constants(struct text *out) {
    char version[24], clock[160];
    snprintf(version, sizeof version, "%lu.%lu.%lu", (Py_Version >> 24) & 255, (Py_Version >> 16) & 255,
             (Py_Version >> 8) & 255);
    add(out, "{\"python\":");
    add_string(out, version);
    add(out, ",\"implementation\":\"cpython\",\"clock\":\"CLOCK_MONOTONIC\"");
    add(out, ",\"platform\":");
#if defined(__x86_64__)
    add_string(out, "linux-x86_64");
#else
    add_string(out, "linux-aarch64");
#endif
    add(out, ",\"executable\":");
    add_string(out, utf8(PySys_GetObject("executable")));
    add(out, ",\"argv\":");
    add_argv(out, PySys_GetObject("orig_argv"));
    host_clock(clock, sizeof clock);
    add(out, ",\"host_clock\":");
    add_string(out, clock);
    add_number(out, "cpu_count", (unsigned long long)sysconf(_SC_NPROCESSORS_ONLN));
#ifdef Py_GIL_DISABLED
    add_flag(out, "free_threaded", true);
    add_flag(out, "gil_forced", gil_was_asked_for(PyInterpreterState_Main()));
#else
    add_flag(out, "free_threaded", false);
#endif
}

static void add_host(struct text *out) {
    char name[256];
    uint64_t error_ns;
    host_name(name, sizeof name);
    add(out, ",\"host\":");
    add_string(out, name);
    if (host_time_error_ns(&error_ns)) add_number(out, "time_error_ns", error_ns);
}

static char constants[META_BYTES];

void describe_for_children(char *json, size_t room) {
    struct text out = {json, json + room};
    add(&out, constants);
    add_host(&out);
}

void describe_program(char *json, size_t room, bool inherits) {
    struct arena_header *arena = recording.arena;
    struct text out = {json, json + room}, fresh = {constants, constants + sizeof constants};
    if (!inherits) add_constants(&fresh);
    add(&out, constants);
    add_number(&out, "pid", (unsigned long long)getpid());
    add_number(&out, "parent_pid", (unsigned long long)getppid());
    add(&out, ",\"began\":");
    add_string(&out, recording.began ? recording.began : "record");
    add_host(&out);
    add_number(&out, "start_unix_ns", arena->start_unix_ns);
    add_number(&out, "start_monotonic_ns", arena->start_monotonic_ns);
    add_number(&out, "switch_interval_ns", arena->switch_interval_ns);
    add_flag(&out, "gil_enabled", gil_is_enabled(interpreter_gil(PyInterpreterState_Main())));
    add(&out, "}");
}
