#include "now.h"

#include <string.h>

#include "buffer.h"
#include "drain.h"
#include "locks.h"
#include "mapping.h"
#include "sink.h"

#define MOST_ROWS 4096u /* of each kind: more would be hundreds of kilobytes, ten times a second */

static struct buffer payload, lock_rows, gils_of_locks;
static struct now_head head;
static bool is_told;

static bool add(struct buffer *rows, uint32_t *count, const void *row, size_t bytes) {
    if (*count == MOST_ROWS) {
        head.left_out++;
        return false;
    }
    memcpy(buffer_add(rows, bytes), row, bytes);
    ++*count;
    return true;
}

static void append(const struct buffer *rows) {
    if (rows->used) memcpy(buffer_add(&payload, rows->used), rows->bytes, rows->used);
}

static void add_open(const struct open_row *row) { add(&payload, &head.open_count, row, sizeof *row); }

/* A look at a hold may fall between two: the pair of times is of one of them. */
static bool look_at_holder(struct collector *c, struct gil_cell *gil, struct open_row *row) {
    for (int attempt = 0; attempt < 10; attempt++) {
        uint32_t holder = atomic_load(&gil->holder);
        if (!holder || holder > cells_used(c)) return false;
        *row = (struct open_row){.thread = once(cell_at(c, holder - 1)->thread),
                                 .gil = once(gil->gil),
                                 .state = OPEN_HOLDING,
                                 .request_ns = atomic_load(&gil->request_ns),
                                 .acquire_ns = atomic_load(&gil->acquire_ns)};
        bool is_same = atomic_load(&gil->holder) == holder &&
                       atomic_load(&gil->acquire_ns) == row->acquire_ns;
        if (is_same) return row->acquire_ns <= head.time_ns && row->request_ns <= row->acquire_ns;
    }
    return false;
}

static void look_at_gils(struct collector *c) {
    struct gil_cell *gils = c->arena->gils;
    uint32_t count = atomic_load(&c->arena->gil_count);
    for (uint32_t i = 0; i < count && i < GIL_CELLS; i++) {
        struct open_row row;
        if (gil_is_live(&gils[i]) && look_at_holder(c, &gils[i], &row)) add_open(&row);
    }
}

static void look_at_thread(struct collector *c, uint32_t index) {
    struct thread_cell *cell = cell_at(c, index);
    struct open_row open;
    if (waiting_row(c, cell, head.time_ns, &open)) add_open(&open);
    for (uint32_t i = 0; i < LOCK_WAITS; i++) {
        struct now_lock of = {.gil = once(cell->lock_gil)};
        struct lock_row row;
        if (of.gil >= SAMPLER_TABLE) continue;
        if (!locks_copy(c, index, i, head.time_ns, &row)) continue;
        if (add(&lock_rows, &head.lock_count, &row, sizeof row))
            memcpy(buffer_add(&gils_of_locks, sizeof of), &of, sizeof of);
    }
}

bool now_look(struct collector *c) {
    if (!sink_is_watched(c->sink)) {
        if (is_told) sink_now(c->sink, NULL, 0);
        return is_told = false;
    }
    uint64_t serial = head.serial + 1;
    head = (struct now_head){.serial = serial, .time_ns = collector_now_ns(c)};
    payload.used = lock_rows.used = gils_of_locks.used = 0;
    buffer_add(&payload, sizeof head);
    look_at_gils(c);
    for (uint32_t i = 0, count = cells_used(c); i < count; i++)
        if (atomic_load(&cell_at(c, i)->state) == CELL_LIVE) look_at_thread(c, i);
    return true;
}

void now_tell(struct collector *c) {
    struct now_tail tail = {.serial = head.serial};
    append(&lock_rows);
    append(&gils_of_locks);
    memcpy(buffer_add(&payload, sizeof tail), &tail, sizeof tail);
    memcpy(payload.bytes, &head, sizeof head);
    sink_now(c->sink, payload.bytes, payload.used);
    is_told = true;
}
