/* Who enters the locks of conditions, in which order: what one thread left and another found leaves no other
 * trace where nobody had to wait.
 *
 * All of `threading` and `queue` that is made of a condition enters its lock through Condition.__enter__, so a
 * lock that is a lock and nothing else is passed over after one comparison. The tables are used by threads
 * that have the main interpreter's GIL, so they need no lock; what two locks share a place for, the later has. */
#include "guards.h"

#include "gils.h"
#include "logs.h"
#include "names.h"
#include "shared/guarded.h"
#include "shared/numbering.h"
#include "stacks.h"
#include "text.h"

#include <limits.h>
#include <string.h>

#define GUARDS 2048u /* powers of two, both */
#define PLACES 256u
#define KEPT 4u /* of the entries that may never be written */

struct guard {
    const PyObject *lock;
    uint32_t thread;  /* that entered last */
    uint32_t skipped; /* of its entries, before those that are kept */
    uint32_t written; /* of its entries */
    uint16_t kept;
    bool is_shared; /* another one has entered, too */
    struct guard_row rows[KEPT];
};

/* From where a condition was entered, and what is known of that. */
struct place {
    const void *inner, *outer; /* instructions */
    PyCodeObject *code;
    uint64_t check;
    uint32_t site;
    const char *attribute; /* of the object whose method that is: what the row's `state` is; or NULL */
    bool is_of_caller;     /* whose method called that */
    bool crosses;          /* another thread has made what the lock is of */
};

static struct guard guards[GUARDS];
static struct place places[PLACES];
static uint64_t session; /* that the tables are of */
static PyCodeObject *condition_enter;

static const struct {
    const char *file, *method, *attribute;
} counted[] = {
    {"/threading.py", "Semaphore.acquire", "_value"},
    {"/threading.py", "Semaphore.release", "_value"},
    {"/threading.py", "BoundedSemaphore.release", "_value"},
    {"/queue.py", "Queue.put", "maxsize"},
    {"/queue.py", "Queue.get", "maxsize"},
};

/* --- where -------------------------------------------------------------------------------- */

static bool is_called(PyCodeObject *code, const char *file, const char *method) {
    char text[4096];
    uint32_t bytes = utf8_from_str(code->co_qualname, text, sizeof text), tail = (uint32_t)strlen(file);
    if (bytes != strlen(method) || memcmp(text, method, bytes) != 0) return false;
    bytes = utf8_from_str(code->co_filename, text, sizeof text);
    return bytes >= tail && memcmp(text + bytes - tail, file, tail) == 0;
}

static raw_frame *outward(raw_frame *frame) {
    while (frame && frame_is_internal(frame)) frame = frame->previous;
    return frame;
}

/* Of two code objects one after another at one address, the second is compared by its name again. */
static bool is_condition_enter(PyCodeObject *code) {
    static const PyObject *name;
    static PyCodeObject *other;
    static uint64_t check, other_check;
    uint64_t identity = code_identity(code);
    if (LIKELY(code == condition_enter && identity == check)) return true;
    if (name && code->co_name != name) return false;
    if (code == other && identity == other_check) return false;
    if (!is_called(code, "/threading.py", "Condition.__enter__")) {
        other = code, other_check = identity;
        return false;
    }
    condition_enter = code, check = identity, name = code->co_name;
    return true;
}

/* By Semaphore.acquire, whether a worker is idle: a new task has been put. */
static bool is_submission(raw_frame *caller) {
    return caller && is_called(frame_code(caller), "/thread.py", "ThreadPoolExecutor._adjust_thread_count");
}

static const char *attribute_of(PyCodeObject *code) {
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (is_called(code, counted[i].file, counted[i].method)) return counted[i].attribute;
    return NULL;
}

