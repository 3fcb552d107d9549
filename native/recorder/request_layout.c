/* Where another process puts a request to run a script into this interpreter: numbers that it reads in this
 * file, before anything of it is loaded (src/gilscope/record/attach/layout.py mirrors them).
 *
 * Since 3.14 a thread has a place for the name of a script, and a flag (PEP 768). Before, a call is queued with
 * the interpreter's pending calls, as Py_AddPendingCall() does, which threads run between two instructions. */
#include "recording.h"

struct request_layout {
    uint64_t magic, arena_magic;
    uint64_t version, free_threaded;
    uint64_t runtime_main, runtime_finalizing;
    uint64_t interpreter_threads, thread_next, thread_native_id;
    uint64_t breaker, breaker_bit; /* of an interpreter, where there are no bits; else of a thread */
    /* of an interpreter: its pending calls */
    uint64_t pending_lock, lock_is_byte, pending_count, pending_calls, call_bytes, calls;
    uint64_t pending_first, pending_next;
    uint64_t main_thread_only;
    uint64_t interpreter_main_thread; /* its thread state; 0 in the place of an offset: not known */
    /* of a thread; the flag is an int */
    uint64_t has_debugger, debugger_flag, debugger_path, debugger_path_bytes;
    uint64_t debugger_allowed; /* of an interpreter: an int */
};

/* So that it is found in the file, and nobody takes it for unused. */
#define IN_SECTION(name) __attribute__((used, section(name), aligned(8)))

#if HAS_DEBUG_OFFSETS
/* What the runtime itself begins with, as it would be here: a Python of the same version that was built in
 * another way may differ. Of the two largest structures the last field is an inner one of the interpreter's. */
static const struct {
    uint64_t unlike[2]; /* indexes of the numbers that need not be the same */
    _Py_DebugOffsets offsets;
} published IN_SECTION(".gilscope_offsets") = {
    .unlike = {offsetof(_Py_DebugOffsets, runtime_state.size) / sizeof(uint64_t),
               offsetof(_Py_DebugOffsets, interpreter_state.size) / sizeof(uint64_t)},
#ifdef _Py_DebugOffsets_INIT
    .offsets = _Py_DebugOffsets_INIT("xdebugpy"),
#else /* 0: not compared */
    .offsets.interpreter_state = {.threads_head = offsetof(PyInterpreterState, threads.head),
                                  .ceval_gil = offsetof(PyInterpreterState, ceval.gil)},
    .offsets.thread_state = {.next = offsetof(PyThreadState, next),
                             .interp = offsetof(PyThreadState, interp),
                             .native_thread_id = offsetof(PyThreadState, native_thread_id)},
#endif
};
#endif

#define REQUEST_MAGIC 0x3154534555514547u /* "GEQUEST1" */
#define CALLS (((struct _pending_calls *)NULL)->calls)
#define PENDING(field) (offsetof(PyInterpreterState, ceval.pending) + offsetof(struct _pending_calls, field))

static const struct request_layout layout IN_SECTION(".gilscope_request") = {
    .magic = REQUEST_MAGIC,
    .arena_magic = ARENA_MAGIC,
    .version = COMPILED_FOR,
    .free_threaded = BUILT_WITHOUT_GIL,
    .runtime_main = offsetof(_PyRuntimeState, interpreters.main),
    .runtime_finalizing = offsetof(_PyRuntimeState, _finalizing),
    .interpreter_threads = offsetof(PyInterpreterState, threads.head),
    .thread_next = offsetof(PyThreadState, next),
    .thread_native_id = offsetof(PyThreadState, native_thread_id),
    .pending_calls = PENDING(calls),
    .call_bytes = sizeof CALLS[0],
    .calls = sizeof CALLS / sizeof CALLS[0],
    .pending_first = PENDING(first),
    .main_thread_only = !HAS_OWN_GILS,
#if HAS_EVAL_BREAKER_BITS
    .breaker = offsetof(PyThreadState, eval_breaker),
    .breaker_bit = HAS_REMOTE_DEBUGGER ? _PY_EVAL_PLEASE_STOP_BIT : _PY_CALLS_TO_DO_BIT,
    .pending_lock = PENDING(mutex),
    .lock_is_byte = 1,
    .pending_count = PENDING(npending),
    .pending_next = PENDING(next),
#else
    .breaker = offsetof(PyInterpreterState, ceval.eval_breaker),
    .pending_lock = PENDING(lock),
    .pending_count = PENDING(calls_to_do),
    .pending_next = PENDING(last),
#endif
#if HAS_REMOTE_DEBUGGER
    .interpreter_main_thread = offsetof(PyInterpreterState, threads.main),
    .has_debugger = 1,
    .debugger_flag = offsetof(PyThreadState, remote_debugger_support.debugger_pending_call),
    .debugger_path = offsetof(PyThreadState, remote_debugger_support.debugger_script_path),
    .debugger_path_bytes = sizeof(((PyThreadState *)NULL)->remote_debugger_support.debugger_script_path),
    .debugger_allowed = offsetof(PyInterpreterState, config.remote_debug),
#endif
};
