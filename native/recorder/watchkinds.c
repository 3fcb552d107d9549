/* The standard library's functions in which a thread waits to be told, or asks what is ready. */
#include "watchkinds.h"

#include "text.h"

#include <string.h>

/* By the end of the file's name, and the function's. */
static const struct known {
    const char *file, *function;
    enum watch_kind kind;
} known[] = {
    {"/selectors.py", "select", KIND_SELECT},
    {"/asyncio/base_events.py", "_run_once", KIND_TURN},
    {"/threading.py", "wait", KIND_SIGNAL},
    {"/threading.py", "join", KIND_SIGNAL},
    {"/threading.py", "_shutdown", KIND_SIGNAL},
    {"/threading.py", "_wait_for_tstate_lock", KIND_SIGNAL},
    {"/concurrent/futures/thread.py", "_worker", KIND_SIGNAL},
};

static bool ends_with(const char *text, uint32_t bytes, const char *tail) {
    uint32_t length = (uint32_t)strlen(tail);
    return bytes >= length && memcmp(text + bytes - length, tail, length) == 0;
}

static enum watch_kind look_up(PyCodeObject *code) {
    char name[32], file[4096];
    uint32_t name_bytes = utf8_from_str(code->co_name, name, sizeof name), file_bytes = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (name_bytes != strlen(known[i].function) || memcmp(name, known[i].function, name_bytes) != 0)
            continue;
        if (!file_bytes) file_bytes = utf8_from_str(code->co_filename, file, sizeof file);
        if (ends_with(file, file_bytes, known[i].file)) return known[i].kind;
    }
    return KIND_OTHER;
}

static enum watch_kind kind_of(struct watch_totals *totals, raw_frame *frame) {
    PyCodeObject *code = frame_code(frame);
    uint64_t check = (uint64_t)(uintptr_t)code->co_name ^ ((uint64_t)(uint32_t)code->co_firstlineno << 40);
    struct watch_code *kept = &totals->codes[((uintptr_t)code >> 5) % WATCH_CODES];
    if (UNLIKELY(kept->code != code || kept->check != check))
        *kept = (struct watch_code){code, check, (uint32_t)look_up(code)};
    return (enum watch_kind)kept->kind;
}

static raw_frame *outward(raw_frame *frame) {
    while (frame && frame_is_internal(frame)) frame = frame->previous;
    return frame;
}

enum watch_kind watchkinds_of(struct watch_totals *totals, PyThreadState *tstate) {
    raw_frame *frame = outward(innermost_frame(tstate));
    if (!frame) return KIND_OTHER;
    enum watch_kind kind = kind_of(totals, frame);
    if (LIKELY(kind != KIND_SELECT)) return kind == KIND_TURN ? KIND_OTHER : kind;
    raw_frame *caller = outward(frame->previous);
    return caller && kind_of(totals, caller) == KIND_TURN ? KIND_TURN : KIND_OTHER;
}