static struct place *place_of(struct gil *gil, PyThreadState *tstate, raw_frame *frame) {
    raw_frame *caller = outward(frame->previous);
    const void *inner = frame_instruction(frame), *outer = caller ? frame_instruction(caller) : NULL;
    PyCodeObject *code = frame_code(frame);
    uint64_t hash = mix((uint64_t)(uintptr_t)inner, (uint64_t)(uintptr_t)outer), check = code_identity(code);
    struct place *place = &places[hash & (PLACES - 1)];
    if (LIKELY(place->inner == inner && place->outer == outer && place->code == code &&
               place->check == check))
        return place;
    bool submits = is_submission(caller);
    *place = (struct place){
        .inner = inner,
        .outer = outer,
        .code = code,
        .check = check,
        .site = stacks_site(gil, tstate, true, false),
        .attribute = submits ? "_max_workers" : attribute_of(code),
        .is_of_caller = submits,
        .crosses = is_called(code, "/_base.py", "Future.set_running_or_notify_cancel"),
    };
    return place;
}

/* --- what --------------------------------------------------------------------------------- */

static uint32_t state_of(PyObject *object, const char *attribute) {
    PyObject *value = object ? instance_attribute(object, attribute) : NULL;
    if (!value || !PyLong_CheckExact(value)) return 0;
    int overflow;
    long number = PyLong_AsLongAndOverflow(value, &overflow);
    return number < 0 || number >= INT_MAX ? 0 : (uint32_t)number + 1;
}

static void write_row(struct gil *gil, const struct guard_row *row) {
    struct guard_row *room = log_reserve(gil, LOG_GUARDS, sizeof *room);
    if (!room) return;
    *room = *row;
    log_commit(gil, LOG_GUARDS, sizeof *room);
}

static void keep(struct guard *guard, const struct guard_row *row) {
    if (guard->kept == KEPT) {
        memmove(guard->rows, guard->rows + 1, sizeof guard->rows - sizeof *guard->rows);
        guard->kept--;
        guard->skipped++;
    }
    guard->rows[guard->kept++] = *row;
}

static void write_kept(struct gil *gil, struct guard *guard) {
    guard->rows[0].skipped = guard->skipped;
    for (uint32_t i = 0; i < guard->kept; i++) write_row(gil, &guard->rows[i]);
}

static void add(struct gil *gil, struct guard *guard, const struct guard_row *row) {
    if (guard->thread != row->thread) {
        if (guard->kept) write_kept(gil, guard);
        guard->is_shared |= guard->thread != 0;
        guard->thread = row->thread;
        guard->skipped = guard->written = guard->kept = 0;
    }
    if (!guard->is_shared || guard->written == GUARDED_MOST) {
        keep(guard, row);
        return;
    }
    write_row(gil, row);
    guard->written++;
}

static struct guard *guard_of(const PyObject *lock) {
    if (UNLIKELY(session != recording.session)) {
        memset(guards, 0, sizeof guards);
        memset(places, 0, sizeof places);
        session = recording.session;
    }
    struct guard *guard = &guards[(uint32_t)((uintptr_t)lock >> 4) * 0x9e3779b1u >> 21];
    if (guard->lock != lock) *guard = (struct guard){.lock = lock};
    return guard;
}

void guards_entered(PyObject *lock) {
    struct gil *gil = self.last_held;
    if (self.session != recording.session || gil != &primary_gil || holder_of(gil) != &self) return;
    /* Not the GIL's last holder, which can have been freed: it is the current one only at a release. */
    PyThreadState *tstate = gil_is_enabled(gil->raw) ? current_tstate() : NULL;
    raw_frame *frame = tstate ? outward(innermost_frame(tstate)) : NULL;
    if (!frame || !is_condition_enter(frame_code(frame))) return;
    frame = outward(frame->previous);
    if (!frame) return;
    struct guard *guard = guard_of(lock);
    struct place *place = place_of(gil, tstate, frame);
    struct guard_row row = {.lock = (uint64_t)(uintptr_t)lock,
                            .time_ns = now_ns(),
                            .thread = self.cell->thread,
                            .site = place->site};
    if (place->crosses) guard->is_shared = true;
    if (place->is_of_caller) frame = outward(frame->previous);
    if (place->attribute && frame) row.state = state_of(frame_first_local(frame), place->attribute);
    add(gil, guard, &row);
}
