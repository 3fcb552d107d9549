/* Every difference between CPython versions that the recorder depends on, behind named inline
 * functions. The rest of the native code reads as if there were one Python.
 *
 * The layouts come from the headers of the very version compiled for; session.c refuses to run in
 * another. Nothing here calls into the interpreter: the hooks run where no thread state is current.
 */
#ifndef GILSCOPE_INTERPRETER_H
#define GILSCOPE_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_BUILD_CORE_MODULE
#define Py_BUILD_CORE_MODULE 1
#endif
/* CPython's internal headers are not held to our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <Python.h>

#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_gil.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_object.h"
#include "internal/pycore_runtime.h"
#if PY_VERSION_HEX >= 0x030d0000
#include "internal/pycore_ceval.h"
#endif
#if PY_VERSION_HEX >= 0x030e0000
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
#if PY_VERSION_HEX >= 0x030c0000
    return interpreter->ceval.gil;
#else
    (void)interpreter;
    return &_PyRuntime.ceval.gil;
#endif
}

/* The interpreter whose own GIL this is; NULL where the GIL is the runtime's (3.11). */
static inline PyInterpreterState *gil_interpreter(raw_gil *gil) {
#if PY_VERSION_HEX >= 0x030c0000
    return (PyInterpreterState *)((char *)gil - offsetof(PyInterpreterState, _gil));
#else
    (void)gil;
    return NULL;
#endif
}

/* The thread state that took the GIL last. drop_gil() and take_gil() set it just before the calls
 * that we see, so within a hook it is the current one's, unless that is being deleted. */
static inline PyThreadState *gil_last_holder(raw_gil *gil) {
#if PY_VERSION_HEX >= 0x030d0000
    return (PyThreadState *)__atomic_load_n((void **)&gil->last_holder, __ATOMIC_RELAXED);
#else
    return (PyThreadState *)__atomic_load_n((uintptr_t *)&gil->last_holder, __ATOMIC_RELAXED);
#endif
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

static inline uint64_t gil_switch_interval_ns(raw_gil *gil) {
    return (uint64_t)gil->interval * 1000;
}

/* Has another thread asked this one to let go? */
static inline bool drop_requested(PyThreadState *tstate) {
#if PY_VERSION_HEX >= 0x030d0000
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
#if PY_VERSION_HEX >= 0x030c0000
    return __atomic_load_n((void **)&interpreter->_finalizing, __ATOMIC_RELAXED) != NULL;
#else
    return interpreter->finalizing != 0;
#endif
}

/* --- frames ------------------------------------------------------------------------------ */

static inline raw_frame *innermost_frame(PyThreadState *tstate) {
#if PY_VERSION_HEX >= 0x030d0000
    return tstate->current_frame;
#else
    return tstate->cframe ? tstate->cframe->current_frame : NULL;
#endif
}

/* Frames that CPython puts between C and Python code; they stand for no line of the program. */
#if PY_VERSION_HEX >= 0x030e0000
#define SHIM_FRAME_OWNER FRAME_OWNED_BY_INTERPRETER
#elif PY_VERSION_HEX >= 0x030c0000
#define SHIM_FRAME_OWNER FRAME_OWNED_BY_CSTACK
#else
#define SHIM_FRAME_OWNER 127 /* 3.11 has none */
#endif

#if PY_VERSION_HEX >= 0x030e0000
#define FRAME_CODE_FIELD f_executable
#define CODE_TAG_MASK 3u
#elif PY_VERSION_HEX >= 0x030d0000
#define FRAME_CODE_FIELD f_executable
#define CODE_TAG_MASK 0u
#else
#define FRAME_CODE_FIELD f_code
#define CODE_TAG_MASK 0u
#endif

#if PY_VERSION_HEX >= 0x030d0000
#define FRAME_INSTRUCTION_FIELD instr_ptr
#else
#define FRAME_INSTRUCTION_FIELD prev_instr
#endif

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
#if PY_VERSION_HEX >= 0x030d0000
    PyCodeObject *code = frame_code(frame);
    return code->_co_firsttraceable > Py_SIZE(code);
#else
    return false;
#endif
}

static inline void *frame_instruction(raw_frame *frame) { return frame->FRAME_INSTRUCTION_FIELD; }

/* Byte offset of the instruction into co_code; -1 before the first one. */
static inline int32_t instruction_offset(raw_frame *frame, PyCodeObject *code) {
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
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

/* The values of an instance whose attributes still live in its type's shared-key layout. */
static inline PyObject **inline_values(PyObject *object) {
#if PY_VERSION_HEX >= 0x030d0000
    if (!(Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES)) return NULL;
    PyDictValues *values = _PyObject_InlineValues(object);
    return values->valid ? values->values : NULL;
#elif PY_VERSION_HEX >= 0x030c0000
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(either) ? _PyDictOrValues_GetValues(either)->values : NULL;
#else
    PyDictValues *values = *_PyObject_ValuesPointer(object);
    return values ? values->values : NULL;
#endif
}

static inline PyDictObject *instance_dict(PyObject *object) {
#if PY_VERSION_HEX >= 0x030d0000
    return _PyObject_ManagedDictPointer(object)->dict;
#elif PY_VERSION_HEX >= 0x030c0000
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(object);
    return _PyDictOrValues_IsValues(either) ? NULL : (PyDictObject *)_PyDictOrValues_GetDict(either);
#else
    return (PyDictObject *)*_PyObject_ManagedDictPointer(object);
#endif
}

#endif
