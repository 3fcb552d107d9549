/* The interpreter's inside, the same whatever its version: differences are hidden behind named inline
 * functions, so that the rest of the native code reads as if there were one Python.
 *
 * The layouts come from the headers of the very version compiled for; the recorder and explore refuse
 * to run in another. Nothing here calls into the interpreter: the recorder's hooks run where no thread
 * state is current. */
#ifndef GILSCOPE_INTERPRETER_H
#define GILSCOPE_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE_MODULE 1
/* CPython's internal headers are not held to our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <Python.h>

#include "shared/versions.h"

#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_gil.h"
#include "internal/pycore_initconfig.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_moduleobject.h"
#include "internal/pycore_object.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_runtime.h"
#if HAS_EVAL_BREAKER_BITS
#include "internal/pycore_ceval.h"
#endif
#if HAS_STACK_REFS
#include "internal/pycore_interpframe.h"
#include "internal/pycore_stackref.h"
#endif
#pragma GCC diagnostic pop

#include <stdbool.h>
#include <stdint.h>

typedef struct _gil_runtime_state raw_gil;
typedef struct _PyInterpreterFrame raw_frame;

/* --- the GIL ----------------------------------------------------------------------------- */

static inline raw_gil *interpreter_gil(PyInterpreterState *interpreter) {
#if HAS_OWN_GILS
    return interpreter->ceval.gil;
#else
    (void)interpreter;
    return &_PyRuntime.ceval.gil;
#endif
}

/* The interpreter whose own GIL this is; NULL where the GIL is the runtime's (3.11). */
static inline PyInterpreterState *gil_interpreter(raw_gil *gil) {
#if HAS_OWN_GILS
    return (PyInterpreterState *)((char *)gil - offsetof(PyInterpreterState, _gil));
#else
    (void)gil;
    return NULL;
#endif
}

/* The thread state that took the GIL last. drop_gil() and take_gil() set it just before the calls
 * that we see, so within a hook it is the current one's, unless that is being deleted. */
static inline PyThreadState *gil_last_holder(raw_gil *gil) {
    return (PyThreadState *)__atomic_load_n((uintptr_t *)&gil->last_holder, __ATOMIC_RELAXED);
}

/* Of the calling thread; NULL while it has given up the GIL. */
static inline PyThreadState *current_tstate(void) { return _PyThreadState_GET(); }

#ifdef Py_GIL_DISABLED
#define BUILT_WITHOUT_GIL 1
#else
#define BUILT_WITHOUT_GIL 0
#endif

/* Is there none but the main one? */
static inline bool interpreter_is_alone(void) {
    PyInterpreterState **head = &_PyRuntime.interpreters.head;
    PyInterpreterState *first = (PyInterpreterState *)__atomic_load_n((void **)head, __ATOMIC_RELAXED);
    return first == PyInterpreterState_Main() && first &&
           !__atomic_load_n((void **)&first->next, __ATOMIC_RELAXED);
}

/* False only on a free-threaded build that runs without its GIL. */
static inline bool gil_is_enabled(raw_gil *gil) {
#ifdef Py_GIL_DISABLED
    return __atomic_load_n(&gil->enabled, __ATOMIC_RELAXED) != 0;
#else
    (void)gil;
    return true;
#endif
}

static inline uint64_t gil_switch_interval_ns(raw_gil *gil) { return (uint64_t)gil->interval * 1000; }

#ifdef Py_GIL_DISABLED
/* By PYTHON_GIL=1 or -X gil=1. */
static inline bool gil_was_asked_for(PyInterpreterState *interpreter) {
    return interpreter->config.enable_gil == _PyConfig_GIL_ENABLE;
}

/* An extension module that does not say that it can do without. */
static inline bool module_needs_gil(PyObject *module) {
    PyModuleObject *object = (PyModuleObject *)module;
#if HAS_MODULE_TOKEN
    return object->md_token && object->md_requires_gil;
#else
    return object->md_def && object->md_gil == Py_MOD_GIL_USED;
#endif
}
#endif

/* Has another thread asked this one to let go? */
static inline bool drop_requested(PyThreadState *tstate) {
#if HAS_EVAL_BREAKER_BITS
    return __atomic_load_n(&tstate->eval_breaker, __ATOMIC_RELAXED) & _PY_GIL_DROP_REQUEST_BIT;
#else
    return __atomic_load_n((int *)&tstate->interp->ceval.gil_drop_request, __ATOMIC_RELAXED);
#endif
}

/* --- finalization ------------------------------------------------------------------------ */

/* While the runtime finalizes, thread states are freed under the feet of daemon threads. */
static inline bool runtime_is_finalizing(void) {
    return __atomic_load_n((void **)&_PyRuntime._finalizing, __ATOMIC_RELAXED) != NULL;
}

static inline bool interpreter_is_finalizing(PyInterpreterState *interpreter) {
#if HAS_FINALIZING_THREAD
    return __atomic_load_n((void **)&interpreter->_finalizing, __ATOMIC_RELAXED) != NULL;
#else
    return interpreter->finalizing != 0;
#endif
}

/* sys.modules; NULL if the program has put something else than a dict there. */
static inline PyObject *interpreter_modules(PyInterpreterState *interpreter) {
#if HAS_IMPORTS_STATE
    PyObject *modules = interpreter->imports.modules;
#else
    PyObject *modules = interpreter->modules;
#endif
    return modules && PyDict_CheckExact(modules) ? modules : NULL;
}

