/* Sample what runs inside a hold: while somebody waits for it to end, and now and then if it lasts. */
#include <string.h>

#include "sample.h"
#include "buffer.h"
#include "looping.h"
#include "mapping.h"
#include "remote.h"
#include "shared/away.h"
#include "sink.h"

#define LONG_HOLD_NS 20000000u

static struct buffer rows, looks;

struct moment {
    uint64_t acquire_ns, tstate, time_ns;
    uint32_t holder;
};

static struct moment look_at(struct gil_cell *gil) {
    return (struct moment){
        .holder = atomic_load_explicit(&gil->holder, memory_order_acquire),
        .acquire_ns = atomic_load_explicit(&gil->acquire_ns, memory_order_acquire),
        .tstate = atomic_load_explicit(&gil->tstate, memory_order_acquire),
    };
}

static bool is_same(struct moment a, struct moment b) {
    return a.holder == b.holder && a.acquire_ns == b.acquire_ns && a.tstate == b.tstate;
}

/* Who holds the GIL, at what path; 0 if that cannot be said. */
static uint32_t path_of(struct collector *c, struct gil_cell *gil, struct moment *moment) {
    struct moment before = look_at(gil);
    before.time_ns = collector_now_ns(c);
    *moment = before;
    if (!before.holder || before.holder > THREAD_CELLS || !before.tstate) return 0;
    if (before.holder > cells_used(c)) return 0;
    uint32_t path = remote_path_of_holder(c, before.tstate);
    /* Was it one hold all along? Otherwise the stack may be another moment's. */
    return is_same(before, look_at(gil)) ? path : 0;
}

static void sample(struct collector *c, struct gil_cell *gil, uint32_t waiters) {
    struct moment moment;
    uint32_t path = path_of(c, gil, &moment);
    if (!path) return;
    struct sample_row row = {.time_ns = moment.time_ns,
                             .acquire_ns = moment.acquire_ns,
                             .thread = once(cell_at(c, moment.holder - 1)->thread),
                             .path_id = path,
                             .gil = gil->gil,
                             .waiters = waiters};
    memcpy(buffer_add(&rows, sizeof row), &row, sizeof row);
    c->samples++;
}

bool sample_contended(struct collector *c) {
    struct gil_cell *gils = c->arena->gils;
    uint32_t count = atomic_load(&c->arena->gil_count);
    bool contended = false;
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++) {
        if (!gil_is_live(&gils[i])) continue;
        uint32_t waiters = atomic_load_explicit(&gils[i].waiters, memory_order_relaxed);
        if (!waiters) continue;
        contended = true;
        if (c->sample_hz > 0 && !c->unsampled) sample(c, &gils[i], waiters);
    }
    return contended;
}

uint32_t sample_behind(struct collector *c) {
    struct root root = remote_root();
    return root.loop_frame ? left_to_call(c, root.loop_frame, root.loop_code) : 0;
}

static void look(struct collector *c, struct gil_cell *gil) {
    struct moment moment;
    uint32_t path = path_of(c, gil, &moment);
    if (!path) return;
    struct root root = remote_root();
    uint32_t behind = sample_behind(c);
    if (!is_same(moment, look_at(gil))) behind = 0;
    struct look_row row = {.time_ns = moment.time_ns,
                           .acquire_ns = moment.acquire_ns,
                           .root = root.frame,
                           .root_path = root.path,
                           .thread = once(cell_at(c, moment.holder - 1)->thread),
                           .path_id = path,
                           .gil = gil->gil,
                           .behind = behind};
    memcpy(buffer_add(&looks, sizeof row), &row, sizeof row);
}

void sample_away(struct collector *c, uint32_t thread, uint64_t released_ns, uint32_t path, uint32_t behind) {
    struct root root = remote_root();
    struct look_row row = {.time_ns = collector_now_ns(c),
                           .acquire_ns = released_ns,
                           .root = root.frame,
                           .root_path = root.path,
                           .thread = thread,
                           .path_id = path,
                           .gil = LOOK_OF_NO_GIL,
                           .behind = behind};
    memcpy(buffer_add(&looks, sizeof row), &row, sizeof row);
}

/* What others do not wait for the GIL for may still be waited for: an event loop that is blocked by what
 * it called. */
void sample_long_holds(struct collector *c) {
    static uint64_t looked_ns;
    uint64_t now = collector_now_ns(c);
    if (c->sample_hz <= 0 || c->unsampled || (double)(now - looked_ns) < 1e9 / c->sample_hz) return;
    struct gil_cell *gils = c->arena->gils;
    uint32_t count = atomic_load(&c->arena->gil_count);
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++) {
        if (!gil_is_live(&gils[i])) continue;
        uint64_t since_ns = atomic_load_explicit(&gils[i].acquire_ns, memory_order_acquire);
        bool contended = atomic_load_explicit(&gils[i].waiters, memory_order_relaxed);
        if (contended || now - since_ns >= LONG_HOLD_NS) look(c, &gils[i]);
    }
    looked_ns = now;
}

void drain_samples(struct collector *c) {
    drain_remote(c); /* the paths go first */
    sink_chunk(c->sink, CHUNK_SAMPLE, SAMPLER_TABLE, rows.bytes, rows.used);
    sink_chunk(c->sink, CHUNK_LOOK, SAMPLER_TABLE, looks.bytes, looks.used);
    rows.used = looks.used = 0;
}
