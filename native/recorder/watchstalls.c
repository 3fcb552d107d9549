/* Stalls are found where they end, by the thread whose hold it was: it knows who waits, and since when. The stack
 * that is kept is its own at that moment: where it let go at last, which is behind what took so long. */
#include "watchstalls.h"

#include "text.h"

#include <string.h>

#define KEEP_EVERY_NS 60000000000u

static struct kept_stall kept[KEPT_STALLS];
static uint32_t kept_count;
static uint64_t last_kept_ns; /* CLOCK_MONOTONIC */
static _Atomic uint64_t least_ns;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- finding -------------------------------------------------------------------------------- */

/* Since when, within this hold; UINT64_MAX: it does not wait for it. */
static uint64_t waits_since(const struct gil *gil, const struct watch_cell *cell) {
    uint64_t since_ns = atomic_load_explicit(&cell->since_ns, memory_order_acquire);
    if (!since_ns || atomic_load_explicit(&cell->gil, memory_order_relaxed) != gil->cell_index)
        return UINT64_MAX;
    return since_ns > gil->acquire_ns ? since_ns : gil->acquire_ns;
}

bool watchstalls_find(struct gil *gil, uint64_t release_ns, struct stall *stall) {
    uint64_t first_ns = UINT64_MAX, interval_ns = gil_switch_interval_ns(gil->raw);
    uint32_t used = atomic_load_explicit(&recording.cells_used, memory_order_relaxed);
    if (!atomic_load_explicit(&gil->cell->waiters, memory_order_relaxed)) return false;
    for (uint32_t i = 0; i < used; i++) {
        uint64_t since_ns = waits_since(gil, &watch_cells[i]);
        if (since_ns < first_ns) first_ns = since_ns;
    }
    if (first_ns >= release_ns || release_ns - first_ns < 2 * interval_ns) return false;
    uint64_t begin_ns = first_ns + interval_ns;
    *stall = (struct stall){.ns = release_ns - begin_ns, .hold_ns = release_ns - gil->acquire_ns};
    for (uint32_t i = 0; i < used; i++) {
        uint64_t since_ns = waits_since(gil, &watch_cells[i]);
        if (since_ns >= release_ns) continue;
        stall->waiters++;
        stall->wait_ns += release_ns - (since_ns > begin_ns ? since_ns : begin_ns);
    }
    return true;
}

/* --- keeping -------------------------------------------------------------------------------- */

void watchstalls_set_least(uint64_t ns) { atomic_store(&least_ns, ns); }

static void copy_text(PyObject *text, char *to, uint32_t room, bool keep_end) {
    char whole[4096];
    uint32_t bytes = utf8_from_str(text, whole, sizeof whole), skip = 0;
    if (bytes >= room) skip = keep_end ? bytes - (room - 1) : 0;
    while (skip && skip < bytes && ((unsigned char)whole[skip] & 0xc0) == 0x80) skip++; /* whole letters */
    uint32_t rest = bytes - skip < room ? bytes - skip : room - 1;
    while (!keep_end && rest < bytes && rest && ((unsigned char)whole[rest] & 0xc0) == 0x80) rest--;
    memcpy(to, whole + skip, rest);
    to[rest] = '\0';
}

static void keep_frames(struct kept_stall *to, PyThreadState *tstate) {
    for (raw_frame *frame = innermost_frame(tstate); frame; frame = frame->previous) {
        if (frame_is_internal(frame)) continue;
        if (to->depth++ >= KEPT_FRAMES) continue;
        struct kept_frame *row = &to->frames[to->depth - 1];
        PyCodeObject *code = frame_code(frame);
        int32_t offset = instruction_offset(frame, code);
        int line = offset < 0 ? code->co_firstlineno : PyCode_Addr2Line(code, offset);
        row->line = line > 0 ? (uint32_t)line : 0;
        copy_text(code->co_qualname, row->function, sizeof row->function, false);
        copy_text(code->co_filename, row->file, sizeof row->file, true);
    }
}

void watchstalls_keep(struct gil *gil, PyThreadState *tstate, const struct stall *stall) {
    uint64_t least = atomic_load_explicit(&least_ns, memory_order_relaxed);
    (void)gil;
    if (!least || stall->ns < least || !tstate) return;
    uint64_t now = monotonic_ns();
    pthread_mutex_lock(&lock);
    if (!last_kept_ns || now - last_kept_ns >= KEEP_EVERY_NS) {
        last_kept_ns = now;
        struct kept_stall *to = &kept[kept_count % KEPT_STALLS];
        *to = (struct kept_stall){.stall = *stall, .end_unix_ns = unix_ns(), .number = ++kept_count};
        memcpy(to->thread, self.cell->name, self.cell->name_bytes);
        keep_frames(to, tstate);
    }
    pthread_mutex_unlock(&lock);
}

bool watchstalls_copy(uint32_t place, struct kept_stall *to) {
    pthread_mutex_lock(&lock);
    *to = kept[place % KEPT_STALLS];
    pthread_mutex_unlock(&lock);
    return to->number != 0;
}

void watchstalls_forget(void) {
    pthread_mutex_lock(&lock);
    if (kept_count) memset(kept, 0, sizeof kept);
    kept_count = 0;
    last_kept_ns = 0;
    pthread_mutex_unlock(&lock);
}

void watchstalls_after_fork(void) { lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; }