/* --- the interpreter's own functions ------------------------------------------------------ */

/* Does the eval loop see to what is pending, a drop request among it, in this function? Where it has
 * no symbol, nothing is known to. */
static inline bool is_pending_work(uintptr_t function) {
#if HAS_EVAL_BREAKER_BITS
    return function == (uintptr_t)&_Py_HandlePending;
#else
    (void)function;
    return false;
#endif
}
#define PENDING_WORK_HAS_A_SYMBOL HAS_EVAL_BREAKER_BITS

/* --- frames ------------------------------------------------------------------------------ */

static inline raw_frame *innermost_frame(PyThreadState *tstate) {
#if HAS_EXECUTABLE_FRAMES
    return tstate->current_frame;
#else
    return tstate->cframe ? tstate->cframe->current_frame : NULL;
#endif
}

/* Frames that CPython puts between C and Python code; they stand for no line of the program. */
#if HAS_STACK_REFS
#define SHIM_FRAME_OWNER FRAME_OWNED_BY_INTERPRETER
#elif HAS_ENTRY_FRAMES
#define SHIM_FRAME_OWNER FRAME_OWNED_BY_CSTACK
#else
#define SHIM_FRAME_OWNER 127 /* 3.11 has none */
#endif

#if HAS_EXECUTABLE_FRAMES
#define FRAME_CODE_FIELD f_executable
#define FRAME_INSTRUCTION_FIELD instr_ptr
#else
#define FRAME_CODE_FIELD f_code
#define FRAME_INSTRUCTION_FIELD prev_instr
#endif
#define CODE_TAG_MASK (HAS_STACK_REFS ? 3u : 0u)

static inline PyCodeObject *frame_code(raw_frame *frame) {
    uintptr_t bits;
    memcpy(&bits, &frame->FRAME_CODE_FIELD, sizeof bits);
    return (PyCodeObject *)(bits & ~(uintptr_t)CODE_TAG_MASK);
}

/* A frame that the interpreter has put there for itself: between C and Python code, or (3.13 and
 * later) below an `__init__` that a specialised call of its class has entered, to check what that
 * returns. The code of the latter says that its first traceable instruction lies behind its end,
 * which keeps it out of tracebacks, too. */
static inline bool frame_is_internal(raw_frame *frame) {
    if (frame->owner == SHIM_FRAME_OWNER) return true;
#if HAS_INIT_FRAMES
    PyCodeObject *code = frame_code(frame);
    return code->_co_firsttraceable > Py_SIZE(code);
#else
    return false;
#endif
}

static inline void *frame_instruction(raw_frame *frame) { return frame->FRAME_INSTRUCTION_FIELD; }

/* Does a run of the eval loop begin with this frame, so that C code called it? */
static inline bool entered_from_c(const raw_frame *frame) {
#if HAS_ENTRY_FRAMES
    return !frame->previous || frame->previous->owner == SHIM_FRAME_OWNER;
#else
    return frame->is_entry;
#endif
}

/* Byte offset of the instruction into co_code; -1 before the first one. */
static inline int32_t instruction_offset(raw_frame *frame, PyCodeObject *code) {
#if defined(Py_GIL_DISABLED) && HAS_BYTECODE_COPIES
    char *start = (char *)_PyFrame_GetBytecode(frame); /* a copy for each thread */
#else
    char *start = (char *)code->co_code_adaptive;
#endif
    ptrdiff_t offset = (char *)frame_instruction(frame) - start;
    ptrdiff_t size = (ptrdiff_t)Py_SIZE(code) * (ptrdiff_t)sizeof(_Py_CODEUNIT);
    return offset >= 0 && offset < size ? (int32_t)offset : -1;
}

static inline PyObject *frame_first_local(raw_frame *frame) {
    uintptr_t bits;
    memcpy(&bits, &frame->localsplus[0], sizeof bits);
    return (PyObject *)(bits & ~(uintptr_t)CODE_TAG_MASK);
}

/* --- objects, read without the C API ------------------------------------------------------ */

/* An int: behind the header of any object is a word that says how many digits it has. */
#if HAS_LONG_TAG
#define LONG_DIGIT_OFFSET offsetof(PyLongObject, long_value.ob_digit)
#define LONG_TAG_SHIFT 3u
#else
#define LONG_DIGIT_OFFSET offsetof(PyLongObject, ob_digit)
#define LONG_TAG_SHIFT 0u
#endif

/* The values of an instance whose attributes still live in its type's shared-key layout. */
static inline PyObject **inline_values(PyObject *object) {
#if HAS_INLINE_VALUES
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES)) return NULL;
    PyDictValues *values = _PyObject_InlineValues(object);
    return values->valid ? values->values : NULL;
#elif HAS_DICT_OR_VALUES
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(either) ? _PyDictOrValues_GetValues(either)->values : NULL;
#else
    PyDictValues *values = *_PyObject_ValuesPointer(object);
    return values ? values->values : NULL;
#endif
}

static inline PyDictObject *instance_dict(PyObject *object) {
#if HAS_INLINE_VALUES
    return _PyObject_ManagedDictPointer(object)->dict;
#elif HAS_DICT_OR_VALUES
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(either) ? NULL : (PyDictObject *)_PyDictOrValues_GetDict(either);
#else
    return (PyDictObject *)*_PyObject_ManagedDictPointer(object);
#endif
}

#endif
