/* The second look at a release: was it the program's own doing, or a drop request's?
 *
 * A drop request that is pending when the GIL is released does not mean that it caused the release:
 * with csv.writer.writerows or pickle.dump most such releases are voluntary. What tells them apart
 * is who called: the eval loop's handling of pending work, or a function of the C API. This is
 * looked at only while a request is pending, at most once in a switch interval or so, and so may
 * cost the microsecond that unwinding takes. */
#include "release_kind.h"

#include "recording.h"

#include <unwind.h>

/* From here: three functions of ours, drop_gil, up to four internal ones, then the one in question. */
#define FRAMES_TO_LOOK_AT 16

/* What the C API offers to let go of the GIL. */
static bool is_voluntary(uintptr_t function) {
    static const uintptr_t voluntary[] = {
        (uintptr_t)&PyEval_SaveThread,           (uintptr_t)&PyEval_ReleaseThread,
        (uintptr_t)&PyThreadState_DeleteCurrent, (uintptr_t)&PyThreadState_Swap,
        (uintptr_t)&PyGILState_Release,
    };
    for (size_t i = 0; i < sizeof voluntary / sizeof *voluntary; i++)
        if (function == voluntary[i]) return true;
    return false;
}

struct look {
    int frames;
    bool forced;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument) {
    struct look *look = argument;
    uintptr_t function = _Unwind_GetRegionStart(context);
    if (is_pending_work(function)) look->forced = true;
    else if (is_voluntary(function)) look->forced = false;
    else if (++look->frames < FRAMES_TO_LOOK_AT) return _URC_NO_REASON;
    return _URC_END_OF_STACK;
}

bool release_was_forced(void) {
    /* Link-time optimisation may have inlined the functions above into others of the interpreter;
     * that of the eval loop stands by itself. Where that has no symbol, what is not voluntary is
     * forced. */
    struct look look = {.forced = !PENDING_WORK_HAS_A_SYMBOL};
    _Unwind_Backtrace(visit, &look);
    return look.forced;
}
