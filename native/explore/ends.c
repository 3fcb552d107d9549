/* When objects end without the GIL, in the thread that made them.
 *
 * There, a thread that drops the last reference to another's object only queues it; whoever made it
 * looks at its queue wherever its eval loop does (Python/brc.c). So it must not do so in gilscope's own
 * code, where finalizers and callbacks of the program would run unobserved, with the scheduler midway
 * in a decision, or wait for a lock whose owner cannot run. The look is put off until the thread is in
 * the program again. */
#include "explore/engine.h"

#ifdef Py_GIL_DISABLED
static OF_EACH_THREAD int inside;    /* calls from instructions of the program that have not returned */
static OF_EACH_THREAD bool is_aside; /* in gilscope's own code, between two stretches of the program's */
static OF_EACH_THREAD bool is_due;

void put_off_ends(void) {
    PyThreadState *tstate = PyThreadState_Get();
    if (!inside && !is_aside) return;
    uintptr_t bits = _Py_atomic_load_uintptr_relaxed(&tstate->eval_breaker);
    if (!(bits & _PY_EVAL_EXPLICIT_MERGE_BIT)) return;
    _Py_atomic_and_uintptr(&tstate->eval_breaker, ~(uintptr_t)_PY_EVAL_EXPLICIT_MERGE_BIT);
    is_due = true;
}

static void let_come(void) {
    if (!is_due || inside || is_aside) return;
    is_due = false;
    _Py_atomic_or_uintptr(&PyThreadState_Get()->eval_breaker, _PY_EVAL_EXPLICIT_MERGE_BIT);
}

void ends_inside(bool on) {
    inside += on ? 1 : -1;
    on ? put_off_ends() : let_come();
}

void ends_aside(bool on) {
    is_aside = on;
    on ? put_off_ends() : let_come();
}
#else
void put_off_ends(void) {}
void ends_inside(bool on) { (void)on; }
void ends_aside(bool on) { (void)on; }
#endif
