/* Which versions of CPython have what, by name. No other file knows the number of a version; what a
 * name means where the interpreter is read stands in interpreter.h, and for explore in slots.h. */
#ifndef GILSCOPE_VERSIONS_H
#define GILSCOPE_VERSIONS_H

#include <patchlevel.h>

#define SINCE(minor) (PY_VERSION_HEX >= (3 << 24 | (minor) << 16))

/* The very version that this is compiled for. Even patch releases differ in their layouts. */
#define COMPILED_FOR PY_VERSION_HEX

/* interpreters */
#define HAS_OWN_GILS SINCE(12)        /* each interpreter may have its own */
#define FORKED_CHILD_LETS_GO SINCE(12) /* of the GIL, for a moment, while it deletes other interpreters */
#define HAS_IMPORTS_STATE SINCE(12)   /* sys.modules is part of it */
#define HAS_FINALIZING_THREAD SINCE(12)
#define HAS_MODULE_TOKEN SINCE(15)    /* in the place of a module's definition */
#define HAS_GIL_SLOT SINCE(13)        /* a module says whether it needs the GIL */
#define HAS_EVAL_BREAKER_BITS SINCE(13) /* requests to a thread, of which one is to drop the GIL */
#define HAS_REMOTE_DEBUGGER SINCE(14)   /* a thread runs a script that another process names (PEP 768) */
#define HAS_DEBUG_OFFSETS SINCE(13)     /* the runtime says where things are in it */
#define HAS_PARKING_LOT SINCE(13)       /* whoever waits for a mutex has a semaphore of their own */
#define HAS_MUTEX_LOCKS SINCE(14)       /* threading's locks are such mutexes, in the lock object */
#define HAS_PROMPT_ASYNC_EXC SINCE(13)  /* only the thread that it is for looks for an exception */

#define HAS_GC_STATS_BUFFER SINCE(15)   /* and how long collections took */

/* frames */
#define HAS_ENTRY_FRAMES SINCE(12)      /* one of the interpreter's own between C and Python code */
#define HAS_INIT_FRAMES SINCE(13)       /* and one below an __init__ that a class's call entered */
#define HAS_EXECUTABLE_FRAMES SINCE(13) /* f_executable, instr_ptr; tstate leads there at once */
#define HAS_STACK_REFS SINCE(14)        /* what a frame refers to is tagged */
#define HAS_BYTECODE_COPIES SINCE(14)   /* for each thread, without the GIL */
#define HAS_TAGGED_INTS SINCE(15)       /* on the stack of a frame */
#define CALLABLE_COMES_FIRST SINCE(13)  /* on the stack, before `self` or nothing */
#define HAS_CALL_KW SINCE(13)           /* which finds names on the stack */

/* objects and code */
#define HAS_DICT_OR_VALUES SINCE(12) /* one pointer before an instance leads to either */
#define HAS_LONG_TAG SINCE(12)       /* of an int: its digits' number and its sign in one word */
#define HAS_INLINE_VALUES SINCE(13)  /* attributes lie within an instance */
#define HAS_MANAGED_DICT SINCE(12)   /* a type's tp_dictoffset may not tell of a __dict__ */
#define HAS_TYPE_GET_DICT SINCE(12)
#define HAS_WEAKREF_GET_REF SINCE(13)
#define HAS_UNSTABLE_API SINCE(12) /* PyUnstable_Code_GetExtra and the like */
#define HAS_MONITORING SINCE(12)   /* sys.monitoring */

#endif
