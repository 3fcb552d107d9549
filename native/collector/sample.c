/* Sample what runs inside a hold, while somebody waits for it to end. */
#include <string.h>

#include "sample.h"
#include "buffer.h"
#include "mapping.h"
#include "remote.h"
#include "sink.h"

static struct buffer rows;

struct moment {
    uint64_t acquire_ns, tstate;
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

static void sample(struct collector *c, struct gil_cell *gil, uint32_t waiters) {
    struct moment before = look_at(gil);
    if (!before.holder || before.holder > THREAD_CELLS || !before.tstate) return;
    if (before.holder > cells_used(c)) return;
    uint32_t thread = once(cell_at(c, before.holder - 1)->thread);
    uint64_t time_ns = collector_now_ns(c);
    uint32_t path = remote_path_of_holder(c, before.tstate);
    /* Was it one hold all along? Otherwise the stack may be another moment's. */
    if (!path || !is_same(before, look_at(gil))) return;
    struct sample_row row = {.time_ns = time_ns,
                             .acquire_ns = before.acquire_ns,
                             .thread = thread,
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
        if (atomic_load_explicit(&gils[i].state, memory_order_acquire) != CELL_LIVE) continue;
        uint32_t waiters = atomic_load_explicit(&gils[i].waiters, memory_order_relaxed);
        if (!waiters) continue;
        contended = true;
        if (c->sample_hz > 0 && !c->unsampled) sample(c, &gils[i], waiters);
    }
    return contended;
}

void drain_samples(struct collector *c) {
    drain_remote(c); /* the paths go first */
    sink_chunk(c->sink, CHUNK_SAMPLE, SAMPLER_TABLE, rows.bytes, rows.used);
    rows.used = 0;
}
